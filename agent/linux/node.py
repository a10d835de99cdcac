"""The agent on a Linux edge node: one asyncio thread around ``Agent.step``."""

import asyncio
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent import drivers, settings_order
from agent.agent import Agent, Ports
from agent.buffer.journal import Journal
from agent.buffer.state import SECTORS, StateStore
from agent.linux import algorithms, node_requests
from agent.linux.clock import SystemClock
from agent.linux.commissioning import requests
from agent.linux.entropy import Entropy
from agent.linux.identity import Identity
from agent.linux.libcrypto import make_verifier
from agent.linux.line import Direction, line_for
from agent.linux.line_watch import LineWatch
from agent.linux.pole_page import PageSettings
from agent.linux.pole_toml import PoleFile
from agent.linux.quarantine import open_journal
from agent.linux.settings_files import SettingsFiles, Trial
from agent.linux.status import snapshot
from agent.linux.status_door import Door
from agent.linux.tls_files import TlsFiles
from agent.settings import Platform

CEILING = 1 << 20  # bytes on their way to the platform at the most
FINISH_MS = 8000  # what an orderly end may take to deliver the rest
CLOCK_EVERY_MS = 10_000  # how often an unset system clock is asked again
CLOCK_UNCERTAINTY_MS = 100
REQUESTS_EVERY_MS = 1000
LOOK_S = 0.02  # how often a line is looked at while it owes a reply


