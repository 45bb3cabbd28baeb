"""Writing extensions so that nothing is lost that nobody asked to change.

Over the web pages: the export of all extensions and of User Manager's users and groups is read
before and after a batch, and every column of every row is compared. Over GraphQL alone, see
`extension_api`.
"""

import secrets as random
from collections.abc import Mapping, Sequence
from typing import Any, Final

from reconciler.adapter import Sent, Work
from reconciler.adapters.freepbx import (
    extension_api,
    forms,
)
from reconciler.adapters.freepbx.access import Access
from reconciler.adapters.freepbx.encode import ADD, DROP, MOVE
from reconciler.adapters.freepbx.forms import Changes
from reconciler.adapters.freepbx.kinds import extension
from reconciler.adapters.freepbx.listing import Listings
from reconciler.adapters.freepbx.outside import Outside
from reconciler.errors import Refused
from reconciler.model.value import Fields
from reconciler.transport.html import Form

Users = tuple[list[dict[str, str]], list[dict[str, str]]]
_PIN_DIGITS: Final = 6


class Extensions:
    """Extensions of one FreePBX. `begin` and `end` stand around a batch."""

    def __init__(self, lists: Listings, access: Access, target: str) -> None:
        self._lists = lists
        self._access = access
        self._target = target
        self._outside = Outside(lists, target)
        self._rows: dict[str, extension.Row] = {}
        self._users: Users = ([], [])
        self._changes: dict[str, Changes] = {}

    async def begin(self, work: Sequence[Work]) -> None:
        """Read everything that is known of extensions before they are written."""
        self._changes = {}
        if not _of(work) or self._lists.web is None:
            return
        self._lists.forget("extension")
        rows = await self._lists.rows("extension")
        self._rows = {str(each["extension"]): each for each in rows}
        self._users = await self._lists.users()

    async def end(self, work: Sequence[Work], answers: list[Sent]) -> list[Sent]:
        """Compare all again; put back what changed besides, or say that it changed."""
        ours = _of(work)
        if not ours or self._lists.web is None or not self._changes:
            return answers
        found = await self._compare()
        if found:
            await self._put_back(found)
            found = await self._compare()
        users = await self._lists.users()
        return [self._judged(each, answer, found, users) for each, answer in zip(
            work, answers, strict=True
        )]  # fmt: skip

    async def _compare(self) -> dict[str, dict[str, str]]:
        """Return columns of extensions that changed without being asked."""
        self._lists.forget("extension")
        rows = await self._lists.rows("extension")
        now = {str(each["extension"]): each for each in rows}
        found: dict[str, dict[str, str]] = {}
        for number, before in self._rows.items():
            if number not in now:
                continue  # deleted
            broken = extension.collateral(before, now[number], self._changes.get(number, {}))
            if self._access.acknowledge_callerid_rebuild:
                broken.pop("callerid", None)
            if broken:
                found[number] = broken
        return found

    async def _put_back(self, found: Mapping[str, Mapping[str, str]]) -> None:
        for number, broken in found.items():
            if number not in self._changes:
                continue  # somebody else is at work there
            form = await self._form(number)
            back = extension.repair(broken, self._rows[number])
            if back:
                await self._submit(number, form, back, self._rows[number])

    def _judged(
        self, work: Work, answer: Sent, found: Mapping[str, Mapping[str, str]], users: Users
    ) -> Sent:
        number = work.address.key
        if answer.error is not None or work.address.kind != "extension":
            return answer
        broken = sorted(found.get(number, {}))
        if number in self._changes and number in self._rows:
            broken += _lost_users(number, self._users, users)
        if not broken:
            return answer
        what = ", ".join(broken)
        return answer._replace(error=f"FreePBX also changed {what}, and does not take it back")

    async def request(self, verb: str, key: str, fields: Fields, source: Any) -> str | None:
        """Carry out one request."""
        if self._lists.web is None:
            await self._over_api(verb, key, fields)
            return key
        if verb == DROP:
            await self._drop(key)
            return None
        if verb == ADD:
            await self._add(key, fields, {})
        elif verb == MOVE:
            await self._move(str(source), key, fields)
        else:
            await self._set(key, fields)
        return key

    async def _set(self, key: str, fields: Fields) -> None:
        row = self._rows.get(key)
        if row is None:
            raise Refused(self._target, f"changing extension {key}", "it is not in the export")
        form = await self._form(key)
        self._refuse_without_secret(key, form, row)
        own = extension.own_caller_id(row, fields)
        if own is not None and not self._access.acknowledge_callerid_rebuild:
            raise Refused(
                self._target,
                f"changing extension {key}",
                f"its device has the caller id {own.replace('<', '(').replace('>', ')')}, which "
                "FreePBX's page would lose; nothing was sent (acknowledge_callerid_rebuild)",
            )
        await self._outside.prepare("extension", fields)
        own_changes = await self._lists.with_names(lambda n: extension.to_form(fields, form, n))
        changes = self._with_pin(own_changes, form)
        self._changes[key] = changes
        await self._submit(key, form, changes, row)

    def _refuse_without_secret(self, key: str, form: Form, row: extension.Row) -> None:
        """A form without the SIP secret would cut every phone off."""
        secret = row.get("secret", "")
        if not secret or form.get("devinfo_secret") != secret:
            raise Refused(
                self._target,
                f"changing extension {key}",
                "its SIP secret could not be read, so nothing was sent: phones would be cut off",
            )

    async def _add(self, key: str, fields: Fields, kept: Changes) -> None:
        empty = await self._lists.empty("extension")
        await self._outside.prepare("extension", fields)
        own = await self._lists.with_names(lambda names: extension.to_form(fields, empty, names))
        changes = {**kept, **extension.fresh(key), **self._with_pin(own, empty)}
        self._changes[key] = changes
        await self._submit(key, empty, changes, {}, new=True)

    async def _move(self, source: str, key: str, fields: Fields) -> None:
        """Make a copy under the new number, then delete the old one."""
        form = await self._form(source)
        row = self._rows.get(source, {})
        self._refuse_without_secret(source, form, row)
        left_out = {
            "action", "extdisplay", "extension", "userman_assign", "userman_username",
            "userman_password", "userman_directory", "userman_group[]", "devinfo_dial",
            "devinfo_mailbox", "devinfo_secret_origional", "hardware", "tech", "cid_masquerade",
        }  # fmt: skip
        kept = {
            name: list(values)
            for name, values in forms.stored(form).items()
            if name not in left_out and (extension.has_follow_me(row) or "fmfm" not in name)
        }
        if extension.has_follow_me(row):
            listed = row.get("findmefollow_grplist", "").split("-")
            moved = [key if each == source else each for each in listed]
            kept["fmfm_grplist"] = ["\n".join(moved)]
        await self._add(key, fields, kept)
        self._lists.forget("extension")
        rows = await self._lists.rows("extension")
        if not any(str(each.get("extension")) == key for each in rows):
            raise Refused(
                self._target, f"renumbering {source}", "FreePBX answered, and there is no copy"
            )
        await self._drop(source)

    async def _drop(self, key: str) -> None:
        assert self._lists.web is not None
        form = [
            ("module", "core"), ("command", "delete"), ("type", "extensions"),
            ("extensions[]", key),
        ]  # fmt: skip
        await self._lists.web.change(form, doing=f"deleting extension {key}")

    async def _form(self, key: str) -> Form:
        return await self._lists.form("extension", key, doing=f"reading extension {key}")

    async def _submit(
        self, key: str, form: Form, changes: Changes, row: extension.Row, *, new: bool = False
    ) -> None:
        doing = f"making extension {key}" if new else f"changing extension {key}"
        wrong = forms.not_offered(form, changes)
        if wrong is not None:
            raise Refused(self._target, doing, wrong)
        whole = {**extension.neutral(form, changes, row), **changes}
        query = {"display": "extensions"} if new else {"display": "extensions", "extdisplay": key}
        assert self._lists.web is not None
        await self._lists.web.submit(query, forms.edited(form.pairs, whole), doing=doing)

    def _with_pin(self, changes: Changes, form: Form) -> Changes:
        """Give a new box a PIN that nobody can guess, unless one is said."""
        made = changes.get("vm") == ["enabled"] and not form.get("vmpwd")
        if made and not (changes.get("vmpwd") or [""])[0]:
            pin = "".join(random.choice("0123456789") for _ in range(_PIN_DIGITS))
            return {**changes, "vmpwd": [pin]}
        return changes

    # Without web credentials

    async def _over_api(self, verb: str, key: str, fields: Fields) -> None:
        api = self._lists.api
        assert api is not None
        doing = f"writing extension {key}"
        if verb == DROP:
            told: dict[str, Any] = {"i": {"extensionId": key}}
            await api.change(extension_api.DELETE, told, ["deleteExtension"], doing=doing)
            return
        if verb == MOVE:
            raise Refused(self._target, doing, "renumbering needs web credentials")
        email = str(fields.get("voicemail.email") or f"{key}@example.invalid")
        if verb == ADD:
            told = {
                "extensionId": key, "tech": "pjsip", "name": fields.get("name") or key,
                "email": email, "umEnable": False, "vmEnable": False, "callerID": "",
            }  # fmt: skip
            await api.change(extension_api.ADD, {"i": told}, ["addExtension"], doing=doing)
        await self._update_over_api(key, fields, email, new=verb == ADD)

    async def _update_over_api(self, key: str, fields: Fields, email: str, *, new: bool) -> None:
        api = self._lists.api
        assert api is not None
        doing = f"changing extension {key}"
        before = await self._row(key)
        box = await self._box(key) if extension_api.has_box(before) else None
        of_box = {path: v for path, v in fields.items() if path.startswith("voicemail.")}
        rest = {path: v for path, v in fields.items() if path not in of_box}
        if rest:
            if not new and not self._access.acknowledge_user_reset:
                raise Refused(
                    self._target, doing,
                    "over the API alone, FreePBX would make its User Manager user anew with "
                    "another password; nothing was sent. Give web credentials, or say oauth: "
                    "{acknowledge_user_reset: true}",
                )  # fmt: skip
            secret = (before.get("user") or {}).get("extPassword")
            if not secret and not rest.get("secret"):
                raise Refused(
                    self._target, doing, "its SIP secret could not be read, so nothing was sent"
                )
            follow = await self._follow_me(key)
            timer = (before.get("user") or {}).get("ringtimer") is not None
            told = extension_api.merged(key, rest, before, box, with_timer=timer)
            if new:
                told |= {"umEnable": False, "email": email, "callerID": ""}
            await self._update(key, told, email, doing)
            if follow is not None:
                back = {"i": extension_api.follow_me_input(key, follow)}
                await api.change(extension_api.SET_FOLLOW_ME, back, ["updateFollowMe"], doing=doing)
            lost = extension_api.lost(before, await self._row(key), told)
            if lost:
                raise Refused(self._target, doing, f"FreePBX also changed {', '.join(lost)}")
        await self._write_box(key, fields, of_box, box)

    async def _update(self, key: str, told: dict[str, Any], email: str, doing: str) -> None:
        """Send an update; without a User Manager user FreePBX wants an e-mail, and says nothing.

        16 knows no ring time here, and would take one away (facts, 4.1).
        """
        api = self._lists.api
        assert api is not None
        try:
            await api.change(extension_api.UPDATE, {"i": told}, ["updateExtension"], doing=doing)
        except Refused as error:
            if "ringtimer" in told and "updateExtensionInput" in error.reply:
                if told["ringtimer"] not in ("", "0"):
                    raise Refused(
                        self._target, doing,
                        "the API of FreePBX 16 would take its ring time away; nothing was sent. "
                        "Give web credentials",
                    ) from None  # fmt: skip
                without = {name: value for name, value in told.items() if name != "ringtimer"}
                await self._update(key, without, email, doing)
                return
            if "email" in told or "nothing was done" not in error.reply:
                raise
            more = {**told, "umEnable": False, "email": email}
            await api.change(extension_api.UPDATE, {"i": more}, ["updateExtension"], doing=doing)

    async def _write_box(
        self, key: str, fields: Fields, of_box: Fields, box: Mapping[str, Any] | None
    ) -> None:
        api = self._lists.api
        assert api is not None
        doing = f"writing the voicemail box of {key}"
        if of_box.get("voicemail.enabled", True) is False:
            if box is not None:
                told = {"i": {"extensionId": key}}
                await api.change(extension_api.DROP_BOX, told, ["disableVoiceMail"], doing=doing)
            return
        if not of_box and box is None:
            return
        told_box = extension_api.box_input(key, fields, box)
        if not told_box["password"]:
            told_box["password"] = "".join(random.choice("0123456789") for _ in range(_PIN_DIGITS))
        await api.change(extension_api.SET_BOX, {"i": told_box}, ["enableVoiceMail"], doing=doing)

    async def _row(self, key: str) -> Mapping[str, Any]:
        api = self._lists.api
        assert api is not None
        doing = f"reading extension {key}"
        said = await api.ask(extension_api.ONE, {"id": key}, doing=doing)
        found = said.data.get("fetchExtension")
        if not isinstance(found, Mapping) or not isinstance(found.get("user"), Mapping):
            raise Refused(self._target, doing, said.words or "FreePBX does not tell its user")
        return found

    async def _box(self, key: str) -> Mapping[str, Any] | None:
        api = self._lists.api
        assert api is not None
        said = await api.ask(extension_api.ONE_BOX, {"id": key}, doing=f"reading the box of {key}")
        found = said.data.get("fetchVoiceMail")
        return found if isinstance(found, Mapping) else None

    async def _follow_me(self, key: str) -> Mapping[str, Any] | None:
        api = self._lists.api
        assert api is not None
        doing = f"reading the Follow Me of {key}"
        said = await api.ask(extension_api.FOLLOW_ME, {"id": key}, doing=doing)
        found = said.data.get("fetchFollowMe")
        return found if isinstance(found, Mapping) and found.get("strategy") else None


def _of(work: Sequence[Work]) -> list[Work]:
    """Return the pieces that write extensions."""
    return [each for each in work if each.address.kind == "extension"]


def _lost_users(number: str, before: Users, after: Users) -> list[str]:
    """Return what happened to an extension's User Manager user and its groups."""
    was = [each for each in before[0] if each.get("default_extension") == number]
    now = [each for each in after[0] if each.get("default_extension") == number]
    kept = ("username", "encrypted_password", "email", "description")
    if [[each.get(name) for name in kept] for each in was] != [
        [each.get(name) for name in kept] for each in now
    ]:
        return ["its User Manager user"]
    names = {each.get("username") for each in was}

    def groups(users: Users) -> list[str]:
        return sorted(
            f"{group.get('groupname')}:{name}"
            for group in users[1]
            for name in (group.get("users") or "").split(",")
            if name in names
        )

    return ["its User Manager groups"] if groups(before) != groups(after) else []
