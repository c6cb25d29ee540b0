"""The page as it is first sent: the bar, the tabs and the panels, in the words of one language.

Scripts find what they need by its id; the few words that they say themselves stand in ``data-words``.
"""

from __future__ import annotations

import json
import tomllib
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from chalkgrad import examples
from chalkgrad.activations import ACTIVATIONS
from chalkgrad.errors import MissingExtra
from chalkgrad.notation import KINDS
from chalkgrad.sentences import named
from chalkgrad.serve.elements import Element, button, choice, el, field, plainly, to_html
from chalkgrad.serve.labels import LABELS, SPOKEN, label
from chalkgrad.training.usual import BATCH_SIZE, USUAL, usual_rate

if TYPE_CHECKING:
    from collections.abc import Callable

TABS = ("working", "edit", "train", "quiz", "audit")
ASKED = ("z", "a", "loss", "grad_a", "da_dz", "delta", "grad_w", "grad_b", "new_w", "new_b")
"""Kinds that a quiz can ask for."""
_FIRST_ASKED = ("z", "a", "loss")
_SPEEDS = ("1", "10", "100", "1000")
_COPIES = (("toml", "TOML"), ("latex", "LaTeX"), ("markdown", "Markdown"))
_SHEETS = ("tokens.css", "view.css", "page.css")


