"""The offline file in a real browser: drawn, pressed, walked with the keyboard, and judged by axe-core."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import pytest

from chalkgrad import Digits, Policy, example, solve
from chalkgrad.formats import render
from chalkgrad.view import make_view
from chalkgrad.view.assets import script, style

NUMBER = r"−?\d+(?:\.\d+)?"


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("view")


@pytest.fixture(scope="session")
def mazur(folder):
    file = folder / "mazur.html"
    file.write_text(render(solve(example("mazur")), "html"), encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def facts():
    """What `solve --json` says of the first iteration of mazur."""
    made = json.loads(render(solve(example("mazur")), "json"))
    return {q["name"]: q for q in made["quantities"]}


@pytest.fixture(scope="session")
def stage(folder):
    """A page with a view whose model stays within reach, for what only a served page does."""

    def write(problem, name, **settings):
        view = json.dumps(make_view(problem, pairs=1, **settings)).replace("<", "\\u003c")
        module = script().replace("export default { render };", "")
        file = folder / f"{name}.html"
        file.write_text(
            f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>view</title>
<style>body {{ margin: 0 }} {style()}</style><main id="here"></main><script type="module">{module}
const state = {{ view: {view}, editable: true, live: true }}, heard = {{}};
window.sent = [];
window.model = {{
  get: (key) => state[key],
  set: (key, value) => {{ if (state[key] === value) return; state[key] = value; for (const act of heard[`change:${{key}}`] ?? []) act(); }},
  save_changes: () => {{}}, on: (event, act) => (heard[event] ??= []).push(act), off: () => {{}},
  send: (message) => window.sent.push(message),
}};
window.again = () => render({{ model: window.model, el: document.getElementById("here") }});
window.away = window.again();
</script>""",
            encoding="utf-8",
        )
        return file

    return write


def chosen(page):
    return page.locator(".panel code").inner_text()


def panel_lines(page):
    """The rows of working in the panel, as text."""
    return page.locator(".panel .eq .al > mtr").all_text_contents()


def close(page):
    assert page.log.faults == []
    assert page.log.requests == [page.url.partition("#")[0]]


# ---------------------------------------------------------------- drawn and pressed
def test_every_edge_opens_the_working_that_solve_prints(opened, mazur, facts):
    with opened(mazur) as page:
        names = page.locator(".edge.w").evaluate_all("all => all.map(e => e.dataset.el)")
        for name in names:
            edge = page.locator(f'[data-el="{name}"]')
            edge.locator(".hit").dispatch_event("click")
            gradient = f"grad_{name}"
            assert chosen(page) == gradient
            fact = facts[gradient]
            rows = panel_lines(page)
            assert re.findall(NUMBER, rows[-1]) == [fact["shown"].replace("-", "−")]
            numbers = [n.lstrip("−") for n in re.findall(NUMBER, rows[-2])]
            assert numbers == re.findall(r"\d+(?:\.\d+)?", fact["substituted"])
            assert edge.get_attribute("aria-pressed") == "true"
        assert len(names) == 8
        for k in (1, 2):
            page.locator(f'[data-el="e{k}"]').dispatch_event("click")
            assert chosen(page) == f"t[{k}]"
            assert ("0.01", "0.99")[k - 1] in page.locator(".panel .eq").text_content()
        close(page)


def test_every_neuron_bias_and_the_loss_open_their_working(opened, mazur, facts):
    with opened(mazur) as page:
        for part, name in (("n1.2", "delta[1][2]"), ("n2.1", "delta[2][1]"), ("loss", "loss")):
            page.locator(f'[data-el="{part}"]').dispatch_event("click")
            assert chosen(page) == name
            shown = facts[name]["shown"].replace("-", "−")
            assert re.findall(NUMBER, panel_lines(page)[-1]) == [shown]
        page.locator('[data-el="b[2]"]').dispatch_event("click")
        assert chosen(page) == "b[2]"
        page.get_by_role("button", name=re.compile("gradient of the bias of layer 2")).first.click()
        assert chosen(page) == "grad_b[2]"
        page.get_by_role("button", name="← Back").click()
        assert chosen(page) == "b[2]"


