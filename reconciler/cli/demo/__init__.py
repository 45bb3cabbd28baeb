"""`reconciler demo`: a practice's PBX and phones, from the first plan to drift, on this machine."""

import signal
import tempfile
from pathlib import Path

import click

from reconciler.cli.exits import DONE
from reconciler.cli.options import no_color_option


@click.command("demo")
@click.option(
    "--keep", "folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Keep everything in this folder; on a terminal the PBX and the phones stay, too.",
)  # fmt: skip
@click.option(
    "--open", "kept", type=click.Path(path_type=Path, file_okay=False, exists=True), metavar="DIR",
    help="Start the PBX and the phones of a demo that was kept, without the story.",
)  # fmt: skip
@no_color_option
def command(folder: Path | None, kept: Path | None, no_color: bool) -> int:
    """Run a dental practice's telephony as code: a FreePBX and a dozen phones of the lab.

    Plan, apply, plan again, an unknown phone, a change while somebody is talking, drift, and an
    accident that is refused. Each command is run as it is shown, and what it prints is what it
    says. Everything happens on loopback and in a folder of its own; nothing is left behind.
    """
    # Whoever is told to end ends what it has started, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    from reconciler.cli.demo.running import open_again, run_story
    from reconciler.cli.demo.stage import Stage

    if kept is not None:
        if folder is not None:
            raise click.UsageError("--open goes without --keep: what was kept stays kept.")
        with Stage(kept.resolve(), no_color=no_color) as stage:
            open_again(stage)
        return DONE
    if folder is not None and folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} is not empty; reconciler demo --open opens it again")
    with tempfile.TemporaryDirectory(prefix="reconciler-demo-") as temporary:
        place = (folder or Path(temporary)).resolve()
        place.mkdir(parents=True, exist_ok=True)
        with Stage(place, no_color=no_color) as stage:
            run_story(stage, keep=folder is not None)
    return DONE
