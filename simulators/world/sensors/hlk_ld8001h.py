"""The twin of agent.drivers.hlk_ld8001h."""

from simulators.world.sensors.twin import ModbusTwin

PLACES = {1: "distance", 3: "level", 5: "height"}


class Twin(ModbusTwin):
    """signals: distance and level (mm), height (cm; 0: not set)."""

    def words(self, at, count, now_ms):
        return [self.measured(PLACES[at], now_ms)] if count == 1 and at in PLACES else None
