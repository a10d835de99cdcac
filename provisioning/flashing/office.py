"""The authority, where it is on this very workstation: then one run does it all."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from agent.errors import AgentError
from agent.linux.secrecy import read_passphrase
from provisioning import enrolment
from provisioning.authority import batch, enroll, folder, shared_secret
from provisioning.authority.application import Application
from provisioning.flashing.words import Failure

Sign = Callable[[bytes], bytes]


class Office:
    """The authority in a folder. Failure before any port is opened, if it cannot be opened."""

    def __init__(self, place: Path, passphrase_file: Path | None) -> None:
        if passphrase_file is None:
            raise Failure("bad-settings", reason="--authority needs --passphrase-file FILE")
        try:
            self._authority = folder.open_folder(place, read_passphrase(passphrase_file))
        except AgentError as error:
            raise Failure("bad-settings", reason=str(error)) from None
        except OSError as error:
            name = error.filename or place
            raise Failure("bad-settings", reason=f"{name}: {error.strerror}") from None

    def certify(
        self, serial: str, mac: str, own: tuple[bytes, Sign], tls: tuple[bytes, Sign] | None,
        out: Path,
    ) -> None:  # fmt: skip
        """Enrol a board, and leave its certificates in out. own, tls: each a public key, and what
        has the board sign by it."""
        csr = enrolment.request(serial, *own).encode("ascii")
        tls_csr = enrolment.request(serial, *tls, tls=True).encode("ascii") if tls else None
        asked = Application(serial, csr, mac, tls_csr=tls_csr)
        try:
            issued = enroll.enroll(self._authority, asked, datetime.now(UTC))
        except AgentError as error:
            raise Failure("duplicate", reason=str(error), id=serial) from error
        out.mkdir(parents=True, exist_ok=True)
        batch.write(out, serial, issued)

    def renew(self, serial: str, tls: tuple[bytes, Sign], out: Path) -> None:
        """Certify a board's next key for TLS, and leave the certificate in out. tls: as above."""
        csr = enrolment.request(serial, *tls, tls=True).encode("ascii")
        try:
            issued = enroll.renew(self._authority, serial, csr, "its request", datetime.now(UTC))
        except AgentError as error:
            raise Failure("bad-settings", reason=str(error)) from error
        out.mkdir(parents=True, exist_ok=True)
        batch.write(out, serial, issued)

    def share_secret(self, serial: str, out: Path) -> None:
        """Make an OSCORE context for a board that has none, unless one was made: both ends are left
        in out. Where the device's end was on its way when something failed, another board may use
        it: then this one gets a context of its own."""
        platform, moving = out / f"{serial}.platform", out / f"{serial}.moving"
        if moving.exists():
            for spent in (platform, moving):
                shutil.rmtree(spent, ignore_errors=True)
        if not platform.exists():
            shared_secret.make(serial, out)
