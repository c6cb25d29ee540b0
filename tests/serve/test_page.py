"""The page in a real browser: what people do with it, and that all of them can."""

from __future__ import annotations

import json

import pytest

from browsing import fact, saved, until
from chalkgrad import dump, example, loads, solve

TABS = ("working", "edit", "train", "quiz", "audit")
SCRIPT = "<img src=x onerror=alert(1)>\"'<script>alert(2)</script>"


def weight(page):
    """How the first weight stands in the drawing."""
    return page.locator('[data-el="w[1][1,1]"]').text_content()


def type_in(page, name, text, where="#panel-edit"):
    box = page.locator(f"""{where} [data-key="{name}"]""")
    box.fill(text)
    box.press("Enter")
    box.press("Tab")


def test_the_scripts_are_small_and_lose_nothing_but_indentation(server):
    """Below 80 KB together; a line is never the inside of a text, where its indentation would count."""
    total = 0
    for name in ("page", "panels", "ui", "view"):
        status, headers, body = server.ask("GET", f"/{name}.js")
        assert (status, headers["content-type"]) == (200, "text/javascript; charset=utf-8")
        assert all(line.count("`") % 2 == 0 for line in body.decode().splitlines())
        total += len(body)
    assert total < 80_000


# ---------------------------------------------------------------- editing
def test_a_weight_is_edited_undone_redone_and_reloaded_from_the_address(visit):
    page = visit("/#tab=edit")
    assert "0.15" in weight(page)
    type_in(page, "w[1][1,1]", "0.75")
    until(page, lambda: "0.75" in weight(page))
    expected = (
        solve(loads(dump(example("mazur")).replace("0.15, 0.20", "0.75, 0.20"))).step("loss").text
    )
    assert page.locator('[data-el="loss"]').text_content().split()[-1] == expected
    page.click("#undo")
    until(page, lambda: "0.15" in weight(page))
    page.click("#redo")
    until(page, lambda: "0.75" in weight(page) and "p=" in page.url)
    page.wait_for_timeout(300)
    other = visit(page.url.split("/", 3)[3].join(["/", ""]))
    assert "0.75" in weight(other)
    assert other.locator('[data-el="loss"]').text_content().split()[-1] == expected
    assert other.locator("#tab-edit").get_attribute("aria-selected") == "true"


def test_quick_numbers_reach_the_drawing_at_once_and_the_whole_view_follows(visit):
    """A network that is worked for one iteration: first the numbers alone, then everything else."""
    rows = [[round(0.07 * (i - j), 2) for i in range(10)] for j in range(10)]
    text = f"[[layer]]\nweights = {rows}\nactivation = 'tanh'\n" * 2
    text += (
        f"[training]\nlearning_rate = 0.5\n[[sample]]\ninput = {[1] * 10}\ntarget = {[0.5] * 10}\n"
    )
    page = visit("/#tab=edit")
    page.evaluate("async (problem) => (await import('/page.js')).take({ problem })", text)
    until(page, lambda: page.locator('[data-el="n2.10"]').count() == 1)
    asked = []
    page.on(
        "response", lambda r: asked.append(r.url.rsplit("/", 1)[1]) if "/api/" in r.url else None
    )
    type_in(page, "w[1][1,1]", "2.5")
    expected = solve(loads(text.replace("[[0.0, ", "[[2.5, ", 1))).step("loss").text
    until(page, lambda: page.locator('[data-el="loss"]').text_content().split()[-1] == expected)
    until(page, lambda: asked[:2] == ["edit", "view"])
    assert page.locator('[data-el="loss"]').text_content().split()[-1] == expected


def test_a_number_is_edited_where_it_is_chosen_and_what_is_wrong_is_said_there(visit):
    page = visit()
    page.locator('[data-el="t1"], [data-el="e1"]').first.click()
    box = page.locator(".cgv .editor input")
    box.fill("zero")
    box.press("Enter")
    until(page, lambda: "must be a number" in page.inner_text(".cgv .panel"))
    page.expected.clear()  # the browser notes the refusal
    page.locator(".cgv .editor input").fill("0.5")
    page.locator(".cgv .editor input").press("Enter")
    until(page, lambda: page.is_enabled("#undo"))
    assert loads(saved(page)).samples[0].target[0] == 0.5


