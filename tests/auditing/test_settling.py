"""Corrections hold: right lines stay, and a second audit finds nothing in what was rewritten."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from auditing import planted_notes
from chalkgrad import loads
from chalkgrad.audit_commands import audit_command
from chalkgrad.auditing.auditor import audit
from chalkgrad.auditing.originals import Original
from chalkgrad.auditing.patch import corrected, in_the_manner_of
from chalkgrad.auditing.records import ARITHMETIC, WRONG, Audit, Finding
from chalkgrad.auditing.settling import settled

LECTURE = """
[[layer]]
weights = [[0.2, -0.4], [0.7, 0.1], [-0.3, 0.5]]
bias = [0.1, -0.2, 0.05]
activation = "tanh"

[[layer]]
weights = [[0.6, -0.1, 0.3], [-0.5, 0.4, 0.2]]
bias = [0.0, 0.1]
activation = "softmax"

[training]
loss = "cross_entropy"
learning_rate = 0.2

[[sample]]
input = [1.0, 0.5]
target = [1, 0]
"""
LOST_SIGN = r"$$\delta_{h1} = -0.6159 \cdot 0.9901 = 0.6098$$"
RIGHT = r"$$w_{11}^{new} = 0.2 - 0.2 \cdot (-0.6098) = 0.2 + 0.1220 = 0.3220$$"


def fixed(text, problem, name="notes.md"):
    """The corrected text, and the lines that were rewritten."""

    def again(originals):
        return audit({o.name: o.text for o in originals}, problem)

    made, _ = settled(audit({name: text}, problem), {name: Original(name, text)}, again)
    return corrected(text, made[name]), {change.line for change in made[name]}


@pytest.mark.parametrize("known", [True, False], ids=["with the problem", "alone"])
def test_a_line_that_goes_on_from_the_right_sign_is_left_alone(known):
    problem = loads(LECTURE) if known else None
    new, _ = fixed(f"{LOST_SIGN}\n\n{RIGHT}\n", problem)
    assert new == f"{LOST_SIGN.replace('= 0.6098', '= -0.6098')}\n\n{RIGHT}\n"


@pytest.mark.parametrize("known", [True, False], ids=["with the problem", "alone"])
def test_a_second_audit_finds_nothing_in_what_was_rewritten(known):
    rewritten = 0
    for note in planted_notes.notes(8, 31):
        rng = random.Random(note.about[0])
        slip = next(filter(None, (planted_notes.planted(note, rng) for _ in range(40))), None)
        if slip is None:
            continue
        _, line, column, old, new = slip
        lines = note.text.split("\n")
        before, after = lines[line - 1][: column - 1], lines[line - 1][column - 1 :]
        assert after.startswith(old)
        lines[line - 1] = before + new + after[len(old) :]
        problem = note.problem if known else None
        text, changed = fixed("\n".join(lines), problem, note.name)
        rewritten += bool(changed)
        wrong = {f.line for f in audit({note.name: text}, problem).wrong}
        assert not wrong & changed
    assert rewritten >= 4


def test_a_line_whose_correction_is_called_wrong_stays_as_it_was():
    text = "$1 + 1 = 3$\n$2 + 2 = 5$\n"

    def finding(line, column, printed, expected):
        return Finding("a.md", line, column, column + 1, printed, None, WRONG, ARITHMETIC, expected)

    def contrary(originals):
        """An audit that wants 4 in line 1, whatever stands there."""
        (o,) = originals
        lines = tuple(o.text.split("\n"))
        printed = lines[0][9]
        wrong = () if printed == "4" else (finding(1, 10, printed, "4"),)
        return Audit({"a.md": lines}, wrong)

    found = Audit(
        {"a.md": tuple(text.split("\n"))}, (finding(1, 10, "3", "2"), finding(2, 10, "5", "4"))
    )
    made, _ = settled(found, {"a.md": Original("a.md", text)}, contrary)
    assert corrected(text, made["a.md"]) == "$1 + 1 = 3$\n$2 + 2 = 4$\n"


@pytest.mark.parametrize(
    "right",
    [
        r"$1,000 \cdot 0.5 = 500$ and $10,000 \times 2 = 20,000$",
        r"$1{,}000 \cdot 0.5 = 500$ and $10{,}000 \times 2 = 20{,}000$",
        r"$1\,000 \cdot 0.5 = 500$ and $10\,000 \times 2 = 20\,000$",
        "1,000 · 0.5 = 500",
        "10,000 × 2 = 20,000",
    ],
)
def test_thousands_are_read_whole(right):
    assert audit({"notes.md": right}).clean


def test_a_correction_keeps_the_thousands_apart():
    new, _ = fixed(r"$10,000 \times 2 = 30,000$ and $10{,}000 \times 2 = 30{,}000$", None)
    assert new == r"$10,000 \times 2 = 20,000$ and $10{,}000 \times 2 = 20{,}000$"
    assert in_the_manner_of("1.625", "1,525") == "1,625"


def test_a_table_of_data_is_said_to_hold_nothing_to_check(tmp_path, capsys):
    file = Path(tmp_path / "houses.csv")
    file.write_text("area,rooms,price\n78.1,5,220482\n132.9,5,311303\n")
    audit_command((str(file),))
    said = " ".join(capsys.readouterr().out.split())
    assert "none of its numbers stands in mathematics" in said
    assert "nothing wrong" not in said
