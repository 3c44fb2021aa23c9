"""Migrations apply from empty, one after another, and lead to exactly what the models say."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from ipx.db.base import Base
from ipx.db.session import Database
from ipx.migrate import migrate
from ipx.settings import PROJECT
from ipx.tables import import_all_tables


def test_migrations_from_empty_match_the_models(tmp_path: Path) -> None:
    import_all_tables()
    database = Database(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    migrate(database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        differences = compare_metadata(context, Base.metadata)
    database.dispose()
    assert differences == []


def test_migrations_have_one_head() -> None:
    assert len(ScriptDirectory(str(PROJECT / "migrations")).get_heads()) == 1


def test_every_models_module_is_registered() -> None:
    import_all_tables()
    declared = {path.parent.name for path in (PROJECT / "ipx").glob("*/models.py")}
    registered = {mapper.class_.__module__.split(".")[1] for mapper in Base.registry.mappers}
    assert declared <= registered
