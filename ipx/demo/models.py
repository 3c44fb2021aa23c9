"""How far the demonstration data is loaded."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class DemoStepRow(Base):
    """One step of loading that is done, with the id that it made, if later steps need it."""

    __tablename__ = "demo_steps"

    name: Mapped[str] = mapped_column(primary_key=True)
    made: Mapped[str]
    done_at: Mapped[datetime]
