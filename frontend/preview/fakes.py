"""Made-up things for the gallery."""

from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime(2026, 11, 22, 14, 3, tzinfo=UTC)


def gallery() -> dict[str, Any]:
    return {
        "lines": [
            {
                "at": NOW - timedelta(days=40),
                "actor": "Mara Lindqvist, Fjord Materials Institute",
                "text": "Confidential document deposited: Electrolyte additive, lab report.pdf",
                "proof_href": "#",
                "proof_label": None,
                "stamp_state": "sealed",
            },
            {
                "at": NOW - timedelta(days=40, minutes=-1),
                "actor": "IPX",
                "text": "Timestamp recorded",
                "proof_href": "#",
                "proof_label": "Block 184 203",
                "stamp_state": "included",
            },
            {
                "at": NOW - timedelta(days=39),
                "actor": "Jonas Weber, Fjord Materials Institute",
                "text": "Right registered: patent application EP 25 123 456",
                "proof_href": "#",
                "proof_label": "Block 184 377, final",
                "stamp_state": "final",
            },
            {
                "at": NOW - timedelta(days=2),
                "actor": None,
                "text": "Imported from the office’s register",
                "proof_href": None,
                "proof_label": None,
                "stamp_state": None,
            },
        ],
        "bars": [
            {
                "title": "Where",
                "segments": [
                    {"label": "European Union, United Kingdom", "percent": 45, "state": "free", "detail": ""},
                    {"label": "United States", "percent": 35, "state": "granted", "detail": "to Halcyon Cells, Inc."},
                    {"label": "Japan", "percent": 20, "state": "reserved", "detail": "for the owner"},
                ],
            },
            {
                "title": "For what",
                "segments": [
                    {"label": "Stationary storage", "percent": 50, "state": "free", "detail": ""},
                    {"label": "Automotive", "percent": 30, "state": "granted", "detail": "exclusive"},
                    {"label": "Medical", "percent": 20, "state": "undecided", "detail": ""},
                ],
            },
            {
                "title": "Until when",
                "segments": [
                    {"label": "until 31 Dec 2031", "percent": 40, "state": "granted", "detail": ""},
                    {"label": "until 4 May 2044", "percent": 60, "state": "free", "detail": "patent’s last day"},
                ],
            },
        ],
        "facts": [
            {"label": "Measured advantage", "value": "31 % longer cycle life than LiPF₆ baseline at 45 °C"},
            {"label": "Readiness", "value": "TRL 5"},
            {"label": "Title", "value": "EP 25 123 456 A1", "note": "declared only"},
            {"label": "Upfront fee", "value": "€ 40,000.00", "note": "simulated payment"},
            {"label": "Royalty", "value": None},
        ],
        "columns": [
            {"key": "name", "label": "Technology"},
            {"key": "state", "label": "State"},
            {"key": "trl", "label": "TRL", "num": True},
            {"key": "fee", "label": "Upfront fee", "num": True},
            {"key": "changed", "label": "Changed"},
        ],
        "rows": [
            {
                "name": "Electrolyte additive for hot climates",
                "state": "Listed",
                "trl": 5,
                "fee": "€ 40,000.00",
                "changed": "22 Nov 2026",
            },
            {"name": "Low-friction valve coating", "state": "Draft", "trl": 3, "fee": None, "changed": "3 Oct 2026"},
            {
                "name": "Brazing of copper to titanium aluminide",
                "state": "Licensed",
                "trl": 7,
                "fee": "€ 112,500.00",
                "changed": "14 Sep 2026",
            },
        ],
        "groups": [
            {
                "name": "trl",
                "title": "Readiness",
                "values": [
                    {"value": "3", "label": "TRL 1 to 3", "count": 412, "checked": False},
                    {"value": "6", "label": "TRL 4 to 6", "count": 207, "checked": True},
                ],
            },
            {
                "name": "owner",
                "title": "Owner",
                "open": False,
                "values": [{"value": "nasa", "label": "NASA", "count": 1393, "checked": False}],
            },
        ],
        "documents": [
            {
                "name": "Electrolyte additive, lab report.pdf",
                "size": 18_400_221,
                "kind": "PDF",
                "confidential": True,
                "at": NOW,
                "href": "#",
                "download_href": "#",
                "stamp_state": "final",
                "stamp_href": "#",
                "stamp_label": "Block 184 377, final",
            },
            {
                "name": "photograph-of-the-cell.jpg",
                "size": 842_000,
                "kind": "JPEG",
                "confidential": False,
                "at": NOW,
                "href": "#",
                "download_href": None,
                "stamp_state": "pending",
                "stamp_href": "#",
                "stamp_label": None,
            },
        ],
    }
