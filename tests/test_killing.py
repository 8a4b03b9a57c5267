"""Runs that are killed at any moment: every output old or new, never half; the next run comes to the same bytes.

In CI a few; `CONSOLIDATOR_KILLS=1000` kills a thousand runs, from another seed each time (about a quarter of an hour).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

KILLS = 8
"""Half of them at random moments, half around a rename."""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="runs are forked")
def test_killed_at_any_moment(tmp_path: Path) -> None:
    asked = os.environ.get("CONSOLIDATOR_KILLS")
    seed = time.time_ns() if asked else 5
    command = [sys.executable, "-m", "tests.killer", str(tmp_path), asked or str(KILLS), str(seed)]
    home = Path(__file__).parents[1]
    played = subprocess.run(command, cwd=home, stdout=subprocess.PIPE, check=True, text=True)
    said = json.loads(played.stdout)
    if asked:
        print(seed, said)
    assert said["kills"] == int(asked or KILLS) and said["wrong"] == []
    assert said["came"].get("old", 0) + said["came"].get("between", 0) > 0, "no run was killed at work"