def test_neurons_layers_and_samples_come_and_go(visit):
    page = visit("/#tab=edit")
    form = page.locator("#panel-edit")
    for name, then in (
        ("One neuron more in layer 1", "3 neurons"),
        ("Add a sample", "Remove sample 2"),
        ("Add a hidden layer behind layer 1", "Layer 3"),
    ):
        page.get_by_role("button", name=name, exact=True).click()
        until(page, lambda: then in form.inner_html())
    page.locator('[data-key="act2"]').select_option("tanh")
    page.get_by_role("button", name="Draw", exact=True).click()
    until(
        page,
        lambda: "drawn" in page.inner_text("#status") or "randomise" in page.inner_text("#status"),
    )
    problem = loads(saved(page))
    assert problem.sizes == (2, 3, 3, 2) and len(problem.samples) == 2
    assert problem.layers[1].activation.name == "tanh"


def test_any_neuron_is_removed_where_it_is_chosen_and_comes_back(visit):
    page = visit()
    page.locator('[data-el="n1.1"]').click()
    page.get_by_role("button", name="Remove from the network").click()
    until(page, lambda: page.locator('[data-el="n1.2"]').count() == 0)
    assert page.evaluate("document.activeElement.dataset.el") == "n1.1"  # the focus is not lost
    assert loads(saved(page)).layers[0].weights == ((0.25, 0.30),)
    page.click("#undo")
    until(page, lambda: page.locator('[data-el="n1.2"]').count() == 1)
    page.locator('[data-el="n2.1"]').focus()
    page.keyboard.press("Delete")
    until(page, lambda: page.locator('[data-el="n2.2"]').count() == 0)
    left = loads(saved(page))
    assert left.sizes == (2, 2, 1) and left.samples[0].target == (0.99,)
    page.keyboard.press("Delete")  # the last neuron of a layer stays
    page.wait_for_timeout(300)
    assert loads(saved(page)) == left


def test_an_edit_in_place_leaves_the_page_as_a_fresh_one_would_be(visit):
    """Drawing and panel, after quick numbers and after the whole view; nothing that stands there is built anew."""
    page = visit("/#example=tanh-batch&tab=edit")
    page.evaluate("window.there = document.querySelector('.cgv .net [data-el]')")
    for name, text in (
        ("w[1][1,1]", "-0.77"),
        ("s1.t[1]", "0.62"),
        ("eta", "0.4"),
        ("s1.x[1]", "0.3"),
    ):
        type_in(page, name, text)
    shown = """[...document.querySelectorAll('.cgv .net [data-el]')].map((e) => e.getAttribute('aria-label')
        + e.getAttribute('class') + (e.querySelector('.line')?.style.strokeWidth ?? '')).sort().join('|')
        + document.querySelector('.cgv .panel').innerHTML"""
    box = page.locator("""#panel-edit [data-key="w[1][1,1]"]""")
    box.press("Home")
    page.keyboard.type("-")  # half a number
    until(page, lambda: "0.3 x1, input 1" in page.evaluate(shown))  # the last edit is there
    page.wait_for_timeout(2500)  # and the whole view after it
    assert box.input_value() == "--0.77"
    assert page.evaluate("document.activeElement.dataset.key") == "w[1][1,1]"
    assert page.evaluate("window.there.isConnected")
    other = visit(page.url.split("/", 3)[3].join(["/", ""]))
    until(other, lambda: other.evaluate(shown) == page.evaluate(shown))


