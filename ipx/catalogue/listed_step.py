"""What the catalogue says on the page of a technology: whether it is listed, and what to do next. Pure."""

from ipx.catalogue.records import Listing
from ipx.catalogue.rules import State
from ipx.technologies.status import StatusLine, Step


def listed_step(technology_id: str, listing: Listing | None) -> StatusLine:
    """Return the step *listed*."""
    if listing is not None and listing.state is State.PUBLISHED:
        return StatusLine(Step.LISTED, is_done=True, text="Listed", href=f"/listings/{listing.id}")
    return StatusLine(
        Step.LISTED,
        is_done=False,
        text="The listing is withdrawn." if listing else "Not listed yet: nobody outside your organisation sees it.",
        next_label="Publish a listing",
        next_href=f"/technologies/{technology_id}/publish",
    )
