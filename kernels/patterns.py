"""RE2's regular expressions, as Python's.

RE2 matches UTF-8 text, its classes ``\\w``, ``\\d`` and ``\\s`` are ASCII's, ``$`` is the end of
the text only, and there is neither look-around nor a reference back to a group.
"""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from collections.abc import Callable

from tfsession.errors import InvalidArgumentError

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
# What RE2 calls what Python finds wrong.
_REASONS = {
    "missing ), unterminated subpattern": "missing )",
    "nothing to repeat": "no argument for repetition operator",
    "multiple repeat": "bad repetition operator",
}
# What may follow "(?" besides flags.
_GROUP = re.compile(r"\(\?(?:P<(\w+)>|(:)|([imsU]*(?:-[imsU]+)?)([:)])|.?)", re.DOTALL)


@functools.lru_cache(maxsize=64)
def translate(pattern: bytes) -> re.Pattern[str]:
    """The compiled equivalent of an RE2 pattern, over text decoded by `as_text`.

    Raises:
      InvalidArgumentError: RE2 has no such pattern.
    """
    text = as_text(pattern)
    try:
        return re.compile(_Translation(text).result(), re.ASCII)
    except _PatternError as error:
        reason = str(error)
    except re.error as error:
        reason = f"{_REASONS.get(error.msg, error.msg)}: {text}"
    raise InvalidArgumentError.of(f"Invalid pattern: {text}, error: {reason}")


def as_text(value: bytes) -> str:
    """Bytes as text; what is not UTF-8 survives the way there and back."""
    return value.decode("utf-8", "surrogateescape")


def as_bytes(value: str) -> bytes:
    """What `as_text` was given."""
    return value.encode("utf-8", "surrogateescape")


class _PatternError(Exception):
    pass


