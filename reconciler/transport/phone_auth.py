"""HTTP authentication as the phone asks for it: a challenge first, then one answer.

Digest is taken where it is offered, because Basic shows the password to whoever is in between.
Nothing is sent before the phone has asked; a refused answer is not given again in another way.
"""

from collections.abc import Generator, Sequence

import httpx

from reconciler.device import Login


class ChallengedAuth(httpx.Auth):
    """A login for one phone; keeps the challenge for the requests that follow."""

    def __init__(self, login: Login, default_user: str, challenges: Sequence[str] = ()) -> None:
        """`challenges` are those that the phone answered already: it need not be asked again."""
        self._asked = tuple(challenges)
        self._user = login.username or default_user
        self._password = login.password
        self._digest: httpx.DigestAuth | None = None
        self._basic: httpx.BasicAuth | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Answer the phone's challenge (httpx's protocol of `Auth`)."""
        known = self._digest or self._basic
        if known is not None:
            yield from _careful(known.auth_flow(request))
            return
        if self._asked:
            headers = [("www-authenticate", each) for each in self._asked]
            response = httpx.Response(401, headers=headers, request=request)
            self._asked = ()
        else:
            response = yield request
        if response.status_code != 401:
            return
        schemes = [each.split(" ", 1)[0].lower() for each in _challenges(response)]
        if "digest" in schemes:
            digest = httpx.DigestAuth(self._user, self._password.reveal())
            flow = _careful(digest.auth_flow(request))
            next(flow)  # the request without an answer has been sent already
            response = yield flow.send(response)
            if response.status_code != 401:
                self._digest = digest
        elif "basic" in schemes:
            basic = httpx.BasicAuth(self._user, self._password.reveal())
            response = yield next(basic.auth_flow(request))
            if response.status_code != 401:
                self._basic = basic


def _challenges(response: httpx.Response) -> list[str]:
    return [str(each) for each in response.headers.get_list("www-authenticate")]


def _careful(
    flow: Generator[httpx.Request, httpx.Response, None],
) -> Generator[httpx.Request, httpx.Response, None]:
    """Pass a flow on; a challenge that makes no sense becomes a protocol error."""
    try:
        response = yield next(flow)
        while True:
            response = yield flow.send(response)
    except StopIteration:
        return
    except (KeyError, NotImplementedError, ValueError):
        raise httpx.RemoteProtocolError("a challenge that makes no sense") from None
