"""An AMI login on one Asterisk, with what the adapter's files share: questions, files, versions."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Hashable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import chain, repeat
from typing import Any, Final, TypeVar

from reconciler.adapters.asterisk.access import Access, read_access
from reconciler.adapters.asterisk.hanging import ReloadHangs, advised
from reconciler.errors import (
    AdapterError,
    PermissionMissing,
    Refused,
    Unreachable,
    UnsupportedVersion,
)
from reconciler.model.target import Target
from reconciler.model.value import Fields
from reconciler.transport.ami import Ami, AmiLogin, ListResponse, Message
from reconciler.transport.ami_beside import Beside
from reconciler.transport.ami_config import ConfigFile, names_in
from reconciler.transport.ami_rights import lacking

T = TypeVar("T")

Pairs = tuple[tuple[str, str], ...]
Names = tuple[str, ...]

_TEMPLATES: Final = ("Filter", "TEMPLATES=restrict")
"""Asks for templates instead of sections."""

_NOTHING: Final = ("not found", "no categories")
"""What Asterisk says of a file that is absent, or that has no sections."""

_BUSY: Final = "A reload is in progress"
_BUSY_S: Final = (0.1, 0.2, 0.4, 0.8, 1.5, 3)
"""First waits while somebody else's reload runs: Asterisk refuses a second one (seen, 22.10)."""
_NEXT_S: Final = 5.0
"""Each wait after these."""
_RELOAD_DEADLINES: Final = 12
_LONGEST_RELOAD_S: Final = 120.0
"""A dialplan with 5,000 hints takes Asterisk 13 s of CPU to reload: each hint is sought among all
(seen, 22.10). So a reload is given twelve deadlines, up to this, before it is taken for hung."""

_NO_MODULE: Final = "reconciler"
"""No module has this name: to reload it does nothing."""

OLDEST_MAJOR: Final = 20
PROVED_MAJORS: Final = (22,)


