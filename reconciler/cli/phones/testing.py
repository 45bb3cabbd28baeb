"""`phones test-connection`: the only way a login gets into the store, and only if it opened."""

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import click

from reconciler.cli.exits import DONE, ERROR, PARTLY
from reconciler.cli.phones.choosing import Selecting, choosing_options, standing_on
from reconciler.cli.screen import look
from reconciler.device import Identity, Login, Reach, Sight
from reconciler.errors import (
    AdapterError,
    AuthenticationFailed,
    LockedOut,
    SessionTaken,
    Unreachable,
)
from reconciler.model.secret import Clear
from reconciler.phones.logins import Wire
from reconciler.phones.meant import Placed
from reconciler.transport.phone_meeting import prove_meant
from reconciler.views.terminal.page import Page
from reconciler.views.terminal.table import Cell, table

Word = Literal["connected", "identified", "unreachable", "locked_out", "refused", "error"]
STOP_AFTER: Final = 3
"""After so many wrong passwords in a row the rest is left alone: it is the password."""


@dataclass(frozen=True, slots=True)
class Tested:
    """What a test showed."""

    phone: str
    word: Word
    detail: str
    identity: Identity | None = None
    hint: str | None = None
    saved: bool = False


@click.command("test-connection")
@choosing_options
@click.option("--host", metavar="ADDRESS", help="Probe an address instead; saves nothing.")
@click.option("--vendor", metavar="NAME", help="Vendor of the phone at --host.")
@click.option("--username", metavar="NAME", default="", help="Administrator's name.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--save", is_flag=True, help="Keep the login of each phone that it opened.")
@click.option("--for-site", is_flag=True, help="With --save: for all phones of the site.")
@click.option(
    "--port", type=click.IntRange(1, 65535), metavar="PORT", help="Port of the phones' web pages.",
)  # fmt: skip
@click.option("--scheme", type=click.Choice(["https", "http"]), help="How they are reached.")
@click.option(
    "--plain-http",
    is_flag=True,
    help="Acknowledge that the password travels in the clear, for these phones.",
)
@click.option(
    "--new-certificate",
    is_flag=True,
    help="Acknowledge that these phones have other certificates now.",
)
@click.option(
    "--any-certificate", is_flag=True,
    help="Acknowledge that these phones' certificates say nothing, now and later.",
)  # fmt: skip
def test_connection(
    host: str | None, vendor: str | None, username: str, password_stdin: bool, save: bool,
    for_site: bool, port: int | None, scheme: Literal["https", "http"] | None, plain_http: bool,
    new_certificate: bool, any_certificate: bool, **given: Any,
) -> int:  # fmt: skip
    """Try a login on phones, once each, and keep it if asked.

    The password is asked for, read from standard input, or taken from the files (`credentials`).
    """
    said = Selecting(**given)
    typed = _typed(username, from_stdin=password_stdin, needed=host is not None)
    sight: Sight = "acknowledged" if any_certificate else "first-use"
    wire = Wire(scheme=scheme, port=port, plain=plain_http, sight=sight)
    if host is not None:
        if save or said.names or said.sites:
            raise click.UsageError("--host is a probe: it saves nothing and names no phone.")
        return asyncio.run(_probe(host, vendor, typed, wire, said))
    return asyncio.run(
        _test(said, typed, wire, save=save, for_site=for_site, new_certificate=new_certificate)
    )


def _typed(username: str, *, from_stdin: bool, needed: bool) -> Login | None:
    if from_stdin or (username and not sys.stdin.isatty()):
        return Login(username, Clear(sys.stdin.read().rstrip("\r\n")))
    if username or (needed and sys.stdin.isatty()):
        return Login(username, Clear(click.prompt("Password", hide_input=True, err=True)))
    return None


async def _test(
    said: Selecting, typed: Login | None, wire: Wire, *, save: bool, for_site: bool,
    new_certificate: bool,
) -> int:  # fmt: skip
    results: list[Tested] = []
    async with standing_on(said) as ground:
        wrong = 0
        for phone in ground.phones:
            login = typed or declared_login(phone, ground)
            if login is None:
                hint = "--username NAME, --password-stdin, or `credentials`"
                results.append(Tested(phone.name, "error", "no password was given", hint=hint))
                continue
            if wrong >= STOP_AFTER:
                results.append(Tested(phone.name, "error", "not tried: the password seems wrong"))
                continue
            before = ground.logins.wire(phone.address)
            known = replace(
                before,
                scheme=wire.scheme or before.scheme,
                port=wire.port or before.port,
                plain=wire.plain or before.plain,
                sight=wire.sight if wire.sight == "acknowledged" else before.sight,
                pin=None if new_certificate else before.pin,
                shut_until=None,
                refused=None,
            )
            tested = await _try(phone, login, known, ground, said.timeout_s)
            if tested.word == "refused":
                wrong += 1
            elif tested.word == "connected":
                wrong = 0  # what was never asked for it says nothing of the password
            if tested.word == "connected" and tested.identity is not None and save:
                identity = tested.identity
                ground.logins.set_wire(
                    phone.address,
                    replace(known, scheme=identity.scheme, pin=identity.pin,
                            generation=identity.generation),
                )  # fmt: skip
                ground.logins.save(phone.address.scope if for_site else phone.address, login)
                tested = replace(tested, saved=True)
            results.append(tested)
            if sys.stderr.isatty():
                count = f"{len(results)}/{len(ground.phones)}"
                click.echo(f"{count}  {phone.name}: {tested.word}", err=True)
    return _print(results, as_json=said.as_json)


