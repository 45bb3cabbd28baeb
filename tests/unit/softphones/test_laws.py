"""Laws: whatever people call things arrives in the app as it is, or is refused by position."""

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.model.resource import Desired
from reconciler.model.secret import Secret
from reconciler.phonefiles.file import UnfitSecret, unwritable
from reconciler.softphones.apps import APPS
from reconciler.softphones.render import Account, render_softphone
from reconciler.testing.building import at, desired, pbx, resource
from tests.cases.softphones.readers import READERS

NAME = {
    "linphone": "proxy_0/reg_identity", "acrobits": "userDisplayName",
    "groundwire": "userDisplayName", "zoiper": "SIP_callerId", "sipnetic": "n",
    "grandstream-wave": "DisplayName", "generic": "name",
}  # fmt: skip
"""Where a person's name stands; SessionTalk's account has none."""
PASSWORD = {
    "linphone": "auth_info_0/passwd", "acrobits": "password", "groundwire": "password",
    "zoiper": "password", "sessiontalk": "sippassword", "sipnetic": "p",
    "grandstream-wave": "AuthPass", "generic": "password",
}  # fmt: skip
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30) | st.text(
    st.sampled_from("Aö\"'<>&#=%;\\{}[] \t/:@"), min_size=1, max_size=12
)
ODD = (
    "O'Neill & Söhne <1>",
    ";",
    ";;",
    "a;b=c;",
    '"',
    "\\",
    '\\"',
    "]]>",
    "\x00",
    "\ue000",
    "a\nb",
)


def account(app: str, name: str = "Ada") -> tuple[Account, set[str]]:
    """Return an app's account of an extension of that name, and the codes of what was said."""
    extension = resource(
        "extension/office/1001", {"name": name, "secret": Secret("store:sip-1001")}
    )
    fields = {"app": app, "extension": "1001"} | ({"provider": "p"} if app == "acrobits" else {})
    softphone = resource(at("softphone/office/mobile"), fields)
    whole = desired([extension, softphone], [pbx()])
    wish = Desired(
        whole.resources, whole.targets, pbxs={"office": {"sip.host": "pbx.example.test"}}
    )
    found = render_softphone(softphone, wish, "https://prov.example.test/p")
    assert found.value is not None
    return found.value, {each.code for each in found.diagnostics}


def odd(test: Callable[..., None]) -> Callable[..., None]:
    for app in sorted(APPS):
        for text in ODD:
            test = example(app=app, text=text)(test)
    return test


@odd
@given(app=st.sampled_from(sorted(NAME)), text=TEXTS)
@settings(max_examples=120, deadline=None)
def test_names_arrive_or_are_refused(app: str, text: str) -> None:
    if app not in NAME:
        return
    found, said = account(app, text)
    if unwritable(text) is not None:
        assert said == {"value-not-held"}
        return
    assert said == set()
    held = READERS[app](found.file.masked())[NAME[app]]
    if app == "linphone":  # a name-addr (RFC 3261, 20.10)
        quoted = held.rpartition('" <')[0][1:]
        held = quoted.replace("\\\\", "\0").replace('\\"', '"').replace("\0", "\\")
    assert held == text


@odd
@given(app=st.sampled_from(sorted(APPS)), text=TEXTS)
@settings(max_examples=120, deadline=None)
def test_passwords_arrive_or_are_refused(app: str, text: str) -> None:
    found, _ = account(app)
    if unwritable(text) is not None:
        with pytest.raises(UnfitSecret):
            found.file.revealed(lambda _: text)
        return
    held = READERS[app](found.file.revealed(lambda _: text).decode())
    assert held[PASSWORD[app]] == text
