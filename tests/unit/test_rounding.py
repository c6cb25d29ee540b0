"""Written numbers against decimal arithmetic that is done in the test."""

from __future__ import annotations

import math
import pickle
import random
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import pytest

from chalkgrad.rounding import Digits, Given, Policy, interval, plain, store, unit, write

MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "truncate": ROUND_DOWN}


@pytest.mark.parametrize("rounding", MODES)
def test_decimals_are_those_of_decimal_arithmetic_on_the_15_digit_number(rounding):
    rng = random.Random(rounding)
    for _ in range(2000):
        value, count = rng.uniform(-1, 1) * 10 ** rng.randint(-6, 5), rng.randint(0, 9)
        if value == int(value):
            continue
        expected = Decimal(f"{value:.15g}").quantize(Decimal(1).scaleb(-count), MODES[rounding])
        text = write(value, Digits("decimals", count, rounding))
        assert Decimal(text) == expected, value
        assert len(text.partition(".")[2]) == count
        assert not text.startswith("-0.") or float(text) < 0


@pytest.mark.parametrize("rounding", MODES)
def test_significant_digits_are_those_of_decimal_arithmetic(rounding):
    rng = random.Random(rounding + "s")
    for _ in range(2000):
        value, count = rng.uniform(-1, 1) * 10 ** rng.randint(-12, 12), rng.randint(1, 12)
        exact = Decimal(f"{value:.15g}")
        expected = exact.quantize(Decimal(1).scaleb(exact.adjusted() + 1 - count), MODES[rounding])
        text = write(value, Digits("significant", count, rounding))
        assert Decimal(text) == expected or value == int(value), (value, count)


@pytest.mark.parametrize(
    ("value", "half_up", "half_even", "truncate"),
    [
        (0.125, "0.13", "0.12", "0.12"),
        (0.135, "0.14", "0.14", "0.13"),
        (-0.125, "-0.13", "-0.12", "-0.12"),
        (0.00875, "0.01", "0.01", "0.00"),
        (2.675, "2.68", "2.68", "2.67"),  # below the tie as a float64, on it on paper
        (1.005, "1.01", "1.00", "1.00"),
        (0.1 + 0.2, "0.30", "0.30", "0.30"),
        (-0.004, "0.00", "0.00", "0.00"),
        (9.999, "10.00", "10.00", "9.99"),
    ],
)
def test_ties_are_broken_as_on_paper(value, half_up, half_even, truncate):
    for rounding, text in zip(MODES, (half_up, half_even, truncate), strict=True):
        assert write(value, Digits("decimals", 2, rounding)) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.0, Digits(), "0"), (-0.0, Digits("decimals", 3), "0"), (2.0, Digits("decimals", 3), "2"),
        (0.5, Digits("decimals", 3), "0.500"), (0.5, Digits("decimals", 3, up_to=True), "0.5"),
        (1.23456789, Digits("significant", 4), "1.235"), (9.9996, Digits("significant", 4), "10.00"),
        (99999.5, Digits("significant", 5), "1.0000e5"), (1234567.5, Digits("significant", 3), "1.23e6"),
        (1.2345678e-7, Digits("significant", 3), "1.23e-7"), (0.000012345, Digits("significant", 3), "0.0000123"),
        (0.0000012345, Digits("significant", 3), "1.23e-6"), (0.5, Digits("significant", 3), "0.5"),
        (1 / 3, Digits("significant", 17), "0.3333333333333333"), (math.inf, Digits(), "inf"),
        (-math.inf, Digits(), "-inf"), (math.nan, Digits(), "nan"), (1e300, Digits("decimals", 2), "1e300"),
        (1e16 + 2, Digits("decimals", 0), "1e16"), (123456789012345.0, Digits("significant", 3), "1.23e14"),
    ],
)  # fmt: skip
def test_a_value_is_written_like_this(value, digits, text):
    assert write(value, digits) == text


def test_a_stored_value_is_what_its_text_reads():
    rng = random.Random(4)
    for _ in range(4000):
        value = rng.choice(
            [
                rng.uniform(-1, 1),
                rng.gauss(0, 1) * 10 ** rng.randint(-9, 9),
                rng.randint(-50, 50) / 8,
            ]
        )
        kind = rng.choice(["decimals", "significant"])
        digits = Digits(kind, rng.randint(1, 12), rng.choice(list(MODES)), up_to=rng.random() < 0.3)
        assert store(value, digits) == float(write(value, digits)), (value, digits)
    for value in (0.125, 0.00875, 2.675, 0.5, 1e-320, math.inf, -math.inf, 99999.5, 1e22):
        for count in range(1, 13):
            digits = Digits("significant", count)
            assert store(value, digits) == float(write(value, digits)), (value, count)
    assert math.isnan(store(math.nan, Digits()))


