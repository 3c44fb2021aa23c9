"""The command ``ipx vault rotate``: the operator gives organisations new keys, or puts the next root key in place."""

import os
import time
from typing import TYPE_CHECKING, Annotated

import typer

from ipx.core.errors import Invalid, Unavailable
from ipx.settings import read_settings

if TYPE_CHECKING:
    from ipx.accounts.service import KeyRotations, Rotation
    from ipx.wiring import Exchange

SAID_EVERY_SECONDS = 1.0


def rotate(
    *,
    organisation: Annotated[str | None, typer.Option(help="Id of the organisation that gets a new key.")] = None,
    root: Annotated[
        bool, typer.Option("--root", help="Wrap every organisation's key by the present root key.")
    ] = False,
) -> None:
    """Rotate keys while the exchange runs: everything is wrapped by the new key, then the old one is destroyed.

    Killed half-way it goes on in a worker, or when the same command runs again.
    """
    if (organisation is None) == (not root):
        raise Invalid("Say what to rotate: --organisation ID, or --root.")
    from ipx.wiring import build_exchange

    exchange = build_exchange(read_settings(os.environ))
    exchange.durable.connect()
    if organisation is not None:
        _rotate_organisation(exchange, organisation)
    else:
        _rotate_root(exchange)


def _rotate_organisation(exchange: "Exchange", organisation_id: str) -> None:
    rotations = _rotations(exchange)
    with exchange.database.write() as session:
        begun = rotations.begin_organisation(session, organisation_id=organisation_id)
    ended = _to_the_end(rotations, begun)
    typer.echo(
        f"The organisation has the key of generation {ended.target}; {ended.done:,} values are wrapped by it,"
        " and the key before is destroyed."
    )


def _rotate_root(exchange: "Exchange") -> None:
    from ipx.outside import root_key_file

    rotations, file = _rotations(exchange), root_key_file(exchange.settings)
    if file is not None:
        file.renew()
    with exchange.database.write() as session:
        begun = rotations.begin_root(session)
    if begun is not None:
        ended = _to_the_end(rotations, begun)
        typer.echo(f"Wrapped by the root key {ended.target}: {ended.done:,} organisation keys.")
    elif file is not None:
        typer.echo("Every organisation's key was under this root key already: a rotation that was begun is ended.")
    else:
        typer.echo(
            "Every organisation's key is wrapped by the present root key. To rotate it, put the new key into"
            " IPX_ROOT_KEY and the present one into IPX_ROOT_KEY_OLD, start everything again, and run this again."
        )
    if file is not None:
        file.forget_old()
        typer.echo("The root key before is destroyed; backups from before hold it, sealed, for themselves.")
    elif begun is not None:
        typer.echo("IPX_ROOT_KEY_OLD is not needed any more, but for restoring backups from before: keep it apart.")


def _to_the_end(rotations: "KeyRotations", rotation: "Rotation") -> "Rotation":
    said = 0.0
    while rotation.ended_at is None:
        rotation = rotations.advance(rotation.id)
        if time.monotonic() - said >= SAID_EVERY_SECONDS or rotation.ended_at is not None:
            typer.echo(f"{rotation.done:,} of {rotation.total:,} wrapped anew")
            said = time.monotonic()
    try:
        rotations.clear()
    except Unavailable as error:
        typer.echo(f"{error.message} A worker does it.")
    return rotation


def _rotations(exchange: "Exchange") -> "KeyRotations":
    from ipx.accounts.service import KeyRotations

    rotations = exchange.services[KeyRotations]
    assert isinstance(rotations, KeyRotations)
    return rotations
