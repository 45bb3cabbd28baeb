"""`reconciler provision serve`: the server that devices fetch from."""

import asyncio
import gc
import logging
import sys
from dataclasses import replace
from pathlib import Path
from time import gmtime
from typing import TYPE_CHECKING

import click

from reconciler.cli.exits import DONE
from reconciler.cli.options import path_option
from reconciler.cli.provided import Provided, provided
from reconciler.cli.stopping import end_with_stdin
from reconciler.workspace import firmware_folder, signing_keys

if TYPE_CHECKING:
    from reconciler.provisioning.serving.access import AccessPolicy
    from reconciler.provisioning.serving.listening import Listening
    from reconciler.provisioning.serving.server import ProvisioningApp


@click.command("serve")
@path_option
@click.option(
    "--listen", metavar="ADDRESS:PORT",
    help="Listen here instead of where the files say; port 0 takes any that is free.",
)  # fmt: skip
@click.option("--quiet", is_flag=True, help="Log refusals and failures only.")
@click.option("--until-eof", is_flag=True, help="End with standard input: with who holds it open.")
def command(paths: tuple[Path, ...], listen: str | None, quiet: bool, until_eof: bool) -> int:
    """Serve devices their files, until told to stop (Ctrl-C, SIGTERM).

    What is served is what was applied last, at every moment: a run of apply needs no restart.
    What the provisioning section says is read when the server begins. The log goes to stderr and
    holds nothing of what devices show.
    """
    if until_eof:
        end_with_stdin()
    # Unlike other commands this one stays: garbage is looked for, but not after every few requests
    # among all the contents that are kept.
    gc.enable()
    gc.set_threshold(50_000, 20, 100)
    with provided(paths) as ready:
        asyncio.run(_serve(ready, _address(listen), quiet))
    return DONE


async def _serve(ready: Provided, listen: tuple[str, int] | None, quiet: bool) -> None:
    from reconciler.provisioning.serving.access import policy_of
    from reconciler.provisioning.serving.firmware import Firmware
    from reconciler.provisioning.serving.listening import listening_of, open_socket, open_tls, serve
    from reconciler.provisioning.serving.server import ProvisioningApp

    _log_to_stderr(quiet)
    home = ready.at.folder.parent
    where = listening_of(ready.fields, home)
    if listen is not None:
        where = replace(where, address=listen[0], port=listen[1])
    policy = policy_of(ready.fields)
    app = ProvisioningApp(
        ready.store,
        policy,
        signing_keys(ready.fields, ready.secrets),
        Firmware(firmware_folder(ready.fields, ready.at)),
    )
    tls = open_tls(where)
    listener = open_socket(where)
    if sys.stderr.isatty():
        logging.getLogger("reconciler.provisioning").warning("reading what is published")
    await app.watch.current()
    gc.freeze()
    where = replace(where, port=listener.getsockname()[1])
    await serve(app, where, listener, tls, lambda: _announce(app, policy, where))


def _announce(app: "ProvisioningApp", policy: "AccessPolicy", where: "Listening") -> None:
    devices = app.watch.devices
    scheme = "https" if where.certificate else "http"
    host = f"[{where.address}]" if ":" in where.address else where.address
    required = ", ".join(" or ".join(sorted(each)) for each in policy.require)
    phones = len(devices.phones)
    others = sum(each.enabled and not each.mac for each in devices.by_address.values())
    log = logging.getLogger("reconciler.provisioning")
    for each in devices.too_wide:
        log.warning("%s is no network of phones but half of the world: it counts for nothing", each)
    if scheme == "http" and where.address not in ("127.0.0.1", "::1") and not policy.proxies:
        log.warning("plain HTTP: whoever listens in between reads every password")
    missing = len(app.watch.rotation.missing)
    if len(app.watch.rotation.names) > 1 and missing:
        log.warning("the signing key before counts until %s more have fetched", missing)
    log.warning(
        "serving %s phones and %s softphones at %s://%s:%s; phones show: %s",
        f"{phones:,}", f"{others:,}", scheme, host, where.port, required,
    )  # fmt: skip


def _address(text: str | None) -> tuple[str, int] | None:
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65535:
        raise click.UsageError(f'--listen {text}: write ADDRESS:PORT, like "0.0.0.0:8443".')
    return host.strip("[]") or "0.0.0.0", int(port)  # noqa: S104 - it was asked for


def _log_to_stderr(quiet: bool) -> None:
    handler = logging.StreamHandler(sys.stderr)
    form = logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    form.converter = gmtime
    handler.setFormatter(form)
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    logging.getLogger("reconciler.provisioning").setLevel(
        logging.WARNING if quiet else logging.INFO
    )
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
