"""CWT-Soil-THC-S soil sensor: moisture, temperature and conductivity, Modbus RTU.

Source: a published bench log (farmers-iot-toolkit, devlog) with a captured exchange: function 03,
0x0000 moisture in 0.1 %, 0x0001 temperature in 0.1 °C (s16), 0x0002 conductivity in µS/cm. The
ranges are those of the maker's leaflet and not verified. Factory setting: 4800 8N1, address 1.
"""

from agent.drivers.modbus import ModbusDevice, int16, uint16


class Device(ModbusDevice):
    model = "cwt-soil"
    title = "CWT-Soil-THC-S soil sensor"
    kind = "soil"
    line = "4800 8N1"
    source = "published bench log, captured exchange"
    fields = (
        uint16(0x0000, "moisture", "%", -1, 0, 1000),
        int16(0x0001, "temperature", "Cel", -1, -400, 800),
        uint16(0x0002, "conductivity", "S/m", -4, 0, 20000),
    )
