"""Builds the Flask application from an exchange; decides nothing about the business."""

import os
from importlib import import_module

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from ipx.accounts import reading_language
from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.accounts.sessions import BrowserSessions
from ipx.api.views import exempt_api
from ipx.db.restoring import refuse_half_restored
from ipx.notices.service import NoticeService
from ipx.payments.views import exempt_webhook
from ipx.settings import PROJECT, TRANSLATIONS, Settings, read_settings
from ipx.web import errors, guards, health, limits, render, security, transactions
from ipx.web.assets import Assets
from ipx.web.requests import RawUploadRequest
from ipx.web.services import provide
from ipx.web.sessions import ServerSessions
from ipx.wiring import Exchange, build_exchange

BLUEPRINTS = (
    "home",
    "accounts",
    "notices",
    "chain",
    "wallets",
    "evidence",
    "vault",
    "contests",
    "technologies",
    "inventions",
    "titles",
    "licences",
    "catalogue",
    "matching",
    "matches",
    "payments",
    "deals",
    "life",
    "challenges",
    "history",
    "reviews",
    "api",
)
# Forms are small; documents come as raw streams and never pass through form parsing.
FORM_LIMIT = 2 * 1024 * 1024


def create_app(exchange: Exchange | None = None) -> Flask:
    """Return the WSGI application; without an exchange, one is built from the environment.

    Raises Conflict when the data are half restored.
    """
    exchange = exchange or build_exchange(read_settings(os.environ))
    settings = exchange.settings
    refuse_half_restored(settings.data_dir)
    app = Flask("ipx", static_folder=str(PROJECT / "frontend" / "dist"), static_url_path="/static/dist")
    app.request_class = RawUploadRequest
    app.template_folder = str(PROJECT / "frontend" / "templates")
    app.config.update(
        SECRET_KEY=exchange.secret_key,
        MAX_FORM_MEMORY_SIZE=FORM_LIMIT,
        MAX_FORM_PARTS=500,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        API_REQUESTS=settings.api_requests,
        PREFERRED_URL_SCHEME=settings.public_url.partition(":")[0],
    )
    provide(app, exchange.services)
    _install_toolkit(app, exchange)
    for room in BLUEPRINTS:
        app.register_blueprint(import_module(f"ipx.{room}.views").blueprint)
    exempt_webhook(app.extensions["csrf"])
    exempt_api(app.extensions["csrf"])
    _wrap(app, exchange)
    return app


def _install_toolkit(app: Flask, exchange: Exchange) -> None:
    settings = exchange.settings
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    transactions.install(app)
    guards.install(
        app, lambda person_id: _load_actor(exchange, person_id), lambda secret: _load_token(exchange, secret)
    )
    reading_language.install(app)
    errors.install(app)
    render.install(app, embedded=settings.embedded, translations=str(TRANSLATIONS))
    security.install(app, https=settings.public_url.startswith("https"), payment_origin=exchange.payment_origin)
    limits.install(app)
    health.install(app)
    Assets(PROJECT / "frontend" / "dist").install(app)
    app.view_functions["static"] = guards.public(app.view_functions["static"])
    app.extensions["csrf"] = CSRFProtect(app)
    store = exchange.services[BrowserSessions]
    assert isinstance(store, BrowserSessions)
    app.session_interface = ServerSessions(store, secure=settings.public_url.startswith("https"))


def _load_actor(exchange: Exchange, person_id: str) -> Actor | None:
    """Read the actor afresh for each request: a changed role takes effect at once (ASVS 8.3.2)."""
    accounts = exchange.services[AccountService]
    notices = exchange.services[NoticeService]
    assert isinstance(accounts, AccountService)
    assert isinstance(notices, NoticeService)
    with exchange.database.read() as session:
        actor = accounts.actor(session, person_id)
        if actor is None:
            return None
        unread = notices.unread(session, organisation_id=actor.organisation_id)
    is_operator = actor.email.lower() in exchange.settings.operators
    return Actor(**{**actor.__dict__, "unread_notices": unread, "is_operator": is_operator})


def _load_token(exchange: Exchange, secret: str) -> tuple[str, Actor] | None:
    """Read the actor afresh for each request, and write the use of the token down now and then."""
    accounts = exchange.services[AccountService]
    assert isinstance(accounts, AccountService)
    with exchange.database.read() as session:
        use = accounts.use_token(session, secret)
    if use is None:
        return None
    if not use.is_noted:
        with exchange.database.write() as session:
            accounts.note_token_use(session, token_id=use.token_id)
    return use.token_id, use.actor


def _wrap(app: Flask, exchange: Exchange) -> None:
    """Put the simulator of payments beside the exchange, and believe a proxy's headers where there is one."""
    if exchange.payment_simulator is not None:
        app.wsgi_app = DispatcherMiddleware(  # type: ignore[method-assign]
            app.wsgi_app, {"/simulator/stripe": exchange.payment_simulator}
        )
    if not _is_loopback(exchange.settings):
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]


def _is_loopback(settings: Settings) -> bool:
    return settings.host in ("127.0.0.1", "::1", "localhost")
