"""The first page, for each of the three people who come, and the pages about the exchange itself."""
