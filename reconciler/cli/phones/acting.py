"""`phones live-status`, `resync`, `reboot`, `factory-reset`, `push-sip`, `backup`."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from reconciler.cli.exits import DONE
from reconciler.cli.phones.choosing import (
    Ground,
    Selecting,
    Sparing,
    choosing_options,
    consent,
    print_results,
    run_on,
    sparing_options,
    standing_on,
)
from reconciler.cli.workspace import surroundings
from reconciler.device import Action, Device, SipAccount, Status
from reconciler.errors import NotPossible, UnexpectedReply
from reconciler.phones.acting import Act, Manners
from reconciler.phones.meant import Placed
from reconciler.phones.sealing import keep_backup, open_backup
from reconciler.phones.sip import accounts_of
from reconciler.phones.told import told_by_files
from reconciler.planning.phones.windows import closed_sites
from reconciler.views.described import felt
from reconciler.views.words import count


@click.command("live-status")
@choosing_options
def live_status(**given: Any) -> int:
    """Ask phones what they are doing: firmware, accounts, calls."""
    said = Selecting(**given)

    async def act(device: Device, phone: Placed) -> tuple[str, Mapping[str, Any]]:
        status = await device.status()
        return _told(status), {"status": _data(status)}

    async def run() -> int:
        async with standing_on(said, most=None) as ground:
            manners = Manners(said.at_once)
            results = await run_on(
                ground, act, manners, command="phones live-status", recorded=False
            )
            return print_results(results, as_json=said.as_json)

    return asyncio.run(run())


def _told(status: Status) -> str:
    accounts = status.accounts or ()
    registered = [each.registered for each in accounts]
    parts = [status.word.replace("_", " "), status.identity.firmware]
    if accounts and None not in registered:
        parts.append(f"{sum(map(bool, registered))} of {len(accounts)} registered")
    parts += [f"{each.state} {each.number}".strip() for each in status.calls or ()]
    return ", ".join(filter(None, (*parts, *status.notes)))


def _data(status: Status) -> dict[str, Any]:
    return {
        "state": status.word,
        "identity": status.identity._asdict(),
        "uptime_s": status.uptime_s,
        "accounts": _rows(status.accounts),
        "calls": _rows(status.calls),
        "in_call": status.in_call,
        "do_not_disturb": status.do_not_disturb,
        "notes": list(status.notes),
    }


def _rows(found: Any) -> list[dict[str, Any]] | None:
    return None if found is None else [each._asdict() for each in found]


@click.command("resync")
@choosing_options
@sparing_options
def resync(**given: Any) -> int:
    """Let phones fetch their settings now: by themselves, else asked by their PBX."""

    def make(ground: Ground) -> Act:
        told = told_by_files(ground.phones, ground.declared, ground.opening.devices)

        async def act(device: Device, phone: Placed) -> tuple[str, Mapping[str, Any]]:
            try:
                accepted = await device.resync()
            except NotPossible:
                event = ground.opening.devices[phone.vendor].notify_event(
                    reboot=False, told=told[phone]
                )
                sent = await ground.pbxs.notify(phone, event) if event else None
                if sent is None:
                    raise
                return f"its PBX asked it to: {sent}", {"in_doubt": True}
            return accepted.detail, {"in_doubt": accepted.in_doubt}

        return act

    return _act("resync", make, given)


@click.command("reboot")
@choosing_options
@sparing_options
def reboot(**given: Any) -> int:
    """Restart phones. One that is in a call is left alone."""

    def make(ground: Ground) -> Act:
        async def act(device: Device, phone: Placed) -> tuple[str, Mapping[str, Any]]:
            accepted = await device.reboot()
            return accepted.detail, {"in_doubt": accepted.in_doubt}

        return act

    return _act("reboot", make, given)


@click.command("factory-reset")
@choosing_options
@sparing_options
@click.option("--confirm", metavar="COUNT", type=int, help="How many phones lose all settings.")
def factory_reset(confirm: int | None, **given: Any) -> int:
    """Erase everything on phones. --confirm has to say how many they are."""

    def make(ground: Ground) -> Act:
        if confirm != len(ground.phones):
            raise click.UsageError(
                f"This erases {count(len(ground.phones), 'phone')}: say "
                f"--confirm {len(ground.phones)}."
            )

        async def act(device: Device, phone: Placed) -> tuple[str, Mapping[str, Any]]:
            return (await device.factory_reset()).detail, {}

        return act

    return _act("factory_reset", make, given)


@click.command("push-sip")
@choosing_options
@sparing_options
def push_sip(**given: Any) -> int:
    """Write the declared SIP accounts to phones, now. One that is in a call is left alone."""

    def make(ground: Ground) -> Act:
        accounts: dict[Placed, tuple[SipAccount, ...]] = {
            each: accounts_of(each, ground.declared, ground.stores) for each in ground.phones
        }

        async def act(device: Device, phone: Placed) -> tuple[str, Mapping[str, Any]]:
            held, unproved = 0, 0
            for account in accounts[phone]:
                pushed = await device.push_account(account)
                if pushed.kept:
                    why = "; ".join(f"{name}: {text}" for name, text in pushed.kept.items())
                    doing = f"writing account {account.number}"
                    raise UnexpectedReply(str(phone.address), doing, why)
                held += len(pushed.held)
                unproved += len(pushed.unproved)
            written = f"{count(len(accounts[phone]), 'account')} written"
            written += f", {count(held, 'value')} read back"
            facts = {"held": held, "unproved": unproved}
            return f"{written}; a registration proves the passwords", facts

        return act

    return _act("push_account", make, given)


@click.command("backup")
@choosing_options
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False),
    help="Write in clear into this folder; sealed beside the journal when not given.",
)  # fmt: skip
def backup(out: Path | None, **given: Any) -> int:
    """Keep the configuration of phones as they give it. It may hold passwords, so it is sealed."""
    said = Selecting(**given)

    async def run() -> int:
        async with standing_on(said) as ground:

            async def act(device: Device, phone: Placed) -> tuple[str, Mapping[str, Any]]:
                found = await device.backup()
                file = keep_backup(found, phone, ground.at, out)
                return f"{len(found.content):,} bytes in {file}", {"file": str(file)}

            results = await run_on(ground, act, Manners(said.at_once), command="phones backup")
            return print_results(results, as_json=said.as_json)

    return asyncio.run(run())


@click.command("open-backup")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def show_backup(file: Path) -> int:
    """Print what a sealed backup holds: it may hold passwords."""
    click.echo(open_backup(file, surroundings(())), nl=False)
    return DONE


def _act(action: Action, make: Any, given: dict[str, Any]) -> int:
    """Show what an action does to whom, ask, do it, and print what came of it."""
    sparing = Sparing(**{name: given.pop(name) for name in Sparing.__slots__})
    said = Selecting(**given)
    command = f"phones {action.replace('_', '-').replace('push-account', 'push-sip')}"

    async def run() -> int:
        async with standing_on(said, most=None if sparing.many else 200) as ground:
            _need_logins(ground)
            act = make(ground)
            said_by = told_by_files(ground.phones, ground.declared, ground.opening.devices)
            told = {
                each: ground.opening.devices[each.vendor].consequence(
                    action, each.model, said_by[each]
                )
                for each in ground.phones
            }
            lines = [
                f"  {each.name}  {each.model}  {felt(told[each].disruption)}"
                for each in ground.phones
            ]
            if any(each.disruption.kind == "reboot" for each in told.values()):
                sites = sorted({each.address.scope for each in ground.phones})
                until = closed_sites(ground.declared.desired, sites, ground.at.now(), None)
                lines += [f"  outside of the hours of its site: {why}" for why in until.values()]
            title = f"{command}: {count(len(ground.phones), 'phone')}"
            consent("Go on?", "\n".join([title, *lines]), sparing)
            # A phone that waits by itself is spared by itself; one unknown to wait is looked at.
            spares = any(
                not each.waits_for_idle and each.disruption.kind != "none" for each in told.values()
            )
            manners = sparing.manners(len(ground.phones), said.at_once, spares=spares)
            results = await run_on(ground, act, manners, command=command, turns=True)
            return print_results(results, as_json=said.as_json)

    return asyncio.run(run())


def _need_logins(ground: Ground) -> None:
    """Reject the whole batch if somebody's login is missing: half a batch helps nobody."""
    from reconciler.cli.exits import ERROR
    from reconciler.cli.running import Stopped

    missing = [
        each
        for each in ground.phones
        if not ground.opening.by_pbx(each) and ground.logins.of(each.address) is None
    ]
    if missing:
        names = ", ".join(each.name for each in missing[:5])
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        click.echo(
            f"error[no-login]: there are no saved credentials for {names}{more}, so nothing is "
            f"done to any.\n  hint: reconciler phones test-connection --save "
            f"{missing[0].name}",
            err=True,
        )
        raise Stopped(ERROR)
