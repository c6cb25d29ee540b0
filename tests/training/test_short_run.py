"""A short run without arrays says and does what the longer way does."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("numpy")

from chalkgrad import Choice, example, train
from chalkgrad.records import Stop
from chalkgrad.training.short_run import is_short, short_run
from problems import as_problem
from small_nets import net_with


def never():
    return False


def told(events):
    """What was told, without what the clock decides."""
    return [
        (
            event.kind,
            {key: value for key, value in event.facts.items() if key not in ("seconds", "loss")},
        )
        for event in events
        if event.kind != "progress"
    ]


@pytest.mark.parametrize(
    ("name", "problem", "iterations"),
    [
        ("whole", example("mazur"), 250),
        ("not a multiple of a hundred", example("xor"), 777),
        ("one", example("mazur"), 1),
        ("a bound", example("xor").with_(stop=Stop(loss=0.1)), 900),
        ("diverging", as_problem(net_with("identity"), learning_rate=2.0), 800),
        ("online", as_problem(net_with("tanh"), learning_rate=0.1, mode="online"), 50),
    ],
)
def test_it_is_the_same_run(name, problem, iterations):
    assert is_short(problem, iterations)
    quick, slow = [], []
    got = short_run(problem, iterations, quick.append, never)
    want = train(problem, epochs=iterations, listen=slow.append).history
    assert told(quick) == told(slow)
    assert got.losses == pytest.approx(want.losses, rel=1e-12)
    assert (got.stopped, got.note, got.engine) == (want.stopped, want.note, want.engine)
    if name == "diverging":
        assert got.stopped == "diverged"


def test_a_callback_or_a_signal_ends_it():
    ended = short_run(example("mazur"), 1000, lambda event: event.kind == "epoch", never)
    assert (ended.stopped, len(ended.epochs)) == ("callback", 1)
    broken = short_run(example("mazur"), 1000, lambda event: None, lambda: True)
    assert broken.stopped == "interrupted"


def test_what_cannot_be_learnt_or_is_long_goes_the_longer_way():
    assert not is_short(example("mazur"), 30_001)
    assert not is_short(example("mazur").with_(learning_rate=None), 1)
    assert not is_short(example("mazur").with_(loss=Choice("none")), 1)


def test_ten_thousand_iterations_at_the_command_line_ask_for_no_arrays():
    code = (
        "import sys; from chalkgrad.cli import cli\n"
        "cli(['train', 'mazur', '--iterations', '10000', '--quiet'], standalone_mode=False)\n"
        "print(sorted({'numpy', 'llvmlite', 'rich'} & set(sys.modules)))"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, last = made.stdout.splitlines()
    assert first.startswith("loss 3.51019e-05 after 10000 updates")
    assert last == "[]"
