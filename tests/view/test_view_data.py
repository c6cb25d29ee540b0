"""What a view is given: every name and number of `solve --json`, formulas that hold the same numbers, and the
schema; paths, contours and surfaces against arithmetic written out here."""

from __future__ import annotations

import json
import math
import random
import re
from importlib.resources import files

import jsonschema
import pytest

import oracle
from chalkgrad import Choice, Digits, LimitError, Policy, RequestError, Sample, example, solve
from chalkgrad.examples import names as examples
from chalkgrad.formats import render
from chalkgrad.view import make_view, view_part, view_surface
from chalkgrad.view.contours import contours
from chalkgrad.view.maps import signed
from chalkgrad.view.names import view_name
from problems import as_problem

SCHEMA = json.loads(files("chalkgrad.view").joinpath("assets/view.schema.json").read_text("utf-8"))
NUMBER = r"\d+(?:\.\d+)?(?:e-?\d+)?"


def column(view, name, style, k, digits="own"):
    """A number of a view as the module reads it."""
    own = view.get("styled", {}).get(style, {}).get("columns", {}).get(digits, {})
    found = own.get(name, view["columns"][digits].get(name))
    return found[k] if isinstance(found, list) else found


def by(record, view, style):
    return record.get(style, record.get(view["styles"][0]))


def filled(view, name, style, k):
    """The line of numbers of a quantity as text: slots filled as the module fills them, tags taken off."""
    record = view["quantities"][name]
    rule, uses = by(record["rule"], view, style), by(record["uses"], view, style)
    branch = view["cases"].get(name, 0)
    branch = view.get("styled", {}).get(style, {}).get("cases", {}).get(name, branch)
    branch = branch[k] if isinstance(branch, list) else branch
    template = rule["n"][branch] if isinstance(rule["n"], list) else rule["n"]

    def slot(m):
        text = column(view, uses[int(m[2])], style, k)
        if m[1] == "m":
            return text[1:] if text.startswith("-") else f"-{text}"
        fenced = text.startswith("-") if m[1] == "p" else m[1] == "q" and text[:1] + "e" in text
        return f" ({text}) " if fenced else f" {text} "

    text = re.sub(r"‹(\w) (\d+)›", slot, view["templates"][template].replace("‹b›", ""))
    return re.sub(r"<[^>]+>", " ", text).replace("−", "-")


def problems():
    """Random networks of every activation and loss, shared and separate biases, one sample and several."""
    rng = random.Random(11)
    for _ in range(8):
        net = oracle.draw(rng)
        yield as_problem(net, learning_rate=0.3, policy=Policy(digits=Digits("significant", 5)))


RANDOM = list(problems())


# ---------------------------------------------------------------- against solve --json
def compare(problem, view, style):
    """Every line of `solve --json` is in the view, with the same text and the same numbers in its formula."""
    its = view["its"]
    made = json.loads(render(solve(problem, iterations=its[-1], work=its, style=style), "json"))
    several = view["samples"] > 1
    for q in made["quantities"]:
        k = its.index(q["iteration"])
        name = f"s{q['sample']}.{q['name']}" if several and q["sample"] else q["name"]
        assert column(view, name, style, k) == q["shown"], (name, k)
        record = view["quantities"][name]
        if "rule" not in record or "n" not in by(record["rule"], view, style):
            continue
        if "v" in by(record["rule"], view, style):
            continue  # a whole layer, in matrix style
        marks = view["marks"]["own"].get(name, 0)
        marks = (
            view.get("styled", {}).get(style, {}).get("marks", {}).get("own", {}).get(name, marks)
        )
        marked = k in marks if isinstance(marks, list) else bool(marks)
        assert marked is not q["follows"], (name, k)
        if len(by(record["uses"], view, style)) < 9:  # long sums are cut
            here = re.findall(NUMBER, filled(view, name, style, k))
            assert here == re.findall(NUMBER, q["substituted"]), (name, k, style)
    for q in made["given"]:
        name = f"s{q['sample']}.{q['name']}" if several and q["sample"] else q["name"]
        if name in view["quantities"]:
            assert column(view, name, style, 0) == q["shown"]


@pytest.mark.parametrize("style", ["chain", "delta", "matrix"])
def test_every_name_and_number_of_mazur_is_that_of_solve(style):
    problem = example("mazur").with_(iterations=5)
    compare(problem, make_view(problem, pairs=0), style)


@pytest.mark.parametrize("number", range(len(RANDOM)))
def test_every_name_and_number_of_random_networks_is_that_of_solve(number):
    problem = RANDOM[number].with_(iterations=2)
    view = make_view(problem, pairs=0)
    for style in view["styles"]:
        compare(problem, view, style)


