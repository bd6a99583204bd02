"""What the commands print: tables and paragraphs of rich, without blanks at the ends of lines."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.segment import Segment


def show(console: Console, content: RenderableType) -> None:
    """Prints something on the console, without blanks at the ends of its lines."""
    lines = console.render_lines(content, pad=False)
    segments = [part for line in lines for part in (*_trimmed(line), Segment.line())]
    console.print(_Lines(segments), end="")


class _Lines:
    def __init__(self, segments: list[Segment]) -> None:
        self._segments = segments

    def __rich_console__(self, console: Console, options: object) -> Iterator[Segment]:
        yield from self._segments


def _trimmed(line: list[Segment]) -> list[Segment]:
    kept = list(line)
    while kept:
        last = kept.pop()
        text = last.text.rstrip()
        if text:
            return [*kept, Segment(text, last.style)]
    return []