def test_a_saved_file_is_opened_again(visit, tmp_path):
    page = visit("/#example=softmax")
    (tmp_path / "mine.toml").write_text(saved(page))
    other = visit()
    other.set_input_files("#file", tmp_path / "mine.toml")
    until(other, lambda: other.title().startswith(example("softmax").title))
    assert loads(saved(other)) == example("softmax")
    (tmp_path / "broken.toml").write_text("[[layer]]\nweights = [[1, 2]\n")
    other.set_input_files("#file", tmp_path / "broken.toml")
    until(other, lambda: "problem:2" in other.inner_text("#alert"))
    assert loads(saved(other)) == example("softmax")
    other.expected.clear()


def test_a_neuron_of_a_folded_layer_is_opened(visit, tmp_path):
    text = "[[layer]]\nunits = 14\ninit = 'he_normal'\nseed = 3\n[[layer]]\nunits = 1\ninit = 'he_normal'\n"
    (tmp_path / "wide.toml").write_text(text + "[[sample]]\ninput = [1, 2]\ntarget = [1]\n")
    page = visit()
    page.set_input_files("#file", tmp_path / "wide.toml")
    until(
        page,
        lambda: (
            page.locator('[data-el="n1.1"]').count() == 1 and "14" in page.inner_text("#pg-view")
        ),
    )
    assert page.locator('[data-el="n1.9"]').count() == 0
    page.evaluate(
        "async () => (await import('/page.js')).model.send({ type: 'open', layer: 1, neuron: 9 })"
    )
    until(page, lambda: page.locator('[data-el="n1.9"]').count() == 1)


# ---------------------------------------------------------------- quiz
def test_a_slip_costs_once_and_is_named_as_soon_as_it_is_entered(visit):
    page = visit("/#tab=quiz")
    page.click("#quiz-start")
    page.wait_for_selector("#quiz-rows li")
    assert (
        page.locator('[data-el="n1.1"]').text_content().count("?") >= 2
    )  # the drawing gives nothing away
    type_in(page, "z[1][1]", "0.0275", "#quiz-rows")
    row = page.locator("#quiz-rows li").nth(0)
    until(page, lambda: "wrong" in row.inner_text())
    assert "bias is left out" in row.inner_text()
    type_in(page, "a[1][1]", "0.5069", "#quiz-rows")
    until(page, lambda: "follows" in page.locator("#quiz-rows li").nth(2).inner_text())
    type_in(page, "z[1][1]", "0.3775", "#quiz-rows")
    until(page, lambda: "right" in row.inner_text())
    assert page.inner_text("#quiz-score").startswith(
        "1 of 9"
    )  # what followed from the slip is none any more


def test_hints_put_in_one_factor_after_the_other(visit):
    page = visit("/#tab=quiz")
    page.click("#quiz-start")
    row = page.locator("#quiz-rows li").nth(0)
    hint = row.get_by_role("button", name="Hint for net_h1")
    shown = []
    for _ in range(3):
        hint.click()
        page.wait_for_timeout(100)
        until(
            page,
            lambda: (
                row.locator("math").count() > 1
                and row.locator("math").nth(1).text_content() not in shown
            ),
        )
        shown.append(row.locator("math").nth(1).text_content())
    assert ["0.15" in text for text in shown] == [False, True, True]
    assert ["0.05" in text for text in shown] == [False, False, True]


# ---------------------------------------------------------------- audit
def test_findings_stand_beside_their_lines(visit):
    page = visit("/#tab=audit")
    page.fill(
        "#notes",
        "A good line: $0.15 * 0.05 + 0.35 = 0.3575$\nA bad one: $0.1 * 0.5 + 0.3 = 0.36$\n",
    )
    page.click("#audit-run")
    page.wait_for_selector(".pg-found")
    (found,) = page.locator(".pg-found").all_inner_texts()
    assert "0.36" in found and "0.35" in found and "A bad one" in found


