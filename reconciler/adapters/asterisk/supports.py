"""What plain Asterisk holds of each kind, how, and what it does not: the support matrix."""

from collections.abc import Mapping
from typing import Final

from reconciler.adapter import Support

REAL: Final = ("Asterisk 22.10 (Debian), with calls",)


def _all() -> tuple[Support, ...]:
    return (
        Support(
            "extension",
            how="PJSIP endpoint, auth and aor; a context of its own that rings, forwards and goes "
            "to voicemail; a hint; a line of voicemail.conf",
            defaults={"voicemail.enabled": False},
            switches={"voicemail.enabled": ("voicemail", "mailbox_context")},
            unreadable=frozenset({"voicemail.pin"}),
            behind={
                "voicemail.enabled": "messages and greetings stay in the old box, for AMI moves no "
                "files: copy them by hand, in Asterisk's spool folder, from "
                "voicemail/{mailbox_context}/{old} to voicemail/{new_mailbox_context}/{new}"
            },
            notes={
                "secret": "without one there is no endpoint: nobody can register or call in the "
                "extension's name, and calls go straight to forwarding or voicemail",
                "name": "the voicemail box shows commas as blanks; voicemail.conf cannot hold them",
                "voicemail": "there is a box as soon as anything of it is declared",
                "voicemail.pin": "users change it from the phone; it is kept unless declared",
                "forward": "what is declared is in the dialplan; phones forward by themselves too; "
                "outside by the routes of the class without a PIN, never to emergency routes",
                "class_of_service": "the context rec-class-CLASS",
                "codecs": "which are spoken; in a call that is passed on, the caller's go first",
                "transport": "the PJSIP section transport-NAME, written by hand",
                "call_waiting": "false: a second call finds the extension busy",
                "settings": "options of the endpoint; set_var.NAME gives its calls a variable",
            },
            unshown=frozenset(
                {
                    "voicemail.email",
                    "voicemail.attach",
                    "voicemail.delete_after_email",
                    "transport",
                    "dtmf",
                    "mailbox_context",
                }
            ),
            proved=REAL,
        ),
        Support(
            "trunk",
            how="PJSIP endpoint, aor, auth, identify and registration (line=yes); a subroutine "
            "that dials through it; calls in both directions are counted",
            notes={
                "channels": "counts calls in both directions; limits those that go out, but not "
                "calls for help; of trunks with one address a call that comes in counts for the "
                "one that its inbound route or the user called names, else for the first",
                "match": "the host when unset; the endpoint is found by address only; names are "
                "looked up at each reload, not in between",
                "outbound_caller_id": "numbers are sent as they are written, in From; in "
                'P-Asserted-Identity too with settings: {send_pai: "yes"}; who calls in is taken '
                'from such a header with settings: {trust_id_inbound: "yes"}',
                "qualify": "asked each minute; nothing leaves over a carrier that does not answer, "
                "and routes go on at once. Until that is seen, and with qualify: false, a call "
                "waits 32 s (timer_b in pjsip.conf) before it goes on",
                "registration": "what the carrier refuses is tried again after 5 minutes",
                "carrier": "kept beside the configuration, for people and rules",
                "enabled": "false: neither registration nor identify, and nothing goes out",
                "settings": "options of the endpoint",
            },
            unshown=frozenset(
                {
                    "transport",
                    "auth_user",
                    "from_domain",
                    "outbound_proxy",
                    "registration.expiry",
                    "registration.retry",
                    "registration.contact_user",
                    "codecs",
                    "dtmf",
                    "srtp",
                }
            ),
            proved=REAL,
        ),
        Support(
            "ring_group",
            how="Dial in the order of the strategy; the caller hears ringing, and is not charged "
            "before somebody answers",
            notes={
                "strategy": "ringall: all at once; ringall-prim: the same, but nobody rings while "
                "the first member is on a call; hunt: one after the other; firstavail: the first "
                "that is registered and would take a call; firstnotonphone: "
                "the first that is not on a call; memoryhunt: 1, then 1+2, then 1+2+3; random: "
                "one after the other in a new order for each call; rrmemory: begins after the last "
                "who rang; rrordered: begins one further for each call (remembered in AstDB)",
                "members": "outside numbers take the outbound routes without a PIN",
                "recording": "MixMonitor, into the spool's monitor folder",
            },
            proved=REAL,
        ),
        Support(
            "queue",
            how="a queue of queues.conf, and a context that answers and enters it",
            notes={
                "members": "static; who is added by `reconciler queues` or by dialplan of yours is "
                "not touched; there is no code that logs agents in",
                "strategy": "Asterisk's own of the same name; calls went by linear, the others "
                "are only loaded",
                "recording": "MixMonitor, into the spool's monitor folder",
                "settings": "options of the queue",
            },
            unshown=frozenset(
                {
                    "wrap_up",
                    "announce_position",
                    "announce_hold_time",
                    "announce_every",
                    "leave_empty",
                    "weight",
                }
            ),
            proved=REAL,
        ),
        Support(
            "ivr",
            how="a context whose extensions are the options",
            notes={"direct_dial": "extensions only: no feature codes, no way out"},
            proved=REAL,
        ),
        Support(
            "schedule",
            how="STRFTIME in the schedule's zone against closed days and hours, at call time",
            notes={
                "closed_on": "the calendars' days are written out by date",
                "timezone": "needs the zone files of the PBX's host (tzdata): asked before a "
                "schedule is written, and by `doctor`",
                "override_code": "dialled once: the opposite of now; dialled again: the hours "
                "(remembered in AstDB, with a lamp)",
            },
            proved=REAL,
        ),
        Support(
            "announcement",
            how="Playback or ControlPlayback, then on",
            unheld={"sha256": "Asterisk does not tell the hash of a file"},
            notes={"file": "has to be there: AMI cannot upload recordings"},
            proved=REAL,
        ),
        Support(
            "inbound_route",
            how="a context per trunk that knows the DIDs (with and without +, 00 and the national "
            "form), and a context per route",
            notes={
                "alert_info": "header on the legs to phones",
                "trunk": "trunks whose calls come from one address count as one: Asterisk takes "
                "their calls for the first one's",
                "recording": "MixMonitor, into the spool's monitor folder",
            },
            proved=REAL,
        ),
        Support(
            "outbound_route",
            how="a context with the patterns, included in the order of the routes; trunks one "
            "after the other",
            notes={
                "trunks": "the next one takes over what a carrier cannot take: 403, 404, 408 and "
                "487 before it rang, 410, 483, 484, 488, 5xx, no answer to SIP; what is said of "
                "the person called is final: busy (486, 600), declined (603, 604, 607, 608), not "
                "there (480), rang in vain. Calls for help go on after everything but an answer",
                "order": "emergency routes stand before everything, whatever their order",
                "schedule": "outside the hours the call ends; it does not go to the next route",
                "pin": "Authenticate, which answers the call first",
                "caller_id": "extension's own, then route's, then trunk's",
                "patterns": "a pattern's caller_id is held against the extension that calls, not "
                "against the number that others see of it: the one that forwards; else the phone "
                "that dials, or is sent on; for an outside caller who is sent on, who did that",
            },
            proved=REAL,
        ),
        Support(
            "day_night",
            how="a memory in AstDB that a feature code flips, with a lamp",
            unreadable=frozenset({"pin"}),
            notes={
                "state": "the position until somebody flips it, and again when another is "
                "declared; users' flips stay in AstDB and are not read back",
            },
            proved=REAL,
        ),
        Support(
            "paging_group",
            how="Page, with headers that make phones answer by themselves",
            notes={
                "members": "the first registered phone of each extension",
                "multicast": "MulticastRTP (modules chan_rtp and res_rtp_multicast; `doctor` asks "
                "for them)",
            },
            unshown=frozenset({"timeout"}),
            proved=REAL,
        ),
        Support(
            "parking_lot",
            how="a lot of res_parking.conf, and a context that parks and picks up",
            unshown=frozenset({"announce_slot"}),
            proved=REAL,
        ),
        Support(
            "conference",
            how="ConfBridge with profiles of its own",
            notes={
                "admin_pin": "with it, both PINs are asked once, in the dialplan",
                "announce_join_leave": "who joins is asked for a name first, as Asterisk has it",
            },
            unshown=frozenset({"announce_join_leave", "wait_for_leader"}),
            proved=REAL,
        ),
        Support(
            "music",
            how="a class of musiconhold.conf",
            unheld={"url": "streams need a player program on the PBX's host"},
            notes={
                "directory": "below Asterisk's data folder unless it begins with /; moh/KEY when "
                "unset",
                "files": "whole paths, without ending",
            },
            unshown=frozenset({"announcement", "sort"}),
            proved=REAL,
        ),
        Support(
            "blocklist",
            how="looked up by every inbound route before anything else",
            proved=REAL,
        ),
    )


SUPPORTS: Final[Mapping[str, Support]] = {each.kind: each for each in _all()}
"""Support by kind."""
