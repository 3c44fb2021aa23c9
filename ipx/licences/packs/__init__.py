"""Packs: terms for common cases, written by us as data, with what is asked of the parties left open."""
