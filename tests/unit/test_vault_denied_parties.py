"""The denied-party list: which names are on it, which resemble one, and what a file has to look like."""

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.core.errors import Invalid, Unavailable
from ipx.vault.denied_parties import MOST_SHOWN, NEAR, DeniedParties, Entry, read_denied_parties, words_of
from ipx.vault.denied_party_file import DeniedPartyFile, denied_party_list

LIST = DeniedParties(
    [
        Entry("A-1", "Société Générale de Centrifugeuses S.A.", ("SGC Export",)),
        Entry("B-2", "Ivan Petrovich Kuznetsov", ()),
        Entry("C-3", "北方工业大学", ()),
    ]
)
NAMES = st.lists(st.text(string.ascii_letters, min_size=2, max_size=12), min_size=1, max_size=5).map(" ".join)


@pytest.mark.parametrize(
    "name",
    [
        "Société Générale de Centrifugeuses S.A.",
        "SOCIETE GENERALE DE CENTRIFUGEUSES",
        unicodedata.normalize("NFD", "société  générale, de centrifugeuses"),
        "Centrifugeuses, Société Générale de",
        "S.G.C Export".replace(".", ""),
        "KUZNETSOV, Ivan Petrovich",
        "北方工业大学",
    ],
)
def test_find_when_only_case_accents_order_or_legal_form_differ_then_is_exact(name: str) -> None:
    assert [match.is_exact for match in LIST.find(name)] == [True]


@pytest.mark.parametrize("name", ["Ivan Kuznetsov", "Iwan Petrovich Kuznezov", "Societe General de Centrifugeuse"])
def test_find_when_a_name_resembles_one_then_is_near(name: str) -> None:
    (match,) = LIST.find(name)
    assert not match.is_exact


@pytest.mark.parametrize("name", ["Aldenau Institute of Materials", "Ivan", "Ltd", "Carrick Cell Systems Ltd", "", "…"])
def test_find_when_a_name_is_another_then_nothing(name: str) -> None:
    assert LIST.find(name) == []


@given(NAMES, NAMES)
def test_find_whatever_the_names_then_a_listed_one_is_exact_and_order_does_not_matter(listed: str, other: str) -> None:
    denied = DeniedParties([Entry("1", listed, ()), Entry("2", other, ())])
    for name in (listed, listed.upper(), " ".join(reversed(listed.split()))):
        assert denied.find(name)[0].is_exact


@given(st.lists(NAMES, min_size=1, max_size=12), NAMES, st.data())
def test_find_whatever_the_list_then_the_index_overlooks_nothing_that_comparing_each_would_find(
    listed: list[str], other: str, data: st.DataObject
) -> None:
    """The index tries few candidates; a plain comparison with every name is the rule that it has to keep."""
    denied = DeniedParties([Entry(str(number), name, ()) for number, name in enumerate(listed)])
    asked = data.draw(st.sampled_from([*listed, other]))
    at = data.draw(st.integers(0, len(asked)))
    asked = asked[:at] + data.draw(st.text(string.ascii_lowercase, max_size=2)) + asked[at + 1 :]
    scores = [denied._score(number, words_of(asked)) for number in range(len(listed))]
    wanted = sum(score >= NEAR for score in scores)
    assert len(denied.find(asked)) == min(wanted, MOST_SHOWN)


def test_fingerprint_when_name_or_entry_changes_then_is_another() -> None:
    before = LIST.find("Ivan Kuznetsov")[0].fingerprint
    assert LIST.find("IVAN  KUZNETSOV")[0].fingerprint == before
    assert LIST.find("Ivan P Kuznetsov")[0].fingerprint != before
    changed = DeniedParties([Entry("B-2", "Ivan Petrovich Kuznetsov", ("Ivan K",))])
    assert changed.find("Ivan Kuznetsov")[0].fingerprint != before


def test_read_when_a_file_has_more_columns_and_a_mark_then_is_read() -> None:
    content = '\ufeffsource,id,name,aliases,note\nEU,1,Alpha Trading,Alpha Export; Beta;;,"a, b"\n'.encode()
    denied = read_denied_parties(content)
    assert denied.find("alpha export")[0].entry == Entry("1", "Alpha Trading", ("Alpha Export", "Beta"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "columns"),
        (b"number,party\n1,x\n", "columns"),
        (b"id,name\n1,Alpha\n,Beta\n", "line 3"),
        (b"id,name\n1,...\n", "line 2"),
        (b"id,name\n1,Alpha\n2,Institute, Ben\n", "line 3"),
        (b"id,name\n1,\xff\xfe\n", "UTF-8"),
    ],
)
def test_read_when_a_file_is_none_then_says_where(content: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_denied_parties(content)


def test_file_when_replaced_then_the_next_question_sees_it_and_a_broken_one_refuses(tmp_path) -> None:
    path = tmp_path / "denied.csv"
    path.write_text("id,name\n1,Alpha Trading\n")
    ask = DeniedPartyFile(path)
    assert ask().find("Alpha Trading")
    path.write_text("id,name\n1,Something Quite Different\n")
    assert not ask().find("Alpha Trading")
    path.write_text("no list at all")
    with pytest.raises(Unavailable, match="columns"):
        ask()
    path.unlink()
    with pytest.raises(Unavailable):
        ask()


def test_example_in_the_package_is_readable_and_calls_itself_invented() -> None:
    (match,) = denied_party_list(None)().find("Zzyzx Denied Trading House Ltd")
    assert match.is_exact
    assert match.entry.id.startswith("EXAMPLE")
