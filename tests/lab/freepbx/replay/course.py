"""The course of the recordings: which file came after which, and what happened unrecorded between.

The 17 and the 16 were recorded each on one system, so state goes from one file to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.lab.freepbx.replay.session import Session

Step = Callable[[Session], Any]


@dataclass(frozen=True)
class Part:
    """A file, or some of its exchanges, and what comes before each of them."""

    file: str
    first: int = 0
    last: int | None = None
    before: Step | None = None
    within: dict[str, Step] = field(default_factory=dict)
    """By the case that it comes before."""


def _graph(session: Session, query: str, **variables: Any) -> None:
    session.client.data(query, **variables)


def nobody_is_administrator(session: Session) -> None:
    session.emulator.pbx.tables.delete("ampusers")


def web_login(session: Session) -> None:
    session.client.http.cookies.clear()
    session.client.log_in()


def login_of_the_recording(session: Session) -> None:
    form = {"username": "admin", "password": "example-password"}
    session.client.http.post("/admin/config.php", data=form)
    row = session.emulator.pbx.tables.row("sip", id="1003", keyword="secret")
    assert row is not None
    secret = "e57002295d9348fcf3bdefca6fd30b62"  # The one of the recording, which its form sends.
    session.emulator.pbx.tables.change(row, "sip", data=secret)


def wait_for_reload(session: Session) -> None:
    """Time passes between recorded polls."""
    reloads = session.emulator.pbx.reloads
    for reload in reloads.all.values():
        if reload.ends_at is not None:
            reload.ends_at = 0.0
    reloads.settle()


def asterisk(up: bool) -> Step:
    def switch(session: Session) -> None:
        session.emulator.pbx.asterisk_is_up = up

    return switch


def cleaned_up(session: Session) -> None:
    """What the tries with ring groups and inbound routes had left was removed, then forms began."""
    for number in (603, 1001):
        query = f"mutation {{ deleteRingGroup(input:{{groupNumber:{number}}}) {{ status }} }}"
        _graph(session, query)
    _graph(session, 'mutation { removeInboundRoute(input:{id:"abc/"}) { status } }')
    web_login(session)


def bulk_import(session: Session) -> None:
    """1200 and 1201 came over the command line."""
    for number, name, pin in (("1200", "Bulk Betty 2", "1"), ("1201", "Bulk Bill", None)):
        given = {"extensionId": number, "name": name, "email": "", "umEnable": False}
        if pin:
            given |= {"vmEnable": True, "vmPassword": pin}
        query = "mutation($i: addExtensionInput!) { addExtension(input:$i) { status } }"
        _graph(session, query, i=given)


def before_rest(session: Session) -> None:
    bulk_import(session)
    session.emulator.pbx.tables.needs_reload = False


def settings_by_hand(session: Session) -> None:
    """Somebody set these on 1002 in the database, to see what an update leaves of them."""
    tables = session.emulator.pbx.tables
    user = tables.row("users", extension="1002")
    assert user is not None
    lost = {"noanswer_dest": "ext-local,1003,1", "busy_dest": "app-blackhole,hangup,1"}
    tables.change(user, "users", **lost)
    for keyword, data in (
        ("allow", "ulaw&alaw"),
        ("direct_media", "no"),
        ("transport", "0.0.0.0-tcp"),
    ):
        row = tables.row("sip", id="1002", keyword=keyword)
        assert row is not None
        tables.change(row, "sip", data=data)


def tokens_expire(session: Session) -> None:
    session.token()
    session.emulator.api.tokens.expire()


def new_tokens(session: Session) -> None:
    session._tokens.clear()
    session.client._token = ""


RELOADS: dict[str, Step] = {
    "poll at 4.6s": wait_for_reload, "end of A": wait_for_reload, "final status": wait_for_reload,
    "status": wait_for_reload, "status of the reload started earlier": wait_for_reload,
}  # fmt: skip

DOWN: dict[str, Step] = {
    **RELOADS,
    "asterisk down: list": asterisk(up=False), "asterisk back: details": asterisk(up=True),
    "Asterisk down": asterisk(up=False), "Asterisk back: is 2001 still there?": asterisk(up=True),
}  # fmt: skip

COURSE_17 = [
    Part("introspection-standard-fails"),
    Part("token-ok"),
    Part("token-errors"),
    Part("gql-transport-errors"),
    Part("extension-add", within=RELOADS),
    Part("extension-fetch"),
    Part("extension-update", within={"update: name only": settings_by_hand}),
    Part("extension-add-range"),
    Part("extension-delete"),
    Part("core-device-user"),
    Part("inbound-routes"),
    Part("ring-groups"),
    Part("follow-me"),
    Part("voicemail"),
    Part("announcements"),
    Part("blacklist"),
    Part("advanced-settings"),
    Part("system"),
    Part("doreload", within=RELOADS),
    Part("web-trunks", before=cleaned_up),
    Part("web-outbound-routes"),
    Part("web-queues"),
    Part("web-time-conditions"),
    Part("web-daynight"),
    Part("web-paging"),
    Part("web-ivr"),
    Part("web-announcement"),
    Part("web-conference"),
    Part("web-ajax-reads"),
    Part("web-ring-groups"),
    Part("web-extensions", 0, 3),
    Part("web-bulk-export"),
    Part("web-api-application"),
    Part("web-apply-config"),
    Part("rest", before=before_rest, within=RELOADS),
    Part("token-expired", before=tokens_expire),
    Part("doreload-failures", before=new_tokens, within=DOWN),
    Part("scopes"),
    Part("scale"),
    Part("web-login", before=nobody_is_administrator),
    Part("extension-update-failures", within=DOWN),
    Part("web-extensions", 3, before=login_of_the_recording),
]
COURSE_16 = [
    Part("v16/token-ok"),
    Part("v16/token-errors"),
    Part("v16/gql-transport-errors"),
    Part("v16/introspection-standard"),
    Part("v16/extension-update", within={"update: name only": settings_by_hand}),
    Part("v16/inbound-routes"),
    Part("v16/ring-groups"),
]
