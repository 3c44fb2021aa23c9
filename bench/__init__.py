"""Measurements of a running exchange, printed as one table: `make bench`. Nothing here passes or fails by a time."""
