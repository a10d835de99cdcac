"""The twin of agent.drivers.dlt645_meter."""

from agent.drivers.dlt645_meter import FIELDS, Device
from agent.protocols import dlt645
from simulators.world.sensors.twin import REFUSES
from simulators.world.sensors.twin import Twin as _Twin


class Twin(_Twin):
    """signals: those of the driver's channels. number: the meter's."""

    turnaround_ms = 50

    def __init__(self, number, signals, log):
        super().__init__(signals, log)
        self.meter = dlt645.address(number)

    def answer(self, heard, now_ms):
        start = heard.find(b"\x68")
        if start < 0 or len(heard) < start + 10 or len(heard) < start + 12 + heard[start + 9]:
            return b""
        request = bytes(heard[start : start + 12 + heard[start + 9]])
        heard[:] = b""
        meter, control = request[1:7], request[8]
        data = bytes([byte - 0x33 & 0xFF for byte in request[10:-2]])
        if request != dlt645.frame(meter, control, data):
            return b""
        if meter == dlt645.ANYONE and control == dlt645.READ_ADDRESS:
            return dlt645.LEAD_IN + dlt645.frame(self.meter, control | 0x80, self.meter)
        if meter != self.meter:
            return b""
        value = self._value(data, now_ms) if control == dlt645.READ else None
        if value is None or self.fault == REFUSES:
            return dlt645.LEAD_IN + dlt645.frame(meter, control | 0xC0, b"\x02")
        return dlt645.LEAD_IN + dlt645.frame(meter, control | 0x80, data + value)

    def _value(self, data, now_ms):
        for index, (identifier, size, _) in enumerate(FIELDS):
            if data == dlt645.identifier(identifier):
                value = self.measured(Device.channels[index].name, now_ms)
                digits = bytearray(dlt645.address(abs(value))[:size])
                if value < 0:
                    digits[-1] |= 0x80
                return bytes(digits)
        return None
