"""The JSON of solve: keys, names, digits, what --only and --work choose."""

from __future__ import annotations

import json
import re

import pytest


def test_json_has_the_keys_of_the_contract(cg):
    code, out, _ = cg("solve", "mazur", "--json")
    made = json.loads(out)
    assert code == 0
    assert made["schema"] == "chalkgrad.solve/1"
    assert {"schema", "policy", "quantities", "losses"} <= set(made)
    assert len(made["losses"]) == 2
    for quantity in made["quantities"]:
        assert {
            "name",
            "iteration",
            "sample",
            "tex",
            "formula",
            "substituted",
            "value",
            "shown",
        } <= set(quantity)
        assert not re.match(r"(it|s)\d+\.", quantity["name"])
    by_name = {q["name"]: q for q in made["quantities"]}
    assert by_name["z[1][1]"]["value"] == 0.3775
    assert by_name["z[1][1]"]["shown"] == "0.3775"
    assert (by_name["z[1][1]"]["iteration"], by_name["z[1][1]"]["sample"]) == (1, 1)
    assert by_name["z[1][1]"]["formula"] == "w[1][1,1] * x[1] + w[1][1,2] * x[2] + b[1]"
    assert by_name["z[1][1]"]["substituted"] == "0.15 * 0.05 + 0.20 * 0.10 + 0.35"
    assert by_name["loss"]["sample"] is None
    assert by_name["grad_w[1][1,1]"]["sample"] is None


def test_json_names_every_quantity_of_the_vocabulary_once(cg):
    made = json.loads(cg("solve", "mazur", "--json")[1])
    names = [(q["name"], q["iteration"], q["sample"]) for q in made["quantities"]]
    assert len(set(names)) == len(names)
    kinds = {name.partition("[")[0] for name, _, _ in names}
    assert kinds == {
        "z", "a", "loss", "error", "grad_a", "da_dz", "delta", "grad_w", "grad_b", "new_w", "new_b", "step_w", "step_b",
    }  # fmt: skip


def test_json_of_a_batch_says_which_sample_and_null_for_the_batch(cg):
    made = json.loads(cg("solve", "tanh-batch", "--json")[1])
    samples = {}
    for q in made["quantities"]:
        samples.setdefault(q["name"].partition("[")[0], set()).add(q["sample"])
    assert samples["z"] == samples["delta"] == samples["error"] == {1, 2, 3}
    assert samples["grad_w"] == samples["grad_b"] == samples["loss"] == {None, 1, 2, 3}
    assert samples["new_w"] == {None}


def test_losses_are_complete_whatever_is_shown(cg):
    made = json.loads(
        cg(
            "solve",
            "mazur",
            "--json",
            "--iterations",
            "10000",
            "--only",
            "loss",
            "--policy",
            "exact",
        )[1]
    )
    assert len(made["losses"]) == 10_001
    assert {(q["name"], q["iteration"]) for q in made["quantities"]} == {
        ("loss", k) for k in (1, 2, 10_000)
    }
    assert made["losses"][10_000] == pytest.approx(3.510187782978859e-05, rel=1e-12)
    assert made["losses"][0] == made["quantities"][0]["value"]


def test_infinite_values_are_null_and_their_text_says_which(cg, tmp_path):
    file = tmp_path / "hot.toml"
    file.write_text(
        "[[layer]]\nweights = [[800]]\nactivation = 'sigmoid'\n[training]\nloss = 'binary_cross_entropy'\n"
        "[[sample]]\ninput = [1]\ntarget = [0]\n"
    )
    code, out, err = cg("solve", file, "--json", "--verify")
    made = {q["name"]: q for q in json.loads(out, parse_constant=pytest.fail)["quantities"]}
    assert code == 0, err
    assert (made["grad_a[1][1]"]["value"], made["grad_a[1][1]"]["shown"]) == (None, "inf")
    assert (made["loss"]["value"], made["delta[1][1]"]["value"]) == (800.0, 1.0)


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (["z[1][1]"], {"z[1][1]"}),
        (["net_h1"], {"z[1][1]"}),
        (["net_*"], {"z[1][1]", "z[1][2]", "z[2][1]", "z[2][2]"}),
        (["delta*"], {"delta[1][1]", "delta[1][2]", "delta[2][1]", "delta[2][2]"}),
        (
            ["*[1][1]", "loss"],
            {"z[1][1]", "a[1][1]", "grad_a[1][1]", "da_dz[1][1]", "delta[1][1]", "loss"},
        ),
        (["grad_w[2][*,1]"], {"grad_w[2][1,1]", "grad_w[2][2,1]"}),
        (["grad_b[1][2]"], {"grad_b[1]"}),
        (["grad_w5"], set()),
    ],
)
def test_only_shortens_the_quantities_to_what_is_asked(cg, patterns, names):
    argv = ["solve", "mazur", "--json"]
    for pattern in patterns:
        argv += ["--only", pattern]
    code, out, err = cg(*argv)
    if not names:
        assert (code, out) == (2, "")
        return
    assert code == 0, err
    assert {q["name"] for q in json.loads(out)["quantities"]} == names


