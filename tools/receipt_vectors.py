"""Wrote docs/spec/vectors/stamp_receipt.json once, as ``tools.spec_vectors`` wrote the others, and compares it since.

python -m tools.receipt_vectors
"""

from __future__ import annotations

import sys
from typing import Any

from tools.spec_vectors import OWNER, bundle, main
from tools.vector_words import canonical, number


def receipt(*stamps: tuple[str, int, int]) -> dict[str, Any]:
    """Stamps as (name, size, number of the bundle's leaf): salt, content and owner are those of the bundles."""
    made = []
    for name, size, index in stamps:
        opened = bundle(index, 5, full=True)["commitment"]
        fields = {key: opened[key] for key in ("tag", "content_sha256", "salt")}
        made.append({**fields, "file_name": name, "file_size": size, "commitment": opened["value"]})
    return {
        "format": "ipx/stamp-receipt/v1",
        "exchange": "https://exchange.example",
        "owner": OWNER,
        "stamps": made,
    }


def receipt_refusals(good: dict[str, Any]) -> list[tuple[str, bytes]]:
    stamp = good["stamps"][0]

    def other(**changes: Any) -> bytes:
        return canonical({**good, "stamps": [{**stamp, **changes}]})

    return [
        ("nothing", b""),
        ("a bundle", canonical(bundle(2, 5, full=True))),
        ("later format", canonical({**good, "format": "ipx/stamp-receipt/v2"})),
        ("a space", canonical(good).replace(b",", b", ", 1)),
        ("unknown field", canonical({**good, "more": 1})),
        ("missing field", canonical({key: value for key, value in good.items() if key != "exchange"})),
        ("no stamps", canonical({**good, "stamps": []})),
        ("stamps are no list", canonical({**good, "stamps": stamp})),
        ("exchange is no address", canonical({**good, "exchange": "javascript:alert(1)"})),
        ("owner in capitals", canonical({**good, "owner": OWNER.upper().replace("X", "x")})),
        ("another owner", canonical({**good, "owner": "0x" + "1" * 40})),
        ("another salt", other(salt=number(1).hex())),
        ("another content", other(content_sha256=number(1).hex())),
        ("another commitment", other(commitment=number(1).hex())),
        ("another tag", other(tag="ipx/grant/v1")),
        ("hash in capitals", other(content_sha256=stamp["content_sha256"].upper())),
        ("negative size", other(file_size=-1)),
        ("size is no number", other(file_size="7")),
        ("no name", other(file_name="")),
        ("unknown field of a stamp", other(note="x")),
    ]


def stamp_receipt() -> Any:
    one = receipt(("document 2.txt", 27, 2))
    many = receipt(("a.pdf", 0, 0), ("b Äß 文.pdf", 5_000_000_000, 1), ("c", 27, 3))
    receipts = [("one file", one), ("three files", many)]
    return {
        "receipts": [
            {
                "name": name,
                "receipt": canonical(fields).decode(),
                "commitments": [stamp["commitment"] for stamp in fields["stamps"]],
            }
            for name, fields in receipts
        ],
        "refused": [{"name": name, "receipt": data.decode()} for name, data in receipt_refusals(one)],
        "full": {
            "receipt": canonical(one).decode(),
            "bundle": canonical(bundle(2, 5, full=False)).decode(),
            "full_bundle": canonical(bundle(2, 5, full=True)).decode(),
        },
    }


if __name__ == "__main__":
    sys.exit(main({"stamp_receipt.json": stamp_receipt}))
