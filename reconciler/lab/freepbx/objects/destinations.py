"""Where calls can be sent: the live list that forms offer and the API checks against."""

from __future__ import annotations

from typing import NamedTuple

from reconciler.lab.freepbx.tables import Tables

TERMINATE = {
    "hangup": "Hangup", "congestion": "Congestion", "busy": "Busy", "zapateller": "Play SIT",
    "musiconhold": "Put caller on hold forever", "ring": "Play ringtones",
    "no-service": "No service",
}  # fmt: skip
FEATURES = ("*30", "*31", "666", "*43", "*60", "*98")
BOXES = {"vmb": "busy", "vmu": "unavail", "vms": "no-msg", "vmi": "instructions-only"}


class Destination(NamedTuple):
    """A place to send calls: its category in forms, its dialplan string, and what people read."""

    category: str
    target: str
    label: str


SOURCES = (
    ("Announcements", "announcement", "app-announcement-{announcement_id},s,1", "{description}"),
    ("Conferences", "meetme", "ext-meetme,{exten},1", "{exten} {description}"),
    ("Extensions", "users", "from-did-direct,{extension},1", "{extension} {name}"),
    ("IVR", "ivr_details", "ivr-{id},s,1", "{name}"),
    ("Misc_Destinations", "miscdests", "ext-miscdests,{id},1", "{description}"),
    (
        "Paging_and_Intercom", "paging_config", "app-pagegroups,{page_group},1",
        "{page_group} {description}",
    ),
    ("Queues", "queues_config", "ext-queues,{extension},1", "{extension} {descr}"),
    ("Ring_Groups", "ringgroups", "ext-group,{grpnum},1", "{grpnum} {description}"),
    ("Time_Conditions", "timeconditions", "timeconditions,{timeconditions_id},1", "{displayname}"),
    ("Trunks", "trunks", "ext-trunk,{trunkid},1", "{name} ({tech})"),
)  # fmt: skip
"""Category, table, target and label of what stands in a table row by row."""

WHOLE = ("Feature_Code_Admin", "Misc_Destinations", "Terminate_Call", "Voicemail")
"""Categories whose lists have no `popover`, the entry that makes a new one (seen; source)."""

CATEGORIES = (
    "Announcements", "Call_Flow_Control", "Call_Recording", "Conferences", "Custom_Applications",
    "Extensions", "Feature_Code_Admin", "IVR", "Inbound_Routes", "Paging_and_Intercom", "Queues",
    "Ring_Groups", "Terminate_Call", "Time_Conditions", "Trunks", "Voicemail",
)  # fmt: skip
"""Categories that are there without an entry; `Misc_Destinations` comes with its first (source)."""


class Destinations:
    """The list of one moment, by category and by target."""

    def __init__(self, tables: Tables) -> None:
        self.all: dict[str, Destination] = {}
        self.by_category: dict[str, list[Destination]] = {name: [] for name in CATEGORIES}
        for category, table, target, label in SOURCES:
            for row in tables.rows(table):
                self._add(category, target.format(**row), label.format(**row))
        for row in tables.rows("daynight", dmode="fc_description"):
            self._add("Call_Flow_Control", f"app-daynight,{row['ext']},1", str(row["dest"]))
        for row in tables.rows("incoming"):
            if row["extension"]:
                self._add(
                    "Inbound_Routes", f"from-trunk,{row['extension']},1", str(row["extension"])
                )
        for number, box in tables.mailboxes.items():
            for kind, text in BOXES.items():
                self._add(
                    "Voicemail", f"ext-local,{kind}{number},1", f"{number} {box.name} ({text})"
                )
        for code in FEATURES:
            self._add("Feature_Code_Admin", f"ext-featurecodes,{code},1", code)
        for kind, text in TERMINATE.items():
            self._add("Terminate_Call", f"app-blackhole,{kind},1", text)

    def _add(self, category: str, target: str, label: str) -> None:
        found = Destination(category, target, label)
        self.all[target] = found
        self.by_category.setdefault(category, []).append(found)

    @property
    def categories(self) -> list[str]:
        """Categories that forms offer."""
        return sorted(self.by_category)

    def targets(self, category: str) -> list[tuple[str, str]]:
        """What a form's list of one category has, with labels."""
        found = [(each.target, each.label) for each in self.by_category.get(category, ())]
        return found if category in WHOLE else [*found, ("popover", f"Add new {category}")]

    def describe(self, target: str) -> str:
        """What GraphQL shows of a destination: a label, never the string itself (seen)."""
        found = self.all.get(target)
        if found is None:
            return ""
        category = found.category.replace("_", " ")
        return f"{category}:{'' if found.category == 'Terminate_Call' else ' '}{found.label}"
