"""Records that compete: several technologies state one number at one office. All are shown, nothing confidential.

A number that the office still keeps secret is never compared: that it exists would be a leak.
"""

from collections.abc import Callable

from sqlalchemy.orm import Session

from ipx.technologies.records import PublicRight, PublicTechnology, Right
from ipx.technologies.service import TechnologyService
from ipx.titles.records import Competitor

IsListed = Callable[[Session, str], bool]


class Competing:
    """Finds competing records."""

    def __init__(self, *, technologies: TechnologyService) -> None:
        self._technologies = technologies
        self._is_listed: IsListed = lambda session, technology_id: False

    def ask_listed(self, is_listed: IsListed) -> None:
        """Say who knows whether a technology is shown to everybody; a room on the right does."""
        self._is_listed = is_listed

    def of_right(self, session: Session, *, right: Right) -> list[Competitor]:
        """Return what others state about the number of an own right; nothing while that is secret."""
        stated = right.particulars
        if right.number_is_secret or not (stated.office and stated.number):
            return []
        found = self._technologies.stating_number(session, right=stated)
        return [
            self._competitor(session, technology, each)
            for technology, each in found
            if technology.id != right.technology_id
        ]

    def listed_with(self, session: Session, *, technology_id: str) -> list[tuple[str, Competitor]]:
        """Return the numbers of a listed technology that other listed ones state too, with those; for everybody.

        One that is not listed is not told of here: that it exists is its owner's secret.
        """
        stated = self._technologies.whole(session, technology_id=technology_id)
        return [
            (f"{right.particulars.office} {right.particulars.number}", other)
            for right in stated.rights
            for other in self.of_right(session, right=right)
            if other.technology_id is not None
        ]

    def _competitor(self, session: Session, technology: PublicTechnology, right: PublicRight) -> Competitor:
        shown = self._is_listed(session, technology.id)
        return Competitor(
            title=technology.title if shown else None,
            organisation_name=technology.organisation_name if shown else None,
            technology_id=technology.id if shown else None,
            right_id=right.id if shown else None,
            evidence=right.evidence,
        )
