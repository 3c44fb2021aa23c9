"""Payments: our own double-entry ledger first, a hosted checkout behind a port second."""
