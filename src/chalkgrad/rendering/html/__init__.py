"""HTML: a document as one file that needs neither network nor scripts, or as a notebook's fragment.

The file carries its style sheet and its font; a policy in its head forbids to load anything else.
Everything that comes from outside is escaped here, or in the writers of boxes and drawings.
"""

from chalkgrad.rendering.html.page import POLICY, Front, to_fragment, to_html

__all__ = ["POLICY", "Front", "to_fragment", "to_html"]
