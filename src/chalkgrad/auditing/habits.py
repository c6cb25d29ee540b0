"""The habits of naming: how documents write indices and stages, and their words for each kind of quantity."""

from __future__ import annotations

import re

STAGE = re.compile(r"(?P<core>.+?),?\^?(?P<stage>new|New|updated|next|\+|old|Old|'new|'|\*)$")
NEURON = re.compile(
    r"(?P<letter>z|net|in|net_?in|a|out|act|o|delta|theta|s|u|v|h|H|b|error|E|sum|x|chi|x)?"
    r"(?P<layer>h|H|o|O|out|output|hidden|y|Y)(?P<number>\d*)(?:\.(?P<j>\d+))?(?P<final>final|out|act)?"
)
INDEXED = re.compile(
    r"(?P<letter>[A-Za-z]+?)(?P<low>\d*|i|j)(?:\^(?P<high>\(?\[?(?:\d+|L|l)\]?\)?))?"
)
LISTED = re.compile(r"(?P<letter>[A-Za-z]+)\[(?P<number>\d{1,4})\]")
SAMPLED = re.compile(r"(?P<core>.+)⟨(?P<sample>\d{1,5})⟩")
INPUTS = ("x", "i", "in", "input", "inp", "I")
TARGETS = (
    "t",
    "target",
    "y",
    "d",
    "ytrue",
    "truth",
    "label",
    "desired",
    "targetoutput",
    "desiredoutput",
)
NETS = ("z", "net", "s", "theta", "v", "u", "sum", "in", "Z", "S", "n", "netin", "a")
ACTS = ("a", "out", "o", "act", "A", "O", "h", "H", "x", "chi", "y", "output")
OUTPUT = (
    "yhat", "output", "predictedoutput", "prediction", "ypred", "yout", "aout", "out", "o", "predicted",
    "y'", "y^'", "pred", "finaloutput", "yhati", "y^hat", "y^out", "y^n", "ypredicted", "p", "actualoutput",
    "gammahat", "gamma^hat", "a",
)  # fmt: skip
LOSSES = (
    "e", "l", "j", "c", "loss", "error", "cost", "etotal", "totalerror", "mseloss", "mse", "totalloss", "bce",
    "sse", "bceloss", "errortotal", "lossfunction", "thetotalerror", "costfunction", "crossentropy", "q",
)  # fmt: skip
RATES = ("eta", "lr", "alpha", "learningrate", "rate")
CONSTANTS = {
    "mu": "momentum", "momentum": "momentum", "rho": "rho", "beta1": "beta1", "beta2": "beta2",
    "epsilon": "epsilon", "lambda": "weight_decay", "weightdecay": "weight_decay",
}  # fmt: skip


WHOLE_KINDS = {
    "W": "w", "w": "w", "b": "b", "z": "z", "net": "z", "theta": "z", "a": "a", "out": "a", "delta": "delta",
}  # fmt: skip
WHOLE = re.compile(
    r"(?P<letter>W|w|b|z|net|theta|a|out|delta)(?P<new>new)?\^?[(\[]?(?P<layer>\d)[)\]]?(?P<newer>new)?"
    r"|d\((?:E|L|J|C|Loss|loss)\)/d\((?P<below>W|w|b|z|net|a|out)\^?[(\[]?(?P<under>\d)[)\]]?\)"
)
