"""The names of serial ports by USB socket, as the real udev gives them: `udevadm test` in a mount
namespace whose /sys holds invented adapters, for a machine that tests seldom has one.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from provisioning.node import files

# $1: the rules; $2: a tree as below /sys; $3: the device in it; $4: what became of it; $5: udevadm.
# Nothing outside is touched.
_INSIDE = """
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /dev
mount --bind "$2" /sys
mkdir -p /run/udev/rules.d
cp "$1" /run/udev/rules.d/70-pole-serial.rules
SYSTEMD_DEVICE_VERIFY_SYSFS=0 exec "$5" test --action="$4" "/sys/$3" 2>&1
"""
_UNPACKED = str(Path(sys.executable).parent)  # where .ci/udevadm puts it
_USB = "devices/pci0000:00/usb1"
_SOCKET = f"{_USB}/1-1/1-1.2"


def _device(sysfs: Path, path: str, subsystem: str, uevent: str, **attributes: str) -> str:
    """Invent a device; its path."""
    folder = sysfs / path
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "uevent").write_text(uevent, encoding="ascii")
    for name, value in attributes.items():
        (folder / name).write_text(value + "\n", encoding="ascii")
    (folder / "subsystem").symlink_to(f"/sys/{subsystem}")
    (sysfs / subsystem).mkdir(parents=True, exist_ok=True)
    return path


def _tty(sysfs: Path, parent: str, name: str) -> str:
    uevent = f"MAJOR=188\nMINOR=0\nDEVNAME={name}\n"
    found = _device(sysfs, f"{parent}/tty/{name}", "class/tty", uevent, dev="188:0")
    (sysfs / "class/tty" / name).symlink_to(f"/sys/{found}")
    return found


@pytest.fixture
def sysfs(tmp_path: Path) -> Path:
    """Like /sys, with a hub in whose second socket something is."""
    found = tmp_path / "sys"
    for path in (_USB, f"{_USB}/1-1", _SOCKET):
        _device(found, path, "bus/usb", "DEVTYPE=usb_device\n")
    _device(found, f"{_SOCKET}/1-1.2:1.0", "bus/usb", "DEVTYPE=usb_interface\n")
    return found


def told(sysfs: Path, device: str, tmp_path: Path, action: str = "add", rules: str = "") -> str:
    """What udev says of a device. Skips the test where it cannot be asked."""
    udevadm = shutil.which("udevadm") or shutil.which("udevadm", path=_UNPACKED)
    if udevadm is None or shutil.which("unshare") is None:
        pytest.skip("udevadm or unshare is missing")
    path = tmp_path / "rules"
    path.write_text(rules or files.service_files("python3")[files.UDEV], encoding="utf-8")
    command = ["unshare", "-m", "sh", "-c", _INSIDE, "sh", str(path), str(sysfs), device, action,
               udevadm]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    if "DEVPATH=" not in done.stdout:
        # Root in a container may not mount; a udev of another age may want a sysfs that is one.
        said = (done.stderr or done.stdout).strip().splitlines()
        pytest.skip(f"no udev can be asked here: {said[-1:]}")
    return done.stdout


def links(said: str) -> list[str]:
    found = re.search(r"^\s*DEVLINKS=(.*)$", said, re.MULTILINE)
    return sorted(found[1].split()) if found else []


@pytest.mark.parametrize(("port", "suffix"), (("0", ""), ("1", "-port1"), ("3", "-port3")))
def test_an_adapter_is_named_by_its_socket(
    sysfs: Path, tmp_path: Path, port: str, suffix: str
) -> None:
    serial = _device(sysfs, f"{_SOCKET}/1-1.2:1.0/ttyUSB0", "bus/usb-serial", "", port_number=port)
    said = told(sysfs, _tty(sysfs, serial, "ttyUSB0"), tmp_path)
    assert links(said) == [f"/dev/pole/usb-1-1.2:1.0{suffix}"]
    # Neither at the end of a swap, nor anything that udev complains of.
    assert links(told(sysfs, f"{serial}/tty/ttyUSB0", tmp_path, "remove")) == []
    assert not re.search("70-pole.*(Invalid|Unknown|unbalanced|ignor)", said), said


def test_a_board_with_usb_of_its_own_is_named_too(sysfs: Path, tmp_path: Path) -> None:
    device = _tty(sysfs, f"{_SOCKET}/1-1.2:1.0", "ttyACM0")
    assert links(told(sysfs, device, tmp_path)) == ["/dev/pole/usb-1-1.2:1.0"]


def test_other_ports_keep_their_names(sysfs: Path, tmp_path: Path) -> None:
    platform = _device(sysfs, "devices/platform/serial8250", "bus/platform", "")
    device = _tty(sysfs, platform, "ttyS0")
    assert links(told(sysfs, device, tmp_path)) == []


def test_a_mistake_in_the_rules_would_be_seen(sysfs: Path, tmp_path: Path) -> None:
    device = _tty(sysfs, f"{_SOCKET}/1-1.2:1.0", "ttyACM0")
    good = files.service_files("python3")[files.UDEV]
    said = told(sysfs, device, tmp_path, rules=good.replace('SUBSYSTEMS=="usb",', "SUBSYSTEM_S="))
    assert links(said) == [] and "70-pole-serial.rules:" in said, said
