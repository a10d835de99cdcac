"""Takes secrets out of texts that leave a node: those that are known, and what looks like one."""

import json
import re
import stat
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from agent.linux.machine_facts import near

REMOVED = "(removed)"
_SHORTEST = 4  # letters; a shorter secret is removed where it stands, not wherever its letters do
_WORD = 8  # letters of a word in a secret file that counts as one
_LARGEST = 1 << 16  # bytes of a file that may hold a key
_NAMES = re.compile(r"pass|pwd|secret|token|code|psk|credential|private", re.IGNORECASE)
_FILES = re.compile(r"key|secret|pass|code|\.pem$|\.p8$", re.IGNORECASE)
_PUBLIC = re.compile(r"\.pub$")
_PATTERNS = (
    re.compile(r"(?<=://)[^/\s\"']*@"),  # user and password of an address
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S),
    re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{64}(?![0-9a-fA-F])"),  # a private key
    re.compile(r"pbkdf2-[^\s\"']*"),  # the hash of the code in the box
)
_ASSIGNED = re.compile(r"(?i)\b\w*(?:pass|pwd|secret|token|code|psk)\w*\s*[=:]\s*[\"']?([^\"'\s]+)")
_USERINFO = re.compile(r"://[^/\s\"':@]*:([^/\s\"']*)@")


class Scrubber:
    """Learns secrets, and takes them out of texts."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self.strange: set[str] = set()  # names in settings whose values are not to be shown

    def learn(self, secret: str) -> None:
        """One secret, as it stands."""
        if len(secret) >= _SHORTEST and secret != REMOVED:
            self._known.add(secret)

    def learn_text(self, text: str) -> None:
        """What a settings file says, also in its comments and where it is broken."""
        for pattern in (_ASSIGNED, _USERINFO):
            for match in pattern.finditer(text):
                self.learn(match[1])
                self.learn(unquote(match[1]))  # as whoever logs in has it

    def learn_folder(self, folder: Path) -> None:
        """The words of every file that only its owner may read, or that is named as a secret; also
        in the folders right below."""
        for path in near(folder):
            self.learn_file(path)

    def learn_file(self, path: Path) -> None:
        """The words of one file, if it is secret."""
        try:
            found = path.stat()
            if not stat.S_ISREG(found.st_mode):
                return
            own = not stat.S_IMODE(found.st_mode) & 0o077
            if _PUBLIC.search(path.name) or not (own or _FILES.search(path.name)):
                return
            if found.st_size > _LARGEST:
                return
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return
        if ".toml" in path.name:  # settings: only some of their words are secret
            self.learn_text(text)
            return
        for line in text.splitlines():
            self.learn(line.strip() if len(line.strip()) >= _WORD else "")
            for word in re.split(r"[\s\"':,{}]+", line):
                self.learn(word if len(word) >= _WORD else "")

    def clean(self, text: str) -> str:
        """The text without any of them."""
        for pattern in _PATTERNS:
            text = pattern.sub(REMOVED, text)
        # The longest first: one may be a part of another.
        for secret in sorted(self._known, key=len, reverse=True):
            text = re.sub(re.escape(secret), REMOVED, text, flags=re.IGNORECASE)
            quoted = json.dumps(secret)[1:-1]
            if quoted != secret:
                text = re.sub(re.escape(quoted), REMOVED, text, flags=re.IGNORECASE)
        return text

    def settings(self, items: Any, name: str = "") -> Any:
        """Parsed settings without secrets; learns them on the way."""
        if isinstance(items, dict):
            return {key: self.settings(value, key) for key, value in items.items()}
        if isinstance(items, list):
            return [self.settings(value, name) for value in items]
        if name in self.strange or _NAMES.search(name):
            self.learn(str(items))
            return REMOVED
        return items
