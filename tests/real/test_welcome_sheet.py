"""The welcome sheet in a real Chromium: one page of paper without a password, good on screens."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from reconciler.softphones.handout import hand_out
from reconciler.softphones.softphone import Link
from reconciler.views.welcome import Welcome, gather, page
from reconciler.views.welcome.text import TEXTS
from tests.cases.phonefiles.estate import estate_of
from tests.cases.softphones.accounts import BASE, FOLDER, accounts
from tests.real.asterisk.fetch import FetchError
from tests.real.chromium.fetch import Chromium, fetch_chromium

LINK = Link(BASE, "kT7wQx9mBv3nRz5pHs8cLd2fGj6yKa4E")
NAMES = ("acrobits", "ada", "any", "sipnetic", "zoiper")
"""One of each way to get an account, and the app that nobody knows."""


@pytest.fixture(scope="session")
def chromium() -> Chromium:
    try:
        return fetch_chromium()
    except FetchError as error:
        reason = str(error)
    pytest.fail(
        f"no Chromium to test with: {reason}\n(set RECONCILER_SKIP_REAL=1 to skip these tests)",
        pytrace=False,
    )


def welcome(name: str) -> Welcome:
    account = accounts().by_name[name]
    given = hand_out(account, None if account.app.delivery == "scan" else LINK)
    ends = "" if given.holds_password else "2026-12-05T10:55:00+00:00"
    desired = estate_of(FOLDER / "estate.yaml").desired
    return gather(account, given, desired, expires=ends, once=True).welcome


def draw(chromium: Chromium, html: str, folder: Path, width: int) -> tuple[PdfReader, Image.Image]:
    """Open a page as a person does: print it, and look at it."""
    source = folder / "sheet.html"
    source.write_text(html)
    for wanted in ("--print-to-pdf=sheet.pdf", "--screenshot=sheet.png"):
        done = subprocess.run(
            chromium.command(
                wanted, "--no-pdf-header-footer", f"--window-size={width},2600",
                "--hide-scrollbars", source.as_uri(),
            ),
            cwd=folder, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    return PdfReader(folder / "sheet.pdf"), Image.open(folder / "sheet.png")


def text_of(pdf: PdfReader) -> str:
    return " ".join(" ".join(each.extract_text() for each in pdf.pages).split())


@pytest.mark.parametrize("name", NAMES)
def test_one_page_of_paper(chromium: Chromium, name: str, tmp_path: Path) -> None:
    it = welcome(name)
    pdf, image = draw(chromium, page(it), tmp_path, 900)
    assert len(pdf.pages) == 1
    assert [round(float(each)) for each in pdf.pages[0].mediabox[2:]] == [595, 842]
    text = text_of(pdf)
    for said in (f"Hello {it.name}", it.number, it.app_title if name != "any" else "SIP app"):
        assert said in text
    assert "Emergency calls" in text
    codes = zxingcpp.read_barcodes(image)
    if it.scanned is None:
        assert codes == []
        if it.code_is_secret:
            assert "it holds your password" in text
            return
        assert f"{BASE}/softphone/{LINK.token}" in text
        return
    assert [each.text for each in codes] == [it.scanned]
    assert "until Saturday 5 December 2026, 11:55 (Europe/Berlin)" in text


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_the_fullest_sheet_fits_on_letter(
    chromium: Chromium, language: str, tmp_path: Path
) -> None:
    names = TEXTS[language].code_names
    longest = sorted(names, key=lambda name: len(names[name]))[-6:]
    every = tuple((name, f"*{number:02}") for number, name in enumerate(longest))
    it = replace(
        welcome("ada"), name="Maria-Magdalena von und zu Oberursel-Bommersheim", codes=every,
        label="Maria-Magdalenas Dienstmobiltelefon", emergency_numbers=("911", "112", "110"),
    )  # fmt: skip
    pdf, image = draw(chromium, page(it, language=language, paper="letter"), tmp_path, 390)
    assert len(pdf.pages) == 1
    assert [round(float(each)) for each in pdf.pages[0].mediabox[2:]] == [612, 792]
    text = text_of(pdf)
    for name in longest:
        assert names[name].split(";")[0].split(",")[0] in text
    # On a mobile nothing is wider than the screen, and the code is still whole.
    assert [each.text for each in zxingcpp.read_barcodes(image)] == [it.scanned]
