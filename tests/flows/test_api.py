"""The conventions of the API: tokens, problems, keys, pages, limits, and a description that is true."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from sqlalchemy import select

from ipx.accounts.models import TokenRow
from ipx.accounts.service import AccountService
from ipx.api.models import AnswerRow
from ipx.audit.models import AuditRow
from ipx.evidence.models import StampRow
from ipx.web.limits import limiter
from tests.api_world import Program, anchor_all, commitments, token_of
from tests.deal_steps import grow_stale
from tests.world import World


@pytest.fixture
def program(world: World) -> Program:
    return Program(world, world.organisation())


# ── tokens ───────────────────────────────────────────────────────────────────────────────────────


def test_a_token_acts_for_its_person(world: World) -> None:
    ada = world.organisation()
    me = Program(world, ada).get("/me").json
    assert me["organisation"]["id"] == ada.organisation_id
    account = world.read(lambda s: world.service(AccountService).account_of(s, ada.organisation_id))
    assert me["account"] == account.address.lower()


def test_a_token_is_kept_as_its_hash_alone(world: World) -> None:
    secret = token_of(world, world.organisation())
    assert secret.startswith("ipx_")
    assert world.count(TokenRow, TokenRow.token_hash == secret) == 0
    dump = world.read(lambda s: str(s.connection().exec_driver_sql("SELECT * FROM accounts_tokens").all()))
    assert secret not in dump


@pytest.mark.parametrize("sent", ["", "Bearer ", "Bearer ipx_00", "Basic aXB4Og==", "Bearer a b"])
def test_without_a_valid_token_nothing_is_told(world: World, sent: str) -> None:
    answer = world.app.test_client().get("/api/v1/me", headers={"Authorization": sent} if sent else {})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.content_type == "application/problem+json"


def test_a_session_is_no_token_and_the_api_sets_no_cookie(world: World) -> None:
    ada = world.organisation()
    answer = ada.get("/api/v1/me")
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers
    assert "Set-Cookie" not in Program(world, ada).get("/me").headers


def test_a_revoked_token_is_dead(world: World) -> None:
    ada = world.organisation()
    shown = ada.post("/account/tokens", {"name": "my laptop"}, page="/account/tokens").text
    secret = "ipx_" + shown.split("<code>ipx_")[1][:64]
    assert secret not in ada.get("/account/tokens").text, "it is shown once"
    program = Program(world, ada, secret)
    assert program.get("/me").status_code == 200
    accounts = world.service(AccountService)
    [token] = world.read(lambda s: accounts.tokens_of(s, person_id=ada.actor.person_id))
    assert token.last_used_at is not None
    assert ada.post(f"/account/tokens/{token.id}/revoke").status_code == 302
    assert program.get("/me").status_code == 401
    assert [line for line in world.actions(ada.actor.person_id) if ":token:" in line] == [
        "account:token:made",
        "account:token:revoked",
    ]


def test_making_a_token_asks_for_a_fresh_sign_in_and_leads_back(world: World) -> None:
    ada = world.organisation()
    grow_stale(world, ada)
    assert "We ask for your password first" in ada.get("/account/tokens").text  # looking is free
    answer = ada.post("/account/tokens", {"name": "my laptop"}, page="/account/tokens")
    assert answer.headers["Location"] == "/sign-in?next=/account/tokens"
    assert "before you make a token" in ada.get(answer.headers["Location"]).text
    accounts = world.service(AccountService)
    assert world.read(lambda s: accounts.tokens_of(s, person_id=ada.actor.person_id)) == []


def test_nobody_revokes_the_token_of_somebody_else(world: World) -> None:
    ada, eve = world.organisation(), world.organisation()
    program = Program(world, ada)
    [token] = world.read(lambda s: world.service(AccountService).tokens_of(s, person_id=ada.actor.person_id))
    assert eve.post(f"/account/tokens/{token.id}/revoke").status_code == 404
    assert program.get("/me").status_code == 200


def test_a_token_dies_when_its_person_leaves(world: World) -> None:
    ada = world.organisation()
    carl = world.colleague(ada, "researcher")  # type: ignore[arg-type]
    program = Program(world, carl)
    assert program.get("/me").status_code == 200
    accounts, carl_id = world.service(AccountService), carl.actor.person_id
    of = ada.organisation_id
    world.write(lambda s: accounts.remove_member(s, by=ada.actor.by, organisation_id=of, person_id=carl_id))
    assert program.get("/me").status_code == 401


# ── problems ─────────────────────────────────────────────────────────────────────────────────────


def problem(answer: Any, status: int) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    found = answer.json
    assert found["status"] == status
    assert found["type"] == f"/api#problem-{status}"
    return found


def test_every_error_is_a_problem(world: World, program: Program) -> None:
    problem(program.get("/nowhere"), 404)
    problem(program.post("/me", {}), 405)
    problem(program.get("/stamps/none"), 404)
    problem(program.post("/stamps", {"commitments": ["00"]}), 422)
    problem(program.post("/stamps", {"commitments": ["0" * 64] * 5_000}), 413)
    client, headers = world.app.test_client(), {"Authorization": f"Bearer {program.secret}"}
    problem(client.post("/api/v1/stamps", data="x", content_type="text/plain", headers=headers), 415)
    problem(client.post("/api/v1/stamps", data="{", content_type="application/json", headers=headers), 400)
    guide = client.get("/api").text
    for status in (400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503):
        assert f'id="problem-{status}"' in guide


def test_what_nobody_expected_is_a_problem_too(world: World, program: Program) -> None:
    """A token that cannot be looked up: the database is told to be elsewhere."""
    world.app.extensions["ipx-load-token"], kept = _breaks, world.app.extensions["ipx-load-token"]
    try:
        assert "elsewhere" not in str(problem(program.get("/me"), 500))
    finally:
        world.app.extensions["ipx-load-token"] = kept


def _breaks(secret: str) -> None:
    raise RuntimeError("the database is elsewhere")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "commitments"),
        ({"commitments": []}, "commitments"),
        ({"commitments": "0" * 64}, "commitments"),
        ({"commitments": ["G" * 64]}, "commitments"),
        ({"commitments": ["0" * 64, "0" * 64]}, "commitments"),
        ({"commitments": ["A" * 64]}, "commitments"),
        ({"commitments": [1]}, "commitments"),
        ({"commitments": [f"{number:064x}" for number in range(1_001)]}, "commitments"),
        ({"commitments": ["1" * 64], "name": "report.pdf"}, "name"),
    ],
)
def test_a_wrong_body_names_its_field(program: Program, body: object, field: str) -> None:
    assert problem(program.post("/stamps", body), 422)["field"] == field


# ── once ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_write_with_a_key_happens_once(world: World, program: Program) -> None:
    body = {"commitments": commitments(3)}
    first = program.post("/stamps", body, **{"Idempotency-Key": "one"})
    again = program.post("/stamps", body, **{"Idempotency-Key": "one"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    other = program.post("/stamps", {"commitments": commitments(1)}, **{"Idempotency-Key": "one"})
    assert problem(other, 422)["field"] == "Idempotency-Key"


def test_an_error_is_not_kept_under_its_key(world: World, program: Program) -> None:
    before = world.count(AnswerRow)
    problem(program.post("/stamps", {"commitments": ["00"]}, **{"Idempotency-Key": "two"}), 422)
    assert world.count(AnswerRow) == before
    assert program.stamp(*commitments(1), **{"Idempotency-Key": "two"})


def test_keys_of_two_organisations_do_not_meet(world: World, program: Program) -> None:
    other = Program(world, world.organisation())
    assert program.stamp(*commitments(1), **{"Idempotency-Key": "same"}) != other.stamp(
        *commitments(1), **{"Idempotency-Key": "same"}
    )


def test_a_commitment_is_taken_once_even_without_a_key(world: World, program: Program) -> None:
    one, two = commitments(2)
    [first] = program.stamp(one)
    answer = program.post("/stamps", {"commitments": [two, one]})
    assert [stamp["commitment"] for stamp in answer.json["stamps"]] == [two, one]
    assert answer.json["stamps"][1]["id"] == first
    assert program.post("/stamps", {"commitments": [one]}).status_code == 200
    assert world.count(StampRow, StampRow.commitment.in_([bytes.fromhex(one), bytes.fromhex(two)])) == 2


def test_a_commitment_of_somebody_else_is_refused(world: World, program: Program) -> None:
    [value] = commitments(1)
    program.stamp(value)
    problem(Program(world, world.organisation()).post("/stamps", {"commitments": [value]}), 409)


def test_what_was_taken_leaves_one_audit_line_without_any_text(world: World, program: Program) -> None:
    ids = program.stamp(*commitments(5))
    me = program.get("/me").json
    about, action = me["organisation"]["id"], "evidence:stamps:accepted"
    sequence = select(AuditRow.sequence).where(AuditRow.subject_id == about, AuditRow.action == action)
    row = world.row(AuditRow, world.read(lambda s: s.scalars(sequence).one()))
    assert (row.details["count"], row.details["first"]) == (5, ids[0])
    assert row.actor_id == me["person"]["id"]


# ── pages ────────────────────────────────────────────────────────────────────────────────────────


def test_pages_lead_through_everything_once(program: Program) -> None:
    given = [*program.stamp(*commitments(7)), *program.stamp(*commitments(5))]
    seen, cursor = [], None
    while True:
        page = program.get("/stamps", limit=5, **({"cursor": cursor} if cursor else {})).json
        seen += [stamp["id"] for stamp in page["stamps"]]
        program.stamp(*commitments(1))  # what comes meanwhile moves nothing
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(given)


@pytest.mark.parametrize("arguments", [{"limit": "0"}, {"limit": "1001"}, {"limit": "x"}, {"cursor": "x"}, {"page": 2}])
def test_wrong_arguments_are_refused(program: Program, arguments: dict[str, object]) -> None:
    assert problem(program.get("/stamps", **arguments), 422)["field"] == next(iter(arguments))


def test_a_stranger_learns_nothing_of_stamps(world: World, program: Program) -> None:
    [stamp] = program.stamp(*commitments(1))
    eve = Program(world, world.organisation())
    problem(eve.get(f"/stamps/{stamp}"), 404)
    problem(eve.get(f"/stamps/{stamp}/bundle"), 404)
    problem(eve.post("/stamps/status", {"ids": [stamp]}), 404)
    problem(eve.post("/stamps/bundles", {"ids": [stamp]}), 404)
    assert eve.get("/stamps").json == {"stamps": [], "next": None}


# ── limits ───────────────────────────────────────────────────────────────────────────────────────


def test_a_token_has_so_many_requests_a_minute(world: World, program: Program) -> None:
    world.app.config["API_REQUESTS"], kept = 3, world.app.config["API_REQUESTS"]
    limiter.enabled = True
    try:
        left = [program.get("/me").headers["RateLimit"].split(";")[1] for _ in range(3)]
        assert left == ["r=2", "r=1", "r=0"]
        refused = program.get("/me")
        problem(refused, 429)
        assert refused.headers["RateLimit-Policy"] == '"minute";q=3;w=60'
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert Program(world, world.organisation()).get("/me").status_code == 200, "others have their own"
    finally:
        limiter.enabled = False
        world.app.config["API_REQUESTS"] = kept


def test_guessing_tokens_is_limited_by_address(world: World) -> None:
    limiter.enabled = True
    try:
        client = world.app.test_client()
        client.environ_base["REMOTE_ADDR"] = f"10.7.{uuid.uuid4().int % 250}.{uuid.uuid4().int % 250}"
        answers = [client.get("/api/v1/me", headers={"Authorization": f"Bearer ipx_{n}"}) for n in range(61)]
        assert [answer.status_code for answer in answers] == [401] * 60 + [429]
        assert "Retry-After" in answers[-1].headers
    finally:
        limiter.enabled = False


# ── the description ──────────────────────────────────────────────────────────────────────────────


def description(world: World) -> Any:
    answer = world.app.test_client().get("/api/v1/openapi.json")
    return json.loads(answer.data)


def test_the_description_is_openapi_and_names_exactly_what_there_is(world: World) -> None:
    document = description(world)
    assert document["openapi"] == "3.1.0"
    validate(document)
    described = {
        (path, method.upper()) for path, item in document["paths"].items() for method in item if method != "parameters"
    }
    real = set()
    for rule in world.app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1/") and rule.endpoint != "api.description":
            path = rule.rule.removeprefix("/api/v1").replace("<", "{").replace(">", "}")
            real |= {(path, method) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
            view: Any = world.app.view_functions[rule.endpoint]
            assert view.ipx_guard == "token"
    assert described == real


def test_answers_are_what_the_description_says(world: World, program: Program) -> None:
    document = description(world)
    registry = Registry().with_resource("urn:ipx", Resource.from_contents(document, default_specification=DRAFT202012))

    def fits(answer: Any, name: str) -> None:
        schema = {"$ref": f"urn:ipx#/components/schemas/{name}"}
        Draft202012Validator(schema, registry=registry).validate(answer)

    fits(program.get("/me").json, "Me")
    fits(program.post("/stamps", {"commitments": commitments(2)}).json, "Created")
    [stamp] = program.stamp(*commitments(1))
    fits(program.get(f"/stamps/{stamp}").json, "Stamp")
    fits(program.post("/stamps/bundles", {"ids": [stamp]}).json, "Bundles")
    fits(program.get("/nowhere").json, "Problem")
    problem(program.get(f"/stamps/{stamp}/bundle"), 409)
    world.until(lambda: _is_final(world, program, stamp))
    fits(program.get(f"/stamps/{stamp}").json, "Stamp")
    fits(program.get(f"/stamps/{stamp}/bundle").json, "Bundle")
    fits(program.post("/stamps/bundles", {"ids": [stamp]}).json, "Bundles")
    fits(program.get("/stamps", limit=1).json, "Page")


def _is_final(world: World, program: Program, stamp: str) -> bool:
    anchor_all(world)
    return program.get(f"/stamps/{stamp}").json["state"] == "final"
