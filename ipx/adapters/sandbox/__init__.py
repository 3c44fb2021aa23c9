"""Parsing files of strangers: `launcher` is our side; all else runs in a child that has nothing and can be killed."""
