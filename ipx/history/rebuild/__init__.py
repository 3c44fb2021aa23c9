"""Titles and licences as the contracts' logs alone tell them. It must never read a table of ours."""
