"""`softphone qr|url|sheet`: what people are handed, by the installed command.

The published store is filled here as `apply` does it; what a link opens is asked of the store.
"""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zxingcpp
from lxml import etree
from PIL import Image

from reconciler.model.address import Address
from reconciler.provisioning.store.published import Published, open_published
from reconciler.provisioning.store.records import Access, Publication, PublishedFile
from reconciler.provisioning.store.sealing import published_key
from reconciler.provisioning.tokens import Token, counts, digest_of
from tests.cases.softphones.accounts import FOLDER
from tests.cli.workspace import Workspace

SECRET = "canary-Softphone-4kTq9vRz"
BASE = "https://prov.example.test/p"
NAMES = ("acrobits", "ada", "any", "groundwire", "sessiontalk", "zoiper", "zoiper-oem")


@pytest.fixture
def phones(bare: Workspace) -> Workspace:
    """The softphones of the cases, published."""
    bare.write("estate.yaml", (FOLDER / "estate.yaml").read_text("utf-8"))
    bare.environ |= {f"SIP_{each}": SECRET for each in ("1001", "1002", "2001")}
    bare.planted.add(SECRET)
    with published(bare) as store:
        store.publish([published_account(name) for name in NAMES])
    return bare


@contextmanager
def published(workspace: Workspace) -> Iterator[Published]:
    folder = workspace.folder / ".reconciler"
    folder.mkdir(exist_ok=True, mode=0o700)
    with open_published(str(folder / "published.db"), published_key(folder, {})) as store:
        yield store


def published_account(name: str) -> Publication:
    file = PublishedFile(f"{name}.xml", "application/xml", SECRET.encode())
    access = Access(token=f"device-key-of-{name}-0123456789")
    return Publication(Address("softphone", "office", name), "", (file,), access=access)


def link_in(workspace: Workspace, token: str) -> Token:
    with published(workspace) as store:
        (found,) = [e for e in store.admissions.tokens() if e.digest == digest_of(token)]
    return found


