"""What protects a board's carrier: certificates for TLS, and the security context of OSCORE.

The board makes its own key for TLS; what comes over the cable is its certificate, and whom it
trusts. The context of OSCORE is a secret that it shares with the platform: it is moved over the
cable, never copied, for two that count alike would use one number twice (docs/decisions/0013).
"""

import shutil
from pathlib import Path

from agent.linux import whole_files
from agent.protocols import urls
from agent.settings import Settings
from provisioning import board_image, enrolment
from provisioning.flashing import board_code, slot_copy, tls_files
from provisioning.flashing.office import Office
from provisioning.flashing.order import Order
from provisioning.flashing.repl import Repl
from provisioning.flashing.words import Failure

_KEY_CODE = "/tls_key.mpy"
_CONTEXT = "/oscore.cbor"
_TLS = ("mqtts://", "coaps://")
_NO_AUTHORITY = "mqtts:// and coaps:// need --certificates FOLDER"


class Protection:
    """For one board. ``wanted``: whether there is anything to carry. Failure, before any port is
    opened, where the settings want what nobody gave."""

    def __init__(self, order: Order, settings: Settings) -> None:
        self._order = order
        self._id = settings.pole_id
        self._tls = board_image.speaks(settings, _TLS)
        # A server knows a board by its certificate, unless by a user's name.
        self._by_certificate = any(
            part.url.startswith(_TLS) and urls.parse(part.url)[1] is None
            for part in (settings, settings.district)
            if part
        )
        self._office = Office(order.authority, order.passphrase_file) if order.authority else None
        if self._office and not order.certificates:
            raise Failure("bad-settings", reason="--authority needs --certificates FOLDER")
        self._trusted = b""
        if self._tls and order.certificates:
            self._trusted = tls_files.authorities(order.certificates / "ca.pem")
        elif self._tls and not order.update:
            raise Failure("bad-settings", reason=_NO_AUTHORITY)
        self.wanted = self._tls or order.secrets is not None or self._office is not None

    def carry(self, repl: Repl, key_code: bytes, public: bytes, mac: str) -> None:
        """Put it on the board. key_code: board/tls_key.py, compiled; public: the board's own key,
        by which it is certified."""
        tls_public = self._ready_for_tls(repl, key_code) if self._tls else b""
        if self._office:
            self._certify(repl, self._office, public, tls_public, mac)
        if self._tls:
            self._put_certificate(repl, tls_public)
            board_code.remove(repl, _KEY_CODE)
        if self._order.secrets is not None:
            self._move_context(repl, self._order.secrets)

    def _certify(
        self, repl: Repl, office: Office, public: bytes, tls_public: bytes, mac: str
    ) -> None:
        def sign(message: bytes) -> bytes:
            return board_code.sign(repl, message)

        def tls_sign(message: bytes) -> bytes:
            return board_code.tls_sign(repl, message)

        assert self._order.certificates is not None
        tls = (tls_public, tls_sign) if tls_public else None
        office.certify(self._id, mac, (public, sign), tls, self._order.certificates)
        if self._order.secrets is not None and not board_code.has(repl, _CONTEXT):
            office.share_secret(self._id, self._order.secrets)

    # TLS.

    def _ready_for_tls(self, repl: Repl, key_code: bytes) -> bytes:
        """It knows whom to trust, and has a key: the public half."""
        if self._trusted:
            slot_copy.put(repl, tls_files.TRUSTED, self._trusted)
        elif not board_code.has(repl, tls_files.TRUSTED):
            raise Failure("bad-settings", reason=_NO_AUTHORITY)
        slot_copy.put(repl, _KEY_CODE, key_code)
        return board_code.tls_public(repl)

    def _put_certificate(self, repl: Repl, public: bytes) -> None:
        folder = self._order.certificates
        found = tls_files.certificate(folder / f"{self._id}.tls.pem", public) if folder else b""
        if found:
            slot_copy.put(repl, tls_files.CERTIFICATE, found)
        elif self._by_certificate and not board_code.has(repl, tls_files.CERTIFICATE):
            path = self._ask(repl, public)
            raise Failure("not-certified", path=path, id=self._id, folder=folder)

    def _ask(self, repl: Repl, public: bytes) -> Path:
        """Leave a request for the board's key; its path."""
        folder = self._order.request_folder or self._order.certificates
        assert folder is not None
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self._id}.tls.csr"

        def sign(message: bytes) -> bytes:
            return board_code.tls_sign(repl, message)

        request = enrolment.request(self._id, public, sign, tls=True)
        whole_files.replace(path, request.encode("ascii"))
        return path

    # OSCORE.

    def _move_context(self, repl: Repl, folder: Path) -> None:
        """On the board when this returns, and no longer here. What was on its way when something
        failed may be in use: then it must be on this board already, or it serves no more."""
        source, moving = folder / f"{self._id}.device", folder / f"{self._id}.moving"
        if source.exists():
            data = (source / "oscore.cbor").read_bytes()
            source.rename(moving)
            whole_files.sync_folder(folder)  # a power cut does not bring back what the board has
            slot_copy.put(repl, _CONTEXT, data)
        elif (moving / "oscore.cbor").exists():
            data = (moving / "oscore.cbor").read_bytes()
            if not slot_copy.holds(repl, _CONTEXT, data):
                raise Failure("spent-secret", id=self._id, path=moving)
        elif not board_code.has(repl, _CONTEXT):
            raise Failure("no-secret", id=self._id, folder=folder)
        if moving.exists():
            shutil.rmtree(moving)
            whole_files.sync_folder(folder)
