"""Pictures and clips behind an address, fetched where the operator allows it, and only from the public internet.

A client chooses the address, this machine stands inside somebody's network: what is fetched must not be a way in.

- Every name is resolved once, every address it has must be public, and the connection goes to the very address
  that was checked; the name is kept for the certificate and for `Host`.
- A redirect is an address like the first one, looked at in the same way.
- Nothing of the environment is used: no proxy, no credentials, no cookies.
- Bytes and seconds are counted while they pass.

What a refusal says of an address that is not public, has no name or does not answer is one and the same sentence,
so that nobody learns from it what there is behind this server.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import os
import re
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import SplitResult, urljoin, urlsplit

from cutaway import __version__
from cutaway_runtime.jobs.shelf import new_file_id
from cutaway_runtime.server.body import HEAD_BYTES, Arrived, shown_name
from cutaway_runtime.server.refusal import Refusal

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable

    import httpx

    from cutaway_runtime.server.desk import Desk

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_URL: Final = 4096
MAX_REDIRECTS: Final = 3
CONNECT_SECONDS: Final = 5.0
SILENCE_SECONDS: Final = 10.0
"""Between two pieces of an answer."""
_PLAIN: Final = re.compile(r"[\x21-\x7e]+")
_SPECIAL: Final = [ipaddress.ip_network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")]
"""For protocols, for relays and for documents; not every version of Python knows."""
_PORT: Final = {"https": 443, "http": 80}


class _Away(Exception):
    """The address is not public, not there, or does not answer; which of them is nobody's business."""


def is_public(address: Address) -> bool:
    """Whether anybody on the internet could reach it as well as this machine can."""
    if isinstance(address, ipaddress.IPv6Address):
        # Addresses that carry another one inside are judged by that one, or not used at all.
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.sixtofour is not None or address.teredo is not None or address.is_site_local or address.scope_id:
            return False
    never = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not never and not any(address in network for network in _SPECIAL)