class Session:
    """Questions to one Asterisk. Errors name the target and what we were doing."""

    def __init__(
        self, ami: Ami, login: AmiLogin, access: Access, target: Target, timeout_s: float
    ) -> None:
        self.ami = ami
        self._login = login
        self._beside: Beside | None = None
        self.access = access
        self.target = target
        self.timeout_s = access.action_timeout_s or timeout_s
        self.version = ""
        self._known: dict[Hashable, tuple[bytes, Any]] = {}

    def widen(self) -> None:
        """Log in once more, so that files are read while other questions are answered."""
        if self._beside is None:
            target, timeout_s = self.target.scope, self.timeout_s
            self._beside = Beside(self.ami, self._login, target=target, timeout_s=timeout_s)

    async def aclose(self) -> None:
        """End what `widen` began."""
        if self._beside is not None:
            await self._beside.aclose()

    async def beside(self) -> Ami:
        """Return who is asked for files: the second login, or the first one where there is none."""
        return self.ami if self._beside is None else await self._beside.ami()

    @property
    def section(self) -> str:
        """Where the login's rights stand."""
        return f"manager.conf, section [{self.access.username}]"

    def make_of(self, question: Hashable, content: bytes, make: Callable[[], T]) -> T:
        """Return what an answer means: the very same value as last time if it says the same.

        An apply asks the same several times over, and nearly everything is as it was.
        """
        known = self._known.get(question)
        if known is None or known[0] != content:
            known = self._known[question] = (content, make())
        made: T = known[1]
        return made

    async def ask(
        self,
        action: str,
        fields: Sequence[tuple[str, str]] = (),
        *,
        doing: str,
        idempotent: bool = True,
        by: Ami | None = None,
        timeout_s: float | None = None,
    ) -> Message:
        """Send one action, by the first login unless told; return its response.

        Raises what `Ami.send` raises.
        """
        try:
            return await (by or self.ami).send(
                action, fields, idempotent=idempotent, timeout_s=timeout_s or self.timeout_s,
                doing=doing,
            )  # fmt: skip
        except PermissionMissing as error:
            raise lacking(action, self.section, error) from None

    async def list(
        self,
        action: str,
        fields: Sequence[tuple[str, str]] = (),
        *,
        doing: str,
        by: Ami | None = None,
    ) -> ListResponse:
        """Send a list action and return its events. Raises what `Ami.send_list` raises."""
        try:
            ami = by or self.ami
            return await ami.send_list(action, fields, timeout_s=self.timeout_s, doing=doing)
        except PermissionMissing as error:
            raise lacking(action, self.section, error) from None

    async def offered(self, action: str, *, doing: str, by: Ami | None = None) -> ListResponse:
        """Return a list; an empty one if the module that offers it is not loaded."""
        try:
            return await self.list(action, doing=doing, by=by)
        except Refused as error:
            if "unknown command" in error.reply:
                return ListResponse(Message(()))
            raise

    async def events(self, action: str, *, doing: str) -> tuple[Message, ...]:
        """Return a list's events; none if the module that offers the list is not loaded."""
        return (await self.offered(action, doing=doing)).events

    async def reload(self, module: str, *, doing: str) -> None:
        """Reload a module, after the reload of somebody else that may run.

        Raises like `ask`, and ReloadHangs if that one does not end. If ours does not end in time
        and the rest of Asterisk answers, Unreachable says so.
        """
        left_s = longest_s = max(
            self.timeout_s, min(_RELOAD_DEADLINES * self.timeout_s, _LONGEST_RELOAD_S)
        )
        for wait_s in chain(_BUSY_S, repeat(_NEXT_S)):
            try:
                await self.ask("Reload", [("Module", module)], doing=doing, timeout_s=longest_s)
            except Refused as error:
                if _BUSY not in error.reply:
                    raise
                if left_s <= 0:
                    reply = f"{error.reply}. {advised(await self.last_reload())}"
                    raise ReloadHangs(error.target, doing, reply) from None
                await asyncio.sleep(min(wait_s, left_s))
                left_s -= wait_s
            except Unreachable as error:
                with suppress(AdapterError):
                    if since := await self.reload_under_way():
                        error = Unreachable(
                            error.target, error.doing, f"{error.reply}. {advised(since)}"
                        )
                raise error from None
            else:
                return

    async def reload_under_way(self) -> str | None:
        """Return since when a reload goes on, as `last_reload` does; None if there is none.

        Asked for only where no answer came: whoever asks when there is none counts as a reload.
        """
        try:
            await self.ask("Reload", [("Module", _NO_MODULE)], doing="asking for a reload")
        except Refused as error:
            if _BUSY in error.reply:
                return await self.last_reload()
        return None

    async def last_reload(self) -> str:
        """Return when the last reload began, by Asterisk's own clock."""
        status = await self.ask("CoreStatus", doing="asking for the last reload")
        return f"{status.get('CoreReloadDate')} {status.get('CoreReloadTime')} (its own clock)"

    async def config(
        self,
        filename: str,
        *,
        category: str | None = None,
        templates: bool = False,
        by: Ami | None = None,
    ) -> ConfigFile | None:
        """Return a configuration file as Asterisk reads it; None if it is absent.

        Files that it includes are part of it. `templates` asks for templates instead of sections.
        """
        fields = [("Filename", filename)]
        if category is not None:
            fields.append(("Category", category))
        if templates:
            fields.append(_TEMPLATES)
        doing = f"reading {filename}"
        try:
            answer = await self.ask("GetConfig", fields, doing=doing, by=by)
        except Refused as error:
            if "not found" in error.reply:
                return None
            raise
        return self._file(tuple(fields), answer)

    async def configs(self, filenames: Iterable[str]) -> dict[str, ConfigFile | None]:
        """Read many files at once, as `config` does one."""
        each = [(("Filename", name),) for name in filenames]
        answers = await self._each("GetConfig", each, await self.beside())
        return {fields[0][1]: self._file(fields, answer) for fields, answer in answers}

    async def templates(
        self, filenames: Sequence[str], category: str, *, by: Ami
    ) -> Sequence[ConfigFile | None]:
        """Return what templates of a name say in each of some files; None for an absent file."""
        questions = [(("Filename", n), ("Category", category), _TEMPLATES) for n in filenames]
        found = await self._each("GetConfig", questions, by)
        return [self._file(fields, answer) for fields, answer in found]

    async def categories(self, filenames: Iterable[str], *, by: Ami) -> Sequence[Names]:
        """Return the names of each file's sections, included files too, in order; () if absent."""
        each = [(("Filename", name),) for name in filenames]
        found = await self._each("ListCategories", each, by)
        return [() if answer is None else names_in(answer.content) for _, answer in found]

    async def _each(
        self, action: str, each: Sequence[Pairs], by: Ami
    ) -> Sequence[tuple[Pairs, Message | None]]:
        """Ask the same of many files at once; None of those that are absent or hold nothing."""
        answers = await by.send_each(
            action, each, timeout_s=self.timeout_s, doing="reading its files"
        )
        found: list[tuple[Pairs, Message | None]] = []
        for fields, answer in zip(each, answers, strict=True):
            if not answer.succeeded and not _is_nothing(answer):
                error = by.refusal(f"reading {fields[0][1]}", answer, fields)
                if isinstance(error, PermissionMissing):
                    error = lacking(action, self.section, error)
                raise error
            found.append((fields, answer if answer.succeeded else None))
        return found

    def _file(self, question: Hashable, answer: Message | None) -> ConfigFile | None:
        if answer is None:
            return None
        content = answer.content
        scope = self.target.scope
        return self.make_of(question, content, lambda: ConfigFile(content, target=scope))

    async def create(self, filename: str) -> None:
        """Create a configuration file unless it is there. Raises Refused where we may not."""
        try:
            await self.ask("CreateConfig", [("Filename", filename)], doing=f"creating {filename}")
        except Refused as error:
            if "exists" not in error.reply:
                hint = "the configuration folder has to be writable by the user Asterisk runs as"
                raise Refused(error.target, error.doing, error.reply, hint=hint) from None


