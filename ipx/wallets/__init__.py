"""Wallets of people and organisations: linked, signed in with, and what they sign."""
