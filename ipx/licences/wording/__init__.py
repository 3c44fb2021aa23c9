"""Licence terms of version 2 in plain words, in the reader's language."""
