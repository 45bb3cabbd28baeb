"""What goes on now: as AMI tells it, and ARI if there is one."""

from collections.abc import AsyncIterator
from typing import Any, Final

from reconciler.adapter import LiveState, Registration
from reconciler.adapters.asterisk.looking import silent
from reconciler.adapters.asterisk.session import Session
from reconciler.errors import (
    AdapterError,
    AuthenticationFailed,
    Refused,
    UnexpectedReply,
    Unreachable,
)
from reconciler.model.address import Address
from reconciler.transport import ami_live
from reconciler.transport.ami import Message


async def live_state(session: Session) -> LiveState:
    """Return registrations, device states, trunks, queues and active calls."""
    scope = session.target.scope
    states = await ari_states(session) if session.access.ari_url else {}

    def trunk_of(registration: Message) -> Address:
        name = registration.get("Endpoint") or registration.get("ObjectName").removesuffix("-reg")
        return Address("trunk", scope, name.removeprefix("trunk-"))

    state = await ami_live.live_state(
        session,
        lambda endpoint: address_of(scope, endpoint),
        trunk_of,
        version=session.version,
        offline=frozenset(name for name, state in states.items() if state == "offline"),
    )
    return state._replace(trunks=tuple([each async for each in _trunks(session, state)]))


async def _trunks(session: Session, state: LiveState) -> AsyncIterator[Registration]:
    """Yield how trunks stand: those that register, then those that do not."""
    states = {each.address: each.state for each in state.devices if each.address.kind == "trunk"}
    away = [f"trunk-{at.key}" for at, each in states.items() if each == "unavailable"]
    mute = await silent(session, away)
    for each in state.trunks:
        states.pop(each.address, None)
        is_mute = f"trunk-{each.address.key}" in mute
        yield each._replace(state=f"{each.state}, {_SILENT}") if is_mute else each
    for address, told in states.items():
        is_mute = f"trunk-{address.key}" in mute
        yield Registration(address, "", _SILENT if is_mute else _TOLD.get(told, told))


_SILENT: Final = "does not answer"
_TOLD: Final = {"unavailable": "not asked yet"}


def address_of(scope: str, endpoint: str) -> Address:
    """Return whose endpoint this is: trunks' endpoints are called `trunk-NAME`."""
    name = endpoint.removeprefix("trunk-")
    return Address("extension" if name == endpoint else "trunk", scope, name)


async def ari_states(session: Session) -> dict[str, str]:
    """Return `online` or `offline` by endpoint, from ARI.

    Raises AuthenticationFailed, Unreachable or UnexpectedReply.
    """
    answer = await _ari(session, "endpoints/PJSIP", absent=[])
    if not isinstance(answer, list):
        raise UnexpectedReply(session.target.scope, "asking ARI", "not a list of endpoints")
    return {str(each.get("resource")): str(each.get("state")) for each in answer}


async def _ari(session: Session, path: str, *, absent: Any) -> Any:
    """Get one ARI resource as JSON; `absent` if ARI knows none (an empty list is a 404 there)."""
    import httpx  # here, because most commands never speak ARI

    access, target = session.access, session.target.scope
    url = f"{str(access.ari_url).rstrip('/')}/{path}"
    doing = f"asking ARI for {path}"

    def failed(kind: type[AdapterError], reply: str, hint: str | None = None) -> AdapterError:
        return kind(target, doing, reply, hint=hint)

    try:
        async with httpx.AsyncClient(
            auth=(access.ari_username, access.ari_password),
            timeout=session.timeout_s,
            verify=access.ari_ca_file or True,
        ) as client:
            answer = await client.get(url)
    except (httpx.HTTPError, OSError) as error:
        hint = "is http.conf enabled, and is this the address up to and with /ari?"
        raise failed(Unreachable, type(error).__name__, hint) from None
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        raise failed(AuthenticationFailed, f"user {access.ari_username!r} was refused")
    if answer.status_code == httpx.codes.NOT_FOUND and "message" in answer.text:
        return absent
    if answer.status_code != httpx.codes.OK:
        raise failed(Refused, f"HTTP {answer.status_code}")
    try:
        return answer.json()
    except ValueError:
        raise failed(UnexpectedReply, "not JSON") from None
