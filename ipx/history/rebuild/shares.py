"""Who holds which share of a right and which other interest in it, act by act in the order of effect. Pure.

Fractions are exact. The contract does no arithmetic of shares, so a giver may say more than it has: then it gives what
it has, and a gap is noted.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Protocol

from ipx.history.rebuild.codes import (
    CONVEYS_SHARE,
    GIVES_INTEREST,
    NO_DOCUMENT,
    WHOLE_BPS,
    ConveyanceKind,
    Evidence,
)
from ipx.history.rebuild.records import Act, ChainEvent, Gap, Interest


class Recorded(Protocol):
    """What the register says of the present record."""

    evidence: int
    holder: str


class Ownership:
    """Shares and interests in one title. It begins with the whole in the first holder's hands."""

    def __init__(self, registered: ChainEvent) -> None:
        self.holder: str = registered.arguments["holder"]
        self.interests: list[Interest] = []
        self.gaps: list[Gap] = []
        self._shares: dict[str, Fraction] = {self.holder: Fraction(1)}

    def shares(self) -> dict[str, Fraction]:
        """Return who holds how much; nobody with nothing."""
        return {account: share for account, share in self._shares.items() if share}

    def apply(self, act: Act) -> None:
        """Follow one act."""
        if act.name == "Rectified":
            self._rectify(act)
        elif act.kind in CONVEYS_SHARE:
            self._convey(act)
        elif act.kind == ConveyanceKind.ACCOUNT_CHANGE:
            self._change_account(act)
        elif act.kind == ConveyanceKind.RELEASE:
            self._release(act)
        elif act.kind in GIVES_INTEREST:
            self._give_interest(act)
        self._look_at(act)

    def all_gaps(self, register: Recorded) -> tuple[Gap, ...]:
        """Return the gaps that acts showed, and those of the state they led to."""
        found = list(self.gaps)
        found += [
            Gap(
                "security_interest_not_released",
                f"A security interest of {interest.holder} was never released.",
                interest.block,
                interest.transaction,
            )
            for interest in self.interests
            if interest.kind is ConveyanceKind.SECURITY_INTEREST and interest.released is None
        ]
        shares = self.shares()
        if not shares.get(self.holder):
            found.append(Gap("holder_without_share", f"The administrative holder {self.holder} holds no share."))
        if register.evidence == Evidence.DECLARED:
            found.append(Gap("declared_only", "The record of the present holder rests on a declaration alone."))
        return tuple(found)

    def _convey(self, act: Act) -> None:
        if act.to == act.by:
            return  # a correction of the record that names the giver again
        held = self._shares.get(act.by, Fraction(0))
        is_whole = act.share_bps == WHOLE_BPS
        said = held if is_whole else Fraction(act.share_bps, WHOLE_BPS)
        if not held:
            self._note("assignor_not_holder", f"{act.by} conveyed a share and held none at that date.", act)
        elif said > held:
            self._note("conveys_more_than_held", f"{act.by} conveyed {said} of the right and held {held}.", act)
        self._move(act.by, act.to, min(said, held))
        if is_whole and act.by == self.holder:
            self.holder = act.to

    def _change_account(self, act: Act) -> None:
        """The same person goes over to another account, with everything it has."""
        self._move(act.by, act.to, self._shares.get(act.by, Fraction(0)))
        self.interests = [
            Interest(**{**interest.__dict__, "holder": act.to})
            if interest.holder == act.by and interest.released is None
            else interest
            for interest in self.interests
        ]
        if act.by == self.holder and act.share_bps == WHOLE_BPS:
            self.holder = act.to

    def _rectify(self, act: Act) -> None:
        if act.to != act.by:
            self._move(act.by, act.to, self._shares.get(act.by, Fraction(0)))
            self.holder = act.to
        self._note("rectified", f"The record was rectified: {act.by} was named before, {act.to} since.", act)

    def _give_interest(self, act: Act) -> None:
        if not self._shares.get(act.by) and not any(one.holder == act.by for one in self.interests):
            self._note("grantor_held_nothing", f"{act.by} gave an interest and held nothing at that date.", act)
        self.interests.append(
            Interest(
                kind=ConveyanceKind(act.kind),
                holder=act.to,
                grantor=act.by,
                share_bps=act.share_bps,
                executed=act.executed,
                document=act.document,
                block=act.block,
                transaction=act.transaction,
            )
        )

    def _release(self, act: Act) -> None:
        """A release closes the giver's open security interests; where it has none, its other open interests."""
        own = [one for one in self.interests if one.holder == act.by and one.released is None]
        secured = [one for one in own if one.kind is ConveyanceKind.SECURITY_INTEREST]
        closed = secured or own
        if not closed:
            self._note("release_of_nothing", f"{act.by} released an interest and held none that was open.", act)
        self.interests = [
            Interest(**{**one.__dict__, "released": act.block}) if one in closed else one for one in self.interests
        ]

    def _look_at(self, act: Act) -> None:
        if act.name == "Rectified":
            return
        if act.executed > act.time:
            self._note("dated_in_the_future", f"The instrument is dated after block {act.block}.", act)
        elif 0 < act.executed < act.takes_effect:
            self._note("dated_before_giver_held", f"The instrument is older than what {act.by} held.", act)
        if act.kind in CONVEYS_SHARE and act.document == NO_DOCUMENT:
            self._note("no_instrument", f"The conveyance from {act.by} to {act.to} names no document.", act)

    def _move(self, giver: str, receiver: str, share: Fraction) -> None:
        shares: Mapping[str, Fraction] = self._shares
        self._shares = {**shares, giver: shares.get(giver, Fraction(0)) - share}
        self._shares[receiver] = self._shares.get(receiver, Fraction(0)) + share

    def _note(self, code: str, words: str, act: Act) -> None:
        self.gaps.append(Gap(code, words, act.block, act.transaction))
