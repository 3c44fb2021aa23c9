"""Writes docs/spec/vectors/agreement_v2.json, which is frozen once landed: ``python -m tools.agreement_v2_vectors``."""

import json
from pathlib import Path
from typing import Any

from ipx.licences.agreement import Party, SubjectRight
from ipx.licences.agreement_v2 import Agreement, grant_message
from ipx.licences.terms_v2.rules import checked_terms

VECTORS = Path(__file__).resolve().parents[1] / "docs" / "spec" / "vectors"
SALT = bytes(range(32))
DEADLINE = 1_800_000_000
AUTHORITY = "0x" + "Cc" * 20
SEALED: dict[str, Any] = {
    "format": "ipx/licence-terms/v2",
    "grant": {"kind": "licence", "exclusivity": "exclusive", "acts": ["make", "sell", "use"]},
    "field_of_use": {"text": "Stationary batteries – Größe über 1 MWh"},
    "territory": {"worldwide": False, "places": [{"code": "EPC", "include": True}, {"code": "CN", "include": True}]},
    "term": {"start": {"event": "on-payment"}, "end": {"event": "months", "months": 66}},
    "fees": {"upfront": {"amount": 2_500_000, "currency": "EUR"}},
    "payment": {"currency": "EUR", "invoice_via": "stripe"},
    "sublicence": {"allowed": "consent", "survives_termination": True},
    "assignment": {"allowed": "with-business"},
    "law": {"governing_law": "DE"},
    "publicity": {"notice_of_grant": False, "publish": ["term"]},
}
PUBLISHED: dict[str, Any] = {
    **SEALED,
    "grant": {**SEALED["grant"], "exclusivity": "co-exclusive", "co_exclusive_up_to": 3},
    "term": {"start": {"event": "date", "date": "2027-01-31"}, "end": {"event": "months", "months": 1}},
    "assignment": {"allowed": "free"},
    "publicity": {"notice_of_grant": True, "publish": ["exclusivity", "term"]},
}
BARE: dict[str, Any] = {
    name: SEALED[name] for name in ("format", "grant", "field_of_use", "territory", "term", "law")
} | {"publicity": {"notice_of_grant": True}}


def agreement(value: dict[str, Any]) -> Agreement:
    """Return the agreement of the vectors on certain terms."""
    right = SubjectRight("55555555-5555-4555-8555-555555555555", "patent", "Electrolyte", "EP", "1234567", "99")
    return Agreement(
        agreement_id="11111111-1111-4111-8111-111111111111",
        technology_id="22222222-2222-4222-8222-222222222222",
        technology_title="Solid electrolyte",
        licensor=Party("33333333-3333-4333-8333-333333333333", "Institute", "0x" + "Aa" * 20),
        licensee=Party("44444444-4444-4444-8444-444444444444", "Company 公司", "0x" + "bB" * 20),
        subject=(right,),
        terms=checked_terms(value),
    )


def vectors() -> list[dict[str, Any]]:
    """Return a sealed agreement, a published one with known days and an authority, and one that says little."""
    return [
        {
            "case": case,
            "salt": SALT.hex(),
            "agreement": agreement(value).canonical().decode(),
            "commitment": agreement(value).commitment(SALT).hex(),
            "grant": dict(grant_message(agreement(value), salt=SALT, deadline=DEADLINE, **more)),
        }
        for case, value, more in (
            ("sealed", SEALED, {}),
            ("published, with an authority", PUBLISHED, {"authority": AUTHORITY}),
            ("published, with no days that are known", BARE, {}),
        )
    ]


if __name__ == "__main__":
    text = json.dumps(vectors(), indent=1, ensure_ascii=False)
    (VECTORS / "agreement_v2.json").write_text(text + "\n", encoding="utf-8")
