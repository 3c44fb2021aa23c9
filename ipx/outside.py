"""Chooses the adapters from the settings. Simulators and generated secrets live in embedded mode alone."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ipx.core.durable_files import create_once
from ipx.core.errors import Invalid
from ipx.core.inspection_ports import VirusScanner, Workshop
from ipx.core.meaning_ports import Meaning
from ipx.core.ports import (
    ChainGateway,
    Clock,
    DocumentStore,
    Entropy,
    KeyVault,
    Mailer,
    PaymentGateway,
    RectifierKeys,
    RootKey,
    SearchIndex,
    TimeStampAuthority,
)
from ipx.core.ports import Signer as SignerPort
from ipx.core.store_set import StoreSet
from ipx.settings import FOLDER, KUBO, PROJECT, Settings

if TYPE_CHECKING:
    from ipx.adapters.evm.anvil import Anvil
    from ipx.adapters.evm.simulated_rectifiers import SimulatedRectifiers
    from ipx.adapters.rootkeys import RootKeyFile

SIMULATED_STRIPE_KEY = "sk_test_simulated_not_a_secret"
SIMULATOR_PATH = "/simulator/stripe"


@dataclass(frozen=True)
class Outside:
    """One adapter for each port."""

    clock: Clock
    entropy: Entropy
    keys: KeyVault
    signer: SignerPort
    store: StoreSet
    chain: ChainGateway
    index: SearchIndex
    meaning: Meaning | None
    payments: PaymentGateway
    mailer: Mailer
    authority: TimeStampAuthority | None
    workshop: Workshop
    scanner: VirusScanner | None
    rectifiers: RectifierKeys | None
    payment_simulator: Callable[..., Any] | None


def choose(settings: Settings) -> Outside:
    """Build the adapters. Nothing is asked of the outside yet, but the chain's deployment is read."""
    from ipx.adapters.evm.signer import EthSigner
    from ipx.adapters.sandbox.launcher import Sandbox
    from ipx.adapters.system import SystemClock, SystemEntropy

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    clock = SystemClock()
    return Outside(
        clock=clock,
        entropy=SystemEntropy(),
        keys=key_vault(settings),
        signer=EthSigner(),
        store=_store(settings),
        chain=_chain(settings),
        index=_index(settings),
        meaning=_meaning(settings),
        payments=_payments(settings),
        mailer=_mailer(settings),
        authority=_authority(settings),
        workshop=Sandbox(),
        scanner=_scanner(settings),
        rectifiers=simulated_rectifiers(settings) if settings.embedded else None,
        payment_simulator=_payment_simulator(settings, clock),
    )


def generated_secret(settings: Settings, name: str) -> str:
    """Return a secret of the embedded mode, made at first use and kept readable by its owner only."""
    path = settings.data_dir / "keys" / name
    if not path.exists():
        create_once(path, secrets.token_hex(32).encode())
    return path.read_text().strip()


def secret_key(settings: Settings) -> str:
    """Return the key that signs form tokens."""
    return settings.secret_key or generated_secret(settings, "secret.key")


def relayer_key(settings: Settings) -> str:
    """Return the relayer's private key as hex."""
    return settings.chain_key or generated_secret(settings, "relayer.key")


def simulated_rectifiers(settings: Settings) -> "SimulatedRectifiers":
    """Return the rectifiers whose keys the exchange makes itself, for the embedded mode alone."""
    from ipx.adapters.evm.simulated_rectifiers import SimulatedRectifiers

    return SimulatedRectifiers(relayer_key(settings))


def webhook_secret(settings: Settings) -> str:
    """Return the secret that payment notifications are signed with."""
    return settings.stripe_webhook_secret or "whsec_" + generated_secret(settings, "webhook.key")


def simulates_payments(settings: Settings) -> bool:
    """Tell whether our simulator stands in for Stripe."""
    return settings.embedded and settings.stripe_secret_key is None


def key_vault(settings: Settings) -> KeyVault:
    """Return the vault of keys. Raises Invalid when a root key is none, Unavailable when its file cannot be used."""
    from ipx.adapters.keyvault import RootKeyVault

    file = root_key_file(settings)
    if file is not None:
        file.ring()  # there, and made at the first start, before anything else begins
        return RootKeyVault(file.ring)
    ring = [_root_key(value, settings) for value in (settings.root_key, settings.root_key_old) if value]
    return RootKeyVault(lambda: ring)


def root_key_file(settings: Settings) -> "RootKeyFile | None":
    """Return the file of the root key, of the embedded mode; None where the settings give the key."""
    from ipx.adapters.rootkeys import RootKeyFile

    if settings.root_key:
        return None
    return RootKeyFile(settings.data_dir / "keys" / "root.key", create=settings.embedded)


def _root_key(value: str, settings: Settings) -> RootKey:
    """Return the root key that a setting names: an address in a cloud, or the key itself."""
    if value.startswith("arn:"):
        from ipx.adapters.awskms import AwsRootKey

        return AwsRootKey(value, endpoint=settings.kms_endpoint)
    from ipx.adapters.rootkeys import LocalRootKey, load_root_key

    return LocalRootKey(load_root_key(value, None, create=False))


