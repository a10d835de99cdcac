"""The settings as the agent uses them: compiled, checked, all in integers.

People write ``pole.toml``; ``agent.linux.pole_toml`` compiles it: on the node or, for boards, on
the workstation. The compiled form is a CBOR map followed by its CRC-32, so that a file that was
cut off is known for one. Its hash names the settings in every status record and alarm.
"""

import binascii

from agent.errors import BadFrame, BadSettings
from agent.protocols import cbor
from agent.protocols.sm3 import digest


class AlarmRule:
    """A threshold on a channel, in the channel's scaled integers. direction 1: above limit is
    dangerous; -1: below. for_ms beyond the limit raise, clear_ms at clear or safer clear, blind_ms
    without a usable reading make blind (0: by the interval)."""

    def __init__(self, items):
        self.channel = items["channel"]
        self.direction = items["direction"]
        self.limit = items["limit"]
        self.clear = items["clear"]
        self.for_ms = items["for_ms"]
        self.clear_ms = items.get("clear_ms", 0)
        self.blind_ms = items.get("blind_ms", 0)
        self.latch = items.get("latch", False)  # clears only after somebody came


class DeviceSettings:
    """One sensor: its driver, the driver's options as integers or text, its interval, alarms.

    checks: see agent.quality.Check; filters: [channel, kind, count], see agent.filters; deadbands:
    [channel, band], see agent.deadband, where heartbeat_ms is not 0.
    """

    def __init__(self, items):
        self.name = items["name"]
        self.driver = items["driver"]
        self.options = items["options"]
        self.every_ms = items["every_ms"]
        self.alarms = [AlarmRule(part) for part in items["alarms"]]
        self.checks = items.get("checks", ())
        self.filters = items.get("filters", ())
        self.drives = items.get("drives", ())  # see agent.actuation.Drive
        self.heartbeat_ms = items.get("heartbeat_ms", 0)
        self.deadbands = items.get("deadbands", ())


class LineSettings:
    """One line: its port (a device file, tcp://host:port, or a board's uart1) and mode."""

    def __init__(self, items):
        self.name = items["name"]
        self.port = items["port"]
        self.mode = items["mode"]
        self.rts = items.get("rts")  # [high while sending, ms before, ms after], or None
        self.devices = [DeviceSettings(part) for part in items["devices"]]


class Platform:
    """Where a platform is, and whom it signs as."""

    def __init__(self, items):
        self.carrier = items["carrier"]
        self.url = items["url"]
        self.platform_key = items["platform_key"]  # 65 bytes 04‖x‖y


class Settings(Platform):
    """Everything a pole needs to know. Read-only."""

    def __init__(self, items, digest8):
        pole, uplink = items["pole"], items["uplink"]
        super().__init__(uplink)
        self.district = Platform(items["district"]) if "district" in items else None
        self.hash = digest8
        self.pole_id = pole["id"]
        self.place = pole["place"]  # [longitude, latitude] in 1e-7 degrees, or None
        self.seal_ms = uplink["seal_ms"]
        self.beacon_ms = uplink["beacon_ms"]
        self.retry_max_ms = uplink["retry_max_ms"]
        self.data_per_day = uplink.get("data_per_day", 0)  # bytes, 0 for no limit
        # Whether orders may change these: None as the machine has room for it, a node has.
        self.remote = uplink.get("remote")
        self.journal_size = items["journal"]["size"]
        self.commit_ms = items["journal"].get("commit_ms", 0)
        self.switch = items.get("switch", ())  # [device, channel, ms], see agent.maintenance
        self.mains = items.get("mains", ())  # [device, channel], see agent.mains
        # KB of the table that a board signs with (0: what its image has); whether it checks.
        self.sign_table, self.sign_check = items.get("signing", (0, 0))
        self.lines = [LineSettings(part) for part in items["lines"]]

    def drivers(self):
        """The model names in use, each once."""
        return sorted({device.driver for line in self.lines for device in line.devices})


def pack(items) -> bytes:
    """Compiled settings as bytes: CBOR, then its CRC-32."""
    data = cbor.encode(items)
    return data + binascii.crc32(data).to_bytes(4, "big")


def unpack(data: bytes) -> "Settings":
    """Settings from packed bytes. BadSettings if they are damaged or cut off."""
    body = data[:-4]
    if len(data) < 5 or binascii.crc32(body) != int.from_bytes(data[-4:], "big"):
        raise BadSettings(["the settings file is damaged or cut off; provision the board again"])
    try:
        return Settings(cbor.decode(body), digest(body)[:8])
    except (BadFrame, KeyError, TypeError):
        raise BadSettings(["the settings are of another version; provision the board again"])
