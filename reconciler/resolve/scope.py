"""Scope: which PBX and site an entry belongs to."""

from collections.abc import Mapping
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


class Inventory(NamedTuple):
    """The PBXs, each with its site, and the sites, each with its PBX; empty where none is said."""

    pbxs: Mapping[str, str]
    sites: Mapping[str, str]


def inventory_in(declarations: Declarations) -> Inventory:
    """Return the inventory that is declared."""
    pbxs = {e.key: e.entry.__dict__.get("site") or "" for e in declarations.of("pbx")}
    sites = {e.key: e.entry.__dict__.get("pbx") or "" for e in declarations.of("site")}
    return Inventory(pbxs, sites)


class Scopes:
    """Answers for every entry of an estate; says once per document what is missing."""

    def __init__(
        self, declarations: Declarations, inventory: Inventory, problems: list[Diagnostic]
    ) -> None:
        self._problems = problems
        self._unread = declarations.unread
        self._pbx_site, self._site_pbx = inventory
        self._names = {"pbx": inventory.pbxs.keys(), "site": inventory.sites.keys()}
        self._only = {
            word: next(iter(names)) if len(names) == 1 else ""
            for word, names in self._names.items()
        }
        self._by_head: dict[Head, Scope] = {}
        self._reported: set[tuple[str, int, str]] = set()

    def of(self, declaration: Declaration) -> Scope | None:
        """Return an entry's scope; None (and a finding) if its own part of it is not known.

        A scope that is not named right is told, and taken for the one that was probably meant.
        """
        model, head = declaration.model, declaration.head
        scope = self._by_head.get(head)
        if scope is None:
            scope = self._by_head[head] = self._of_head(head)
        if model.kind == "pbx":
            return Scope(declaration.key, self._pbx_site[declaration.key] or scope.site)
        if model.kind == "site":
            return Scope(self._site_pbx[declaration.key] or scope.pbx, declaration.key)
        if model.scope == "site":
            if "site" in declaration.flaws and not self._only["site"]:
                return None
            scope = self._of_site_entry(declaration, scope)
        if model.scope != "workspace" and not scope.of(model.scope):
            self._missing(declaration, model.scope)
            return None
        return scope

    def _of_site_entry(self, declaration: Declaration, scope: Scope) -> Scope:
        """A phone may name its site and PBX itself; its site may name a PBX."""
        own = declaration.fields
        site = self._meant("site", own.get("site")) or scope.site
        of_head = scope.pbx if declaration.head.pbx else None
        pbx = self._meant("pbx", own.get("pbx")) or of_head or self._site_pbx.get(site) or scope.pbx
        return scope if (pbx, site) == scope else Scope(pbx, site)

    def _meant(self, word: str, name: str | None) -> str | None:
        """Return the name that is declared, or the one that was probably meant."""
        if name is None or name in self._names[word] or self._unread.may_hold(word, name):
            return name
        return closest(name, self._names[word]) or name

    def _of_head(self, head: Head) -> Scope:
        named = []
        for word, name in (("pbx", head.pbx), ("site", head.site)):
            meant = self._meant(word, name)
            known = name is None or name in self._names[word] or self._unread.may_hold(word, name)
            if not known:
                near = meant if meant != name else None
                self._problems.append(
                    found(
                        "unknown-reference",
                        f'The document belongs to {word} "{name}", but no such {word} is declared.',
                        head.place(word),
                        hint=f'did you mean "{near}"?' if near else None,
                    )
                )
            named.append(meant or self._only[word])
        return Scope(*named)

    def _missing(self, declaration: Declaration, word: str) -> None:
        head = declaration.head
        is_told = word in head.wrong or word in declaration.flaws
        if is_told or self._unread.may_hold_any(word):
            return
        if (head.file, head.document, word) in self._reported:
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
