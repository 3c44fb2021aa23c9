"""What the money behind an invention attaches to it: by statute for US federal money, else by what was stated."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.inventions.drafts import Answer, Content, TypedSection, read
from ipx.inventions.government_rights import Doubt, doubts_of, encumbrances_of

OBLIGATIONS = ("government-licence", "local-manufacture", "reporting", "open-access", "sponsor-option")


def content(*funding: dict[str, Any], answer: Answer = Answer.LISTED) -> Content:
    found = read({"funding": TypedSection(answer, funding)}, today=date(2026, 11, 28))
    assert not [problem for problem in found.problems if problem.section == "funding"]
    return found


def test_federal_money_brings_licence_march_in_and_us_manufacture_each_with_its_statute() -> None:
    found = encumbrances_of(content({"funder": "NSF", "grant_number": "2041", "us_federal": "yes"}))
    assert [(one.funder, one.grant_number) for one in found] == [("NSF", "2041")] * 3
    assert [one.source.split(";")[0] for one in found] == ["35 USC 202(c)(4)", "35 USC 203", "35 USC 204"]
    for word, one in zip(("licence of the US government", "march-in", "US manufacture"), found, strict=True):
        assert word in one.words


@pytest.mark.parametrize("answer", [Answer.UNKNOWN, Answer.NONE])
def test_nothing_listed_is_none_or_not_known_and_never_the_one_for_the_other(answer: Answer) -> None:
    stated = content(answer=answer)
    assert encumbrances_of(stated) == []
    assert doubts_of(stated) == ([(Doubt.FUNDING_NOT_KNOWN, "")] if answer is Answer.UNKNOWN else [])


@given(st.sampled_from(["yes", "no", ""]), st.sets(st.sampled_from(OBLIGATIONS)))
def test_each_obligation_that_was_stated_is_there_once_and_no_other(us_federal: str, obligations: set[str]) -> None:
    entry = {"funder": "ERC", "us_federal": us_federal, "obligations": sorted(obligations)}
    stated = content(entry)
    found = [one.words for one in encumbrances_of(stated)]
    by_terms = obligations & {"local-manufacture", "sponsor-option"}
    is_federal = us_federal == "yes"
    by_government = is_federal or "government-licence" in obligations
    assert sum("licence of the" in words and "government" in words for words in found) == int(by_government)
    assert len(found) == len(by_terms) + (3 if is_federal else int(by_government))
    assert doubts_of(stated) == ([(Doubt.FEDERAL_NOT_KNOWN, "ERC")] if us_federal == "" else [])