def test_a_factor_leads_to_where_it_comes_from(opened, mazur):
    with opened(mazur) as page:
        assert chosen(page) == "grad_w[1][1,1]"
        page.locator("button.chip").nth(1).hover()
        assert "glow" in page.locator('[data-el="n1.1"]').get_attribute("class")
        page.locator("button.chip").nth(1).click()
        assert chosen(page) == "da_dz[1][1]"


def test_a_path_is_shown_alone_when_it_is_pressed(opened, mazur):
    with opened(mazur) as page:
        assert page.locator(".marks .mark").count() == 2
        assert page.locator(".badge").all_text_contents() == ["1", "2"]
        page.locator(".path").nth(1).click()
        assert page.locator(".marks .mark").count() == 1
        assert page.locator(".path").nth(1).get_attribute("aria-pressed") == "true"
        assert page.locator(".path .via").all_inner_texts() == [
            "hidden 1 → output 1 → loss",
            "hidden 1 → output 2 → loss",
        ]


def test_steps_light_their_part_and_hide_what_is_not_worked_yet(opened, mazur):
    with opened(mazur) as page:
        page.get_by_role("button", name="First step").click()
        assert chosen(page) == "a[1][1]"
        assert "now" in page.locator('[data-el="n1.1"]').get_attribute("class")
        assert "·" in page.locator('[data-el="n2.1"]').text_content()
        page.get_by_role("button", name="Step forward").click()
        assert chosen(page) == "a[1][2]"
        page.get_by_role("button", name="Step back").click()
        assert chosen(page) == "a[1][1]"
        page.get_by_role("button", name="Show everything").click()
        assert "0.75136507" in page.locator('[data-el="n2.1"]').text_content()


def test_iterations_change_the_numbers_and_rewind(opened, mazur):
    working = solve(example("mazur"), iterations=2)
    with opened(mazur) as page:
        page.get_by_role("button", name="Iteration forward").click()
        shown = working.step("it2.grad_w[1][1,1]").text
        assert re.findall(NUMBER, panel_lines(page)[-1]) == [shown]
        page.get_by_role("button", name="Rewind").click()
        assert "0.298371109" in page.locator('[data-el="loss"]').text_content()


def test_styles_notations_and_digits_change_the_same_line(opened, mazur):
    with opened(mazur) as page:
        page.locator(".seg label", has_text="matrix").first.click()
        assert page.locator(".panel .framed").count() == 1
        assert page.locator(".panel .framed").text_content() == "0.000438568"
        page.locator(".seg label", has_text="delta").first.click()
        assert len(panel_lines(page)) == 3
        page.get_by_label("Notation").select_option("index")
        assert page.locator('[data-el="w[1][1,1]"] .lab').text_content().strip().startswith("w11")
        page.locator(".seg label", has_text=re.compile("^4$")).click()
        assert re.findall(NUMBER, panel_lines(page)[-1]) == ["0.0004386"]


def test_the_surface_is_over_any_two_weights(opened, mazur):
    with opened(mazur) as page:
        right = page.get_by_label("To the right")
        assert len(right.locator("option").all()) == 8
        right.select_option("w[1][1,1]")
        up = page.get_by_label("Upward")
        assert up.input_value() != "w[1][1,1]"
        up.select_option("w[2][2,2]")
        name = page.locator('svg[aria-label^="Contours"]').get_attribute("aria-label")
        assert name.endswith("weight from input 1 to hidden 1, weight from hidden 2 to output 2")
        assert page.locator(".contour").count() > 2