# ---------------------------------------------------------------- safety
def test_texts_of_users_never_act(visit):
    """A script in every text that the page shows: title, names, cells, file names, notes, answers."""
    text = dump(example("mazur")).replace("Two inputs", SCRIPT.replace('"', '\\"') + " Two inputs")
    page = visit()
    drop = """([text, name]) => {
        const data = new DataTransfer();
        data.items.add(new File([text], name));
        document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    }"""
    named = text.split("[names]")[0] + "[names]\n'<img src=x onerror=alert(3)>' = 'w[1][1,1]'\n"
    page.evaluate(drop, [named, "a.toml"])
    until(page, lambda: SCRIPT in page.title())
    for tab in TABS:
        page.click(f"#tab-{tab}")
        page.wait_for_timeout(150)
    page.fill("#notes", f"{SCRIPT} $0.1 * 0.5 + 0.3 = 0.36$")
    page.click("#audit-run")
    page.wait_for_selector(".pg-found")
    page.click("#tab-quiz")
    page.click("#quiz-start")
    page.wait_for_selector("#quiz-rows li")
    type_in(page, "z[1][1]", SCRIPT, "#quiz-rows")
    until(page, lambda: "not read" in page.inner_text("#quiz-rows"))
    page.evaluate(drop, [f"a,{SCRIPT}\n1,2\n3,4\n", f"{SCRIPT}.csv"])
    page.wait_for_timeout(1500)
    for tag in ("script", "img", "iframe", "object"):
        assert page.locator(f"body {tag}").count() == 0
    page.expected[:] = [text for text in page.expected if "Failed to load resource" not in text]


# ---------------------------------------------------------------- for everyone
def test_everything_is_reached_by_keyboard(visit):
    """From the top with Tab, arrows and Enter alone: a tab, a weight, an edit, and back."""
    page = visit()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "tab-working":
            break
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "tab-edit"
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.key") == "w[1][1,1]":
            break
    page.keyboard.press("Control+a")
    page.keyboard.type("0.65")
    page.keyboard.press("Tab")
    until(page, lambda: "0.65" in weight(page))
    assert (
        page.evaluate("document.activeElement.dataset.key") == "w[1][1,2]"
    )  # the focus stays in the form
    page.keyboard.press("Shift+Tab")
    for _ in range(80):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.id") == "undo":
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    until(page, lambda: "0.15" in weight(page))


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (360, "dark")])
def test_no_view_has_a_barrier_or_scrolls_sideways(visit, width, scheme):
    axe = pytest.importorskip(
        "axe_core_python.sync_playwright", reason="axe-core-python is not installed"
    ).Axe()
    page = visit(
        "/", width=width, height=800, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True
    )
    for tab in TABS:
        page.click(f"#tab-{tab}")
        if tab == "quiz":
            page.click("#quiz-start")
            page.wait_for_selector("#quiz-rows li")
            type_in(page, "z[1][1]", "0.0275", "#quiz-rows")
            page.wait_for_selector(".pg-wrong")
        if tab == "train":
            page.click("#train-step")
            until(page, lambda: fact(page, "updates") == "1")
        if tab == "audit":
            page.fill("#notes", "$0.1 * 0.5 + 0.3 = 0.36$")
            page.click("#audit-run")
            page.wait_for_selector(".pg-found")
        page.wait_for_timeout(200)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, tab
        found = axe.run(page)["violations"]
        told = [f"{v['id']}: {n['html'][:150]}" for v in found for n in v["nodes"][:3]]
        assert told == [], tab


def test_the_page_speaks_german(visit, server):
    page = visit("/?language=de#tab=edit")
    assert page.evaluate("document.documentElement.lang") == "de"
    assert page.inner_text("#undo") == "Rückgängig" and page.inner_text("#tab-quiz") == "Frag mich"
    assert "Schicht 1" in page.inner_text("#panel-edit")
    assert "Gradient des Gewichts von Eingabe 1 zu Neuron 1" in page.inner_text("#pg-view")
    english = json.loads(server.ask("POST", "/api/view", {"example": "mazur", "language": "en"})[2])
    assert english["form"][0][2][2] == "Network"
