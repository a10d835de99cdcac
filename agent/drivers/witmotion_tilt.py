"""WitMotion RS-485 inclinometer, the model with 32-bit angles, Modbus RTU.

Source: WitMotion RS-485 Modbus protocol for the 32-bit angle model: holding registers 0x3D to 0x42
hold roll, pitch and yaw, each as two registers, the low word first, in 0.001 degrees. The 16-bit
model answers at the same address and start with other contents: it is another driver.
Factory setting: 9600 8N1, address 0x50. Yaw has no reference on this model and drifts: not used.
Unproven: requests are published, no reply with angles is.
"""

from agent.drivers.driver import address
from agent.drivers.modbus import HOLDING, ModbusDevice, int32_low_first


class Device(ModbusDevice):
    model = "witmotion-tilt"
    title = "WitMotion RS-485 inclinometer (32-bit angles)"
    kind = "tilt"
    source = "WitMotion RS-485 Modbus protocol, 32-bit angle model"
    proven = False
    timeout_ms = 300
    warm_up_ms = 2000
    table = HOLDING
    options = (address(0x50),)
    fields = (
        int32_low_first(0x3D, "roll", "deg", -3, -180000, 180000),
        int32_low_first(0x3F, "pitch", "deg", -3, -180000, 180000),
    )
