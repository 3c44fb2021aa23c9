"""The composition root. Holds no logic: services from adapters, who listens to what, what runs beside them."""

from ipx.wiring.exchange import Exchange, build_exchange

__all__ = ["Exchange", "build_exchange"]
