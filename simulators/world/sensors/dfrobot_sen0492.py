"""The twin of agent.drivers.dfrobot_sen0492."""

from simulators.world.sensors.twin import ModbusTwin


class Twin(ModbusTwin):
    """signals: distance (mm), status (0 valid)."""

    def words(self, at, count, now_ms):
        places = {0x34: "distance", 0x35: "status"}
        return [self.measured(places[at], now_ms)] if count == 1 and at in places else None
