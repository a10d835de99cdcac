"""The order of the tests where several processes share them (``make test``): the files that take
longest come first, so that none of them is left over at the end for one process alone.
"""

import pytest

LONG = (
    "test_flash_protected", "test_board_page", "test_documents", "test_board_air",
    "test_flash_tool", "test_install_systemd", "test_board_line", "test_board_rp2",
)  # fmt: skip


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sort the files; the tests of each stay in their order, and one process has them all."""
    if hasattr(config, "workerinput"):  # a process of pytest-xdist
        place = {name: number for number, name in enumerate(LONG)}
        items.sort(key=lambda item: place.get(item.path.stem, len(LONG)))
