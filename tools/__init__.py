"""What builds and tests the exchange and is no part of it."""
