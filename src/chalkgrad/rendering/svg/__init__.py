"""SVG drawings: the network with its weights on the edges, and a curve over a count.

Inside a page the colours are the page's variables, so that a drawing follows day and night; on its
own (`to_svg`) it carries fixed ones. A drawing is as wide as it needs; where the room is narrower
it scrolls, so that its text can be read.
"""

from chalkgrad.rendering.svg.curve import curve_svg
from chalkgrad.rendering.svg.elements import legal
from chalkgrad.rendering.svg.file import to_svg
from chalkgrad.rendering.svg.network import diagram_svg

__all__ = ["curve_svg", "diagram_svg", "legal", "to_svg"]
