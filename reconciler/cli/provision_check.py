"""`reconciler provision check`: an address, fetched as a phone would; what it gets, and why."""

import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from reconciler.cli.exits import DONE, ERROR
from reconciler.cli.options import json_option, path_option
from reconciler.cli.provided import Provided, provided
from reconciler.errors import WorkspaceError
from reconciler.workspace import firmware_folder, signing_keys

if TYPE_CHECKING:
    from reconciler.provisioning.serving.access import AccessPolicy
    from reconciler.provisioning.serving.trial import Trial
    from reconciler.provisioning.serving.watch import Watch
    from reconciler.provisioning.store.records import Access

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


class _Offer(NamedTuple):
    """A file that could be meant."""

    name: str
    size: int
    etag: str
    published_at: str


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told of an address; its fields are the JSON's."""

    url: str
    device: str | None
    mac: str | None
    enabled: bool
    file: str | None
    size: int | None
    published_at: str | None
    files: list[str]
    source: str
    shown: Mapping[str, bool]
    ended: str
    status: int
    reason: str
    given: int | None
    good: bool
    why: str


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
@json_option
@path_option
def command(
    url: str, cacert: str | None, source: str | None, as_json: bool, paths: tuple[Path, ...]
) -> int:
    """Fetch URL as the phone would that it is for; say what it gets and why not.

    It only looks (HEAD): no link is used up, no token ends, and no phone's status changes. Where a
    password is asked for, the published one is used. The reasons come from the published store;
    the server itself tells nobody. Ends with 1 unless the published file is what it gets.
    """
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from reconciler.provisioning.serving.access import policy_of
    from reconciler.provisioning.serving.trial import try_out
    from reconciler.provisioning.serving.watch import Watch

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
        told = _judge(url, trial, got, policy, source or got.source, _offered(trial, watch, ready))
    if as_json:
        said = {"version": 1, "command": "provision check", **asdict(told)}
        click.echo(json.dumps(said, indent=1))
    else:
        _show(told)
    return DONE if told.good else ERROR


def _offered(trial: "Trial", watch: "Watch", ready: Provided) -> list[_Offer]:
    """Return what may be given under this name: the device's own, for all, firmware."""
    from reconciler.provisioning.serving.firmware import Firmware, etag_of

    name = trial.asked.name
    own = [trial.file] if trial.file is not None else []
    common = [each[name] for each in watch.devices.shared.values() if name in each]
    offers = [_Offer(each.name, each.size, each.etag, each.published_at) for each in own + common]
    image = Firmware(firmware_folder(ready.fields, ready.at)).find(name)
    if image is not None:
        found = image.stat()
        offers.append(_Offer(image.name, found.st_size, etag_of(found), ""))
    return offers


def _fetch(
    url: str, trial: "Trial", access: "Access | None", policy: "AccessPolicy", cacert: str | None
) -> _Got:
    import httpx

    from reconciler.provisioning.serving.trial import agent_for, masked

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
            hint="phones that check it turn away, too: renew it; the server takes it in by itself"
            if "expired" in str(failure)
            else "is the server running, and is its certificate known here (--cacert FILE)?",
        ) from None


def _judge(
    url: str, trial: "Trial", got: _Got, policy: "AccessPolicy", source: str,
    offered: Sequence[_Offer],
) -> _Told:  # fmt: skip
    from reconciler.provisioning.serving.trial import masked

    # Where passwords are taken, only who has shown one is told that there is no such file.
    passed = policy.challenges and got.status in (HTTPStatus.OK, HTTPStatus.NOT_FOUND)
    shown = {each: met or (passed and "digest" in each) for each, met in trial.shown.items()}
    etag = got.etag.removesuffix("-gzip")
    given = next((each for each in offered if each.etag == etag), None)
    good = got.status == HTTPStatus.OK and given is not None
    offer = given or next(iter(offered), None)
    device = trial.device
    return _Told(
        masked(url, trial.asked),
        str(device.address) if trial.known else None,
        (device.mac or None) if trial.known else None,
        device.enabled,
        offer.name if offer else None,
        offer.size if offer else None,
        offer.published_at if offer else None,
        sorted(device.files),
        source,
        shown,
        trial.ended,
        got.status,
        got.reason,
        int(got.size) if got.size.isdecimal() else None,
        good,
        "" if good else _why(trial, got, policy, offered, passed=passed),
    )


def _show(told: _Told) -> None:
    def say(what: str, text: str) -> None:
        click.echo(f"  {what:10} {text}")

    click.echo(told.url)
    if told.device is None:
        say("whose", "nobody's: no published device has this MAC, token or user name")
    else:
        off = "" if told.enabled else ", switched off"
        say("whose", f"{told.device}{f' ({told.mac})' if told.mac else ''}{off}")
    if told.file is not None:
        since = f", since {told.published_at}" if told.published_at else ", firmware"
        say("published", f"{told.file}, {told.size:,} bytes{since}")
    elif told.device is not None:
        say("published", f"no such file; there are: {', '.join(told.files) or 'none'}")
    for requirement, met in told.shown.items():
        note = f" (asked from {told.source})" if "subnet" in requirement else ""
        if told.ended and "token" in requirement and not met:
            note += f" (the token was {told.ended})"
        say("shows", f"{requirement}: {'yes' if met else 'no'}{note}")
    size = f", {told.given:,} bytes" if told.given is not None else ""
    what = ": the published file" if told.good else ""
    if told.status == HTTPStatus.OK and not told.good:
        what = ": another file than is published here"
    say("answer", f"{told.status} {told.reason}{size}{what}")
    if told.why:
        say("why", told.why)


def _why(
    trial: "Trial", got: _Got, policy: "AccessPolicy", offered: Sequence[_Offer], *, passed: bool
) -> str:
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
    if not offered:
        return "it may fetch, and there is no such file"
    return (
        "by what is published here it may have the file: the server has another store, sees us at "
        "another address, or was begun with another provisioning section"
    )
