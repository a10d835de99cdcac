"""The agent on a board: ``run(board)`` with a module that says what the board has.

``settings.bin`` (compiled settings) lies with the application, in its slot; ``device.key`` (64 hex
digits) beside the slots, for it outlives every update. It never returns, but for Ctrl-C, which ends
it in order.
"""

import gc

# Before anything else is loaded: collect early and often, so that what stays lies close together.
# Without it the largest free piece of a 192 KB heap is 1.6 KB when the agent is up; with it, 23 KB.
gc.threshold(2048)

import os
import sys
import time

from board.clock import BoardClock, prove

POLL_MS = 10  # how often lines and network are looked at
HOUR_MS = 3600000
FINISH_MS = 5000  # to deliver the rest at an orderly end: mpremote waits 10 s for it in all


def log(topic, text):
    """One line for whoever watches the console."""
    print("%s: %s" % (topic, text))


def build(board, now, folder="", confirm=None):
    """The Agent of this board. folder: where its settings lie, "/" at the end; confirm: called
    before the journal learns that this software stays."""
    from agent.agent import Agent
    from board import building

    given = building.parts(board, folder, log)
    building = None  # the frame of this call would keep it
    forget("board.building")
    agent = Agent(*given)
    forget("agent.assembly", "agent.grouping")
    from board import finishing

    finishing.finish(agent)
    finishing = None
    forget("board.finishing")
    if confirm is not None:
        journal = agent.ports.journal
        journal.confirm = _both(confirm, journal.confirm)
    return agent


def made_once(*classes):
    """Nothing makes another one: whoever tries is told so by a TypeError."""
    for each in classes:
        each.__init__ = None


def _both(first, second):
    """The slot is confirmed before the format that only this software reads is written."""

    def confirm():
        first()
        second()

    return confirm


def forget(*names):
    """Let go of modules that only a start needs: their room is needed."""
    for name in names:
        package, _, part = name.rpartition(".")
        if name in sys.modules:
            del sys.modules[name]
            delattr(sys.modules[package], part)


def start(slots, dog):
    """What a slot is started by (board.slots): test, run, count the hours of a trial."""
    from board.which import board_of

    board = board_of(slots.folder())
    if not slots.confirmed:
        test(board)
    watch = Watch(board, slots, dog)
    if slots.confirmed and "page" in os.listdir(slots.folder()[:-1]):
        from board import button

        watch = button.Button(board, slots, dog, watch)
    restart = run(board, watch.over, slots.folder(), slots.confirm)
    if watch.restart or restart:
        slots.restart()


def test(board):
    """RuntimeError where the software cannot do its work here. Sensors and network are not its
    fault, and are left to the technician."""
    from board import selftest

    for verdict, sentence in (selftest.storage(board), selftest.clock()):
        if verdict == selftest.FAIL:
            raise RuntimeError("self-test: " + sentence)
    forget("board.selftest")


class Watch:
    """What is looked at between steps: watchdog, network, and the hours without an acknowledgement.
    ``restart``: whether the slot before this one shall run."""

    def __init__(self, board, slots, dog):
        from board.radio import link

        self.restart = False
        self._slots = slots
        self._dog = dog
        self._link = link(board, log)
        self._clock = BoardClock()
        self._link.check(0)  # begin to join, and know whether there is a network
        self._link.check(0)  # before a carrier looks for its server
        self._hour_at = HOUR_MS
        self._was_confirmed = slots.confirmed

    def over(self) -> bool:
        """Whether to end in order."""
        now = self._clock.now_ms()
        self._dog.feed()
        self._link.check(now)
        if self._slots.confirmed and not self._was_confirmed:
            self._was_confirmed = True
            log("slots", "%s is confirmed" % self._slots.active)
        if now >= self._hour_at:
            self._hour_at = now + HOUR_MS
            self.restart = self._slots.hour()
        return self.restart


def run(board, stop=None, folder="", confirm=None):
    """Run until stop() is true, Ctrl-C, or new settings; whether to start again. Ctrl-C may fall
    into the middle of a step, as a reset may: what was not sealed then is lost. stop is looked at
    between steps, and loses nothing."""
    trial = _trial(folder, board)
    try:
        return _work(board, trial, stop, folder, confirm)
    except Exception as error:
        if trial is not None and not trial.over:
            trial.back("%s: %s" % (type(error).__name__, error))
        raise


def _trial(folder, board):
    """The trial of settings that an order brought, or None."""
    try:
        os.stat(folder + "settings.note")
    except OSError:
        return None
    from board import settings_trial

    return settings_trial.begin(folder, board.reset_reason())


def _store(folder, settings):
    gc.collect()
    from board.settings_files import SettingsFiles

    return SettingsFiles(folder, settings)


def _work(board, trial, stop, folder, confirm):
    clock = BoardClock()
    agent = build(board, clock.now_ms(), folder, confirm)
    gc.collect()
    log("board", "%s is up, %d bytes free" % (board.NAME, gc.mem_free()))
    journal = agent.ports.journal
    journal.confirm = _both(journal.confirm, lambda: _set_clock(agent.sealer, clock))
    if agent.settings.remote:
        agent.ports.settings = lambda: _store(folder, agent.settings)
    utc = clock.utc_ms()
    now = clock.now_ms()
    if utc is not None:
        agent.learn_time(now, utc, 1000, "board clock")
    try:
        agent.step(now)
        forget("agent.beginning", "agent.protocols.varint_reader")
        while not agent.restart and (stop is None or not stop()):
            wait = agent.step(clock.now_ms()) - clock.now_ms()
            if trial is not None and not agent.restart:
                trial.look(agent, clock.now_ms())
            time.sleep_ms(max(0, min(POLL_MS, wait)))
    except KeyboardInterrupt:
        pass
    finish(agent, clock)
    return agent.restart


def _set_clock(sealer, clock):
    """After each word of the platform: it tells the time."""
    if sealer.sure():
        prove(clock.now_ms() + sealer.utc_offset)


def finish(agent, clock):
    """Ask nothing new; seal and deliver what there is, as far as the time goes."""
    agent.stop_sampling()
    agent.uplink.ending = True
    end = clock.now_ms() + FINISH_MS
    while clock.now_ms() < end and not agent.delivered():
        agent.step(clock.now_ms())
        time.sleep_ms(POLL_MS)
    agent.stop(clock.now_ms())
    log("board", "stopped in order")
