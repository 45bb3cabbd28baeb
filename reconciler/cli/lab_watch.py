"""An estate's files, watched while a lab runs: what is saved reaches the phones at once."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from reconciler.cli.workspace import given

if TYPE_CHECKING:
    from reconciler.lab.room import Room

_LOOK_S: Final = 0.5


class Watched:
    """YAML files under paths. What is wrong in them is said, and the phones keep what they have."""

    def __init__(self, paths: Sequence[Path], *, no_color: bool) -> None:
        self.paths, self.no_color = tuple(paths), no_color
        self._seen = self._looks()

    def _looks(self) -> dict[Path, tuple[int, ...]]:
        """Return what tells a saved file from the one before: times alone are coarse."""
        found: dict[Path, tuple[int, ...]] = {}
        for each in given(self.paths):
            files = [*each.rglob("*.yaml"), *each.rglob("*.yml")] if each.is_dir() else [each]
            for file in files:
                try:
                    seen = file.stat()
                    found[file] = (seen.st_mtime_ns, seen.st_size, seen.st_ino)
                except OSError:  # deleted, or being put in place of another just now
                    found[file] = ()
        return found

    async def renew(self, room: "Room") -> None:
        """Look for changes until cancelled, and hand them to the room."""
        from reconciler.cli.lab_estate import furnish_from

        while True:
            await asyncio.sleep(_LOOK_S)
            now = self._looks()
            if now == self._seen:
                continue
            self._seen = now
            try:
                furniture = furnish_from(self.paths, no_color=self.no_color)
            except (click.exceptions.Exit, click.ClickException) as error:
                if isinstance(error, click.ClickException):
                    click.echo(error.format_message(), err=True)
                click.echo("The phones keep what they have.", err=True)
                continue
            told = await room.renew(furniture)
            click.echo(f"Saved; told: {', '.join(told) or 'nobody'}.")
