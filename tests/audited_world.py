"""An exchange worth auditing: titles, two licences of one licensee, a reading, anchored heads; everything final."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import typer
from sqlalchemy import select
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from ipx.adapters.evm.deployment import read_deployment
from ipx.audit_commands import registries_of
from ipx.deals.models import AgreementRow, NdaRow
from ipx.deals.records import AgreementView
from ipx.history.check.records import CheckReport, Difference
from ipx.history.rebuild.reader import RegistryReader
from ipx.history.service import HistoryService
from ipx.licences.models import LicenceRow
from ipx.life.rules import Ground, Kind, Proposal
from ipx.life.service import LifeService
from ipx.outside import chain_address, deployments_folder
from ipx.settings import Settings
from ipx.technologies.models import TitleRow
from ipx.vault.rules import Form
from ipx.vault.service import VaultService
from ipx.wiring import Exchange
from tests.adapters.stripe_payer import pay
from tests.flows.test_history_heads import all_final
from tests.old_agreements import agreement_of_version_1
from tests.pages import Person
from tests.rewriting import recompute_hashes
from tests.world import World


@dataclass
class Audited:
    """An exchange with titles, undertakings and licences that are final, and anchored heads of its logs."""

    world: World
    owner: Person
    taker: Person
    reader: RegistryReader
    agreements: tuple[str, str]
    licences: tuple[str, str]
    right: str
    nda: str

    def check(self, session: Session) -> CheckReport:
        settings = self.world.exchange.settings
        deployment = read_deployment(deployments_folder(settings), self.reader.chain_id())
        return self.world.service(HistoryService).check_tables(
            session,
            reader=self.reader,
            registries=registries_of(deployment),
            log_contracts=[one.contracts["EvidenceLog"].address.lower() for one in deployment.generations],
        )

    def after(self, edit: Callable[[Session], Any], *, recompute: bool = True) -> list[Difference]:
        """Edit the tables, compute every hash anew, check, and undo all of it."""
        with self.world.database.sessions() as session:
            try:
                edit(session)
                if recompute:
                    recompute_hashes(session)
                session.flush()
                session.expire_all()
                return list(self.check(session).differences)
            finally:
                session.rollback()


@contextmanager
def audited_exchange(exchange: Exchange, *, waits_for_blocks: bool = False) -> Iterator[Audited]:
    """Play two deals of one licensee to their end, the second of version 1, and wait until everything is final.

    ``waits_for_blocks``: the chain makes blocks in its own time.
    """
    with World(exchange, waits_for_blocks=waits_for_blocks) as world:
        owner, taker = world.organisation("Institute"), world.organisation("Company")
        agreements = []
        for draw_up in (World.agreement, agreement_of_version_1):
            agreement = draw_up(world, owner, taker)
            world.sign(owner, agreement)
            world.sign(taker, agreement)
            pay(world.pay_page(taker, agreement))
            world.until(partial(is_active, world, taker, agreement))
            agreements.append(agreement.id)
        with world.database.read() as session:
            licences = [
                session.scalars(select(LicenceRow.id).where(LicenceRow.agreement_id == one)).one() for one in agreements
            ]
            technology_id = session.get_one(AgreementRow, agreements[0]).technology_id
            right = session.scalars(select(TitleRow.right_id).where(TitleRow.technology_id == technology_id)).one()
            nda = session.scalars(select(NdaRow.id).where(NdaRow.technology_id == technology_id)).one()
        suspend_and_resume(world, owner, taker, licences[0])
        (document,) = taker.json(f"/licences/{licences[0]}")["documents"]
        read(world, owner, document)
        world.until(lambda: world.exchange.batcher.advance() or None)
        world.settle()
        world.until(lambda: all_final(world) or None)
        reader = RegistryReader(chain_address(exchange.settings))
        yield Audited(world, owner, taker, reader, tuple(agreements), tuple(licences), right, nda)  # type: ignore[arg-type]


def suspend_and_resume(world: World, owner: Person, taker: Person, licence_id: str) -> None:
    """Let both suspend a licence and let it go on, and let one side give notice: acts on the chain, and none."""
    service = world.service(LifeService)

    def act(person: Person, kind: Kind, **values: Any) -> None:
        world.write(lambda s: service.act(s, actor=person.actor, licence_id=licence_id, kind=kind, **values))
        world.settle()

    for proposal, result in ((Proposal.SUSPEND, Kind.SUSPENDED), (Proposal.RESUME, Kind.RESUMED)):
        act(owner, Kind.PROPOSED, proposal=proposal)
        view = world.read(lambda s: service.life(s, actor=owner.actor, licence_id=licence_id))
        act(taker, result, answers=view.life.proposals[0].id)
    act(owner, Kind.NOTICE, ground=Ground.BREACH, words="No statement since May.")


def is_active(world: World, taker: Person, agreement: AgreementView) -> bool:
    return world.view(taker, agreement).state == "ACTIVE"


def read(world: World, reader: Person, document_id: str) -> None:
    delivery = world.write(
        lambda session: world.service(VaultService).read(
            session, actor=reader.actor, document_id=document_id, purpose="to build it", form=Form.CLEAR
        )
    )
    assert b"".join(delivery.chunks()).startswith(b"%PDF")


def as_command(audited: Audited, monkeypatch: pytest.MonkeyPatch, command: Any, *arguments: str) -> Any:
    settings = audited.world.exchange.settings
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, list(arguments))


def environment_of(settings: Settings) -> dict[str, str]:
    """Return what a command has to be told to find this exchange."""
    found = {
        "IPX_DATA_DIR": str(settings.data_dir),
        "IPX_PORT": str(settings.port),
        "IPX_DATABASE_URL": settings.database_url,
        "IPX_CHAIN_URL": ",".join(settings.chain_urls),
        "IPX_CHAIN_FINALITY": settings.chain_finality,
    }
    return {name: value for name, value in found.items() if value}
