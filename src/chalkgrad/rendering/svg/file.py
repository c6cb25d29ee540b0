"""A drawing as a file of its own."""

from __future__ import annotations

from html import escape

from chalkgrad.rendering.document import Curve, Diagram
from chalkgrad.rendering.svg.curve import curve_svg
from chalkgrad.rendering.svg.elements import DAY, legal
from chalkgrad.rendering.svg.network import diagram_svg


def to_svg(part: Diagram | Curve) -> str:
    """A drawing as a file of its own, in the colours of the day, on white."""
    svg = diagram_svg(part, DAY) if isinstance(part, Diagram) else curve_svg(part, DAY)
    head, _, body = svg.partition(">")
    head = head.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    ground = f'<rect width="100%" height="100%" fill="{DAY.card}"/>'
    return legal(f"{head}><title>{escape(part.alt)}</title>{ground}{body}\n")
