"""Commands, options and words that people know from other tools, and what there is here instead."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

_DESTROY: Final = (
    "What leaves the files is deleted by the next `reconciler apply`; to keep it on the PBX, write "
    "`removed: [{address: ADDRESS, destroy: false}]`."
)
_FRESH: Final = (
    "What differs from the files is written by the next `reconciler apply`; a generated password "
    "is made anew after `reconciler secrets rm NAME`."
)
_CHECK: Final = "`reconciler validate` looks at files alone, `reconciler plan` at the PBXs as well."
_APPLY: Final = "It is `reconciler apply`."
_SAY: Final = "`reconciler explain WORD` knows codes, kinds, fields and addresses."
COMMANDS: Final[Mapping[str, str]] = {
    "check": _CHECK,
    "create": "Write it into a file; `reconciler apply` creates it.",
    "delete": _DESTROY,
    "deploy": _APPLY,
    "describe": _SAY,
    "destroy": _DESTROY,
    "diff": "It is `reconciler plan`; what others changed says `reconciler drift`.",
    "down": _DESTROY,
    "force-unlock": "It is `reconciler unlock --force`.",
    "format": "It is `reconciler fmt`.",
    "get": "`reconciler status` says what is there; `reconciler explain ADDRESS` knows one object.",
    "graph": "What needs what is found out, and `reconciler plan` says whom it hits.",
    "help": "It is `reconciler --help`, or `reconciler plan --help` of one command.",
    "lint": _CHECK,
    "list": "`reconciler status` says what is ours.",
    "logs": "`reconciler history` lists runs, `reconciler history RUN` shows one.",
    "output": "What is there is in `reconciler status --json`, and phones' files in "
    "`reconciler render`.",
    "preview": "It is `reconciler plan`.",
    "providers": "`reconciler adapters` lists them.",
    "refresh": "`reconciler drift` looks; `reconciler apply --refresh-only` accepts what others "
    "changed.",
    "reload": "`reconciler apply` reloads what it has written, once; what waits to be loaded is in "
    "`reconciler status`.",
    "run": _APPLY,
    "state": "`reconciler status` says what is ours. In place of mv write `moved: [{from: ADDRESS, "
    "to: ADDRESS}]`, of rm `removed: [{address: ADDRESS, destroy: false}]`.",
    "sync": _APPLY,
    "taint": _FRESH,
    "test": "`reconciler lab up --once` lets pretend phones take your files and register.",
    "undo": "It is `reconciler rollback`.",
    "untaint": _FRESH,
    "up": _APPLY,
    "update": _APPLY,
    "vault": '`reconciler secrets` keeps secrets; files say `{secret: "store:NAME"}`.',
    "version": "It is `reconciler --version`.",
    "workspace": "A workspace is a folder with its own inventory and journal: `reconciler init "
    "FOLDER`; `reconciler explain workspace` says what it holds.",
}
"""Name of a command that is none here -> what to do instead."""

_VALUES: Final = (
    "Values stand in the files: `defaults` for the entries of a document, `x-` keys with anchors, "
    'templates for phones. Secrets come from outside: `{secret: "env:NAME"}`.'
)
_PATHS: Final = "Files and folders are given without an option: `reconciler plan FOLDER`."
_DRY: Final = "It is `reconciler plan`, which changes nothing."
_JOURNAL: Final = (
    "The state is the journal: `--journal URL`, or `journal` at `workspace` in the files."
)
OPTIONS: Final[Mapping[str, str]] = {
    "backend-config": _JOURNAL,
    "backup": _JOURNAL,
    "chdir": _PATHS,
    "check": _DRY,
    "compact-warnings": "Warnings are always counted, and told once.",
    "debug": "Set the variable RECONCILER_DEBUG=1.",
    "destroy": _DESTROY,
    "diff": "`reconciler plan` always shows differences; `--full` folds none.",
    "directory": _PATHS,
    "dry-run": _DRY,
    "extra-vars": _VALUES,
    "file": _PATHS,
    "filename": _PATHS,
    "force": "Nothing is forced: a safety rail is passed with `--allow RAIL --reason TEXT`.",
    "input": "Without a terminal nothing is asked; `--auto-approve` agrees beforehand.",
    "inventory": _PATHS,
    "limit": "It is `--target ADDRESS`, `--pbx NAME` or `--site NAME`.",
    "lock": "A run always takes the journal's lock: `--lock-timeout SECONDS` waits for another's, "
    "`reconciler unlock` removes one that was left behind.",
    "only": "It is `--target ADDRESS`, with * and ?.",
    "output": "`--format` says how to print, `--out FILE` of `reconciler plan` where to save.",
    "plan": "A saved plan is given without an option: `reconciler apply plan.json`.",
    "prune": _DESTROY,
    "quiet": "Print one document with `--json`, or look at the exit code.",
    "refresh": "PBXs are read by every plan: without, nobody could say what it would change.",
    "refresh-only": "To look: `reconciler drift`; to accept what others changed: `reconciler apply "
    "--refresh-only`.",
    "replace": _FRESH,
    "selector": "It is `--target ADDRESS`, with * and ?.",
    "state": _JOURNAL,
    "state-out": _JOURNAL,
    "tags": "It is `--target ADDRESS`, with * and ?.",
    "var": _VALUES,
    "var-file": _VALUES,
    "verbose": "`--full` folds nothing.",
    "yes": "`--auto-approve` agrees beforehand.",
}
"""Name of an option that is none here -> what to do instead."""
_LETTERS: Final[Mapping[str, str]] = {
    "e": "extra-vars", "f": "filename", "i": "inventory", "l": "limit", "o": "output",
    "q": "quiet", "v": "verbose", "y": "yes",
    "C": "check",
}  # fmt: skip
"""What other tools mean by a letter."""

_PROTECT: Final = "It is `protect: true`, at any entry: never deleted or replaced."


def _see(here: str, *subjects: str) -> str:
    """Return what it is here, and the commands that tell more."""
    return f"{here}: {', '.join(f'`reconciler explain {each}`' for each in subjects)}."


_ENDPOINT: Final = _see("An extension for people, a trunk for carriers", "extension", "trunk")
_HOURS: Final = _see("A schedule, and a calendar for closed days", "schedule", "calendar")
_KEY: Final = _see("A key of a phone", "phone keys")
_RING_GROUP: Final = _see("A ring group", "ring_group")
_MUSIC: Final = _see("Music", "music")
_DIALPLAN: Final = _see(
    "No lines of a dialplan are written: calls go where `destination`, `options` and the like lead",
    "inbound_route", "ivr", "outbound_route",
)  # fmt: skip
WORDS: Final[Mapping[str, str]] = {
    # Terraform, Pulumi
    "prevent destroy": _PROTECT,
    "lifecycle": f"{_PROTECT} {_see('For phones it is a field', 'phone lifecycle')}",
    "ignore changes": "It is `ignore: [FIELD]`, at any entry: left alone although declared.",
    "create before destroy": "What has to come first is found out; `reconciler plan` says who is "
    "cut off meanwhile.",
    "depends on": "What needs what is known of what the entries name; nothing has to be said.",
    "for each": "What many entries have in common is in `defaults` or in anchors (`x-` keys); "
    + _see("phones have templates", "template")
    + " From a table: `reconciler import csv`.",
    "variable": _VALUES,
    "output": COMMANDS["output"],
    "module": "Files are read from all folders; `pbx` at a document's head says whose it is. "
    + _see("What many phones have in common is a template", "template"),
    "provider": _see("The `adapter` of a PBX (`reconciler adapters` lists them)", "pbx adapter"),
    "backend": _see("The journal", "workspace journal"),
    "state": COMMANDS["state"],
    "data source": "What is not declared is left alone. To refer to it, declare it: `reconciler "
    "import PBX` writes the YAML.",
    "import block": "Declare it, and `reconciler apply` takes it over; `reconciler import PBX` "
    "writes the YAML.",
    "taint": _FRESH,
    # Ansible, Kubernetes
    "playbook": "Files say how things shall be, not what to do; `reconciler plan` finds the way.",
    "inventory": _see("PBXs and sites are entries as all others", "pbx", "site"),
    "vault": COMMANDS["vault"],
    "namespace": _see("Whose an object is, its PBX or site, is in its address", "pbx", "site"),
    "label": _see("Tags of phones", "phone tags"),
    "rollout": "Changes go to all phones at once, firmware to one phone of a model first; fewer at "
    "a time: `--target ADDRESS`. "
    + _see("When phones may restart", "policy windows"),
    # FreePBX
    "follow me": _see("Follow Me of an extension", "extension follow_me"),
    "voicemail": _see("Of an extension", "extension voicemail")
    + " Calls go there with `voicemail/1001`.",
    "did": _see("An inbound route", "inbound_route"),
    "time condition": _HOURS,
    "time group": _HOURS,
    "misc destination": "An outside number is a destination by itself: `external/+441134960100`.",
    "misc application": _see(
        "IVRs, schedules and announcements may have a number of their own", "ivr number"
    ),
    "call flow control": _see("A day/night switch", "day_night"),
    "system recording": _see("The file of an announcement", "announcement"),
    "feature code": _see("Of a PBX", "pbx feature_codes"),
    "call forward": _see("Of an extension", "extension forward"),
    "cid": _see("Caller ids", "extension caller_id", "extension outbound_caller_id"),
    "blacklist": _see("A blocked number", "blocklist"),
    "hunt group": _RING_GROUP,
    "call group": _RING_GROUP,
    "agent": _see("A member of a queue", "queue members")
    + " Who is logged in now is changed with `reconciler queues`.",
    "auto attendant": _see("An IVR", "ivr"),
    "operator": _see("Where calls go is a destination", "inbound_route destination"),
    "music on hold": _MUSIC,
    "moh": _MUSIC,
    "page group": _see("A paging group", "paging_group"),
    "intercom": _see("A paging group, or a key of a phone", "paging_group", "phone keys"),
    "parking": _see("A parking lot", "parking_lot"),
    "conference bridge": _see("A conference", "conference"),
    "blf": _KEY,
    "speed dial": _KEY,
    "device": _see("A phone, and the extension that it registers as", "phone", "extension"),
    "user": _see("An extension", "extension"),
    "apply config": "`reconciler apply` does it by itself, once. "
    + _see("What others have left pending stops a plan", "pending-reload"),
    "emergency": _see(
        "Calls for help", "outbound_route emergency", "extension emergency_caller_id",
        "no-emergency-route",
    ),
    # Asterisk
    "peer": _ENDPOINT,
    "endpoint": _ENDPOINT,
    "aor": f"{_ENDPOINT} {_see('How many phones it may have', 'extension max_contacts')}",
    "sip.conf": _ENDPOINT,
    "pjsip.conf": _ENDPOINT,
    "extensions.conf": _DIALPLAN,
    "dialplan": _DIALPLAN,
    "gosub": _DIALPLAN,
    "context": _see(
        "Who may dial what are classes, and the PBX says from which context phones dial",
        "extension class_of_service", "outbound_route classes", "pbx internal_context",
    ),
    "voicemail.conf": _see("Voicemail of an extension", "extension voicemail"),
    "queues.conf": _see("A queue", "queue"),
    "musiconhold.conf": _MUSIC,
    "register": _see("A trunk with `mode: register`", "trunk mode"),
    "sip trunk": _see("A trunk", "trunk"),
    "allow": _see("Codecs", "extension codecs"),
    "nat": _see("A phone's way through a router", "phone sip"),
}  # fmt: skip
"""A word of other tools, in small letters and singular -> what it is here."""


def meant_by(word: str) -> str | None:
    """Return what a word of other tools is here, None if it is not known."""
    bare = re.sub(r"[\s_-]+", " ", word.strip().lower())
    for each in (bare, bare.removesuffix("s"), bare.removesuffix("es"), f"{bare[:-3]}y"):
        if found := WORDS.get(each):
            return found
    return None


def instead_of(option: str, given: Sequence[str], known: Collection[str]) -> str | None:
    """Return what to say of an option that a command does not have, None if nothing is known.

    `option` is what was not understood (`--refresh-only`, or `-t` of `-target=x`), `given` the
    command line, `known` the options of the command.
    """
    name = option.lstrip("-")
    if not option.startswith("--"):
        name = next((_name(each) for each in given if _is_long(each) and name in each), name)
        if f"--{name}" in known:
            return f"Options begin with two dashes: --{name}"
    return OPTIONS.get(_LETTERS.get(name, name))


def _is_long(argument: str) -> bool:
    """Whether it is an option of more than a letter that was given one dash."""
    return argument.startswith("-") and not argument.startswith("--") and len(argument) > 2


def _name(argument: str) -> str:
    return argument.lstrip("-").partition("=")[0]