def test_pressing_the_curve_chooses_the_iteration(opened, mazur):
    with opened(mazur) as page:
        curve = page.locator('svg[aria-label^="Loss from"]')
        curve.click(position={"x": curve.bounding_box()["width"] - 20, "y": 100})
        assert "Iteration 100" in page.locator(".bar .steptext").nth(1).inner_text()


# ---------------------------------------------------------------- keyboard, widths, day and night
def test_everything_is_reached_with_the_keyboard_alone(opened, mazur):
    with opened(mazur) as page:
        focus = "document.activeElement"
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate(f"{focus}.dataset?.el ?? ''"):
                break
        assert page.evaluate(f"{focus}.dataset.el") == "w[1][1,1]"
        pad = f"getComputedStyle({focus}.querySelector('.pad')).strokeWidth"
        assert page.evaluate(pad) == "3px"
        page.keyboard.press("ArrowRight")
        assert page.evaluate(f"{focus}.dataset.el") == "n1.1"
        page.keyboard.press("ArrowDown")
        assert page.evaluate(f"{focus}.dataset.el") == "n1.2"
        page.keyboard.press("Enter")
        assert chosen(page) == "delta[1][2]"
        assert page.evaluate(f"{focus}.dataset.el") == "n1.2"
        assert "delta of hidden 2" in page.locator(".cgv > [role=status]").inner_text()
        page.get_by_label("Step of the working").focus()
        page.keyboard.press("Home")
        assert chosen(page) == "a[1][1]"
        page.get_by_label("Iteration", exact=True).focus()
        page.keyboard.press("End")
        assert "Iteration 100" in page.locator(".bar .steptext").nth(1).inner_text()
        page.locator('input[value="chain"]').focus()
        page.keyboard.press("ArrowRight")
        assert page.locator('input[value="delta"]').is_checked()


@pytest.mark.parametrize("width", [360, 1400, 2560])
def test_nothing_is_wider_than_the_window(opened, mazur, width):
    with opened(mazur, width) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator('[data-el="w[2][2,2]"]').is_visible()


def test_the_night_has_its_colours_and_the_switch_wins(opened, mazur):
    with opened(mazur, color_scheme="dark") as page:
        paper = "getComputedStyle(document.body).backgroundColor"
        card = "getComputedStyle(document.querySelector('.cgv .card')).backgroundColor"
        assert page.evaluate(paper) == "rgb(20, 29, 26)"
        page.locator("label", has_text="light").click()
        assert page.evaluate(paper) == "rgb(247, 245, 239)"
        assert page.evaluate(card) == "rgb(255, 255, 255)"


def test_the_address_holds_the_state(opened, mazur):
    with opened(mazur) as page:
        page.get_by_role("button", name="Iteration forward").click()
        page.locator('[data-el="n2.2"]').dispatch_event("click")
        page.locator(".seg label", has_text="delta").first.click()
        fragment = "#" + page.url.partition("#")[2]
        assert "sel=" in fragment
    with opened(mazur, fragment=fragment) as page:
        assert chosen(page) == "delta[2][2]"
        assert page.locator('input[value="delta"]').is_checked()
        assert "Iteration 2" in page.locator(".bar .steptext").nth(1).inner_text()


def test_without_a_script_the_whole_working_is_there(opened, mazur):
    with opened(mazur, java_script_enabled=False) as page:
        text = page.locator("main").inner_text()
        assert "Backward pass, output layer" in text
        assert page.locator("main .eq").count() > 30


def test_print_by_night_is_dark_on_white(opened, mazur):
    with opened(mazur, color_scheme="dark") as page:
        page.emulate_media(media="print")
        assert (
            page.evaluate("getComputedStyle(document.querySelector('.cgv')).color")
            == "rgb(28, 33, 31)"
        )
        ground = "getComputedStyle(document.querySelector('.ground')).backgroundColor"
        assert page.evaluate(ground) == "rgb(253, 251, 243)"


