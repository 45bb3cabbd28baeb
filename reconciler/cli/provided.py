"""What the commands of `provision` have in common: sections read, secrets and store opened."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.exits import ERROR
from reconciler.cli.running import Stopped
from reconciler.cli.screen import style_for, width
from reconciler.cli.workspace import given, surroundings
from reconciler.execution.secrets.sources import Secrets
from reconciler.model.value import Fields
from reconciler.workspace import (
    Sections,
    Surroundings,
    open_published_store,
    open_secrets,
    read_sections,
)

if TYPE_CHECKING:
    from reconciler.provisioning.store.published import Published
    from reconciler.provisioning.store.records import Owner


@dataclass(frozen=True, slots=True)
class Provided:
    """Everything that a command of `provision` needs. `fields` are the provisioning section's."""

    at: Surroundings
    fields: Fields
    secrets: Secrets
    store: "Published"


@contextmanager
def provided(paths: Sequence[Path]) -> Iterator[Provided]:
    """Read the sections and open the store. Ends the command when they are wrong."""
    at = surroundings(paths)
    sections = sections_of(paths, at)
    with (
        open_secrets(at, sections.workspace) as secrets,
        open_published_store(at, sections.provisioning, secrets) as store,
    ):
        yield Provided(at, sections.provisioning, secrets, store)


def sections_of(paths: Sequence[Path], at: Surroundings) -> Sections:
    """Return what the files say of provisioning. Ends the command when something is wrong."""
    from reconciler.views.diagnostics import text

    found = read_sections(given(paths), at)
    if found.has_errors:
        shown = [each for each in found.diagnostics if each.severity == "error"]
        texts = found.value.sources.texts
        click.echo(text(shown, texts, style=style_for(), width=width()), err=True)
        raise Stopped(ERROR)
    return found.value


def meant(text: str, owners: Sequence["Owner"]) -> "Owner":
    """Return the device that is meant: an address, `site/name`, a name, or a MAC.

    Raises UsageError when there is none, or several.
    """
    from reconciler.diagnostics.suggest import closest
    from reconciler.provisioning.serving.asking import mac_in

    mac = mac_in(text)
    found = [
        each
        for each in owners
        if text in (str(each.address), f"{each.address.scope}/{each.address.key}",
                    each.address.key)
        or (mac is not None and each.mac == mac)
    ]  # fmt: skip
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(str(each.address) for each in found)
        raise click.UsageError(f'Several devices are called "{text}": {several}.')
    names = [*(str(each.address) for each in owners), *(each.address.key for each in owners)]
    near = closest(text, names)
    hint = f' Did you mean "{near}"?' if near else " reconciler apply publishes what is declared."
    raise click.UsageError(f'Nothing is published for "{text}".{hint}')
