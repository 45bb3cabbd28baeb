"""The technical half of an extension: rows of `devices` and `sip`, and AstDB `DEVICE/`."""

from __future__ import annotations

import secrets

from reconciler.lab.freepbx.tables import Tables

SIP_DEFAULTS = {
    "accountcode": "", "aggregate_mwi": "no", "allow": "", "avpf": "no", "bundle": "no",
    "callerid": "", "context": "from-internal", "defaultuser": "", "device_state_busy_at": "0",
    "direct_media": "yes", "disallow": "", "dtmfmode": "rfc4733", "force_callerid": "no",
    "force_rport": "yes", "icesupport": "no", "match": "", "max_audio_streams": "1",
    "max_contacts": "1", "max_video_streams": "1", "maximum_expiration": "7200", "md5_cred": "",
    "media_address": "", "media_encryption": "no", "media_encryption_optimistic": "no",
    "media_use_received_transport": "no", "message_context": "", "minimum_expiration": "60",
    "mwi_subscription": "auto", "namedcallgroup": "", "namedpickupgroup": "",
    "outbound_auth": "no", "outbound_proxy": "", "qualifyfreq": "60",
    "refer_blind_progress": "yes", "remove_existing": "yes", "rewrite_contact": "yes",
    "rtcp_mux": "no", "rtp_symmetric": "yes", "rtp_timeout": "0", "rtp_timeout_hold": "0",
    "send_connected_line": "yes", "sendrpid": "pai", "sipdriver": "chan_pjsip", "timers": "yes",
    "timers_min_se": "90", "transport": "", "trustrpid": "yes", "user_eq_phone": "no",
    "vmexten": "", "webrtc": "no",
}  # fmt: skip
"""What a new PJSIP device gets, as recorded after `addExtension`."""


def random_secret() -> str:
    """32 hex digits: what FreePBX makes up when nobody gives a secret."""
    return secrets.token_hex(16)


def device_row(
    tables: Tables, number: str, description: str, *, user: str | None = None,
    tech: str = "pjsip", dial: str = "", devicetype: str = "fixed", emergency_cid: str = "",
) -> None:  # fmt: skip
    """Write the row of `devices`."""
    tables.insert(
        "devices",
        {
            "id": number, "tech": tech, "dial": dial or f"PJSIP/{number}",
            "devicetype": devicetype, "user": user or number, "description": description,
            "emergency_cid": emergency_cid, "hint_override": None,
        },
    )  # fmt: skip


def device_keys(tables: Tables, number: str) -> None:
    """Write AstDB `DEVICE/` from the row of `devices`."""
    row = tables.row("devices", id=number)
    assert row is not None
    keys = {
        "default_user": row["user"], "dial": row["dial"], "tech": row["tech"],
        "type": row["devicetype"], "user": row["user"],
    }  # fmt: skip
    for name, value in keys.items():
        tables.put(f"DEVICE/{number}/{name}", str(value))
    tables.drop(f"DEVICE/{number}/emergency_cid")
    if row["emergency_cid"]:
        tables.put(f"DEVICE/{number}/emergency_cid", str(row["emergency_cid"]))
    tables.put(f"AMPUSER/{row['user']}/device", number)


def sip_rows(tables: Tables, number: str, settings: dict[str, str]) -> None:
    """Replace all `sip` rows of a device."""
    tables.delete("sip", id=number)
    for flags, (keyword, data) in enumerate(sorted(settings.items())):
        tables.insert("sip", {"id": number, "keyword": keyword, "data": data, "flags": flags})


def new_sip(number: str, **given: str) -> dict[str, str]:
    """Settings of a new device; `given` goes before the defaults."""
    own = {
        "account": number, "dial": f"PJSIP/{number}", "mailbox": f"{number}@device",
        "secret": random_secret(),
    }  # fmt: skip
    return {**SIP_DEFAULTS, **own, **given}


def add_device(
    tables: Tables, number: str, description: str, *, user: str, tech: str, dial: str,
    devicetype: str, emergency_cid: str,
) -> None:  # fmt: skip
    """What `addCoreDevice` does: the device without a user."""
    device_row(
        tables, number, description, user=user, tech=tech, dial=dial, devicetype=devicetype,
        emergency_cid=emergency_cid,
    )  # fmt: skip
    device_keys(tables, number)
    sip_rows(tables, number, new_sip(number, callerid=f"{description} <{number}>", dial=dial))
    tables.put(f"CustomPresence/{number}", "available,,")


def delete_device(tables: Tables, number: str, *, whole: bool) -> None:
    """Remove a device. `whole` is False for `deleteCoreDevice`, which forgets `DEVICE/../tech`."""
    tables.delete("devices", id=number)
    tables.delete("sip", id=number)
    tech = tables.get(f"DEVICE/{number}/tech")
    tables.drop(f"DEVICE/{number}")
    if not whole:
        tables.put(f"DEVICE/{number}/tech", tech)
        tables.drop(f"AMPUSER/{number}/device")
        tables.drop(f"CustomPresence/{number}")
