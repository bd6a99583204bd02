"""RE2's regular expressions: google-re2's where it is installed, else Python's.

RE2 matches UTF-8 text, its classes ``\\w``, ``\\d`` and ``\\s`` are ASCII's, ``$`` is the end of
the text only, and there is neither look-around nor a reference back to a group. It needs time in
proportion to the text. Python's `re` tries one way after the other, which may take for ever; where
it might, `pattern_machine` follows all ways at once, slower by letters but bounded.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, Protocol, cast

from tfsession.errors import InvalidArgumentError

from .pattern_machine import Machine
from .pattern_syntax import Piece, SyntaxFault, parse

# Attempts of `re` on one text, in the worst case, that still take less than about a second.
MAX_ATTEMPTS = 1e9
# `re` compiles groups by recursion.
MAX_DEPTH = 50


class Found(Protocol):
    """A match: `re`, google-re2 and `Machine` each have a class of their own."""

    def span(self) -> tuple[int, int]:
        """Where it begins and ends."""

    def __getitem__(self, group: int, /) -> str | None:
        """The text of a group, 0 for the whole; None where the group has no part in the match."""


class Pattern:
    """A compiled pattern.

    Attributes:
      groups: how many groups it has.
    """

    def __init__(self, piece: Piece, groups: int) -> None:
        self.groups = groups
        self._piece = piece

    @functools.cached_property
    def by_attempts(self) -> re.Pattern[str]:
        """The pattern of `re`."""
        return re.compile(self._piece.text)

    @functools.cached_property
    def by_machine(self) -> Machine:
        """The pattern as it is followed in all ways at once."""
        return Machine(self._piece.code, self.groups)

    def _engine(self, text: str) -> Any:
        is_short = self._piece.depth <= MAX_DEPTH and self._piece.attempts(len(text)) < MAX_ATTEMPTS
        return self.by_attempts if is_short else self.by_machine

    def matches(self, text: str) -> bool:
        """Whether the whole text matches."""
        return self._engine(text).fullmatch(text) is not None

    def search(self, text: str, start: int) -> Found | None:
        """The first match at or after a position."""
        return cast("Found | None", self._engine(text).search(text, start))


class _Re2Pattern:
    """A pattern compiled by google-re2."""

    def __init__(self, compiled: Any, pattern: bytes) -> None:
        self.groups: int = compiled.groups
        self._compiled = compiled
        self._pattern = pattern

    def matches(self, text: str) -> bool:
        """Whether the whole text matches."""
        try:
            return self._compiled.fullmatch(text) is not None
        except UnicodeEncodeError:  # the package takes no bytes that are not UTF-8
            return own_pattern(self._pattern).matches(text)

    def search(self, text: str, start: int) -> Found | None:
        """The first match at or after a position."""
        try:
            return cast("Found | None", self._compiled.search(text, start))
        except UnicodeEncodeError:
            return own_pattern(self._pattern).search(text, start)


@functools.lru_cache(maxsize=64)
def translate(pattern: bytes) -> Pattern | _Re2Pattern:
    """A compiled pattern, over text decoded by `as_text`.

    Raises:
      InvalidArgumentError: RE2 has no such pattern.
    """
    try:
        import re2
    except ImportError:
        return own_pattern(pattern)
    options = re2.Options()
    options.log_errors = False
    try:
        return _Re2Pattern(re2.compile(as_text(pattern), options), pattern)
    except UnicodeEncodeError:
        return own_pattern(pattern)
    except re2.error as error:
        reason = error.args[0]
        raise _invalid(pattern, as_text(reason) if isinstance(reason, bytes) else reason) from None


@functools.lru_cache(maxsize=64)
def own_pattern(pattern: bytes) -> Pattern:
    """A pattern as it is compiled without google-re2; errors are those of `translate`."""
    try:
        return Pattern(*parse(as_text(pattern)))
    except SyntaxFault as fault:
        raise _invalid(pattern, str(fault)) from None


def _invalid(pattern: bytes, reason: str) -> InvalidArgumentError:
    return InvalidArgumentError.of(f"Invalid pattern: {as_text(pattern)}, error: {reason}")


def as_text(value: bytes) -> str:
    """Bytes as text; what is not UTF-8 survives the way there and back."""
    return value.decode("utf-8", "surrogateescape")


def as_bytes(value: str) -> bytes:
    """What `as_text` was given."""
    return value.encode("utf-8", "surrogateescape")


# ---- Rewriting ----


def rewriter(groups: int, rewrite: bytes) -> tuple[str | int, ...] | None:
    r"""The parts of a rewrite string: literal text, and numbers of the groups put in their place.

    ``\0`` to ``\9`` are groups, ``\\`` is a backslash. As in RE2, what follows another escape is
    dropped.

    Returns:
      the parts; None where the pattern lacks a group, so that nothing is rewritten.
    """
    parts: list[str | int] = []
    for literal, escape in re.findall(r"([^\\]+)|\\(.?)", as_text(rewrite), re.DOTALL):
        if literal:
            parts.append(literal)
        elif escape == "\\":
            parts.append("\\")
        elif not escape or escape not in "0123456789":
            break
        elif int(escape) > groups:
            return None
        else:
            parts.append(int(escape))
    return tuple(parts)


def replace(
    search: Callable[[str, int], Found | None],
    parts: tuple[str | int, ...],
    text: bytes,
    everywhere: bool,
) -> bytes:
    """`text` with the first match, or all, rewritten."""
    source = as_text(text)
    pieces: list[str] = []
    # What is copied, where the last match ended, and where the next is looked for.
    copied, last, at = 0, -1, 0
    while at <= len(source) and (match := search(source, at)) is not None:
        start, end = match.span()
        if start == end == last:
            # An empty match right after another match does not count.
            at = end + 1
            continue
        pieces.append(source[copied:start])
        pieces.extend(p if isinstance(p, str) else match[p] or "" for p in parts)
        copied = last = at = end
        if not everywhere:
            break
    return as_bytes("".join(pieces) + source[copied:]) if last >= 0 else text
