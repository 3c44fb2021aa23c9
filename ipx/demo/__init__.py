"""Data to try the exchange with: public records of others, and three invented organisations with their technologies."""
