"""Real services for the tests: PostgreSQL, Kubo, Elasticsearch, stripe-mock, anvil, geth and ClamAV."""
