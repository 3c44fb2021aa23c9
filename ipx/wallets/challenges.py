"""Messages that somebody is asked to sign, each once and for five minutes, and what came back."""

from urllib.parse import urlsplit

from sqlalchemy import delete
from sqlalchemy.orm import Session

from ipx.core.errors import Conflict
from ipx.core.ports import ChainGateway, Clock, Entropy
from ipx.wallets.models import ChallengeRow
from ipx.wallets.records import Challenge, Taken
from ipx.wallets.rules import (
    CHALLENGE_LIFE,
    CHALLENGES_KEPT,
    PATHS,
    STATEMENTS,
    Purpose,
    check_message,
    clean_address,
)
from ipx.wallets.sign_in_message import SignInMessage, read_message

_GONE = "This attempt to sign has ended or was used already. Begin again."


class Challenges:
    """Writes messages of EIP-4361 and takes them back."""

    def __init__(self, *, clock: Clock, entropy: Entropy, gateway: ChainGateway, public_url: str) -> None:
        self._clock = clock
        self._entropy = entropy
        self._gateway = gateway
        self._public_url = public_url.rstrip("/")

    def begin(self, session: Session, *, purpose: Purpose, address: str, person_id: str | None = None) -> Challenge:
        """Write the message that ``address`` is to sign. Raises Invalid (no address)."""
        now = self._clock.now().replace(microsecond=0)
        message = SignInMessage(
            domain=urlsplit(self._public_url).netloc,
            address=clean_address(address),
            statement=STATEMENTS[purpose],
            uri=self._public_url + PATHS[purpose],
            chain_id=self._gateway.chain_id,
            nonce=self._entropy.token(16).hex(),
            issued_at=now,
            expires_at=now + CHALLENGE_LIFE,
        )
        row = ChallengeRow(
            nonce=message.nonce,
            purpose=purpose,
            person_id=person_id,
            message=message.text(),
            expires_at=now + CHALLENGE_LIFE,
            used_at=None,
        )
        session.add(row)
        session.flush()
        return Challenge(row.nonce, row.message)

    def take(self, session: Session, *, purpose: Purpose, nonce: str, text: str, person_id: str | None = None) -> Taken:
        """Use a challenge up: ``nonce`` is the one that this browser was given, ``text`` what it says was signed.

        Raises Conflict (used, too old, another attempt), Invalid (another message). Commit also when it raises.
        """
        row = session.get(ChallengeRow, nonce, with_for_update=True)
        if row is None or row.used_at is not None or (row.purpose, row.person_id) != (purpose, person_id):
            raise Conflict(_GONE)
        row.used_at = self._clock.now()
        session.flush()
        check_message(read_message(text), read_message(row.message), self._clock.now())
        if text != row.message:
            raise Conflict(_GONE)
        return Taken(read_message(row.message).address, row.message)

    def forget_old(self, session: Session) -> None:
        """Delete challenges that ended long ago."""
        session.execute(delete(ChallengeRow).where(ChallengeRow.expires_at < self._clock.now() - CHALLENGES_KEPT))
