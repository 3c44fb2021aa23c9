"""The only code that imports a vendor's SDK; one adapter for each way to fill a port."""
