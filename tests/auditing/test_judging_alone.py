"""Arithmetic alone: what a line of numbers says of its own result."""

from __future__ import annotations

import pytest

from chalkgrad.auditing.auditor import audit


def wrong(text: str) -> list[tuple[str, str | None]]:
    return [(f.printed, f.expected) for f in audit({"n.md": text}).wrong]


@pytest.mark.parametrize(
    "text",
    [
        r"$0.0134 \times 0.10 = 0.00134$",
        r"$0.44 (1 - 0.44)(0.44 - 1) = -0.138$",  # rounded
        r"$0.44 (1 - 0.44)(0.44 - 1) = -0.137$",  # cut
        r"$a = \sigma(0.3775) = 0.5933$, $z = 0.5933 \cdot 0.4 = 0.23731$",  # from the value before it was rounded
        r"$0.7414 \times 0.1868 = 0.1385$ $$= 0.1385 \times 0.40 = 0.0554$$",  # the work goes on
        r"$0.8 - (0.01)(-0.401) = 0.8 + 0.00401 = 0.80401$",
        r"$-\log 0.599 = 0.2225$",  # the base is not said, and ten fits
        r"$0.5933 \times 0.40 \Rightarrow 0.9$",
        r"$w = 0.5 - 0.1 \cdot 0.2 = 0.48$" "\n\n" r"$w = 0.3$",
        r"$1 = 2$, $x < 0.5$, $0.5 \approx 0.5$",
        "- distance: √((5 - 3)² + (4 - 7)²) = √13 ≈ 3.6",  # a root that is typed
        r"so (498/1000) \* 0 + (502/1000) \* 0.00398 = 0.00199796",  # stars that Markdown wants escaped
        r"$73 + 23 = 96\%$, $0.73 + 0.23 = 96\%$",
        r"$8^8 \approx 17$ million",
        "a tenth of 5000 = 500.0",
        r"$2,5 \cdot 2 = 5,0$ und $0,15 + 0,25 = 0,40$",  # decimal commas
        r"$a = 1.5$, $2,5 \cdot 2 = 5,0$",  # commas of either kind: not read
        r"$1,000 \cdot 3 = 3,000$, $1,234 + 1,000,000 = 1,001,234$, $0.5 + 0.5 = 1.0$",
        r"$(0,1) + (1,2) = (1,3)$, $(100,200) + (1,1) = (101,201)$",
        "rgb=(0.28,0.09,0.41)\nrgb=(0.28,0.17,0.48)",
    ],
)
def test_a_line_that_holds_is_not_accused(text: str) -> None:
    assert wrong(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (r"$0.0134 \times 0.10 = 0.00135$", ("0.00135", "0.00134")),
        (
            r"$a = \sigma(0.3925) = 0.5969$, $0.5969 \times (1 - 0.5969) = 0.2407$",
            ("0.2407", "0.2406"),
        ),
        (r"$\frac{1}{1+e^{-1.94}} = 0.784$", ("0.784", "0.874")),
        (r"$0.5 \cdot 1 + 1.5 \cdot 0.7 = 15.5$", ("15.5", "1.55")),
        (r"$-\ln 0.599 = 0.2225$", ("0.2225", "0.5125")),
        ("**Loss:** 0.5 * 0.3 = 0.18", ("0.18", "0.15")),
        ("* 0.5 * 0.3 = 0.18", ("0.18", "0.15")),
        (r"$0,5 \cdot 0,3 = 0,18$", ("0,18", "0.15")),
        (r"$1,234 + 1,000 = 2,243$ and $0.5 < 1$", ("2,243", "2234")),
        (
            r"$\begin{bmatrix} 0.8 & 0.2 \\ 1 & 2 \end{bmatrix} \begin{bmatrix} 0.5 \\ 2 \end{bmatrix}"
            r" = \begin{bmatrix} 0.8 \\ 4.6 \end{bmatrix}$",
            ("4.6", "4.5"),
        ),
    ],
)
def test_a_result_that_its_own_line_contradicts_is_wrong(text: str, found: tuple[str, str]) -> None:
    assert wrong(text) == [found]


def test_digits_that_lost_their_point_are_damage_and_the_result_is_right() -> None:
    text = r"$a = 0.92 - 0.1786 = 0.7414$, $b = 0.2 - 0.0132 = 0.1868$, $c = 7414 \times 1868 = 0.1385$"
    made = audit({"n.md": text})
    assert [(f.printed, f.kind, f.expected) for f in made.wrong] == [
        ("7414", "damage", "0.7414"),
        ("1868", "damage", "0.1868"),
    ]


def test_a_line_that_says_it_follows_from_longer_figures_is_not_accused():
    # tanh' at 0.95307 is 0.09166; at the printed 0.9531 it is 0.09160
    marked = "$$1 - 0.9531^{2} = 0.09166\\,{}^{\\dagger}$$\n"
    assert not audit({"n.md": marked}).wrong
    assert [f.printed for f in audit({"n.md": marked.replace("66", "86")}).wrong] == ["0.09186"]


def test_a_maximum_without_brackets_is_unread_and_no_fault():
    assert not audit({"n.md": r"$Q = r + \gamma \max_{a} Q = 0.5$ and $\max 3 = 2.5$"}).wrong


def test_a_long_word_beside_a_relation_costs_no_more_than_it_is_long():
    word = "ab/" * 600
    assert not audit({"n.md": f"{word} {word[:190]}= 0.5\n" * 200}).wrong
