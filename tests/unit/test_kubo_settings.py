"""Which settings of a node the doctor names."""

from __future__ import annotations

from typing import Any

import pytest

from ipx.adapters.kubo_settings import judge

SAFE: dict[str, Any] = {
    "Addresses": {"API": "/ip4/127.0.0.1/tcp/5001", "Gateway": "", "Swarm": []},
    "Bootstrap": [],
    "Datastore": {"Spec": {"mounts": [{"type": "flatfs", "sync": True}, {"type": "levelds"}], "type": "mount"}},
    "Discovery": {"MDNS": {"Enabled": False}},
    "Provide": {"Enabled": False},
    "Routing": {"Type": "none"},
}
OPEN = "/ip4/0.0.0.0/tcp/4001"


def changed(path: str, value: object) -> dict[str, Any]:
    first, _, rest = path.partition(".")
    if not rest:
        return {**SAFE, first: value}
    part, inner = SAFE[first], {**SAFE[first]}
    second, _, third = rest.partition(".")
    inner[second] = {**part[second], third: value} if third else value
    return {**SAFE, first: inner}


def test_a_node_that_is_set_as_written_down_is_not_complained_of() -> None:
    assert judge(SAFE, online=True) == []


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("Datastore.Spec", {"mounts": [{"child": {"type": "flatfs", "sync": False}}]}, "Datastore.Spec"),
        ("Addresses.API", "/ip4/0.0.0.0/tcp/5001", "Addresses.API"),
        ("Addresses.API", ["/ip4/127.0.0.1/tcp/5001", "/ip6/::/tcp/5001"], "/ip6/::/tcp/5001"),
        ("Addresses.Gateway", "/ip4/0.0.0.0/tcp/8080", "Addresses.Gateway"),
        ("Addresses.Swarm", [OPEN], "Addresses.Swarm"),
        ("Bootstrap", ["auto"], "Bootstrap"),
        ("Routing.Type", "auto", "Routing.Type"),
        ("Routing", {}, "Routing.Type"),
        ("Provide", {}, "Provide.Enabled"),
        ("Discovery.MDNS.Enabled", True, "MDNS"),
    ],
)
def test_each_unsafe_setting_is_named_alone(path: str, value: object, named: str) -> None:
    (line,) = judge(changed(path, value), online=True)
    assert named in line


def test_peers_are_no_matter_for_a_node_that_is_offline() -> None:
    assert judge(changed("Addresses.Swarm", [OPEN]), online=False) == []
    assert judge(changed("Addresses.API", OPEN), online=False) != []


def test_an_rpc_with_authorisation_may_be_reached_from_elsewhere() -> None:
    config = {**changed("Addresses.API", OPEN), "API": {"Authorizations": {"ipx": {"AuthSecret": "basic:a:b"}}}}
    assert judge(config, online=True) == []
