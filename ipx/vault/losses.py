"""Tells the owners of documents whose file is whole in no store. Changes no document."""

from collections.abc import Collection

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.notices.service import NoticeService
from ipx.vault.models import DocumentRow


def tell_owners(session: Session, notices: NoticeService, cids: Collection[str]) -> None:
    """Put it before each organisation that a document of theirs cannot be read at present."""
    query = select(DocumentRow).where(DocumentRow.cid.in_(cids)).order_by(DocumentRow.id)
    for row in session.scalars(query):
        notices.tell(
            session,
            organisation_id=row.organisation_id,
            subject=_("Stored file damaged: %(name)s", name=row.file_name),
            body=_(
                "An audit found the stored file missing or damaged in every store that answered. The operator was "
                "alarmed. If you still have the file, deposit it again; its time stamp stays valid."
            ),
            link=f"/documents/{row.id}",
        )
