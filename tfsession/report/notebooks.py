"""How notebooks show what is told of a step: as text with its lines and columns."""

from __future__ import annotations

import html


class Text(str):
    """A text that notebooks show as it is printed."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """What notebooks show."""
        return html_of(self)


def html_of(text: str) -> str:
    """A text as a piece of a page."""
    return f'<pre style="white-space: pre">{html.escape(text)}</pre>'
