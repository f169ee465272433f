"""Bodies somebody may send instead of a request: (content type, body, status and code that answer it)."""

from __future__ import annotations

from typing import NamedTuple

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=x"


class Ask(NamedTuple):
    """One body. `code` is None where more than one refusal is right, `status` 0 where anything but a fault is."""

    kind: str
    body: bytes
    status: int
    code: str | None = None


def part(name: str, value: bytes, more: str = "") -> bytes:
    return f'--x\r\ncontent-disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value + b"\r\n"


def tricks() -> dict[str, Ask]:
    """All of them. None makes a job."""

    def json_of(body: bytes, status: int = 400, code: str | None = "invalid_json") -> Ask:
        return Ask(JSON, body, status, code)

    wrong = "invalid_request"
    return {
        "lists in lists": json_of(b'{"a":' + b"[" * 100_000),
        "objects in objects": json_of(b'{"a":' * 50_000),
        "objects that end": json_of(b'{"a":' * 100 + b"1" + b"}" * 100),
        "infinity by a number": json_of(b'{"prompt":"x","seconds":1e309}'),
        "minus infinity by a number": json_of(b'{"prompt":"x","seconds":-1e309}'),
        "NaN": json_of(b'{"prompt":"x","strength":NaN}'),
        "Infinity": json_of(b'{"prompt":"x","strength":Infinity}'),
        "4,300 digits": json_of(b'{"prompt":"x","seed":' + b"9" * 4300 + b"}", code=wrong),
        "4,301 digits": json_of(b'{"prompt":"x","seed":' + b"9" * 4301 + b"}"),
        "a hundred thousand digits": json_of(b'{"prompt":"x","seed":' + b"9" * 100_000 + b"}"),
        "a fraction of 100,000 digits": json_of(b'{"prompt":"x","seconds":4.' + b"9" * 100_000 + b"e-999999999x}"),
        "no UTF-8": json_of(b'{"prompt":"\xff\xfe"}'),
        "an overlong slash": json_of(b'{"prompt":"\xc0\xaf"}'),
        "half a character": json_of(b'{"prompt":"\\ud800"}'),
        "UTF-16": json_of('{"prompt":"x"}'.encode("utf-16")),
        "a key twice": json_of(b'{"prompt":"a","prompt":"b"}'),
        "a key twice, one in escapes": json_of(b'{"prompt":"a","\\u0070rompt":"b"}'),
        "NUL": json_of(b'{"prompt":"a\\u0000b"}'),
        "NUL in a key": json_of(b'{"prompt":"x","a\\u0000b":1}'),
        "a prompt of a megabyte": json_of(b'{"prompt":"' + b"x" * (1 << 20) + b'"}', 413, "too_large"),
        "a prompt of nearly a megabyte": json_of(b'{"prompt":"' + b"x" * ((1 << 20) - 40) + b'"}', code=wrong),
        "twenty thousand keys": json_of(b"{" + b",".join(b'"k%d":1' % n for n in range(20_000)) + b"}"),
        "a hundred thousand numbers": json_of(b'{"prompt":"x","cutaway":[' + b"1," * 100_000 + b"1]}", code=wrong),
        "from right to left, a path": json_of('{"prompt":"x","style":"\u202e../../etc"}'.encode(), 0, None),
        "emoji for a size": json_of('{"prompt":"x","size":"🎬x🎬"}'.encode(), code=wrong),
        "a size of many digits": json_of(b'{"prompt":"x","size":"' + b"9" * 5000 + b'x9"}', code=wrong),
        "a comment": json_of(b'{"prompt":"x"/*,*/}'),
        "two values": json_of(b'{"prompt":"x"}{"prompt":"y"}'),
        "a list": json_of(b'[{"prompt":"x"}]'),
        "a word": json_of(b"null"),
        "a template": json_of(b'{"prompt":"x","model":"{{7*7}}${jndi:ldap://192.0.2.1/a}"}', 404, None),
        "a model that is a path": json_of(b'{"prompt":"x","model":"../../etc/passwd"}', 404, None),
        "a picture that is a path": json_of(b'{"prompt":"x","input_reference":"/etc/passwd"}', code=None),
        "a picture that is a file URL": json_of(b'{"prompt":"x","input_reference":"file:///etc/passwd"}', code=None),
        "a picture behind an address": json_of(
            b'{"prompt":"x","input_reference":"http://192.0.2.1/a.png"}', code="url_references_off"
        ),
        "a picture of no base64": json_of(b'{"prompt":"x","input_reference":"data:image/png;base64,*"}', code=wrong),
        "a form as JSON": Ask(JSON, b"prompt=x", 400, "invalid_json"),
        "JSON as plain text": Ask("text/plain", b'{"prompt":"x"}', 415),
        "a kind of nothing": Ask("\x22;\x22", b'{"prompt":"x"}', 415),
        "a form in brackets": Ask(FORM, b"cutaway" + b"[a]" * 5000 + b"=1", 400),
        "a form of five thousand fields": Ask(FORM, b"&".join(b"a%d=1" % n for n in range(5000)), 400),
        "a form that is no UTF-8": Ask(FORM, b"prompt=%ff%fe", 400),
        "a form with NUL": Ask(FORM, b"prompt=a%00b", 400),
        "parts without a boundary": Ask("multipart/form-data", b"--x--", 400),
        "parts that end": Ask(PARTS, part("prompt", b"x"), 400),
        "a part without a name": Ask(PARTS, b"--x\r\ncontent-disposition: form-data\r\n\r\nx\r\n--x--\r\n", 400),
        "two thousand parts": Ask(PARTS, part("a", b"1") * 2000 + b"--x--\r\n", 400),
        "a hundred files": Ask(PARTS, part("video", b"x", '; filename="a"') * 100 + b"--x--\r\n", 400),
        "a header of a megabyte": Ask(
            PARTS, b"--x\r\ncontent-disposition: " + b"a" * (1 << 20) + b"\r\n\r\nx\r\n--x--\r\n", 400
        ),
        "ten thousand headers": Ask(PARTS, b"--x\r\n" + b"a: b\r\n" * 10_000 + b"\r\nx\r\n--x--\r\n", 400),
        "a file that climbs": Ask(
            PARTS, part("input_reference", b"x", '; filename="../../../../tmp/evil.png"') + b"--x--\r\n", 400
        ),
        "a file called by NUL": Ask(PARTS, part("input_reference", b"x", '; filename="a\0.png"') + b"--x--\r\n", 400),
    }


