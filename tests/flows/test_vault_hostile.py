"""Hundreds of hostile files, each deposited: refused for the right reason, or kept so that it harms nobody."""

from __future__ import annotations

import pytest

from ipx.core.errors import Invalid
from tests.deposit_world import DepositWorld
from tests.hostile import images, lies, offices, pdfs, zips
from tests.hostile.cases import CLEAN, REFUSED, Case

CASES = [*zips.cases(), *offices.cases(), *pdfs.cases(), *images.cases(), *lies.cases()]


def test_there_are_enough_of_them_and_each_has_a_name_of_its_own() -> None:
    assert len([case for case in CASES if case.expected != CLEAN]) >= 300
    assert len({case.id for case in CASES}) == len(CASES)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> DepositWorld:
    made = DepositWorld(tmp_path_factory.mktemp("hostile"), upload_limit=1 << 30)
    made.owner = made.organisation("ada")  # type: ignore[attr-defined]
    return made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_hostile_file(world: DepositWorld, case: Case) -> None:
    content = case.make()
    before, rows = world.files(), world.count("vault_documents")

    def deposit() -> str:
        given = {"file_name": f"file.{case.ending}", "media_type": case.media_type, "role": case.role}
        return world.deposit(world.owner, content, **given).id  # type: ignore[attr-defined]

    if case.expected == REFUSED:
        with pytest.raises(Invalid) as refusal:
            deposit()
        assert case.says in refusal.value.message
        assert refusal.value.field == "file"
        assert world.count("vault_documents") == rows
        if case.role.is_sealed:
            assert world.files() == before
        return
    document = deposit()
    with world.database.read() as session:
        found = world.inspections.of(session, document)
    assert found is not None
    assert found.state == case.expected
