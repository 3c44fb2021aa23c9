"""Names, addresses, passwords and letters: pure rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.accounts.events import LinkIssued
from ipx.accounts.passwords import Passwords
from ipx.accounts.rules import LINK_HOURS, Purpose, check_password, clean_email, clean_name
from ipx.core.errors import Invalid
from ipx.notices.letters import letter_for

URL = "https://ipx.example"


@pytest.mark.parametrize(
    "name", ["Ada Lovelace", "Ngũgĩ wa Thiong’o", "李 明", "رضا\u200cزاده", "Zoë  K.  O'Neill-Ünal"]
)
def test_names_of_the_world_are_taken(name):
    assert clean_name(name, field="name") == " ".join(name.split())


@pytest.mark.parametrize("name", ["", " \t ", "x" * 201, "a\u202eb", "a\u0000b", "http://x", "WWW.x.y"])
def test_names_that_deceive_are_refused(name):
    with pytest.raises(Invalid) as refused:
        clean_name(name, field="name")
    assert refused.value.field == "name"


@pytest.mark.parametrize("email", ["a@b.c", " Ada.Lovelace+x@Example.ORG ", "ü@exämple.org"])
def test_addresses_are_taken_in_lower_case(email):
    assert clean_email(email) == email.strip().lower()


@pytest.mark.parametrize("email", ["", "a", "a@b", "a b@c.d", "a@b.c\n", "a@b.c,d@e.f", "<a@b.c>", "a@@b.c", "a@b.c."])
def test_what_is_no_address_is_refused(email):
    if email.strip() != email:
        assert clean_email(email) == email.strip()
        return
    with pytest.raises(Invalid):
        clean_email(email)


@given(st.text(max_size=300))
def test_an_accepted_address_holds_nothing_that_ends_a_header(text):
    try:
        cleaned = clean_email(text)
    except Invalid:
        return
    assert cleaned.count("@") == 1
    assert cleaned.isprintable()
    assert not set(cleaned) & set(" \r\n<>,;\"'")


@pytest.mark.parametrize("password", ["short", "x" * 257, "ada@example.org", "abababababababab"])
def test_weak_passwords_are_refused(password):
    with pytest.raises(Invalid) as refused:
        check_password(password, email="ada@example.org")
    assert refused.value.field == "password"


def test_a_password_hash_fits_only_its_password_and_nobody_has_one():
    passwords = Passwords(memory_kib=64)
    stored = passwords.hash("a rather long password")
    assert passwords.verify(stored, "a rather long password")
    assert not passwords.verify(stored, "another long password")
    assert not passwords.verify(None, "nobody has this password")
    assert not passwords.verify("rubbish", "a rather long password")
    assert Passwords(memory_kib=128).is_outdated(stored)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_every_letter_is_whole_and_its_link_stands_alone(purpose):
    issued = LinkIssued("p", "ada@example.org", "Ada", purpose, "t0ken", organisation_name="The Lab")
    letter = letter_for(issued, public_url=URL)
    assert "{" not in letter.subject + letter.body
    assert letter.body.startswith("Dear Ada,\n\n")
    lines = [line for line in letter.body.splitlines() if "t0ken" in line]
    if purpose is Purpose.REMIND:
        assert not lines
        assert f"{URL}/links/reset" in letter.body
    else:
        (link,) = lines
        assert link.startswith(f"{URL}/")
        assert str(LINK_HOURS[purpose]) in letter.body
