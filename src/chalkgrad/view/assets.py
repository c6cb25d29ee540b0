"""The module, the style sheet and the font of the view, as they are shipped."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from importlib.resources import files

from chalkgrad.sentences import ENGLISH, table

_OTHERS = (
    "iteration", "k", "legend_bias", "legend_negative", "legend_positive", "legend_width",
    "page_auto", "page_dark", "page_light", "page_mark", "page_theme", "phase_backward",
    "phase_forward", "phase_update", "undefined", "value", "what_loss", "what_w",
)  # fmt: skip
"""Sentences that the view shares with the static page."""


@cache
def script() -> str:
    """The view as one ES module: ``export default { render({ model, el }) }``."""
    return _asset("chalkgrad.view", "view.js")


@cache
def offline_script() -> str:
    """What follows the module in an offline file, and mounts it there."""
    return _asset("chalkgrad.view", "offline.js")


@cache
def style() -> str:
    """The style sheet, with the tokens of colour; without the font."""
    return _asset("chalkgrad.rendering", "tokens.css") + _asset("chalkgrad.view", "view.css")


@cache
def font_bytes() -> bytes:
    """The font for mathematics and numbers, WOFF2."""
    return files("chalkgrad.rendering").joinpath("assets/stix-two-math-subset.woff2").read_bytes()


@cache
def font_face() -> str:
    """The font as a rule that holds it whole, so that nothing is loaded."""
    data = b64encode(font_bytes()).decode("ascii")
    return (
        '@font-face { font-family: "CG Math"; font-display: swap;'
        f' src: url("data:font/woff2;base64,{data}") format("woff2"); }}\n'
    )


def words(language: str = "en") -> dict[str, str]:
    """What the view says, by key, with its slots open: ``{n} more``.

    >>> words()["ui_more"]
    'and {n} more'
    """
    said = table(language)
    keys = [key for key in ENGLISH if key.startswith("ui_")] + list(_OTHERS)
    return {key: said.get(key, ENGLISH[key]) for key in keys}


def _asset(package: str, name: str) -> str:
    return files(package).joinpath(f"assets/{name}").read_text(encoding="utf-8")
