"""A board's own agent, in code that a laptop brought, for as long as the laptop or a page over the
air looks into it. In no slot: see board.held and board.page.
"""

import gc
import time

from board import app
from board.clock import BoardClock
from board.radio import link
from board.which import board_of

STEP_MS = 10


class Lent:
    """The agent of a slot. folder: where its settings lie, "/" at the end; snapshot and
    recorder: of agent.linux.commissioning, a function and an instance; dog: a watchdog, which
    starts the slot's own application again where nobody feeds it any more."""

    def __init__(self, folder, snapshot, recorder, dog):
        from agent.settings import unpack

        gc.threshold(2048)
        with open(folder + "settings.bin", "rb") as file:
            lines = unpack(file.read()).lines
        self.lines = [(line.name, line.port, line.mode) for line in lines]
        self.clock = BoardClock()
        board = board_of(folder)
        self.link = link(board, app.log)
        self.link.check(0)  # begins to join: a carrier looks for its server in a network alone
        self.snapshot = snapshot
        self.recorder = recorder
        self.dog = dog
        self.agent = app.build(board, self.clock.now_ms(), folder)
        self.agent.watchers.append(self.recorder)
        utc = self.clock.utc_ms()
        if utc is not None:
            self.agent.learn_time(self.clock.now_ms(), utc, 1000, "board clock")

    def work(self, now):
        """One step of the agent, and a rest of STEP_MS at most. Returns the time after it."""
        self.link.check(now)
        wait = self.agent.step(now) - self.clock.now_ms()
        time.sleep_ms(max(0, min(STEP_MS, wait)))
        return self.clock.now_ms()

    def seen(self, now):
        """What the agent knows."""
        gc.collect()
        return self.snapshot(self.agent, self.recorder, self.lines, now)
