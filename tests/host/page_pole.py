"""A real `pole run` with its page, a water level that a test moves, and a real platform."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from pymodbus.client import ModbusTcpClient

from agent.linux.commissioning import code
from agent.protocols import sm2
from tests.host.micropython import ROOT
from tests.host.test_node import SETTINGS, World, until

CODE = "ABCD-2345"
ALARM = 'alarm.level = { above = "300 mm", clear = "250 mm" }\n'
PAGE = '\n[page]\nlisten = "127.0.0.1:0"\ncode = "page.code"\n'


class PagePole(World):
    """url: of the page. tables: more of its settings. level(mm) moves the water."""

    tables = ""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.url = ""
        self.level(50)
        (folder / "page.code").write_text(code.hashed(CODE) + "\n")

    def level(self, mm: int) -> None:
        """Let the sensor measure that level under its mount of 3200 mm."""
        with ModbusTcpClient("127.0.0.1", port=self.modbus) as client:
            reply = client.write_register(0x100, 3200 - mm, device_id=1)
            assert not reply.isError(), reply

    def serve(self, url: str, *more: str, carrier: str = "coap") -> "subprocess.Popen[bytes]":
        """Start `pole run`; returns once its page is served."""
        text = SETTINGS.format(
            carrier=carrier, url=url, key=sm2.public_key(4711).hex(), modbus=self.modbus
        )
        (self.folder / "pole.toml").write_text(text + ALARM + self.tables + PAGE, encoding="utf-8")
        command = [sys.executable, "-m", "agent.cli.main", "run", "--json", *more]
        process = subprocess.Popen(
            [*command, "--settings", "pole.toml"],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self.processes.append(process)
        assert process.stdout is not None
        for line in process.stdout:
            event = json.loads(line)
            if event["topic"] == "page":
                self.url = event["text"].removeprefix("at ")
                return process
        raise AssertionError("no page is served")

    # As a script, without a browser.

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=90) as reply:
            return bytes(reply.read())

    def state(self) -> dict[str, Any]:
        found = json.loads(self.get("api/state"))
        assert isinstance(found, dict)
        return found

    def post(self, path: str, items: object, token: str = "") -> tuple[int, dict[str, Any]]:
        data = items if isinstance(items, bytes) else json.dumps(items).encode()
        request = urllib.request.Request(
            self.url + path, data, {"X-Session": token} if token else {}
        )
        try:
            with urllib.request.urlopen(request, timeout=90) as reply:
                return reply.status, json.loads(reply.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def enter(self, who: str = "Li Wei") -> str:
        """A session's token."""
        status, answer = self.post("api/session", {"code": CODE, "who": who})
        assert status == 200, answer
        return str(answer["token"])

    def value(self, channel: str = "level") -> Any:
        found = [one for one in self.state()["channels"] if one["channel"] == channel]
        return found[0]["value"]


__all__ = ["CODE", "PagePole", "until"]