async def of_the_system(host: str, port: int) -> list[Address]:
    """Every address a name has, as this machine resolves it.

    Raises:
        OSError: none.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ipaddress.ip_address(entry[4][0]) for entry in found]


@dataclass(frozen=True)
class Remote:
    """What may be fetched, and how. `schemes` empty: nothing."""

    schemes: frozenset[str]
    max_bytes: int
    seconds: float
    """From the first byte of the first question to the last byte of the answer."""
    resolve: Callable[[str, int], Awaitable[list[Address]]] = of_the_system
    public: Callable[[Address], bool] = is_public
    verify: ssl.SSLContext | bool = field(default=True, repr=False)

    async def fetch(self, url: str, role: str, write: Callable[[bytes], object]) -> None:
        """The bytes behind `url`, given to `write` piece by piece.

        Raises:
            Refusal: 400, it may not be fetched, or could not be.
        """
        try:
            async with asyncio.timeout(self.seconds):
                for _hop in range(1 + MAX_REDIRECTS):
                    location = await self._ask(self._checked(url, role), role, write)
                    if location is None:
                        return
                    url = urljoin(url, location)
        except TimeoutError:
            raise _unreachable(role, f"it took longer than {self.seconds:g} s") from None
        except _Away:
            raise _unreachable(
                role, "there is no public address of that name, or nothing answers there as it should"
            ) from None
        raise _unreachable(role, f"it was passed on more than {MAX_REDIRECTS} times")

    def _checked(self, url: str, role: str) -> SplitResult:
        """The URL in its parts, as far as looking at it tells that it may be used."""
        if len(url) > MAX_URL or _PLAIN.fullmatch(url) is None or "\\" in url:
            raise _refused(role, f"a URL has up to {MAX_URL} characters, all of them ASCII, and no spaces")
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise _refused(role, "this is no URL that can be read") from None
        if parts.scheme not in self.schemes:
            known = " and ".join(sorted(self.schemes))
            raise _refused(role, f"only {known} addresses are fetched here; upload the file (POST /v1/files) instead")
        if "@" in parts.netloc:
            raise _refused(role, "a URL with a name or a password in it is not fetched")
        if not host or "%" in host or port == 0:
            raise _refused(role, "this is no URL that can be read")
        return parts

    async def _ask(self, parts: SplitResult, role: str, write: Callable[[bytes], object]) -> str | None:
        """One question. Where the answer is elsewhere, that address."""
        assert parts.hostname is not None
        port = parts.port or _PORT[parts.scheme]
        try:
            addresses = await self.resolve(parts.hostname, port)
        except (OSError, UnicodeError):
            raise _Away from None
        if not addresses or not all(map(self.public, addresses)):
            raise _Away
        import httpx

        timeout = httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS)
        async with httpx.AsyncClient(trust_env=False, timeout=timeout, verify=self.verify) as client:
            for address in dict.fromkeys(addresses):
                try:
                    answer = await client.send(_question(client, parts, address, port), stream=True)
                except httpx.ConnectError:
                    continue
                except httpx.HTTPError:
                    raise _Away from None
                try:
                    return await self._read(answer, role, write)
                except httpx.HTTPError:
                    raise _Away from None
                finally:
                    await answer.aclose()
        raise _Away

    async def _read(self, answer: httpx.Response, role: str, write: Callable[[bytes], object]) -> str | None:
        if answer.status_code in {301, 302, 303, 307, 308} and "location" in answer.headers:
            return str(answer.headers["location"])
        if answer.status_code != 200:
            raise _unreachable(role, f"it answered with status {answer.status_code}")
        if answer.headers.get("content-encoding", "identity").lower() != "identity":
            raise _unreachable(role, "its answer is compressed, which was not asked for")
        size = answer.headers.get("content-length", "")
        arrived = int(size) if size.isdecimal() else 0
        if arrived > self.max_bytes:
            raise self._too_large(role)
        arrived = 0
        async for chunk in answer.aiter_raw():
            arrived += len(chunk)
            if arrived > self.max_bytes:
                raise self._too_large(role)
            write(chunk)
        return None

    def _too_large(self, role: str) -> Refusal:
        return _unreachable(role, f"it is larger than the {self.max_bytes} bytes that are fetched from an address")


def _question(client: httpx.AsyncClient, parts: SplitResult, address: Address, port: int) -> httpx.Request:
    """The GET, addressed to the address that was checked; the name stays where it must be said."""
    host = f"[{address}]" if address.version == 6 else str(address)
    target = f"{parts.scheme}://{host}:{port}{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    headers = {
        "host": parts.netloc,
        "accept": "image/*, video/*",
        "accept-encoding": "identity",
        "user-agent": f"cutaway/{__version__}",
    }
    return client.build_request("GET", target, headers=headers, extensions={"sni_hostname": parts.hostname})


async def fetch(desk: Desk, url: str, role: str) -> Arrived:
    """The bytes behind an address, put on the shelf like a file part.

    Raises:
        Refusal: 400, this server fetches nothing, or not that, or it could not be had.
    """
    settings = desk.settings
    if not settings.url_references:
        raise Refusal(
            400,
            "url_references_off",
            f"{role}: this server fetches nothing from addresses; upload the file (POST /v1/files) and name its id",
            param=role,
        )
    arrived = Arrived(new_file_id(), shown_name(url.partition("?")[0].encode()), "")
    digest = hashlib.sha256()
    desk.shelf.file_folder(arrived.id).mkdir(mode=0o700)
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(desk.shelf.file(arrived.id), flags, 0o600), "wb") as out:

            def keep(data: bytes) -> None:
                arrived.head += data[: HEAD_BYTES - len(arrived.head)]
                arrived.size += len(data)
                digest.update(data)
                out.write(data)

            await Remote(settings.url_references, settings.url_bytes, settings.url_seconds).fetch(url, role, keep)
    except BaseException:
        desk.shelf.remove_file(arrived.id)
        raise
    arrived.sha256 = digest.hexdigest()
    return arrived


def _refused(role: str, why: str) -> Refusal:
    return Refusal(400, "url_refused", f"{role}: {why}", param=role)


def _unreachable(role: str, why: str) -> Refusal:
    return Refusal(400, "url_unreachable", f"{role}: the address could not be fetched: {why}", param=role)
