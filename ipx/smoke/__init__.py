"""`ipx smoke`: plays the whole story as an HTTP client against a running exchange. Knows no table and no service."""
