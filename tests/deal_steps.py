"""Steps that the tests of deals share."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ipx.accounts.models import SessionRow
from tests.pages import hidden, token_of, words_of
from tests.world import World


def follow(person, answer) -> str:
    """Go where an answer leads and return what is said there."""
    assert answer.status_code in (302, 303), words_of(answer.text)
    return words_of(person.get(answer.headers["Location"]).text)


def accept_nda(person, listing):
    path = f"/listings/{listing.id}/nda"
    shown = person.get(path)
    if shown.status_code == 302:  # accepted before
        return shown
    return person.client.post(path, data={"accepted": "y", "csrf_token": token_of(shown.text)})


def make_offer(person, listing, message="We build batteries.", **changes):
    path = f"/listings/{listing.id}/offer"
    shown = person.get(path).text
    data = {
        "csrf_token": token_of(shown),
        "submit_key": hidden(shown, "submit_key"),
        "version": hidden(shown, "version"),
        "message": message,
    }
    return person.client.post(path, data={**data, **changes})


def press_sign(person, agreement_id: str, **changes):
    path = f"/deals/agreements/{agreement_id}"
    shown = person.get(path).text
    data = {"csrf_token": token_of(shown), "commitment": hidden(shown, "commitment"), "confirmed": "y"}
    return person.client.post(f"{path}/sign", data={**data, **changes})


def keep(name: str, data: str, session: Session) -> None:
    session.execute(update(SessionRow).where(SessionRow.token_hash == name).values(data=data))


def grow_stale(world: World, person) -> None:
    """Let the person have signed in a while ago."""
    mine = SessionRow.person_id == person.actor.person_id
    rows = world.read(lambda s: s.execute(select(SessionRow.token_hash, SessionRow.data).where(mine)).all())
    for name, data in rows:
        kept = json.loads(data) | {"fresh_at": (world.clock.now() - timedelta(minutes=16)).isoformat()}
        world.write(partial(keep, name, json.dumps(kept)))
