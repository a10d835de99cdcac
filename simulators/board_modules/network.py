"""A stand-in for MicroPython's ``network``: a station that finds the network that POLE_WIFI names
("name:password") at once, and looks for any other one until it is told to stop; and an access
point, whose settings POLE_AP keeps while it is open: a file of the host; and a W5500 with a cable,
which is plugged in while the file of the host exists that POLE_CABLE names, or always. Sockets are
the host's in any case.
"""

import json
import os

STA_IF, AP_IF = 0, 1
AUTH_WPA2_PSK = 3
STAT_IDLE, STAT_CONNECTING, STAT_GOT_IP = 1000, 1001, 1010
STAT_WRONG_PASSWORD, STAT_NO_AP_FOUND = 202, 201
PHY_W5500 = 102


class WLAN:
    """The radio."""

    def __init__(self, interface=STA_IF):
        self._interface = interface
        self._settings = {}
        self._active = False
        self._status = STAT_IDLE

    def active(self, active=None):
        """Switch it, or ask."""
        if active is None:
            return self._active
        self._active = bool(active)
        path = os.getenv("POLE_AP")
        if self._interface == AP_IF and path:
            with open((os.getenv("POLE_HOST") or "") + path, "w") as file:
                file.write(json.dumps(self._settings if self._active else {}))
        return self._active

    def ifconfig(self):
        """(address, ...): of this host, and nobody else's."""
        return ("127.0.0.1", "255.0.0.0", "127.0.0.1", "127.0.0.1")

    def connect(self, name, password=None):
        """Join a network. One that still looks for another one takes no order, as an ESP32."""
        if self._status in (STAT_NO_AP_FOUND, STAT_WRONG_PASSWORD):
            raise OSError("Wifi Internal Error")
        known, _, secret = (os.getenv("POLE_WIFI") or "").partition(":")
        if not known or name != known:
            self._status = STAT_NO_AP_FOUND
        else:
            self._status = STAT_GOT_IP if password == secret else STAT_WRONG_PASSWORD

    def disconnect(self):
        """Leave it, or look for it no more."""
        self._status = STAT_IDLE

    def status(self, what=None):
        """STAT_..., or with "rssi" the signal in dBm."""
        return -61 if what == "rssi" else self._status

    def isconnected(self):
        """Whether it is in a network."""
        return self._active and self._status == STAT_GOT_IP

    def config(self, what="", **settings):
        """ "mac": its address; or set what is named."""
        self._settings.update(settings)
        uid = os.getenv("POLE_UID") or "000000000000"
        return bytes([int(uid[at : at + 2], 16) for at in range(0, 12, 2)])


class LAN:
    """Ethernet by a chip on SPI."""

    def __init__(self, id=0, *, spi, cs, int, phy_type, phy_addr, reset=None):
        if phy_type != PHY_W5500:
            raise ValueError("no such chip is simulated")
        self._active = False

    def active(self, active=None):
        """Switch it, or ask."""
        if active is not None:
            self._active = bool(active)
        return self._active

    def isconnected(self):
        """Whether a cable leads to a network."""
        path = os.getenv("POLE_CABLE")
        if not self._active or not path:
            return self._active
        try:
            os.stat((os.getenv("POLE_HOST") or "") + path)
        except OSError:
            return False
        return True

    def ifconfig(self):
        """(address, ...): of this host, and nobody else's."""
        return ("127.0.0.1", "255.0.0.0", "127.0.0.1", "127.0.0.1")
