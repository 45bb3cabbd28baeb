"""`reconciler demo`: a practice's PBX and phones, from the first plan to drift, on this machine."""

import tempfile
from pathlib import Path

import click

from reconciler.cli.exits import DONE


@click.command("demo")
@click.option(
    "--keep", "folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Keep the demo's files in this folder, and on a terminal its PBX and phones until Ctrl-C.",
)  # fmt: skip
@click.option("--no-color", is_flag=True, help="No colour (NO_COLOR does the same).")
def command(folder: Path | None, no_color: bool) -> int:
    """Run a dental practice's telephony as code: a FreePBX and a dozen phones of the lab.

    Plan, apply, plan again, an unknown phone, a change while somebody is talking, drift, and an
    accident that is refused. Each command is run as it is shown. Everything happens on loopback and
    in a folder of its own; nothing else is touched.
    """
    from reconciler.cli.demo.stage import Stage
    from reconciler.cli.demo.story import play

    if folder is not None and folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} is not empty")
    with tempfile.TemporaryDirectory(prefix="reconciler-demo-") as temporary:
        place = (folder or Path(temporary)).resolve()
        place.mkdir(parents=True, exist_ok=True)
        with Stage(place, no_color=no_color) as stage:
            play(stage, keep=folder is not None)
    return DONE
