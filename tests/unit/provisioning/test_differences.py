"""How files change, for people: equal changes once, each phone's MAC beside the point."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.address import Address
from reconciler.model.change import Create, Delete, FieldChange, Forget, Update
from reconciler.model.live import Live, LiveObject, TargetLive
from reconciler.model.secret import Secret
from reconciler.phonefiles.file import PhoneFile
from reconciler.provisioning.contents import Content, read_content, written
from reconciler.provisioning.differences import changed_files, file_changes
from reconciler.provisioning.renderings import Renderings
from reconciler.testing.building import desired, resource


def phone(key: str) -> Address:
    return Address("phone", "main", key)


def renderings(**texts: str) -> Renderings:
    """Renderings of one file for each phone, named after it."""
    return Renderings(
        {
            f"phone/main/{name}/{name}.cfg": PhoneFile(f"{name}.cfg", (text,), "text", "text/plain")
            for name, text in texts.items()
        }
    )


def update(key: str, mac: str = "") -> Update:
    path = f"files.{key}.cfg"
    field = FieldChange(path, Secret(None, "old"), Secret(f"rendering:{key}", "new"))
    about = (phone(key), "site/main", (), None, 0)
    return Update(*about, {"mac": mac}, {"mac": mac, path: field.after}, (field,))


def test_equal_changes_are_told_once_wherever_they_stand() -> None:
    before = {(phone("a"), "files.a.cfg"): "x=1\nname=A", (phone("b"), "files.b.cfg"): "\n\nx=1\n"}
    (told,) = file_changes(
        [update("a"), update("b")], before, renderings(a="x=2\nname=A", b="\n\nx=2\n")
    )
    assert (told.added, told.removed) == (1, 1)
    assert told.lines == ("@@ -1,2 +1,2 @@", "-x=1", "+x=2", " name=A")
    assert told.files == ((phone("a"), "files.a.cfg"), (phone("b"), "files.b.cfg"))


def test_the_phones_own_mac_makes_no_other_change() -> None:
    before = {
        (phone(k), f"files.{k}.cfg"): f"url=/old/{m}/" for k, m in (("a", "aa01"), ("b", "AA02"))
    }
    changes = [update("a", "aa:01"), update("b", "aa:02")]
    told = file_changes(changes, before, renderings(a="url=/new/aa01/", b="url=/new/AA02/"))
    assert len(told) == 1


def test_other_values_are_other_changes() -> None:
    before = {(phone("a"), "files.a.cfg"): "name=A", (phone("b"), "files.b.cfg"): "name=B"}
    told = file_changes([update("a"), update("b")], before, renderings(a="name=X", b="name=Y"))
    assert len(told) == 2


def test_a_secret_alone_changes_no_line() -> None:
    before = {(phone("a"), "files.a.cfg"): "password=***"}
    (told,) = file_changes([update("a")], before, renderings(a="password=***"))
    assert (told.lines, told.added, told.removed) == ((), 0, 0)


def test_whole_files_are_counted_and_not_repeated() -> None:
    about = (phone("a"), "site/main", (), None, 0)
    new = Create(*about, after={"mac": "x", "files.a.cfg": Secret("rendering:a")})
    (told,) = file_changes([new], {}, renderings(a="1\n2\n3\n"))
    assert (told.lines, told.added, told.removed) == ((), 3, 0)
    gone = Delete(*about, before={"files.a.cfg": Secret(None, "x")})
    (told,) = file_changes([gone], {(phone("a"), "files.a.cfg"): "1\n2\n"}, Renderings())
    assert (told.lines, told.added, told.removed) == ((), 0, 2)
    assert file_changes([Forget(*about)], {}, Renderings()) == ()


def test_only_files_that_will_be_others_are_looked_at() -> None:
    same, other, unknown = Secret("r", "1"), Secret("r", "2"), Secret("r")
    wish = desired(
        [
            resource("phone/main/same", {"files.x": same}),
            resource("phone/main/other", {"files.x": other}),
            resource("phone/main/unmade", {"files.x": unknown}),
            resource("phone/main/new", {"files.x": other}),
            resource("phone/main/plain", {"model": "T54W"}),
        ]
    )
    there = {
        phone(each): LiveObject(phone(each), {"files.x": Secret(None, "1"), "model": "T43U"})
        for each in ("same", "other", "unmade", "plain")
    }
    live = Live({"site/main": TargetLive("site/main", objects=there)})
    assert changed_files(wish, live) == {"site/main": [phone("other"), phone("unmade")]}


@given(st.builds(Content, st.text(), st.text(), st.text(), st.booleans()))
def test_contents_come_back_as_they_were_written(content: Content) -> None:
    assert read_content(written(content)) == content


@given(st.builds(Content, st.text(), st.text(), st.text(), st.booleans()))
def test_equal_contents_are_equal_texts_and_have_no_line_break(content: Content) -> None:
    assert written(content) == written(Content(*content))
    assert "\n" not in written(content)
