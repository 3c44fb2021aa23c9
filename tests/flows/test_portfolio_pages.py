"""The page that takes a portfolio in, as a person without JavaScript fills it: table, columns, preview, import."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import pytest
from werkzeug.test import TestResponse

from ipx.accounts.rules import Role
from ipx.core.errors import Invalid, TooLarge
from ipx.technologies.models import RightRow, TechnologyRow
from ipx.technologies.portfolio_rows import FIELDS
from ipx.technologies.portfolio_views import USUAL_NAMES
from ipx.web.table_form import LONGEST_TABLE, filled, guessed_columns, guessed_delimiter
from tests.pages import Person, token_of
from tests.world import World

PAGE = "/technologies/import"
TABLE = """Family;Status;Country;Patent No.;Kind;Grant date
Cold cell;in force;US;8,930,553;B2;06.01.2015
Cold cell;know-how;;;;
Warm <b>cell</b>;in force;XX;123;B1;06.01.2015
"""


@pytest.fixture
def keeper(world: World) -> Person:
    return world.organisation("Keeper")


def sent(person: Person, answer: TestResponse, step: str, **changes: str | list[str]) -> TestResponse:
    return posted(person, PAGE, answer, step, **changes)


def posted(person: Person, page: str, answer: TestResponse, step: str, **changes: str | list[str]) -> TestResponse:
    """Send the form of a page again as a browser does, with some fields filled in and a button pressed."""
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', answer.text):
        fields.setdefault(name, []).append(unescape(value))
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', answer.text, flags=re.DOTALL):
        found = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', body)
        fields.setdefault(name, []).append(unescape((found[1] or found[2]) if found else ""))
    for name, value in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', answer.text, flags=re.DOTALL):
        fields[name] = [unescape(value)]
    told = {name: each if isinstance(each, list) else [each] for name, each in changes.items()}
    form = {**fields, **told, "step": [step], "csrf_token": [token_of(answer.text)]}
    return person.client.post(page, data=form, content_type="multipart/form-data")


def begun(person: Person, table: str = TABLE) -> TestResponse:
    return sent(person, person.get(PAGE), "columns", table=table)


def test_from_the_table_to_the_rights(world: World, keeper: Person) -> None:
    columns = begun(keeper)
    assert columns.status_code == 200, columns.text
    for chosen in ("Family", "Country", "Patent No.", "Grant date"):
        assert f"<option selected>{chosen}</option>" in columns.text  # guessed by its name
    preview = sent(keeper, columns, "preview", **{"constant-problem": "It burns.", "dates": "%d.%m.%Y"})
    assert "1 added, 0 changed, 0 unchanged, 2 refused" in preview.text
    assert "“in force”" in preview.text
    mended = sent(keeper, preview, "preview", **{"meaning-right_kind": ["patent"]})
    assert "2 added, 0 changed, 0 unchanged, 1 refused" in mended.text
    assert "XX is not the code of an office" in mended.text
    assert world.count(TechnologyRow, TechnologyRow.organisation_id == keeper.organisation_id) == 0
    errors = sent(keeper, mended, "errors")
    assert errors.mimetype == "text/csv"
    (row,) = csv.DictReader(io.StringIO(errors.data.decode("utf-8-sig")))
    assert (row["line"], row["field"]) == ("4", "office")
    taken = sent(keeper, mended, "import")
    assert "2 added, 0 changed, 0 unchanged, 1 refused" in taken.text
    assert world.count(TechnologyRow, TechnologyRow.organisation_id == keeper.organisation_id) == 1
    rights = world.count(RightRow)
    again = sent(keeper, mended, "import")
    assert "0 added, 0 changed, 2 unchanged, 1 refused" in again.text
    assert world.count(RightRow) == rights
    assert "Cold cell" in keeper.get("/technologies").text


def test_words_stay_chosen_when_one_goes_back_to_the_columns(keeper: Person) -> None:
    preview = sent(keeper, begun(keeper), "preview", **{"constant-problem": "It burns.", "dates": "%d.%m.%Y"})
    back = sent(keeper, sent(keeper, preview, "preview", **{"meaning-right_kind": ["patent"]}), "columns")
    assert 'value="It burns."' in back.text
    assert '<option value="%d.%m.%Y" selected>' in back.text
    assert "Warm &lt;b&gt;cell&lt;/b&gt;" in back.text
    assert "<b>cell" not in back.text


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("", "Paste the table"),
        (" \n", "Paste the table"),
        ("a,a\n1,2\n", "Two columns are called"),
        ('"a\n', "cannot be read"),
    ],
)
def test_what_is_no_table_is_shown_again_with_the_cure(keeper: Person, table: str, words: str) -> None:
    answer = begun(keeper, table)
    assert answer.status_code == 422
    assert words in unescape(answer.text)
    if table.strip():
        assert table.strip() in unescape(answer.text)


def test_who_may_not_take_portfolios_in_does_not_see_the_page(world: World, keeper: Person) -> None:
    researcher = world.colleague(keeper, Role.RESEARCHER)
    assert researcher.get(PAGE).status_code == 403
    assert PAGE not in researcher.get("/technologies").text
    assert PAGE in keeper.get("/technologies").text
    assert world.app.test_client().get(PAGE).status_code == 302
    assert keeper.client.post(PAGE, data={"table": TABLE, "step": "import"}).status_code == 400  # no form token


def test_others_never_see_what_was_taken_in(world: World, keeper: Person) -> None:
    preview = sent(
        keeper,
        begun(keeper, "technology,right_kind,office,number\nSecret one,application,EP,26999999.1\n"),
        "preview",
        **{"constant-problem": "Heat"},
    )
    assert "1 added" in sent(keeper, preview, "import").text
    other = world.organisation("Other")
    assert "Secret one" not in other.get("/technologies").text
    assert (
        "0 unchanged"
        in sent(
            other,
            begun(other, "technology,right_kind,office,number\nSecret one,application,EP,26999999.1\n"),
            "preview",
            **{"constant-problem": "Heat"},
        ).text
    )


# ── pure ─────────────────────────────────────────────────────────────────────────────────────────


def test_usual_names_of_columns_are_known() -> None:
    assert guessed_columns(
        ["Title", "Country code", "Publication No.", "Kind", "Filing Date", "Notes"], USUAL_NAMES
    ) == {
        "technology": "Title",
        "office": "Country code",
        "number": "Publication No.",
        "kind_code": "Kind",
        "filed_on": "Filing Date",
    }
    assert guessed_columns(["Status", "Type"], USUAL_NAMES) == {"right_kind": "Type"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_guessed(delimiter: str) -> None:
    assert guessed_delimiter(delimiter.join(["a b", "c", "d"]) + "\n1,2,3,4,5,6;;;;;;;") == delimiter


def test_a_table_that_is_too_long_or_a_form_that_was_meddled_with_is_refused() -> None:
    with pytest.raises(TooLarge):
        filled({"table": "x" * (LONGEST_TABLE + 1)}, into="portfolio", fields=FIELDS, values={})
    for more in ({"delimiter": "ab"}, {"dates": "%c %p"}):
        with pytest.raises(Invalid):
            filled({"table": "a\n", **more}, into="portfolio", fields=FIELDS, values={})
