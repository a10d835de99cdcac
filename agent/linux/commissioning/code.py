"""The code inside the box: who reads it stands in front of the open box, and may write.

The settings hold its salted hash alone. Wrong codes cost time: after five in a row nobody is let in
for 30 s, doubling to half an hour, whoever asks. A session ends by itself.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable

from agent.linux.pole_page import CODE_PREFIX

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that is taken for another; 5 bits each
LENGTH = 8
ROUNDS = 100_000
FREE_TRIES = 5
PAUSE_MS = 30_000
LONGEST_PAUSE_MS = 1_800_000
IDLE_MS = 1_800_000
MAX_SESSIONS = 8
MAX_NAME = 48


def make() -> str:
    """A new code, as it is printed: two groups of four letters."""
    code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    return f"{code[:4]}-{code[4:]}"


def hashed(code: str) -> str:
    """What settings keep of a code."""
    salt = secrets.token_bytes(16)
    parts = (base64.b64encode(part).decode() for part in (salt, _digest(code, salt, ROUNDS)))
    return f"{CODE_PREFIX}{ROUNDS}${'$'.join(parts)}"


def matches(code: str, kept: str) -> bool:
    """Whether the code is the one of that hash; letters' case and hyphens do not count."""
    try:
        rounds, salt, digest = kept.removeprefix(CODE_PREFIX).split("$")
        found = _digest(code, base64.b64decode(salt), int(rounds))
        return hmac.compare_digest(found, base64.b64decode(digest))
    except (ValueError, binascii.Error):
        return False


def _digest(code: str, salt: bytes, rounds: int) -> bytes:
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.pbkdf2_hmac("sha256", plain.encode(), salt, rounds)


class Closed(Exception):
    """Nobody is let in. code: why, as words has it; wait_ms: for how long, where that is why."""

    def __init__(self, code: str, wait_ms: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.wait_ms = wait_ms


class Sessions:
    """Who has shown the code. kept: its hash, "" for none; now_ms: a monotonic clock. Used from
    many threads."""

    def __init__(self, kept: str, now_ms: Callable[[], int]) -> None:
        self.kept = kept
        self._now = now_ms
        self._lock = threading.Lock()
        self._open: dict[str, tuple[str, int]] = {}
        self._wrong = 0
        self._closed_until = 0

    def enter(self, code: str, who: str) -> str:
        """A new session's token for who knows the code. Closed for anybody else."""
        with self._lock:
            now = self._now()
            if not self.kept:
                raise Closed("refused.none")
            if now < self._closed_until:
                raise Closed("refused.closed", self._closed_until - now)
            # The hash is made under the lock: guesses are tried one by one.
            if not matches(code, self.kept):
                self._wrong += 1
                if self._wrong >= FREE_TRIES:
                    pause = PAUSE_MS << min(self._wrong - FREE_TRIES, 10)
                    self._closed_until = now + min(pause, LONGEST_PAUSE_MS)
                    raise Closed("refused.closed", self._closed_until - now)
                raise Closed("refused.code")
            self._wrong = 0
            token = secrets.token_urlsafe(24)
            while len(self._open) >= MAX_SESSIONS:
                del self._open[min(self._open, key=lambda one: self._open[one][1])]
            self._open[token] = (" ".join(who.split())[:MAX_NAME], now)
            return token

    def who(self, token: str) -> str | None:
        """Whose session it is; None for one that is none, or was idle for too long."""
        with self._lock:
            now = self._now()
            found = self._open.get(token)
            if found is None or now - found[1] >= IDLE_MS:
                self._open.pop(token, None)
                return None
            self._open[token] = (found[0], now)
            return found[0]
