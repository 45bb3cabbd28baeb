"""Committing: reload, look whether Asterisk took it, and put back what it refused.

Nothing is restarted, so calls go on. What a new object's refusal leaves behind would be a file
that breaks at the next restart: so the object is put back as it was in all families.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from reconciler.adapter import Committed
from reconciler.adapters.asterisk.again import Again, Asked
from reconciler.adapters.asterisk.encode import MODULES
from reconciler.adapters.asterisk.files import Key, Wish
from reconciler.adapters.asterisk.hanging import ReloadHangs
from reconciler.adapters.asterisk.looking import Lists, look
from reconciler.adapters.asterisk.pending import our_keys
from reconciler.adapters.asterisk.reading import OurSections
from reconciler.adapters.asterisk.sections import FILES, Section
from reconciler.adapters.asterisk.session import Session
from reconciler.adapters.asterisk.verify import Loaded, Problem, Written, camel, problem_of
from reconciler.adapters.asterisk.writing import Piece, Writer
from reconciler.errors import Refused
from reconciler.model.address import Address
from reconciler.model.step import Request

_PATIENCE_S: Final = (0.1, 0.3, 0.8)
"""Waits before a missing object is believed to be missing: registrations appear with a delay."""

_CANARY: Final = ("fax_detect_timeout", "86399")

Owns = Callable[[Section], Iterable[tuple[Key, str, str]]]
"""The keys of a section as it was read, each with the kind and key of the object it belongs to."""

Index = Callable[[], Sequence[Request]]
"""The requests that make the index fit the objects which the files hold now."""

Owner = Address | str
"""Whose keys: an object's, or by name what is written once for many."""


