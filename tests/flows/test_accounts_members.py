"""Members of an organisation: invitations, roles that count at once, leaving, and owners who stay."""

from __future__ import annotations

import threading
import uuid

import pytest

from ipx.accounts.models import MembershipRow, PersonRow, SessionRow
from ipx.accounts.rules import Role
from ipx.accounts.service import AccountService
from ipx.core.errors import Conflict
from tests.pages import send, words_of
from tests.world import PASSWORD


def roles(world, person):
    return set(world.actor(person.actor.person_id).roles)


def test_an_invited_person_chooses_a_password_and_is_in(world):
    owner = world.organisation("Lab")
    email = f"{uuid.uuid4().hex[:8]}@example.org"
    data = {"name": "Lise", "email": email, "roles": ["researcher", "lab_administrator"]}
    answer = owner.post("/organisation/members/new", data, page="/organisation/members/new")
    assert answer.headers["Location"] == "/organisation"
    assert "invited" in owner.get("/organisation").text
    (mail,) = world.mails_to(email)
    assert owner.actor.organisation_name in mail.body
    client = world.app.test_client()
    link = world.link_to(email, "set-password")
    send(client, link, password=PASSWORD)
    assert "Lise" in world.sign_in(email, client=client).get("/account").text
    person_id = world.read(lambda s: s.query(PersonRow.id).filter(PersonRow.email == email).scalar())
    assert set(world.actor(person_id).roles) == {Role.RESEARCHER, Role.LAB_ADMINISTRATOR}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"roles": []}, "Choose at least one role"),
        ({"roles": ["emperor"]}, "not a valid choice"),
        ({"email": "x"}, "not an e-mail address"),
        ({"name": ""}, "Write a name"),
    ],
)
def test_bad_invitations_say_what_to_mend(world, changes, said):
    owner = world.organisation()
    data = {"name": "Lise", "email": "lise@example.org", "roles": ["researcher"], **changes}
    answer = owner.post("/organisation/members/new", data, page="/organisation/members/new")
    assert answer.status_code == 422
    assert said in words_of(answer.text)


def test_a_member_of_another_organisation_cannot_be_taken(world):
    owner, other = world.organisation(), world.organisation()
    data = {"name": "Mine now", "email": other.email, "roles": ["researcher"]}
    answer = owner.post("/organisation/members/new", data)
    assert "already belongs to an organisation" in answer.text
    assert world.actor(other.actor.person_id).organisation_id == other.organisation_id


def test_a_changed_role_counts_at_once_in_open_sessions(world):
    owner = world.organisation()
    member = world.colleague(owner, Role.RESEARCHER)
    assert member.get("/organisation").status_code == 403
    answer = owner.post(f"/organisation/members/{member.actor.person_id}", {"roles": ["owner"]})
    assert answer.status_code == 302
    assert member.get("/organisation").status_code == 200
    owner.post(f"/organisation/members/{member.actor.person_id}", {"roles": ["lab_administrator"]})
    assert member.get("/organisation").status_code == 403


def test_only_owners_manage_members(world):
    owner = world.organisation()
    for role in (Role.RESEARCHER, Role.LICENSING_MANAGER, Role.LAB_ADMINISTRATOR):
        member = world.colleague(owner, role)
        path = f"/organisation/members/{owner.actor.person_id}"
        assert member.get(path).status_code == 403
        assert member.post(path, {"roles": ["researcher"]}).status_code == 403
        assert member.post(f"{path}/remove").status_code == 403
        assert member.post("/organisation/members/new", {"name": "X"}).status_code == 403
    assert Role.OWNER in roles(world, owner)


def test_an_owner_of_another_organisation_is_told_that_there_is_nobody(world):
    owner, stranger = world.organisation(), world.organisation()
    path = f"/organisation/members/{owner.actor.person_id}"
    assert stranger.get(path).status_code == 404
    assert stranger.post(path, {"roles": ["researcher"]}).status_code == 404
    assert stranger.post(f"{path}/remove").status_code == 404
    assert Role.OWNER in roles(world, owner)
    assert owner.get("/account").status_code == 200


