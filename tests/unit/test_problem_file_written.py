"""What is written reads back as itself, and a file is never half written."""

from __future__ import annotations

import math
import signal
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.errors import ProblemError, RequestError
from chalkgrad.files import write_text
from chalkgrad.inits import INITS, draw_weights
from chalkgrad.losses import LOSSES
from chalkgrad.notation import KINDS
from chalkgrad.problem import Problem
from chalkgrad.problem_file import load, loads
from chalkgrad.problem_reader import UPDATE_PARAMS
from chalkgrad.problem_writer import dump, save
from chalkgrad.records import Choice, Init, Layer, Sample, Stop, Training
from chalkgrad.rounding import ROUNDINGS, Digits, Given, Policy
from problem_texts import GOOD, REST, SAMPLE


def test_a_file_in_canonical_form_is_written_as_it_was_read() -> None:
    """Order of keys, digits as written, no defaults."""
    assert dump(loads(GOOD)) == GOOD


def test_long_weights_are_written_one_row_a_line() -> None:
    """Rows are not broken."""
    row = ", ".join(["0.123456"] * 6)
    text = f"[[layer]]\nweights = [\n  [{row}],\n  [{row}],\n]\n\n[[sample]]\n"
    text += "input = [1, 1, 1, 1, 1, 1]\ntarget = [1, 1]\n"
    assert dump(loads(text)) == text


def test_drawn_layers_are_written_as_drawn_unless_they_have_been_changed() -> None:
    """A layer that no longer has its drawn weights is written with them."""
    text = '[[layer]]\nunits = 1\ninit = "he_normal"\nseed = 3\n\n' + SAMPLE
    problem = loads(text)
    assert dump(problem) == text
    trained = problem.with_(layers=(Layer(((1.0, 2.0),), init=Init("he_normal", 3)),))
    assert dump(trained) == "[[layer]]\nweights = [[1, 2]]\n\n" + SAMPLE


NUMBERS = st.one_of(
    st.floats(-1e6, 1e6),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-100, 100),
    st.decimals(-100, 100, places=3).map(lambda d: Given(str(d))),
    st.sampled_from([Given("0.20"), Given(".5"), Given("-0"), Given("1E5"), Given("007"), -0.0]),
)
DIGITS = st.builds(
    Digits,
    st.sampled_from(["decimals", "significant"]),
    st.integers(1, 17),
    st.sampled_from(list(ROUNDINGS)),
)
DIGITS_BY_NAME = st.builds(
    replace, DIGITS, up_to=st.booleans(), carried=st.sampled_from([None, True, False])
)
NAMES = {"w5": "w[1][1,1]", "net of 1": "z[1][1]", 'say "x"': "a[1][1]", "\u03b4\\1": "delta[1][1]"}


def _choices(params: dict[str, dict[str, float]]) -> st.SearchStrategy[Choice]:
    def of(name: str) -> st.SearchStrategy[Choice]:
        given_ = (
            st.dictionaries(st.sampled_from(list(params[name])), NUMBERS)
            if params[name]
            else st.just({})
        )
        return st.builds(Choice, st.just(name), given_)

    return st.sampled_from(list(params)).flatmap(of)


