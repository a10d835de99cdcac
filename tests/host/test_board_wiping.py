"""A board that is given a new identity keeps nothing of the old one in its flash."""

from pathlib import Path

import pytest

from provisioning import bundle, esp_image, layout
from provisioning.flashing.espressif import Espressif
from provisioning.flashing.order import Order
from provisioning.flashing.repl import Repl
from provisioning.flashing.work import Work
from simulators.boards import firmware
from tests.host import bench_boards
from tests.host.bench_boards import FLASH, SMALL, wait_for

# The certificates are too large for littlefs to keep them beside their names, as it keeps the rest:
# some sectors of them outlive a file system that is made anew.
SECRETS = {
    "device.key": b"5e" * 32,
    "tls-key.der": b"\x30\x31\x02\x01\x01\x04\x20" + b"the P-256 key of a simulated one",
    "tls-cert.der": b"PB-0001, certified for TLS" * 1000,
    "oscore.cbor": b"\xa4\x01the master secret of a simulated board",
    "oscore.next": b"7351000",
}
_WRITE = """
with open({name!r}, "wb") as file:
    file.write({data!r})
"""


@pytest.mark.parametrize("flash_size", layout.sizes())
def test_the_whole_file_system_is_wiped_and_its_head_last(flash_size: int) -> None:
    head = layout.stale(flash_size, False)
    spans = layout.stale(flash_size, True)
    assert spans[-len(head) :] == head
    (vfs,) = (row for row in layout.partitions(flash_size) if row.label == "vfs")
    gone = {at for begin, size in spans for at in range(begin, begin + size, 4096)}
    assert gone >= set(range(vfs.offset, flash_size, 4096))
    kept = [row for row in layout.partitions(flash_size) if row.label.startswith("ota_")]
    assert not any(row.offset <= at < row.offset + row.size for row in kept for at in gone)
    assert sum(size for _, size in spans) == len(gone) * 4096, "no sector is erased twice"
    # An erase says nothing until it is over, and the watchdog of the tool must not end it.
    assert all(size <= (4 << 20) + (64 << 10) for _, size in spans)


def test_no_key_of_the_old_identity_stays_in_the_flash(tmp_path: Path) -> None:
    bench_boards.need("esptool", "mpremote", "serial")
    with bench_boards.board(tmp_path / "board") as board:
        software = firmware.combined(board.chip.name, FLASH, SMALL)
        board.nor.program(esp_image.BOOTLOADER_AT[board.chip.name], software)
        board.nor.erase(esp_image.TABLE_AT, 4096)
        board.nor.program(esp_image.TABLE_AT, esp_image.build_table(layout.partitions(FLASH)))
        board.reset()
        wait_for(lambda: board.mode == "application")
        repl = Repl(board.port.url)
        try:
            repl.enter(60)
            for name, data in SECRETS.items():
                repl.run(_WRITE.format(name=f"/{name}", data=data))
        finally:
            repl.close()
        assert _found(board.nor.read(0, FLASH)) == set(SECRETS)
        _set_up(board.port.url, reprovision=False)
        assert "tls-cert.der" in _found(board.nor.read(0, FLASH)), "else this test proves nothing"
        _set_up(board.port.url, reprovision=True)
        assert not _found(board.nor.read(0, FLASH))


def _found(flash: bytes) -> set[str]:
    """The secrets of which a piece is in the flash."""
    return {name for name, data in SECRETS.items() if data[:32] in flash}


def _set_up(port: str, reprovision: bool) -> None:
    """That step of setting a board up which takes away what ran before."""
    target = bundle.Target("esp32s3", FLASH, "xtensawin", "1.25.0", ())
    kit = bundle.Bundle("0", "0", {}, {}, {})
    order = Order(port, Path("pole.toml"), reprovision=reprovision)
    board = Espressif(Work(order, kit, lambda *_, **__: None))
    board._tool.identify()
    board._prepare(target)
