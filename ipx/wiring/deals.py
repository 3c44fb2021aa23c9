"""Deals, built from what is left of them. Holds no logic."""

from ipx.accounts.service import AccountService
from ipx.catalogue.service import CatalogueService
from ipx.chain.service import ChainService
from ipx.deals.agreements import Agreements
from ipx.deals.ndas import Ndas
from ipx.deals.offers import Offers
from ipx.deals.service import DealService
from ipx.licences.service import LicenceService
from ipx.notices.service import NoticeService
from ipx.payments.service import PaymentService
from ipx.technologies.service import TechnologyService
from ipx.vault.service import VaultService
from ipx.wallets.service import WalletService
from ipx.wiring.base import Base


def build_deals(
    base: Base,
    accounts: AccountService,
    chain: ChainService,
    catalogue: CatalogueService,
    vault: VaultService,
    notices: NoticeService,
    technologies: TechnologyService,
    licences: LicenceService,
    payments: PaymentService,
    wallets: WalletService,
) -> DealService:
    """Build the parts of deals and their door."""
    common = {**base.common, "notices": notices}
    ndas = Ndas(
        **common,
        accounts=accounts,
        chain=chain,
        catalogue=catalogue,
        vault=vault,
        wallets=wallets,
    )
    agreements = Agreements(
        **common,
        signer=base.outside.signer,
        accounts=accounts,
        chain=chain,
        technologies=technologies,
        licences=licences,
        payments=payments,
        vault=vault,
        wallets=wallets,
    )
    offers = Offers(**common, licences=licences, accounts=accounts, catalogue=catalogue, ndas=ndas)
    return DealService(ndas=ndas, offers=offers, agreements=agreements)