class Commit:
    """One commit: writes that were sent since the last one, made live and proved."""

    def __init__(
        self,
        session: Session,
        writer: Writer,
        since: Mapping[Address, Sequence[Piece]],
        index: Index,
    ) -> None:
        self._session = session
        self._writer = writer
        self._index = index
        self._pieces: dict[Owner, list[Piece]] = {
            address: list(pieces) for address, pieces in since.items()
        }
        self.loaded: Lists = {}
        """What was listed when all was seen to be in effect, as far as it was asked for."""

    async def run(
        self,
        requests: Sequence[Request],
        touched: Sequence[Address],
        owns: Owns,
        again: Again[Any],
        asked: Asked,
    ) -> Committed:
        """Carry it out. Raises Refused if an index or a reload is refused.

        Once all is written, what is `asked` is looked at `again`.
        """
        self._refuse_cut()
        await self._write_index([r for r in requests if r.verb in {"put", "drop"}])
        self._refuse_cut()
        if touched and await self._session.beside() is not self._session.ami:
            again.begin(asked)  # with one login it would come after the reload
        modules = [m for r in requests if r.verb == "reload" for m in r.args["modules"]]
        written = self._to_prove(await self._written(touched, owns), modules)
        before, _ = await self._look(_only_listed(written), details=False)
        await self._reload(modules)
        problems = await self._problems(written, before)
        if not problems:
            return Committed()
        self.loaded = {}
        await again.stop()
        if doubtful := {
            o: p for o, p in problems.items() if not any(x.certain for x in p.values())
        }:
            for owner in await self._try_out(doubtful):
                del problems[owner]
            if not problems:
                return Committed()
        reasons = {
            owner: "; ".join(problem.text for problem in found.values())
            for owner, found in problems.items()
        }
        return await self._put_back(modules, reasons)

    async def _write_index(self, requests: Sequence[Request]) -> None:
        pieces = await self._writer.prepare([request] for request in requests)
        wishes = [wish for piece in pieces for wish in piece.wishes]
        await self._writer.load_files(self._writer.shards.files_of(wishes))
        await self._writer.write(pieces)
        error = next((each.error for each in pieces if each.error), None)
        if error is not None:
            raise Refused(self._session.target.scope, "writing the index", error)
        await self._writer.load_files(self._writer.shards.files_of(wishes))
        for each in pieces:
            self._pieces.setdefault(each.wishes[0].owner, []).append(each)

    def _refuse_cut(self) -> None:
        """Load nothing of files that were cut: what is live of them goes on. Raises Refused."""
        if not (cut := self._writer.cut):
            return
        name, lost = min(cut.items())
        more = f" and {len(cut) - 1} more files" if len(cut) > 1 else ""
        raise Refused(
            self._session.target.scope,
            "reloading",
            f"Asterisk said that it wrote {name}{more}, and what stood there is gone "
            f"([{lost[0]}]): its disk seems to be full (df -h). Nothing was reloaded, so what is "
            "loaded goes on until Asterisk starts anew. Make room there and apply again, which "
            "puts back what is missing",
        )

    async def _written(
        self, touched: Sequence[Address], owns: Owns
    ) -> dict[Owner, dict[Key, Written]]:
        """Return what each object had and has. Of an earlier run's writes only the latter."""
        shards = self._writer.shards
        found: dict[Owner, dict[Key, Written]] = {}
        for owner, pieces in self._pieces.items():
            keys = found.setdefault(owner, {})
            for piece in pieces:
                for key, before in (x for undo in piece.undo for x in undo.wanted.items()):
                    first = keys[key].before if key in keys else before
                    keys[key] = Written(first, shards.holds(key))
        unknown = {(each.kind, each.key): each for each in touched if each not in found}
        if unknown:
            await self._writer.load(MODULES)
            for key, kind, name in (x for each in OurSections().of(shards) for x in owns(each)):
                if address := unknown.get((kind, name)):
                    written = Written(None, shards.holds(key), known=False)
                    found.setdefault(address, {})[key] = written
        return found

    def _to_prove(
        self, written: Mapping[Owner, Mapping[Key, Written]], modules: Iterable[str]
    ) -> dict[Owner, dict[Key, Written]]:
        """Leave out what is as it was and is not read anew either."""
        reread = {family for family, module in MODULES.items() if module in {*modules}}
        return {
            owner: {
                key: each
                for key, each in keys.items()
                if key.family in reread or not each.known or each.before != each.after
            }
            for owner, keys in written.items()
        }

    async def _look(
        self, written: Mapping[Owner, Mapping[Key, Written]], *, details: bool = True
    ) -> tuple[Loaded, Lists]:
        """Ask for what is loaded, as far as it can tell about these keys."""
        every = {key: each for keys in written.values() for key, each in keys.items()}
        # Files do not tell upper from lower case in names; the questions about what is loaded do.
        names = {k: name for owner in written for k, name in self._names(owner).items()}
        endpoints: list[str] = []
        for key, (before, after, known) in every.items():
            kind = dict(after or ()).get("type")
            changed = not known or (before is not None and before != after)
            if kind == "endpoint" and changed and details:
                endpoints.append(names.get(key, key.name))
            elif kind == "identify":
                endpoints.append(dict(after or ()).get("endpoint", ""))
        inside = [key for key in every if key.family == "ext"]
        all_known = all(key in names for key in inside)
        contexts = [names[key] for key in inside] if all_known else None
        families = {key.family for key in every}
        return await look(self._session, families, endpoints=endpoints, contexts=contexts)

    async def _reload(self, modules: Iterable[str]) -> None:
        for module in dict.fromkeys(modules):
            doing = f"reloading {module}"
            try:
                await self._session.reload(module, doing=doing)
            except ReloadHangs:
                raise
            except Refused as error:
                families = [family for family, each in MODULES.items() if each == module]
                await self._writer.load(families)
                if not any(our_keys(self._writer.shards, families)):
                    continue  # a platform without voicemail has no voicemail to reload
                hint = f"load it: `module load {module}`, and add it to modules.conf"
                raise Refused(error.target, doing, error.reply, hint=hint) from None

    async def _problems(
        self, written: Mapping[Owner, Mapping[Key, Written]], before: Loaded
    ) -> dict[Owner, dict[Key, Problem]]:
        """Return who is not in effect and why, after giving slow ones a moment."""
        left = dict(written)
        for patience_s in (*_PATIENCE_S, None):
            after, self.loaded = await self._look(left)
            problems: dict[Owner, dict[Key, Problem]] = {}
            for owner, keys in left.items():
                found = {key: problem_of(key, each, before, after) for key, each in keys.items()}
                if bad := {key: problem for key, problem in found.items() if problem}:
                    problems[owner] = bad
            if not problems or patience_s is None:
                break
            left = {owner: written[owner] for owner in problems}
            await asyncio.sleep(patience_s)
        return problems

    async def _try_out(self, doubtful: Mapping[Owner, Iterable[Key]]) -> list[Owner]:
        """Return those of these endpoints that Asterisk takes as they are written.

        Nothing of theirs changed, which is what a refusal looks like, but also a value that means
        the same as the old one. So one more option is set for a moment, one that matters only
        while a fax is detected: if it arrives, the whole endpoint was taken.
        """
        shards = self._writer.shards
        keys = {owner: [*found] for owner, found in doubtful.items()}
        plain = [
            Wish(str(owner), {key: shards.holds(key) for key in each}, self._names(owner))
            for owner, each in keys.items()
        ]
        marked = [
            Wish(w.owner, {k: (*(x or ()), _CANARY) for k, x in w.wanted.items()}, w.names)
            for w in plain
        ]
        await self._writer.write([Piece((wish,)) for wish in marked])
        await self._reload([MODULES["pjsip"]])
        names = [key.name for each in keys.values() for key in each]
        loaded, _ = await look(self._session, ["pjsip"], endpoints=names)
        await self._writer.write([Piece((wish,)) for wish in plain])
        await self._reload([MODULES["pjsip"]])
        option, value = _CANARY
        live = loaded.pjsip["endpoint"]
        return [
            owner
            for owner, each in keys.items()
            if all(live.get(key.name, {}).get(camel(option)) == value for key in each)
        ]

    def _names(self, owner: Owner) -> dict[Key, str]:
        wishes = (wish for piece in self._pieces.get(owner, ()) for wish in piece.wishes)
        return {key: name for wish in wishes for key, name in wish.names.items()}

    async def _put_back(self, modules: Iterable[str], problems: Mapping[Owner, str]) -> Committed:
        """Put refused objects back, reload once more, and say what became of them."""
        reasons = dict(problems)
        mine = {owner: self._pieces.get(owner, []) for owner in problems}
        for owner, pieces in mine.items():
            if not pieces:
                reasons[owner] += " (written by an earlier run: what it was before is not known)"
        undoing = {owner: await self._writer.put_back(reversed(p)) for owner, p in mine.items()}
        if all(isinstance(owner, Address) for owner in problems):
            # The numbers of what is gone again would lead nowhere, and look like a hand edit.
            await self._writer.load(FILES, again=True)
            await self._write_index([r for r in self._index() if r.verb in {"put", "drop"}])
        await self._reload(modules)
        for owner, pieces in undoing.items():
            failed = next((piece.error for piece in pieces if piece.error), None)
            if failed:
                reasons[owner] += f"; it could not be put back: {failed}"
        index = [f"{owner}: {why}" for owner, why in reasons.items() if isinstance(owner, str)]
        if index:
            raise Refused(
                self._session.target.scope, "committing", "; ".join(index) + " (put back)"
            )
        rejected = {owner: why for owner, why in reasons.items() if isinstance(owner, Address)}
        return Committed(rejected, ("what was rejected is back to what it was, and reloaded",))


def _only_listed(
    written: Mapping[Owner, Mapping[Key, Written]],
) -> dict[Owner, dict[Key, Written]]:
    """Return the keys for which it matters what was loaded before: PJSIP keeps what it had."""
    return {
        owner: {key: each for key, each in keys.items() if key.family in {"pjsip", "aor"}}
        for owner, keys in written.items()
    }
