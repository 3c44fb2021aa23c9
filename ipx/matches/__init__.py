"""Which technologies fit which needs, who was told, and what was answered."""
