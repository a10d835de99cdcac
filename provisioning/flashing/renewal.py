"""Another key and certificate for TLS, on a board that is at work: its identity, journal, settings
and software stay as they are.

The board makes the next key beside the one that it uses, and goes on with that one until the next
is certified. It keeps both until the platform has acknowledged a frame over a connection with the
new pair; where none does, it takes the old one again. Whatever cuts this short is mended by running
it again.
"""

import ast
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from agent.linux import whole_files
from agent.settings import unpack
from provisioning import bundle, enrolment
from provisioning.flashing import board_code, proof, slot_copy, tls_files
from provisioning.flashing.office import Office
from provisioning.flashing.order import HOURS, Order
from provisioning.flashing.repl import NoAnswer, RemoteError
from provisioning.flashing.words import Failure
from provisioning.flashing.work import Work

_CODE, _NEXT, _NEXT_CERTIFICATE = "/tls_key.mpy", "/tls-key.next", "/tls-cert.next"
_ABOUT = """
import network, os, slots
state = slots.Slots()
with open(state.folder() + "settings.bin", "rb") as file:
    packed = file.read()
mac = network.WLAN(network.STA_IF).config("mac")
print(repr((state.folder(), packed, mac, [name for name in os.listdir("/") if "tls-" in name])))
"""
# The old pair is copied first; then each file is replaced at once. On trial, for that is how a
# board says that the platform has acknowledged something.
_SWITCH = """
import os, install, slots
for name in ("key", "cert"):
    try:
        with open("/tls-%s.der" % name, "rb") as file:
            data = file.read()
        with open("/tls-%s.old" % name, "wb") as file:
            file.write(data)
    except OSError:
        pass
os.rename("/tls-key.next", "/tls-key.der")
"""
_FINISH = 'import os\nos.rename("/tls-cert.next", "/tls-cert.der")'
_TRY = """
import install, slots
state = slots.Slots()
install.switch(state, state.active, {hours})
"""
_BACK = """
import os, slots
os.rename("/tls-key.der", "/tls-key.next")
os.rename("/tls-key.old", "/tls-key.der")
try:
    os.rename("/tls-cert.old", "/tls-cert.der")
except OSError:
    os.remove("/tls-cert.der")
slots.Slots().confirm()
"""
_FORGET = """
import os
for name in ("tls-key.old", "tls-cert.old"):
    if name in os.listdir("/"):
        os.remove("/" + name)
"""


class Renewal:
    """Does it, as a Job does an Order. emit: called with the fields of each event."""

    def __init__(self, order: Order, kit: bundle.Bundle, emit: Callable[..., None]) -> None:
        self._work = Work(order, kit, emit)
        self._repl = self._work.repl

    @property
    def record(self) -> dict[str, Any]:
        """The report: what was found, done and proven."""
        return self._work.record

    def run(self) -> None:
        """Do it. Failure with what went wrong."""
        try:
            self._run()
        except NoAnswer as error:
            raise Failure("lost", step=self._work.step_name) from error
        except RemoteError as error:
            raise Failure("renew-failed", reason=str(error)) from error
        finally:
            if self._repl.held:
                with suppress(NoAnswer):
                    self._repl.enter(5)
                    self._repl.restart()
            self._repl.close()

    def _run(self) -> None:
        work, order = self._work, self._work.order
        if order.certificates is None:
            raise Failure("bad-settings", reason="--renew-tls needs --certificates FOLDER")
        office = Office(order.authority, order.passphrase_file) if order.authority else None
        with work.step("identify"):
            names = self._look()
        with work.step("renew"):
            if "tls-cert.next" in names and "tls-key.next" not in names:
                self._repl.run(_FINISH)  # it was cut short between the two
            elif "tls-key.old" not in names or "tls-key.next" in names:
                self._renew(order.certificates, office)
        with work.step("report-in"):
            self._prove()
        with work.step("forget"):
            self._repl.hold()
            self._repl.run(_FORGET)
            self.record["tls_until"] = tls_files.tell_end(self._repl, work.emit)

    def _look(self) -> list[str]:
        """Hold the board; the files for TLS that lie there."""
        repl, order = self._repl, self._work.order
        try:
            repl.enter()
        except NoAnswer as error:
            raise Failure("silent", port=order.port) from error
        there = board_code.installed(repl)
        if not there.key or there.slot is None:
            raise Failure("not-provisioned")
        repl.hold()
        folder, packed, mac, names = ast.literal_eval(repl.run(_ABOUT))
        board_code.use(repl, folder)
        found = unpack(packed).pole_id
        self._work.record |= {"mac": mac.hex(":"), "public": board_code.public(repl).hex()}
        if order.id not in (None, found):
            raise Failure("same-board", mac=mac.hex(":"), id=found)
        self.record["id"] = found
        if "tls-key.der" not in names:
            raise Failure("no-tls-key")
        return list(names)

    def _renew(self, folder: Path, office: Office | None) -> None:
        """The board has the next pair in place of the one before, which it keeps. folder: of
        certificates."""
        repl, kit, pole_id = self._repl, self._work.kit, str(self.record["id"])
        # It holds no machine code: that for one chip serves them all.
        code = kit.beside(next(iter(kit.targets.values())))["tls_key.mpy"]
        slot_copy.put(repl, _CODE, code)
        public = bytes.fromhex(
            repl.run(f"import tls_key; print(tls_key.make({_NEXT!r}).hex())", None, 60)
        )
        path = folder / f"{pole_id}.tls.pem"
        found = tls_files.certificate(path, public)
        if not found and office:
            office.renew(pole_id, (public, self._sign), folder)
            found = tls_files.certificate(path, public)
        if not found:
            asked = self._ask(self._work.order.request_folder or folder, pole_id, public)
            raise Failure("not-renewed", path=asked, id=pole_id, folder=folder)
        if (folder / "ca.pem").exists():
            slot_copy.put(repl, tls_files.TRUSTED, tls_files.authorities(folder / "ca.pem"))
        slot_copy.put(repl, _NEXT_CERTIFICATE, found)
        repl.run(_SWITCH)
        repl.run(_FINISH)
        board_code.remove(repl, _CODE)

    def _sign(self, message: bytes) -> bytes:
        code = f"import tls_key; print(tls_key.sign({message!r}, {_NEXT!r}).hex())"
        return bytes.fromhex(self._repl.run(code, None, 60))

    def _ask(self, folder: Path, pole_id: str, public: bytes) -> Path:
        """Leave a request for the next key; its path."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{pole_id}.tls.csr"
        request = enrolment.request(pole_id, public, self._sign, tls=True)
        whole_files.replace(path, request.encode("ascii"))
        board_code.remove(self._repl, _CODE)
        return path

    def _prove(self) -> None:
        """A frame is acknowledged with the new pair, or the board has the old one again."""
        ack_s = self._work.order.ack_s
        self._repl.run(_TRY.format(hours=HOURS))
        try:
            proof.report_in(self._repl, ack_s, self._work.waiting)
        except Failure as failure:
            reason = failure.values.get("reason", "")
            self._repl.hold()
            self._repl.run(_BACK)
            raise Failure("not-taken", seconds=round(ack_s), reason=reason) from failure
