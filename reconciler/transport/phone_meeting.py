"""Meeting a phone: whoever answers is the phone that is meant, before it hears a login."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from reconciler.device import Identity, Login, Reach
from reconciler.errors import AuthenticationFailed, UnexpectedReply
from reconciler.transport.phone_http import PhoneHttp

T = TypeVar("T")
_ASKING = "asking who is there"


async def meet(
    http: PhoneHttp,
    reach: Reach,
    ask: Callable[[PhoneHttp], Awaitable[tuple[Identity, T] | None]],
    title: str,
) -> tuple[Identity, T]:
    """Ask who is there, without a login. Return it with what else the vendor's question told.

    Raises UnexpectedReply when it is no phone of the vendor (`title`), or another one.
    """
    found = await http.find(lambda: ask(http))
    if found is None:
        raise UnexpectedReply(reach.phone, _ASKING, f"it is no {title}")
    identity, told = found
    prove_meant(reach, identity)
    return identity._replace(scheme=http.scheme, pin=http.pin), told


def prove_meant(reach: Reach, identity: Identity) -> None:
    """Raise UnexpectedReply if another phone is there than the one that is meant."""
    if reach.mac and identity.mac and identity.mac != reach.mac:
        raise UnexpectedReply(
            reach.phone, _ASKING,
            f"another phone answers there: {identity.mac} instead of {reach.mac}",
            hint="its address has changed: correct `address`, or leave it out",
        )  # fmt: skip


def saved(login: Login | None, reach: Reach) -> Login:
    """Return the login. Raises AuthenticationFailed when none is saved for the phone."""
    if login is None:
        raise AuthenticationFailed(
            reach.phone, "logging in", "there are no saved credentials",
            hint="reconciler phones test-connection --save",
        )  # fmt: skip
    return login
