"""Run a real Asterisk by hand, to try the command line on: an Asterisk of one's own, on loopback.

    python -m tests.real.asterisk          # as after the set-up guide
    python -m tests.real.asterisk --bare   # before it: no #tryinclude lines yet

It is fetched before the first run, has a folder, ports and a manager user of its own, and is gone
after Ctrl-C.
"""

import argparse
import signal
import sys
from types import FrameType

from tests.real.asterisk.fetch import fetch_prefix
from tests.real.asterisk.instance import Asterisk

_GUIDE = """\
Asterisk is up, its configuration in {etc}. In a folder of its own:

  reconciler init --pbx office
  # in inventory/inventory.yaml, at `ami`:  port: {port}
  printf %s {password} | reconciler secrets set office-ami
  reconciler doctor office

Phones register at {host}:{sip} (UDP). Its own command line:

  {cli} 'pjsip show endpoints'

Ctrl-C ends it, and removes all that it has written."""


def main() -> None:
    """Start it, say where it is, and wait for Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.real.asterisk", description="Run an Asterisk of one's own."
    )
    parser.add_argument("--bare", action="store_true", help="without the #tryinclude lines")
    bare = parser.parse_args().bare
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with Asterisk(fetch_prefix(), includes=() if bare else None) as server:
            told = _GUIDE.format(
                etc=server.etc, host=server.host, port=server.ami.port, sip=server.sip_port,
                password=server.ami.password, cli=server.command_line(),
            )  # fmt: skip
            sys.stdout.write(f"{told}\n")
            sys.stdout.flush()
            signal.pause()
    except KeyboardInterrupt:
        sys.stdout.write("Gone.\n")


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
