"""Licences: terms as data, grants on chain and their life."""
