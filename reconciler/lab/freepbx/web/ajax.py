"""ajax.php: reads behind the grids, and the few changes that have no form."""

from __future__ import annotations

from typing import Any

from reconciler.lab.freepbx.oauth import add_application
from reconciler.lab.freepbx.objects import extension
from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import NoAsterisk
from reconciler.lab.freepbx.web import grids
from reconciler.lab.freepbx.web.pages import routes, sounds
from reconciler.lab.freepbx.wire import JSON, Params, Reply, Request, listed, php_error, text

ORIGIN = (("Access-Control-Allow-Origin", "$url"),)
HELPER = "libraries/BMO/Self_Helper.class.php"
CORE_FILE = "modules/core/Core.class.php"


GRID_ONLY = frozenset({"getJSON"})
COMMANDS = {
    "core": frozenset({
        "getJSON", "getExtensionGrid", "getUserGrid", "getDeviceGrid", "quickcreate", "delete",
        "delroute", "updateRoutes",
    }),
    "userman": frozenset({"getUsers", "getGroups"}),
    "api": frozenset({"getApplications", "add_application", "getTokens", "getScopes"}),
    "announcement": frozenset({"getJSON", "getData"}),
    "music": frozenset({"getJSON", "save"}), "recordings": frozenset({"grid"}),
    "framework": frozenset(), "featurecodeadmin": frozenset(),
}  # fmt: skip
"""Commands that modules take; those that are not here take `getJSON` alone."""
WITHOUT_AJAX = ("conferences", "voicemail")


MADE_NUMBERS = frozenset({"recording_priority"})
"""What PHP makes a number of, in both versions."""


class Ajax:
    """ajax.php of one PBX."""

    def __init__(self, pbx: Pbx) -> None:
        self._pbx = pbx

    def reply(self, request: Request, *, user: str | None, referred: bool) -> Reply:
        """Answer a request.

        Module and command are looked at first, then the Referer, then the session (source).
        """
        params = request.params
        module, command = text(params, "module"), text(params, "command")
        applies = command == "reload" and not module
        objection = None if applies else self._objection(module, command)
        if objection is not None:
            return objection
        if not referred:
            return _error(403, "ajaxRequest declined - Referrer")
        if user is None:
            return _error(401, "Not Authenticated")
        if applies:
            return self._reload()
        try:
            reply = (
                self._core(command, params) if module == "core"
                else self._others(module, command, params)
            )  # fmt: skip
            return reply if self._pbx.version.is_17 else reply._replace(body=_texts(reply.body))
        except NoAsterisk as error:
            return not_connected(self._pbx, error)

    def _objection(self, module: str, command: str) -> Reply | None:
        if module not in self._pbx.modules:
            return _no_module(module)
        if module in WITHOUT_AJAX:
            return _error(501, "ajaxRequest not found")
        known = COMMANDS.get(module, GRID_ONLY)
        return None if command in known else _error(403, "ajaxRequest declined")

    def _reload(self) -> Reply:
        """Apply Config as the page does it: one blocking request."""
        reloads = self._pbx.reloads
        failure = reloads.run_now()
        if failure:
            return Reply(200, {"status": False, "message": failure, "code": 1}, headers=ORIGIN)
        body = {
            "status": True, "message": "Successfully reloaded", "code": 0,
            "raw": {"message": "Reload Started"},
        }  # fmt: skip
        return Reply(200, body, headers=ORIGIN)

    def _core(self, command: str, params: Params) -> Reply:
        pbx = self._pbx
        if command == "getJSON":
            grid = grids.CORE.get(text(params, "jdata"))
            return _found(grid(pbx, params) if grid else {"message": None})
        if command == "getExtensionGrid":
            return _found(grids.extension_grid(pbx, params))
        if command == "getUserGrid":
            return _found(grids.user_grid(pbx, params))
        if command == "getDeviceGrid":
            if "type" not in params:
                return _no_key(pbx, "type")
            return _found(grids.device_grid(pbx, params))
        if command == "quickcreate":
            return self._quick(params)
        if command == "delete":
            return self._delete(params)
        return self._routes(command, params)

    def _quick(self, params: Params) -> Reply:
        number = text(params, "extension")
        if extension.exists(self._pbx.tables, number):
            message = f"This extension {number} is already in use"
            return _found({"status": False, "message": message})
        wanted = extension.Wanted(
            number, text(params, "name"), text(params, "email"), user=text(params, "um") == "yes",
            outbound_cid=text(params, "outboundcid"), voicemail=text(params, "vm") == "yes",
            voicemail_pin=text(params, "vmpwd") or number,
        )  # fmt: skip
        made = extension.create(self._pbx.tables, wanted, asterisk_is_up=self._pbx.asterisk_is_up)
        if not made:
            return _found({"status": False, "message": self._pbx.no_connection})
        name = text(params, "name")
        return _found({"status": True, "ext": number, "name": name, "isCommercialDep": False})

    def _delete(self, params: Params) -> Reply:
        if text(params, "type") == "extensions":
            self._pbx.tables.ask_asterisk()
            for number in listed(params, "extensions"):
                if extension.exists(self._pbx.tables, number):
                    extension.delete(self._pbx.tables, number)
        return _found({"status": True, "isCommercialDep": False})

    def _routes(self, command: str, params: Params) -> Reply:
        tables = self._pbx.tables
        if command == "delroute":
            number = text(params, "id")
            routes.delete(tables, int(number) if number.isdigit() else -1)
        else:
            # The first row of the page's table is its head: whatever comes first is dropped.
            wanted = [str(each) for each in listed(params, "data")][1:]
            routes.reorder(tables, wanted)
            tables.needs_reload = True
            return _found([True] * len(wanted))
        tables.needs_reload = True
        return _found({"status": True})

    def _others(self, module: str, command: str, params: Params) -> Reply:
        pbx, kind = self._pbx, text(params, "jdata")
        if module == "userman" and command == "getUsers":
            return _found(grids.user_manager(pbx, params))
        if module == "userman" and command == "getGroups":
            return _found(grids.groups_of_users(pbx, params))
        if module == "api":
            return self._api(command, params)
        if module == "announcement" and command == "getData":
            return _found({"message": None})
        if module == "timeconditions":
            return self._times(kind)
        if module == "recordings":
            return _found(sounds.recordings(pbx))
        if module == "music":
            return self._music(command, kind, params)
        grid = grids.GRIDS.get(module)
        if grid is None or kind != "grid":
            return _error(500, "Unknown Error")
        return _found(grid(pbx, params))

    def _music(self, command: str, kind: str, params: Params) -> Reply:
        """Classes with all columns; no class has files here (source)."""
        if command == "save":
            return _found(sounds.save_music(self._pbx, params))
        if kind in ("categories", "musiclist"):
            return _found(self._pbx.tables.rows("music") if kind == "categories" else [])
        return _error(500, "Unknown Error")

    def _times(self, kind: str) -> Reply:
        if kind == "tcgrid":
            return _found(self._pbx.tables.rows("timeconditions"))
        if kind == "tggrid":
            return _found(grids.time_groups(self._pbx, {}))
        return _error(500, "Unknown Error")

    def _api(self, command: str, params: Params) -> Reply:
        if command == "getApplications":
            rows = self._pbx.tables.rows("api_applications")
            return _found([{**row, "username": None} for row in rows])
        if command == "add_application":
            scopes = text(params, "allowed_scopes")
            return _found(add_application(self._pbx, text(params, "name"), scopes))
        if command == "getTokens":
            return _found([])
        return _found(_scopes())


