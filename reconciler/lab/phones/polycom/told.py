"""What a Poly tells: device, lines, network, calls, in the fields of recorded answers."""

from typing import Any

from reconciler.lab.phones.device import Phone


def uptime(phone: Phone, word: str) -> str:
    """Return the uptime as the interface writes it ("0 Day 2:26:00")."""
    days, rest = divmod(phone.uptime_s, 86400)
    return f"{days} {word} {rest // 3600}:{rest % 3600 // 60:02}:{rest % 60:02}"


def device(phone: Phone) -> dict[str, Any]:
    """Return v1's device information."""
    identity = phone.identity
    return {
        "ModelNumber": identity.model, "FirmwareRelease": identity.firmware,
        "DeviceType": "hardwareEndpoint",
        "DeviceVendor": "Poly" if identity.generation == "edge" else "Polycom",
        "UpTimeSinceLastReboot": uptime(phone, "Day"), "IPV4Address": phone.address,
        "IPV6Address": "::", "MACAddress": identity.mac, "AttachedHardware": {"EM": []},
    }  # fmt: skip


def device_v2(phone: Phone) -> dict[str, Any]:
    """Return v2's device information (VVX): all values are strings."""
    identity, seconds = phone.identity, phone.uptime_s
    up = {"Days": seconds // 86400, "Hours": seconds % 86400 // 3600,
          "Minutes": seconds % 3600 // 60, "Seconds": seconds % 60}  # fmt: skip
    return {
        "ModelNumber": identity.model, "DeviceType": "HardwareEndpoint",
        "DeviceVendor": "Polycom", "MACAddress": identity.mac, "IPAddress": phone.address,
        "IPStack": "IPv4 Only",
        "Firmware": {"Application": f"{identity.firmware} 02-Jul-19 06:14",
                     "Updater": "5.9.7.26508", "BootBlock": "3.0.6.0098 (48830-001)"},
        "UpTime": {name: str(value) for name, value in up.items()},
        "AppState": "AppStateMenu" if phone.call == "idle" else "AppStateCall",
        "ReadyToUse": "True", "IntendToShutdown": "False",
        "CanApplyShutdownRequest": str(phone.call == "idle"), "AttachedHardware": {"EM": []},
    }  # fmt: skip


def lines(phone: Phone) -> list[dict[str, str]]:
    """Return an entry per line key: a registration with two keys appears twice."""
    rows = []
    for account in phone.accounts.values():
        row = {
            "LineNumber": str(account.number), "LineType": "private",
            "RegistrationStatus": "registered" if account.registered else "unregistered",
            "SIPAddress": f"{account.user}@{account.server}", "Label": account.name,
            "UserID": account.auth,
        }  # fmt: skip
        if account.registered:
            row |= {"Protocol": "SIP", "ProxyAddress": account.server, "Port": str(account.port)}
        keys = phone.settings.get(f"reg.{account.number}.lineKeys", "1")
        rows += [row] * (int(keys) if keys.isdigit() else 1)
    model = phone.identity.model
    empty = {
        "LineNumber": "1", "RegistrationStatus": "unregistered", "LineType": "private",
        "SIPAddress": model.replace(" ", ""), "Label": model, "UserID": model,
    }  # fmt: skip
    return rows or [empty]


def network(phone: Phone) -> dict[str, str]:
    """Return the network information."""
    return {
        "DHCP": "enabled", "IPV4Address": phone.address, "SubnetMask": "255.0.0.0",
        "ProvServerAddress": phone.settings.get("device.prov.serverName", ""),
        "ProvServerType": phone.settings.get("device.prov.serverType", "HTTPS"),
        "ProvServerUser": phone.settings.get("device.prov.user", ""), "LANPortStatus": "active",
        "LLDP": "enabled", "CDPCompatibility": "enabled", "VLANID": "",
    }  # fmt: skip


def calls(phone: Phone) -> list[dict[str, str]]:
    """Return the calls as v2 lists them."""
    if phone.call == "idle":
        return []
    ringing, outgoing = phone.call == "ringing", phone.call == "calling"
    states = {"ringing": "Offering", "calling": "Proceeding", "connected": "Connected"}
    return [{
        "CallHandle": "0x8a3b2c4", "Protocol": "Sip", "CallState": states[phone.call],
        "Type": "Outgoing" if outgoing else "Incoming",
        "LineID": "1", "CallSequence": "1", "RemotePartyName": "",
        "RemotePartyNumber": f"sip:{phone.caller}",
        "DurationSeconds": "17" if phone.call == "connected" else "0",
        "Muted": "0", "Ringing": str(int(ringing)), "UIAppearanceIndex": "1*",
    }]  # fmt: skip


def config(phone: Phone) -> dict[str, str]:
    """Return all parameters; passwords are empty (whether real ones mask them is not stated)."""
    return {k: "" if "password" in k.lower() else v for k, v in phone.settings.items()}
