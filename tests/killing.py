"""Runs that are killed at random moments, and gone on with until they are done.

``python tests/killing.py 200`` is ``make kills``; the tests run its short form.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

CHILD = """
import sys
from pathlib import Path
import numpy as np
from chalkgrad.training import load_data, network_problem, train
from chalkgrad.training.saving import save_network
folder, options = Path(sys.argv[1]), eval(sys.argv[2])
rng = np.random.default_rng(0)
labels = np.arange(900) % 3
np.savez(folder.parent / "data.npz", x=rng.normal(size=(900, 8)) + 2 * np.eye(8)[labels], y=labels)
data = load_data(folder.parent / "data.npz", mapped=options.pop("mapped", False))
problem = network_problem(data, (24,), optimizer=options.pop("optimizer"), learning_rate=0.01)
print("begun", flush=True)
network = train(problem, data, folder=folder, resume=True, checkpoint_seconds=0.03, validation=0.2, seed=3, **options)
save_network(network, folder)
"""
VARIANTS = (
    {"optimizer": "adam", "engine": "numpy", "epochs": 200, "patience": 300},
    {"optimizer": "momentum", "engine": "llvm", "epochs": 600, "dtype": "float32"},
    {"optimizer": "adam", "engine": "numpy", "epochs": 120, "mapped": True, "schedule": "cosine"},
)
RESULTS = ("model.safetensors", "model.json")


@dataclass
class Count:
    """What was done to a run.

    Attributes:
        kills: all of them.
        early: those before the run had begun to learn.
        cut: checkpoints that were cut off after a kill, each while the one before was there.
    """

    kills: int = 0
    early: int = 0
    cut: int = 0


def start(folder: Path, options: dict[str, object]) -> subprocess.Popen[bytes]:
    env = {
        **os.environ, "OPENBLAS_NUM_THREADS": "1",
        "CHALKGRAD_CACHE": str(folder.parent.parent / "code"),
    }  # fmt: skip
    command = [sys.executable, "-c", CHILD, str(folder), repr(options)]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE)


def finished(folder: Path, options: dict[str, object]) -> dict[str, bytes]:
    """What a run leaves that nobody disturbs."""
    folder.mkdir(parents=True)
    with start(folder, options) as child:
        child.communicate()
    if child.returncode:
        raise RuntimeError(f"the run that nobody disturbed ended with {child.returncode}")
    return {name: (folder / name).read_bytes() for name in RESULTS}


def cut_last(folder: Path, chance: random.Random) -> bool:
    """Cut the last checkpoint off somewhere, if the one before it is there."""
    there = sorted(folder.glob("step-*.safetensors"))
    if len(there) < 2:
        return False
    data = there[-1].read_bytes()
    there[-1].write_bytes(data[: chance.randrange(len(data))])
    return True


def killed(
    folder: Path, options: dict[str, object], most: int, chance: random.Random, usual: float
) -> tuple[dict[str, bytes], Count]:
    """What a run leaves that is killed up to `most` times, and how it was treated."""
    folder.mkdir(parents=True)
    count = Count()
    while True:
        child = start(folder, options)
        if count.kills < most:
            if chance.random() < 0.9:  # else while it is starting
                child.stdout.readline()
            moment = time.monotonic() + chance.uniform(0, usual / 6)
            while child.poll() is None and time.monotonic() < moment:
                time.sleep(0.001)
        else:
            child.wait()
        if child.poll() is None:
            child.send_signal(signal.SIGKILL)
            count.kills += 1
            count.early += not any(folder.glob("step-*.safetensors"))
            if chance.random() < 0.1:
                count.cut += cut_last(folder, chance)
        child.wait()
        child.stdout.close()
        if child.returncode == 0:
            return {name: (folder / name).read_bytes() for name in RESULTS}, count
        if child.returncode != -signal.SIGKILL:
            raise RuntimeError(f"a run that was gone on with ended with {child.returncode}")


def main(kills: int) -> int:
    """Kill until so many kills were made; 1 if one run ended in other bytes."""
    chance = random.Random(1)
    total, wrong, runs = Count(), 0, 0
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        usual = {}
        whole = {}
        for k, options in enumerate(VARIANTS):
            finished(Path(name, f"warm{k}", "run"), options)  # machine code is made here
            started = time.monotonic()
            whole[k] = finished(Path(name, f"whole{k}", "run"), options)
            usual[k] = time.monotonic() - started
        while total.kills < kills:
            k = runs % len(VARIANTS)
            folder = Path(name, f"killed{runs}", "run")
            left, count = killed(
                folder, VARIANTS[k], min(20, kills - total.kills), chance, usual[k]
            )
            runs += 1
            total = Count(
                total.kills + count.kills, total.early + count.early, total.cut + count.cut
            )
            same = left == whole[k] and not list(folder.glob(".*.tmp"))
            wrong += not same
            print(
                f"run {runs} ({VARIANTS[k]['engine']}, {VARIANTS[k]['optimizer']}): {count.kills} kills, "
                f"{count.cut} checkpoints cut off: {'the same bytes' if same else 'OTHER BYTES'}",
                flush=True,
            )
    print(
        f"{total.kills} kills in {runs} runs, {total.early} of them before the first checkpoint, "
        f"{total.cut} with the last checkpoint cut off; "
        f"{runs - wrong} runs ended in the bytes of the undisturbed run, {wrong} did not "
        f"({time.monotonic() - begun:.0f} s)"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
