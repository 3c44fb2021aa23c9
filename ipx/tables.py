"""Names every module that defines tables, so that Base.metadata is whole."""

from importlib import import_module

MODULES = (
    "ipx.db.lease",
    "ipx.audit.models",
    "ipx.accounts.models",
    "ipx.notices.models",
    "ipx.chain.models",
    "ipx.wallets.models",
    "ipx.evidence.models",
    "ipx.vault.models",
    "ipx.vault.browser_models",
    "ipx.vault.custody_models",
    "ipx.bibliography.models",
    "ipx.contests.models",
    "ipx.technologies.models",
    "ipx.inventions.models",
    "ipx.titles.models",
    "ipx.licences.models",
    "ipx.catalogue.models",
    "ipx.matching.models",
    "ipx.matching.saved_models",
    "ipx.matching.tally_models",
    "ipx.matches.models",
    "ipx.payments.models",
    "ipx.deals.models",
    "ipx.life.models",
    "ipx.challenges.models",
    "ipx.reviews.models",
    "ipx.api.models",
    "ipx.demo.models",
)


def import_all_tables() -> None:
    """Import them."""
    for module in MODULES:
        import_module(module)
