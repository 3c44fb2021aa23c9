"""How well the ranking finds what people judged relevant: ``ipx match evaluate``."""
