"""How found things are put in order: pure, the same for every engine (docs/decisions/0034)."""
