"""Settings of resources in the database: reading, writing, applying to many buildings."""
