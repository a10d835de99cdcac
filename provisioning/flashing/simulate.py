"""``flash.py --simulate N``: the whole way with boards, sensors and a platform that are simulated.

The tools are the real ones: esptool writes to a simulated chip, mpremote talks to a real
MicroPython.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agent.cli.speech import Speaker
from provisioning.bundle_words import BUNDLE_WORDS
from provisioning.flashing import usb
from provisioning.flashing.console import Console


@contextmanager
def bench(args: argparse.Namespace, console: Console) -> Iterator[None]:
    """A bench of args.simulate boards, for as long as this lasts; Pico Ws with ``--board rp2``.
    What args say of bundle, settings, registry, network and ports is that of the bench then."""
    from simulators.boards.town import WIFI, Town
    from simulators.boards.usb_bus import UsbBus

    words = Speaker(console.language, BUNDLE_WORDS)

    def tell(word: str, **values: Any) -> None:
        console.line(words.text(word, **values))

    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        folder = Path(place)
        town = Town(folder)
        password = folder / "wifi.txt"
        password.write_text(WIFI[1], encoding="utf-8")
        pico = args.board == "rp2"
        args.bundle = town.kit(("rp2040",) if pico else ("esp32s3",), tell=tell)
        args.trust, args.settings = town.trust, town.settings
        args.registry, args.wifi, args.wifi_password_file = town.registry, WIFI[0], password
        if pico:
            bus = UsbBus(folder / "system")
            os.environ[usb.SYSTEM] = str(bus.folder)
            for _ in range(args.simulate):
                town.add_pico(bus=bus)
        else:
            for _ in range(args.simulate):
                town.add()
        # A Pico is found by itself; the others' lines are no devices of this system.
        ports = [""] * args.simulate if pico else [board.port.url for board in town.boards]
        if args.simulate == 1:
            args.port = ports[0] or None
        else:
            rows = [f"SIM-{number:04},{port}" for number, port in enumerate(ports, 1)]
            args.batch = folder / "jobs.csv"
            args.batch.write_text("\n".join(["id,port", *rows, ""]), encoding="utf-8")
            args.parallel = args.parallel or 8
        town.start()
        try:
            yield
        finally:
            town.stop()
