"""Names, purposes, keys, limits and who may read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.core.errors import Conflict, Forbidden, Invalid, NotFound
from ipx.vault.policy import check_may_deposit, check_may_read, reading_of
from ipx.vault.records import Document, Grant
from ipx.vault.rules import (
    DocumentRole,
    SourceKind,
    check_idempotency_key,
    check_sha256,
    clean_file_name,
    clean_purpose,
    limit_of,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DOCUMENT = Document(
    id="d",
    organisation_id="lab",
    subject_kind="technology",
    subject_id="t",
    role=DocumentRole.CONFIDENTIAL,
    file_name="a.pdf",
    media_type="application/pdf",
    size=1,
    confidential=True,
    cid="b",
    profile="p",
    stamp_id="s",
    created_at=NOW,
    created_by="p",
)


def actor(organisation: str, *roles: Role, person: str = "ada") -> Actor:
    return Actor(person, "Ada", "ada@example.org", organisation, "Lab", frozenset(roles))


def grant(
    kind: SourceKind = SourceKind.LICENCE, source: str = "l1", person: str | None = None, **changes: datetime | None
) -> Grant:
    given: dict[str, datetime | None] = {"expires_at": None, "revoked_at": None, **changes}
    return Grant("g", "d", "company", kind, source, NOW, given["expires_at"], given["revoked_at"], person)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\ada\\plan.docx", "plan.docx"),
        ("a\u202egpj.exe.pdf", "agpj.exe.pdf"),
        ("  two\t words .pdf ", "two words .pdf"),
        ("nul\x00l.pdf", "null.pdf"),
        ("Gro\u0308\u00dfe.pdf", "Gr\u00f6\u00dfe.pdf"),
        (".hidden.pdf", "hidden.pdf"),
    ],
)
def test_file_name_when_cleaned_then_holds_no_path_and_nothing_invisible(given: str, kept: str) -> None:
    assert clean_file_name(given) == kept


@pytest.mark.parametrize("given", ["", "   ", "...", "noending", "a/", "x" * 300 + ".pdf", "\u202e"])
def test_file_name_when_it_says_nothing_then_is_refused(given: str) -> None:
    with pytest.raises(Invalid):
        clean_file_name(given)


def test_purpose_when_empty_or_endless_then_is_refused() -> None:
    assert clean_purpose("  freedom\nto   operate ") == "freedom to operate"
    for bad in ("", "  ", "x", "y" * 501):
        with pytest.raises(Invalid):
            clean_purpose(bad)


@pytest.mark.parametrize("key", ["", "short", "with blank in", "x" * 101, "umlaut-ü-123"])
def test_idempotency_key_when_malformed_then_is_refused(key: str) -> None:
    with pytest.raises(Invalid):
        check_idempotency_key(key)


def test_sha256_when_malformed_then_is_refused_and_absent_stays_absent() -> None:
    assert check_sha256(None) is None
    assert check_sha256("A" * 64) == "a" * 64
    for bad in ("a" * 63, "g" * 64):
        with pytest.raises(Invalid):
            check_sha256(bad)


def test_limit_when_public_then_is_smaller_than_the_setting() -> None:
    assert limit_of(DocumentRole.IMAGE, 4 << 30) == 20 << 20
    assert limit_of(DocumentRole.CONFIDENTIAL, 4 << 30) == 4 << 30
    assert limit_of(DocumentRole.IMAGE, 1000) == 1000


READING_ROLES = [Role.RESEARCHER, Role.LICENSING_MANAGER, Role.OWNER]


@pytest.mark.parametrize("role", READING_ROLES)
def test_reading_when_the_actor_deposited_it_then_is_open_as_long_as_he_is_there(role: Role) -> None:
    reading = reading_of(actor("lab", role, person="p"), DOCUMENT, [], NOW)
    assert reading is not None
    assert reading.source_kind is SourceKind.OWN
    assert reading_of(actor("company", role, person="p"), DOCUMENT, [], NOW) is None


@pytest.mark.parametrize("role", READING_ROLES)
def test_reading_when_a_colleague_asks_then_rank_opens_nothing_and_a_grant_does(role: Role) -> None:
    colleague = actor("lab", role)
    assert reading_of(colleague, DOCUMENT, [], NOW) is None
    with pytest.raises(Forbidden, match="granted"):
        check_may_read(colleague, DOCUMENT, None)
    mine = Grant("g", "d", "lab", SourceKind.PERSON, "g", NOW, None, None, person_id="ada")
    reading = reading_of(colleague, DOCUMENT, [mine], NOW)
    assert reading is not None
    assert check_may_read(colleague, DOCUMENT, reading) == reading  # sharing in the house waits for no review
    assert reading_of(actor("lab", role, person="bob"), DOCUMENT, [mine], NOW) is None


def test_reading_when_not_reviewed_for_export_control_then_stays_in_the_house() -> None:
    reader = actor("company", Role.RESEARCHER)
    reading = reading_of(reader, DOCUMENT, [grant()], NOW)
    with pytest.raises(Conflict, match="not reviewed"):
        check_may_read(reader, DOCUMENT, reading)
    reviewed = replace(DOCUMENT, export_control="3E001")
    assert check_may_read(reader, reviewed, reading) == reading


def test_reading_when_the_actor_is_a_lab_administrator_then_is_closed_everywhere() -> None:
    assert reading_of(actor("lab", Role.LAB_ADMINISTRATOR), DOCUMENT, [], NOW) is None
    assert reading_of(actor("company", Role.LAB_ADMINISTRATOR), DOCUMENT, [grant()], NOW) is None
    with pytest.raises(Forbidden):
        check_may_read(actor("lab", Role.LAB_ADMINISTRATOR), DOCUMENT, None)
    with pytest.raises(NotFound):
        check_may_read(actor("company", Role.LAB_ADMINISTRATOR), DOCUMENT, None)


@pytest.mark.parametrize(
    ("grants", "is_open"),
    [
        ([], False),
        ([grant()], True),
        ([grant(expires_at=NOW)], False),
        ([grant(expires_at=NOW + timedelta(seconds=1))], True),
        ([grant(revoked_at=NOW)], False),
        ([grant(revoked_at=NOW), grant(SourceKind.NDA, "n")], True),
        ([grant(SourceKind.PERSON, person="ada")], True),
        ([grant(SourceKind.PERSON, person="bob")], False),
        ([grant(SourceKind.PERSON)], True),
    ],
)
def test_reading_when_another_organisation_asks_then_depends_on_its_grants(grants: list[Grant], is_open: bool) -> None:
    reader = actor("company", Role.RESEARCHER)
    assert (reading_of(reader, DOCUMENT, grants, NOW) is not None) is is_open
    assert reading_of(actor("stranger", Role.OWNER), DOCUMENT, grants, NOW) is None


def test_reading_when_several_grants_fit_then_the_longest_counts() -> None:
    soon, later = NOW + timedelta(days=1), NOW + timedelta(days=9)
    both = [grant(SourceKind.NDA, "n", expires_at=later), grant(expires_at=soon)]
    reading = reading_of(actor("company", Role.OWNER), DOCUMENT, both, NOW)
    assert reading is not None
    assert (reading.source_kind, reading.until) == (SourceKind.NDA, later)
    forever = reading_of(actor("company", Role.OWNER), DOCUMENT, [*both, grant(source="l2")], NOW)
    assert forever is not None
    assert forever.until is None


def test_deposit_when_the_actor_is_a_lab_administrator_then_takes_instruments_only() -> None:
    curator = actor("lab", Role.LAB_ADMINISTRATOR)
    check_may_deposit(curator, DocumentRole.INSTRUMENT)
    with pytest.raises(Forbidden):
        check_may_deposit(curator, DocumentRole.CONFIDENTIAL)
