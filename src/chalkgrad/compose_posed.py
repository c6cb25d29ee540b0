"""What a problem gives, as it stands before a solution and on a worksheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.compose_diagram import diagram
from chalkgrad.compose_given import given
from chalkgrad.compose_outcome import notes
from chalkgrad.compose_voice import Voice, harmless
from chalkgrad.rendering.document import Part, Prose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.working import Working


def posed(working: Working) -> tuple[Part, ...]:
    """What a problem gives, and the conventions by which it is worked: all but the lines of its working."""
    voice = Voice(working)
    return (*opening(voice, whole=True), *notes(voice))


def opening(voice: Voice, *, whole: bool) -> Iterator[Part]:
    """What stands before the first line: the note, and of a whole working the network and what is given."""
    if voice.problem.note:
        yield Prose((harmless(voice.problem.note),))
    if whole:
        yield voice.heading(1, voice.say("network"))
        yield diagram(voice.problem, voice.speller, voice.language)
        yield from given(voice)
