"""All settings of one process, read once from the environment; nothing else reads the environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from ipx.core.errors import Invalid

EMBEDDED, PRODUCTION = "embedded", "production"
FOLDER, KUBO = "folder", "kubo"
DEMO_OPERATOR = "olga@operator.example"  # one of the demonstration's people (ipx/demo/people.py)
PROJECT = Path(__file__).resolve().parent.parent
TRANSLATIONS = PROJECT / "frontend" / "translations"
_ADDRESS = re.compile(r"https?://[^/\s]+")
_CLAMD = re.compile(r"unix:/\S+|tcp://[^/\s]+:\d+")
_CHAIN_KEY = re.compile(r"(0x)?[0-9a-fA-F]{64}")


@dataclass(frozen=True)
class Settings:
    """What README's settings table lists, typed."""

    mode: str
    data_dir: Path
    host: str
    port: int
    public_url: str
    database_url: str
    chain_urls: tuple[str, ...]
    chain_key: str | None
    chain_finality: str
    kubo_api: str | None
    stores: tuple[str, ...]
    custody_delay: timedelta
    elasticsearch_url: str | None
    meaning: bool
    stripe_secret_key: str | None
    stripe_webhook_secret: str | None
    stripe_api_base: str | None
    clamd: str | None
    clamd_limit: int
    tsa_url: str | None
    tsa_roots: Path | None
    tsa_qualified: str | None
    smtp_url: str | None
    mail_from: str
    root_key: str | None
    root_key_old: str | None
    kms_endpoint: str | None
    secret_key: str | None
    operators: tuple[str, ...]
    operator_email: str | None
    batch_delay: timedelta
    head_delay: timedelta
    upload_limit: int
    denied_parties: Path | None
    api_requests: int
    erasure_register: Path
    backup_days: int
    demo: bool

    @property
    def embedded(self) -> bool:
        """True where simulators and generated secrets are allowed."""
        return self.mode == EMBEDDED

    @property
    def chain_url(self) -> str | None:
        """The chain's first endpoint; None where the chain is our own embedded one."""
        return self.chain_urls[0] if self.chain_urls else None


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read and check the settings. Raises Invalid, naming every variable that is wrong at once."""
    mode = environment.get("IPX_MODE", EMBEDDED)
    data_dir = Path(environment.get("IPX_DATA_DIR", "var")).resolve()
    port = int(_number(environment, "IPX_PORT", "8000"))
    demo = environment.get("IPX_DEMO", "1" if mode == EMBEDDED else "0") == "1"
    demo_operators = DEMO_OPERATOR if demo and mode == EMBEDDED else ""
    settings = Settings(
        mode=mode,
        data_dir=data_dir,
        host=environment.get("IPX_HOST", "127.0.0.1"),
        port=port,
        public_url=environment.get("IPX_PUBLIC_URL", f"http://127.0.0.1:{port}").rstrip("/"),
        database_url=environment.get("IPX_DATABASE_URL", f"sqlite:///{data_dir / 'ipx.sqlite3'}"),
        chain_urls=_list(environment, "IPX_CHAIN_URL"),
        chain_key=environment.get("IPX_CHAIN_KEY") or None,
        chain_finality=environment.get("IPX_CHAIN_FINALITY", "finalized"),
        kubo_api=environment.get("IPX_KUBO_API") or None,
        stores=_list(environment, "IPX_STORES", KUBO if environment.get("IPX_KUBO_API") else FOLDER),
        custody_delay=timedelta(hours=_number(environment, "IPX_CUSTODY_HOURS", "24")),
        elasticsearch_url=environment.get("IPX_ELASTICSEARCH_URL") or None,
        # Off where an embedded exchange starts empty: nothing is there to be found by meaning.
        meaning=environment.get("IPX_MEANING", "0" if mode == EMBEDDED and not demo else "1") == "1",
        stripe_secret_key=environment.get("IPX_STRIPE_SECRET_KEY") or None,
        stripe_webhook_secret=environment.get("IPX_STRIPE_WEBHOOK_SECRET") or None,
        stripe_api_base=environment.get("IPX_STRIPE_API_BASE") or None,
        clamd=environment.get("IPX_CLAMD") or None,
        clamd_limit=int(_number(environment, "IPX_CLAMD_LIMIT", str(25 << 20))),
        tsa_url=environment.get("IPX_TSA_URL") or None,
        tsa_roots=Path(environment["IPX_TSA_ROOTS"]).resolve() if environment.get("IPX_TSA_ROOTS") else None,
        tsa_qualified=environment.get("IPX_TSA_QUALIFIED") or None,
        smtp_url=environment.get("IPX_SMTP_URL") or None,
        mail_from=environment.get("IPX_MAIL_FROM", "IPX <no-reply@localhost>"),
        root_key=environment.get("IPX_ROOT_KEY") or None,
        root_key_old=environment.get("IPX_ROOT_KEY_OLD") or None,
        kms_endpoint=environment.get("IPX_KMS_ENDPOINT") or None,
        secret_key=environment.get("IPX_SECRET_KEY") or None,
        batch_delay=timedelta(seconds=_number(environment, "IPX_BATCH_DELAY", "5" if mode == EMBEDDED else "60")),
        head_delay=timedelta(seconds=_number(environment, "IPX_HEAD_DELAY", "3600")),
        upload_limit=int(_number(environment, "IPX_UPLOAD_LIMIT", str(4 * 1024**3))),
        denied_parties=(
            Path(environment["IPX_DENIED_PARTIES"]).resolve() if environment.get("IPX_DENIED_PARTIES") else None
        ),
        api_requests=int(_number(environment, "IPX_API_REQUESTS", "1200")),
        erasure_register=Path(environment.get("IPX_ERASURE_REGISTER") or data_dir / "erasure-register.jsonl").resolve(),
        backup_days=int(_number(environment, "IPX_BACKUP_DAYS", "35")),
        operators=tuple(address.lower() for address in _list(environment, "IPX_OPERATORS", demo_operators)),
        operator_email=environment.get("IPX_OPERATOR_EMAIL") or None,
        demo=demo,
    )
    problems = _problems(settings)
    if problems:
        raise Invalid("The settings cannot be used:\n- " + "\n- ".join(problems))
    return settings


def _list(environment: Mapping[str, str], name: str, default: str = "") -> tuple[str, ...]:
    """Return what stands between the commas."""
    parts = (part.strip() for part in environment.get(name, default).split(","))
    return tuple(part for part in parts if part)


def _number(environment: Mapping[str, str], name: str, default: str) -> float:
    try:
        number = float(environment.get(name) or default)
    except ValueError as error:
        raise Invalid(f"{name} must be a number, not {environment[name]!r}.") from error
    if not 0 <= number < 2**53:
        raise Invalid(f"{name} must be a number from 0 to 2^53.")
    return number


def _problems(settings: Settings) -> list[str]:
    if settings.mode not in (EMBEDDED, PRODUCTION):
        return [f"IPX_MODE is {settings.mode!r}; it must be embedded or production."]
    if settings.chain_finality != "finalized" and not settings.chain_finality.isdecimal():
        return ["IPX_CHAIN_FINALITY must be “finalized” or a number of blocks."]
    return _shape_problems(settings) + ([] if settings.embedded else _production_problems(settings))


def _shape_problems(settings: Settings) -> list[str]:
    addresses = {
        "IPX_PUBLIC_URL": settings.public_url,
        "IPX_ELASTICSEARCH_URL": settings.elasticsearch_url,
        "IPX_STRIPE_API_BASE": settings.stripe_api_base,
        "IPX_TSA_URL": settings.tsa_url,
        "IPX_KMS_ENDPOINT": settings.kms_endpoint,
    }
    named = [*addresses.items(), *(("IPX_CHAIN_URL", url) for url in settings.chain_urls)]
    problems = [
        f"{name} must be an address such as http://127.0.0.1:8545, not {value!r}."
        for name, value in named
        if value and not _ADDRESS.match(value)
    ]
    if len(set(settings.chain_urls)) < len(settings.chain_urls):
        problems.append("IPX_CHAIN_URL names an endpoint twice; it would be its own witness.")
    addressees = [*settings.operators, *([settings.operator_email] if settings.operator_email else [])]
    problems += [
        f"{found!r} in IPX_OPERATORS or IPX_OPERATOR_EMAIL is no address." for found in addressees if "@" not in found
    ]
    if not settings.database_url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        problems.append("IPX_DATABASE_URL must look like postgresql://user:password@host/database.")
    problems += _store_problems(settings)
    if settings.chain_key and not _CHAIN_KEY.fullmatch(settings.chain_key):
        problems.append("IPX_CHAIN_KEY must be a private key: 64 hexadecimal digits.")
    if settings.tsa_url and settings.tsa_roots is None:
        problems.append("IPX_TSA_ROOTS must name a PEM file with the roots that the authority of IPX_TSA_URL has.")
    if settings.root_key_old and not settings.root_key:
        problems.append("IPX_ROOT_KEY_OLD is set and IPX_ROOT_KEY is not: the old key alone wraps nothing new.")
    if settings.clamd and not _CLAMD.fullmatch(settings.clamd):
        problems.append("IPX_CLAMD must look like unix:/run/clamav/clamd.ctl or tcp://127.0.0.1:3310.")
    if settings.api_requests < 1:
        problems.append("IPX_API_REQUESTS must be 1 or more.")
    if settings.backup_days < 1:
        problems.append("IPX_BACKUP_DAYS must be 1 or more.")
    if not 0 < settings.port < 2**16:
        problems.append(f"IPX_PORT must be from 1 to 65535, not {settings.port}.")
    return problems


def _store_problems(settings: Settings) -> list[str]:
    if not settings.stores or len(set(settings.stores)) < len(settings.stores) or set(settings.stores) - {FOLDER, KUBO}:
        return ["IPX_STORES must be folder, kubo, or both separated by a comma, each once."]
    if KUBO in settings.stores and not settings.kubo_api:
        return ["IPX_STORES names kubo, and IPX_KUBO_API does not say where it is."]
    return []


def _production_problems(settings: Settings) -> list[str]:
    required = {
        "IPX_CHAIN_URL": settings.chain_url,
        "IPX_CHAIN_KEY": settings.chain_key,
        "IPX_KUBO_API": settings.kubo_api,
        "IPX_ELASTICSEARCH_URL": settings.elasticsearch_url,
        "IPX_STRIPE_SECRET_KEY": settings.stripe_secret_key,
        "IPX_STRIPE_WEBHOOK_SECRET": settings.stripe_webhook_secret,
        "IPX_SMTP_URL": settings.smtp_url,
        "IPX_ROOT_KEY": settings.root_key,
        "IPX_SECRET_KEY": settings.secret_key,
    }
    problems = [
        f"{name} is not set; production has no default for it." for name, value in required.items() if not value
    ]
    if settings.database_url.startswith("sqlite"):
        problems.append("IPX_DATABASE_URL must name a PostgreSQL database in production.")
    if urlsplit(settings.public_url).scheme != "https":
        problems.append("IPX_PUBLIC_URL must begin with https:// in production.")
    if settings.stripe_api_base:
        problems.append("IPX_STRIPE_API_BASE points payments elsewhere, such as to a simulator: not in production.")
    if settings.secret_key and len(settings.secret_key) < 32:
        problems.append("IPX_SECRET_KEY must have 32 characters or more.")
    if settings.demo:
        problems.append("IPX_DEMO=1 loads demonstration data: not in production.")
    return problems
