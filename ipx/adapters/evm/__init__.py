"""The EVM chain: JSON-RPC, our contracts' ABI and deployment, signatures, and the embedded anvil."""
