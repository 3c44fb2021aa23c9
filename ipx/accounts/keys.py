"""Organisation keys and custodial accounts. No key leaves this room unwrapped; signing is all that is done with one."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.models import ChainAccountRow
from ipx.accounts.records import Account
from ipx.accounts.room import AccountRoom
from ipx.core.errors import NotFound
from ipx.core.typed_data import TypedData

ORGANISATION_ACCOUNT = "organisation"


class Keys(AccountRoom):
    """Wrapping, signing, accounts."""

    def create_account(self, session: Session, *, organisation_id: str, purpose: str) -> Account:
        """Return the organisation's account for a purpose, made on first use, its key wrapped at once."""
        found = self._account_row(session, organisation_id, purpose)
        if found is None:
            address, private_key = self._signer.create_account()
            account_id = self._entropy.new_id()
            wrapped = self.wrap(
                session, organisation_id=organisation_id, secret=private_key, context=f"chain-account/{account_id}"
            )
            found = ChainAccountRow(
                id=account_id,
                organisation_id=organisation_id,
                purpose=purpose,
                address=address,
                wrapped_private_key=wrapped,
                created_at=self._clock.now(),
            )
            session.add(found)
            session.flush()
        return Account(id=found.id, organisation_id=organisation_id, address=found.address)

    def account_of(self, session: Session, organisation_id: str) -> Account:
        """Return the organisation's own account, which it has from its first day. Raises NotFound."""
        found = self._account_row(session, organisation_id, ORGANISATION_ACCOUNT)
        if found is None:
            raise NotFound("There is no such organisation.")
        return Account(id=found.id, organisation_id=organisation_id, address=found.address)

    def sign(self, session: Session, *, account_id: str, data: TypedData) -> bytes:
        """Return the account's EIP-712 signature. The caller has asked the person and says so in the audit log."""
        row = session.get_one(ChainAccountRow, account_id)
        private_key = self.unwrap(
            session,
            organisation_id=row.organisation_id,
            wrapped=row.wrapped_private_key,
            context=f"chain-account/{account_id}",
        )
        return self._signer.sign(private_key, data)

    def wrap(self, session: Session, *, organisation_id: str, secret: bytes, context: str) -> bytes:
        """Return a secret wrapped by the organisation's key; ``context`` says what it is and binds it there."""
        key = self._organisation_row(session, organisation_id).wrapped_key
        return self._keys.wrap(organisation_id, key, secret, context=context)

    def unwrap(self, session: Session, *, organisation_id: str, wrapped: bytes, context: str) -> bytes:
        """Return the secret. Raises Tampered when it belongs to another organisation or context."""
        key = self._organisation_row(session, organisation_id).wrapped_key
        return self._keys.unwrap(organisation_id, key, wrapped, context=context)

    def _account_row(self, session: Session, organisation_id: str, purpose: str) -> ChainAccountRow | None:
        query = select(ChainAccountRow).where(
            ChainAccountRow.organisation_id == organisation_id, ChainAccountRow.purpose == purpose
        )
        return session.scalar(query)
