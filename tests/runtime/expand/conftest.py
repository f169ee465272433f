"""A chat server on the loopback, which refuses what a real one refuses."""

import json
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

ALLOWED = {"model", "messages", "max_tokens", "temperature", "stream", "top_p", "seed", "n"}


class Handler(BaseHTTPRequestHandler):
    """Answers POST /v1/chat/completions as an OpenAI-compatible server does."""

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.server.seen.append(("GET", self.path, None))
        self.say(200, {"stolen": True})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        script = self.server.script
        self.server.seen.append(("POST", self.path, body))
        if script.get("raw") is not None:
            self.wfile.write(script["raw"])
            return None
        if script.get("pause"):
            self.server.released.wait(script["pause"])
        if self.headers.get("Authorization") != script.get("authorization"):
            return self.refuse(401, "Incorrect API key provided")
        if self.path != "/v1/chat/completions" + script.get("query", ""):
            return self.refuse(404, f"no route {self.path}")
        if self.headers.get("Content-Type") != "application/json":
            return self.refuse(415, "a chat is asked in JSON")
        asked = json.loads(body)
        if unknown := asked.keys() - ALLOWED:
            return self.refuse(400, f"Unrecognized request argument: {unknown}")
        if asked["model"] not in {"small", "default"}:
            return self.refuse(404, f"The model {asked['model']!r} does not exist")
        roles = [message["role"] for message in asked["messages"]]
        if roles != ["system", "user"] or not all(message["content"] for message in asked["messages"]):
            return self.refuse(400, f"a chat of {roles}")
        if asked["stream"] or not 0 < asked["max_tokens"] <= 4096 or asked["temperature"] != 0:
            return self.refuse(400, "not asked for one whole greedy answer")
        return self.say(*script.get("answer", (200, self.chat("the answer"))))

    @staticmethod
    def chat(content):
        message = {"role": "assistant", "content": content}
        return {"object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}

    def refuse(self, status, message):
        self.say(status, {"error": {"message": message, "type": "invalid_request_error", "code": None}})

    def say(self, status, body, headers=()):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        with suppress(ConnectionError):  # who asked has left
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)


@pytest.fixture
def server():
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    httpd.script, httpd.seen, httpd.released = {}, [], threading.Event()
    httpd.chat, httpd.url = Handler.chat, f"http://127.0.0.1:{httpd.server_port}/v1"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield httpd
    httpd.released.set()
    httpd.shutdown()
    thread.join()
    httpd.server_close()
