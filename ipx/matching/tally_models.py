"""Table of how often listings were shown and opened: sums alone, of nobody in particular."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class TallyRow(Base):
    """How often one listing stood in results (``shown``) and its page was opened, since ``since``."""

    __tablename__ = "matching_tallies"

    listing_id: Mapped[str] = mapped_column(primary_key=True)
    shown: Mapped[int]
    opened: Mapped[int]
    since: Mapped[datetime]