def test_a_link_works_once_and_ends(phones: Workspace) -> None:
    shown = phones.run("softphone", "url", "ada")
    address = shown.out.strip()
    assert address.startswith(f"{BASE}/softphone/")
    shown.says(
        "Linphone of Ada's mobile, number 1001.", "It holds no password", "Works once, until"
    )
    link = link_in(phones, address.rpartition("/")[2])
    assert (link.owner.key, link.kind, link.once) == ("ada", "link", True)
    ends = datetime.fromisoformat(link.expires_at)
    assert timedelta(days=6.9) < ends - datetime.now(UTC) < timedelta(days=7)
    assert counts(link, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert phones.run("softphone", "url", "softphone/office/ada").out.strip() != address
    # What was handed out before is over.
    assert link_in(phones, address.rpartition("/")[2]).ended == "revoked"


def test_a_link_may_work_often(phones: Workspace) -> None:
    told = phones.run("softphone", "url", "any", "--json").json
    assert (told["once"], told["delivery"], told["app"]) == (False, "link", "generic")
    assert not link_in(phones, told["address"].rpartition("/")[2]).once


@pytest.mark.parametrize("kind", ["png", "svg", "terminal"])
def test_codes_are_read_by_another_library(phones: Workspace, kind: str, tmp_path: Path) -> None:
    if kind == "terminal":
        drawn = phones.run("softphone", "qr", "ada").out
        image = pixels_of(drawn)
    else:
        phones.run("softphone", "qr", "ada", "--out", f"code.{kind}").says("readable by you alone")
        file = phones.folder / f"code.{kind}"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        image = Image.open(file) if kind == "png" else drawn_svg(file.read_text())
    (code,) = zxingcpp.read_barcodes(image)
    assert code.text.startswith(f"{BASE}/softphone/")
    assert link_in(phones, code.text.rpartition("/")[2]).owner.key == "ada"


def pixels_of(text: str) -> Image.Image:
    """Draw a terminal's lines: two rows of light modules in each."""
    lines = text.rstrip("\n").split("\n")
    size = 4
    image = Image.new("L", (len(lines[0]) * size, len(lines) * 2 * size), 0)
    for row, line in enumerate(lines):
        for column, letter in enumerate(line):
            for half, lit in enumerate((letter in "█▀", letter in "█▄")):
                if lit:
                    at = (column * size, (2 * row + half) * size)
                    image.paste(255, (*at, at[0] + size, at[1] + size))
    return image


def drawn_svg(text: str) -> Image.Image:
    """Draw a code's SVG: one path of horizontal strokes, `m` and `h`, one unit high."""
    root = etree.fromstring(text.encode())
    _, _, width, height = (float(each) for each in (root.get("viewBox") or "").split())
    scale = 6
    image = Image.new("L", (int(width) * scale, int(height) * scale), 255)
    dark = [each for each in root.iter("{http://www.w3.org/2000/svg}path") if each.get("stroke")]
    x = y = 0.0
    for stroke in dark:
        path = (stroke.get("d") or "").replace("M", " M ").replace("m", " m ").replace("h", " h ")
        words = iter(path.replace(",", " ").replace("-", " -").split())
        for word in words:
            if word in ("M", "m"):
                dx, dy = float(next(words)), float(next(words))
                x, y = (dx, dy) if word == "M" else (x + dx, y + dy)
            elif word == "h":
                length = float(next(words))
                top = (y - 0.5) * scale
                image.paste(0, (int(x * scale), int(top), int((x + length) * scale),
                                int(top + scale)))  # fmt: skip
                x += length
    return image


def test_logins_hold_no_sip_password(phones: Workspace) -> None:
    shown = phones.run("softphone", "url", "acrobits")
    assert shown.out.startswith("csc:office.acrobits:")
    assert shown.out.strip().endswith("@FERRY*MAIN")
    shown.says("The SIP password is not in it.")
    link_in(phones, shown.out.split(":")[2].partition("@")[0])


def test_what_zoiper_scans_is_drawn_by_its_maker(phones: Workspace) -> None:
    refused = phones.run("softphone", "qr", "zoiper", expect=1)
    refused.says("scans only codes that its maker draws", "reconciler softphone url")
    assert phones.run("softphone", "url", "zoiper").out.startswith(f"{BASE}/softphone/")
    shown = phones.run("softphone", "url", "zoiper-oem")
    assert shown.out.startswith("https://oem.zoiper.com/qr.php?")
    shown.says("and no password", f"On computers Zoiper loads its account from {BASE}/softphone/")


def test_a_code_that_is_the_password_is_drawn_for_who_asks_for_it(phones: Workspace) -> None:
    phones.run("softphone", "qr", "sipnetic", expect=1).says(
        "Sipnetic fetches nothing: its code is the account itself, WITH the password.",
        "softphone qr softphone/plain/sipnetic --reveal",
    )
    phones.run("softphone", "url", "sipnetic", expect=1).says("takes no address")
    phones.run("softphone", "qr", "sipnetic", "--reveal", "--out", "code.png")
    (code,) = zxingcpp.read_barcodes(Image.open(phones.folder / "code.png"))
    assert code.text.startswith("d=plain.example.test;u=2001;")
    assert f"p={SECRET};" in code.text


def test_a_sheet_holds_no_password(phones: Workspace) -> None:
    phones.run("softphone", "sheet", "ada").says("Written to ada.html")
    text = phones.read("ada.html")
    root = etree.HTML(text)
    whole = " ".join(root.xpath("//main//text()[not(ancestor::svg)]"))
    for said in ("Hello Ada Okafor", "1001", "Ferrybank Dental", "112 or 110", "*97", BASE):
        assert said in whole
    assert SECRET not in text
    phones.run("softphone", "sheet", "sipnetic", "--out", "s.html", "--language", "de")
    text = phones.read("s.html")
    assert "in ihm steht Ihr Passwort" in " ".join(text.split())
    assert "<svg" not in text
    assert SECRET not in text


def test_only_the_ways_that_are_declared(phones: Workspace) -> None:
    phones.edit("estate.yaml", "link_expires: 7d", "link_expires: 7d, delivery: [url]")
    phones.run("softphone", "url", "ada")
    phones.run("softphone", "sheet", "ada", expect=64).says("delivery: [url, sheet] allows this")


def test_what_is_not_there(phones: Workspace) -> None:
    phones.run("softphone", "url", "adda", expect=64).says('Did you mean "ada"?')
    phones.run("softphone", "qr", "ada", "--out", "code.gif", expect=64).says(".png or a .svg")
    phones.edit("estate.yaml", 'provisioning: {base_url: "https://prov.example.test/p"}', "")
    phones.run("softphone", "url", "ada", expect=1).says("provisioning: {base_url: https://...}")


@pytest.fixture(autouse=True)
def _no_leaks(phones: Workspace) -> Iterator[None]:
    yield
    assert not [each for each in phones.printed if SECRET in each.both]
