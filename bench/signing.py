"""SM2 on this machine: libcrypto beside plain integers, and the board's interpreter."""

import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.linux.entropy import Entropy
from agent.linux.libcrypto import make_signer, make_verifier
from agent.protocols.signers import SoftSigner, SoftVerifier
from bench.figure import figure

MESSAGE = bytes(700)
_BOARD = """
import time
from agent.protocols.signers import SoftSigner, SoftVerifier
from simulators.world.dice import Dice
signer = SoftSigner(4711, Dice(1))
verifier = SoftVerifier([signer.public])
signature = signer.sign(b"warm")
began = time.ticks_us()
for n in range(50): signature = signer.sign(b"message")
print(time.ticks_diff(time.ticks_us(), began) / 50)
began = time.ticks_us()
for n in range(20): verifier.verify(signer.alg, signer.kid, b"message", signature)
print(time.ticks_diff(time.ticks_us(), began) / 20)
"""


def _rate(work: Callable[[], object], times: int) -> tuple[float, float]:
    """Median and spread of calls a second, in five runs."""
    rates = []
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(times):
            work()
        rates.append(times / (time.perf_counter() - began))
    return statistics.median(rates), (max(rates) - min(rates)) / 2


def figures() -> list[dict[str, Any]]:
    """Signatures and verifications of 700 bytes a second, one core."""
    results = []
    for name, signer, times in (
        ("libcrypto", make_signer(4711, Entropy()), 1000),
        ("plain integers", SoftSigner(4711, Entropy()), 50),
    ):
        public = SoftSigner(4711, Entropy()).public
        verifier = make_verifier([public]) if name == "libcrypto" else SoftVerifier([public])
        signature = signer.sign(MESSAGE)

        def verify(verifier: Any = verifier, signer: Any = signer, data: bytes = signature) -> None:
            verifier.verify(signer.alg, signer.kid, MESSAGE, data)

        rate, spread = _rate(lambda signer=signer: signer.sign(MESSAGE), times)  # type: ignore[misc]
        results.append(figure(f"signing: {name}, sign", rate, "1/s", spread))
        rate, spread = _rate(verify, times // 2)
        results.append(figure(f"signing: {name}, verify", rate, "1/s", spread))
    interpreter = shutil.which("micropython", path=str(Path(sys.executable).parent))
    if interpreter:
        done = subprocess.run(
            [interpreter, "-c", _BOARD], capture_output=True, text=True, check=True
        )
        sign, verify_us = (float(line) for line in done.stdout.split())
        results.append(figure("signing: MicroPython unix port, sign", sign / 1000, "ms"))
        results.append(figure("signing: MicroPython unix port, verify", verify_us / 1000, "ms"))
    return results
