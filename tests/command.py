"""chalkgrad as a process of its own, and a small problem to give it."""

from __future__ import annotations

import os
import subprocess
import sys

COMMAND = [sys.executable, "-m", "chalkgrad"]
PLAIN = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "CHALKGRAD_DEBUG")}
SMALL = """\
title = "One neuron"
[[layer]]
weights = [[0.50, -0.25]]
bias = [0.1]
activation = "sigmoid"
[training]
learning_rate = 0.5
[[sample]]
input = [1, 2]
target = [0]
"""


def process(*argv: str, **options):
    options = {"capture_output": True, "timeout": 60, "env": PLAIN, **options}
    return subprocess.run([*COMMAND, *argv], check=False, **options)
