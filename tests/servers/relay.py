"""A server between a client and a real one: it passes everything on and back. With `StubServer`, answers can be lost:

with StubServer(Relay("http://127.0.0.1:8000")) as between:
    between.trouble(method="POST", drop="unanswered", times=2)
"""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

if TYPE_CHECKING:
    from servers.frame import Heard

from servers.frame import Reply

HOPS = {"connection", "content-length", "date", "host", "keep-alive", "server", "transfer-encoding"}
"""Headers that are about one connection, not about what it carries."""


class Relay:
    """Stands for the server at `upstream`. `made` are the ids in its answers to POSTs: the jobs that there are."""

    def __init__(self, upstream: str) -> None:
        self._to = urlsplit(upstream).netloc
        self.origin = f"http://{self._to}"
        self.made: list[str] = []

    def __call__(self, heard: Heard) -> Reply:
        onward = http.client.HTTPConnection(self._to, timeout=60)
        try:
            path = quote(heard.path) + (f"?{urlencode(heard.query)}" if heard.query else "")
            headers = {name: text for name, text in heard.headers.items() if name not in HOPS}
            onward.request(heard.method, path, heard.body, headers)
            answer = onward.getresponse()
            body = answer.read()
        finally:
            onward.close()
        if heard.method == "POST" and answer.status < 300:
            self.made.append(json.loads(body)["id"])
        back = {name.lower(): text for name, text in answer.getheaders() if name.lower() not in HOPS}
        return Reply(answer.status, body, back)
