"""What every request passes before a route sees it: the Host it names, the page it comes from, its key.

A web page can make a browser send requests to this machine. Its name resolved to 127.0.0.1 shows in
`Host`; a form or a script on another site shows in `Origin` or `Sec-Fetch-Site`. There is no CORS.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
import secrets
import socket
import time
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from sqlalchemy.exc import OperationalError
from starlette.datastructures import Headers

from cutaway_runtime.jobs.database import is_away
from cutaway_runtime.jobs.keyring import THE_OPERATOR
from cutaway_runtime.log import REQUEST
from cutaway_runtime.server.knocks import Knocks
from cutaway_runtime.server.refusal import Refusal, database_away
from cutaway_runtime.server.settings import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from cutaway_runtime.jobs.keyring import Caller
    from cutaway_runtime.server.settings import Settings
    from cutaway_runtime.server.traffic import Traffic

_HOST: Final = re.compile(r"^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::(\d{1,5}))?$")
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OPEN: Final = frozenset({"/health", "/ready"})
_PLAINLY: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; sandbox"),
)
"""No answer is a page. One that a browser takes for a page loads nothing and runs nothing."""


class Guard:
    """ASGI middleware. Also gives every request a name, which its answer carries and the log of a failure repeats,
    and counts what is going on, for a server that ends when nobody needs it.
    """

    def __init__(
        self, app: ASGIApp, settings: Settings, traffic: Traffic, find: Callable[[str], Caller | None]
    ) -> None:
        self._app = app
        self._find = find
        self._traffic = traffic
        self._knocks = Knocks()
        self._keys = [key.encode() for key in settings.keys]
        self._names = {"localhost", *(name.lower() for name in settings.allowed_hosts)}
        self._anywhere = not is_loopback(settings.host)
        if self._anywhere:
            self._names |= {settings.host.lower(), socket.gethostname().lower()}
        self.open_requests = 0
        self.last_request = time.monotonic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        name = f"req_{secrets.token_hex(12)}"
        scope.setdefault("state", {})["request_id"] = name
        REQUEST.set(name)
        began = time.monotonic()
        added = [*_PLAINLY, (b"x-request-id", name.encode())]

        async def send_plainly(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *added]
                route = getattr(scope.get("route"), "path", "")
                self._traffic.answered(scope["method"], route, message["status"], time.monotonic() - began)
            await send(message)

        try:
            scope["state"]["caller"] = self._check(scope["method"], scope["path"], headers)
            scope["state"]["still_may"] = partial(self._still_may, headers)
        except Refusal as refusal:
            self._knocks.refused(scope, refusal)
            await refusal.answer()(scope, receive, send_plainly)
            return
        self.open_requests += 1
        try:
            await self._app(scope, receive, send_plainly)
        finally:
            self.open_requests -= 1
            self.last_request = time.monotonic()

    def _check(self, method: str, path: str, headers: Headers) -> Caller:
        """Who sends it. Raises `Refusal`."""
        hosts = headers.getlist("host")
        host = hosts[0].lower() if len(hosts) == 1 else ""
        if not self._is_ours(host):
            raise Refusal(
                400,
                "host_not_allowed",
                f"this server does not answer to the name {host!r}; use its address, "
                "or start it with --allow-host NAME",
            )
        if method not in _SAFE:
            self._check_origin(host, headers)
        caller = self._caller(headers.get("authorization", "")) if self._keys and path not in _OPEN else THE_OPERATOR
        if caller is None:
            raise Refusal(
                401,
                "invalid_api_key",
                "this server wants its key: `Authorization: Bearer KEY`. The local one is in the file `token` "
                "of the cutaway home folder",
                headers={"www-authenticate": "Bearer"},
            )
        return caller

    def _still_may(self, headers: Headers) -> bool:
        """Whether the key of a request that is answered for long opens anything yet."""
        try:
            return not self._keys or self._caller(headers.get("authorization", "")) is not None
        except Refusal:  # the database is away; the client comes again
            return False

    def _is_ours(self, host: str) -> bool:
        match = _HOST.match(host)
        if match is None or (match[2] is not None and not 0 < int(match[2]) < 65536):
            return False
        if match[1] in self._names:
            return True
        try:
            address = ipaddress.ip_address(match[1].strip("[]"))
        except ValueError:
            return False
        # An address cannot be rebound; a server for the network may be called by any of its own.
        return self._anywhere or address.is_loopback

    @staticmethod
    def _check_origin(host: str, headers: Headers) -> None:
        site = headers.get("sec-fetch-site")
        origin = headers.get("origin")
        if (site is not None and site not in {"same-origin", "none"}) or (
            origin is not None and _netloc(origin) != host
        ):
            raise Refusal(
                403, "cross_site_request", f"a page of another site ({origin or site}) may not change anything here"
            )

    def _caller(self, authorization: str) -> Caller | None:
        """Whose key it is; None where it is nobody's."""
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return None
        given = key.strip().encode("latin-1", "replace")
        matches = [hmac.compare_digest(given, known) for known in self._keys]  # all of them, whichever it is
        if any(matches):
            return THE_OPERATOR
        try:
            return self._find(key.strip())
        except OperationalError as error:
            if is_away(error):
                raise database_away() from error
            raise


def _netloc(origin: str) -> str | None:
    """The host and port of a page's origin; None where it is no address."""
    try:
        return urlsplit(origin.lower()).netloc
    except ValueError:
        return None
