"""The database: tables' base, transactions, events inside a transaction, durable workflows."""
