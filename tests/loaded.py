"""Importing this loads what an exchange loads while it works, so that processes forked from here begin at once.

Nothing is opened: a fork would take along neither a thread nor, safely, a connection.
"""

from __future__ import annotations

import gc
import pkgutil
import threading
from importlib import import_module

from sqlalchemy.orm import configure_mappers

import ipx
from ipx.accounts.passwords import Passwords
from ipx.settings import TRANSLATIONS
from ipx.web.languages import NAMES, read_catalogue

# What is imported where it is used, by us or by a library.
LATE = (
    "alembic.command",
    "coincurve",
    "cryptography.fernet",
    "dbos",
    "dbos._datasource_sqlite",
    "dbos._sys_db_sqlite",
    "email.generator",
    "email_validator",
    "eth_abi",
    "eth_account",
    "jinja2.ext",
    "pyrage",
    "sqlalchemy.dialects.sqlite",
    "stripe",
    "tests.custody_world",
    "tests.life_steps",
    "tests.world",
)

for module in pkgutil.walk_packages(ipx.__path__, "ipx."):
    if not module.name.endswith("__main__"):
        import_module(module.name)
for name in LATE:
    import_module(name)
configure_mappers()
for language in NAMES:
    read_catalogue(TRANSLATIONS / language / "LC_MESSAGES" / "messages.po")
Passwords()  # hashes once a process
assert threading.active_count() == 1, "a thread would be lost in every fork"
gc.freeze()  # a child that collects garbage would copy every page of what is loaded here
