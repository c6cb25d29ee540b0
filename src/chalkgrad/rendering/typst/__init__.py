"""A document as Typst, for print: A4 or letter, with the drawing, tagged and with words for what is drawn."""

from chalkgrad.rendering.typst.page import PAPERS, Sheet, to_typst_page

__all__ = ["PAPERS", "Sheet", "to_typst_page"]
