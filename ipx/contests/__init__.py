"""Contests: one organisation says that what another one recorded is not so; that stays visible until it is settled."""