def _scopes() -> list[dict[str, Any]]:
    return [
        {
            "description": f"Read/Write for all modules [{name}]", "typeName": name, "type": kind,
            "module": None, "moduleName": None, "scope": kind,
        }
        for kind, name in (("gql", "GraphQL"), ("rest", "REST"))
    ]  # fmt: skip


def _texts(value: Any) -> Any:
    """Numbers of the database as 16 gives them: PHP before 8.1 hands them on as texts."""
    if isinstance(value, dict):
        return {
            name: each if name in MADE_NUMBERS else _texts(each) for name, each in value.items()
        }
    if isinstance(value, list):
        return [_texts(each) for each in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def not_connected(pbx: Pbx, error: NoAsterisk) -> Reply:
    """The 500 of whoever wants JSON of what is in AstDB while Asterisk is away."""
    return php_error("Exception", pbx.excuse(error), 0, "libraries/php-asmanager.php", 300)


def _found(value: Any) -> Reply:
    return Reply(200, value, JSON, ORIGIN)


def _error(status: int, words: str) -> Reply:
    return Reply(status, {"error": words}, JSON, ORIGIN)


def _no_module(module: str) -> Reply:
    name = module.capitalize()
    path = f"/var/www/html/admin/modules/{module}/{name}.class.php"
    words = f"Attempted to load {name} with a hint of {path} and it didn't exist"
    return php_error("Exception", words, 404, HELPER, 159)


def _no_key(pbx: Pbx, key: str) -> Reply:
    words = pbx.version.no_key(key)
    return php_error("Whoops\\Exception\\ErrorException", words, 2, CORE_FILE, 861)