def test_the_last_owner_stays(world):
    owner = world.organisation()
    path = f"/organisation/members/{owner.actor.person_id}"
    demoted = owner.post(path, {"roles": ["researcher"]})
    assert demoted.status_code == 422
    assert "needs an owner" in demoted.text
    assert "needs an owner" in owner.client.get(owner.post(f"{path}/remove").headers["Location"]).text
    assert Role.OWNER in roles(world, owner)


def test_an_invited_owner_who_never_came_does_not_count(world):
    owner = world.organisation()
    data = {"name": "Later", "email": f"{uuid.uuid4().hex[:8]}@example.org", "roles": ["owner"]}
    owner.post("/organisation/members/new", data)
    answer = owner.post(f"/organisation/members/{owner.actor.person_id}", {"roles": ["researcher"]})
    assert answer.status_code == 422


def test_two_owners_who_step_down_at_once_leave_one(world):
    first = world.organisation()
    second = world.colleague(first, Role.OWNER)
    accounts, barrier, refused = world.service(AccountService), threading.Barrier(2), []

    def step_down(person):
        barrier.wait()
        try:
            with world.database.write() as session:
                accounts.set_roles(
                    session,
                    by=person.actor.by,
                    organisation_id=person.organisation_id,
                    person_id=person.actor.person_id,
                    roles=[Role.RESEARCHER],
                )
        except Conflict:
            refused.append(person)

    threads = [threading.Thread(target=step_down, args=(person,)) for person in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert Role.OWNER in roles(world, refused[0])


def test_a_removed_member_is_out_at_once_and_everywhere(world):
    owner = world.organisation()
    member = world.colleague(owner, Role.RESEARCHER)
    elsewhere = world.sign_in(member.email)
    answer = owner.post(f"/organisation/members/{member.actor.person_id}/remove")
    assert "is no member any more" in owner.client.get(answer.headers["Location"]).text
    assert member.get("/account").status_code == 302
    assert elsewhere.get("/account").status_code == 302
    assert world.count(MembershipRow, MembershipRow.person_id == member.actor.person_id) == 0
    assert "account:member:removed" in world.actions(member.actor.person_id)
    assert "belong to no organisation" in world.try_in(member.email).text
    data = {"name": "Back", "email": member.email, "roles": ["owner"]}
    assert world.organisation().post("/organisation/members/new", data).status_code == 302  # and may join another


def test_a_session_that_outlived_its_person_is_nobodys(world):
    """Even if the row were left behind: who is asking is read from the tables at every request."""
    owner = world.organisation()
    member = world.colleague(owner, Role.RESEARCHER)
    mine = MembershipRow.person_id == member.actor.person_id
    world.write(lambda s: s.query(MembershipRow).filter(mine).delete())
    assert world.count(SessionRow, SessionRow.person_id == member.actor.person_id) > 0
    assert member.get("/account").status_code == 302


def test_signing_out_everywhere_ends_all_sessions_of_the_person_alone(world):
    person, other = world.organisation(), world.organisation()
    elsewhere = world.sign_in(person.email)
    assert person.post("/account/sign-out-everywhere").headers["Location"] == "/sign-in"
    assert elsewhere.get("/account").status_code == 302
    assert person.get("/account").status_code == 302
    assert other.get("/account").status_code == 200


def test_a_name_can_be_changed_and_is_escaped(world):
    person = world.organisation()
    bad = person.post("/account", {"name": "\u200b"})
    assert bad.status_code == 422
    assert "field__error" in bad.text
    assert person.post("/account", {"name": "  Ada   <b>King</b> "}).headers["Location"] == "/account"
    page = person.get("/account").text
    assert "Ada &lt;b&gt;King&lt;/b&gt;" in page
    assert "<b>King" not in page
