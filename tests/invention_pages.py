"""Steps that the tests of invention disclosures take through pages."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from sqlalchemy import select

from ipx.notices.models import MailRow
from ipx.wiring import Exchange
from tests.web_client import Person

SECRET = "phosphate glaze at 412 kelvin"


def begin(person: Person, title: str = SECRET) -> str:
    answer = person.post("/inventions/new", title=title)
    assert answer.status_code == 302, answer.text
    return str(answer.location).removesuffix("/write/invention")


def inventors(*people: dict[str, str]) -> dict[str, str]:
    fields = {f"entries-{n}-{name}": value for n, one in enumerate(people) for name, value in one.items()}
    return {"answer": "listed", **fields}


def write(person: Person, place: str, section: str, **fields: str) -> Any:
    return person.post(f"{place}/write/{section}", then="whole", **fields)


def submitted(person: Person, *people: dict[str, str]) -> str:
    place = begin(person)
    everybody = people or ({"name": "Ada Lindqvist", "email": person.email},)
    assert write(person, place, "inventors", **inventors(*everybody)).status_code == 302
    assert person.post(f"{place}/submit", page=place).status_code == 302
    return place


def judge(person: Person, place: str, step: str, words: str = "") -> Any:
    return person.post(f"{place}/judge", page=place, step=step, words=words)


def mails_to(exchange: Exchange, address: str) -> list[str]:
    with exchange.database.read() as session:
        return list(
            session.scalars(select(MailRow.body).where(MailRow.recipient == address).order_by(MailRow.created_at))
        )


def link_to(exchange: Exchange, address: str) -> str:
    found = re.search(r"/inventions/inventor/[0-9a-f]{64}", mails_to(exchange, address)[-1])
    assert found
    return found[0]


def answer_link(app: Flask, link: str, **fields: str) -> Any:
    client = app.test_client()
    page = client.get(link)
    assert page.status_code == 200, page.text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert token
    return client.post(link, data={"csrf_token": token[1], **fields})


def invention_id(place: str) -> str:
    return place.rpartition("/")[2]
