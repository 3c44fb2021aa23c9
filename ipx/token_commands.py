"""The commands ``ipx token …``: the operator makes, lists and revokes tokens for the API. A token is printed once."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from ipx.settings import read_settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from ipx.accounts.service import AccountService

app = typer.Typer(help="Tokens for the API.", no_args_is_help=True)
Email = Annotated[str, typer.Option(help="E-mail address of the person whom it acts for.")]


@app.command(epilog="Example: ipx token create --email ada@example.org --name 'build server'")
def create(*, email: Email, name: Annotated[str, typer.Option(help="What it is for.")] = "by the operator") -> None:
    """Make a token and print it, this once."""
    from ipx.audit.service import THE_EXCHANGE

    with _accounts() as (session, accounts):
        person_id = accounts.person_by_email(session, email)
        made = accounts.create_token(session, person_id=person_id, name=name, by=THE_EXCHANGE)
    typer.echo(made.secret)


@app.command("list", epilog="Example: ipx token list --email ada@example.org")
def list_tokens(*, email: Email) -> None:
    """List a person's tokens: id, name, made, last used, revoked."""
    with _accounts() as (session, accounts):
        found = accounts.tokens_of(session, person_id=accounts.person_by_email(session, email))
    for token in found:
        used = f"last used {token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never used"
        revoked = f", revoked {token.revoked_at:%Y-%m-%d}" if token.revoked_at else ""
        typer.echo(f"{token.id}  {token.name}  made {token.created_at:%Y-%m-%d}, {used}{revoked}")


@app.command(epilog="Example: ipx token revoke TOKEN-ID --email ada@example.org")
def revoke(*, token_id: Annotated[str, typer.Argument(help="From ipx token list.")], email: Email) -> None:
    """End a token now."""
    from ipx.audit.service import THE_EXCHANGE

    with _accounts() as (session, accounts):
        person_id = accounts.person_by_email(session, email)
        accounts.revoke_token(session, person_id=person_id, token_id=token_id, by=THE_EXCHANGE)
    typer.echo("The token is revoked.")


@contextmanager
def _accounts() -> Iterator[tuple["Session", "AccountService"]]:
    from ipx.accounts.service import AccountService  # slow, and no other command's business
    from ipx.wiring import build_exchange

    exchange = build_exchange(read_settings(os.environ))
    accounts = exchange.services[AccountService]
    assert isinstance(accounts, AccountService)
    with exchange.database.write() as session:
        yield session, accounts
