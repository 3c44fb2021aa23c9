"""What the technology's page shows besides its own words: five steps, and the one thing to do next. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.evidence.rules import StampState
from ipx.technologies.policy import SIGNERS
from ipx.technologies.records import Right, StampedDocument, Technology, Title
from ipx.technologies.rules import TitleState
from ipx.technologies.service import TechnologyService
from ipx.technologies.status import StatusLine, Step
from ipx.vault.service import DocumentRole

SETTLED_TITLES = (TitleState.FINAL, TitleState.FAILED)


@dataclass(frozen=True)
class Next:
    """The next step: what to do, why, and where; ``is_post`` when it is a button that changes something."""

    text: str
    label: str | None = None
    href: str | None = None
    is_post: bool = False


@dataclass(frozen=True)
class RightLine:
    """A right and the record of its title, if there is one."""

    right: Right
    title: Title | None


@dataclass(frozen=True)
class PageState:
    """Where a technology stands."""

    technology: Technology
    documents: Sequence[StampedDocument]
    rights: Sequence[RightLine]
    steps: Sequence[StatusLine]
    next: Next | None
    is_settled: bool


def page_state(session: Session, technologies: TechnologyService, *, actor: Actor, technology_id: str) -> PageState:
    """Return where a technology of the actor's organisation stands. Raises NotFound."""
    technology = technologies.technology(session, actor=actor, technology_id=technology_id)
    documents = technologies.documents(session, actor=actor, technology_id=technology_id)
    titles = {title.right_id: title for title in technologies.titles(session, technology_id=technology_id)}
    rights = [RightLine(right, titles.get(right.id)) for right in technology.rights]
    steps = [
        _sealed(documents),
        _stamped(documents),
        _titled(rights),
        *technologies.status.lines(session, technology_id),
    ]
    stamps_final = all(line.stamp.state is StampState.FINAL for line in documents)
    titles_settled = all(line.title is None or line.title.state in SETTLED_TITLES for line in rights)
    return PageState(
        technology=technology,
        documents=documents,
        rights=rights,
        steps=steps,
        next=_next(technology, documents, rights, steps, actor),
        is_settled=stamps_final and titles_settled,
    )


def _sealed(documents: Sequence[StampedDocument]) -> StatusLine:
    count = sum(line.document.role is DocumentRole.CONFIDENTIAL for line in documents)
    text = (
        _("%(n)s confidential documents, encrypted", n=count)
        if count != 1
        else _("One confidential document, encrypted")
    )
    return StatusLine(Step.SEALED, count > 0, text if count else _("No confidential document yet"))


def _stamped(documents: Sequence[StampedDocument]) -> StatusLine:
    final = sum(line.stamp.state is StampState.FINAL for line in documents)
    if not documents:
        return StatusLine(Step.STAMPED, is_done=False, text=_("Nothing to timestamp yet"))
    text = _("%(final)s of %(all)s timestamps are final", final=final, all=len(documents))
    return StatusLine(Step.STAMPED, final == len(documents), text)


def _titled(rights: Sequence[RightLine]) -> StatusLine:
    final = sum(line.title is not None and line.title.state is TitleState.FINAL for line in rights)
    if not rights:
        return StatusLine(Step.TITLE, is_done=False, text=_("No right stated yet"))
    text = _("%(final)s of %(all)s titles are recorded", final=final, all=len(rights))
    return StatusLine(Step.TITLE, final == len(rights), text)


def _next(
    technology: Technology,
    documents: Sequence[StampedDocument],
    rights: Sequence[RightLine],
    steps: Sequence[StatusLine],
    actor: Actor,
) -> Next | None:
    """Return the first thing that is missing; a wait is named only when nothing can be done meanwhile."""
    if not any(line.document.role is DocumentRole.CONFIDENTIAL for line in documents):
        return Next(_("Deposit the document that describes the invention; it is sealed and timestamped at once."))
    if not rights:
        href = url_for("technologies.new_right", technology_id=technology.id)
        return Next(
            _("State what can be licensed: an application, a patent, or the know-how itself."), _("Add a right"), href
        )
    if any(line.title is None or line.title.state is TitleState.FAILED for line in rights):
        return _record_titles(technology, actor)
    if any(line.title and line.title.state is not TitleState.FINAL for line in rights):
        return Next(_("The record of title is on its way, usually under a minute. You may leave."))
    waiting = next((line for line in steps if not line.is_done and line.next_href), None)
    return Next(waiting.text, waiting.next_label, waiting.next_href) if waiting else None


def _record_titles(technology: Technology, actor: Actor) -> Next:
    if not actor.has(*SIGNERS):
        return Next(
            _("The titles are not recorded yet; a licensing manager or an owner of your organisation does that.")
        )
    href = url_for("technologies.record_titles", technology_id=technology.id)
    text = _(
        "Record the title of each right; your organisation’s account signs it. Only recorded rights can be licensed."
    )
    return Next(text, _("Record the titles"), href, is_post=True)