HIDDEN = _choices({n: dict(r.params) for n, r in ACTIVATIONS.items() if not r.whole_layer})
LOSS = _choices({n: dict(r.params) for n, r in LOSSES.items() if n != "output"} | {"none": {}})


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Any problem: given and drawn layers, all tables, numbers with and without written digits."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))

    def numbers(count: int, of: st.SearchStrategy[float] = NUMBERS) -> tuple[float, ...]:
        return tuple(draw(of) for _ in range(count))

    layers = []
    for inputs, units in pairwise(sizes):
        init = draw(
            st.none() | st.builds(Init, st.sampled_from(list(INITS)), st.integers(0, 10**9))
        )
        weights = (
            draw_weights(init, inputs, units)
            if init
            else tuple(numbers(inputs) for _ in range(units))
        )
        bias = draw(st.none() | NUMBERS | st.just(numbers(units)))
        layers.append(Layer(weights, bias, draw(HIDDEN), init))
    rate = st.floats(0, 10) | st.just(Given("0.50"))
    bound = st.none() | rate
    training = Training(
        draw(LOSS),
        draw(st.sampled_from(["sum", "mean"])),
        draw(st.sampled_from(["sum", "mean"])),
        draw(rate),
        draw(_choices(UPDATE_PARAMS)),
        draw(st.integers(1, 1000)),
        draw(st.booleans()),
        draw(st.sampled_from(["simultaneous", "in_place"])),
        draw(st.sampled_from(["batch", "online"])),
        draw(st.sampled_from([1, -1])),
        Stop(draw(bound), draw(bound), draw(bound)),
    )
    samples = tuple(
        Sample(numbers(sizes[0]), numbers(sizes[-1], st.sampled_from([0, 0.5, Given("1.0")])))
        for _ in range(draw(st.integers(1, 3)))
    )
    pattern = st.sampled_from([*KINDS, "it2.new_w[1][*]", "*", "s1.z[1][1]", "it*.w[*]"])
    by_name = draw(
        st.lists(st.tuples(pattern, DIGITS_BY_NAME), unique_by=lambda pair: pair[0], max_size=3)
    )
    policy = Policy(draw(st.sampled_from(["exact", "carried"])), draw(DIGITS), tuple(by_name))
    names = {
        name: NAMES[name] for name in draw(st.lists(st.sampled_from(list(NAMES)), unique=True))
    }
    return Problem(
        tuple(layers), samples, training, policy, draw(st.text()), draw(st.text()), names
    )


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(problems())
def test_every_problem_reads_back_as_itself(problem: Problem) -> None:
    """File -> Problem -> file is the identity, and so is Problem -> file -> Problem."""
    text = dump(problem)
    again = loads(text)
    assert again == problem
    assert dump(again) == text
    assert loads(text.encode()) == problem


@given(st.text(alphabet='a"\\\n\r\t\x7f \u2028', max_size=12))
def test_every_note_reads_back_as_itself(note: str) -> None:
    """Quotes, backslashes, line ends and control characters, on one line or on several."""
    problem = loads(REST).with_(note=note, title=note)
    assert loads(dump(problem)) == problem


def test_written_digits_survive_a_round_trip() -> None:
    """0.20 is written 0.20 again."""
    text = REST.replace("[[1, 2]]", "[[0.20, 1e-3]]")
    assert "weights = [[0.20, 1e-3]]" in dump(loads(text))


# ---------------------------------------------------------------- files
def test_saving_overwrites_only_when_forced(tmp_path: Path) -> None:
    """The old file stays as it is."""
    path = tmp_path / "net.toml"
    save(loads(REST), path)
    with pytest.raises(RequestError, match="there already"):
        save(loads(GOOD), path)
    assert load(path) == loads(REST)
    save(loads(GOOD), path, force=True)
    assert load(path) == loads(GOOD)
    assert [file.name for file in tmp_path.iterdir()] == ["net.toml"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    """Text that cannot be written, a folder, a folder that is missing."""
    path = tmp_path / "a.txt"
    path.write_text("old")
    names = ("no/a.txt", "n" * 300, "a\0b")
    for target in (path, tmp_path, *(tmp_path / name for name in names)):
        with pytest.raises(RequestError, match="cannot write"):
            write_text(target, "half \ud800" if target == path else "new", force=True)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


def test_a_full_disk_leaves_the_old_file_whole(tmp_path: Path) -> None:
    """The system refuses the write half way; the message gives its cause."""
    resource = pytest.importorskip("resource")
    path = tmp_path / "a.txt"
    path.write_text("old")
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, usual[1]))
    try:
        with pytest.raises(RequestError, match="File too large"):
            write_text(path, "new" * 1000, force=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


def test_a_file_keeps_its_permissions_and_a_link_stays_a_link(tmp_path: Path) -> None:
    """Only the content changes; devices are written to and not replaced."""
    path, link = tmp_path / "a.txt", tmp_path / "link.txt"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    write_text(link, "new", force=True)
    write_text("/dev/null", "new")
    assert (path.read_text(), path.stat().st_mode & 0o777, link.is_symlink()) == (
        "new",
        0o640,
        True,
    )
    assert Path("/dev/null").is_char_device()


def test_numbers_without_a_value_are_never_written() -> None:
    """A problem holds none, so that a file holds none."""
    with pytest.raises(ProblemError):
        loads(REST).with_(layers=(Layer(((math.nan, 1.0),)),))