def test_brackets_stand_around_the_numbers_that_have_a_minus():
    """As in the working, wherever no fraction sets them apart."""
    problem = RANDOM[0].with_(iterations=1)
    view = make_view(problem, pairs=0)
    made = json.loads(render(solve(problem, work=[1]), "json"))
    several, seen = view["samples"] > 1, 0
    for q in made["quantities"]:
        name = f"s{q['sample']}.{q['name']}" if several and q["sample"] else q["name"]
        uses = view["quantities"][name]["uses"].get("chain", [])
        if (
            re.search("[/^]", q["substituted"])
            or len(uses) > 8
            or "rule" not in view["quantities"][name]
        ):
            continue
        negative = rf"\(-{NUMBER}\)"
        expected = re.findall(negative, q["substituted"])
        line = filled(view, name, "chain", 0).replace(" ", "")
        assert re.findall(negative, line) == expected, name
        seen += len(expected)
    assert seen > 5


def test_other_digits_are_roundings_of_the_value():
    problem = example("two-two-one").with_(iterations=1)
    view, working = make_view(problem, work=[1], pairs=0), solve(problem, work=[1])
    for step in working.steps():
        text = column(view, step.symbol.bare, "chain", 0, "4")
        assert float(text) == pytest.approx(step.value, rel=6e-4, abs=1e-12), step.symbol


# ---------------------------------------------------------------- the contract
@pytest.mark.parametrize("name", examples())
def test_the_view_of_every_example_keeps_the_schema(name):
    view = json.loads(json.dumps(make_view(example(name), iterations=3, pairs=1)))
    jsonschema.Draft202012Validator(SCHEMA).validate(view)
    quantities = view["quantities"]
    for record in quantities.values():
        for names in [*record["uses"].values(), *(p["factors"] for p in record.get("paths", ()))]:
            assert set(names) <= set(quantities)
        for rule in record.get("rule", {}).values():
            for key in ("f", "n", "r", "l", "v"):
                wanted = rule.get(key, 0)
                assert max(wanted if isinstance(wanted, list) else [wanted]) < len(
                    view["templates"]
                )
    for step in view["steps"]:
        assert {*step["names"], step["focus"]} <= set(quantities)


def test_the_same_problem_gives_the_same_view():
    once, again = (make_view(example("single-neuron"), pairs=1) for _ in range(2))
    assert json.dumps(once) == json.dumps(again)


def test_hostile_words_reach_the_page_as_text():
    """A title is text, and no tag can begin in the data of the page."""
    problem = example("single-neuron").with_(title="</script><script>alert(1)</script>")
    page = render(solve(problem), "html")
    assert "<script>alert" not in page
    assert page.count("</script>") == 2


# ---------------------------------------------------------------- paths
@pytest.mark.parametrize("name", ["mazur", "softmax", "vanishing", "tanh-batch"])
def test_the_paths_of_a_hidden_gradient_add_up_to_it(name):
    view = make_view(example(name), iterations=2, pairs=0)
    seen = 0
    for key, record in view["quantities"].items():
        if record.get("path_count", 0) and record["path_count"] == len(record["paths"]):
            for k in range(2):
                parts = [
                    float(column(view, f"{key}~{n + 1}", "chain", k))
                    for n in range(len(record["paths"]))
                ]
                whole = float(column(view, key, "chain", k))
                assert math.fsum(parts) == pytest.approx(whole, rel=1e-3, abs=1e-7), key
            seen += 1
    assert seen


def test_of_many_paths_the_largest_are_listed_and_the_rest_counted():
    """Every product along four layers, by plain loops, against the six that the view lists."""
    rng = random.Random(3)
    net = oracle.draw(rng, layers=2)
    sizes = (2, 3, 4, 3, 2)
    net["W"] = [
        [[rng.uniform(-1, 1) for _ in range(a)] for _ in range(b)]
        for a, b in zip(sizes, sizes[1:], strict=False)
    ]
    net |= {"B": [None] * 4, "act": [("tanh", {})] * 4, "loss": ("half_squared_error", {})}
    net |= {"samples": [([0.3, -0.8], [0.5, 0.1])], "over_outputs": "sum"}
    problem = as_problem(net, policy=Policy(digits=Digits("significant", 12)))
    view = make_view(problem, pairs=0)
    record = view["quantities"]["grad_w[1][2,1]"]
    assert record["path_count"] == 4 * 3 * 2
    working = solve(problem)
    one = lambda k: working[f"w[2][{k},2]"] if False else net["W"][1][k - 1][1]
    products = []
    for k in range(1, 5):
        for m in range(1, 4):
            for o in range(1, 3):
                products.append(
                    working["da_dz[1][2]"] * 0.3 * one(k) * working[f"da_dz[2][{k}]"]
                    * net["W"][2][m - 1][k - 1] * working[f"da_dz[3][{m}]"]
                    * net["W"][3][o - 1][m - 1] * working[f"da_dz[4][{o}]"] * working[f"grad_a[4][{o}]"]
                )  # fmt: skip
    largest = sorted(products, key=abs, reverse=True)[:6]
    shown = [float(column(view, f"grad_w[1][2,1]~{n}", "chain", 0)) for n in range(1, 7)]
    assert shown == pytest.approx(largest, rel=1e-9)


