"""An agreement that nobody has signed, drawn up anew for another account of the licensee. Terms and subject stay."""

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from ipx.accounts.records import Account, Actor
from ipx.core.errors import Conflict, Forbidden
from ipx.deals.drafting import Drafting
from ipx.deals.models import AgreementRow
from ipx.deals.policy import may_negotiate, side_of
from ipx.deals.records import AgreementView
from ipx.deals.rules import WALLET, AgreementState, Side
from ipx.licences.agreement import Party, SubjectRight
from ipx.licences.agreement_v2 import FORMAT, Agreement
from ipx.licences.terms_v2.versions import read_any


class Redrawing(Drafting):
    """The licensee's choice of who signs for it: its own wallet, or the exchange with an account that it keeps."""

    def redraw(self, session: Session, *, actor: Actor, agreement_id: str, own_wallet: bool) -> AgreementView:
        """Draw an agreement up anew for the licensee's own wallet, or for an account that the exchange keeps.

        What both sides sign names that account, so nobody may have signed yet. The other side is told. Harmless when
        it is so already. Raises Forbidden, Conflict (signed, over, or no wallet).
        """
        may_negotiate(actor)
        row = self._seen(session, actor, agreement_id, lock=True)
        if side_of(actor, licensor_id=row.licensor_id, licensee_id=row.licensee_id) is not Side.LICENSEE:
            raise Forbidden("Only the licensee decides which of its accounts takes the licence.")
        if (row.licensee_account == WALLET) is own_wallet:
            return self._view(session, row)
        self._refuse_signed(session, row)
        licensee = self._licensee(session, row.licensee_id, row.id, own=own_wallet)
        self._seal(session, row, _agreement(row, licensee), row.message["authority"])
        row.licensee_account = licensee.id
        session.flush()
        self._note(session, row, "deal:agreement:redrawn", actor.by, wallet=own_wallet)
        self._tell_other(session, row, Side.LICENSEE, _("Drawn up anew, for another account of the licensee"))
        return self._view(session, row)

    def _refuse_signed(self, session: Session, row: AgreementRow) -> None:
        if row.state != AgreementState.SIGNING:
            raise Conflict("This agreement is not open for signature any more.")
        if self._signature_rows(session, row):
            raise Conflict(
                "A side has signed, and what it signed names the account that takes the licence. Withdraw the "
                "agreement to begin with a new offer, or sign as it is."
            )
        if row.value["format"] != FORMAT:
            raise Conflict("This agreement was drawn up in an earlier form. Withdraw it, and begin with a new offer.")


def _agreement(row: AgreementRow, licensee: Account) -> Agreement:
    """Return the agreement as it stands, for another account of the licensee."""
    value = row.value
    return Agreement(
        agreement_id=row.id,
        technology_id=row.technology_id,
        technology_title=value["technology"]["title"],
        licensor=Party(**value["licensor"]),
        licensee=Party(row.licensee_id, value["licensee"]["name"], licensee.address),
        subject=tuple(SubjectRight(**right) for right in value["subject"]),
        terms=read_any(value["terms"]),
    )
