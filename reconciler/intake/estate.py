"""Estate: people become a file of the estate, and findings in it go back to the table. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.diagnostics.diagnostic import Diagnostic, Related
from reconciler.diagnostics.place import Place
from reconciler.intake.people import Person
from reconciler.intake.table import Cell
from reconciler.kinds.entry import secret_paths
from reconciler.kinds.extension import Extension
from reconciler.kinds.phone import Phone
from reconciler.language.amend import entries_text, flow_text
from reconciler.model.secret import Clear, Secret
from reconciler.model.value import Value
from reconciler.takeover.document import unflatten

_GENERATED: Final = Secret("generated")


@dataclass(frozen=True, slots=True)
class Whither:
    """Where people go: their PBX, the site of their phones, and what all of them have alike.

    `shared` are fields as columns name them (`phone.template`); `remark` heads the file.
    """

    pbx: str
    site: str | None
    shared: Mapping[str, str]
    remark: str


def secret_name(pbx: str, number: str, path: str) -> str:
    """Return the name under which a person's secret is kept in the store, as `import` names it."""
    return f"{pbx}-extension-{number}-{path}"


def secrets_of(people: Iterable[Person], pbx: str) -> dict[str, Clear]:
    """Return the secrets of the table for the store, by name."""
    return {
        secret_name(pbx, each.number, path): value
        for each in people
        for path, value in each.secrets.items()
    }


def lacks_a_site(person: Person) -> bool:
    """Return whether the row has a phone and does not say where it stands."""
    return bool(person.phone_fields) and "site" not in person.phone_fields


def write_estate(people: Sequence[Person], to: Whither) -> str:
    """Return the file that declares people, their phones and their direct numbers."""
    extensions: dict[str, object] = {}
    phones: dict[str, object] = {}
    routes: dict[str, object] = {}
    for each in people:
        secrets = {
            path: Secret(f"store:{secret_name(to.pbx, each.number, path)}") for path in each.secrets
        }
        extensions[each.number] = unflatten({**each.fields, **secrets}, Extension)
        if each.phone_fields:
            said = {**each.phone_fields, "lines": [each.number]}
            phones[each.phone] = unflatten(said, Phone)
        if each.did:
            routes[each.did] = {
                "name": each.fields.get("name", ""),
                "destination": f"extension/{each.number}",
            }
    head = {"apiVersion": "reconciler/v1", "pbx": to.pbx}
    if phones and to.site:
        head["site"] = to.site
    sections = {"extensions": extensions, "phones": phones, "inbound_routes": routes}
    parts = ["".join(f"{key}: {flow_text(value)}\n" for key, value in head.items())]
    parts[0] += f"\n# {to.remark}\n"
    parts.append(f"defaults:\n{entries_text(_shared(people, to), 2)}")
    parts += [
        f"{name}:\n{entries_text(entries, 2)}" for name, entries in sections.items() if entries
    ]
    return "\n".join(parts)


def _shared(people: Sequence[Person], to: Whither) -> dict[str, object]:
    """Return what all have: what was asked for, and passwords that nobody has to think of."""
    given: dict[str, Value] = {"secret": _GENERATED}
    if any("voicemail.email" in each.fields or "voicemail.enabled" in each.fields
           for each in people):  # fmt: skip
        given["voicemail.pin"] = _GENERATED
    given |= {path: text for path, text in to.shared.items() if not path.startswith("phone.")}
    phones = {
        path.removeprefix("phone."): text
        for path, text in to.shared.items()
        if path.startswith("phone.")
    }
    shared: dict[str, object] = {"extensions": unflatten(given, Extension)}
    if phones and any(each.phone_fields for each in people):
        shared["phones"] = unflatten(phones, Phone)
    return shared


def back_to_table(
    found: Iterable[Diagnostic], people: Sequence[Person], written: str, table: str
) -> Iterator[tuple[Diagnostic, Person | None]]:
    """Yield findings of the file to be written, each at the cell that it is about, and whose it is.

    `written` and `table` are how the two files are called. What is about no row has no place.
    """
    owners: dict[tuple[str, str], Person] = {}
    for person in people:
        owners["extensions", person.number] = person
        if person.phone:
            owners["phones", person.phone] = person
        if person.did:
            owners["inbound_routes", person.did] = person

    def cell(place: Place) -> tuple[Cell, Person] | None:
        section, key, *path = (*map(str, place.path), "", "")
        owner = owners.get((section, key))
        if owner is None:
            return None
        while path:
            at = owner.cells.get((section, ".".join(part for part in path if part)))
            if at is not None:
                return at, owner
            path.pop()
        return owner.first, owner

    for each in found:
        at = each.at
        if not isinstance(at, Place) or at.file != written:
            yield each, None
            continue
        of = cell(at)
        related = tuple(
            Related(again[0].span(table), other.text)
            if isinstance(other.at, Place)
            and other.at.file == written
            and (again := cell(other.at)) is not None
            else other
            for other in each.related
        )
        if of is None:
            yield each._replace(at=None, related=()), None
        else:
            yield each._replace(at=of[0].span(table), related=related), of[1]


def is_secret(field: str) -> bool:
    """Whether a column's field is a secret: nobody says it on a command line."""
    return field in secret_paths(Extension) or field in {
        f"phone.{each}" for each in secret_paths(Phone)
    }
