"""Each real service that `make test-real` started answers in its own language."""

from __future__ import annotations

import psycopg
import pytest
import requests
import stripe
from elasticsearch import Elasticsearch

from tests.services import address

pytestmark = pytest.mark.real


def test_postgres_role_may_create_and_drop_databases() -> None:
    with psycopg.connect(address("IPX_TEST_POSTGRES_URL"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE ipx_probe")
        connection.execute("DROP DATABASE ipx_probe")
        assert connection.info.server_version >= 150000


def test_kubo_gives_the_golden_cid_and_knows_no_peer() -> None:
    api = address("IPX_TEST_KUBO_API")
    options = {"cid-version": "1", "raw-leaves": "true", "chunker": "size-1048576", "max-file-links": "1024"}
    content = bytes((31 * i + 7) & 255 for i in range(1000))
    added = requests.post(f"{api}/api/v0/add", params=options, files={"file": content}, timeout=30)
    assert added.json()["Hash"] == "bafkreicqs7t5lbzvf5ijobrk4z47g662labnt6dvvoquzdfu2gqyrlnbpe"
    peers = requests.post(f"{api}/api/v0/swarm/peers", timeout=30)
    assert peers.json().get("Peers") in (None, []) or "offline" in peers.text


def test_elasticsearch_analyses_english_with_synonyms_and_folds_accents() -> None:
    synonyms = {"type": "synonym_graph", "synonyms": ["laser, maser"]}
    chain = {"type": "custom", "tokenizer": "standard", "filter": ["lowercase", "folded", "alike"]}
    analysis = {"filter": {"alike": synonyms, "folded": {"type": "asciifolding"}}, "analyzer": {"text": chain}}
    fields = {"title": {"type": "text", "analyzer": "english"}, "note": {"type": "text", "analyzer": "text"}}
    with Elasticsearch(address("IPX_TEST_ELASTICSEARCH_URL")) as client:
        assert client.info()["version"]["number"] == "8.19.21"
        client.indices.create(index="probe", settings={"analysis": analysis}, mappings={"properties": fields})
        client.index(index="probe", document={"title": "Welding robots", "note": "Exposé on a maser"}, refresh=True)
        for field, words in (("title", "weld robot"), ("note", "expose laser")):
            found = client.search(index="probe", query={"match": {field: {"query": words, "operator": "and"}}})
            assert found["hits"]["total"]["value"] == 1
        client.indices.delete(index="probe")


def test_stripe_mock_accepts_a_right_request_and_refuses_a_wrong_one() -> None:
    api = address("IPX_TEST_STRIPE_MOCK_URL")
    client = stripe.StripeClient("sk_test_123", base_addresses={"api": api}, max_network_retries=0)
    intent = client.v1.payment_intents.create({"amount": 1000, "currency": "eur"})
    assert intent.object == "payment_intent"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.create({"amount": "much", "currency": "eur"})  # type: ignore[typeddict-item]


def test_anvil_calls_a_block_final_after_two_more() -> None:
    url = address("IPX_TEST_ANVIL_URL")

    def ask(method: str, *params: object) -> dict[str, str]:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        result: dict[str, str] = requests.post(url, json=body, timeout=30).json()["result"]
        return result

    ask("anvil_mine", "0x5")
    latest, final = (int(ask("eth_getBlockByNumber", tag, False)["number"], 16) for tag in ("latest", "finalized"))
    assert latest - final == 2
