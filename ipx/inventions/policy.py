"""Who may read, write and judge an invention disclosure. Readable aloud; raises Forbidden, NotFound."""

from collections.abc import Collection

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.core.errors import Conflict, Forbidden, NotFound
from ipx.inventions.rules import EDITABLE, State

OFFICERS = (Role.LICENSING_MANAGER, Role.LAB_ADMINISTRATOR, Role.OWNER)
ERASERS = (Role.LAB_ADMINISTRATOR, Role.OWNER)


def check_may_read(
    actor: Actor, *, organisation_id: str, created_by: str, state: State, named: Collection[str | None]
) -> None:
    """Its writer reads it always; once submitted, also the inventors it names and the organisation's officers.

    For everybody else it is not there.
    """
    is_theirs = actor.organisation_id == organisation_id
    is_writer = actor.person_id == created_by
    is_known = state is not State.DRAFT and (actor.person_id in named or actor.has(*OFFICERS))
    if not (is_theirs and (is_writer or is_known)):
        raise NotFound("There is no such invention disclosure.")


def check_may_write(actor: Actor, *, created_by: str, state: State) -> None:
    """Who began a disclosure writes it, until it is submitted, and again when it was returned."""
    if actor.person_id != created_by:
        raise Forbidden("Only the person who began this disclosure can change it. Ask that person.")
    if state not in EDITABLE:
        raise Conflict("This disclosure is with the technology office. It can be changed when it has been returned.")


def check_may_answer(actor: Actor, *, created_by: str, named: Collection[str | None]) -> None:
    """Questions are answered by who wrote the disclosure, or by an inventor it names."""
    if actor.person_id != created_by and actor.person_id not in named:
        raise Forbidden("Questions are answered by the inventors.")


def check_may_judge(actor: Actor, *, created_by: str, named: Collection[str | None]) -> None:
    """Officers judge, but nobody his own invention: the decision is about who owns what."""
    if not actor.has(*OFFICERS):
        raise Forbidden("Disclosures are judged by licensing managers, lab administrators and owners.")
    if actor.person_id == created_by or actor.person_id in named:
        raise Forbidden("You are one of the inventors, so another officer of your organisation has to judge this.")


def check_may_erase(actor: Actor) -> None:
    """An inventor's personal data are erased by a lab administrator or an owner, who can be held to it."""
    if not actor.has(*ERASERS):
        raise Forbidden("Personal data are erased by a lab administrator or an owner of your organisation.")


def check_may_link(actor: Actor) -> None:
    """Technologies are begun by those who may describe them and who know of the disclosure."""
    if not actor.has(Role.LICENSING_MANAGER, Role.OWNER):
        raise Forbidden("A technology is begun from a disclosure by a licensing manager or an owner.")
