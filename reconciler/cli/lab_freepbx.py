"""`reconciler lab freepbx`: a FreePBX that behaves as recorded ones do, faults included."""

import signal
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from reconciler.cli.exits import DONE, ERROR

if TYPE_CHECKING:
    from reconciler.lab.freepbx.pbx import Pbx

_INVENTORY = """\
FreePBX {version} listens at {url}. Ctrl-C ends it.
Phones on this machine register at 127.0.0.1:{sip_port} (SIP over UDP, TCP or TLS).

apiVersion: reconciler/v1
pbxs:
  lab:
    adapter: freepbx
    url: {url}
    acknowledge_plaintext: true
    oauth:
      client_id: {client_id}
      client_secret: {{secret: "env:LAB_OAUTH"}}
    web: {{username: {web_user}, password: {{secret: "env:LAB_WEB"}}}}
    ami:
      host: 127.0.0.1
      port: {ami_port}
      username: {ami_user}
      password: {{secret: "env:LAB_AMI"}}

export LAB_OAUTH={client_secret} LAB_WEB={web_password} LAB_AMI={ami_password}
"""


@click.command("freepbx")
@click.option(
    "--version", type=click.Choice(["16", "17"]), help="Which FreePBX; 17, or that of --state."
)
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="PORT", default=8017, show_default=True,
    help="Of its web pages and API; 0: any that is free.",
)  # fmt: skip
@click.option(
    "--sip-port",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    default=0,
    help="Where phones register; 0: any.",
)
@click.option(
    "--ami-port",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    default=0,
    help="Port of Asterisk's AMI; 0: any.",
)
@click.option(
    "--people", type=click.IntRange(0, 5000), metavar="N", default=0,
    help="Begin with an estate of so many extensions.",
)  # fmt: skip
@click.option(
    "--state", type=click.Path(path_type=Path, dir_okay=False),
    help="Keep the PBX in this file: read at the start, written at the end.",
)  # fmt: skip
@click.option(
    "--latency", "latency_ms", type=click.IntRange(0, 60_000), metavar="MS", default=0,
    help="Milliseconds that each answer takes longer.",
)  # fmt: skip
def freepbx(
    version: Literal["16", "17"] | None, port: int, sip_port: int, ami_port: int, people: int,
    state: Path | None, latency_ms: int,
) -> int:  # fmt: skip
    """Run a pretend FreePBX until Ctrl-C.

    It answers the API, the web pages, ajax.php and bulk exports as recorded FreePBX systems do.
    Its passwords are made up when it is first started. Phones on this machine can register and
    call each other (reconciler lab up --no-pbx --map); there is no dial plan and no sound.
    """
    from reconciler.lab.freepbx.server import Emulator
    from reconciler.lab.freepbx.store import save

    try:
        pbx = _opened(state, version, people)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    emulator = Emulator(
        pbx=pbx, port=port, latency_s=latency_ms / 1000, sip_port=sip_port, ami_port=ami_port
    )
    # Before it says that it is there: who reads that may tell it to end at once.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        emulator.start()
    except OSError as error:
        asked = {"--port": port, "--sip-port": sip_port, "--ami-port": ami_port}
        ports = ", ".join(f"{name} {number}" for name, number in asked.items() if number)
        click.echo(f"A port is taken ({ports}): {error.strerror}.", err=True)
        click.echo("  hint: choose others; 0 takes any that is free", err=True)
        return ERROR
    assert emulator.sip is not None
    try:
        click.echo(
            _INVENTORY.format(
                version=pbx.version.number, url=emulator.url, sip_port=emulator.sip.port,
                ami_port=emulator.ami_port, **asdict(pbx.credentials),
            )
        )  # fmt: skip
        emulator.wait()
    except KeyboardInterrupt:
        click.echo("")
    finally:
        emulator.stop()
        if state is not None:
            save(pbx, state)
            click.echo(f"What it holds is in {state}.")
    return DONE


def _opened(state: Path | None, version: Literal["16", "17"] | None, people: int) -> "Pbx":
    """The PBX of the file if there is one, else a new one. Raises ValueError."""
    from reconciler.lab.freepbx.estate import fill
    from reconciler.lab.freepbx.pbx import Credentials, Pbx
    from reconciler.lab.freepbx.store import load
    from reconciler.lab.freepbx.version import Version

    if state is not None and state.exists():
        pbx = load(state, reload_s=2.0)
        if version not in (None, pbx.version.number):
            raise ValueError(f"{state} holds a FreePBX {pbx.version.number}, not a {version}")
        return pbx
    pbx = Pbx(Version(version or "17"), Credentials(), reload_s=2.0)
    if people:
        fill(pbx, people)
    return pbx
