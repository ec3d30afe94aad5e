"""The tests that python-spdylay had. They are not part of this project: SPDYLAY_OLD_TESTS names the file."""

from __future__ import annotations

import os
import re
import subprocess
import sys

# It knows no SPDY/3.1.
OUTDATED = {"test_get_npn_protocols"}


def test_the_tests_of_python_spdylay_pass() -> None:
    command = [sys.executable, "-Wignore", os.environ["SPDYLAY_OLD_TESTS"], "-v"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    outcomes = dict(re.findall(r"^(test_\w+) .* \.\.\. (\w+)$", result.stderr, re.MULTILINE))
    assert len(outcomes) == 16, result.stderr
    assert {name for name, outcome in outcomes.items() if outcome != "ok"} <= OUTDATED, result.stderr