def _store(settings: Settings) -> StoreSet:
    """Name the stores; one that the settings do not name any more is still read, as earlier files may lie there."""
    from ipx.adapters.blockfolder import BlockFolder

    known: dict[str, DocumentStore] = {FOLDER: BlockFolder(settings.data_dir / "blocks")}
    if settings.kubo_api:
        from ipx.adapters.kubo import KuboStore

        known[KUBO] = KuboStore(settings.kubo_api, staging=settings.data_dir / "staging")
    configured = {name: known.pop(name) for name in settings.stores}
    return StoreSet(configured, known)


def _chain(settings: Settings) -> ChainGateway:
    from ipx.adapters.evm.endpoints import endpoints_at, pin_to
    from ipx.adapters.evm.gateway import EvmGateway

    anvil = None if settings.chain_urls else embedded_chain(settings)
    return EvmGateway(
        anvil.rpc if anvil else endpoints_at(settings.chain_urls, pin=pin_to(deployments_folder(settings))),
        deployments=deployments_folder(settings),
        relayer_key=relayer_key(settings),
        finality=settings.chain_finality,
        settlement=anvil,
    )


def embedded_chain(settings: Settings) -> "Anvil":
    """Return the handle of the embedded chain's process; ``ipx run`` starts it."""
    from ipx.adapters.evm.anvil import Anvil

    return Anvil(settings.data_dir / "chain")


def chain_address(settings: Settings) -> str:
    """Return the address of a node: the first that is configured, else the embedded chain's."""
    return settings.chain_urls[0] if settings.chain_urls else embedded_chain(settings).url()


def own_deployments(settings: Settings) -> Path:
    """Return where this installation writes down what it deploys."""
    return settings.data_dir / "deployments"


def deployments_folder(settings: Settings) -> Path:
    """Return where to read deployments: our own, or those that came with the project when we have none."""
    own = own_deployments(settings)
    return own if settings.embedded or any(own.glob("*.json")) else PROJECT / "contracts" / "deployments"


def _index(settings: Settings) -> SearchIndex:
    if settings.elasticsearch_url:
        from ipx.adapters.elastic import ElasticIndex

        return ElasticIndex(settings.elasticsearch_url)
    from ipx.adapters.tantivy_index import TantivyIndex

    return TantivyIndex(settings.data_dir / "search")


@contextmanager
def index_to_measure(settings: Settings, *, engine: str) -> Iterator[SearchIndex]:
    """Give an empty index of ``engine`` (tantivy, elastic) that is gone afterwards; the exchange's own is left alone.

    Raises Invalid when elastic is asked for and no server is named.
    """
    if engine == "tantivy":
        from ipx.adapters.tantivy_index import TantivyIndex

        with TemporaryDirectory(prefix="ipx-match-") as folder, closing(TantivyIndex(Path(folder) / "search")) as own:
            yield own
        return
    if not settings.elasticsearch_url:
        raise Invalid("Name the server in IPX_ELASTICSEARCH_URL, or take --engine tantivy.", field="engine")
    from ipx.adapters.elastic import ElasticIndex

    with closing(ElasticIndex(settings.elasticsearch_url, name=f"ipx-match-{secrets.token_hex(6)}")) as server:
        try:
            yield server
        finally:
            server.discard()


def _meaning(settings: Settings) -> Meaning | None:
    """Return the model where it is wanted and its packages are installed; search works without."""
    from ipx.adapters.minilm.model import is_installed

    # One core, however many listings wait for their vectors: people wait for pages meanwhile.
    return model_of_meaning(threads=1) if settings.meaning and is_installed() else None


def model_of_meaning(*, threads: int = 0) -> Meaning:
    """Return the model of sentences. It is loaded when it is first asked, and raises Unavailable if it cannot be.

    ``threads``: how many cores it may take; 0 is all.
    """
    from ipx.adapters.minilm.model import MiniLM

    return MiniLM(threads=threads)


def _payments(settings: Settings) -> PaymentGateway:
    from ipx.adapters.stripe_gateway import StripeGateway

    simulated = simulates_payments(settings)
    base = f"http://{settings.host}:{settings.port}{SIMULATOR_PATH}" if simulated else settings.stripe_api_base
    return StripeGateway(
        secret_key=settings.stripe_secret_key or SIMULATED_STRIPE_KEY,
        webhook_secret=webhook_secret(settings),
        api_base=base,
        simulated=simulated,
    )


def _payment_simulator(settings: Settings, clock: Clock) -> Callable[..., Any] | None:
    if not simulates_payments(settings):
        return None
    from ipx.adapters.stripe_simulator import create_simulator

    return create_simulator(
        database_path=settings.data_dir / "simulator" / "stripe.sqlite3",
        public_url=settings.public_url + SIMULATOR_PATH,
        webhook_url=f"http://{settings.host}:{settings.port}/payments/webhook",
        webhook_secret=webhook_secret(settings),
        secret_key=SIMULATED_STRIPE_KEY,
        clock=clock,
    )


def _mailer(settings: Settings) -> Mailer:
    from ipx.adapters.mail import MailboxMailer, SmtpMailer

    if settings.smtp_url:
        return SmtpMailer(settings.smtp_url, sender=settings.mail_from)
    return MailboxMailer(Path(settings.data_dir) / "mailbox")


def _authority(settings: Settings) -> TimeStampAuthority | None:
    if settings.tsa_url is None:
        return None
    from ipx.adapters.tsa import HttpAuthority

    return HttpAuthority(settings.tsa_url)


def _scanner(settings: Settings) -> VirusScanner | None:
    if settings.clamd is None:
        return None
    from ipx.adapters.clamd import Clamd

    return Clamd(settings.clamd, limit=settings.clamd_limit)
