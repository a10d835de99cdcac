"""What shall be done with one board."""

from dataclasses import dataclass, field
from pathlib import Path

from provisioning.flashing.chip import SILENCE_S

ACK_S = 90.0  # from the start of the application to its first acknowledged frame
HOURS = 72


@dataclass
class Order:
    """What shall be done with one board. settings: the pole.toml; board: its file's name, None for
    that of its chip; wifi: (name, password); request_folder: where a certificate request goes;
    certificates: the folder of ca.pem and ID.tls.pem; secrets: that of ID.device, for OSCORE;
    authority, passphrase_file: its folder, where it is at hand;
    drive: that of a Pico with BOOTSEL held, or told to become one;
    socket: the USB socket that a Pico is in, whatever its port or drive are called meanwhile;
    resume: go on with a board that was left half-way, as with an update, unless it is another's."""

    port: str
    settings: Path
    board: str | None = None
    id: str | None = None
    name: str = ""
    place: tuple[float, float] | None = None
    registry: Path | None = None
    request_folder: Path | None = None
    wifi: tuple[str, str] | None = None
    update: bool = False
    reprovision: bool = False
    resume: bool = False
    deadline_hours: int = HOURS
    ack_s: float = ACK_S
    silence_s: float = SILENCE_S
    certificates: Path | None = None
    secrets: Path | None = None
    authority: Path | None = None
    passphrase_file: Path | None = None
    drive: Path | None = None
    not_again: dict[str, str] = field(default_factory=dict)  # id by MAC of the boards done before
    renew_tls: bool = False  # and nothing else; settings and registry are not needed
    socket: str | None = None
