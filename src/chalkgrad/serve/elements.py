"""Elements of a page as plain tuples, so that they can be sent as JSON and written as HTML alike.

An element is ``(tag, attributes, child, ...)``; a child is an element, a text, or None for nothing. Texts are
texts: what comes from users is escaped here, and appended as a text by the page.
"""

from __future__ import annotations

from html import escape
from typing import Any, TypeAlias

from chalkgrad.sentences import named

Element: TypeAlias = "tuple[Any, ...]"
_VOID = frozenset({"input", "meta", "link", "img", "br"})


def el(tag: str, attributes: dict[str, Any] | None = None, *kids: Any) -> Element:
    """An element; attributes that are None or False are left out, True stands alone.

    >>> el("b", {"id": "x", "hidden": False}, "a < b", None)
    ('b', {'id': 'x'}, 'a < b')
    """
    kept = {
        k: "" if v is True else str(v)
        for k, v in (attributes or {}).items()
        if v not in (None, False)
    }
    flat: list[Any] = []
    for kid in kids:
        if isinstance(kid, list):
            flat += kid
        else:
            flat.append(kid)
    return (tag, kept, *(kid for kid in flat if kid not in (None, False, "")))


def to_html(node: Element | str) -> str:
    """An element as HTML.

    >>> to_html(el("p", {"title": '"'}, "a < b"))
    '<p title="&quot;">a &lt; b</p>'
    """
    if isinstance(node, str):
        return escape(node)
    tag, attributes, *kids = node
    written = "".join(f' {k}="{escape(v)}"' if v else f" {k}" for k, v in attributes.items())
    if tag in _VOID:
        return f"<{tag}{written}>"
    return f"<{tag}{written}>{''.join(map(to_html, kids))}</{tag}>"


# ---------------------------------------------------------------- parts of forms
def field(label: str, control: Element, **attributes: Any) -> Element:
    """A control under its label."""
    wide = " pg-wide" if attributes.pop("wide", False) else ""
    return el("label", {"class": f"pg-field{wide}", **attributes}, el("span", {}, label), control)


def button(text: str, name: str = "", **attributes: Any) -> Element:
    """A button; `name` is its id."""
    made = {key.replace("_", "-").strip("-"): value for key, value in attributes.items()}
    return el("button", {"type": "button", "id": name or None, **made}, text)


def choice(options: list[tuple[str, Any]], value: str, **attributes: Any) -> Element:
    """A list to choose from: pairs of value and words, or of words and such pairs for a group."""
    made = {key.replace("_", "-").strip("-"): v for key, v in attributes.items()}

    def option(of: str, words: str) -> Element:
        return el("option", {"value": of, "selected": of == value}, words)

    return el(
        "select", made,
        [
            el("optgroup", {"label": of}, [option(*pair) for pair in words])
            if isinstance(words, list)
            else option(of, words)
            for of, words in options
        ],
    )  # fmt: skip


def plainly(names: Any, language: str = "en") -> list[tuple[str, str]]:
    """Names of a table as options.

    >>> plainly(["leaky_relu"]), plainly(["cross_entropy"], "de")
    ([('leaky_relu', 'leaky relu')], [('cross_entropy', 'Kreuzentropie')])
    """
    return [(name, named(name.replace("_", " "), language)) for name in names]
