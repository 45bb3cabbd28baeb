"""System, modules, settings and Apply Config over GraphQL."""

from __future__ import annotations

from typing import Any

from reconciler.lab.freepbx.graph.answers import (
    Answer,
    Args,
    Hidden,
    Resolver,
    broken_connection,
    connection,
    done,
    failing,
    global_id,
    refused,
)
from reconciler.lab.freepbx.pbx import Pbx

STARTED = (
    "Doreload/apply config has been initiated. Please check the status using fetchApiStatus api "
    "with the returned transaction id"
)
NO_SYSADMIN = "Sysadmin module in not installed. Unable to execute ApiHooks()."
AGPL = frozenset({
    "api", "callforward", "callrecording", "certman", "dashboard", "pm2", "sipsettings", "ucp",
    "userman",
})  # fmt: skip
GPL2 = frozenset({"framework", "infoservices", "manager", "queues"})
NO_VERSION = {"builtin": "2.3.0.2", "ucp": "17.0.7"}
"""What the module list says of modules without an installed version."""


def system(pbx: Pbx, _args: Args) -> Answer:
    """`id` fails, and `needReload` is false whatever the truth (seen)."""
    return {
        "id": None,
        "version": pbx.version.framework,
        "engine": pbx.version.asterisk,
        "needReload": False,
    }


def asterisk_details(pbx: Pbx, _args: Args) -> Answer:
    up = pbx.asterisk_is_up
    return done(
        "Asterisk Details",
        asteriskStatus="Running" if up else "Not running",
        asteriskVersion=pbx.version.asterisk,
        amiStatus="Connected" if up else "Not Connected",
    )


def gui_mode(_pbx: Pbx, _args: Args) -> Any:
    raise Hidden


def need_reload(pbx: Pbx, _args: Args) -> Answer:
    """`status` is always true; the answer is in the words."""
    pbx.reloads.settle()
    negation = "" if pbx.tables.needs_reload else "not "
    return done(f"Doreload is {negation}required")


def do_reload(pbx: Pbx, _given: Args) -> Answer:
    return done(STARTED, transaction_id=str(pbx.reloads.start().number))


def api_status(pbx: Pbx, args: Args) -> Answer:
    """The real outcome of a reload. An unknown id is no error (seen)."""
    number = str(args["txnId"])
    status = pbx.reloads.status(int(number)) if number.isdigit() else None
    if status is None:
        return done("Sorry unable to fetch the status", details=None, event_output=None)
    return done(status[0], details=status[1], event_output="")


def _license(name: str) -> str:
    if name == "filestore":
        return "AGPLv3"
    return "AGPLv3+" if name in AGPL else "GPLv2+" if name in GPL2 else "GPLv3+"


def installed_modules(pbx: Pbx, _args: Args) -> Answer:
    """What `fwconsole ma list` says; the slowest query of all."""
    absent = "Not Installed (Locally available)"
    found = [
        {
            "id": global_id("module", name), "name": name, "version": version,
            "state": absent if name == "ucp" else "Enabled",
            "license": "" if name == "builtin" else _license(name),
        }
        for name, version in pbx.modules.items()
    ]  # fmt: skip
    return done("Installed modules list loaded successfully ", modules=found)


def _module(name: str, version: str) -> Answer:
    return {
        "id": global_id("module", name), "rawname": name, "name": name, "status": True,
        "version": version or NO_VERSION.get(name, ""), "license": _license(name),
        "module": "enabled",
    }  # fmt: skip


def all_module_status(pbx: Pbx, args: Args) -> Answer:
    """With a status: those; without: all. The count is of all, either way (seen)."""
    everything = [_module(*each) for each in pbx.modules.items()]
    found = everything
    if args.get("status") == "enabled":
        found = [each for each in everything if each["rawname"] != "ucp"]
    elif args.get("status") not in (None, "all"):
        found = []
    return {**connection("modules", found, args), "totalCount": len(everything)}


