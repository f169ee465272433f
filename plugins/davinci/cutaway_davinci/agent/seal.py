"""Messages that nobody else can write, say again or turn round: each line is signed with a key of its conversation.

    <64 hexadecimal digits> {"id": 1, ...}

The key is made of a secret that both sides have from a file, and of a number that each side made up for this
conversation. What is signed is who says it, the how-manyth message of theirs it is, and its text.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

ASKING, ANSWERING = b"asking", b"answering"
_HELLO = b"cutaway in-app 1"
_DIGITS = 64


class NotSigned(Exception):
    """A line that is not of this conversation, or not its next one."""


class Seal:
    """One conversation.

    Args:
        secret: what both sides know.
        asker: the number that the one made up who asks.
        answerer: that of the one who answers.
    """

    def __init__(self, secret: bytes, asker: bytes, answerer: bytes) -> None:
        self._key = hmac.new(secret, b"\n".join((_HELLO, asker, answerer)), hashlib.sha256).digest()
        self._count = {ASKING: 0, ANSWERING: 0}

    def signed(self, who: bytes, text: bytes) -> bytes:
        """A message as a line, with its end."""
        return self._mark(who, text) + b" " + text + b"\n"

    def opened(self, who: bytes, line: bytes) -> bytes:
        """The text of a line.

        Raises:
            NotSigned: somebody else wrote it, or it was said before.
        """
        mark, _, text = line.rstrip(b"\n").partition(b" ")
        if len(mark) != _DIGITS or not hmac.compare_digest(mark, self._mark(who, text)):
            raise NotSigned("a message that is not signed as it should be")
        return text

    def _mark(self, who: bytes, text: bytes) -> bytes:
        self._count[who] += 1
        said = b"\n".join((who, b"%d" % self._count[who], text))
        return hmac.new(self._key, said, hashlib.sha256).hexdigest().encode()


def made_up() -> bytes:
    """A number that was never said before, as 64 hexadecimal digits."""
    return secrets.token_hex(_DIGITS // 2).encode()


def is_made_up(number: bytes) -> bool:
    """Whether it can be one of those numbers."""
    return len(number) == _DIGITS and all(digit in b"0123456789abcdef" for digit in number)
