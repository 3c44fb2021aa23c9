"""A technology's state as JSON for programs, such as ``ipx smoke``: ids, states and places, in plain types."""

from typing import Any

from flask import url_for

from ipx.evidence.records import StampView
from ipx.technologies.page import PageState
from ipx.technologies.records import StampedDocument, Title


def technology(state: PageState) -> dict[str, Any]:
    """Return where a technology stands."""
    found = state.technology
    return {
        "id": found.id,
        "title": found.title,
        "trl": found.trl,
        "stage": found.stage,
        "revision": found.revision,
        "settled": state.is_settled,
        "steps": {str(line.step): line.is_done for line in state.steps},
        "documents": [document(line) for line in state.documents],
        "rights": [
            {
                "id": line.right.id,
                "kind": str(line.right.particulars.kind),
                "title": line.right.particulars.title,
                "evidence": line.right.evidence.name.lower(),
                "record": title(line.title) if line.title else None,
            }
            for line in state.rights
        ],
    }


def document(line: StampedDocument) -> dict[str, Any]:
    """Return a document and its stamp."""
    found = line.document
    return {
        "id": found.id,
        "name": found.file_name,
        "role": str(found.role),
        "size": found.size,
        "cid": found.cid,
        "confidential": found.confidential,
        "href": url_for("vault.document", document_id=found.id),
        "stamp": stamp(line.stamp),
    }


def stamp(view: StampView) -> dict[str, Any]:
    """Return a stamp's state and where it is anchored."""
    return {
        "id": view.id,
        "state": str(view.state),
        "block": view.block_number,
        "transaction": view.transaction,
        "commitment": view.commitment.hex(),
    }


def title(found: Title) -> dict[str, Any]:
    """Return the record of title of a right; the token as decimal text, since JSON numbers lose digits."""
    return {
        "right": found.right_id,
        "token": str(found.token),
        "holder": found.holder,
        "state": str(found.state),
        "evidence": found.evidence.name.lower(),
        "block": found.block_number,
    }
