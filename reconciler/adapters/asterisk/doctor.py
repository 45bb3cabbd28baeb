"""`reconciler doctor` on an Asterisk: what is missing, and the lines that mend it.

The only writes are marks in our own files (templates, which no module loads): without them nobody
can tell whether the main files include ours.
"""

import asyncio
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final

from reconciler.adapter import Finding
from reconciler.adapters.asterisk.carrier import Setup, setup_of
from reconciler.adapters.asterisk.carriers import carriers
from reconciler.adapters.asterisk.files import MARKER, Shards, file_name
from reconciler.adapters.asterisk.handwritten import wizard
from reconciler.adapters.asterisk.handwritten.ahead import lines_ahead
from reconciler.adapters.asterisk.handwritten.answered import answered_first
from reconciler.adapters.asterisk.handwritten.elsewhere import (
    EXTCONFIG,
    SORCERY,
    sources_in,
    unseen_in,
)
from reconciler.adapters.asterisk.handwritten.other_dialplan import other_dialplan
from reconciler.adapters.asterisk.hanging import finding
from reconciler.adapters.asterisk.includes import FAMILIES_OF, fix_of, missing_include
from reconciler.adapters.asterisk.live import ari_states
from reconciler.adapters.asterisk.looking import DIALPLAN, ask_lists
from reconciler.adapters.asterisk.needed import ESSENTIAL, MODULES, OFFERED
from reconciler.adapters.asterisk.pending import find_pending, held_families
from reconciler.adapters.asterisk.reading import Foreign, read_foreign, read_heads
from reconciler.adapters.asterisk.sections import FILES
from reconciler.adapters.asterisk.session import PROVED_MAJORS, Session, major_of
from reconciler.adapters.asterisk.writing import Writer
from reconciler.adapters.asterisk.zones import examine_zones
from reconciler.errors import AdapterError, PermissionMissing, Refused, Unreachable
from reconciler.transport.ami_config import ConfigFile
from reconciler.transport.ami_rights import CLASS_OF, PROBES, lacked

_TO_RECONCILE: Final = ("system", "config", "reporting")


async def examine(
    session: Session, writer: Writer, zones: Collection[str] = ()
) -> Sequence[Finding]:
    """Check everything that reconciling needs. Raises only for a lost connection."""
    rights = await _rights(session)
    findings = [_version(session), *rights]
    if any(each.state == "error" for each in rights):
        return findings  # everything else would only say the same
    modules = await _modules(session)
    findings += modules
    if any(each.check == "reload" for each in modules):
        return findings
    findings += await examine_zones(session, zones)
    writable = await _writable(session)
    findings.append(writable)
    if writable.state == "ok":
        findings += await _includes(session, writer)
    if all(each.state == "ok" for each in findings if each.check.startswith(_INCLUDE)):
        findings += await _files(session, writer)  # it would only say once more what is missing
    if session.access.ari_url:
        findings.append(await _ari(session))
    return findings


def _version(session: Session) -> Finding:
    if major_of(session.version) in PROVED_MAJORS:
        return Finding("version", "ok", f"Asterisk {session.version}")
    proved = ", ".join(map(str, PROVED_MAJORS))
    detail = f"Asterisk {session.version or 'of an unknown version'}; proved on {proved}"
    return Finding("version", "warning", detail)


async def _rights(session: Session) -> list[Finding]:
    missing = await lacked(session, PROBES)
    user = session.access.username
    fix = (
        f"; manager.conf\n[{user}]\nread = system,call,reporting,config\nwrite = {','.join(PROBES)}"
    )
    findings = [Finding(f"permission {name}", "ok", "granted") for name in PROBES]
    told = False
    for at, name in enumerate(PROBES):
        if name in missing:
            state = "error" if name in _TO_RECONCILE else "warning"
            actions = ", ".join(CLASS_OF[name].split()[:4])
            detail = f"AMI user {user!r} lacks class {name} in write= ({actions}, ...)"
            findings[at] = Finding(
                f"permission {name}",
                "error" if state == "error" else "warning",
                detail,
                None if told else fix,
            )
            told = True  # the same two lines grant them all
    return findings


async def _modules(session: Session) -> list[Finding]:
    try:
        there = await asyncio.gather(*(_is_loaded(session, module) for module in MODULES))
    except Unreachable as error:
        with suppress(AdapterError):  # where nothing is answered any more
            if since := await session.reload_under_way():
                return [finding(since)]
        raise error from None
    missing = [module for module, yes in zip(MODULES, there, strict=True) if not yes]
    if not missing:
        return [Finding("modules", "ok", f"all {len(MODULES)} are loaded")]
    return [_missing_module(module) for module in missing]


