"""What ``[uplink]`` and ``[district]`` of ``pole.toml`` become: whereto, how often, which keys."""

import re
from pathlib import Path
from typing import Any

from agent.linux.pole_checker import Checker
from agent.linux.quantities import duration_ms, size_bytes
from agent.linux.tls_files import TlsFiles
from agent.linux.toml_lines import Path as KeyPath
from agent.protocols import urls

_TLS = ("ca", "certificate", "certificate_key")
_PLATFORM = ("carrier", "url", "platform_key", "oscore", *_TLS)
_HEX = re.compile(r"[0-9a-fA-F]*")
_OWN = ("seal_every", "beacon_every", "retry_max", "data_per_day", "remote_settings")


class Uplink:
    """Compiles the table of that name; tls and oscore are what only a Linux node needs of it."""

    def __init__(self, compiler: Checker, need_key: bool, name: str = "uplink") -> None:
        self.compiler = compiler
        self.need_key = need_key
        self.here: KeyPath = (name,)
        self.tls = TlsFiles()
        self.oscore: Path | None = None

    def compile(self, table: dict[str, Any]) -> dict[str, Any]:
        """The settings of the uplink: the platform, and how often."""
        compiler, here = self.compiler, self.here
        return (
            self.platform(table, _OWN)
            | self._remote(table)
            | {
                "seal_ms": compiler.measure(table, here, "seal_every", duration_ms, "60s"),
                "beacon_ms": compiler.measure(table, here, "beacon_every", duration_ms, "10min"),
                "retry_max_ms": compiler.measure(table, here, "retry_max", duration_ms, "60s"),
                "data_per_day": compiler.measure(table, here, "data_per_day", size_bytes, 0),
            }
        )

    def _remote(self, table: dict[str, Any]) -> dict[str, Any]:
        """Whether orders may change the settings; left out: on a node, and not on a board."""
        remote = table.get("remote_settings")
        if remote is not None and not isinstance(remote, bool):
            self.compiler.wrong((*self.here, "remote_settings"), "expected true or false")
        return {} if remote is None else {"remote": int(remote is True)}

    def platform(self, table: dict[str, Any], besides: tuple[str, ...] = ()) -> dict[str, Any]:
        """Which platform; besides: the other keys that the table may have."""
        compiler = self.compiler
        compiler.known_keys(table, self.here, _PLATFORM + besides)
        carrier = compiler.choice(table, self.here, "carrier", ("mqtt", "coap"))
        url = compiler.text(table, self.here, "url", None)
        if url:
            self._check_url(url, carrier)
        self._files(table, url)
        return {"carrier": carrier, "url": url, "platform_key": self._platform_key(table)}

    def _check_url(self, url: str, carrier: str) -> None:
        try:
            scheme = urls.parse(url)[0]
        except ValueError as error:
            self.compiler.wrong((*self.here, "url"), str(error))
            return
        if carrier and not scheme.startswith(carrier):
            self.compiler.wrong((*self.here, "url"), f"expected {carrier}://host:port, not {url!r}")

    def _files(self, table: dict[str, Any], url: str) -> None:
        compiler = self.compiler
        paths = {
            name: compiler.folder / compiler.text(table, self.here, name, "")
            for name in (*_TLS, "oscore")
            if name in table
        }
        self.oscore = paths.pop("oscore", None)
        if self.oscore and not url.startswith("coap://"):
            compiler.wrong((*self.here, "oscore"), "needs an address that begins with coap://")
        if paths and not url.startswith("mqtts://"):
            compiler.wrong((*self.here, min(paths)), "needs an address that begins with mqtts://")
        if ("certificate" in paths) != ("certificate_key" in paths):
            compiler.wrong(
                self.here, "certificate and certificate_key belong together: give both, or none"
            )
        self.tls = TlsFiles(*(paths.get(name) for name in _TLS))

    def _platform_key(self, table: dict[str, Any]) -> bytes:
        compiler = self.compiler
        if not self.need_key and "platform_key" not in table:
            return b""
        written = compiler.text(table, self.here, "platform_key", None)
        path = compiler.folder / written
        if written and not _HEX.fullmatch(written) and not path.is_file():
            if self.need_key:
                compiler.wrong(
                    (*self.here, "platform_key"),
                    f"no file {written!r}: the platform's public key, as `pole platform` writes it "
                    "at its first start, or its 130 hex digits themselves",
                )
            return b""
        try:
            if written and len(written) != 130 and path.is_file():
                written = path.read_text(encoding="ascii").strip()
            key = bytes.fromhex(written)
        except (ValueError, OSError):
            key = b""
        if written and (len(key) != 65 or key[0] != 4):
            compiler.wrong(
                (*self.here, "platform_key"),
                "expected the platform's public key: 130 hex digits that begin with 04, or the "
                "name of a file that holds them",
            )
        return key
