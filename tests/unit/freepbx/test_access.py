"""The inventory entry of a FreePBX as typed values."""

from __future__ import annotations

from reconciler.adapters.freepbx.access import Access, read_access
from reconciler.adapters.freepbx.settings import FreepbxSettings
from reconciler.kinds.entry import defaults
from reconciler.model.secret import Clear

URL = "https://pbx.example"


def test_what_is_not_said_means_what_the_settings_say() -> None:
    usual = {path: each for path, each in defaults(FreepbxSettings).items() if each is not None}
    said = read_access({"url": URL, **usual})
    assert read_access({"url": URL}) == said
    assert {name: getattr(said, name) for name in ("parallel_reads", "writes_per_second")} == {
        name: getattr(Access(URL), name) for name in ("parallel_reads", "writes_per_second")
    }
    assert said.reload_timeout_s == Access(URL).reload_timeout_s == usual["reload_timeout"]


def test_passwords_are_taken_and_never_shown() -> None:
    access = read_access({"url": URL, "web": {"username": "u", "password": Clear("pw-1234")}})
    assert (access.web_password, access.has_web, access.has_api) == ("pw-1234", True, False)
    assert "pw-1234" not in repr(access)
