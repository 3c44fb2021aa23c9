"""Organisation keys and custodial accounts. No key leaves this room unwrapped; signing is all that is done with one."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ipx.accounts.models import ChainAccountRow, OldKeyRow, OrganisationRow
from ipx.accounts.records import Account
from ipx.accounts.room import AccountRoom
from ipx.accounts.root_in_use import root_in_use
from ipx.core.errors import NotFound, Tampered, Unavailable
from ipx.core.typed_data import TypedData
from ipx.core.wrapped_keys import generation_of

ORGANISATION_ACCOUNT = "organisation"
DEADLINE_ACCOUNT = "deadlines"
THE_EXCHANGE_ID = "the-exchange"


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

    def address_of(self, session: Session, *, account_id: str) -> str:
        """Return the address of an account that the exchange keeps."""
        return session.get_one(ChainAccountRow, account_id).address

    def find_account(self, session: Session, *, address: str) -> Account | None:
        """Return the account with an address, None where the exchange keeps none."""
        query = select(ChainAccountRow).where(func.lower(ChainAccountRow.address) == address.lower())
        found = session.scalar(query)
        return Account(id=found.id, organisation_id=found.organisation_id, address=found.address) if found else None

    def deadline_account(self, session: Session) -> Account:
        """Return the exchange's own account for deadlines, made on first use.

        Where both sides of a licence sign it into the grant as its authority, it may do what their terms say follows a
        deadline, and nothing else asks for it. It belongs to an organisation without people: nobody signs in for it.
        """
        insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        if session.get(OrganisationRow, THE_EXCHANGE_ID) is None:
            values = {"id": THE_EXCHANGE_ID, "name": "The exchange", "is_demo": False, "created_at": self._clock.now()}
            key = self._new_key(session, THE_EXCHANGE_ID)
            session.execute(insert(OrganisationRow).values(**values, wrapped_key=key).on_conflict_do_nothing())
        session.get(OrganisationRow, THE_EXCHANGE_ID, with_for_update={"key_share": True})  # one makes the account
        return self.create_account(session, organisation_id=THE_EXCHANGE_ID, purpose=DEADLINE_ACCOUNT)

    def names_of_addresses(self, session: Session, addresses: Sequence[str]) -> dict[str, str]:
        """Return the organisation that each account is kept for, by the address in lower case; others are left out."""
        query = select(ChainAccountRow.address, OrganisationRow.name)
        query = query.join(OrganisationRow, OrganisationRow.id == ChainAccountRow.organisation_id)
        wanted = [address.lower() for address in addresses]
        return {
            address.lower(): name
            for address, name in session.execute(query.where(func.lower(ChainAccountRow.address).in_(wanted)))
        }

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
        """Return a secret wrapped by the organisation's key; ``context`` says what it is and binds it there.

        Which column keeps it has to be told to ``KeyRotations.add``, or it is lost when the key is rotated.
        """
        # Until this transaction ends no rotation begins, so that what it wraps is seen by the next one.
        lock: Any = {"read": True, "key_share": True}
        row = session.get(OrganisationRow, organisation_id, with_for_update=lock)
        if row is None:
            raise NotFound("There is no such organisation.")
        return self._keys.wrap(organisation_id, row.wrapped_key, secret, context=context)

    def unwrap(self, session: Session, *, organisation_id: str, wrapped: bytes, context: str) -> bytes:
        """Return the secret. Raises Tampered when it belongs to another organisation or context."""
        key = self._key_that_wraps(session, organisation_id, wrapped)
        return self._keys.unwrap(organisation_id, key, wrapped, context=context)

    def _new_key(self, session: Session, organisation_id: str) -> bytes:
        root = root_in_use(session, self._keys).root
        return self._keys.create_organisation_key(organisation_id, root=root)

    def _key_that_wraps(self, session: Session, organisation_id: str, wrapped: bytes) -> bytes:
        """Return the organisation's key of the value's generation: the present one, or the one before."""
        row, generation = self._organisation_row(session, organisation_id), generation_of(wrapped)
        if generation > generation_of(row.wrapped_key):
            session.refresh(row)  # it was rotated after this transaction had looked
        if generation > generation_of(row.wrapped_key):
            raise Tampered("This secret names a key that the organisation never had.")
        if generation == generation_of(row.wrapped_key):
            return row.wrapped_key
        old = session.get(OldKeyRow, organisation_id, populate_existing=True)
        if old is None or generation != generation_of(old.wrapped_key):
            # A rotation ended between our looking at the value and at the key. The value has another form by now.
            raise Unavailable("The key of this was changed a moment ago. Please try again.")
        return old.wrapped_key

    def _account_row(self, session: Session, organisation_id: str, purpose: str) -> ChainAccountRow | None:
        query = select(ChainAccountRow).where(
            ChainAccountRow.organisation_id == organisation_id, ChainAccountRow.purpose == purpose
        )
        return session.scalar(query)
