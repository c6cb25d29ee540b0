"""From the oracle's networks to problems of the library."""

from __future__ import annotations

from chalkgrad import Choice, Layer, Policy, Problem, Sample, Training


def as_problem(net, *, policy: Policy | None = None, **training) -> Problem:
    layers = tuple(
        Layer(
            tuple(map(tuple, rows)),
            tuple(bias) if isinstance(bias, list) else bias,
            Choice(name, dict(p)),
        )
        for rows, bias, (name, p) in zip(net["W"], net["B"], net["act"], strict=True)
    )
    name, p = net["loss"]
    return Problem(
        layers,
        tuple(Sample(tuple(x), tuple(t)) for x, t in net["samples"]),
        Training(
            loss=Choice(name, dict(p)),
            over_outputs=net["over_outputs"],
            over_samples=net["over_samples"],
            bias_input=net["bias_input"],
            **training,
        ),
        policy or Policy(),
    )