def skeleton(language: str = "en") -> str:
    """The page as HTML.

    >>> skeleton("de").splitlines()[1][:25]
    '<html lang="de"><head><me'
    """
    say = partial(label, language=language)
    words = {key: LABELS[language].get(key, LABELS["en"][key]) for key in SPOKEN}
    head = el(
        "head", {},
        el("meta", {"charset": "utf-8"}),
        el("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        el("title", {}, "chalkgrad"),
        el("link", {"rel": "icon", "href": "/icon.svg", "type": "image/svg+xml"}),
        [el("link", {"rel": "stylesheet", "href": f"/{name}"}) for name in _SHEETS],
        el("script", {"type": "module", "src": "/page.js"}),
    )  # fmt: skip
    panels = {"edit": el("div", {"class": "pg-cards"}), "train": _train(say), "quiz": _quiz(language),
              "audit": _audit(say)}  # fmt: skip
    body = el(
        "body", {"class": "cg", "data-words": json.dumps(words, ensure_ascii=False)},
        _bar(say, language),
        el("p", {"id": "status", "class": "pg-sr", "role": "status"}),
        el("div", {"id": "alert", "class": "pg-alert", "role": "alert", "data-close": say("close")}),
        el("noscript", {}, say("noscript")),
        el(
            "main", {},
            [
                el("section", {"id": f"panel-{name}", "class": "pg-panel", "role": "tabpanel",
                               "aria-labelledby": f"tab-{name}", "hidden": True}, panel)
                for name, panel in panels.items()
            ],
            el("h2", {"class": "pg-sr"}, say("working")),
            el("div", {"id": "pg-view"}),
        ),
        el(
            "dialog", {"id": "copy-box", "class": "pg-dialog", "aria-labelledby": "copy-says"},
            el("p", {"id": "copy-says"}, say("copy_by_hand")),
            el("textarea", {"id": "copy-text", "readonly": True, "rows": 12, "aria-label": say("copy")}),
            button(say("close"), "copy-close"),
        ),
        [el("input", {"type": "file", "id": name, "accept": kinds, "hidden": True, "tabindex": -1,
                      "aria-label": say("open")})
         for name, kinds in (("file", ".toml,.csv,.tsv,.txt"), ("table", ".csv,.tsv,.txt"))],
    )  # fmt: skip
    page = el("html", {"lang": language}, head, body)
    return f"<!doctype html>\n{to_html(page)}\n"


def _bar(say: Callable[..., str], language: str) -> Element:
    known = [(name, f"{name}: {_title(name)}") for name in examples.names()]
    themes = [(name, say(f"theme_{name}")) for name in ("auto", "light", "dark")]
    codes = [(code, table["language_name"]) for code, table in LABELS.items()]
    menu = [button(say("copy_as", format=name), "", data_copy=key) for key, name in _COPIES]
    return el(
        "header", {"class": "pg-bar"},
        el("a", {"class": "pg-skip", "id": "skip", "href": "#pg-view"}, say("skip")),
        el("h1", {"class": "pg-mark"}, "chalkgrad"),
        field(say("example"), choice([("", say("own_problem")), *known], "", id="example"), wide=True),
        el(
            "div", {"class": "pg-row"},
            button(say("open"), "open"),
            button(say("save"), "save"),
            el("details", {"class": "pg-menu", "id": "menu"}, el("summary", {}, say("copy")),
               el("div", {}, menu, button(say("link"), "link"))),
            button(say("undo"), "undo", disabled=True, aria_keyshortcuts="Control+Z"),
            button(say("redo"), "redo", disabled=True, aria_keyshortcuts="Control+Shift+Z"),
        ),
        el(
            "div", {"class": "pg-row pg-end"},
            field(say("theme"), choice(themes, "auto", id="theme")),
            field(say("language"), choice(codes, language, id="language")),
        ),
        el(
            "div", {"class": "pg-tabs", "role": "tablist", "aria-label": say("what")},
            [
                button(say(name), f"tab-{name}", role="tab", aria_selected="false",
                       aria_controls="pg-view" if name == "working" else f"panel-{name}")
                for name in TABS
            ],
        ),
    )  # fmt: skip


@cache
def _title(name: str) -> str:
    """The title of an example, without making a problem of it."""
    return str(tomllib.loads(examples.path(name).read_text(encoding="utf-8")).get("title", ""))


@cache
def _sets() -> tuple[list[str], list[str]]:
    """What there is to train on; nothing where numpy is not installed."""
    try:
        from chalkgrad.serve.made_sets import MADE
        from chalkgrad.training.readers import SETS
    except MissingExtra:
        return [], []
    return list(MADE), list(SETS)


def _train(say: Callable[..., str]) -> Element:
    made, real = _sets()
    sources = [
        ("own", say("own_samples")), ("table", say("from_file")),
        *([(say("made_sets"), plainly(made)), (say("real_sets"), plainly(real))] if made else []),
    ]  # fmt: skip
    hidden_able = [name for name, row in ACTIVATIONS.items() if not row.whole_layer]

    def typed(key: str, value: str, words: str, hint: str = "", **more: Any) -> Element:
        box = el("input", {"class": "pg-num", "value": value, "data-run": key, "placeholder": hint or None,
                           "autocomplete": "off"})  # fmt: skip
        return field(say(words), box, **more)

    of_set = [
        typed("hidden", "8", "hidden", say("hidden_hint")),
        field(
            say("activation"),
            choice(plainly(hidden_able), str(USUAL["activation"]), data_run="activation"),
        ),
        typed("rate", f"{usual_rate(str(USUAL['optimizer'])):g}", "eta"),
        typed("batch", str(BATCH_SIZE), "batch_size"),
        typed("seed", str(USUAL["seed"]), "seed"),
    ]
    of_table = [typed("target", "", "target_column", say("last_column")),
                button(say("choose_file"), "choose")]  # fmt: skip
    speeds = [(v, say(f"speed_{v}")) for v in _SPEEDS]
    facts = [
        el("div", {}, el("dt", {}, say(key)), el("dd", {"data-fact": key}))
        for key in ("loss", "updates", "passes", "score", "explained", "sizes")
    ]
    empty = {"preserveAspectRatio": "none", "viewBox": "0 0 1 1"}
    return el(
        "div", {"class": "pg-cards"},
        el(
            "section", {"class": "pg-card"},
            el("div", {"class": "pg-row"},
               field(say("data"), choice(sources, "own", data_run="source", id="source")),
               el("span", {"class": "pg-row", "id": "of-set", "hidden": True}, of_set),
               el("span", {"class": "pg-row", "id": "of-table", "hidden": True}, of_table)),
            el("div", {"class": "pg-row"},
               button(say("start"), "train-main", class_="pg-main"), button(say("step"), "train-step"),
               button(say("again"), "train-again"),
               field(say("speed"), choice(speeds, "100", id="speed")),
               button(say("this_step"), "train-working")),
            el("p", {"class": "pg-note", "role": "status", "id": "train-says"}),
            el("dl", {"class": "pg-facts"}, facts),
        ),
        el("figure", {"class": "pg-card pg-fig"}, el("figcaption", {}, say("curve")),
           el("div", {"class": "pg-plot"},
              el("svg", {**empty, "role": "img", "aria-label": say("curve")},
                 el("polyline", {"id": "curve", "class": "pg-curve",
                                 "vector-effect": "non-scaling-stroke"})),
              [el("span", {"class": f"pg-end{k}"}) for k in range(3)])),
        el("figure", {"class": "pg-card pg-fig", "id": "plane", "hidden": True},
           el("figcaption", {}, say("surface")),
           el("div", {"class": "pg-plot pg-square"},
              el("canvas", {"id": "surface", "role": "img", "aria-label": say("surface")}),
              el("svg", {**empty, "id": "dots", "aria-hidden": "true"}),
              [el("span", {"class": f"pg-side{k}"}) for k in range(4)])),
    )  # fmt: skip


def _quiz(language: str) -> Element:
    say = partial(label, language=language)
    boxes = [
        el("label", {"class": "pg-check"},
           el("input", {"type": "checkbox", "value": kind, "checked": kind in _FIRST_ASKED,
                        "data-ask": True}),
           named(KINDS[kind].words.partition(" of ")[0], language))
        for kind in ASKED
    ]  # fmt: skip
    return el(
        "div", {"class": "pg-cards"},
        el(
            "section", {"class": "pg-card"},
            el("p", {}, say("quiz_says")),
            el("fieldset", {"class": "pg-set"}, el("legend", {}, say("quiz_kinds")), boxes),
            el("div", {"class": "pg-row"}, button(say("quiz_start"), "quiz-start", class_="pg-main"),
               button(say("quiz_end"), "quiz-end", hidden=True)),
            el("p", {"class": "pg-note", "role": "status", "id": "quiz-score"}),
            el("ol", {"id": "quiz-rows", "aria-label": say("quiz")}),
        ),
    )  # fmt: skip


def _audit(say: Callable[..., str]) -> Element:
    return el(
        "div", {"class": "pg-cards"},
        el(
            "section", {"class": "pg-card"},
            el("p", {}, say("audit_says")),
            el("textarea", {"id": "notes", "rows": 8, "spellcheck": "false", "aria-label": say("notes")}),
            el("div", {"class": "pg-row"}, button(say("audit_run"), "audit-run", class_="pg-main"),
               el("label", {"class": "pg-check"}, el("input", {"type": "checkbox", "id": "audit-with"}),
                  say("audit_problem"))),
            el("div", {"id": "findings", "role": "region", "aria-live": "polite",
                       "aria-label": say("audit")}),
        ),
    )  # fmt: skip
