"""Terms of version 2 as a form: every field of the schema by its path, led by the types as the reader is."""
