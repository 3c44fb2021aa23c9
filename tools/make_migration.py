"""Writes the next migration from the difference between the models and a freshly migrated database.

.venv/bin/python tools/make_migration.py add_offer_expiry
"""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from ipx.db.session import Database
from ipx.migrate import migrate
from ipx.settings import PROJECT


def main(name: str) -> None:
    folder = PROJECT / "migrations"
    number = f"{len(list((folder / 'versions').glob('*.py'))) + 1:04d}"
    with tempfile.TemporaryDirectory() as scratch:
        database = Database(f"sqlite:///{Path(scratch) / 'empty.sqlite3'}")
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        config.attributes["engine"] = database.engine
        if ScriptDirectory.from_config(config).get_heads():
            migrate(database)
        command.revision(config, message=name, rev_id=number, autogenerate=True)
        database.dispose()


if __name__ == "__main__":
    main(sys.argv[1])
