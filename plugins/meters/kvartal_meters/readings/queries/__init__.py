"""Questions about readings: what saving asks and writes, and what lists show."""