def declared_login(phone: Placed, ground: Any) -> Login | None:
    """Return the login that the files refer to: the phone's, else its site's."""
    from reconciler.model.secret import Secret

    fields = ground.declared.desired.resources[phone.address].fields
    site = ground.declared.desired.sites.get(phone.address.scope, {})
    for source, prefix in ((fields, "credentials"), (site, "phones.credentials")):
        secret = source.get(f"{prefix}.password")
        if isinstance(secret, Secret) and secret.reference:
            path = f"{prefix}.password"
            found = ground.stores.secrets.look_up(
                secret.reference, address=phone.address, path=path
            )
            if found is not None:
                return Login(str(source.get(f"{prefix}.username") or ""), found)
    return None


async def _try(phone: Placed, login: Login, wire: Wire, ground: Any, timeout_s: float) -> Tested:
    from reconciler.phones.reaching import ways_to

    vendor = ground.opening.devices[phone.vendor]
    found = Tested(phone.name, "unreachable", "nobody knows where it is",
                   hint="write its `address`, or let it register")  # fmt: skip
    for way in ways_to(phone, wire, ground.opening.known):
        found = await _open(vendor, way, login, phone.name, timeout_s)
        if found.word not in ("error", "unreachable"):
            break  # else another phone answers there, or nobody does
    if found.identity is not None and found.word == "connected":
        return replace(found, detail=_compared(phone, found.identity))
    return found


async def _open(
    vendor: Any, reach: Reach, login: Login | None, name: str, timeout_s: float
) -> Tested:
    identity: Identity | None = None
    try:
        if login is None:
            identity = await vendor.identify(reach, timeout_s=timeout_s)
            if identity is None:
                return Tested(name, "error", "it is no phone of this vendor")
            return Tested(name, "identified", _title(identity), identity)
        async with vendor.connect(reach, login, timeout_s=timeout_s) as device:
            status = await device.status()
            prove_meant(reach, status.identity)  # some tell who they are after the login only
            return Tested(name, "connected", _title(status.identity), status.identity)
    except LockedOut as error:
        return Tested(name, "locked_out", error.reply, hint=error.hint)
    except (AuthenticationFailed, SessionTaken) as error:
        word: Word = "refused" if isinstance(error, AuthenticationFailed) else "error"
        return Tested(name, word, error.reply, hint=error.hint)
    except Unreachable as error:
        return Tested(name, "unreachable", error.reply, hint=error.hint)
    except AdapterError as error:
        return Tested(name, "error", error.reply, hint=error.hint)


def _title(identity: Identity) -> str:
    parts = (identity.vendor, identity.model, identity.firmware, identity.generation)
    return " ".join(filter(None, parts))


def _compared(phone: Placed, identity: Identity) -> str:
    """Return who it is, and what is otherwise than declared."""
    same = "".join(phone.model.lower().split())
    odd = []
    if identity.model and "".join(identity.model.lower().split()) != same:
        odd.append(f"declared as {phone.model}")
    if phone.firmware and identity.firmware and identity.firmware != phone.firmware:
        odd.append(f"firmware {phone.firmware} is declared")
    return "; ".join((_title(identity), *odd))


async def _probe(
    host: str, vendor: str | None, login: Login | None, wire: Wire, said: Selecting
) -> int:
    from reconciler.adapters.devices import DEVICES

    reach = Reach(host, host, wire.port, wire.scheme, wire.plain, wire.sight)
    found = Tested(host, "unreachable", "no known phone answers there")
    for name in [vendor] if vendor else list(DEVICES):
        tested = await _open(DEVICES[name], reach, None, host, said.timeout_s)
        if tested.word == "identified":
            found = tested
            if login is not None:
                found = await _open(DEVICES[name], reach, login, host, said.timeout_s)
            break
        if tested.word not in ("error", "unreachable"):
            found = tested
    return _print([found], as_json=said.as_json)


def _print(results: list[Tested], *, as_json: bool) -> int:
    if as_json:
        said = {"version": 1, "command": "phones test-connection"}
        click.echo(json.dumps({**said, "phones": [_row(each) for each in results]}))
    else:
        page = Page(look())
        body: list[list[Cell]] = [
            [each.phone, each.word.replace("_", " "),
             each.detail + (" (login saved)" if each.saved else "")]
            for each in results
        ]  # fmt: skip
        table(page, ("phone", "result", "detail"), body, indent=0)
        for hint in list(dict.fromkeys(each.hint for each in results if each.hint))[:5]:
            page.add(("hint: ", "note"), hint, indent=2)
        click.echo(page.text())
    words = {each.word for each in results}
    if words <= {"connected", "identified"}:
        return DONE
    return PARTLY if words & {"connected", "identified"} else ERROR


def _row(tested: Tested) -> Mapping[str, Any]:
    identity = tested.identity
    return {
        "phone": tested.phone, "result": tested.word, "detail": tested.detail,
        "saved": tested.saved, "hint": tested.hint,
        "vendor": identity.vendor if identity else None,
        "model": identity.model if identity else None,
        "firmware": identity.firmware if identity else None,
        "mac": identity.mac if identity else None,
        "generation": identity.generation if identity else None,
    }  # fmt: skip
