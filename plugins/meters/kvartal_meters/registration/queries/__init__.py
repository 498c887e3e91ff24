"""The statements of bulk calls: each takes or gives all rows of a call at once."""