def _missing_module(module: str) -> Finding:
    fix = f"; modules.conf, section [modules]\nload = {module}"
    if module == "res_pjsip_notify.so":
        fix += "\n; and it declines to load without this file, which may be empty:\n"
        fix += "touch /etc/asterisk/pjsip_notify.conf"
    if module == "app_voicemail.so":
        # Seen with autoload: whichever comes second unloads, and takes the first one's part along.
        fix += "\n; and only one voicemail module works at a time:\n"
        fix += "noload = app_voicemail_odbc.so\nnoload = app_voicemail_imap.so"
    detail = f"{module} is not loaded, or does not work: no {MODULES[module]}"
    return Finding(f"module {module}", "error" if module in ESSENTIAL else "warning", detail, fix)


async def _is_loaded(session: Session, module: str) -> bool:
    doing = f"looking for {module}"
    try:
        if module in OFFERED:
            await session.list(OFFERED[module], doing=doing)
        else:
            await session.ask("ModuleCheck", [("Module", module)], doing=doing)
    except Refused as error:
        return not any(text in error.reply for text in ("not loaded", "unknown command"))
    except PermissionMissing:
        pass  # it is there
    return True


async def _writable(session: Session) -> Finding:
    try:
        await session.create(file_name("meta", 0))
    except AdapterError as error:
        fix = "chown -R asterisk: /etc/asterisk   # the user that Asterisk runs as"
        detail = f"Asterisk cannot create files there: {error.reply}"
        return Finding("configuration folder", "error", detail, fix)
    return Finding("configuration folder", "ok", "Asterisk can create files there")


_INCLUDE: Final = "include in "


async def _includes(session: Session, writer: Writer) -> list[Finding]:
    files = session.access.main_files
    findings = []
    for main, families in FAMILIES_OF.items():
        check = _INCLUDE + files[main]
        try:
            let_in = await asyncio.gather(*(writer.let_in(family) for family in families))
        except AdapterError as error:
            findings.append(Finding(check, "error", error.reply))
            continue
        if all(let_in):
            findings.append(Finding(check, "ok", "our files are included"))
        else:
            detail = missing_include(families[0], files)
            findings.append(Finding(check, "error", detail, fix_of(main, files[main])))
    return findings


async def _files(session: Session, writer: Writer) -> list[Finding]:
    """Check what stands in the files: transports, name clashes, leaks, pending changes."""
    try:
        await writer.load(FILES, again=True)
        foreign = await read_foreign(session, writer, await read_heads(session))
        lists = await ask_lists(session, {*held_families(writer.shards), "ext"})
        foreign = foreign.with_loaded(other_dialplan(lists[DIALPLAN]))
        voicemail = await session.config(session.access.main_files["vm"], category="general")
        files = await session.configs((SORCERY, EXTCONFIG))
        trunks = [each async for each in carriers(session, lists)]
    except AdapterError as error:
        return [Finding("files", "error", f"{error.doing}: {error.reply}", advice=error.hint)]
    setup = setup_of(session.target.settings)
    sections = voicemail.sections if voicemail else ()
    options = [pair for section in sections for pair in section.lines]
    return [
        *_transports(foreign, writer.shards),
        *_databases(files),
        *_clashes(foreign, writer.shards, setup.internal_context),
        *_answered(foreign, writer.shards, setup),
        *_leaks(foreign),
        *trunks,
        _pending(find_pending(lists, writer.shards)),
        _pins(options),
    ]


def _transports(foreign: Foreign, shards: Shards) -> Iterator[Finding]:
    transports = {
        section.name: dict(section.lines)
        for section in foreign.sections
        if section.family == "pjsip" and ("type", "transport") in section.lines
    }
    if not transports:
        fix = "; pjsip.conf\n[transport-udp]\ntype = transport\nprotocol = udp\nbind = 0.0.0.0:5060"
        detail = "no PJSIP transport: no phone can reach Asterisk"
        yield Finding("transport", "error", detail, fix)
        return
    there = {str(lines.get("protocol", "udp")).lower() for lines in transports.values()}
    wanted: dict[str, list[str]] = {}
    for section in shards.of("aor"):
        if found := re.search(r";transport=(\w+)", dict(section.lines).get("contact", "")):
            wanted.setdefault(found[1], []).append(section.name.removeprefix("trunk-"))
    for protocol in sorted(wanted.keys() - there):
        names = ", ".join(sorted(wanted[protocol]))
        port, more = (5061, _OF_TLS) if protocol == "tls" else (5060, "")
        yield Finding(
            "transport",
            "error",
            f"no PJSIP transport for {protocol}: no call leaves over {names}",
            f"; pjsip.conf\n[transport-{protocol}]\ntype = transport\nprotocol = {protocol}\n"
            f"bind = 0.0.0.0:{port}{more}",
            advice="add one, and restart Asterisk: it takes up new transports at no reload",
        )
    yield Finding("transport", "ok", ", ".join(transports))


