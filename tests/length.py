"""How long tests go on: as long as shows the property, or at full length (`make test-long`)."""

from __future__ import annotations

import os

LONG = os.environ.get("FACELOGIN_TEST_LONG") == "1"
CORES = max(2, os.cpu_count() or 1)


def at_once(full: int, *, a_core: int) -> int:
    """How many come at the same moment: several for each of the machine's cores, or `full`."""
    return full if LONG else min(full, a_core * CORES)
