r"""A document as LaTeX that needs amsmath alone; drawings are TikZ where it is installed."""

from chalkgrad.rendering.latex.page import to_latex

__all__ = ["to_latex"]
