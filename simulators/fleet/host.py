"""A process that hosts poles: one loop over all their sockets and clocks.

``python -m simulators.fleet.host URL FIRST COUNT RAMP_S SECONDS SEAL_S`` makes them, says "ready",
starts them over RAMP_S, lives for SECONDS more, then lets every pole deliver what it holds, and
prints one line of JSON: see ``Host.report``.
"""

import heapq
import json
import math
import resource
import select
import sys
import time
from typing import Any

from agent.linux.libcrypto import make_verifier
from agent.protocols import sm2
from simulators.fleet import keys
from simulators.fleet.pole import FleetPole

FINISH_S = 60  # within which everything must be delivered
LATE_MS = 100  # a step that comes later than this is told


class Host:
    """Poles FIRST to FIRST + COUNT - 1 on the broker at url."""

    def __init__(self, url: str, first: int, count: int, seal_s: int) -> None:
        platform = sm2.public_key(keys.PLATFORM)
        verifier = make_verifier([platform])
        self.poles = [
            FleetPole(number, url, platform, verifier, seal_s * 1000)
            for number in range(first, first + count)
        ]
        self._epoll = select.epoll()
        self._by_fd: dict[int, FleetPole] = {}
        self._watched: dict[FleetPole, tuple[Any, bool]] = {}  # (socket, whether for writing)
        self._due: list[tuple[int, int, FleetPole]] = []
        self.steps = self.late = self.latest = 0

    def run(self, ramp_s: float, seconds: float) -> bool:
        """Live; returns whether every pole has delivered everything."""
        began = time.monotonic()
        started = 0
        while (lived := time.monotonic() - began) < ramp_s + seconds:
            wanted = math.ceil(len(self.poles) * min(1, lived / ramp_s))
            for pole in self.poles[started:wanted]:
                self._step(pole)
            started = wanted
            self._turn(20 if started < len(self.poles) else 200)
        for pole in self.poles:
            pole.finish()
            self._step(pole)
        end = time.monotonic() + FINISH_S
        waiting = self.poles
        while waiting and time.monotonic() < end:
            self._turn(100)
            waiting = [pole for pole in waiting if not pole.agent.delivered()]
        return not waiting

    def report(self) -> dict[str, Any]:
        """What the poles sealed and read, what they missed, and how late they were stepped."""
        journals = [pole.journal for pole in self.poles]
        said = [text for pole in self.poles for text in pole.said]
        return {
            "poles": len(self.poles),
            "sealed": sum(each.next_seq(lane) - 1 for each in journals for lane in range(3)),
            "measured": sum(pole.sensors.measured for pole in self.poles),
            "overruns": sum(pole.overruns() for pole in self.poles),
            "steps": self.steps, "late": self.late, "latest_ms": self.latest,
            "said": len(said), "first_said": said[:3],
        }  # fmt: skip

    def _turn(self, longest_ms: int) -> None:
        """Wait for what comes first, and step whom it concerns."""
        wait = longest_ms
        if self._due:
            wait = min(wait, max(0, self._due[0][0] - _now()))
        for fd, _ in self._epoll.poll(wait / 1000):
            pole = self._by_fd.get(fd)
            if pole is not None:
                self._step(pole)
        now = _now()
        while self._due and self._due[0][0] <= now:
            due, _, pole = heapq.heappop(self._due)
            if due == pole.due:  # else it was stepped since, and stands further back
                self._judge(now - due)
                self._step(pole)

    def _judge(self, late_ms: int) -> None:
        self.latest = max(self.latest, late_ms)
        self.late += late_ms > LATE_MS

    def _step(self, pole: FleetPole) -> None:
        self.steps += 1
        pole.step(_now(), time.time_ns() // 1_000_000)
        heapq.heappush(self._due, (pole.due, self.steps, pole))
        self._watch(pole)

    def _watch(self, pole: FleetPole) -> None:
        """Wait for the socket that its carrier has now, and for what the carrier waits for."""
        sock = pole.carrier.sock
        wants = bool(pole.carrier.wants_write())
        known = self._watched.get(pole)
        if known == (sock, wants):
            return
        self._watched[pole] = (sock, wants)
        if sock is None:
            return  # the kernel forgets a closed one by itself
        mask = select.EPOLLIN | (select.EPOLLOUT if wants else 0)
        if known is not None and known[0] is sock:
            self._epoll.modify(sock, mask)
        else:
            self._epoll.register(sock, mask)
            self._by_fd[sock.fileno()] = pole


def _now() -> int:
    return time.monotonic_ns() // 1_000_000


def main() -> int:
    """0 if everything was delivered."""
    url, first, count, ramp_s, seconds, seal_s = sys.argv[1:]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    host = Host(url, int(first), int(count), int(seal_s))
    print("ready", flush=True)
    delivered = host.run(float(ramp_s), float(seconds))
    print(json.dumps({"delivered": delivered, **host.report()}))
    return 0 if delivered else 1


if __name__ == "__main__":
    sys.exit(main())
