"""Which columns a sheet of readings has, and what is said of its rows."""
