"""The view: what a page, an offline file and a widget show of a problem, and the module that draws it.

`make_view` gives the object of ``chalkgrad.view/1``; ``assets/view.js`` draws it and works nothing out.
"""

from chalkgrad.view.making import make_view, view_part, view_surface

__all__ = ["make_view", "view_part", "view_surface"]
