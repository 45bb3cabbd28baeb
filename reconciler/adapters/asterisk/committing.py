"""Committing: reload, look whether Asterisk took it, and put back what it refused.

Nothing is restarted, so calls go on. What a new object's refusal leaves behind would be a file
that breaks at the next restart: so the object is put back as it was in all families.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from reconciler.adapter import Committed
from reconciler.adapters.asterisk.files import Key
from reconciler.adapters.asterisk.looking import look
from reconciler.adapters.asterisk.sections import Family
from reconciler.adapters.asterisk.session import Session
from reconciler.adapters.asterisk.verify import Loaded, Written, problem_of
from reconciler.adapters.asterisk.writing import Piece, Writer, make_piece
from reconciler.errors import Refused
from reconciler.model.address import Address
from reconciler.model.step import Request

MODULES: Final[Mapping[Family, str]] = {
    "pjsip": "res_pjsip.so",
    "aor": "res_pjsip.so",
    "ext": "pbx_config.so",
    "queues": "app_queue.so",
    "vm": "app_voicemail.so",
    "confbridge": "app_confbridge.so",
    "parking": "res_parking.so",
    "moh": "res_musiconhold.so",
}
"""Which module reads a family (facts, section 2)."""

_PATIENCE_S: Final = (0.1, 0.3, 0.8)
"""Waits before a missing object is believed to be missing: registrations appear with a delay."""

KeysOf = Callable[[Address], Iterable[Key]]
"""The main keys of an object that an earlier run wrote."""

Owner = Address | str
"""Whose keys: an object's, or by name what is written once for many."""


class Commit:
    """One commit: writes that were sent since the last one, made live and proved."""

    def __init__(
        self, session: Session, writer: Writer, since: Mapping[Address, Sequence[Piece]]
    ) -> None:
        self._session = session
        self._writer = writer
        self._pieces: dict[Owner, list[Piece]] = {
            address: list(pieces) for address, pieces in since.items()
        }

    async def run(
        self, requests: Sequence[Request], touched: Sequence[Address], keys_of: KeysOf
    ) -> Committed:
        """Carry it out. Raises Refused if an index or a reload is refused."""
        await self._write_index([r for r in requests if r.verb in {"put", "drop"}])
        modules = [m for r in requests if r.verb == "reload" for m in r.args["modules"]]
        written = await self._written(touched, keys_of)
        before = await self._look(written)
        await self._reload(modules)
        problems = await self._problems(written, before)
        if not problems:
            return Committed()
        return await self._put_back(modules, problems)

    async def _write_index(self, requests: Sequence[Request]) -> None:
        piece = make_piece(requests, self._session.target.scope)
        pieces = [Piece((wish,)) for wish in piece.wishes]
        if piece.error is None:
            await self._writer.write(pieces)
        error = piece.error or next((each.error for each in pieces if each.error), None)
        if error is not None:
            raise Refused(self._session.target.scope, "writing the index", error)
        for each in pieces:
            self._pieces.setdefault(each.wishes[0].owner, []).append(each)

    async def _written(
        self, touched: Sequence[Address], keys_of: KeysOf
    ) -> dict[Owner, dict[Key, Written]]:
        """Return what each object had and has. Of an earlier run's writes only the latter."""
        shards = self._writer.shards
        found: dict[Owner, dict[Key, Written]] = {}
        for owner, pieces in self._pieces.items():
            keys = found.setdefault(owner, {})
            for undo in (wish for piece in pieces for wish in piece.undo):
                for key, before in undo.wanted.items():
                    first = keys[key].before if key in keys else before
                    keys[key] = Written(first, shards.holds(key))
        unknown = [address for address in touched if address not in found]
        if unknown:
            await self._writer.load(MODULES)
        for address in unknown:
            keys = {key: Written(None, shards.holds(key), known=False) for key in keys_of(address)}
            found[address] = keys
        return found

    async def _look(self, written: Mapping[Owner, Mapping[Key, Written]]) -> Loaded:
        """Ask for what is loaded, as far as it can tell about these keys."""
        every = {key: each for keys in written.values() for key, each in keys.items()}
        endpoints: list[str] = []
        for key, (before, after, known) in every.items():
            kind = dict(after or ()).get("type")
            if kind == "endpoint" and known and before is not None and before != after:
                endpoints.append(key.name)
            elif kind == "identify":
                endpoints.append(dict(after or ()).get("endpoint", "").lower())
        contexts = [key.name for key in every if key.family == "ext"]
        families = {key.family for key in every}
        return await look(self._session, families, endpoints=endpoints, contexts=contexts)

    async def _reload(self, modules: Iterable[str]) -> None:
        for module in dict.fromkeys(modules):
            doing = f"reloading {module}"
            try:
                await self._session.ask("Reload", [("Module", module)], doing=doing)
            except Refused as error:
                hint = f"load it: `module load {module}`, and add it to modules.conf"
                raise Refused(error.target, doing, error.reply, hint=hint) from None

    async def _problems(
        self, written: Mapping[Owner, Mapping[Key, Written]], before: Loaded
    ) -> dict[Owner, str]:
        """Return who is not in effect and why, after giving slow ones a moment."""
        left = dict(written)
        for patience_s in (*_PATIENCE_S, None):
            after = await self._look(left)
            problems: dict[Owner, str] = {}
            for owner, keys in left.items():
                why = [problem_of(key, each, before, after) for key, each in keys.items()]
                if any(why):
                    problems[owner] = "; ".join(text for text in why if text)
            if not problems or patience_s is None:
                break
            left = {owner: written[owner] for owner in problems}
            await asyncio.sleep(patience_s)
        return problems

    async def _put_back(self, modules: Iterable[str], problems: Mapping[Owner, str]) -> Committed:
        """Put refused objects back, reload once more, and say what became of them."""
        reasons = dict(problems)
        mine = {owner: self._pieces.get(owner, []) for owner in problems}
        for owner, pieces in mine.items():
            if not pieces:
                reasons[owner] += " (written by an earlier run: what it was before is not known)"
        undoing = {owner: await self._writer.put_back(reversed(p)) for owner, p in mine.items()}
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