class Node:
    """One pole on this machine. log(topic, sentence) is told what happens."""

    def __init__(
        self, file: PoleFile, log: Callable[[str, str], None], trust_clock: bool = False
    ) -> None:
        self.log = log
        self.settings = file.settings
        self.clock = SystemClock(trust_clock)
        self.started_at = self.clock.now_ms()
        self.beat: Callable[[], None] = lambda: None  # called every second while it works
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._clock_at = 0
        self._requests_at = 0
        self._folder = file.journal
        self._door = Door(file.journal, lambda: snapshot(self))
        self._time_is_known = False
        self._trial: Trial | None = None
        self._entropy = entropy = Entropy()
        self._identity = Identity(file.key)
        self._algorithm = file.algorithm
        signer = algorithms.signer(self._algorithm, self._identity.key, entropy)
        log(
            "signer",
            f"{self._algorithm} by {getattr(signer, 'implementation', 'a signer of its own')}",
        )
        self._mark = file.journal / "running"
        self.flash, journal = open_journal(
            file.journal,
            self.settings.journal_size,
            lambda flash: Journal(
                flash,
                lambda: int.from_bytes(entropy.take(4), "big"),
                SECTORS,
                1 if self.settings.district is None else 2,
                commit_ms=self.settings.commit_ms,
            ),
            lambda sentence: log("journal", sentence),
            lambda: self._loop.call_soon_threadsafe(self._wake.set),
        )
        for sentence in journal.diagnostics:
            log("journal", sentence)
        self.lines = {
            line.name: line_for(line.port, line.rts and Direction(*line.rts))
            for line in self.settings.lines
        }
        self.certificates = [file.tls.certificate, file.district_tls.certificate]
        self.carrier = self._carrier(self.settings, file.tls, file.oscore)
        self.carriers = [self.carrier]
        ports = Ports(
            self.lines,
            journal,
            StateStore(self.flash),
            self.carrier,
            signer,
            make_verifier([self.settings.platform_key]),
            entropy,
            log,
            CEILING,
        )
        district = self.settings.district
        if district is not None:
            self.carriers.append(self._carrier(district, file.district_tls, file.district_oscore))
            ports.district = (self.carriers[1], make_verifier([district.platform_key]))
        classes = {name: drivers.load(name) for name in self.settings.drivers()}
        reason = _reset_reason(self._mark)
        runtime = f"cpython {platform.python_version()} on linux {platform.machine()}"
        self.agent = Agent(
            self.settings, classes, ports, runtime, reason, powered=reason == "power-on"
        )
        # What was signed before a rotation is still acknowledged, and ordered, under the old name.
        self.agent.sealer.kids.extend(self._identity.former_kids())
        self._watches = [
            LineWatch(line, self._loop, self._wake.set) for line in self.lines.values()
        ]
        self._page = self._serve(file.page)

    def _carrier(self, whereto: Platform, tls: TlsFiles, oscore: Path | None) -> Any:
        name = self.settings.pole_id
        if whereto.carrier == "mqtt":
            from agent.linux import mqtt

            return mqtt.Carrier(
                whereto.url,
                name,
                wake=self._wake.set,
                tls=lambda: tls.context(self._time_is_known),
            )
        from agent.linux import coap, oscore_files

        secure = oscore_files.load(oscore) if oscore else None
        return coap.Carrier(whereto.url, name, wake=self._wake.set, secure=secure)

    def follow_orders(self, path: Path, file: PoleFile, trial: Trial | None) -> None:
        """Let orders change the pole.toml at path, which says what is in file. ``agent.restart``
        tells, once run has ended, that it shall be read again. trial: see settings_files.load."""
        if self.settings.remote != 0:
            self.agent.ports.settings = lambda: SettingsFiles(path, file)
        self._trial = trial

    def _serve(self, page: PageSettings | None) -> Any:
        """The page for whoever stands in front of the pole, if settings ask for it. One that cannot
        be served is said, and stops nothing."""
        if page is None:
            return None
        from agent.linux.commissioning.desk import Desk
        from agent.linux.commissioning.server import PageServer

        try:
            desk = Desk(self.agent, self.clock.now_ms, self._wake.set, self.certificates)
            server = PageServer(page, desk)
        except OSError as error:
            self.log("page", f"not served at {page.host}:{page.port}: {error}")
            return None
        server.start()
        self.log("page", f"at {server.url}")
        return server

    async def run(self, stop: asyncio.Event) -> None:
        """Run until stop is set; then seal, deliver what can be delivered, and end in order."""
        try:
            await self._door.open()
        except OSError as error:
            self.log("status", f"nobody can ask for it: {error}")
        waiter = asyncio.ensure_future(stop.wait())
        waiter.add_done_callback(lambda _: self._wake.set())
        while not stop.is_set():
            await self._step()
            if self.agent.restart:
                stop.set()
        waiter.cancel()
        self.agent.stop_sampling()
        self.agent.uplink.ending = True
        end = self.clock.now_ms() + FINISH_MS
        while self.clock.now_ms() < end and not self._may_end():
            await self._step()
        self.agent.stop(self.clock.now_ms())
        await self._close()

    def _may_end(self) -> bool:
        """Before a restart what is asked is answered, and what is told sealed; at an end, what is
        kept is delivered, too."""
        if self.agent.restart:
            busy = any(group.busy() for group in self.agent.groups)
            return not (busy or self.agent.store.owed)
        return bool(self.agent.delivered())

    async def _step(self) -> None:
        now = self.clock.now_ms()
        if now >= self._clock_at:
            self._clock_at = now + CLOCK_EVERY_MS
            self._rotate()
            utc = self.clock.utc_ms()
            if utc is not None:
                self._verify_dates()
                self.agent.learn_time(now, utc, CLOCK_UNCERTAINTY_MS, "system clock")
        wake = self.agent.step(now)
        # After the first step, which takes up what was kept: orders that were obeyed before.
        self._requests(now)
        if self._page is not None:
            self._page.desk.look(now)
        for watch in self._watches:
            watch.look()
        delay = max(0, wake - self.clock.now_ms()) / 1000
        if any(bus.waiting() for bus in self.agent.buses):
            # What a slow port or a connection did not take at once leaves with the next look at it.
            delay = min(delay, LOOK_S)
        timer = self._loop.call_later(min(delay, REQUESTS_EVERY_MS / 1000), self._wake.set)
        await self._wake.wait()
        timer.cancel()
        self._wake.clear()

    def _requests(self, now: int) -> None:
        """What somebody asks of this node on its own machine: see agent.linux.node_requests."""
        if now < self._requests_at:
            return
        self._requests_at = now + REQUESTS_EVERY_MS
        self.beat()
        asked = node_requests.obey(self._folder, self.agent, now)
        if requests.obey(self._folder, self.agent, now) or asked:
            self._wake.set()
        self._try_settings(now)

    def _try_settings(self, now: int) -> None:
        """See to the end of a trial of settings that an order brought."""
        if self._trial is None or self.agent.restart:
            return
        try:
            told = self._trial.look(now, self.agent.uplink.acknowledged_at is not None)
        except TimeoutError as error:
            self._trial.back(str(error))
            self.agent.restart = True
            return
        if told is not None:
            settings_order.tell(self.agent, told, now)

    def _rotate(self) -> None:
        """Sign with the next key once its certificate is installed; nothing stops meanwhile."""
        if self._identity.changed():
            signer = algorithms.signer(self._algorithm, self._identity.key, self._entropy)
            self.agent.sealer.use(signer)
            self.log("signer", f"a new key: {signer.kid.hex()}")

    def _verify_dates(self) -> None:
        """The clock is right: a server that was taken without a look at its dates is verified
        again."""
        if not self._time_is_known:
            self._time_is_known = True
            for carrier, whereto in zip(self.carriers, self.platforms(), strict=True):
                if whereto.url.startswith("mqtts://"):
                    carrier.again("the clock is set: the server is verified again")

    def platforms(self) -> list[Platform]:
        """Where it reports, in the order of the agent's uplinks."""
        district = self.settings.district
        return [self.settings] if district is None else [self.settings, district]

    async def _close(self) -> None:
        if self._page is not None:
            self._page.stop()
        await self._door.close()
        for watch in self._watches:
            watch.close()
            watch.line.close()
        for carrier in self.carriers:
            if hasattr(carrier, "wait_closed"):
                await carrier.wait_closed()
        self.flash.close()
        self._mark.unlink(missing_ok=True)


def _reset_reason(mark: Path) -> str:
    """Why the agent starts: "power-on" (the machine did), "crash" or "restart". The mark names the
    machine's boot while an agent runs."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    try:
        before = mark.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        before = ""
    last = mark.with_suffix(".last")
    known = last.read_text(encoding="ascii").strip() if last.exists() else ""
    mark.write_text(boot + "\n", encoding="ascii")
    last.write_text(boot + "\n", encoding="ascii")
    if known != boot:
        return "power-on"
    return "crash" if before == boot else "restart"
