"""Our tables against the chain: every difference by its name. It must never mend anything."""
