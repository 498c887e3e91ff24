"""Changes of the estate: each checks the right in the organization and the access to the place."""
