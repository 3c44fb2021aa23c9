"""Life of a grant: notices, cure periods, suspension, conversion, renewal, end; each step kept for ever."""
