"""When an exchange runs by itself: five fields, stars or lists; all that is set must hold."""
