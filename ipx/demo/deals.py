"""Deals of the demonstration: two licences that live (a notice runs, another is contested), and talks under way.

They need titles and grants that are final on the chain, so nobody waits for them at the start: the server looks now and
then and takes the next step when it can. Each step is done once, however often the server is killed.
"""

import logging
from collections.abc import Callable, Iterator
from functools import partial

from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.accounts.service import AccountService
from ipx.core.errors import Conflict
from ipx.core.ports import Clock
from ipx.db.session import Database
from ipx.deals.service import DealService
from ipx.demo.deal_stories import STORIES, Story
from ipx.demo.people import spokesperson
from ipx.demo.steps import Steps
from ipx.licences.service import LicenceService
from ipx.life.rules import Kind
from ipx.life.service import LifeService

log = logging.getLogger("ipx.demo")

Step = tuple[str, Callable[[Session], str]]


class DemoDeals:
    """Plays the stories, one step at each look."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        accounts: AccountService,
        deals: DealService,
        licences: LicenceService,
        life: LifeService,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._deals = deals
        self._licences = licences
        self._life = life
        self._steps = Steps(database, clock)
        self.is_done = False

    def advance(self) -> bool:
        """Take the next step of every story that can go on; tell whether one was taken."""
        if self.is_done:
            return False
        found = [self._advance(story) for story in STORIES]
        self.is_done = all(went is None for went in found)
        return any(found)

    def _advance(self, story: Story) -> bool | None:
        """Tell whether a step was taken; None when the story is told to its end."""
        listing_id = self._steps.made(f"listing:{story.technology}")
        if listing_id is None:
            return False
        for name, act in self._story(story, listing_id):
            if self._steps.made(name) is not None:
                continue
            try:
                self._steps.once(name, act)
            except Conflict as error:
                log.info("the demonstration waits at %s: %s", name, error.message)
                return False
            return True
        return None

    def _story(self, story: Story, listing_id: str) -> Iterator[Step]:
        """Give the steps in their order; what a later one rests on is made when it is asked for."""
        name = f"deal:{story.key}"
        yield f"{name}:offer", partial(self._offer, story, listing_id)
        if story.counter is not None:
            yield f"{name}:counter", partial(self._counter, story, self._made(f"{name}:offer"))
            return
        yield f"{name}:agreement", partial(self._agree, story, self._made(f"{name}:offer"))
        agreement_id = self._made(f"{name}:agreement")
        yield f"{name}:signed", partial(self._sign, story, agreement_id)
        yield f"{name}:notice", partial(self._give_notice, story, agreement_id)
        if story.contest:
            yield f"{name}:contest", partial(self._contest, story, self._made(f"{name}:notice"))

    def _offer(self, story: Story, listing_id: str, session: Session) -> str:
        taker = self._manager(session, story.taker)
        self._deals.ndas.accept(session, actor=taker, listing_id=listing_id)
        offer = self._deals.offers.make(
            session,
            actor=taker,
            listing_id=listing_id,
            message=story.message,
            submit_key=f"demo.deal.{story.key}",
            terms=story.terms(),
        )
        return offer.id

    def _counter(self, story: Story, offer_id: str, session: Session) -> str:
        assert story.counter is not None
        owner = self._manager(session, story.owner)
        offers = self._deals.offers
        return offers.counter(session, actor=owner, offer_id=offer_id, terms=story.counter(), message=story.answer).id

    def _agree(self, story: Story, offer_id: str, session: Session) -> str:
        owner = self._manager(session, story.owner)
        return self._deals.accept_offer(session, actor=owner, offer_id=offer_id).id

    def _sign(self, story: Story, agreement_id: str, session: Session) -> str:
        for side in (story.owner, story.taker):
            actor, agreements = self._manager(session, side), self._deals.agreements
            view = agreements.agreement(session, actor=actor, agreement_id=agreement_id)
            agreements.sign(session, actor=actor, agreement_id=agreement_id, commitment=view.commitment)
        return agreement_id

    def _give_notice(self, story: Story, agreement_id: str, session: Session) -> str:
        licence = self._licences.find_by_agreement(session, agreement_id=agreement_id)
        if licence is None or licence.activated_at is None:
            raise Conflict("The licence is not final on the chain yet.")
        owner = self._manager(session, story.owner)
        notice = {"kind": Kind.NOTICE, "ground": story.ground, "words": story.notice}
        self._life.act(session, actor=owner, licence_id=licence.id, **notice)  # type: ignore[arg-type]
        return licence.id

    def _contest(self, story: Story, licence_id: str, session: Session) -> str:
        taker = self._manager(session, story.taker)
        (notice,) = self._life.life(session, actor=taker, licence_id=licence_id).life.notices
        self._life.act(
            session,
            actor=taker,
            licence_id=licence_id,
            kind=Kind.CONTESTED,
            answers=notice.step.id,
            words=story.contest,
        )
        return licence_id

    def _manager(self, session: Session, organisation: str) -> Actor:
        account = spokesperson(organisation, Role.LICENSING_MANAGER)
        actor = self._accounts.actor(session, self._made(f"person:{account.email}"))
        assert actor is not None
        return actor

    def _made(self, step: str) -> str:
        made = self._steps.made(step)
        assert made is not None, step
        return made
