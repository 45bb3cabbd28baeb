"""Declare: files become what is desired, checked and rendered. No platform is asked."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from reconciler.adapters.devices import DEVICES
from reconciler.diagnostics.diagnostic import Checked, Diagnostic
from reconciler.diagnostics.place import Place
from reconciler.errors import WorkspaceError
from reconciler.execution.secrets.files import ensure_folder
from reconciler.execution.secrets.sources import KnownSchemes
from reconciler.kept.estate import Estate, Kept
from reconciler.kept.keeping import keeping
from reconciler.kinds.declaration import Declarations
from reconciler.language.cache import remember
from reconciler.language.load import load
from reconciler.language.node import Nodes, Skipped
from reconciler.language.reading import Reading
from reconciler.language.source import Source, Sources
from reconciler.model.address import Address
from reconciler.model.codec import canonical
from reconciler.model.resource import Desired
from reconciler.model.value import EMPTY
from reconciler.provisioning.renderings import (
    Handout,
    Renderings,
    out_of_use,
    rendered_in,
    with_files,
)
from reconciler.workflow.foresee import foresee, keep_targets, speaking_of_targets
from reconciler.workspace import Surroundings, with_store

_ALONE: Final = frozenset(("unknown-field", "unknown-secret-scheme", "unknown-rule"))
"""Codes of mistakes after which an entry is still what it was meant to be. So are all of rules."""


class Declared(NamedTuple):
    """What the files say. `sources` are kept for positions, `skipped` for -v.

    `renderings` are the files that devices will be given. `reading` gives the files entry by entry:
    what they add up to may be known from before, and few ask for more. `kinds` are those of which
    they declare anything. `traces` say by file by what it is known again what it adds up to.
    """

    desired: Desired
    reading: Reading
    sources: Sources
    skipped: tuple[Skipped, ...]
    paths: tuple[str, ...]
    config_hash: str
    renderings: Renderings = Renderings()
    kinds: frozenset[str] = frozenset()
    traces: Mapping[str, str] = EMPTY

    @property
    def declarations(self) -> Declarations:
        """Every entry of the files as it was written."""
        return self.reading.declarations.value


def declare(
    paths: Sequence[Path],
    at: Surroundings,
    *,
    rendered: bool = True,
    beside: Sequence[Source] = (),
    begin: Callable[[Desired], None] | None = None,
) -> Checked[Declared]:
    """Read and check files, without any platform. Reports every problem of every file.

    Who plans nothing has no use for what devices would be given. `beside` are texts that count as
    files of the estate although they are not written yet. Files that add up to what they did before
    are not looked into (`kept`).
    """
    sources = load(paths, cwd=at.cwd)
    if beside:
        files = {**sources.value.files, **{each.file: each for each in beside}}
        sources = sources._replace(value=sources.value._replace(files=files))
    cache = at.folder / "cache" if at.use_cache else None
    reading = Reading(sources.value, cache, KnownSchemes())
    kept = keeping(sources, cache, at.adapters, today=at.now().date(), rendered=rendered)
    estate = kept.take()
    is_asked = estate is None and (begin is not None or cache is not None)
    named = speaking_of_targets(sources.value) if is_asked else None
    if begin is not None and not sources.diagnostics:
        early = None if estate is None else with_store(estate.declared, at)
        if named is not None:
            early = foresee(named, at)
        if early is not None:
            begin(early)
    if estate is None:
        before = kept.before(sources.value)
        worked_out = None if before is None else _follow(before, reading, at, rendered=rendered)
        if worked_out is None:
            worked_out = _work_out(reading, at, rendered=rendered)
        estate, nodes, lines = worked_out
        if cache is not None and nodes.documents:
            with suppress(WorkspaceError):  # what cannot be kept is worked out again
                ensure_folder(at.folder)
            remember(cache, nodes, (*sources.diagnostics, *estate.diagnostics))
            traces = kept.put(estate, sources.value, lines)
            estate = estate._replace(traces=traces)
            if named is not None:
                keep_targets(estate, named, at)
        reading.forget_nodes()  # very many values that nobody asks for again
    desired, renderings = with_files(estate.declared, estate.rendered)
    declared = Declared(
        with_store(desired, at),
        reading,
        sources.value,
        estate.skipped,
        tuple(str(each) for each in paths),
        _config_hash(sources.value),
        renderings,
        estate.kinds,
        estate.traces,
    )
    return Checked(declared, (*sources.diagnostics, *estate.diagnostics))


class _WorkedOut(NamedTuple):
    """What files add up to, what was read of them for that, and what can be kept as it is."""

    estate: Estate
    nodes: Nodes
    lines: Mapping[str, str] = EMPTY


def _work_out(reading: Reading, at: Surroundings, *, rendered: bool) -> _WorkedOut:
    """Return what files add up to. Pure: `kept/inputs.py` lists all that it depends on."""
    from reconciler.kept.edited import words_in  # not loaded while what was kept is good
    from reconciler.resolve.resolve import resolve

    nodes, declarations = reading.nodes, reading.declarations
    resolved = resolve(declarations.value, at.adapters)
    found = (*nodes.diagnostics, *declarations.diagnostics, *resolved.diagnostics)
    estate = Estate(
        resolved.value,
        skipped=nodes.value.skipped,
        diagnostics=found,
        kinds=frozenset(declarations.value.entries),
        words=words_in(nodes.value.documents),
        is_plain=not found,
    )
    return _WorkedOut(_judge(estate, declarations.value, at, rendered=rendered), nodes.value)


def _follow(
    before: Kept, reading: Reading, at: Surroundings, *, rendered: bool
) -> _WorkedOut | None:
    """Return the same by what is kept of files that were not edited; None if that cannot be."""
    from reconciler.kept.edited import follow

    edited = follow(before, reading, at.adapters)
    if edited is None:
        return None
    estate = Estate(
        edited.declared,
        skipped=edited.skipped,
        kinds=edited.kinds,
        words=edited.words,
        is_plain=True,
    )
    judged = _judge(
        estate, edited.declarations, at,
        rendered=rendered, known=edited.handouts, held=edited.held,
    )  # fmt: skip
    return _WorkedOut(judged, edited.nodes, edited.lines)


def _judge(
    read: Estate,
    declarations: Declarations,
    at: Surroundings,
    *,
    rendered: bool,
    known: Mapping[Address, Handout] = EMPTY,
    held: Collection[Address] = (),
) -> Estate:
    """Return an estate with what is wrong with it as a whole, and what its devices are given.

    `known` are those of whom that is known, `held` the objects that platforms hold as they are.
    """
    from reconciler.planning.held import check_held
    from reconciler.rules import apply_waivers, check

    desired = read.declared
    today = at.now().date()
    checked = check(desired, today=today)
    diagnostics = (*read.diagnostics, *checked.diagnostics)
    wrong = wrong_entries(diagnostics, declarations)
    unheld = check_held(desired, at.adapters, wrong, held)
    told = apply_waivers(unheld, desired, today=today)
    estate = read._replace(diagnostics=(*diagnostics, *told))
    if not rendered or not any(rendered_in(desired, at.adapters)):
        return estate
    from reconciler.adapters.renderers import RENDERERS
    from reconciler.planning.phones.delivery import check_pushed
    from reconciler.provisioning.rendering import render_devices

    given = render_devices(desired, declarations, RENDERERS, at.adapters, wrong, known)
    shown = (e for e in rendered_in(desired, at.adapters) if out_of_use(e) is None)
    unpushable = check_pushed(shown, DEVICES)
    found = (*estate.diagnostics, *given.findings, *unpushable)
    return estate._replace(rendered=given, diagnostics=found)


def wrong_entries(
    found: Iterable[Diagnostic], declarations: Declarations
) -> frozenset[tuple[str, str]]:
    """Return the entries (section, key) with a mistake: what follows from it is not told, too.

    Nothing follows from a word that does not exist, or from what a rule finds.
    """
    from reconciler.diagnostics.catalogue import rules  # long texts: not where all is known

    alone = _ALONE.union(each.slug for each in rules.CODES)
    errors = (e for e in found if e.severity == "error" and e.code not in alone)
    paths = [each.at.path for each in errors if isinstance(each.at, Place)]
    declared = [each for entries in declarations.entries.values() for each in entries]
    flawed = {(each.model.section, each.key) for each in declared if each.flaws}
    sections = {each.place.path[0]: each.model.section for each in declared} if paths else {}
    told = {(sections.get(at[0], str(at[0])), str(at[1])) for at in paths if len(at) > 1}
    return frozenset(told | flawed)


def render(
    desired: Desired,
    declarations: Declarations,
    at: Surroundings,
    wrong: frozenset[tuple[str, str]] = frozenset(),
) -> Checked[tuple[Desired, Renderings]]:
    """Render the files of devices whose platform holds those, and say where they are published.

    Whoever changes what is desired afterwards renders again.
    """
    if not any(rendered_in(desired, at.adapters)):
        return Checked((desired, Renderings()))
    from reconciler.adapters.renderers import RENDERERS
    from reconciler.provisioning.rendering import render_desired

    return render_desired(desired, declarations, RENDERERS, at.adapters, wrong)


def redeclare(declared: Declared, desired: Desired, at: Surroundings) -> Checked[Declared]:
    """Return the files' declarations with another estate in place of theirs (a rollback)."""
    given = render(desired, declared.declarations, at)
    again, renderings = given.value
    said = declared._replace(desired=again, renderings=renderings, traces=EMPTY)
    return Checked(said, given.diagnostics)


def _config_hash(sources: Sources) -> str:
    hashes = sorted((file, source.sha256) for file, source in sources.files.items())
    return hashlib.sha256(canonical(hashes).encode()).hexdigest()
