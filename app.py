"""WSGI door: ``gunicorn app:app``."""

from ipx.factory import create_app

app = create_app()
