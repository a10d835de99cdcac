"""``flash.py --simulate N``: the whole way with boards, sensors and a platform that are simulated.

The tools are the real ones: esptool writes to a simulated chip, mpremote talks to a real
MicroPython.
"""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agent.cli.speech import Speaker
from provisioning.bundle_words import BUNDLE_WORDS
from provisioning.flashing.console import Console


@contextmanager
def bench(args: argparse.Namespace, console: Console) -> Iterator[None]:
    """A bench of args.simulate boards, for as long as this lasts; one Pico W with ``--board rp2``.
    What args say of bundle, settings, registry, network and ports is that of the bench then."""
    from simulators.boards.town import WIFI, Town

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
        for _ in range(0 if pico else args.simulate):
            town.add()
        if pico:
            board = town.add_pico()
            args.port, args.drive = board.port.url, board.drive
        elif args.simulate == 1:
            args.port = town.boards[0].port.url
        else:
            rows = [f"SIM-{number:04},{board.port.url}"
                    for number, board in enumerate(town.boards, 1)]  # fmt: skip
            args.batch = folder / "jobs.csv"
            args.batch.write_text("\n".join(["id,port", *rows, ""]), encoding="utf-8")
            args.parallel = args.parallel or 8
        town.start()
        try:
            yield
        finally:
            town.stop()
