"""Scope: which PBX and site an entry belongs to."""

from typing import NamedTuple

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.suggest import closest
from reconciler.kinds.declaration import Declaration, Declarations, Head


class Scope(NamedTuple):
    """The PBX and the site that an entry's references mean; empty where it is not known."""

    pbx: str = ""
    site: str = ""

    def of(self, where: str) -> str:
        """Return the name for a kind's scope (`pbx`, `site`, `workspace`)."""
        return self.pbx if where == "pbx" else self.site if where == "site" else ""


class Scopes:
    """Answers for every entry of an estate; says once per document what is missing."""

    def __init__(self, declarations: Declarations, problems: list[Diagnostic]) -> None:
        self._problems = problems
        self._partial = declarations.partial
        self._names = {
            word: {each.key for each in declarations.of(word)}
            | {key for kind, key in declarations.broken if kind == word}
            for word in ("pbx", "site")
        }
        self._only = {
            word: next(iter(names)) if len(names) == 1 else ""
            for word, names in self._names.items()
        }
        self._site_pbx: dict[str, str] = {
            each.key: each.entry.__dict__.get("pbx") or "" for each in declarations.of("site")
        }
        self._by_head: dict[Head, Scope] = {}
        self._reported: set[tuple[str, int, str]] = set()

    def of(self, declaration: Declaration) -> Scope | None:
        """Return an entry's scope; None (and a finding) if its own part of it is not known."""
        model, head = declaration.model, declaration.head
        scope = self._by_head.get(head)
        if scope is None:
            scope = self._by_head[head] = self._of_head(head)
        if model.kind == "pbx":
            return Scope(declaration.key, declaration.entry.__dict__.get("site") or scope.site)
        if model.kind == "site":
            return Scope(self._site_pbx[declaration.key] or scope.pbx, declaration.key)
        if model.scope == "site":
            scope = self._of_site_entry(declaration, scope)
        if model.scope != "workspace" and not scope.of(model.scope):
            self._missing(declaration, model.scope)
            return None
        return scope

    def _of_site_entry(self, declaration: Declaration, scope: Scope) -> Scope:
        """A phone may name its site and PBX itself; its site may name a PBX."""
        own = declaration.entry.__dict__
        site = own.get("site") or scope.site
        pbx = own.get("pbx") or declaration.head.pbx or self._site_pbx.get(site) or scope.pbx
        return scope if (pbx, site) == scope else Scope(pbx, site)

    def _of_head(self, head: Head) -> Scope:
        named = []
        for word, name in (("pbx", head.pbx), ("site", head.site)):
            if name is not None and name not in self._names[word] and not self._partial:
                near = closest(name, self._names[word])
                self._problems.append(
                    found(
                        "unknown-reference",
                        f'The document belongs to {word} "{name}", but no such {word} is declared.',
                        head.place(word),
                        hint=f'did you mean "{near}"?' if near else None,
                    )
                )
            named.append(name or self._only[word])
        return Scope(*named)

    def _missing(self, declaration: Declaration, word: str) -> None:
        head = declaration.head
        if (head.file, head.document, word) in self._reported or self._partial:
            return
        self._reported.add((head.file, head.document, word))
        names = sorted(self._names[word])
        some = (
            f"{len(names)} are declared ({', '.join(names[:5])})" if names else "none is declared"
        )
        self._problems.append(
            found(
                f"no-{word}",
                f"The document does not say which {word} its {declaration.model.section} belong "
                f"to, and {some}.",
                declaration.place.key(),
                hint=f"write {word}: {names[0] if names else 'NAME'} at the top of the document",
            )
        )