def _is_nothing(refusal: Message) -> bool:
    said = refusal.routing(b"Message").lower()
    return any(each in said for each in _NOTHING)


def major_of(version: str) -> int | None:
    """Return the major version in a text like "22.10.1+dfsg", "GIT-master" or "certified/20.7"."""
    found = re.search(r"(?:^|[/-])(\d{2})(?=[.\-]|$)", version)
    return int(found[1]) if found else None


@asynccontextmanager
async def open_session(
    target: Target, settings: Fields, *, timeout_s: float, events: str = "off"
) -> AsyncIterator[Session]:
    """Log in and check the version. Raises what `Ami.connect` raises, and UnsupportedVersion."""
    access = read_access(settings)
    login = AmiLogin(
        access.host,
        access.port,
        access.username,
        access.password,
        access.tls,
        access.tls_verify,
        access.ca_file,
    )
    ami = await Ami.connect(login, target=target.scope, timeout_s=timeout_s, events=events)
    async with ami:
        session = Session(ami, login, access, target, timeout_s)
        answer = await session.ask("CoreSettings", doing="asking for the version")
        session.version = answer.get("AsteriskVersion")
        check_version(target.scope, session.version)
        try:
            yield session
        finally:
            await session.aclose()


def check_version(target: str, version: str) -> None:
    """Raise UnsupportedVersion for an Asterisk that is too old; an unknown version passes."""
    major = major_of(version)
    if major is not None and major < OLDEST_MAJOR:
        proved = ", ".join(map(str, PROVED_MAJORS))
        raise UnsupportedVersion(
            target,
            "asking for the version",
            f"Asterisk {version}; this adapter needs {OLDEST_MAJOR} or newer (proved on {proved})",
        )
