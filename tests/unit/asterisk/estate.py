"""A small office that uses every kind: the objects of the golden files."""

from reconciler.kinds.ring_group import Strategy
from reconciler.model.address import Address
from reconciler.model.secret import Clear
from reconciler.model.value import Value
from tests.unit.asterisk.make import at

STRATEGIES: tuple[str, ...] = Strategy.__args__  # type: ignore[attr-defined]

OFFICE: dict[str, dict[str, Value]] = {
    "extension/1001": {
        "name": 'Ada "Zed" O\'Neill-Ångström, Sales',
        "secret": Clear("sip-1001"),
        "voicemail.email": "ada@example.com",
        "voicemail.pin": Clear("1234"),
        "outbound_caller_id.number": "+16035550101",
        "emergency_caller_id": "+16035550911",
        "codecs": ["g722", "alaw"],
        "dtmf": "rfc4733",
        "settings.language": "de",
    },
    "extension/1002": {
        "name": "Ben",
        "secret": Clear("sip-1002"),
        "max_contacts": 3,
        "call_waiting": False,
        "class_of_service": "boss",
        "forward.busy": "1001",
        "follow_me.targets": ["1001", "+16035550155"],
        "follow_me.confirm": True,
    },
    "extension/1003": {"name": "Forwarded", "forward.always": "1001"},
    "trunk/alpha": {
        "host": "sip.example.com",
        "mode": "register",
        "username": "acct42",
        "secret": Clear("trunk-secret"),
        "channels": 10,
        "outbound_caller_id.number": "+16035550100",
    },
    "trunk/beta": {
        "host": "192.0.2.7",
        "port": 5070,
        "transport": "tcp",
        "mode": "ip",
        "match": ["192.0.2.0/24"],
        "srtp": "required",
        "from_domain": "example.net",
    },
    "queue/700": {
        "name": "Support",
        "strategy": "rrmemory",
        "members": [{"extension": "1001"}, {"extension": "1002", "penalty": 1}],
        "max_wait": 60,
        "announce": "closed",
        "music": "calm",
        "no_answer": "voicemail/1001",
    },
    "ivr/main": {
        "number": "800",
        "announcement": "closed",
        "options": {"1": "queue/700", "22": "ring_group/600"},
        "direct_dial": True,
        "on_timeout": "extension/1001",
    },
    "schedule/hours": {
        "timezone": "America/New_York",
        "open": ["Mon-Fri 08:00-12:00, 13:00-17:30", "Sat 22:00-02:00"],
        "closed_on": ["public"],
        "closed_days": ["2026-11-26", "2026-12-24 13:00-24:00", "2026-12-25"],
        "open_to": "ivr/main",
        "closed_to": "announcement/closed",
        "override_code": "*55",
    },
    "announcement/closed": {"file": "custom/closed", "then": "voicemail/1001", "repeat_key": "9"},
    "inbound_route/+16035550100": {
        "destination": "schedule/hours",
        "caller_id_prefix": "Sales: ",
        "alert_info": "<http://127.0.0.1>;info=ring3",
    },
    "inbound_route/+16035550100@+16035550155": {"destination": "extension/1001"},
    "inbound_route/any": {"destination": "hangup", "trunk": "alpha"},
    "outbound_route/national": {
        "order": 20,
        "patterns": [
            {"match": "9NXXXXXXXXX", "strip": 1, "prepend": "+1"},
            {"match": "+1X.", "caller_id": "10XX"},
        ],
        "trunks": ["alpha", "beta"],
        "caller_id.number": "+16035550199",
        "max_duration": 3600,
    },
    "outbound_route/world": {
        "order": 30,
        "patterns": [{"match": "9011.", "strip": 4, "prepend": "+"}],
        "trunks": ["beta"],
        "classes": ["boss"],
        "pin": Clear("7788"),
        "schedule": "hours",
    },
    "outbound_route/emergency": {
        "order": 90,
        "patterns": [{"match": "911"}, {"match": "9911", "strip": 1}],
        "trunks": ["alpha", "beta"],
        "emergency": True,
    },
    "day_night/night": {
        "number": "*28",
        "pin": Clear("4711"),
        "day": "ivr/main",
        "night": "voicemail/1001",
    },
    "paging_group/650": {
        "name": "All",
        "members": ["1001", "1002"],
        "multicast.address": "239.1.2.3",
        "multicast.port": 5004,
    },
    "parking_lot/710": {"name": "Lot", "slots": "711-712", "timeout_to": "ring_group/600"},
    "conference/720": {"name": "Plain", "pin": Clear("1111"), "max_members": 10},
    "conference/721": {
        "name": "Led",
        "pin": Clear("1111"),
        "admin_pin": Clear("2222"),
        "wait_for_leader": True,
        "announcement": "closed",
    },
    "music/calm": {"sort": "random"},
    "blocklist/+1900*": {},
    "blocklist/anonymous": {"destination": "announcement/closed"},
} | {
    f"ring_group/60{number}": {
        "name": f"Group {strategy}",
        "strategy": strategy,
        "members": ["1001", "1002", "+16035550155"],
        "no_answer": "voicemail/1001",
    }
    for number, strategy in enumerate(STRATEGIES)
} | {
    "ring_group/610": {
        "name": "Everything",
        "members": ["1001", "1002"],
        "skip_busy": True,
        "confirm": True,
        "recording": True,
        "caller_id_prefix": "Desk: ",
        "ring_time": 15,
    }
}  # fmt: skip


def office() -> dict[Address, dict[str, Value]]:
    """Return the office's objects by address."""
    return {at(text): dict(fields) for text, fields in OFFICE.items()}
