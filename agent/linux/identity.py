"""The identity of a node over the years: its key, the next one, and the ones before.

Beside the key file lie ``.next`` (made, not yet certified), ``.former`` (the ids of keys that were
used before: acknowledgements of what they signed still come) and ``.pem`` (the certificate). Every
change is a new file under its final name, so a power cut leaves the old state or the new one.
"""

import os
from pathlib import Path

from agent.errors import BadSettings
from agent.linux import keys, wiping
from agent.linux.whole_files import replace, sync_folder
from agent.protocols import sm2


class Identity:
    """The key file of a node and what lies beside it. OSError for files that do not serve."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.next_path = path.with_name(path.name + ".next")
        self.certificate_path = path.with_name(path.name + ".pem")
        self._former_path = path.with_name(path.name + ".former")
        self.key = keys.load_or_create(path)
        self._stamp = self._stamped()

    def former_kids(self) -> list[bytes]:
        """The ids of the keys before this one, the oldest first."""
        try:
            lines = self._former_path.read_text(encoding="ascii").split()
        except FileNotFoundError:
            return []
        try:
            return [bytes.fromhex(line) for line in lines]
        except ValueError:
            return []

    def changed(self) -> bool:
        """Whether the key was replaced since the last look; then ``key`` is the new one."""
        stamp = self._stamped()
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        before = self.key
        self.key = keys.load_or_create(self.path)
        return self.key != before

    def make_next(self) -> int:
        """The next key; it is made at the first call, and the same until it is installed."""
        return keys.load_or_create(self.next_path)

    def install(self, public: bytes, certificate: bytes) -> bool:
        """Take the certificate (PEM) of a public key: of this key, or of the next one, which is
        used from now on. Whether the key changed. BadSettings for a certificate of neither."""
        if public == sm2.public_key(self.key):
            replace(self.certificate_path, certificate)
            return False
        if not self.next_path.exists() or public != sm2.public_key(self.make_next()):
            raise BadSettings([f"that certificate is for another key than the one in {self.path}"])
        kids = [*self.former_kids(), sm2.kid(sm2.public_key(self.key))]
        # First what must not be lost, last what makes it count.
        replace(self._former_path, "".join(f"{kid.hex()}\n" for kid in kids).encode())
        replace(self.certificate_path, certificate)
        os.replace(self.next_path, self.path)
        sync_folder(self.path.parent)
        return True

    def wipe(self) -> None:
        """Overwrite and remove every key. On flash memory the old cells may outlive this."""
        for path in (self.path, self.next_path):
            wiping.wipe(path)
        for path in (self.certificate_path, self._former_path):
            path.unlink(missing_ok=True)
        sync_folder(self.path.parent)

    def _stamped(self) -> tuple[int, int]:
        about = self.path.stat()
        return about.st_ino, about.st_mtime_ns