class _Translation:
    """One pattern, read from left to right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._multiline = [False]

    def result(self) -> str:
        """The pattern in Python's syntax."""
        parts: list[str] = []
        pattern = self._pattern
        while self._at < len(pattern):
            letter = pattern[self._at]
            if letter == "\\":
                parts.append(self._escape(in_class=False))
            elif letter == "[":
                parts.append(self._class())
            elif pattern.startswith("(?", self._at):
                parts.append(self._group())
            else:
                self._at += 1
                if letter == "(":
                    self._multiline.append(self._multiline[-1])
                elif letter == ")":
                    if len(self._multiline) == 1:
                        raise _PatternError(f"unexpected ): {pattern}")
                    self._multiline.pop()
                elif letter == "$" and not self._multiline[-1]:
                    letter = r"\Z"
                elif letter == "$":
                    letter = r"(?=\n|\Z)"
                parts.append(letter)
        return "".join(parts)

    def _escape(self, in_class: bool) -> str:
        pattern = self._pattern
        if self._at + 1 >= len(pattern):
            raise _PatternError("trailing \\ at end of regexp: \\")
        letter = pattern[self._at + 1]
        self._at += 2
        if letter in "pP":
            return self._property(letter == "P", in_class)
        if letter == "x" and pattern.startswith("{", self._at):
            end = pattern.find("}", self._at)
            digits = pattern[self._at + 1 : end]
            self._at = end + 1
            return re.escape(chr(int(digits, 16)))
        if letter == "Q" and not in_class:
            end = pattern.find(r"\E", self._at)
            literal = pattern[self._at : end if end >= 0 else None]
            self._at = end + 2 if end >= 0 else len(pattern)
            return re.escape(literal)
        if letter == "z" and not in_class:
            return r"\Z"
        if letter == "C" and not in_class:
            return r"(?s:.)"
        # There are no references to groups, and Python's other letters mean something else.
        if (letter.isdigit() and letter != "0") or letter in "ZGXREN":
            raise _PatternError(f"invalid escape sequence: \\{letter}")
        return "\\" + letter

    def _property(self, is_negated: bool, in_class: bool) -> str:
        pattern = self._pattern
        if pattern.startswith("{", self._at):
            end = pattern.find("}", self._at)
            name = pattern[self._at + 1 : end]
            self._at = end + 1
        else:
            name = pattern[self._at : self._at + 1]
            self._at += 1
        if name.startswith("^"):
            is_negated, name = not is_negated, name[1:]
        ranges = _category(name, is_negated)
        if not ranges:
            raise _PatternError(f"invalid character class range: \\p{{{name}}}")
        return ranges if in_class else f"[{ranges}]"

    def _class(self) -> str:
        pattern = self._pattern
        start = self._at
        self._at += 1
        parts = ["["]
        if pattern.startswith("^", self._at):
            parts.append("^")
            self._at += 1
        is_first = True
        while True:
            if self._at >= len(pattern):
                raise _PatternError(f"missing ]: {pattern[start:]}")
            letter = pattern[self._at]
            if letter == "]" and not is_first:
                self._at += 1
                return "".join(parts) + "]"
            is_first = False
            if letter == "\\":
                parts.append(self._escape(in_class=True))
                continue
            named = re.compile(r"\[:(\^?)(\w+):\]").match(pattern, self._at)
            if named is not None:
                if named[2] not in _POSIX:
                    raise _PatternError(f"invalid character class range: {named[0]}")
                ranges = _POSIX[named[2]]
                parts.append(_complement(ranges) if named[1] else ranges)
                self._at = named.end()
                continue
            # Python reserves "[", "&&" and their like inside a class.
            parts.append("\\" + letter if letter in "[]&~|" else letter)
            self._at += 1

    def _group(self) -> str:
        match = _GROUP.match(self._pattern, self._at)
        assert match is not None
        self._at = match.end()
        name, plain, flags, end = match.groups()
        if name is not None:
            self._multiline.append(self._multiline[-1])
            return f"(?P<{name}>"
        if plain is not None:
            self._multiline.append(self._multiline[-1])
            return "(?:"
        if end is None or not flags or "U" in flags:
            raise _PatternError(f"invalid perl operator: {match[0]}")
        on, _, off = flags.partition("-")
        is_multiline = ("m" in on or self._multiline[-1]) and "m" not in off
        on, off = on.replace("m", ""), off.replace("m", "")
        # "^" follows the flag in Python, too; "$" is translated.
        on += "m" if is_multiline else ""
        kind = on + (f"-{off}" if off else "")
        if end == ":":
            self._multiline.append(is_multiline)
            return f"(?{kind}:" if kind else "(?:"
        self._multiline[-1] = is_multiline
        return self._flags_to_the_end(kind)

    def _flags_to_the_end(self, kind: str) -> str:
        """Flags of the rest of a group, which in Python need a group of their own."""
        if not kind:
            return ""
        alternatives = []
        while True:
            start, self._at = self._at, self._end_of_alternative()
            rest = _Translation(self._pattern[start : self._at])
            rest._multiline = [self._multiline[-1]]
            alternatives.append(f"(?{kind}:{rest.result()})")
            if not self._pattern.startswith("|", self._at):
                return "|".join(alternatives)
            self._at += 1

    def _end_of_alternative(self) -> int:
        """Where the alternative that begins here ends."""
        pattern, at, depth = self._pattern, self._at, 0
        while at < len(pattern):
            letter = pattern[at]
            if letter == "\\":
                at += 1
            elif letter == "[":
                close = pattern.find("]", at + 2)
                at = close if close >= 0 else at
            elif letter == "(":
                depth += 1
            elif letter in ")|" and depth == 0:
                return at
            elif letter == ")":
                depth -= 1
            at += 1
        return len(pattern)


def _complement(ranges: str) -> str:
    inside = re.compile(f"[{ranges}]")
    return _ranges(lambda letter: inside.match(letter) is None)


@functools.lru_cache(maxsize=32)
def _category(name: str, is_negated: bool) -> str:
    """The letters of a general category of Unicode, such as L or Lu, as ranges of a class."""
    return _ranges(lambda letter: unicodedata.category(letter).startswith(name) != is_negated)


def _ranges(is_inside: Callable[[str], bool]) -> str:
    parts, start = [], -1
    for code in range(sys.maxunicode + 2):
        if code <= sys.maxunicode and is_inside(chr(code)):
            start = code if start < 0 else start
        elif start >= 0:
            parts.append(f"\\U{start:08x}-\\U{code - 1:08x}")
            start = -1
    return "".join(parts)


# ---- Rewriting ----


def rewriter(pattern: re.Pattern[str], rewrite: bytes) -> tuple[str | int, ...] | None:
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
        elif int(escape) > pattern.groups:
            return None
        else:
            parts.append(int(escape))
    return tuple(parts)


def replace(
    pattern: re.Pattern[str], parts: tuple[str | int, ...], text: bytes, everywhere: bool
) -> bytes:
    """`text` with the first match, or all, rewritten."""
    source = as_text(text)
    pieces: list[str] = []
    end, found = 0, False
    for match in pattern.finditer(source):
        # An empty match right after another match does not count.
        if found and match.start() == match.end() == end:
            continue
        pieces.append(source[end : match.start()])
        pieces.extend(p if isinstance(p, str) else match[p] or "" for p in parts)
        end, found = match.end(), True
        if not everywhere:
            break
    if not found:
        return text
    return as_bytes("".join(pieces) + source[end:])