_OF_TLS: Final = (
    "\ncert_file = /etc/asterisk/keys/asterisk.crt\npriv_key_file = /etc/asterisk/keys/asterisk.key"
)


def _databases(files: Mapping[str, ConfigFile | None]) -> Iterator[Finding]:
    sources = [each.line for each in sources_in(files[SORCERY])]
    for line in (*sources, *(each.by for each in unseen_in(files[EXTCONFIG]))):
        yield Finding(
            "databases",
            "warning",
            f"{line}: what stands there is not read, of phones but their names",
            advice="declare no number that is in use there",
        )


def _clashes(foreign: Foreign, shards: Shards, internal: str) -> Iterator[Finding]:
    ours = {
        (section.name.lower(), dict(section.lines).get("type"))
        for family in ("pjsip", "aor", "queues", "ext")
        for section in shards.of(family)
        if section.name != MARKER
    }
    for section in foreign.sections:
        kind = next((str(line.value) for line in section.lines if line.variable == "type"), None)
        if section.by or (section.family == "ext" and section.name == internal):
            continue  # it has our contexts included beside its own lines: see `_answered`
        if kind == wizard.TYPE and (section.name.lower(), "endpoint") in ours:
            detail = f"[{section.name}] also stands in {wizard.FILE}, and counts for nothing there"
            advice = f"remove [{section.name}] there"
            yield Finding("same name twice", "error", detail, advice=advice)
        elif section.family != "vm" and (section.name.lower(), kind) in ours:
            detail = f"[{section.name}] also stands in a hand-written file ({section.family})"
            advice = f"remove the hand-written section [{section.name}]"
            if section.family in ("pjsip", "aor"):
                detail += f": Asterisk loads no {kind} any more, and has none after a restart"
                yield Finding("same name twice", "error", detail, advice=advice)
                continue
            yield Finding("same name twice", "warning", detail, advice=advice)


def _answered(foreign: Foreign, shards: Shards, setup: Setup) -> Iterator[Finding]:
    ours = ((section.name, section.lines) for section in shards.of("ext"))
    boxes = {
        f"{number}@{section.name}" for section in shards.of("vm") for number, _ in section.lines
    }
    for line, numbers in answered_first(ours, boxes, lines_ahead(foreign.sections, setup)):
        more = f" and {len(numbers) - 5} more" if len(numbers) > 5 else ""
        detail = f"`{line.line}` in {line.where} answers {', '.join(numbers[:5])}{more} before ours"
        advice = "take that line out there and reload, unless it is meant"
        yield Finding("answered first", "warning", detail, advice=advice)


def _leaks(foreign: Foreign) -> Iterator[Finding]:
    for name in dict.fromkeys(foreign.leaked):
        detail = (
            f"lines of a main file end up in our section [{name}]: they stand after the "
            "#tryinclude line, and a line belongs to the section before it"
        )
        advice = "move #tryinclude to the end"
        yield Finding("lines after the include", "warning", detail, advice=advice)


def _pending(pending: str | None) -> Finding:
    if pending is None:
        return Finding("pending changes", "ok", "what is written is in effect")
    fix = "reconciler apply   # reloads and proves, or: asterisk -rx 'core reload'"
    return Finding("pending changes", "warning", pending, fix)


def _pins(options: Iterable[tuple[str, str]]) -> Finding:
    where = dict(options).get("passwordlocation", "voicemail.conf")
    if where == "spooldir":
        return Finding("voicemail PINs", "ok", "changes by users stay out of the configuration")
    detail = "users who change their PIN make Asterisk rewrite our file, which shows as drift"
    fix = "; voicemail.conf, section [general]\npasswordlocation = spooldir"
    return Finding("voicemail PINs", "warning", detail, fix)


async def _ari(session: Session) -> Finding:
    try:
        await ari_states(session)
    except AdapterError as error:
        return Finding("ARI", "warning", f"{error.doing}: {error.reply}", advice=error.hint)
    return Finding("ARI", "ok", str(session.access.ari_url))
