"""What the tests of the notifications share, ours and those of third-party plugins."""
