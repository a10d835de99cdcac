"""``python -m simulators.lines CONFIG.json``: see simulators.lines.control."""

import sys

from simulators.lines.control import main

sys.exit(main(sys.argv[1:]))