def test_the_interval_of_a_text_holds_the_rounded_value():
    rng = random.Random(5)
    for _ in range(3000):
        value = rng.uniform(-1, 1) * 10 ** rng.randint(-9, 9)
        digits = Digits(rng.choice(["decimals", "significant"]), rng.randint(1, 9))
        low, high = interval(write(value, digits))
        dust = 1e-14 * abs(value)
        assert low - dust <= value <= high + dust, (value, digits)


@pytest.mark.parametrize(
    ("text", "place", "ends"),
    [
        ("0.50", -2, (0.495, 0.505)),
        ("3", 0, (2.5, 3.5)),
        ("1.25e-7", -9, (1.245e-7, 1.255e-7)),
        ("-0.1", -1, (-0.15, -0.05)),
        ("1E3", 3, (500, 1500)),
        ("inf", 0, (math.inf, math.inf)),
    ],
)
def test_zeros_at_the_end_of_a_text_count(text, place, ends):
    assert unit(text) == place
    assert interval(text) == pytest.approx(ends, rel=1e-14)


def test_the_shortest_text_reads_back_as_the_value():
    rng = random.Random(6)
    for _ in range(3000):
        value = rng.uniform(-1, 1) * 10.0 ** rng.randint(-300, 300)
        assert float(plain(value)) == value
    assert [plain(v) for v in (0.1, 3.0, -0.0, 1e-7, 1e22, -2.5)] == [
        "0.1",
        "3",
        "0",
        "1e-7",
        "1e22",
        "-2.5",
    ]


def test_a_given_number_keeps_its_text_through_pickling():
    number = Given("0.20")
    assert (number, number.text, Given(0.25).text) == (0.2, "0.20", "0.25")
    again = pickle.loads(pickle.dumps(number))
    assert (again, again.text, type(again)) == (0.2, "0.20", Given)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("2 decimals", Digits("decimals", 2)),
        ("1 decimal", Digits("decimals", 1)),
        ("3 significant", Digits("significant", 3)),
        ("up to 9 significant carried", Digits("significant", 9, up_to=True, carried=True)),
        ("4 decimals truncate exact", Digits("decimals", 4, "truncate", carried=False)),
        (" 0  decimals  half_even ", Digits("decimals", 0, "half_even")),
    ],
)
def test_digits_are_read_and_written_back(text, digits):
    assert Digits.read(text) == digits
    assert Digits.read(str(digits)) == digits


@pytest.mark.parametrize(
    "text",
    [
        "",
        "two decimals",
        "18 decimals",
        "0 significant",
        "2 places",
        "2 decimals up",
        "-1 decimals",
        "2.5 decimals",
    ],
)
def test_digits_in_another_form_are_refused(text):
    with pytest.raises(ValueError, match=r"^.*$"):
        Digits.read(text)


def test_rounding_of_a_file_holds_for_digits_that_name_none():
    assert Digits.read("2 decimals", "truncate").rounding == "truncate"
    assert Digits.read("2 decimals half_up", "truncate").rounding == "half_up"


def test_the_last_pattern_that_fits_wins():
    two, three, four = (Digits("decimals", n) for n in (2, 3, 4))
    policy = Policy("exact", Digits(), (("a", two), ("a[1]*", three), ("it2.a[1][1]", four)))
    asked = {
        "it1.s1.a[2][1]": two,
        "it1.s1.a[1][2]": three,
        "it2.s1.a[1][1]": four,
        "it1.z[1][1]": Digits(),
    }
    for name, digits in asked.items():
        kind = name.rsplit(".", 1)[-1][0]
        assert policy.digits_for(kind, name) == digits, name


@pytest.mark.parametrize(
    ("mode", "carried", "stored"),
    [
        ("exact", None, False),
        ("exact", True, True),
        ("carried", None, True),
        ("carried", False, False),
    ],
)
def test_digits_of_their_own_override_whether_a_value_is_carried(mode, carried, stored):
    digits = Digits("decimals", 2, carried=carried)
    policy = Policy(mode, Digits(), (("z", digits),))
    assert policy.stores("z", "it1.s1.z[1][1]") == (digits if stored else None)
    assert policy.stores("a", "it1.s1.a[1][1]") == (Digits() if mode == "carried" else None)