# ---------------------------------------------------------------- large networks and batches
def wide(sizes=(30, 40, 3)):
    rng = random.Random(5)
    net = oracle.draw(rng, layers=2)
    net["W"] = [
        [[round(rng.uniform(-1, 1), 2) for _ in range(a)] for _ in range(b)]
        for a, b in zip(sizes, sizes[1:], strict=False)
    ]
    net |= {"B": [[0.1] * n for n in sizes[1:]], "act": [("tanh", {})] * (len(sizes) - 1)}
    net |= {"loss": ("half_squared_error", {})}
    net["samples"] = [([rng.random() for _ in range(sizes[0])], [0.0] * sizes[-1])]
    return as_problem(net, learning_rate=0.1)


def test_a_folded_layer_brings_its_opened_neuron_and_the_rest_on_request():
    problem = wide()
    view = make_view(problem, opened=(7, 12, 1), pairs=0)
    drawn = {n for n, q in view["quantities"].items() if "rule" in q}
    assert "grad_w[1][12,7]" in drawn
    assert "grad_w[1][12,8]" not in drawn
    part = view_part(problem, ["grad_w[1][40,30]", "a[1][39]"], opened=(7, 12, 1))
    working = solve(problem, work=[1])
    for name in ("grad_w[1][40,30]", "a[1][39]"):
        assert column(part | {"styles": ["chain"]}, name, "chain", 0) == working.step(name).text
    assert [len(m["text"]) for m in view["maps"]] == [1200, 120]
    assert len(view["strip"]["1"]) == 40


def test_what_there_is_not_is_refused_with_what_there_is():
    with pytest.raises(RequestError, match="at most 30 40 3; got 7 41 1"):
        make_view(wide(), opened=(7, 41, 1))
    with pytest.raises(RequestError, match="sample must be 1 to 4, got 5"):
        make_view(example("xor"), sample=5)
    with pytest.raises(RequestError, match="notation must be one of"):
        make_view(example("xor"), notation="roman")
    with pytest.raises(LimitError, match="weights in a view"):
        make_view(wide((300, 80, 3)))


def test_a_network_too_large_for_a_view_has_its_working_all_the_same():
    large = wide((201, 100, 1))
    forward = large.with_(loss=Choice("none"), learning_rate=None, samples=(Sample((0.5,) * 201),))
    page = render(solve(forward), "html")
    assert '<main id="content"' in page
    assert "<script" not in page


# ---------------------------------------------------------------- surfaces
def test_a_surface_is_the_loss_over_two_parameters():
    """Shades and contours against the loss by plain loops."""
    problem = example("mazur")
    made = view_surface(problem, "w[1][1,2]", "w[2][2,1]", iterations=2)
    axes = make_view(problem, iterations=2, pairs=1)["surfaces"]["axes"]
    x, y = axes["w[1][1,2]"], axes["w[2][2,1]"]
    pair = made["surfaces"]["pairs"]["w[1][1,2]|w[2][2,1]"]
    sigmoid = lambda z: 1 / (1 + math.exp(-z))

    def loss(u, v):
        h1 = sigmoid(0.15 * 0.05 + u * 0.10 + 0.35)
        h2 = sigmoid(0.25 * 0.05 + 0.30 * 0.10 + 0.35)
        o1, o2 = sigmoid(0.40 * h1 + 0.45 * h2 + 0.60), sigmoid(v * h1 + 0.55 * h2 + 0.60)
        return 0.5 * (0.01 - o1) ** 2 + 0.5 * (0.99 - o2) ** 2

    n = pair["points"]
    values = [
        loss(x["low"] + x["span"] * c / (n - 1), y["low"] + y["span"] * r / (n - 1))
        for r in range(n)
        for c in range(n)
    ]
    low, high = min(values), max(values)
    shades = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
    for value, letter in zip(values, pair["grid"], strict=True):
        assert abs(shades.index(letter) - (value - low) / (high - low) * 63) < 0.51
    assert len(pair["lines"]) > 3
    for line in pair["lines"]:
        for u, v in line["points"]:
            at = loss(x["low"] + x["span"] * u, y["low"] + y["span"] * v)
            assert at == pytest.approx(float(line["text"]), rel=0.02)
    assert x["track"][0] * x["span"] + x["low"] == pytest.approx(0.20, abs=1e-3)


def test_contours_of_a_bowl_are_circles():
    n = 41
    grid = [[math.hypot(c - 20, r - 20) / 20 for c in range(n)] for r in range(n)]
    (line,) = contours(grid, [0.5])[0.5]
    assert line[0] == line[-1]
    assert all(math.hypot(x - 0.5, y - 0.5) == pytest.approx(0.25, abs=0.004) for x, y in line)


def test_shades_of_weights_tell_the_sign():
    assert signed(0.5, 1.0) > signed(0.0, 1.0)
    order = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
    at = [order.index(signed(v, 2.0)) for v in (-2, -1, 0, 1, 2)]
    assert at == sorted(at)
    assert at[2] == 32


def test_names_say_the_sample_only_where_there_are_several():
    symbol = solve(example("xor"), work=[1]).step("s3.a[1][2]").symbol
    assert view_name(symbol, True) == "s3.a[1][2]"
    assert view_name(symbol, False) == "a[1][2]"
