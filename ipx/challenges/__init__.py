"""Challenges: calls of cities and companies, entries, blind evaluation, award."""