# ---------------------------------------------------------------- what a served page adds
def test_a_given_number_can_be_changed_and_a_fault_is_told(opened, stage):
    problem = example("single-neuron")
    with opened(stage(problem, "edit")) as page:
        page.locator('[data-el="w[1][1,1]"]').dispatch_event("click")
        page.locator(".fam button").first.click()
        page.get_by_label("Change it to").fill("0.75")
        page.keyboard.press("Enter")
        assert page.evaluate("sent.at(-1)") == {"type": "edit", "name": "w[1][1,1]", "text": "0.75"}
        page.evaluate(
            'model.set("fault", {name: "w[1][1,1]", input: "x", text: "must be a number"})'
        )
        assert page.get_by_role("alert").inner_text() == "must be a number"
        layer = problem.layers[0]
        changed = problem.with_(layers=(type(layer)(((0.75, 0.2),), layer.bias, layer.activation),))
        page.evaluate("v => model.set('view', v)", make_view(changed, pairs=1))
        assert chosen(page) == "w[1][1,1]"
        assert "0.75" in page.locator('[data-el="w[1][1,1]"]').text_content()


def test_what_is_folded_is_asked_for_and_added(opened, stage):
    from chalkgrad import Layer, Problem, Sample, Training
    from chalkgrad.view import view_part

    first = tuple(tuple(0.01 * (j - i) for i in range(14)) for j in range(20))
    problem = Problem(
        (Layer(first), Layer((tuple(0.05 * j - 0.3 for j in range(20)),))),
        (Sample((0.5,) * 14, (1.0,)),),
        Training(learning_rate=0.1),
        Policy(digits=Digits("significant", 5)),
    )
    with opened(stage(problem, "folded")) as page:
        page.locator(".map .box").first.focus()
        page.keyboard.press("ArrowDown")
        asked = page.evaluate("sent.at(-1)")
        assert asked == {"type": "part", "names": ["grad_w[1][2,1]"]}
        page.evaluate("p => model.set('part', p)", view_part(problem, asked["names"]))
        assert chosen(page) == "grad_w[1][2,1]"
        shown = solve(problem, work=[1]).step("grad_w[1][2,1]").text
        assert re.findall(NUMBER, panel_lines(page)[-1]) == [shown.replace("-", "−")]
        page.locator(".cells .cell").nth(2).click()
        assert page.evaluate("sent.at(-1)") == {"type": "open", "layer": 0, "neuron": 3}


def test_a_view_is_taken_away_without_a_trace_and_can_be_there_twice(opened, stage):
    with opened(stage(example("single-neuron"), "twice")) as page:
        page.evaluate("void again()")
        assert page.locator(".cgv").count() == 2
        page.locator(".cgv").nth(1).locator('input[value="delta"]').check(force=True)
        names = page.locator(".seg input").evaluate_all("all => all.map(e => e.name)")
        assert len({*names}) == 2 * len({n.lstrip("cg0123456789") for n in names})
        page.evaluate("away()")
        assert page.locator(".cgv").count() == 1


# ---------------------------------------------------------------- axe-core
def violations(page):
    """What axe-core finds; the equations of the text, hundreds of the same kind, are left out."""
    axe = files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    page.evaluate(f"() => {{ if (!window.axe) {{ {axe} }} }}")
    options = {"resultTypes": ["violations"], "elementRef": False}
    found = page.evaluate("o => axe.run({exclude: ['.eqs']}, o)", options)["violations"]
    return [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in found]


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (390, "dark")])
def test_axe_finds_nothing(opened, mazur, width, scheme):
    pytest.importorskip("axe_core_python", reason="axe-core is not installed")
    with opened(mazur, width, color_scheme=scheme, bypass_csp=True) as page:
        assert violations(page) == []
        page.locator('[data-el="w[2][1,1]"]').dispatch_event("click")
        page.locator(".seg label", has_text="matrix").first.click()
        page.locator("summary", has_text="The network as a table").click()
        page.get_by_role("button", name="Step forward").click()
        assert violations(page) == []
