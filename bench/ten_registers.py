"""The device of the load: ten registers in a row, one channel each."""

from agent.drivers.modbus import HOLDING, ModbusDevice, uint16

REGISTERS = 10


class Device(ModbusDevice):
    model = "ten-registers"
    title = "Ten registers for measurements of speed"
    kind = "bench"
    source = "bench/gateway.py"
    min_every_ms = 1
    table = HOLDING
    fields = tuple([uint16(at, f"r{at}", "/", 0) for at in range(REGISTERS)])
