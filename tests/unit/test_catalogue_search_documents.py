"""What of a listing and a need gets into the index: facets, numbers, words, and nothing secret."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ipx.catalogue.listing_page import paragraphs
from ipx.catalogue.picture import picture_of
from ipx.catalogue.price_bands import band_edges, price_band
from ipx.catalogue.records import Listing, Need, PublicRight, Source
from ipx.catalogue.rules import Novelty
from ipx.catalogue.search_documents import NEVER, listing_document, need_document, status_of
from ipx.core.money import Money
from ipx.core.ports import LISTINGS, NEEDS
from ipx.core.search_words import Entry
from ipx.licences.rules import Act, Exclusivity, Sublicensing, TermEnd, TransferRule
from ipx.licences.terms import make_terms
from ipx.licences.terms_v2.from_v1 import as_v2
from ipx.technologies.records import PublicRight as TechnologyRight
from ipx.technologies.records import PublicTechnology
from ipx.technologies.rules import Advantage, EvidenceLevel, RightKind, Stage

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TERMS = make_terms(
    exclusivity=Exclusivity.SOLE,
    acts=(Act.MAKE,),
    field_text="Trams",
    field_codes=(),
    territory=("DE", "FR"),
    end=TermEnd.PERPETUAL,
    months=None,
    upfront=Money(5_000, "EUR"),
    royalty=None,
    transfer=TransferRule.NO,
    sublicensing=Sublicensing.NO,
    governing_law="Germany",
)


def technology_right(kind: RightKind, **stated) -> TechnologyRight:
    unstated = dict.fromkeys(("title", "office", "number", "kind_code", "filed_on", "published_on", "granted_on"))
    return TechnologyRight(
        **{**unstated, **stated}, id="r1", kind=kind, evidence=EvidenceLevel.DECLARED, matched_on=None
    )


def listing(*rights: TechnologyRight) -> Listing:
    technology = PublicTechnology(
        id="t1",
        organisation_id="o1",
        organisation_name="Institute",
        title="Quiet brake",
        summary="A brake that does not squeal.",
        problem="Noise",
        advantage=Advantage("Quieter", Decimal("12.50"), "dB", "a disc brake"),
        trl=6,
        classes=("B61H 5/00", "F16D"),
        rights=rights,
        revision=3,
        changed_at=NOW,
        stage=Stage.CONVERSION,
    )
    return picture_of(
        technology,
        id="l1",
        version=2,
        owner_is_demo=False,
        terms=as_v2(TERMS),
        novelty=Novelty.FILED,
        filed_on=date(2026, 1, 2),
        at=NOW,
    )


def test_listing_when_indexed_then_has_its_facets_and_numbers():
    document = listing_document(listing(technology_right(RightKind.PATENT, number="123", granted_on=date(2020, 1, 1))))
    assert (document.kind, document.version) == (LISTINGS, 2)
    assert document.facets == {
        "organisation": ["Institute"],
        "source": ["exchange"],
        "status": ["granted"],
        "readiness": ["4-6"],
        "stage": ["conversion"],
        "classes": ["B", "B61", "F", "F16"],
        "cpc": ["B", "B61", "B61H", "B61H5", "B61H5/00", "F", "F16", "F16D"],
        "rights": ["patent"],
        "exclusivity": ["sole"],
        "price": ["EUR:0"],
        "territory": ["DE", "FR"],
        "year": [str(NOW.year)],
    }
    assert document.numbers == {"published": int(NOW.timestamp()), "trl": 6, "upfront": 5_000}
    for words in ("Noise", "12.50 dB a disc brake", "Trams", "B61H 5/00", "123"):
        assert words in document.text
    Entry.of(document)  # every engine takes it


def test_listing_when_an_application_is_secret_then_neither_picture_nor_index_has_a_date():
    found = listing(technology_right(RightKind.APPLICATION, office="EP"))
    assert found.rights[0].status == "unpublished"
    assert "2026-01-02" not in str(listing_document(found))
    assert status_of(found) == "pending"


def test_listing_when_it_has_only_know_how_then_nothing_is_registered():
    assert status_of(listing(technology_right(RightKind.KNOW_HOW, title="Recipe"))) == "unregistered"
    assert status_of(listing()) is None


def test_listing_when_imported_and_the_source_says_nothing_then_no_facet_is_invented():
    source = Source("nasa", "NASA", None, "public domain")
    right = PublicRight("r", "patent", "Quiet brake", None, None, "GM")
    imported = replace(
        listing(), source=source, terms=None, trl=None, stage=None, classes=(), measure=None, rights=(right,)
    )
    facets = listing_document(imported).facets
    assert facets["stage"] == facets["status"] == facets["readiness"] == facets["classes"] == facets["territory"] == []
    assert facets["source"] == ["nasa"]
    assert facets["price"] == facets["year"] == [], "the day of an import is no year of the record"
    assert listing_document(replace(imported, record_year=2007)).facets["year"] == ["2007"]
    assert "Quiet brake" not in listing_document(imported).text


def test_listing_when_its_owner_has_a_very_long_name_then_every_engine_takes_it():
    Entry.of(listing_document(replace(listing(), owner_name="Ä" * 1_000)))


def test_need_when_it_states_no_deadline_then_stays_open():
    need = Need("n", 1, None, "City", "T", "Text", None, ("a",), None, None, None, None, None, None, None, NOW)
    document = need_document(need)
    assert document.kind == NEEDS
    assert document.numbers["closes"] == NEVER
    assert need_document(replace(need, closes=date(1970, 1, 2))).numbers["closes"] == 86_400


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One.\n\nTwo.", ["One.", "Two."]),
        ("Scope:The system.The next.", ["Scope:", "The system.", "The next."]),
        ("See e.g. U.S. law, v1.2 and Fig.2a.", ["See e.g. U.S. law, v1.2 and Fig.2a."]),
        ("", []),
    ],
)
def test_paragraphs_when_line_breaks_were_lost_then_are_put_back(text, expected):
    assert paragraphs(text) == expected


@pytest.mark.parametrize(
    ("fee", "band", "edges"),
    [
        (None, "none", None),
        (Money(0, "EUR"), "none", None),
        (Money(999_999, "EUR"), "EUR:0", ("EUR", 0, 10_000)),
        (Money(1_000_000, "EUR"), "EUR:10000", ("EUR", 10_000, 50_000)),
        (Money(2_500_000, "JPY"), "JPY:1000000", ("JPY", 1_000_000, 5_000_000)),
        (Money(10**12, "USD"), "USD:250000", ("USD", 250_000, None)),
    ],
)
def test_fees_fall_into_bands_of_their_own_currency(fee, band, edges):
    assert price_band(fee) == band
    assert band_edges(band) == edges


@pytest.mark.parametrize("band", ["", "EUR", "EUR:", "EUR:7", "XXX:0", "EUR:0:0", "none:0"])
def test_what_is_no_band_has_no_edges(band):
    assert band_edges(band) is None
