"""Reading what somebody wrote for a number."""

from __future__ import annotations

import pytest

from chalkgrad.marking.written import Written, read


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("0,5933", 0.5933, 1e-4), (".5933", 0.5933, 1e-4), ("5.9e-1", 0.59, 1e-2), ("5.9 x 10^-1", 0.59, 1e-2),
        ("59.3 %", 0.593, 1e-3), ("−0.20", -0.2, 1e-2), ("5,9·10⁻¹", 0.59, 1e-2), ("1,234.5", 1234.5, 0.1),
        ("1.234,5", 1234.5, 0.1), ("0.593 269 992", 0.593269992, 1e-9), ("≈0.59", 0.59, 0.01),
        ("+0.5", 0.5, 0.1), ("5.90E-01", 0.59, 1e-3), ("10^-3", 1e-3, 1e-3), ("'0.5", 0.5, 0.1),
    ],
)  # fmt: skip
def test_a_number_is_read_with_the_place_of_its_last_digit(text, value, unit):
    got = read(text)
    assert isinstance(got, Written)
    assert got.value == pytest.approx(value, rel=1e-15)
    assert got.unit == pytest.approx(unit, rel=1e-12)
    assert not got.bare


@pytest.mark.parametrize("text", ["0", "7", "0.000", "1/3", "-2", "3."])
def test_a_zero_a_whole_number_and_a_fraction_say_nothing_about_digits(text):
    assert read(text).bare


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "nothing is written"), ("=A1*2", "formula of a spreadsheet"), ("inf", "not a finite number"),
        ("1e999", "beyond the range"), ("12 5", "not a number"), ("1/0", "divides by zero"), ("0x1F", "not a number"),
        ("about a half", "not a number"), ("9" * 500, "longer than"), ("1/2/3", "not a number"), ("e", "not a number"),
        ("--1", "not a number"), (".", "not a number"), ("1e", "not a number"), ("nan", "not a finite"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(text, reason):
    assert reason in read(text)
