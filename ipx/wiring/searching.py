"""Search and matches, built from what is left of them. Holds no logic."""

from typing import Any

from ipx.accounts.service import AccountService
from ipx.catalogue.service import CatalogueService
from ipx.licences.service import LicenceService
from ipx.matches.answers import Answers
from ipx.matches.ranking import Rankings
from ipx.matches.service import MatchService
from ipx.matches.telling import Telling
from ipx.matching.saved import SavedSearches
from ipx.matching.service import SearchService
from ipx.matching.tallies import Tallies
from ipx.notices.service import NoticeService
from ipx.wiring.base import Base


def searching(
    base: Base,
    accounts: AccountService,
    notices: NoticeService,
    licences: LicenceService,
    catalogue: CatalogueService,
) -> dict[str, Any]:
    """Return search and matches by their names among the services."""
    search = _search(base, catalogue, licences)
    return {
        "search": search,
        "saved_searches": _saved_searches(base, accounts, notices, search),
        "matches": _matches(base, accounts, notices, licences, catalogue),
    }


def _saved_searches(
    base: Base, accounts: AccountService, notices: NoticeService, search: SearchService
) -> SavedSearches:
    return SavedSearches(
        **base.common,
        database=base.database,
        accounts=accounts,
        notices=notices,
        search=search,
        public_url=base.settings.public_url,
    )


def _matches(
    base: Base,
    accounts: AccountService,
    notices: NoticeService,
    licences: LicenceService,
    catalogue: CatalogueService,
) -> MatchService:
    return MatchService(
        catalogue=catalogue,
        durable=base.durable,
        clock=base.clock,
        rankings=Rankings(catalogue=catalogue, licences=licences, clock=base.clock),
        telling=Telling(
            accounts=accounts,
            catalogue=catalogue,
            notices=notices,
            clock=base.clock,
            public_url=base.settings.public_url,
        ),
        answers=Answers(audit=base.audit, catalogue=catalogue, clock=base.clock),
    )


def _search(base: Base, catalogue: CatalogueService, licences: LicenceService) -> SearchService:
    outside = base.outside
    return SearchService(
        index=outside.index,
        meaning=outside.meaning,
        catalogue=catalogue,
        licences=licences,
        tallies=Tallies(database=base.database, clock=base.clock),
        durable=base.durable,
    )
