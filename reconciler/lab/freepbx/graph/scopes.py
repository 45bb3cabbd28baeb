"""Which fields of the API a scope opens. A field whose scope is missing is not in the schema."""

from __future__ import annotations

MODULES: dict[str, tuple[str, str]] = {
    "announcement": (
        "allAnnouncements announcement",
        "addAnnouncement updateAnnouncement removeAnnouncement",
    ),
    "arimanager": (
        "allAriManagerUsers ariManagerUser",
        "addAriManagerUsers updateAriManagerUsers removeAriManagerUsers",
    ),
    "backup": (
        "fetchAllBackups fetchAllBackupConfigurations deleteBackup",
        "runWarmsparebackuprestore addBackup updateBackup restoreBackup runBackup",
    ),
    "blacklist": (
        "allBlacklists blacklist blacklistSettings",
        "addBlacklist setBlacklistSettings removeBlacklist",
    ),
    "cdr": ("fetchAllCdrs fetchCdr", ""),
    "certman": (
        "fetchCSRFile",
        "generateCSR uploadSSLCertificate deleteCSRFile deleteCertificate updateDefaultCertificate",
    ),
    "core": (
        (
            "fetchAllAdvanceSettings fetchAdvanceSetting fetchAllCoreDevices fetchCoreDevice "
            "allCoreUsers coreUser allInboundRoutes inboundRoute fetchAllExtensions "
            "fetchAllValidExtensions fetchExtension"
        ),
        (
            "updateAdvanceSettings addCoreDevice updateCoreDevice deleteCoreDevice addCoreUser "
            "updateCoreUser removeCoreUser addInboundRoute updateInboundRoute removeInboundRoute "
            "addExtension updateExtension deleteExtension createRangeofExtension"
        ),
    ),
    "dashboard": ("checkdiskspace", ""),
    "filestore": (
        (
            "fetchFilestoreTypes fetchFilestoreLocations fetchAWSRegion fetchAllFilestores "
            "fetchFileStoreDetails"
        ),
        "addFTPInstance addS3Bucket updateFTPInstance deleteFTPInstance",
    ),
    "findmefollow": ("fetchFollowMe", "updateFollowMe enableFollowMe disableFollowMe"),
    "music": ("allMusiconholds musiconhold", ""),
    "parking": ("", ""),
    "pm2": ("fetchPm2AppStatus", ""),
    "recordings": (
        "fetchAllRecordings fetchRecordingFiles",
        "addRecording updateRecording deleteRecording convertfile",
    ),
    "ringgroups": (
        "fetchAllRingGroups fetchRingGroup",
        "addRingGroup updateRingGroup deleteRingGroup",
    ),
    "sipsettings": (
        "fetchSipNatNetworkSettings fetchWSSettings",
        "addSipNatLocalIp updateSipNatExternalIp updateWSSettings",
    ),
    "voicemail": ("fetchVoiceMail", "enableVoiceMail disableVoiceMail"),
}
"""Queries and mutations by module, as seen with a token of each module's scope."""

FRAMEWORK = {
    "modules": (
        "fetchAllModuleStatus fetchModuleStatus fetchApiStatus fetchNeedReload "
        "fetchInstalledModules moduleOperations installModule uninstallModule enableModule "
        "disableModule upgradeModule upgradeAllModules doreload fwconsoleCommand"
    ),
    "system": (
        "system fetchAsteriskDetails fetchDBStatus fetchGUIMode fetchAutomaticUpdate "
        "fetchSetupWizard addInitialSetup updateSystemRPM switchAstriskVersion"
    ),
}
"""Framework's mutations ask for a *read* scope; its write scope opens nothing (seen)."""

FINER = {
    "did": ("InboundRoute", "inboundRoute"),
    "extension": ("Extension",),
    "device": ("CoreDevice",),
    "devices": ("CoreDevice",),
}
"""Parts of core and words that their fields have; of `did` the fields were seen."""

FINE = frozenset({
    "rest:framework:read:system", "rest:core:read:users", "rest:fax:read:users",
    "rest:fax:write:users", "rest:fax:read:settings", "rest:fax:write:settings",
    "gql:framework:read:modules", "gql:framework:write:modules", "gql:framework:read:system",
    "gql:framework:write:system", "gql:core:read:extension", "gql:core:write:extension",
    "gql:core:read:device", "gql:core:write:devices", "gql:core:read:did", "gql:core:write:did",
})  # fmt: skip
"""All scopes of four parts (seen)."""

ALWAYS = {"node"}
KNOWN_MODULES = {*MODULES, "framework", "callforward", "callwaiting", "donotdisturb"}
REST_MODULES = {
    "framework", "core", "userman", "voicemail", "queues", "findmefollow", "daynight",
    "timeconditions", "conferences", "callforward", "callwaiting", "donotdisturb",
    "presencestate", "parking", "fax", "calendar", "contactmanager",
}  # fmt: skip


def _framework(parts: list[str]) -> set[str]:
    if parts[:1] == ["write"]:
        return set()
    chosen = [parts[1]] if len(parts) > 1 else list(FRAMEWORK)
    return {field for each in chosen for field in FRAMEWORK.get(each, "").split()}


def fields(scope: str) -> set[str]:
    """Fields of Query and Mutation that one scope opens."""
    kind, *parts = scope.split(":")
    if kind != "gql":
        return set()
    if not parts:
        return set().union(*(fields(f"gql:{name}") for name in KNOWN_MODULES))
    module, *parts = parts
    if module == "framework":
        return _framework(parts)
    reads, writes = MODULES.get(module, ("", ""))
    chosen = {"read": reads, "write": writes}.get(parts[0] if parts else "", f"{reads} {writes}")
    found = set(chosen.split())
    if len(parts) > 1:
        found = {each for each in found if any(word in each for word in FINER.get(parts[1], ()))}
    return found


def is_known(scope: str) -> bool:
    """Whether a scope exists: its module and its parts."""
    kind, *parts = scope.split(":")
    if kind not in ("gql", "rest"):
        return False
    if len(parts) > 2:
        return scope in FINE
    if parts and parts[0] not in (KNOWN_MODULES if kind == "gql" else REST_MODULES):
        return False
    return len(parts) < 2 or parts[1] in ("read", "write")


def is_within(scope: str, allowed: list[str]) -> bool:
    """Whether a scope is one of the allowed ones, or a part of one."""
    return any(scope == each or scope.startswith(f"{each}:") for each in allowed)
