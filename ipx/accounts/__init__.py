"""People, organisations, roles, on-chain accounts and sign-in."""
