"""What all tests go by: the order of their files where processes share them (``make test``),
and patience with a machine that has other things to do.
"""

import pytest
from hypothesis import HealthCheck, settings

# They take longest, so they come first: none is left over at the end for one process alone.
LONG = (
    "test_flash_protected", "test_flash_cuts", "test_runtimes", "test_board_page",
    "test_documents", "test_flash_tool", "test_flash_pico", "test_board_button",
    "test_flash_picos", "test_board_air", "test_enrolment_cuts", "test_install_systemd",
    "test_install", "test_board_line", "test_board_rp2", "test_district", "test_order_command",
    "test_commissioning", "test_courier", "test_page", "test_driver_boards", "test_authority_cuts",
)  # fmt: skip

# An example that is slow once is no mistake.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sort the files; the tests of each stay in their order, and one process has them all."""
    if hasattr(config, "workerinput"):  # a process of pytest-xdist
        place = {name: number for number, name in enumerate(LONG)}
        items.sort(key=lambda item: place.get(item.path.stem, len(LONG)))
