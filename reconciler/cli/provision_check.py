"""`reconciler provision check`: an address, fetched as a phone would; what it gets, and why."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.exits import DONE, ERROR
from reconciler.cli.provided import Provided, path_option, provided
from reconciler.errors import WorkspaceError
from reconciler.workspace import signing_keys

if TYPE_CHECKING:
    from reconciler.provisioning.access import AccessPolicy
    from reconciler.provisioning.records import Access
    from reconciler.provisioning.trial import Trial

_DEADLINE_S = 15


@dataclass(frozen=True, slots=True)
class _Got:
    """What came back. `source` is the address that we asked from."""

    status: int
    reason: str
    etag: str
    media_type: str
    size: str
    source: str


@click.command("check")
@click.argument("url")
@click.option(
    "--cacert", type=click.Path(exists=True, dir_okay=False),
    help="Believe these authorities (PEM) instead of the system's.",
)  # fmt: skip
@click.option(
    "--from", "source", metavar="ADDRESS",
    help="Explain as if it were asked from here; the address that this machine asks from.",
)  # fmt: skip
@path_option
def command(url: str, cacert: str | None, source: str | None, paths: tuple[Path, ...]) -> int:
    """Fetch URL as the phone would that it is for; say what it gets and why not.

    It only looks (HEAD): no link is used up, no token ends, and no phone's status changes. Where a
    password is asked for, the published one is used. The reasons come from the published store;
    the server itself tells nobody. Ends with 1 unless the published file is what it gets.
    """
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from reconciler.provisioning.access import policy_of
    from reconciler.provisioning.trial import try_out
    from reconciler.provisioning.watch import Watch

    if not url.startswith(("http://", "https://")):
        raise click.UsageError(f'"{url}" is no address of a server: https://...')
    with provided(paths) as ready, ThreadPoolExecutor(1) as executor:
        policy = policy_of(ready.fields)
        watch = Watch(ready.store, policy, signing_keys(ready.fields, ready.secrets), executor)
        asyncio.run(watch.current())

        def tried(place: str) -> "Trial":
            return try_out(url, place, watch.devices, watch.tokens, policy,
                           watch.rotation.keys, ready.store.admissions.now())  # fmt: skip

        trial = tried(source or "")
        access = ready.store.access(trial.device.address) if trial.known else None
        got = _fetch(url, trial, access, policy, cacert)
        trial = tried(source or got.source)
        lines, good = _report(url, trial, got, policy, source or got.source, ready)
    click.echo("\n".join(lines))
    return DONE if good else ERROR


def _fetch(
    url: str, trial: "Trial", access: "Access | None", policy: "AccessPolicy", cacert: str | None
) -> _Got:
    import httpx

    from reconciler.provisioning.trial import agent_for, masked

    device = trial.device
    agent = agent_for(device.vendor, device.model, device.mac) if device.mac else ""
    auth = (
        httpx.DigestAuth(access.username, access.password)
        if access is not None and access.password and policy.challenges
        else None
    )
    try:
        verify = ssl.create_default_context(cafile=cacert)
        with (
            httpx.Client(verify=verify, timeout=_DEADLINE_S, trust_env=False) as client,
            client.stream(
                "HEAD", url, auth=auth, headers={"User-Agent": agent or "reconciler-check"}
            ) as reply,
        ):
            stream = reply.extensions["network_stream"]
            source = stream.get_extra_info("client_addr") or ("",)
            given = reply.headers.get
            return _Got(
                reply.status_code, reply.reason_phrase, given("etag", "").strip('"'),
                given("content-type", ""), given("content-length", ""), str(source[0]),
            )  # fmt: skip
    except (httpx.HTTPError, ssl.SSLError, OSError) as failure:
        raise WorkspaceError(
            f"{masked(url, trial.asked)}: no answer: {failure or type(failure).__name__}",
            hint="is the server running, and is its certificate known here (--cacert FILE)?",
        ) from None


def _report(
    url: str, trial: "Trial", got: _Got, policy: "AccessPolicy", source: str, ready: Provided
) -> tuple[Sequence[str], bool]:
    from reconciler.provisioning.trial import masked

    device, file = trial.device, trial.file
    lines = [masked(url, trial.asked)]

    def say(what: str, text: str) -> None:
        lines.append(f"  {what:10} {text}")

    if not trial.known:
        say("whose", "nobody's: no published device has this MAC, token or user name")
    else:
        off = "" if device.enabled else ", switched off"
        say("whose", f"{device.address}{f' ({device.mac})' if device.mac else ''}{off}")
    if file is not None:
        say("published", f"{file.name}, {file.size:,} bytes, since {file.published_at}")
    elif trial.known:
        names = ", ".join(sorted(device.files)) or "nothing"
        say("published", f"no file of this name; there are: {names}")
    # Where passwords are taken, only who has shown one is told that there is no such file.
    passed = policy.challenges and got.status in (HTTPStatus.OK, HTTPStatus.NOT_FOUND)
    for requirement, shown in trial.shown.items():
        met = shown or (passed and "digest" in requirement)
        note = f" (asked from {source})" if "subnet" in requirement else ""
        if trial.ended and "token" in requirement and not met:
            note += f" (the token was {trial.ended})"
        say("shows", f"{requirement}: {'yes' if met else 'no'}{note}")
    size = f", {int(got.size):,} bytes" if got.size.isdecimal() else ""
    same = file is not None and got.etag.removesuffix("-gzip") == file.etag
    good = got.status == HTTPStatus.OK and same
    what = "the published file" if good else "another file than is published here"
    told = f": {what}" if got.status == HTTPStatus.OK else ""
    say("answer", f"{got.status} {got.reason}{size}{told}")
    if not good:
        say("why", _why(trial, got, policy, passed=passed))
    return lines, good


def _why(trial: "Trial", got: _Got, policy: "AccessPolicy", *, passed: bool) -> str:
    if got.status == HTTPStatus.OK:
        return "the server that answered has another published store, or is none of ours"
    if got.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return "the server cannot read its published store, or has too many connections"
    if got.status not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND):
        return "no answer that this server gives: another program, or a proxy in between"
    if not trial.decision.allowed and not passed:
        digest = any("digest" in each for each in policy.require)
        if digest and trial.known and trial.device.login is None:
            return f"{trial.decision.reason}; no password is published for it"
        return trial.decision.reason
    if trial.file is None:
        return "it may fetch, and there is no such file"
    return (
        "by what is published here it may have the file: the server has another store, sees us at "
        "another address, or was begun with another provisioning section"
    )
