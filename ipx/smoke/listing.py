"""Chapter 4: the technology is published with terms and the novelty statement, and found by search."""

from typing import Any

from ipx.smoke.client import wait_for
from ipx.smoke.report import Step
from ipx.smoke.story import Story, check

INDEX_SECONDS = 60
TERMS: dict[str, str | list[str]] = {
    "exclusivity": "non-exclusive",
    "acts": ["make", "use", "sell"],
    "field_text": "Lithium cells for stationary storage",
    "reach": "worldwide",
    "end": "fixed",
    "months": "60",
    "currency": "EUR",
    "royalty": "2.5",
    "governing_law": "Switzerland",
}


def terms(story: Story) -> dict[str, str | list[str]]:
    """Return the terms as typed."""
    return {**TERMS, "upfront": "0" if story.is_free else "12,500.00"}


def needs_the_statement(story: Story) -> str:
    """Try to publish without saying whether anything is filed."""
    form = story.institute.page(f"/technologies/{story.technology}/publish").form(having=["novelty", "upfront"])
    page = story.institute.submit(form, {**terms(story), "step": "preview"}, expect=(422,))
    check("novelty" in page.text.lower(), "The page does not warn that publishing before filing can destroy novelty.")
    early = story.institute.submit(
        page.form(having=["novelty", "upfront"]), {**terms(story), "novelty": "filed", "step": "preview"}, expect=(422,)
    )
    check("filing date" in early.text.lower(), "“Filed” without a date is not refused as such.")
    return "refused, with the warning about novelty"


def publish(story: Story) -> str:
    """Fill in the terms and the statement, look at the preview, publish."""
    form = story.institute.page(f"/technologies/{story.technology}/publish").form(having=["novelty", "upfront"])
    statement = {"novelty": "filed", "filed_on": "2026-01-15", "step": "preview"}
    preview = story.institute.submit(form, {**terms(story), **statement})
    check(story.title in preview.text, "The preview does not show the technology.")
    page = story.institute.submit(preview.form(having=["novelty", "step"]), {"step": "publish"})
    story.listing = page.path.rpartition("/")[2]
    public = story.stranger.page(f"/listings/{story.listing}")
    fee = [] if story.is_free else ["EUR 12,500.00"]
    for words in (story.title, "42.5 %", "Non-exclusive", *fee):
        check(words in public.text, f"The public listing does not show “{words}”.")
    return f"/listings/{story.listing}"


def keeps_secrets(story: Story) -> str:
    """Look for what must not be public: the unpublished number, the document."""
    answers = [
        story.stranger.request("GET", f"/listings/{story.listing}").text,
        story.stranger.request("GET", f"/listings/{story.listing}", headers={"Accept": "application/json"}).text,
        story.stranger.request("GET", f"/search?q={story.word}").text,
    ]
    for secret in (story.secret_number, story.secret_number.replace(" ", ""), story.file_name, story.document):
        check(not any(secret in answer for answer in answers), f"“{secret}” of an owner's page is public.")
    hidden = story.stranger.json(f"/search?q={story.secret_number.replace(' ', '+')}")["results"]
    check(story.listing not in [hit["id"] for hit in hidden], "The listing is found by its unpublished number.")
    return "the unpublished number and the document are nowhere"


def found(story: Story) -> str:
    """Search for the listing by its own word, then narrow by facets."""

    def look() -> dict[str, Any] | None:
        answer: dict[str, Any] = story.stranger.json(f"/search?q={story.word}")
        return answer if [hit["id"] for hit in answer["results"]] == [story.listing] else None

    answer = wait_for(look, f"the listing to be found by “{story.word}”", seconds=INDEX_SECONDS)
    check(not answer.get("resting"), "The search index is down: the newest listings are shown instead of results.")
    page = story.stranger.page(f"/search?q={story.word}")
    check(story.title in page.text, "The page of results does not show the listing.")
    for facet, hits in (("exclusivity=non-exclusive", 1), ("territory=DE", 1), ("exclusivity=exclusive", 0)):
        total = story.stranger.json(f"/search?q={story.word}&{facet}")["total"]
        check(total == hits, f"With the facet {facet} there are {total} results instead of {hits}.")
    return f"by the word “{story.word}”, and by facets"


STEPS = (
    Step("Publishing needs the novelty statement", needs_the_statement),
    Step("The listing is published", publish),
    Step("It gives no secret away", keeps_secrets),
    Step("It is found by search and facets", found),
)