def test_only_with_a_prefix_means_that_iteration_or_sample(cg):
    made = json.loads(cg("solve", "single-neuron", "--json", "--only", "it2.z[1][1]")[1])
    assert [(q["name"], q["iteration"]) for q in made["quantities"]] == [("z[1][1]", 2)]
    made = json.loads(cg("solve", "tanh-batch", "--json", "--only", "s3.z[1][1]")[1])
    assert [(q["name"], q["sample"]) for q in made["quantities"]] == [("z[1][1]", 3)]
    made = json.loads(cg("solve", "tanh-batch", "--json", "--only", "z[1][1]")[1])
    assert [q["sample"] for q in made["quantities"]] == [1, 2, 3]


def test_work_chooses_the_iterations_in_full(cg):
    made = json.loads(
        cg(
            "solve",
            "mazur",
            "--json",
            "--iterations",
            "300",
            "--work",
            "7,3,300,7",
            "--only",
            "z[1][1]",
        )[1]
    )
    assert [q["iteration"] for q in made["quantities"]] == [3, 7, 300]
    assert len(made["losses"]) == 301


def test_many_iterations_are_worked_the_first_two_and_the_last(cg):
    made = json.loads(cg("solve", "mazur", "--json", "--iterations", "500")[1])
    assert {q["iteration"] for q in made["quantities"]} == {1, 2, 500}
    made = json.loads(cg("solve", "momentum", "--json")[1])
    assert {q["iteration"] for q in made["quantities"]} == {1, 2, 3}


def test_digits_and_policy_of_the_command_win(cg):
    shown = lambda *more: {
        q["name"]: (q["shown"], q["value"])
        for q in json.loads(cg("solve", "two-two-one", "--json", *more)[1])["quantities"]
    }
    assert shown()["a[2][1]"] == ("0.7514", 0.7514)
    assert shown("--policy", "exact")["a[2][1]"][0] == "0.7514"
    assert shown("--policy", "exact")["a[2][1]"][1] == pytest.approx(0.7513650696, abs=1e-10)
    assert shown("--policy", "exact", "--significant", "9")["a[2][1]"][0] == "0.751365070"
    assert shown("--decimals", "2")["a[2][1]"] == ("0.75", 0.75)


def test_the_policy_is_named_in_every_output(cg):
    for format_ in ("text", "markdown", "latex", "html", "notebook"):
        assert "exact arithmetic" in cg("solve", "softmax", "--format", format_)[1], format_
        assert (
            "carried arithmetic"
            in cg("solve", "softmax", "--policy", "carried", "--format", format_)[1]
        ), format_
    assert json.loads(cg("solve", "softmax", "--json")[1])["policy"]["mode"] == "exact"


def test_verify_says_so_on_stderr_and_compares_with_differences(cg):
    code, out, err = cg("solve", "mazur", "--verify")
    assert code == 0
    assert re.fullmatch(r"verified: \d+ lines of working keep every rule\n", err)
    assert "Agreement with central differences" in out
    made = json.loads(cg("solve", "mazur", "--verify", "--json")[1])
    assert made["agreement"]["worst"] < 1e-7
    assert len(made["agreement"]["gradients"]) == 10
