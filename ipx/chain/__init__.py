"""Our own transactions, from queued to final, and the mirror of our contracts' logs."""