PROMPTS = {
    "from right to left": "\u202eevil\u202c مشهد شروق",
    "emoji": "🎬👩‍👩‍👧‍👦" * 50,
    "marks on marks": "e" + "\u0301" * 500,
    "a script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "a terminal's words": "\x1b]0;evil\x07\x1b[2J\x1b[31mred",
    "lines of a log": 'x\r\n{"level":"error","message":"forged"}\r\n',
    "a query": "'; DROP TABLE jobs; --",
    "a format": "%s%s%n {0} {__class__}",
    "a path": "../../../../etc/passwd",
    "a command": "$(touch marker) `touch marker`; touch marker",
}
"""What may be asked for: words are words."""


def ids() -> list[str]:
    """Five thousand that are none, most of them on their way somewhere else."""
    made = "0123456789abcdef01234567"
    climbs = ["..", "../", "..\\", "%2e%2e", "%2e%2e%2f", "..%2f", "..%5c", "%252e%252e%252f", "....//", "..;/"]
    targets = ["etc/passwd", "token", "jobs.db", "runtime.json", "files", "videos", "outside.txt", "C:", "", "nul"]
    fronts = [
        "",
        "video_",
        f"video_{made}",
        f"video_{made}/",
        f"file_{made}/",
        f"char_{made}",
        "/",
        "//",
        "~",
        "~root/",
    ]
    fronts += ["\\\\host\\", "C:\\", "C:", "file:///", "\0", "%00", "\u202e", "\uff0e\uff0e\uff0f"]
    behind = ["", "%00", ".mp4", "\n", "%0a", "?x", "#x", "/content", "::$DATA", " "]
    found = [
        front + climb * times + target + end
        for end in behind
        for front in fronts
        for climb in climbs
        for times in (1, 4)
        for target in targets
    ]
    nearly = [f"video_{made[:-1]}{last}" for last in ["", *"gG\n\0 /\\.%é٣"]]
    nearly += [f"VIDEO_{made}", f"video_{made}0", *map(chr, range(1, 87))]
    rest = 5000 - len(nearly)
    return [*nearly, *(found[n * len(found) // rest] for n in range(rest))]
