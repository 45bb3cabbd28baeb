"""The manager interface (AMI) of the PBX's Asterisk: what we ask of one, in the recorded form.

Asterisk answers a list of no endpoints with an error, and other empty lists with success (seen).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable, Iterator
from typing import Any

from reconciler.lab.freepbx.ami_acts import ACTS, act
from reconciler.lab.freepbx.live import Call
from reconciler.lab.freepbx.pbx import Pbx

GREETING = "Asterisk Call Manager/11.0.0\r\n"
Fields = dict[str, Any]


class Ami:
    """AMI of one PBX. Nobody can connect while Asterisk is down."""

    def __init__(self, pbx: Pbx) -> None:
        self._pbx = pbx

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            if self._pbx.asterisk_is_up:
                writer.write(GREETING.encode())
                await self._serve(reader, writer)
        writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        user, hears = "", False
        while self._pbx.asterisk_is_up:
            request = await _request(reader)
            if request is None:
                return
            action = request.get("action", "").lower()
            if action == "login":
                user = self._logged_in(request)
                hears = request.get("events", "on").lower() not in ("off", "0", "false")
                replies: Iterable[Fields] = [
                    _good("Authentication accepted") if user else _bad("Authentication failed")
                ]
            elif action == "logoff":
                replies = [{"Response": "Goodbye", "Message": "Thanks for all the fish."}]
            else:
                replies = self.answers(action, request) if user else [_bad("Permission denied")]
            for reply in replies:
                if reply.get("Event") == "OriginateResponse" and not hears:
                    continue
                writer.write(_spoken(reply, request.get("actionid", "")))
            await writer.drain()
            if not user or action == "logoff":
                return

    def _logged_in(self, request: dict[str, str]) -> str:
        own = self._pbx.credentials
        given = request.get("username", ""), request.get("secret", "")
        return own.ami_user if given == (own.ami_user, own.ami_password) else ""

    def answers(self, action: str, request: dict[str, str]) -> Iterator[Fields]:
        """The messages that answer one action."""
        self._pbx.reloads.settle()
        live = self._pbx.live
        if action == "ping":
            yield {"Response": "Success", "Ping": "Pong", "Timestamp": f"{time.time():.6f}"}
        elif action == "corestatus":
            calls = len({each.bridge or each.channel for each in live.channels()})
            yield {
                "Response": "Success", "CoreStartupDate": "2026-11-22",
                "CoreStartupTime": "07:43:43", "CoreReloadDate": "2026-11-22",
                "CoreReloadTime": "07:43:43", "CoreCurrentCalls": calls,
                "CoreProcessedCalls": calls,
            }  # fmt: skip
        elif action == "coresettings":
            version = self._pbx.version.asterisk
            yield {"Response": "Success", "AMIversion": "11.0.0", "AsteriskVersion": version}
        elif action == "pjsipshowendpoints":
            yield from self._endpoints()
        elif action == "pjsipshowregistrationinboundcontactstatuses":
            yield from _listed(self._contacts(), "ContactStatusDetailComplete")
        elif action == "pjsipshowregistrationsoutbound":
            yield from _listed(self._trunks(), "OutboundRegistrationDetailComplete")
        elif action == "coreshowchannels":
            yield from _listed(map(_channel, live.channels()), "CoreShowChannelsComplete")
        elif action == "queuestatus":
            yield from _listed(self._queues(), "QueueStatusComplete")
        elif action == "pjsipnotify":
            yield self._notify(request)
        elif action in ACTS:
            yield from act(live, action, request)
        else:
            yield _bad("Invalid/unknown command")

    def _endpoints(self) -> Iterator[Fields]:
        loaded = self._pbx.live.loaded
        names = (*loaded.extensions, *loaded.trunks)
        if not names:
            yield _bad("No endpoints found")
            return
        events = [self._endpoint(name) for name in names]
        yield from _listed(events, "EndpointListComplete")

    def _endpoint(self, name: str) -> Fields:
        live = self._pbx.live
        contacts = [each.uri for each in live.registered() if each.number == name]
        busy = sum(call.channel.startswith(f"PJSIP/{name}-") for call in live.channels())
        idle = "Not in use" if contacts or name in live.loaded.trunks else "Unavailable"
        return {
            "Event": "EndpointList", "ObjectType": "endpoint", "ObjectName": name, "Aor": name,
            "Auths": f"{name}-auth", "Contacts": "".join(f"{name}/{uri}," for uri in contacts),
            "DeviceState": "In use" if busy else idle, "ActiveChannels": busy,
        }  # fmt: skip

    def _contacts(self) -> Iterator[Fields]:
        for each in self._pbx.live.registered():
            ends = {} if each.expires_at is None else {"RegExpire": each.expires_at}
            yield {
                "Event": "ContactStatusDetail", "AOR": each.number, "URI": each.uri,
                "UserAgent": each.user_agent, **ends, "Status": "Reachable",
                "EndpointName": each.number,
            }  # fmt: skip

    def _trunks(self) -> Iterator[Fields]:
        for name in self._pbx.live.loaded.trunks:
            yield {
                "Event": "OutboundRegistrationDetail", "ObjectType": "registration",
                "ObjectName": name, "ServerUri": f"sip:{name}", "Endpoint": name,
                "Status": "Registered",
            }  # fmt: skip

    def _queues(self) -> Iterator[Fields]:
        for number, strategy, members in self._pbx.live.loaded.queues:
            yield {
                "Event": "QueueParams", "Queue": number, "Max": 0, "Strategy": strategy,
                "Calls": 0, "Completed": 0, "Abandoned": 0,
            }  # fmt: skip
            added = self._pbx.live.members.get(number, {}).items()
            told = [(*each, "static") for each in members] + [(*each, "dynamic") for each in added]
            for interface, penalty, membership in told:
                yield {
                    "Event": "QueueMember", "Queue": number, "Name": interface,
                    "Location": interface, "Membership": membership, "Penalty": penalty,
                    "Paused": 0, "Status": 1,
                }  # fmt: skip

    def _notify(self, request: dict[str, str]) -> Fields:
        live, endpoint = self._pbx.live, request.get("endpoint", "")
        if endpoint not in live.loaded.extensions:
            return _bad(f"Unable to retrieve endpoint {endpoint}")
        said = request.get("variable", request.get("option", ""))
        live.notified.append((endpoint, said))
        if live.phones is not None:
            live.phones.notify(endpoint, said.removeprefix("Event="))
        return _good("NOTIFY sent")


def _channel(call: Call) -> Fields:
    return {
        "Event": "CoreShowChannel", "Channel": call.channel, "ChannelState": 6,
        "ChannelStateDesc": "Up", "CallerIDNum": call.caller, "ConnectedLineNum": call.callee,
        "Exten": call.callee, "Application": call.application, "Duration": call.duration,
        "BridgeId": call.bridge,
    }  # fmt: skip


def _good(words: str) -> Fields:
    return {"Response": "Success", "Message": words}


def _bad(words: str) -> Fields:
    return {"Response": "Error", "Message": words}


def _listed(events: Iterable[Fields], end: str) -> Iterator[Fields]:
    found = list(events)
    yield {"Response": "Success", "EventList": "start", "Message": "A list follows"}
    yield from found
    yield {"Event": end, "EventList": "Complete", "ListItems": len(found)}


def _spoken(fields: Fields, action_id: str) -> bytes:
    own = {**fields, "ActionID": action_id} if action_id else fields
    return "".join(f"{name}: {value}\r\n" for name, value in own.items()).encode() + b"\r\n"


async def _request(reader: asyncio.StreamReader) -> dict[str, str] | None:
    """The fields of one action by lower-case name; None when the client is gone."""
    found: dict[str, str] = {}
    while True:
        line = (await reader.readline()).decode(errors="replace")
        if not line:
            return None
        if not line.strip():
            if found:
                return found
            continue
        name, _, value = line.partition(":")
        found[name.strip().lower()] = value.strip()
