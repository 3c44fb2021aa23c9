"""Owns our stateful simulator of the part of Stripe that the exchange uses, hosted payment page included.

It never moves money, never runs in production (the wiring and ``__main__`` refuse it there), and never shares a
database with the exchange: the exchange talks to it through the official client alone, as it would to Stripe.
"""

from ipx.adapters.stripe_simulator.app import create_simulator

__all__ = ["create_simulator"]
