"""Licence terms, version 2: the whole schema as typed, frozen values, their canonical form, rules and words."""
