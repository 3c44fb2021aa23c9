"""What can be stated about export control."""

import pytest

from ipx.core.errors import Invalid
from ipx.vault.export_control import clean_export_control, is_reviewed


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("none", "none"),
        (" Unreviewed ", "unreviewed"),
        ("3e001", "3E001"),
        ("5A002.A.1", "5A002.a.1"),
        ("ml22.a", "ML22.a"),
        ("USML  XI(d)", "USML XI(d)"),
    ],
)
def test_export_control_when_stated_then_is_kept_as_lists_write_it(given: str, kept: str) -> None:
    assert clean_export_control(given) == kept
    assert is_reviewed(kept) is (kept != "unreviewed")


@pytest.mark.parametrize("given", ["", "maybe", "3F001", "3E01", "10E001", "ML0", "USML 11", "3E001; secret words"])
def test_export_control_when_no_list_has_such_an_entry_then_is_refused(given: str) -> None:
    with pytest.raises(Invalid) as refusal:
        clean_export_control(given)
    assert refusal.value.field == "entry"
