"""The form reader sends what a browser without script would send, and refuses what nobody could enter."""

import pytest

from ipx.smoke.failures import StepFailed
from ipx.smoke.pages import read_page

HTML = """
<html><head><meta name="csrf-token" content="t&amp;k"><title>x</title><script>var no = "words";</script></head>
<body><h1> A <em>page</em> </h1>
<form method="get" action="/search"><input name="q" value="old"></form>
<form method="post" action="/things/7/save" id="f">
 <input type="hidden" name="csrf_token" value="abc">
 <input type="hidden" name="kept" value="1"><input type="hidden" name="kept" value="2">
 <input name="title" value="Old &quot;title&quot;">
 <input type="file" name="upload"><input name="off" disabled value="x">
 <textarea name="text">
two
lines</textarea>
 <select name="unit"><option value="kg">kg</option><option value="g" selected>g</option></select>
 <select name="first"><option value="a">a</option><option value="b">b</option></select>
 <select name="many" multiple><option value="1">1</option><option value="2">2</option></select>
 <input type="checkbox" name="acts" value="make" checked><input type="checkbox" name="acts" value="sell">
 <input type="checkbox" name="agree">
 <input type="radio" name="form" value="clear" checked><input type="radio" name="form" value="age">
 <button name="step" value="preview">Preview</button>
 <button name="step" value="publish">Publish</button><button>Send</button>
</form>
<a href="/things/7">seven</a><a href="https://elsewhere.example/things/8">eight</a>
</body></html>
"""


@pytest.fixture
def page():
    return read_page("https://exchange.example/things/7/edit?x=1", 200, HTML)


def test_page_when_read_then_its_heading_words_token_and_links(page):
    assert (page.heading, page.csrf, page.path) == ("A page", "t&k", "/things/7/edit")
    assert "words" not in page.text
    assert page.link("/things/") == "/things/7"


def test_form_when_untouched_then_sends_what_stands_there(page):
    sent = page.form(to="/save").filled({})
    assert sent == [
        ("csrf_token", "abc"),
        ("kept", "1"),
        ("kept", "2"),
        ("title", 'Old "title"'),
        ("text", "two\nlines"),
        ("unit", "g"),
        ("first", "a"),
        ("acts", "make"),
        ("form", "clear"),
    ]


def test_form_when_filled_in_then_sends_the_new_values(page):
    values = {"title": "New", "acts": ["sell"], "agree": True, "form": "age", "unit": "kg", "many": ["1", "2"]}
    sent = page.form(having=["title"]).filled({**values, "step": "publish"})
    assert [pair for pair in sent if pair[0] in (*values, "step")] == [
        ("title", "New"),
        ("unit", "kg"),
        ("many", "1"),
        ("many", "2"),
        ("acts", "sell"),
        ("agree", "on"),
        ("form", "age"),
        ("step", "publish"),
    ]


def test_form_when_a_box_is_unticked_then_not_sent(page):
    assert ("acts", "make") not in page.form(to="/save").filled({"acts": False})


@pytest.mark.parametrize(
    "values", [{"nothing": "x"}, {"unit": "lb"}, {"form": "paper"}, {"acts": ["make", "fly"]}, {"step": "delete"}]
)
def test_form_when_nobody_could_enter_that_then_refused(page, values):
    with pytest.raises(StepFailed):
        page.form(to="/save").filled(values)


def test_form_when_asked_for_then_only_posting_ones_are_found(page):
    assert page.form().action == "https://exchange.example/things/7/save"
    with pytest.raises(StepFailed, match="has no form to /search"):
        page.form(to="/search")
    with pytest.raises(StepFailed, match="with the fields colour"):
        page.form(having=["colour"])
    with pytest.raises(StepFailed, match="no link"):
        page.link("/nowhere")


def test_form_when_without_address_then_goes_to_its_own_page():
    page = read_page("http://x.example/sign-in?next=%2F", 200, '<form method="POST"><input name="email"></form>')
    assert page.form().action == "http://x.example/sign-in?next=%2F"


def test_page_when_no_html_at_all_then_read_without_error():
    assert read_page("http://x.example/", 500, "\x00<<>&#xx;</form></select>").forms == []
