"""As much of systemd as a service sees: the commands of its unit, its notices, its results."""

import configparser
import os
import shlex
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PATIENCE_S = 120  # with a machine that has other things to do


class Service:
    """Runs the unit below root, with root's paths instead of the node's. options: POLE_OPTIONS."""

    options = "--trust-clock"

    def __init__(self, root: Path) -> None:
        self.root = root
        self.state = root / "var/lib/pole"
        unit = configparser.ConfigParser(strict=False, interpolation=None)
        unit.optionxform = str  # type: ignore[method-assign,assignment]
        unit.read(root / "etc/systemd/system/pole.service")
        self._unit = unit["Service"]
        self._address = f"{tempfile.mkdtemp()}/notify"
        self._notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notices.bind(self._address)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """ExecStartPre and ExecStart."""
        subprocess.run(self._command("ExecStartPre"), env=self._environment(), check=True)
        self.process = subprocess.Popen(
            self._command("ExecStart"), env=self._environment(),
            cwd=self.state, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip

    def heard(self, message: bytes, seconds: float = PATIENCE_S) -> bool:
        """Whether the service says so in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._notices.settimeout(max(0.01, end - time.monotonic()))
            try:
                if self._notices.recv(4096) == message:
                    return True
            except TimeoutError:
                break
        return False

    def end(self, result: str = "", signal: int = 0) -> None:
        """Wait for the process, after a signal if there is one; then ExecStopPost. result: what
        systemd would call it; by default as the exit status is."""
        assert self.process is not None
        if signal:
            self.process.send_signal(signal)
        status = self.process.wait(PATIENCE_S)
        result = result or ("success" if status == 0 else "exit-code")
        told = {"SERVICE_RESULT": result, "EXIT_STATUS": str(status)}
        environment = self._environment() | told
        subprocess.run(self._command("ExecStopPost"), env=environment, check=True)

    def said(self) -> str:
        """What it wrote to the log."""
        assert self.process is not None and self.process.stderr is not None
        return self.process.stderr.read().decode()

    def close(self) -> None:
        """Whatever happens: nothing of it stays."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._notices.close()

    def _command(self, name: str) -> list[str]:
        text = self._unit[name].lstrip("+")
        for place in ("/opt/pole", "/var/lib/pole"):
            text = text.replace(place, f"{self.root}{place}")
        words = shlex.split(text.replace("\\\n", " "))
        given = shlex.split(self.options) if "$POLE_OPTIONS" in words else []
        return [word for word in words if word != "$POLE_OPTIONS"] + given

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        own = dict(pair.split("=", 1) for pair in self._unit["Environment"].split())
        own["POLE_NODE"] = f"{self.root}{own['POLE_NODE']}"
        return kept | own | {
            "NOTIFY_SOCKET": self._address,
            "WATCHDOG_USEC": str(int(self._unit["WatchdogSec"]) * 1_000_000 // 60),
            "STATE_DIRECTORY": str(self.state),
        }  # fmt: skip
