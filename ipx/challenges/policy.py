"""Who may organise, enter, evaluate and see what. Readable aloud; raises Forbidden, NotFound, Conflict."""

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.challenges.rules import EntryState, State
from ipx.core.errors import Conflict, Forbidden, NotFound

WRITERS = (Role.RESEARCHER, Role.LICENSING_MANAGER, Role.OWNER)
DECIDED = (State.SHORTLISTED, State.AWARDED)
LOOKED_INTO = (State.EVALUATING, *DECIDED)


def check_may_organise(actor: Actor) -> None:
    """A call promises something in the organisation's name."""
    if not actor.has(Role.LICENSING_MANAGER):
        raise Forbidden(
            "Challenges are organised by a licensing manager of your organisation. Ask an owner for the role."
        )


def check_organises(actor: Actor, *, organiser_id: str, state: State) -> None:
    """The organiser's licensing managers, and nobody else. A draft is not there for others."""
    if actor.organisation_id != organiser_id:
        if state is State.DRAFT:
            raise NotFound("There is no such challenge.")
        raise Forbidden("Only the organiser of this challenge can do this.")
    check_may_organise(actor)


def check_may_see(actor: Actor | None, *, organiser_id: str, state: State) -> None:
    """A call is public from its opening on; a draft, and one cancelled before it opened, is the organiser's."""
    if state is State.DRAFT and (actor is None or actor.organisation_id != organiser_id):
        raise NotFound("There is no such challenge.")


def check_may_accept(actor: Actor, *, organiser_id: str) -> None:
    """Entry terms bind the organisation, so a licensing manager accepts them; nobody enters his own call."""
    if not actor.has(Role.LICENSING_MANAGER):
        raise Forbidden("The entry terms bind your organisation: a licensing manager accepts them and submits.")
    check_is_other(actor, organiser_id=organiser_id)


def check_is_other(actor: Actor, *, organiser_id: str) -> None:
    """The organiser decides, so it does not compete."""
    if actor.organisation_id == organiser_id:
        raise Conflict("This is your own organisation’s challenge; its organiser does not enter.")


def check_may_write(actor: Actor, *, organisation_id: str) -> None:
    """An entry is there for those of the entrant who write it; for everybody else it is not."""
    if actor.organisation_id != organisation_id or not actor.has(*WRITERS):
        raise NotFound("There is no such entry, or it is not yours to see.")


def check_organiser_may_read(state: State, entry_state: EntryState) -> None:
    """The organiser reads what was submitted, once the deadline has passed and the evaluation has begun."""
    if state not in LOOKED_INTO or entry_state is not EntryState.SUBMITTED:
        raise NotFound("There is no such entry, or it is not yours to see.")


def check_evaluator_may_read(state: State, entry_state: EntryState, *, in_conflict: bool | None) -> None:
    """An evaluator reads during the evaluation, what was submitted, after declaring that there is no conflict."""
    if state is not State.EVALUATING or entry_state is not EntryState.SUBMITTED:
        raise NotFound("There is no such entry, or it is not yours to see.")
    if in_conflict is None:
        raise Conflict("Declare first, for this entry, whether you have a conflict of interest.")
    if in_conflict:
        raise Forbidden("You have a conflict of interest here, so this entry stays closed to you.")
