"""Steps that the tests of titles in wallets share."""

from __future__ import annotations

from ipx.adapters.evm.deployment import read_deployment
from ipx.audit_commands import registries_of
from ipx.history.rebuild.reader import RegistryReader
from ipx.history.service import HistoryService
from ipx.outside import chain_address, deployments_folder
from ipx.technologies.service import TechnologyService
from ipx.wallets.service import WalletService
from tests.deal_steps import follow
from tests.pages import hidden, token_of
from tests.wallet_steps import link


def name(world, person, wallet) -> None:
    """Make a wallet the organisation's."""
    assert link(person, wallet).status_code == 302
    chosen = world.read(lambda s: world.service(WalletService).candidates(s, actor=person.actor))[0]
    answer = person.post("/organisation/wallet", {"wallet": chosen.id}, page="/organisation/wallet")
    assert answer.status_code == 302


def titles_of(world, technology_id):
    return world.read(lambda s: world.service(TechnologyService).titles(s, technology_id=technology_id))


def custody(world, person, right_id):
    return world.read(lambda s: world.service(TechnologyService).custody.of(s, actor=person.actor, right_id=right_id))


def owner_on_chain(world, token: int) -> str:
    return str(world.exchange.outside.chain.call("TitleRegistry", "ownerOf", [token]))


def page(right_id: str) -> str:
    return f"/rights/{right_id}/custody"


def move_out(world, person, right_id) -> None:
    answer = person.post(f"{page(right_id)}/move-out", page=page(right_id))
    assert "goes to your wallet" in follow(person, answer)
    world.settle()


def to_move_back(world, person, right_id, deadline=None):
    service = world.service(TechnologyService).custody
    return world.read(lambda s: service.to_move_back(s, actor=person.actor, right_id=right_id, deadline=deadline))


def press_move_back(world, person, right_id, wallet, **changes):
    shown = person.get(page(right_id)).text
    deadline = hidden(shown, "deadline")
    signature = wallet.sign_data(to_move_back(world, person, right_id, int(deadline)))
    data = {"csrf_token": token_of(shown), "deadline": deadline, "signature": signature, **changes}
    return person.client.post(f"{page(right_id)}/move-back", data=data)


def wallet_signs(world, person, agreement, wallet, **changes):
    agreements = world.deals.agreements
    data = world.read(lambda s: agreements.to_sign(s, actor=person.actor, agreement_id=agreement.id))
    path = f"/deals/agreements/{agreement.id}"
    form = {"commitment": agreement.commitment, "signature": wallet.sign_data(data), **changes}
    return person.post(f"{path}/sign-with-wallet", form, page=path)


def differences(world):
    """What `ipx audit check` says about titles and deals."""
    areas = ("title", "agreement", "licence", "undertaking", "step of a licence")
    return [one for one in audited(world).differences if one.area in areas]


def audited(world):
    """The report of `ipx audit check`."""
    settings = world.exchange.settings
    reader = RegistryReader(chain_address(settings))
    deployment = read_deployment(deployments_folder(settings), reader.chain_id())
    contracts = [one.contracts["EvidenceLog"].address.lower() for one in deployment.generations]
    registries, history = registries_of(deployment), world.service(HistoryService)
    return world.read(lambda s: history.check_tables(s, reader=reader, registries=registries, log_contracts=contracts))
