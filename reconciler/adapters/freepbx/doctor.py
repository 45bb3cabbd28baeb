"""`reconciler doctor`: what of FreePBX can be reached, and what each missing credential costs."""

from collections.abc import Mapping
from typing import Any, Final

from reconciler.adapter import Finding
from reconciler.adapters.freepbx import live
from reconciler.adapters.freepbx.access import Access
from reconciler.adapters.freepbx.graphql import Graphql
from reconciler.adapters.freepbx.supports import NEEDS_WEB
from reconciler.adapters.freepbx.web import Web
from reconciler.errors import AdapterError
from reconciler.transport.ami_rights import lacked

SCOPES: Final = (
    "gql:core", "gql:ringgroups", "gql:voicemail", "gql:findmefollow", "gql:blacklist",
    "gql:recordings", "gql:framework:read",
)  # fmt: skip
"""What is needed over GraphQL, and no more (facts, section 2)."""
PROBES: Final[Mapping[str, str]] = {
    "gql:core": "{ fetchAllValidExtensions { status } }",
    "gql:ringgroups": "{ fetchAllRingGroups { status } }",
    "gql:voicemail": '{ fetchVoiceMail(extensionId: "0") { status } }',
    "gql:findmefollow": '{ fetchFollowMe(extensionId: "0") { status } }',
    "gql:blacklist": "{ allBlacklists { totalCount } }",
    "gql:recordings": "{ fetchAllRecordings { status } }",
    "gql:framework:read": "{ fetchNeedReload { message } }",
}
SECTIONS: Final = (
    "extensions ringgroups queues ivr announcement timeconditions timegroups daynight paging "
    "conferences did trunks routing parking miscdests blacklist bulkhandler userman"
)
"""Pages that the administrator has to be allowed to use."""
_MODULES: Final = "{ fetchInstalledModules { modules { name version state } } }"
_SHOWN: Final = ("framework", "core", "api", "ringgroups", "voicemail", "queues", "ivr", "userman")


_RIGHTS: Final = "read = system,call,reporting,agent\nwrite = system,reporting,call,originate,agent"
_COSTS: Final[Mapping[str, str]] = {
    "system": "it is not seen who has registered, and no phone is told that it has to fetch",
    "reporting": "no calls are counted",
    "call": "`calls` can end and move none",
    "originate": "`calls` can start none",
    "agent": "`queues` has no way in",
}
"""What each class in `write=` is for."""


class Examination:
    """Looks at one FreePBX."""

    def __init__(
        self, web: Web | None, api: Graphql | None, access: Access, target: str, timeout_s: float
    ) -> None:
        self._web = web
        self._api = api
        self._access = access
        self._target = target
        self._timeout_s = timeout_s

    async def run(self) -> list[Finding]:
        """Return what was found."""
        found = [*await self._over_api(), *await self._over_web(), await self._over_ami()]
        found += self._plain()
        return found

    def _plain(self) -> list[Finding]:
        if not self._access.url.startswith("http://"):
            return []
        return [
            Finding("encryption", "warning", "passwords cross the network in clear over http://")
        ]

    async def _over_api(self) -> list[Finding]:
        if self._api is None:
            return [
                Finding(
                    "oauth",
                    "warning",
                    "no GraphQL: ring groups are read one by one, and announcements find their "
                    "recordings by name",
                    fix=" ".join(SCOPES),
                    advice="API > Applications > Add: machine-to-machine, with these scopes:",
                )
            ]
        try:
            said = await self._api.ask("{ system { version engine } }", doing="asking for versions")
        except AdapterError as error:
            return [Finding("oauth", "error", error.reply, advice=error.hint)]
        system: Mapping[str, Any] = said.data.get("system") or {}
        detail = f"FreePBX {system.get('version') or 'of unknown version'}"
        found = [Finding("oauth", "ok", detail)]
        missing = [scope for scope, probe in PROBES.items() if not await self._may(probe)]
        if missing:
            found.append(
                Finding(
                    "scopes",
                    "error",
                    f"the application lacks {', '.join(missing)}",
                    fix=" ".join(SCOPES),
                    advice="API > Applications: give it exactly these scopes:",
                )
            )
        else:
            found.append(Finding("scopes", "ok", " ".join(SCOPES)))
        return [*found, await self._modules()]

    async def _may(self, probe: str) -> bool:
        """Whether a field can be asked for: without its scope it is not in the schema (seen)."""
        assert self._api is not None
        said = await self._api.ask(probe, doing="looking for scopes")
        return "Cannot query field" not in said.words

    async def _modules(self) -> Finding:
        assert self._api is not None
        said = await self._api.ask(_MODULES, doing="asking for modules")
        listed = (said.data.get("fetchInstalledModules") or {}).get("modules") or []
        versions = {str(each.get("name")): str(each.get("version") or "") for each in listed}
        shown = ", ".join(f"{name} {versions[name]}" for name in _SHOWN if versions.get(name))
        if not shown:
            return Finding("modules", "warning", f"FreePBX does not list them: {said.words}")
        return Finding("modules", "ok", shown)

    async def _over_web(self) -> list[Finding]:
        if self._web is None:
            kinds = ", ".join(sorted(NEEDS_WEB))
            return [
                Finding(
                    "web",
                    "warning",
                    f"no web login: {kinds} cannot be read or written; of extensions only name, "
                    "caller ids, SIP secret and voicemail, and a change gives the User Manager "
                    "user a new password",
                    advice="Settings > Administrators > Add: reconciler, with these sections:\n"
                    + SECTIONS,
                )
            ]
        try:
            rows = await self._web.export("extensions", doing="reading the bulk export")
        except AdapterError as error:
            return [Finding("web", "error", error.reply, advice=error.hint)]
        return [Finding("web", "ok", f"{len(rows)} extensions in the bulk export")]

    async def _over_ami(self) -> Finding:
        if not self._access.ami_host:
            return Finding(
                "ami",
                "warning",
                "no AMI: calls are not counted before Apply Config, there is no live state, and "
                "`calls` and `queues` cannot act",
                f"/etc/asterisk/manager_custom.conf:\n[reconciler]\nsecret = ...\n{_RIGHTS}",
            )
        try:
            async with live.log_in(self._access, self._target, self._timeout_s) as questions:
                version = f"AMI {questions.ami.version}"
                missing = await lacked(questions, _COSTS)
        except AdapterError as error:
            return Finding("ami", "error", error.reply, advice=error.hint)
        if not missing:
            return Finding("ami", "ok", version)
        costs = "; ".join(f"without {name} {_COSTS[name]}" for name in missing)
        lines = f"; manager_custom.conf\n[{self._access.ami_username}]\n{_RIGHTS}"
        return Finding("ami", "warning", f"{version}, but {costs}", lines)
