"""Laws: whatever people call things arrives at the phone as it is, or is refused by position."""

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.model.secret import Secret
from reconciler.phonefiles.file import Marks, PhoneFile, UnfitSecret, unwritable
from tests.cases.phonefiles.readers import READERS
from tests.unit.phonefiles.make import MODELS, parameters, render

VENDORS = sorted(MODELS)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30) | st.text(
    st.sampled_from("Aö\"'<>&#=%;\\{}[] \t/:"), min_size=1, max_size=12
)
ODD = (
    "O'Neill & Söhne <1>", "#1", " leading", "trailing ", "a = b", "%NULL%", "%20", "]]>", "<!--",
    "&amp;", "ü€𝄞", '"', "\\n", "\x00", "\u2028", "\ue000", "\ufffe", "a\nb",
)  # fmt: skip
NAME = {"yealink": "account.1.display_name", "grandstream": "P3", "polycom": "reg.1.displayName",
        "snom": "user_realname.1", "fanvil": "sip/line.1/DisplayName"}  # fmt: skip
LABEL = {"yealink": "account.1.label", "grandstream": "P270", "polycom": "reg.1.label",
         "snom": "user_idle_text.1", "fanvil": "dsskey/dssSide.1/Fkey.1/Title"}  # fmt: skip
KEY = {"yealink": "linekey.2.label", "grandstream": "P1467",
       "polycom": "attendant.resourceList.1.label", "snom": "fkey.1.label",
       "fanvil": "dsskey/dssSide.1/Fkey.2/Title"}  # fmt: skip
PASSWORD = {"yealink": "account.1.password", "grandstream": "P34",
            "polycom": "reg.1.auth.password", "snom": "user_pass.1",
            "fanvil": "sip/line.1/RegisterPswd"}  # fmt: skip


def odd(test: Callable[..., None]) -> Callable[..., None]:
    for vendor in VENDORS:
        for text in ODD:
            test = example(vendor=vendor, text=text)(test)
    return test


def is_refused(vendor: str, text: str) -> bool:
    """Whether a format cannot hold a text. Written down here again, from the facts."""
    if unwritable(text) is not None:
        return True
    return vendor == "yealink" and (text != text.strip() or text.upper() in ("%NULL%", "%EMPTY%"))


@odd
@given(vendor=st.sampled_from(VENDORS), text=TEXTS)
@settings(max_examples=120, deadline=None)
def test_names_and_labels_arrive_or_are_refused(vendor: str, text: str) -> None:
    line = {"extension": "1001", "label": text}
    keys = [{"line": 1}, {"blf": "extension/1001", "label": text}]
    found = render(MODELS[vendor], name=text, lines=[line], keys=keys)
    refused = {each.code for each in found.diagnostics}
    if is_refused(vendor, text):
        assert refused == {"value-not-held"}
        places = [each.at for each in found.diagnostics]
        assert any(at is not None and at.path[-2:] == (0, "label") for at in places)  # type: ignore[union-attr]
        return
    assert refused == set()
    held = parameters(vendor, found.value.files)
    assert held[NAME[vendor]] == [text]
    assert held[LABEL[vendor]] == [text]
    assert held[KEY[vendor]] == [text]


@odd
@given(vendor=st.sampled_from(VENDORS), text=TEXTS)
@settings(max_examples=120, deadline=None)
def test_passwords_arrive_or_are_refused(vendor: str, text: str) -> None:
    found = render(MODELS[vendor])
    file = next(each for each in found.value.files if each.secrets)
    if unwritable(text) is not None or (vendor == "yealink" and text != text.strip()):
        with pytest.raises(UnfitSecret) as refusal:
            file.revealed(lambda _: text)
        # The message names the reference; a short value may well occur in it by chance.
        assert "store:sip-1001" in str(refusal.value)
        assert len(text) < 4 or text not in str(refusal.value)
        return
    held = READERS[vendor](file.revealed(lambda _: text).decode())
    assert held[PASSWORD[vendor]] == [text]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Co"])) | st.none(), max_size=8))
@settings(max_examples=60, deadline=None)
def test_marks_give_back_what_went_in(texts: list[str | None]) -> None:
    marks = Marks()
    parts = tuple(Secret("store:x") if each is None else each for each in texts)
    found = marks.parts(marks.text(parts))
    file = PhoneFile("x", found, "text", "text/plain")
    assert file.masked() == "".join("***" if each is None else each for each in texts)
    assert len(file.secrets) == texts.count(None)
