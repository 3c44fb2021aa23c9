"""`ipx run`: the whole exchange on one machine, for a demonstration, for tests and for trying it out."""

from ipx.embedded.running import prepare, run

__all__ = ["prepare", "run"]
