"""The files around the agent on a Linux node: service, serial port names, user, command.

The agent writes to standard error only: journald keeps it, in bounds of its own, and no file of
ours needs rotation.
"""

from pathlib import Path

from agent.linux.node_slots import PREFIX, STATE_FOLDER

UNIT = Path("/etc/systemd/system/pole.service")
WANTED = Path("/etc/systemd/system/multi-user.target.wants/pole.service")
UDEV = Path("/etc/udev/rules.d/70-pole-serial.rules")
USER = Path("/etc/sysusers.d/pole.conf")
COMMAND = Path("/usr/local/bin/pole")
LAUNCHER = PREFIX / "launcher"

_UNIT = f"""\
[Unit]
Description=Pole agent: reads, keeps, signs and delivers every reading
ConditionPathExists={STATE_FOLDER}/pole.toml
# The drivers of USB adapters, so that DeviceAllow= knows them before the first is plugged in.
Wants=modprobe@usbserial.service modprobe@cdc_acm.service
After=modprobe@usbserial.service modprobe@cdc_acm.service
StartLimitIntervalSec=0

[Service]
Type=notify
User=pole
Group=pole
SupplementaryGroups=dialout
UMask=0007
StateDirectory=pole
StateDirectoryMode=0750
WorkingDirectory={STATE_FOLDER}
Environment=POLE_NODE={PREFIX} PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 POLE_OPTIONS=
# POLE_OPTIONS=--metrics 127.0.0.1:9101, and whatever else `pole run --help` lists.
EnvironmentFile=-/etc/pole/options
ExecStartPre=+{{python}} -I {LAUNCHER}/run.py start
ExecStart={PREFIX}/current/venv/bin/python -m agent.cli.main run \
    --settings {STATE_FOLDER}/pole.toml $POLE_OPTIONS
ExecStopPost={{python}} -I {LAUNCHER}/run.py stopped
WatchdogSec=60
TimeoutStartSec=90
TimeoutStopSec=30
Restart=always
RestartSec=2
SyslogIdentifier=pole
LogRateLimitIntervalSec=30
LogRateLimitBurst=1000

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
ProtectProc=invisible
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
KeyringMode=private
SystemCallArchitectures=native
# The clock is asked whether it is synchronised, and never set (there is no capability for it).
SystemCallFilter=@system-service adjtimex clock_adjtime
SystemCallErrorNumber=EPERM
DevicePolicy=closed
DeviceAllow=char-ttyS rw
DeviceAllow=char-ttyUSB rw
DeviceAllow=char-ttyACM rw
DeviceAllow=char-ttyAMA rw
DeviceAllow=char-ttymxc rw
DeviceAllow=char-ttyO rw
DeviceAllow=char-rfcomm rw

[Install]
WantedBy=multi-user.target
"""

# %b is the USB path of the interface, such as 1-1.2:1.0: the socket, whatever is plugged in.
_UDEV = """\
# Serial adapters by the USB socket they are plugged into: /dev/pole/usb-1-1.2:1.0, and with -port1
# and so on behind it where one adapter has several. They outlive a swap of the adapter.
ACTION=="remove", GOTO="pole_end"
SUBSYSTEM!="tty", GOTO="pole_end"
SUBSYSTEMS=="usb-serial", ENV{.POLE_PORT}="$attr{port_number}"
ENV{.POLE_PORT}=="[1-9]*", SUBSYSTEMS=="usb", KERNELS=="*-*:*", \
SYMLINK+="pole/usb-%b-port$env{.POLE_PORT}", GOTO="pole_end"
SUBSYSTEMS=="usb", KERNELS=="*-*:*", SYMLINK+="pole/usb-%b"
LABEL="pole_end"
"""

_USER = f"""\
u pole - "Pole agent" {STATE_FOLDER}
m pole dialout
"""

_COMMAND = f"""\
#!/bin/sh
venv={PREFIX}/current/venv
if "$venv/bin/python" -I -c "import agent" 2>/dev/null; then
    exec "$venv/bin/python" -m agent.cli.main "$@"
fi
# The Python it was installed with is gone: with another one it can be asked, and be repaired.
PYTHONPATH=$(echo "$venv"/lib/python3.*/site-packages) exec python3 -s -m agent.cli.main "$@"
"""

_RUN = """\
\"\"\"What systemd runs before and after the agent. No update touches this folder.\"\"\"

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from agent.linux import node_slots

sys.exit(node_slots.main(sys.argv[1:]))
"""


def service_files(python: str) -> dict[Path, str]:
    """What an update renews where it differs. python: the interpreter of the machine."""
    return {
        UNIT: _UNIT.format(python=python),
        UDEV: _UDEV,
        USER: _USER,
        COMMAND: _COMMAND,
    }


def launcher_files(packages: Path) -> dict[Path, str]:
    """What is written once, and by no update. packages: site-packages of the version installed."""
    return {
        LAUNCHER / "run.py": _RUN,
        LAUNCHER / "agent/linux/node_slots.py": _source(packages, "agent/linux/node_slots.py"),
        LAUNCHER / "board/slots.py": _source(packages, "board/slots.py"),
    }


def _source(packages: Path, name: str) -> str:
    return (packages / name).read_text(encoding="utf-8")
