"""Listings and needs: what is offered and what is sought, ours and imported public records."""
