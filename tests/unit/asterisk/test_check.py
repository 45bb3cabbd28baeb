"""What is refused before anything is planned, and what is allowed although it looks odd."""

import pytest

from reconciler.adapters.asterisk.check import check
from reconciler.model.secret import Secret
from reconciler.model.value import Value
from tests.unit.asterisk.estate import office
from tests.unit.asterisk.make import SETUP, at, resource

PHONE: dict[str, Value] = {"name": "Ada", "secret": Secret("store:x")}
TRUNK: dict[str, Value] = {"host": "192.0.2.7", "mode": "ip"}
GROUP: dict[str, Value] = {"name": "Desk", "members": ["1001"]}
ROUTE: dict[str, Value] = {"order": 1, "patterns": [{"match": "9X."}], "trunks": ["a"]}


def problems(address: str, fields: dict[str, Value]) -> list[tuple[str, str]]:
    """Return where and why a resource is refused."""
    return [(each.path, each.detail) for each in check(resource(at(address), fields), SETUP)]


LONG: list[Value] = [str(10**19 + n) for n in range(293)]


@pytest.mark.parametrize(
    ("address", "fields", "path", "says"),
    [
        ("extension/1", PHONE | {"class_of_service": "boss) x"}, "class_of_service", "context"),
        ("extension/1", PHONE | {"class_of_service": "a,s,1"}, "class_of_service", "context"),
        ("extension/1", PHONE | {"mailbox_context": "x]y"}, "mailbox_context", "context"),
        ("extension/1", PHONE | {"settings.auth": "x"}, "settings.auth", "other fields"),
        ("extension/1", PHONE | {"settings.a b": "x"}, "settings.a b", "name of an option"),
        ("extension/1", PHONE | {"settings.x": "> y"}, "settings.x", "begin with >"),
        ("extension/1", PHONE | {"settings.x": "a\\\\nb"}, None, ""),
        ("extension/1", PHONE | {"settings.x": "a\nb"}, "settings.x", "control character"),
        ("extension/1", PHONE | {"settings.x": "y" * 1200}, "settings.x", "1,200 bytes"),
        ("extension/1", PHONE | {"settings.x": "${SHELL(x)}"}, "settings.x", "evaluate"),
        ("extension/1", PHONE | {"name": "ü" * 39 + "x"}, None, ""),
        ("extension/1", PHONE | {"name": "ü" * 40}, "name", f'than "{"ü" * 39}"'),
        ("extension/1", PHONE | {"name": "ü" * 40, "caller_id.name": "Ü"}, None, ""),
        ("extension/1", PHONE | {"name": "x", "caller_id.name": "ü" * 40}, "caller_id.name", "79"),
        ("paging_group/7", {"name": "x", "members": LONG[:292]}, None, ""),
        ("paging_group/7", {"name": "x", "members": LONG}, "members", "7,900 bytes"),
        ("extension/1", PHONE | {"name": "😀" * 255}, "name", "bytes"),
        ("extension/1", PHONE | {"forward.always": "lodge:1001"}, "forward.always", "another PBX"),
        ("ring_group/6", GROUP | {"caller_id_prefix": "${X}"}, "caller_id_prefix", "evaluate"),
        ("ring_group/6", GROUP | {"caller_id_prefix": "$[1+1]"}, "caller_id_prefix", "evaluate"),
        ("ring_group/6", GROUP | {"no_answer": "lodge:extension/1"}, "no_answer", "another PBX"),
        ("trunk/a", TRUNK | {"from_user": "${X}"}, "from_user", "evaluate"),
        ("trunk/a", TRUNK | {"username": "> x"}, None, ""),
        ("outbound_route/a", ROUTE | {"caller_id.name": "${X}"}, "caller_id.name", "evaluate"),
        ("outbound_route/a", ROUTE | {"classes": ["a b"]}, "classes", "context"),
        (
            "outbound_route/a",
            ROUTE | {"patterns": [{"match": "9X.", "prepend": "1w"}]},
            "patterns", "pause",
        ),
        ("inbound_route/any", {"destination": "hangup", "alert_info": "$[1]"}, "alert_info", "ev"),
        ("conference/7", {"name": "x", "wait_for_leader": True}, "wait_for_leader", "admin_pin"),
        ("music/x", {"mode": "stream", "url": "https://x.example"}, "mode", "player"),
        (
            "day_night/x",
            {"day": "hangup", "night": "hangup", "pin": Secret("store:x")},
            "pin", "number",
        ),
    ],
)  # fmt: skip
def test_refused(address: str, fields: dict[str, Value], path: str | None, says: str) -> None:
    found = problems(address, fields)
    if path is None:
        assert found == []
    else:
        assert found
        assert found[0][0] == path
        assert says in found[0][1]


@pytest.mark.parametrize(
    "name",
    ["O'Neill-Ångström", 'The "Boss"', "a;b", "[x]", "50% $9", "${EXTEN}", "$[1+1]", "日本 太郎",
     "a,b|c", "> first", "back\\slash", " padded "],
)  # fmt: skip
def test_names_of_people_are_free(name: str) -> None:
    assert problems("extension/1", PHONE | {"name": name}) == []


@pytest.mark.parametrize("address", sorted(office()), ids=str)
def test_the_office_is_fine(address: object) -> None:
    assert check(resource(address, office()[address]), SETUP) == []  # type: ignore[arg-type, index]


def test_a_long_list_is_fine_where_it_is_split() -> None:
    members = [f"{1000 + number}" for number in range(200)]
    for strategy in ("ringall", "memoryhunt", "random", "rrmemory"):
        assert problems("ring_group/6", GROUP | {"members": members, "strategy": strategy}) == []
    assert problems("paging_group/6", {"name": "x", "members": members}) == []
