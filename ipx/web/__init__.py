"""The toolkit of all pages: guards, transactions, errors, rendering. No page of its own."""
