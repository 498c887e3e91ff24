"""The law of bulk calls: which meter a row means, and what is to become of it."""
