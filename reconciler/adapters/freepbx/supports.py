"""What FreePBX holds of each kind, how, and what it does not: the support matrix."""

from collections.abc import Mapping
from typing import Final

from reconciler.adapter import Support

PROVED: Final = (
    "emulator of FreePBX 16 and 17, made from recordings of real ones (16's forms are 17's)",
)
_BY_SOURCE: Final = ("emulator, made from FreePBX's source where nothing is recorded",)
_NAME: Final = "FreePBX has one name for it, which is the key"
ONLY_NAMED: Final = "classes are made under Settings > Music on Hold; here they are only named"
_NUMBER: Final = "FreePBX reaches it by destinations; a number needs a misc application"


def _all() -> tuple[Support, ...]:
    return (
        Support(
            "extension",
            how="PJSIP extension: read by the bulk export, written by its form; over GraphQL "
            "without web credentials",
            unheld={
                "caller_id.name": "other extensions see the extension's name",
                "forward.always": "people set it from their phones (*72); no page writes it, and "
                "the API can set one but not take it back. follow_me does the same, with "
                "initial_ring: 0",
                "class_of_service": "needs a commercial module (Class of Service). Who may dial "
                "what can be said at outbound routes: patterns with a caller_id are for those "
                "extensions only, and a pin is asked of whoever dials",
            },
            defaults={
                "voicemail.enabled": False, "voicemail.attach": False, "ring_time": None,
                "dtmf": "rfc4733",
            },
            switches={"voicemail.enabled": ("voicemail", "mailbox_context")},
            # With an extension FreePBX deletes the folder of its box (source: voicemail, delUser).
            behind={
                "voicemail.enabled": "FreePBX deletes messages and greetings with the old number: "
                "before this is applied, copy them by hand, in Asterisk's spool folder, from "
                "voicemail/{mailbox_context}/{old} to voicemail/{mailbox_context}/{new}"
            },
            notes={
                "name": "at most 50 characters: FreePBX cuts what is longer",
                "caller_id.number": "CID Num Alias",
                "voicemail": "there is a box as soon as anything of it is declared; a new box "
                "without a declared PIN gets a random one",
                "ring_time": "the system's own when unset",
                "follow_me": "an existing one is left alone unless it is declared",
                "forward.busy": "Optional Destinations, Busy; instead of voicemail",
                "forward.no_answer": "Optional Destinations, No Answer and Not Reachable; instead "
                "of voicemail",
                "transport": "one that Settings > Asterisk SIP Settings has switched on",
                "settings": "the PJSIP settings of the extension's page by their names in its "
                "form, where they differ from FreePBX's own",
            },
            proved=PROVED,
        ),
        Support(
            "ring_group",
            how="ring group: over GraphQL, which changes only what it is told, or by its form",
            defaults={"no_answer": "hangup"},
            notes={
                "members": "at most 255 characters in all; outside numbers are dialled by the "
                "outbound routes",
                "name": "at most 35 characters",
                "skip_busy": "Skip Busy Agent",
            },
            proved=PROVED,
        ),
        Support(
            "inbound_route",
            how="inbound route: read by the bulk export, written by its form",
            unheld={
                "trunk": "FreePBX routes by number, whatever trunk it comes on",
                "language": "needs the module languages",
            },
            notes={"destination": "the API gives it only as a label: web credentials are needed"},
            proved=PROVED,
        ),
        Support(
            "trunk",
            how="PJSIP trunk: read by the bulk export, written by its form",
            unheld={"carrier": "FreePBX has no place for it"},
            defaults={"dtmf": "auto"},
            goes_on={"settings.continue": "on"},
            notes={
                "mode": "ip: no authentication; none: our login on outgoing calls, no registration",
                "channels": "limits calls that go out",
                "srtp": "required: SDES in every call; optional cannot be told",
                "settings": "the PJSIP settings of the trunk's page by their names in its form; "
                "`continue` (Continue if Busy): unless it is on, a call that the carrier ends with "
                "busy is not tried on the route's next trunk, not even for help",
            },
            proved=PROVED,
        ),
        Support(
            "outbound_route",
            how="outbound route: read and written by its form",
            unheld={
                "classes": "needs a commercial module (Class of Service); patterns with a "
                "caller_id are for those extensions only",
                "schedule": "only by a time group, which schedules own",
                "max_duration": "FreePBX has no place for it",
                "enabled": "FreePBX has no switch for a route",
            },
            unreadable=frozenset({"order"}),
            placed=frozenset({"order"}),
            notes={
                "order": "ours stand in the order of these numbers, others keep their places in "
                "FreePBX's list, which tells places and no numbers; one that was moved is drift "
                "(how the list goes is from FreePBX's source, not recorded)",
                "patterns": "strip and match are FreePBX's prefix and match pattern",
            },
            proved=PROVED,
        ),
        Support(
            "queue",
            how="queue with static members: read and written by its form",
            notes={
                "members": "static; who logs in by phone or is added by `reconciler queues` is "
                "left alone",
                "announce": "the recording of that announcement",
                "ring_in_use": "Skip Busy Agents",
                "settings": "fields of the queue's page by their names in its form",
            },
            proved=PROVED,
        ),
        Support(
            "ivr",
            how="IVR: read and written by its form",
            unheld={"number": _NUMBER, "digit_timeout": "FreePBX has 3 seconds for all menus"},
            notes={
                "name": "Description; the key is FreePBX's name",
                "announcement": "the recording of that announcement",
                "retries": "the same for wrong keys and for none",
            },
            proved=PROVED,
        ),
        Support(
            "announcement",
            how="announcement: listed by its page, written by its form",
            unheld={
                "name": _NAME,
                "number": _NUMBER,
                "sha256": "FreePBX does not tell the hash of a file",
                "text": "FreePBX has no place for it",
                "language": "recordings have their languages under System Recordings",
            },
            defaults={"then": "hangup"},
            notes={"file": "a system recording that is there: custom/NAME"},
            proved=PROVED,
        ),
        Support(
            "schedule",
            how="a time group and a time condition",
            unheld={
                "name": _NAME,
                "number": _NUMBER,
                "closed_on": "days of a calendar have years, which time groups do not know. What "
                "comes every year can stand under closed_days as 12-25, and so can a day of one "
                "year, until it is over",
                "holiday_to": "a time group has one way for everything that is closed",
                "override": "people set it with FreePBX's own code, *27 and the number",
                "override_code": "FreePBX gives each its own, *27 and the number",
            },
            notes={
                "open": "a group that others use as well is not changed; a new one is made",
                "closed_days": "whole days of every year; the hours of the time group leave them "
                "out",
            },
            proved=PROVED,
        ),
        Support(
            "day_night",
            how="call flow control",
            unheld={"name": _NAME, "number": "FreePBX gives each its own code, *28 and the number"},
            notes={"state": "people flip it; left alone unless it is declared"},
            proved=PROVED,
        ),
        Support(
            "paging_group",
            how="paging group: read and written by its form",
            unheld={
                "multicast": "FreePBX calls each phone; multicast needs a commercial module "
                "(Paging Pro). Phones can do without a PBX: a key of type multicast sends, what "
                "they listen to stands in their settings",
                "announcement": "FreePBX plays a recording by its number here",
                "timeout": "FreePBX has no place for it",
            },
            proved=PROVED,
        ),
        Support(
            "conference",
            how="conference: read and written by its form",
            notes={"announcement": "the recording of that announcement"},
            proved=PROVED,
        ),
        Support(
            "parking_lot",
            how="the one parking lot that FreePBX has: read and written by its form, never made or "
            "deleted",
            unheld={
                "hints": "its page has no switch for it: FreePBX always shows the slots' states",
                "announce_slot": "FreePBX always tells the slot to whoever parks",
            },
            notes={
                "name": "at most 40 characters",
                "slots": "Starting Position and Number of Slots",
                "timeout_to": "with return_to_parker, where calls go when that phone is busy",
            },
            proved=_BY_SOURCE,
        ),
        Support(
            "blocklist",
            how="blacklist entry: over ajax.php or GraphQL",
            unheld={"destination": "FreePBX has one destination for all blocked callers"},
            proved=PROVED,
        ),
        Support(
            "music",
            how="class of music on hold: only named, never written",
            unheld=dict.fromkeys(
                ("name", "mode", "directory", "files", "url", "sort", "announcement"), ONLY_NAMED
            ),
            proved=_BY_SOURCE,
        ),
    )  # fmt: skip


SUPPORTS: Final[Mapping[str, Support]] = {each.kind: each for each in _all()}

BESIDE: Final[Mapping[str, str]] = {
    "administrators": "left alone: the web pages list their names only",
    "calendars": "left alone, and so are schedules that use one",
    "certificates": "left alone",
    "feature codes": "left alone: FreePBX declines to list them",
    "misc destinations": "read, and made for external/NUMBER; never deleted (page and form as in "
    "FreePBX's source, not recorded)",
    "modules and versions": "read by doctor",
    "music on hold": "read; named by music",
    "recordings": "read; named by an announcement's file. Their sound is not",
    "SIP settings": "left alone: the API tells NAT and websockets only",
    "time groups": "read and written with the schedule that uses them",
    "User Manager": "read, and compared before and after each change of an extension",
}
"""What else there is on a FreePBX."""

NEEDS_WEB: Final = frozenset(SUPPORTS) - {"extension", "ring_group", "blocklist"}
"""Kinds that cannot be held without web credentials."""
WHY_WEB: Final = (
    "{kind} objects can only be read and written with web credentials (web: {{username, password}} "
    "in the inventory)"
)
