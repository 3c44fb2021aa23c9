"""Sealed and public documents: their storage, who may read them, and the receipts of every reading."""
