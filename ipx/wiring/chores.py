"""What has to be looked after every few minutes."""

from collections.abc import Callable

from ipx.accounts.sessions import BrowserSessions
from ipx.contests.service import advance as advance_contests
from ipx.evidence.second_clock import SecondClock
from ipx.evidence.transparency import Transparency
from ipx.evidence.watch import LogWatch
from ipx.life.service import advance as advance_lives
from ipx.life.service import advance_reminders
from ipx.matching.service import SearchService
from ipx.technologies.rectified import RectifiedTitles
from ipx.titles.rectifier_signatures import advance as advance_rectifications
from ipx.vault.register_keeping import RegisterKeeper
from ipx.vault.service import VaultService
from ipx.wiring.base import Base
from ipx.wiring.listening import match_workflows
from ipx.wiring.services import Services


def chores_of(base: Base, s: Services, sessions: BrowserSessions) -> dict[str, Callable[[], bool]]:
    """What has to be looked after every few minutes; each is repeatable, and one that fails stops no other."""
    return {
        "sessions": lambda: _forget_sessions(sessions),
        "old rows": lambda: _forget_old(base, s),
        "orphans": lambda: _collect_orphans(s.vault),
        "custody": s.custody.look,
        "new files": s.custody.look_at_new,
        "quarantine": s.rescans.advance,
        "payments": s.payments.reconcile,
        "rulings": lambda: advance_contests(base.database, s.contests),
        "deadlines of licences": lambda: advance_lives(base.database, s.life),
        "reminders of licences": lambda: advance_reminders(base.database, s.life),
        "rectifications": lambda: advance_rectifications(base.database, s.titles.signatures),
        "rectified titles": lambda: _follow_rectified(base, s),
        "documents of licences": lambda: _open_begun(base, s),
        "workflows": base.durable.forget_finished,
        "second clock": lambda: _ask_for_stamps(base, s.second_clock),
        "challenges": s.challenges.close_due,
        "options of awards": s.challenges.tell_of_options,
        "index": lambda: _heal_index(base, s.search),
        "meaning": lambda: _heal_meaning(base, s.search),
        "counts of listings": s.search.tallies.write,
        "saved searches": s.saved_searches.look,
        "matches": match_workflows(base, s).look,
        "log": _log_watch(base, s).look,
        "erasure register": lambda: _keep_register(s.forgetting.keeper),
    }


def _log_watch(base: Base, s: Services) -> LogWatch:
    return LogWatch(
        database=base.database,
        transparency=Transparency(),
        chain=s.chain,
        gateway=base.outside.chain,
        audit=base.audit,
        clock=base.clock,
    )


def _forget_sessions(sessions: BrowserSessions) -> bool:
    sessions.forget_ended()
    return False


def _open_begun(base: Base, s: Services) -> bool:
    with base.database.write() as session:
        s.deals.agreements.open_begun(session)
    return False


def _forget_old(base: Base, s: Services) -> bool:
    with base.database.write() as session:
        s.accounts.forget_old(session)
        s.notices.forget_old(session)
        s.answers.forget_old(session)
        s.wallets.challenges.forget_old(session)
        s.deals.ndas.forget_old(session)
    return False


def _follow_rectified(base: Base, s: Services) -> bool:
    titles = RectifiedTitles(audit=base.audit, chain=s.chain, wallets=s.wallets, events=base.events)
    with base.database.write() as session:
        return titles.follow(session)


def _collect_orphans(vault: VaultService) -> bool:
    vault.collect_orphans()
    return False


def _keep_register(keeper: RegisterKeeper) -> bool:
    keeper.keep()
    return False


def _ask_for_stamps(base: Base, second_clock: SecondClock) -> bool:
    with base.database.write() as session:
        return second_clock.ask_for_due(session)


def _heal_index(base: Base, search: SearchService) -> bool:
    with base.database.write() as session:
        search.heal(session, moment=base.clock.now().strftime("%Y-%m-%dT%H:%M"))
    return False


def _heal_meaning(base: Base, search: SearchService) -> bool:
    with base.database.write() as session:
        # Once in ten minutes: a round that is under way is not asked for again at every look.
        search.heal_meaning(session, moment=base.clock.now().strftime("%Y-%m-%dT%H:%M")[:-1])
    return False
