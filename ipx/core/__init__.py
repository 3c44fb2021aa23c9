"""Pure code: no input or output, no framework, nothing of ours imported from outside this package."""
