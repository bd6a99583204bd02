r"""Reads RE2's syntax: a pattern becomes text for Python's `re` and a program for our own machine.

Flags such as ``(?i)`` are applied to each letter, so that the text needs none. Nothing here calls
itself: groups may lie in each other as deep as memory allows.
"""

from __future__ import annotations

import functools
import itertools
import re
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from .pattern_machine import ASSERT, JUMP, LETTER, SAVE, SPLIT, Instruction, Letters

# RE2's own, and what its 8 MiB for a program are about.
MAX_REPEAT, MAX_INSTRUCTIONS = 1000, 400_000

_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": "\\x00-\\x7F",
    "blank": "\\t ",
    "cntrl": "\\x00-\\x1F\\x7F",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@\\[-`{-~",
    "space": "\\t\\n\\v\\f\\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_PERL = {"d": "0-9", "s": "\\t\\n\\f\\r ", "w": "0-9A-Za-z_"}
_CONTROL = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
# Bytes that are no UTF-8, as `as_text` has them: no class has them.
_BYTES = "\\udc80-\\udcff"
_CODES = range(sys.maxunicode + 1)
_REPEAT = re.compile(r"[*+?]|\{(\d+)(?:(,)(\d*))?\}")
_POSIX_CLASS = re.compile(r"\[:(\^?)([^\]:]*):\]")
_NAME = re.compile(r"\(\?P<([^>]*)(>?)")
_FLAGS = re.compile(r"\(\?([imsU]*)(?:-([imsU]+))?([:)])")
_BAD_FLAG = re.compile(r"\(\?[imsU-]*.?", re.DOTALL)
_OCTAL = re.compile(r"0[0-7]{0,2}|[1-7][0-7]{1,2}")
_HEXADECIMAL = re.compile(r"x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))")
_BAD_HEXADECIMAL = re.compile(r"x\{?[0-9A-Fa-f]*.?", re.DOTALL)


class SyntaxFault(Exception):
    """RE2 has no such pattern; the text is RE2's."""


@dataclass(frozen=True)
class Piece:
    """A part of a pattern, as `re` and as the machine have it.

    Attributes:
      text: for `re`.
      code: for the machine.
      choices: how many ways `re` may try on it, for each way to divide the text among its `loops`.
      loops: the repetitions without an end that follow each other in it.
      copies: how often its innermost repetition is repeated.
      depth: of the groups in each other.
    """

    text: str
    code: tuple[Instruction, ...]
    choices: float = 1.0
    loops: int = 0
    copies: int = 1
    depth: int = 0

    def attempts(self, length: int) -> float:
        """How often `re` may look at a letter of a text, in the worst case."""
        return self.choices * float(length + 1) ** min(self.loops + 1, 50)


@dataclass
class _Group:
    """A group that is not closed yet; flags hold up to its end."""

    number: int | None
    flags: frozenset[str]
    alternatives: list[Piece] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)


def parse(pattern: str) -> tuple[Piece, int]:
    """Reads a pattern.

    Returns:
      the pattern, and how many groups it has.

    Raises:
      SyntaxFault: there is no such pattern.
    """
    reader = _Reader(pattern)
    return reader.read(), reader.groups


class _Reader:
    """One pattern, read from left to right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self.groups = 0
        self._open = [_Group(None, frozenset())]
        # Where the repetition begins that stands right before this place.
        self._repeated: int | None = None

    def read(self) -> Piece:
        """The whole pattern."""
        while self._at < len(self._pattern):
            repeat = _REPEAT.match(self._pattern, self._at)
            if repeat is not None:
                self._repeat(repeat)
            else:
                self._repeated = None
                self._next()
        if len(self._open) > 1:
            raise SyntaxFault(f"missing ): {self._pattern}")
        return _closed(self._open[0])

    def _next(self) -> None:
        letter, group = self._pattern[self._at], self._open[-1]
        if letter == "(":
            self._open_group()
            return
        if letter == ")":
            self._close_group()
        elif letter == "|":
            group.alternatives.append(_sequence(group.pieces))
            group.pieces = []
        elif letter == "[":
            group.pieces.append(_letters(self._class(), group.flags))
            return
        elif letter == "\\":
            self._escape(group)
            return
        elif letter == "^":
            group.pieces.append(_assertion(r"(?m:^)" if "m" in group.flags else r"\A"))
        elif letter == "$":
            group.pieces.append(_assertion(r"(?=\n|\Z)" if "m" in group.flags else r"\Z"))
        elif letter == ".":
            end = "" if "s" in group.flags else "\\n"
            group.pieces.append(_letters(f"[^{end}{_BYTES}]", frozenset()))
        else:
            group.pieces.append(_letters(_literal(letter), group.flags))
        self._at += 1

    # -- Groups --

    def _open_group(self) -> None:
        pattern, flags = self._pattern, self._open[-1].flags
        if not pattern.startswith("(?", self._at):
            self._at += 1
            self._capture(flags)
            return
        name = _NAME.match(pattern, self._at)
        if name is not None:
            self._at = name.end()
            if not name[2] or re.fullmatch(r"\w+", name[1]) is None:
                raise SyntaxFault(f"invalid named capture group: {name[0]}")
            self._capture(flags)
            return
        match = _FLAGS.match(pattern, self._at)
        if match is None:
            bad = _BAD_FLAG.match(pattern, self._at)
            assert bad is not None
            raise SyntaxFault(f"invalid perl operator: {bad[0]}")
        self._at = match.end()
        flags = (flags | set(match[1])) - set(match[2] or "")
        if match[3] == ":":
            self._open.append(_Group(None, flags))
        else:
            self._open[-1].flags = flags

    def _capture(self, flags: frozenset[str]) -> None:
        self.groups += 1
        self._open.append(_Group(self.groups, flags))

    def _close_group(self) -> None:
        if len(self._open) == 1:
            raise SyntaxFault(f"unexpected ): {self._pattern}")
        piece = _closed(self._open.pop())
        self._open[-1].pieces.append(piece)

    # -- Repetitions --

    def _repeat(self, match: re.Match[str]) -> None:
        group, start = self._open[-1], self._at
        if self._repeated is not None:
            raise SyntaxFault(
                f"bad repetition operator: {self._pattern[self._repeated : match.end()]}"
            )
        if not group.pieces:
            raise SyntaxFault(f"no argument for repetition operator: {match[0]}")
        self._repeated, self._at = start, match.end()
        is_lazy = self._pattern.startswith("?", self._at)
        self._at += is_lazy
        least, most = _limits(match)
        try:
            group.pieces[-1] = _repetition(
                group.pieces[-1], least, most, is_lazy != ("U" in group.flags)
            )
        except ValueError:
            raise SyntaxFault(f"invalid repetition size: {match[0]}") from None

    # -- Escapes and classes --

    def _escape(self, group: _Group) -> None:
        pattern, letter = self._pattern, self._pattern[self._at + 1 : self._at + 2]
        if letter in _ASSERTIONS:
            group.pieces.append(_assertion(_ASSERTIONS[letter]))
        elif letter == "C":
            group.pieces.append(_letters("(?s:.)", frozenset()))
        elif letter == "Q":
            end = pattern.find(r"\E", self._at)
            end = len(pattern) if end < 0 else end
            group.pieces += [
                _letters(_literal(c), group.flags) for c in pattern[self._at + 2 : end]
            ]
            self._at = end
        else:
            ranges = self._escaped_class()
            if ranges is not None:
                group.pieces.append(_letters(f"[{ranges}]", group.flags))
            else:
                group.pieces.append(_letters(_literal(self._escaped_letter()), group.flags))
            return
        self._at += 2

    def _escaped_class(self) -> str | None:
        """The ranges of a class such as `\\w` or `\\pL`, which is read; None for another escape."""
        letter = self._pattern[self._at + 1 : self._at + 2]
        if letter and letter in "pP":
            self._at += 2
            return self._property(letter == "P")
        if letter and letter.lower() in _PERL:
            self._at += 2
            ranges = _PERL[letter.lower()]
            return ranges if letter.islower() else _complement(ranges)
        return None

    def _property(self, is_negated: bool) -> str:
        pattern, start = self._pattern, self._at - 2
        end = pattern.find("}", self._at) if pattern.startswith("{", self._at) else self._at
        name = pattern[self._at : end + 1].strip("{}")
        self._at = max(end, self._at) + 1
        if name.startswith("^"):
            is_negated, name = not is_negated, name[1:]
        ranges = _category(name, is_negated) if name else ""
        if not ranges:
            hint = " (scripts are known where google-re2 is installed)" if len(name) > 2 else ""
            raise SyntaxFault(f"invalid character class range: {pattern[start : self._at]}{hint}")
        return ranges

    def _escaped_letter(self) -> str:
        """The letter that an escape stands for; it is read."""
        start, pattern = self._at, self._pattern
        letter = pattern[start + 1 : start + 2]
        if not letter:
            raise SyntaxFault("trailing \\ at end of regexp: \\")
        octal = _OCTAL.match(pattern, start + 1)
        if octal is not None:
            self._at = octal.end()
            return chr(int(octal[0], 8))
        code = _HEXADECIMAL.match(pattern, start + 1)
        if code is not None and int(code[1] or code[2], 16) <= sys.maxunicode:
            self._at = code.end()
            return chr(int(code[1] or code[2], 16))
        self._at += 2
        if letter in _CONTROL:
            return _CONTROL[letter]
        if letter.isascii() and not letter.isalnum():
            return letter
        bad = _BAD_HEXADECIMAL.match(pattern, start + 1)
        raise SyntaxFault(f"invalid escape sequence: \\{letter if bad is None else bad[0]}")

    def _class(self) -> str:
        pattern, start = self._pattern, self._at
        is_negated = pattern.startswith("[^", start)
        self._at += 1 + is_negated
        parts: list[str] = []
        while not parts or not pattern.startswith("]", self._at):
            if self._at >= len(pattern):
                raise SyntaxFault(f"missing ]: {pattern[start:]}")
            named = _POSIX_CLASS.match(pattern, self._at)
            if named is not None:
                self._at = named.end()
                parts.append(_posix(named))
                continue
            ranges = self._escaped_class() if pattern[self._at] == "\\" else None
            parts.append(self._range() if ranges is None else ranges)
        self._at += 1
        return f"[^{''.join(parts)}{_BYTES}]" if is_negated else f"[{''.join(parts)}]"

    def _range(self) -> str:
        pattern, start = self._pattern, self._at
        first = last = self._class_letter()
        if pattern.startswith("-", self._at) and pattern[self._at + 1 : self._at + 2] not in "]":
            self._at += 1
            last = self._class_letter()
        if last < first:
            raise SyntaxFault(f"invalid character class range: {pattern[start : self._at]}")
        return f"{_literal(first)}-{_literal(last)}" if last > first else _literal(first)

    def _class_letter(self) -> str:
        if self._pattern[self._at] == "\\":
            return self._escaped_letter()
        self._at += 1
        return self._pattern[self._at - 1]


_ASSERTIONS = {"A": r"\A", "z": r"\Z", "b": r"(?a:\b)", "B": r"(?a:\B)"}


# ---- Pieces ----


@functools.lru_cache(maxsize=1024)
def _leaf(text: str) -> Piece:
    return Piece(text, ((LETTER, Letters(text)),))


def _letters(text: str, flags: frozenset[str]) -> Piece:
    return _leaf(f"(?i:{text})" if "i" in flags else text)


def _literal(letter: str) -> str:
    return re.escape(letter) if letter.isprintable() else f"\\U{ord(letter):08x}"


@functools.lru_cache(maxsize=16)
def _assertion(text: str) -> Piece:
    return Piece(text, ((ASSERT, re.compile(text)),))


def _sequence(pieces: Sequence[Piece]) -> Piece:
    if len(pieces) == 1:
        return pieces[0]
    choices, loops = 1.0, 0
    for piece in pieces:
        choices, loops = choices * piece.choices, loops + piece.loops
    return _made(
        "".join(piece.text for piece in pieces),
        tuple(instruction for piece in pieces for instruction in piece.code),
        choices,
        loops,
        max((piece.copies for piece in pieces), default=1),
        max((piece.depth for piece in pieces), default=0),
    )


def _closed(group: _Group) -> Piece:
    pieces = [*group.alternatives, _sequence(group.pieces)]
    text = "|".join(piece.text for piece in pieces)
    code = pieces[-1].code
    for piece in reversed(pieces[:-1]):
        split, jump = (SPLIT, 1, len(piece.code) + 2), (JUMP, len(code) + 1)
        code = (split, *piece.code, jump, *code)
    if group.number is not None:
        code = ((SAVE, 2 * group.number), *code, (SAVE, 2 * group.number + 1))
    return _made(
        f"(?:{text})" if group.number is None else f"({text})",
        code,
        sum(piece.choices for piece in pieces),
        max(piece.loops for piece in pieces),
        max(piece.copies for piece in pieces),
        1 + max(piece.depth for piece in pieces),
    )


def _made(
    text: str, code: tuple[Instruction, ...], choices: float, loops: int, copies: int, depth: int
) -> Piece:
    if len(code) > MAX_INSTRUCTIONS:
        raise SyntaxFault("pattern too large - compile failed")
    return Piece(text, code, choices, loops, copies, depth)


def _limits(match: re.Match[str]) -> tuple[int, int | None]:
    """The least and the greatest number of times; None: there is no greatest."""
    known = {"*": (0, None), "+": (1, None), "?": (0, 1)}
    if match[0] in known:
        return known[match[0]]
    # Longer numbers are refused, whatever they are.
    least = int(match[1][:5])
    if match[2] is None:
        return least, least
    return least, int(match[3][:5]) if match[3] else None


def _repetition(piece: Piece, least: int, most: int | None, is_lazy: bool) -> Piece:
    """A piece some times over.

    Raises:
      ValueError: too many times.
    """
    count = least if most is None else most
    copies = piece.copies * max(count, 1)
    if copies > MAX_REPEAT or (most is not None and most < least):
        raise ValueError(count)
    if most is not None:
        code = piece.code * least + _at_most(piece.code, most - least, is_lazy)
    elif least:
        # Back to the last copy, not to one more: what it did without a letter it does not repeat.
        code = piece.code * least + (_split(-len(piece.code), 1, is_lazy),)
    else:
        code = _loop(piece.code, is_lazy)
    limits = f"{{{least},{'' if most is None else most}}}{'?' if is_lazy else ''}"
    text = f"(?:{piece.text}){limits}"
    # One loop inside the other, and `re` tries every way to divide the text among both.
    is_single = piece.choices == 1.0 and not piece.loops
    if most is None:
        choices = 1.0 if is_single else float("inf")
        return _made(text, code, choices, piece.loops + 1, copies, piece.depth + 1)
    choices = _power(piece.choices, count) * (most - least + 1)
    return _made(text, code, choices, piece.loops * count, copies, piece.depth + 1)


def _power(base: float, exponent: int) -> float:
    try:
        return base**exponent
    except OverflowError:
        return float("inf")


def _split(first: int, second: int, is_lazy: bool) -> Instruction:
    return (SPLIT, second, first) if is_lazy else (SPLIT, first, second)


def _loop(code: tuple[Instruction, ...], is_lazy: bool) -> tuple[Instruction, ...]:
    return (_split(1, len(code) + 2, is_lazy), *code, (JUMP, -len(code) - 1))


def _at_most(code: tuple[Instruction, ...], most: int, is_lazy: bool) -> tuple[Instruction, ...]:
    """Up to so many copies, each of which may leave for the end."""
    whole = (len(code) + 1) * most
    result: list[Instruction] = []
    for done in range(most):
        result += [_split(1, whole - (len(code) + 1) * done, is_lazy), *code]
    return tuple(result)


# ---- Classes of letters ----


def _posix(named: re.Match[str]) -> str:
    if named[2] not in _POSIX:
        raise SyntaxFault(f"invalid character class range: {named[0]}")
    ranges = _POSIX[named[2]]
    return _complement(ranges) if named[1] else ranges


def _complement(ranges: str) -> str:
    """All letters but some of ASCII."""
    inside = re.compile(f"[{ranges}]")
    return _without([(code, code) for code in range(128) if inside.match(chr(code))])


@functools.lru_cache(maxsize=64)
def _category(name: str, is_negated: bool) -> str:
    """The letters of a general category of Unicode, such as L or Lu, as ranges of a class."""
    spans = [(first, last) for category, first, last in _runs() if category.startswith(name)]
    return _without(spans) if spans and is_negated else "".join(map(_span, spans))


def _without(spans: Sequence[tuple[int, int]]) -> str:
    """The ranges between spans, without the bytes that are no UTF-8."""
    left, start = [], 0
    for first, last in sorted([*spans, (0xDC80, 0xDCFF), (len(_CODES), len(_CODES))]):
        if start < first:
            left.append((start, first - 1))
        start = max(start, last + 1)
    return "".join(map(_span, left))


@functools.lru_cache(maxsize=1)
def _runs() -> list[tuple[str, int, int]]:
    """The codes in their order, as runs of one category: its name, the first and the last."""
    runs, last = [], -1
    for name, codes in itertools.groupby(map(unicodedata.category, map(chr, _CODES))):
        first, last = last + 1, last + sum(1 for _ in codes)
        runs.append((name, first, last))
    return runs


def _span(span: tuple[int, int]) -> str:
    return f"\\U{span[0]:08x}-\\U{span[1]:08x}"
