"""What the README and docs/ say is so: blocks run, tables are current, links lead somewhere."""

from __future__ import annotations

import doctest
import importlib.util
import re
import sys
import tomllib
from pathlib import Path

import click
import pytest

from chalkgrad.cli import cli
from chalkgrad.problem import LIMITS
from chalkgrad.problem_file import loads
from chalkgrad.problem_reader import (
    ARITHMETIC_KEYS,
    KEYS,
    LAYER_KEYS,
    SAMPLE_KEYS,
    STOP_KEYS,
    TRAINING_KEYS,
)

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("docs_refresh", ROOT / "docs" / "refresh.py")
refresh = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = refresh
spec.loader.exec_module(refresh)

PAGES = {str(path.relative_to(ROOT)): path for path in refresh.pages()}
VERBS = sorted(cli.commands)
every_page = pytest.mark.parametrize("page", PAGES)
every_verb = pytest.mark.parametrize("verb", VERBS)

# What a fragment of a problem file leaves out, so that it can be read as one.
LAYERS = """
[[layer]]
weights = [[0.15, 0.20], [0.25, 0.30]]
activation = "sigmoid"
[[layer]]
weights = [[0.40, 0.45], [0.50, 0.55]]
activation = "sigmoid"
"""
SAMPLE = "\n[[sample]]\ninput = [0.05, 0.10]\ntarget = [0.01, 0.99]\n"


@every_page
def test_blocks_of_a_page_run_and_say_what_is_printed(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shell, space = refresh.Shell(), {"__name__": "__main__"}
    for block in refresh.blocks(PAGES[page].read_text(encoding="utf-8")):
        where = f"{page}:{block.line}"
        if block.file:
            Path(block.file).write_text(block.text, encoding="utf-8")
        if block.language == "console":
            for command, expected in refresh.commands(block.text):
                got = shell.run(command)
                assert refresh.fits(expected, got), (
                    f"{where}: $ {command}\n{got}\nstale? python docs/refresh.py"
                )
        elif block.language == "python" and ">>>" in block.text:
            test = doctest.DocTestParser().get_doctest(block.text, space, where, page, block.line)
            assert not doctest.DocTestRunner().run(test, clear_globs=False).failed, where
            space = test.globs
        elif block.language == "python":
            exec(compile("\n" * (block.line - 1) + block.text, page, "exec"), space)
        elif block.language == "toml":
            read_fragment(block.text)
        else:
            assert block.language in ("sh", "text"), f"{where}: nothing runs {block.language}"


def read_fragment(text):
    data = tomllib.loads(text)
    text += "" if "layer" in data else LAYERS
    text += "" if "sample" in data else SAMPLE
    loads(text, "fragment")


@every_page
def test_tables_of_a_page_are_current(page):
    text = PAGES[page].read_text(encoding="utf-8")
    assert text == refresh.tabulated(text), "python docs/refresh.py makes them anew"


@every_page
def test_links_of_a_page_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(PAGES[page])):
        if target.startswith(("http://", "https://")):
            continue
        file, _, anchor = target.partition("#")
        path = (PAGES[page].parent / file).resolve() if file else PAGES[page]
        assert path.is_file(), f"{page}: {target}"
        assert not anchor or anchor in anchors(path), f"{page}: {target}"


def prose(path):
    """A page without its fenced blocks and the code within its lines."""
    text = re.sub(
        r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(path):
    """The anchors that GitHub gives to the headings of a page."""
    text = re.sub(
        r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    headings = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_of_docs_can_be_reached_from_the_index():
    index = prose(ROOT / "docs/index.md")
    missing = [
        page for page in PAGES
        if page.startswith("docs/") and page != "docs/index.md" and f"({page[5:]})" not in index
    ]  # fmt: skip
    assert missing == []


# ---------------------------------------------------------------- verbs
def options_of(verb):
    command = cli.commands[verb]
    found = (name for p in command.get_params(click.Context(command)) for name in p.opts)
    return [name for name in found if name.startswith("-")]


@every_verb
def test_a_verb_has_a_page_that_names_all_its_options(verb):
    text = (ROOT / "docs" / f"{verb}.md").read_text(encoding="utf-8")
    missing = [name for name in options_of(verb) if f"`{name}" not in text]
    assert set(missing) <= {"-h", "--help"}
    assert f"chalkgrad {verb}" in text


@every_verb
def test_a_page_names_only_options_that_a_verb_has(verb):
    text = (ROOT / "docs" / f"{verb}.md").read_text(encoding="utf-8")
    options = {name for known in VERBS for name in options_of(known)}
    text = re.sub(r"torchrun --[a-z-]+", "torchrun", text)  # that program's own
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)) - options == set()


@every_verb
def test_the_readme_links_the_page_of_a_verb(verb):
    assert f"[`{verb}`](docs/{verb}.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "verb", [verb for verb in VERBS if verb != "serve"]
)  # it runs until Ctrl-C
def test_the_examples_in_the_help_of_a_verb_run(verb, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shell = refresh.Shell()
    lines = shell.run(f"chalkgrad {verb} --help").splitlines()
    examples = [line.strip() for line in lines if line.strip().startswith("chalkgrad ")]
    assert examples
    for command in examples:
        said = shell.run(command)
        assert shell.code == 0, f"{command}\n{said}"


# ---------------------------------------------------------------- contributing
def test_files_and_tables_that_contributing_names_are_there():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:src|docs|tests)/[^`]+)`", text)
    assert [path for path in named if not (ROOT / path).exists()] == []
    tables = re.findall(r"`([A-Z]+)` in `(src/[^`]+)`", text)
    assert tables
    for name, path in tables:
        assert re.search(rf"^{name}\b", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE), (
            name
        )


# ---------------------------------------------------------------- the problem file
def test_the_page_of_the_problem_file_names_every_key_and_limit():
    text = (ROOT / "docs/problem-file.md").read_text(encoding="utf-8")
    keys = (*KEYS, *LAYER_KEYS, *TRAINING_KEYS, *STOP_KEYS, *ARITHMETIC_KEYS, *SAMPLE_KEYS, *LIMITS)
    assert [key for key in keys if f"| `{key}` |" not in text] == []


@pytest.mark.parametrize(
    ("expected", "got", "fit"),
    [
        ("a\n", "a\n", True),
        ("a\n", "a\nb\n", False),
        ("a\n...\n", "a\nb\nc\n", True),
        ("...\nb\n", "b\n", True),
        ("a\n...\nd\n", "a\nb\n", False),
        ("a.c\n", "abc\n", False),
    ],
)
def test_a_line_of_three_dots_stands_for_any_lines(expected, got, fit):
    assert refresh.fits(expected, got) is fit
