"""Steps that the tests of licences that are handed on share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ipx.core.money import Money
from ipx.history.check.records import Difference
from ipx.history.rebuild.codes import Status
from ipx.licences.records import Licence
from ipx.licences.service import LicenceService
from ipx.licences.terms_v2.ending import Assignment, Passing
from tests.licence_terms import terms
from tests.pages import Person, token_of
from tests.world import World

FREE = replace(terms(upfront=Money(0, "EUR")), assignment=Assignment(allowed=Passing.FREE))


def own(found: Iterable[Difference]) -> list[Difference]:
    """Return differences of licences and of handing on."""
    return [one for one in found if one.area in ("licence", "step of a licence", "licence handed on", "agreement")]


def offer(licensee: Person, licence: Licence, to: Person, **more: Any):
    """Fill in the licensee's form."""
    path = f"/licences/{licence.id}/hand-on"
    token = token_of(licensee.get(path).text)
    data = {"csrf_token": token, "email": to.email, "words": "Our business was sold.", **more}
    return licensee.client.post(path, data=data)


def answer(licensor: Person, licence: Licence, word: str):
    """Press *Consent* or *Decline*."""
    page = f"/licences/{licence.id}/life"
    return licensor.post(f"/licences/{licence.id}/hand-on/answer", {"answer": word}, page=page)


def withdraw(licensee: Person, licence: Licence):
    return licensee.post(f"/licences/{licence.id}/hand-on/withdraw", page=f"/licences/{licence.id}/life")


def take_over(taker: Person, licence: Licence, holder: str = "account", **more: Any):
    """Press *Take it over*."""
    path = f"/licences/{licence.id}/take-over"
    return taker.post(path, {"confirmed": "y", "holder": holder, **more}, page=path)


def decline(taker: Person, licence: Licence):
    path = f"/licences/{licence.id}/take-over"
    return taker.post(f"{path}/decline", page=path)


def now(world: World, licence: Licence) -> Licence:
    return world.read(lambda s: world.service(LicenceService).known(s, licence_id=licence.id))


def on_chain(world: World, licence: Licence) -> tuple[Status, int, str]:
    """Return the contract's own word: the status, how many acts it has counted, and who holds the token."""
    gateway, token = world.exchange.outside.chain, int(licence.token, 16)
    status, acts, holder = (
        gateway.call("LicenceRegistry", name, [token]) for name in ("statusOf", "nonceOf", "ownerOf")
    )
    return Status(int(str(status))), int(str(acts)), str(holder)
