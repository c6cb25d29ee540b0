"""A working as a neutral document: all order and wording of the worked solution."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.boxes import Number, asciify, to_plain
from chalkgrad.compose_diagram import diagram
from chalkgrad.losses import LOSSES
from chalkgrad.notation import KINDS, Symbol
from chalkgrad.rendering.document import (
    Curve,
    Document,
    Equation,
    Equations,
    Heading,
    Inline,
    Note,
    Part,
    Prose,
    Table,
)  # fmt: skip
from chalkgrad.rounding import Digits, as_given, plain, write
from chalkgrad.sentences import named, say
from chalkgrad.typesetting import numeral, typeset, unrepeated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.boxes import Box
    from chalkgrad.notation import Speller
    from chalkgrad.plan import Group
    from chalkgrad.working import Iteration, Step, Working

MOST_GIVEN = 400
"""Parameters that are listed one by one; a larger network is described by its sizes."""
MOST_LOSSES = 12
"""Rows of the table of losses."""


def compose(working: Working, *, agreement: bool = False) -> Document:
    """The document of a working, in its language.

    Args:
        working: what was worked.
        agreement: whether to add the comparison of every gradient with central differences.
    """
    return _Composer(working).document(agreement=agreement)


def about(working: Working) -> str:
    """The line under the title of a working: sizes, activations and conventions."""
    return _Composer(working).about()


class _Composer:
    """Composes one working; holds only what every part needs."""

    def __init__(self, working: Working) -> None:
        self.working, self.language = working, working.language
        self.problem = working.problem
        self.training = working.problem.training
        self.speller: Speller = working.problem.speller(working.notation)
        self.anchors: set[str] = set()
        self.any_marked = False

    def document(self, *, agreement: bool) -> Document:
        working, problem = self.working, self.problem
        parts: list[Part] = []
        if problem.note:
            parts.append(Prose((harmless(problem.note),)))
        if not working.only:
            parts.append(self.heading(1, self.say("network")))
            parts.append(diagram(problem, self.speller, self.language))
            parts += self.given()
        several = len(working.losses) > 2 or working.updates > 1
        for iteration in working.iterations:
            if not any(working.chosen(step, iteration.number) for step in iteration.steps()):
                continue
            if several:
                parts.append(self.heading(1, self.say("iteration", k=iteration.number)))
            parts += self.iteration(iteration, 2 if several else 1)
        parts += self.summary()
        if agreement:
            parts += self.agreement()
        parts += self.notes()
        title = harmless(problem.title) or self.say("untitled")
        return Document(title, self.about(), tuple(parts), self.language)

    def say(self, key: str, **slots: object) -> str:
        """A sentence in the language of the working."""
        return say(key, self.language, **slots)

    def number(self, text: str) -> Box:
        """A written number, or the word for none."""
        return numeral(text, self.language)

    def called(self, name: str) -> str:
        """What a row of a table is called."""
        return named(name.replace("_", " "), self.language)

    def heading(self, level: int, text: str) -> Heading:
        """A heading with an anchor of its own."""
        letters = asciify(text.lower())
        stem = "".join(c if c.isalnum() else "-" for c in letters).strip("-")
        anchor, n = stem, 1
        while anchor in self.anchors:
            n += 1
            anchor = f"{stem}-{n}"
        self.anchors.add(anchor)
        return Heading(level, text, anchor)

    # ---------------------------------------------------------------- what is given
    def about(self) -> str:
        """The line under the title: sizes, activations and conventions."""
        t, policy = self.training, self.working.policy
        sizes = "-".join(map(str, self.problem.sizes))
        names = list(dict.fromkeys(layer.activation.name for layer in self.problem.layers))
        said = [sizes, ", ".join(names)]
        if t.loss.name in LOSSES:
            said.append(
                self.say(
                    "about_loss",
                    loss=self.called(t.loss.name),
                    over_outputs=self.called(t.over_outputs),
                )
            )
        if len(self.problem.samples) > 1 and t.mode == "batch":
            said.append(self.say("about_over_samples", over_samples=self.called(t.over_samples)))
        if self.problem.updates:
            if t.optimizer.name != "sgd":
                said.append(t.optimizer.name)
            rate = Symbol("lr", (), 0)
            said.append(
                self.say("about_rate", rate=self.working.text_of(rate, t.learning_rate or 0.0))
            )
            if not t.train_biases and any(layer.bias is not None for layer in self.problem.layers):
                said.append(self.say("about_frozen"))
            if t.update_order == "in_place":
                said.append(self.say("about_in_place"))
            if t.mode == "online":
                said.append(self.say("about_online"))
        mixed = any(digits.carried is not None for _, digits in policy.by_name)
        mode = self.say("mixed") if mixed else self.called(policy.mode)
        said.append(self.say("about_policy", mode=mode, digits=policy.digits.said(self.language)))
        return " · ".join(said)

    def given(self) -> Iterator[Part]:
        yield self.heading(1, self.say("given"))
        plan, problem = self.working.plan, self.problem
        yield from self.samples()
        if problem.weight_count > MOST_GIVEN:
            return
        for number, layer in enumerate(problem.layers, 1):
            ws = [
                Symbol("w", (number, j + 1, i + 1))
                for j, row in enumerate(layer.weights)
                for i in range(len(row))
            ]
            yield Prose(self.listed(self.say("weights", layer=number), ws))
            if layer.bias is not None:
                shared = f" ({self.say('shared')})" if layer.shares_bias else ""
                bs = (
                    [Symbol("b", (number,))]
                    if layer.shares_bias
                    else [Symbol("b", (number, j + 1)) for j in range(len(layer.weights))]
                )
                yield Prose(self.listed(self.say("bias", layer=number) + shared, bs))
        constants = [
            Symbol(kind, (), 0)
            for kind in KINDS
            if KINDS[kind].constant
            and KINDS[kind].sizes == (0,)
            and problem.updates
            and plan.constant(Symbol(kind, (), 0)) is not None
            and (kind != "weight_decay" or plan.constant(Symbol(kind, (), 0)))
        ]
        if constants:
            yield Prose(self.listed(self.say("constants"), constants))

    def samples(self) -> Iterator[Part]:
        """Inputs and targets: as lines for one sample, as a table for several."""
        samples = self.problem.samples
        xs = [Symbol("x", (i + 1,), 0, 1) for i in range(len(samples[0].input))]
        ts = [Symbol("t", (j + 1,), 0, 1) for j in range(len(samples[0].target))]
        if len(xs) + len(ts) > MOST_GIVEN or len(samples) > MOST_GIVEN:
            return
        if len(samples) == 1:
            yield Prose(self.listed(self.say("inputs"), xs))
            if ts:
                yield Prose(self.listed(self.say("targets"), ts))
            return
        names: list[Inline] = [(self.speller(s, s),) for s in (*xs, *ts)]
        header = ((self.say("sample_number"),), *names)
        rows: list[tuple[Inline, ...]] = []
        for n, sample in enumerate(samples, 1):
            numbers = (self.number(_written(v)) for v in (*sample.input, *sample.target))
            rows.append(((str(n),), *((number,) for number in numbers)))
        yield Table(header, tuple(rows), (True,) * len(header))

    def listed(self, words: str, symbols: list[Symbol]) -> Inline:
        """``Weights of layer 1: w1 = 0.15, w2 = 0.20``."""
        line: list[str | Box] = [f"{words}: "]
        for symbol in symbols:
            value = self.working.plan.constant(symbol)
            text = self.working.text_of(symbol, float(value or 0.0))
            line += [", "] if len(line) > 1 else []
            line += [
                self.speller(symbol, symbol._replace(sample=max(symbol.sample, 1))),
                " = ",
                self.number(text),
            ]
        return tuple(line)

    # ---------------------------------------------------------------- the working
    def iteration(self, iteration: Iteration, level: int) -> Iterator[Part]:
        samples = {g.sample for g, _, _ in iteration.groups if g.phase == "forward"}
        last: tuple[str, int] | None = None
        sample = 0
        for group, worked, aside in iteration.groups:
            steps = list(worked)
            if self.working.only:
                steps = [s for s in (*worked, *aside) if self.working.chosen(s, iteration.number)]
            if not steps:
                continue
            layer = 0 if group.phase == "forward" else group.layer
            if (group.phase, layer) != last or (
                group.phase == "forward" and group.sample != sample
            ):
                if (group.phase, layer) != last:
                    yield self.heading(level, self.title(group))
                    yield from self.explanation(group)
                    sample = 0
                last = (group.phase, layer)
            if len(samples) > 1 and group.sample and group.sample != sample:
                sample = group.sample
                yield self.heading(3, self.say("sample", s=sample).capitalize())
            if self.working.style == "matrix" and not self.working.only:
                from chalkgrad.compose_matrix import matrix_equations  # one style of three

                yield Equations(matrix_equations(self.working, group, worked, aside, self.speller))
                self.any_marked |= any(s.marked for s in worked)
                continue
            yield Equations(tuple(self.equation(step, group.sample) for step in steps))

    def title(self, group: Group) -> str:
        """The heading of a group."""
        if group.phase == "backward" and group.layer == len(self.problem.layers):
            return self.say("backward_output")
        return self.say(group.phase, layer=group.layer)

    def explanation(self, group: Group) -> Iterator[Part]:
        """What is to be known before the lines of a group, said once a heading."""
        if group.phase != "backward" or self.working.only:
            return
        t, depth = self.training, len(self.problem.layers)
        which = "output" if group.layer == depth else "hidden"
        key = f"{self.working.style}_{which}"
        yield Prose((self.say(key, layer=group.layer, next=group.layer + 1),))
        if group.layer == depth and self.problem.pairing:
            activation = self.problem.layers[-1].activation.name
            yield Prose((self.say("paired", activation=activation, loss=self.called(t.loss.name)),))

    def equation(self, step: Step, sample: int) -> Equation:
        """A step as an equation: rule, formula, numbers, value; what would repeat itself is left out.

        The left side names its sample where the group is not about that sample.
        """
        symbol = step.symbol

        def spell(s: Symbol) -> Box:
            return self.speller(s, symbol)

        boxes: list[Box] = []
        definition, most = step.definition, self.working.most_terms
        if definition.rule:
            boxes.append(typeset(definition.rule, spell, most, self.language))
        numbers = step.with_numbers(definition.formula)
        boxes.append(typeset(definition.formula, spell, most, self.language))
        boxes.append(typeset(numbers, spell, most, self.language))
        boxes.append(self.number(step.text))
        self.any_marked |= step.marked
        left = self.speller(symbol, symbol._replace(sample=sample))
        return Equation(str(symbol), left, unrepeated(boxes), step.marked)

    # ---------------------------------------------------------------- what became of it
    def summary(self) -> Iterator[Part]:
        working = self.working
        losses = working.losses
        if not losses or not working.problem.updates or working.only:
            return
        symbol = Symbol("loss")
        digits = working.policy.digits_for("loss", str(symbol))
        written = [write(loss, digits) for loss in (losses[0], losses[-1])]
        if working.updates == 1:
            yield Prose((self.say("before_after", before=written[0], after=written[1]),))
            return
        yield self.heading(1, self.say("summary"))
        key = "before_after_many" if losses[-1] < losses[0] else "rises"
        if self.training.mode == "online" and len(working.problem.samples) > 1:
            key = "online_losses"
        yield Prose((self.say(key, before=written[0], after=written[1], updates=working.updates),))
        stop = self.training.stop
        if working.stopped:
            bound = plain(float(getattr(stop, working.stopped)))
            yield Prose(
                (self.say(f"stopped_{working.stopped}", updates=working.updates, bound=bound),)
            )
        elif stop:
            yield Prose((self.say("not_stopped", updates=working.updates),))
        shown = [iteration.number for iteration in working.iterations]
        if len(shown) < working.updates:
            listed = ", ".join(map(str, shown)) or self.say("none")
            yield Note((self.say("not_all", shown=listed, count=working.updates),))
        at = _spread(len(losses), MOST_LOSSES)
        rows = tuple(((str(k),), (self.number(write(losses[k], digits)),)) for k in at)
        yield Table(((self.say("k"),), (self.say("losses"),)), rows, (True, True))
        positive = [loss for loss in losses if 0 < loss < float("inf")]
        logarithmic = (
            bool(positive) and max(positive) > 30 * min(positive) and len(positive) == len(losses)
        )
        keep = _spread(len(losses), 400)
        yield Curve(
            tuple(keep), tuple(losses[k] for k in keep), self.say("k"), self.say("loss"), logarithmic,
            self.say("alt_curve", updates=working.updates, before=written[0], after=written[1]),
        )  # fmt: skip
        if len(working.final) <= MOST_GIVEN:
            yield self.heading(1, self.say("final"))
            line: list[str | Box] = []
            for symbol, value in working.final.items():
                if symbol.kind in ("w", "b"):
                    line += [", "] if line else []
                    text = working.text_of(symbol, value)
                    line += [self.speller(symbol, symbol), " = ", self.number(text)]
            yield Prose(tuple(line))

    def agreement(self) -> Iterator[Part]:
        from chalkgrad.agreement import agreement

        result = agreement(self.problem, self.working.style)
        if not result.rows:
            return
        yield self.heading(1, self.say("agreement"))
        worst = to_plain(Number(write(result.worst, Digits("significant", 2))))
        yield Prose((self.say("agreement_says", worst=worst),))
        if self.training.update_order == "in_place" and self.problem.updates:
            yield Note((self.say("agreement_in_place"),))
        if result.kinks:
            names = ", ".join(s.bare for s in result.kinks)
            yield Note((self.say("agreement_kink", names=names),), "warning")
        six = Digits("significant", 8)
        rows = tuple(
            (
                (self.speller(row.symbol, row.symbol),),
                (self.number(write(row.gradient, six)),),
                (self.number(write(row.difference, six)),),
                (self.number(write(row.relative, Digits("significant", 2))),),
            )
            for row in result.rows
        )
        header = tuple((self.say(key),) for key in ("quantity", "value", "difference", "relative"))
        yield Table(header, rows, (False, True, True, True))

    def notes(self) -> Iterator[Part]:
        t, policy, problem = self.training, self.working.policy, self.problem
        text = self.say(policy.mode, digits=policy.digits.said(self.language))
        if policy.by_name:
            text += " " + self.say("by_name")
        yield Note((text,))
        if self.any_marked:
            yield Note((self.say("marked"),))
        biased = any(layer.bias is not None for layer in problem.layers)
        if problem.updates and not t.train_biases and biased:
            yield Note((self.say("frozen"),))
        if t.bias_input == -1 and biased:
            yield Note((self.say("thresholds"),))
        if problem.updates and t.update_order == "in_place":
            yield Note((self.say("in_place"),))
        if t.mode == "online":
            yield Note((self.say("online"),))
        kinks = [ACTIVATIONS[layer.activation.name].kink for layer in problem.layers]
        if t.loss.name in LOSSES:
            kinks.append(LOSSES[t.loss.name].kink)
        for kink in dict.fromkeys(filter(None, kinks)):
            yield Note((named(kink, self.language),))


def harmless(text: str) -> str:
    """Words of a file without characters that act on a terminal or turn the direction of writing.

    >>> harmless("a\\x1b[31mb\\u202ec\\nd")
    'a[31mbc d'
    """
    spaced = " ".join(text.split())
    return "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))


def _written(value: float) -> str:
    return as_given(value)


def _spread(n: int, most: int) -> list[int]:
    """At most `most` numbers below n, the first and the last among them, evenly spread."""
    if n <= most:
        return list(range(n))
    return sorted({round(k * (n - 1) / (most - 1)) for k in range(most)})
