"""Modules of Asterisk that what we write needs, and what there is not without each."""

from collections.abc import Mapping
from typing import Final

MODULES: Final[Mapping[str, str]] = {
    "res_pjsip.so": "phones and trunks",
    "chan_pjsip.so": "calls of phones and trunks",
    "res_pjsip_registrar.so": "registrations of phones",
    "res_pjsip_outbound_registration.so": "trunks that register",
    "res_pjsip_endpoint_identifier_user.so": "telling phones apart",
    "res_pjsip_endpoint_identifier_ip.so": "trunks by address",
    "res_pjsip_authenticator_digest.so": "passwords of phones",
    "res_pjsip_exten_state.so": "busy lamps",
    "res_pjsip_notify.so": "telling phones to fetch their settings",
    "res_pjsip_header_funcs.so": "ring tones, and phones that answer a page by themselves",
    "pbx_config.so": "the dialplan",
    "app_dial.so": "calls",
    "app_stack.so": "subroutines of the dialplan: routes, hours and announcements",
    "app_exec.so": "blocklist, and groups that skip who is on a call",
    "func_strings.so": "outbound routes, hours and the blocklist",
    "func_logic.so": "hours",
    "func_callerid.so": "caller ids",
    "func_channel.so": "languages and music of calls",
    "func_dialplan.so": "blocklist",
    "func_db.so": "switches, and groups that take turns",
    "func_devstate.so": "groups that ask who is on a call, and lamps of switches",
    "func_groupcount.so": "counting a trunk's calls, and those that come back",
    "func_hangupcause.so": "telling a trunk that failed from somebody who does not answer",
    "func_timeout.so": "menus",
    "func_rand.so": "groups that ring at random",
    "func_cut.so": "groups that ring at random",
    "app_playback.so": "announcements",
    "app_controlplayback.so": "announcements with keys",
    "app_read.so": "rooms with a leader's PIN, and press 1",
    "app_authenticate.so": "PINs of routes and switches",
    "app_mixmonitor.so": "recordings",
    "app_queue.so": "queues",
    "app_voicemail.so": "voicemail",
    "app_confbridge.so": "conference rooms",
    "app_page.so": "paging",
    "res_rtp_multicast.so": "paging by multicast",
    "chan_rtp.so": "paging by multicast",
    "res_parking.so": "parking",
    "res_musiconhold.so": "music on hold",
    "app_directed_pickup.so": "taking a call that rings elsewhere",
    "app_echo.so": "the echo test",
}

OFFERED: Final = {
    "res_pjsip_notify.so": "PJSIPNotify",
    "app_queue.so": "QueueSummary",
    "app_voicemail.so": "VoicemailUsersList",
    "res_parking.so": "Parkinglots",
}
"""An action of the module: one that declined to load, or lost what it offered, counts as loaded."""

ESSENTIAL: Final = frozenset(
    {
        "res_pjsip.so", "chan_pjsip.so", "res_pjsip_registrar.so", "pbx_config.so", "app_dial.so",
        "app_stack.so", "func_strings.so",
    }
)  # fmt: skip
"""Without these no call arrives anywhere."""
