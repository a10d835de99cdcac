"""Enrolling a delivery of a thousand devices, cut short half-way and run again."""

import csv
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.linux.entropy import Entropy
from agent.linux.libcrypto import make_signer
from bench.figure import median
from provisioning.authority import batch, certificates, folder, key_file

DEVICES = 1000
RUNS = 3
_PASSPHRASE = b"only for the benchmark"


def _delivery(where: Path) -> Path:
    """The CSV, and a request of each device; what devices do is not what is measured."""
    path = where / "delivery.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("serial", "pole", "longitude", "latitude", "datum", "csr"))
        for number in range(DEVICES):
            serial = f"PB-{number:04}"
            signer = make_signer(1000 + number, Entropy())
            name = folder.name_of("Bench", serial)
            der = certificates.request(name, signer.public, signer)
            pem = key_file.pem("CERTIFICATE REQUEST", der)
            (where / f"{serial}.csr").write_bytes(pem)
            writer.writerow((serial, f"CD-{number}", 104.0693, 30.5704, "GCJ-02", f"{serial}.csr"))
    return path


def _enrolled(delivery: Path, where: Path) -> float:
    """Seconds for the whole delivery, a crash in the middle of it included."""
    folder.init(where / "city", "Bench", _PASSPHRASE, _PASSPHRASE, datetime.now(UTC))
    began = time.monotonic()
    states = []
    for stop_after in (DEVICES // 2, DEVICES):
        authority = folder.open_folder(where / "city", _PASSPHRASE)
        run = batch.run(authority, delivery, where / "out", lambda: datetime.now(UTC))
        states = [outcome.state for outcome, _ in zip(run, range(stop_after), strict=False)]
        run.close()
        authority.register.close()
    elapsed = time.monotonic() - began
    assert states.count("enrolled") + states.count("already") == DEVICES
    assert len(list((where / "out").glob("*.pem"))) == DEVICES
    return elapsed


def figures() -> Iterator[dict[str, Any]]:
    """The same delivery at authorities of its own."""
    with tempfile.TemporaryDirectory() as name:
        delivery = _delivery(Path(name))
        times = []
        for run in range(RUNS):
            where = Path(name) / str(run)
            where.mkdir()
            times.append(_enrolled(delivery, where))
    yield median("authority: 1000 devices enrolled, cut half-way", times, "s", bar=60)