def module_status(pbx: Pbx, args: Args) -> Answer:
    if args["moduleName"] not in pbx.modules:
        return refused("Sorry, Unable to fetch the module status")
    return done("Module status found successfully", module="enabled")


def setup_wizard(_pbx: Pbx, _args: Args) -> Answer:
    return refused("Setup wizard is not run for any module", autoupdates=failing)


def automatic_update(_pbx: Pbx, _args: Args) -> Answer:
    return done(
        "Automatic update status",
        systemUpdates="emailonly",
        moduleUpdates="enabled",
        moduleSecurityUpdates="enabled",
    )


def sip_nat(pbx: Pbx, _args: Args) -> Answer:
    """Without local networks `localIP` fails; it also tries to find out the outer address."""
    settings = pbx.tables.kvstore["Sipsettings"]
    return done(
        "Could not resolve host: myip.freepbx.org",
        externIP=settings.get("externip", ""),
        localIP=failing,
        routes=[],
    )


def external_ip(pbx: Pbx, given: Args) -> Answer:
    pbx.tables.kvstore["Sipsettings"]["externip"] = str(given.get("net") or "")
    pbx.tables.changes += 1
    return done("External IP has been updated")


def settings_row(pbx: Pbx, keyword: str) -> Answer | None:
    row = pbx.tables.row("freepbx_settings", keyword=keyword)
    if row is None:
        return None
    names = ("keyword", "value", "name", "category", "description")
    return {"id": global_id("setting", keyword), **{name: row[name] for name in names}}


def advanced_setting(pbx: Pbx, args: Args) -> Answer:
    found = settings_row(pbx, args["keyword"])
    if found is None:
        return refused("Sorry, unable to find settings")
    return {**found, **done("Setting's found successfully")}


def all_advanced_settings(pbx: Pbx, args: Args) -> Answer:
    rows = [settings_row(pbx, str(row["keyword"])) for row in pbx.tables.rows("freepbx_settings")]
    return broken_connection("settings", rows, args, **done("Setting's found successfully"))


def update_setting(pbx: Pbx, given: Args) -> Answer:
    """Validated, and in effect without the flag."""
    row = pbx.tables.row("freepbx_settings", keyword=str(given.get("keyword")))
    if row is None:
        return refused("Sorry, unable to find settings")
    options = str(row["options"] or "")
    if options and given.get("value") not in options.split(","):
        words = "Invalid settings values, Possible values for this settings are "
        return refused(words + options)
    pbx.tables.change(row, "freepbx_settings", value=given.get("value"))
    return done("Setting's updated successfully")


def needs_sysadmin(_pbx: Pbx, _given: Args) -> Answer:
    return refused(NO_SYSADMIN)


QUERIES: dict[str, Resolver] = {
    "system": system,
    "fetchAsteriskDetails": asterisk_details,
    "fetchDBStatus": lambda _pbx, _args: done("Database Status", dbStatus="Connected"),
    "fetchGUIMode": gui_mode,
    "fetchNeedReload": need_reload,
    "fetchApiStatus": api_status,
    "fetchInstalledModules": installed_modules,
    "fetchAllModuleStatus": all_module_status,
    "fetchModuleStatus": module_status,
    "fetchSetupWizard": setup_wizard,
    "fetchAutomaticUpdate": automatic_update,
    "fetchSipNatNetworkSettings": sip_nat,
    "fetchWSSettings": lambda _pbx, _args: done("Web Socket Settings", ws=[], wss=[]),
    "fetchAdvanceSetting": advanced_setting,
    "fetchAllAdvanceSettings": all_advanced_settings,
}
MUTATIONS: dict[str, Resolver] = {
    "doreload": do_reload,
    "fwconsoleCommand": needs_sysadmin,
    "updateSystemRPM": needs_sysadmin,
    "switchAstriskVersion": needs_sysadmin,
    "updateAdvanceSettings": update_setting,
    "updateSipNatExternalIp": external_ip,
}
