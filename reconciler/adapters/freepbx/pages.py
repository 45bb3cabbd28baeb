"""Where FreePBX's pages are: of which kind, under which address, with which form. Pure.

Addresses and actions are those of FreePBX's own pages (facts, section 7, and the links on them).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

Query = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """The page of a kind. `form` is the form's name, `key` the name of the object in the address.

    `blank` is the address of an empty form, `shown` what an object's own address has beside its
    key. `grid` are module and list of the objects (`ajax.php`), `column` the list's column that
    holds the id, `title` the one with the text that people know it by. `delete` is the action
    that deletes, and `deleted` under which name it expects the id.
    """

    display: str
    form: str
    key: str = "extdisplay"
    blank: Query = field(default_factory=dict)
    shown: Query = field(default_factory=dict)
    grid: tuple[str, str] = ("", "")
    column: str = ""
    title: str = ""
    delete: str = "delete"
    deleted: str = "extdisplay"

    def query(self, identity: str | None) -> dict[str, str]:
        """Return the address of an object's form, or of an empty one."""
        if identity is None:
            return {"display": self.display, **self.blank}
        return {"display": self.display, **self.shown, self.key: identity}

    def deletion(self, identity: str) -> Sequence[tuple[str, str]]:
        """Return the form that deletes an object."""
        return [
            ("display", self.display), ("action", self.delete), (self.deleted, identity),
        ]  # fmt: skip


_FORM: Final = {"view": "form"}

PAGES: Final[Mapping[str, Page]] = {
    "extension": Page(
        "extensions", "frm_extensions", blank={"tech_hardware": "pjsip_generic"}
    ),
    "ring_group": Page(
        "ringgroups", "editGRP", blank=_FORM, shown=_FORM,
        grid=("ringgroups", "grid"), column="grpnum", title="description",
        delete="delGRP", deleted="account",
    ),
    "queue": Page(
        "queues", "editQ", blank=_FORM, shown=_FORM,
        grid=("queues", "grid"), column="extension", title="description", deleted="account",
    ),
    "ivr": Page(
        "ivr", "frm_ivr", key="id", blank={"action": "add"}, shown={"action": "edit"},
        grid=("ivr", "grid"), column="id", title="name", deleted="id",
    ),
    "announcement": Page(
        "announcement", "editAnnouncement", blank=_FORM, shown=_FORM,
        grid=("announcement", "grid"), column="announcement_id", title="description",
    ),
    "schedule": Page(
        "timeconditions", "edit", key="itemid", blank=_FORM, shown=_FORM,
        grid=("timeconditions", "tcgrid"), column="timeconditions_id", title="displayname",
        deleted="itemid",
    ),
    "time_group": Page(
        "timegroups", "edit", blank=_FORM, shown=_FORM,
        grid=("timeconditions", "tggrid"), column="value", title="text", delete="del",
    ),
    "day_night": Page(
        "daynight", "prompt", key="itemid", blank=_FORM, shown=_FORM,
        grid=("daynight", "grid"), column="ext", title="dest", deleted="itemid",
    ),
    "paging_group": Page(
        "paging", "page_opts_form", blank=_FORM, shown=_FORM,
        grid=("paging", "grid"), column="page_group", title="description",
    ),
    "conference": Page("conferences", "editMM", blank=_FORM, shown=_FORM),
    "inbound_route": Page("did", "editGRP", blank=_FORM, shown=_FORM, delete="delIncoming"),
    "parking_lot": Page("parking", "parkform", key="id", shown={"action": "modify"}),
    "misc_destination": Page(
        "miscdests", "editMD", blank=_FORM, shown=_FORM,
        grid=("miscdests", "grid"), column="id", title="description",
    ),
    "trunk": Page(
        "trunks", "trunkEdit", blank={"tech": "PJSIP"}, shown={"tech": "PJSIP"},
        grid=("core", "allTrunks"), column="trunkid", title="name", delete="deltrunk",
    ),
    "outbound_route": Page(
        "routing", "routeEdit", key="id", blank=_FORM, shown=_FORM,
        grid=("core", "routingrnav"), column="route_id", title="name",
    ),
}  # fmt: skip
