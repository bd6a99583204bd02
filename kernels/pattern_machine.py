"""Matches a regular expression in time proportional to the text: all ways are followed at once.

Source: K. Thompson, Regular expression search algorithm, CACM 11(6), 1968; R. Pike, The text
  editor sam, 1987.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# An instruction: its kind, and what that kind needs. Jumps count from their own place.
Instruction = tuple[Any, ...]

# Rewriting knows no more; what is noted is copied for each thread.
MAX_GROUPS = 9

LETTER, SPLIT, JUMP, SAVE, ASSERT, MATCH = range(6)


class Letters(dict[str, bool]):
    """Whether a class of letters has a letter; it is asked once for each."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._has = re.compile(text).fullmatch

    def __missing__(self, letter: str) -> bool:
        found = self[letter] = self._has(letter) is not None
        return found


@dataclass(frozen=True)
class Match:
    """Where a pattern was found.

    Attributes:
      text: where it was looked for.
      places: the beginning and the end of the whole and of the first groups, -1 where a group has
        no part.
    """

    text: str
    places: tuple[int, ...]

    def span(self) -> tuple[int, int]:
        """Where it begins and ends."""
        return self.places[0], self.places[1]

    def __getitem__(self, group: int, /) -> str | None:
        start, end = self.places[2 * group : 2 * group + 2]
        return self.text[start:end] if min(start, end) >= 0 else None


class Machine:
    """A pattern as a program; a thread of it is a place there and the positions of its groups."""

    def __init__(self, code: Sequence[Instruction], groups: int) -> None:
        self._code = [(SAVE, 0), *code, (SAVE, 1), (MATCH,)]
        self._nowhere = (-1,) * (2 * min(groups, MAX_GROUPS) + 2)

    def fullmatch(self, text: str) -> Match | None:
        """A match of the whole text."""
        return self._run(text, 0, is_whole=True)

    def search(self, text: str, start: int) -> Match | None:
        """The first match at or after a position; of those, the one that the pattern prefers."""
        return self._run(text, start, is_whole=False)

    def _run(self, text: str, start: int, is_whole: bool) -> Match | None:
        best = None
        threads: dict[int, tuple[int, ...]] = {}
        for at in range(start, len(text) + 1):
            if best is None and (at == start or not is_whole):
                self._follow(threads, 0, self._nowhere, text, at)
            if not threads and (is_whole or best is not None):
                break
            letter = text[at : at + 1]
            after: dict[int, tuple[int, ...]] = {}
            # In the order of preference: what comes after a match is worse than it.
            for place, places in threads.items():
                instruction = self._code[place]
                if instruction[0] == MATCH:
                    if not is_whole or not letter:
                        best = places
                        break
                elif instruction[0] == LETTER and letter and instruction[1][letter]:
                    self._follow(after, place + 1, places, text, at + 1)
            threads = after
        return None if best is None else Match(text, best)

    def _follow(
        self,
        threads: dict[int, tuple[int, ...]],
        place: int,
        places: tuple[int, ...],
        text: str,
        at: int,
    ) -> None:
        """Adds the threads to which one comes without a letter; those that are there are better."""
        waiting = [(place, places)]
        while waiting:
            place, places = waiting.pop()
            if place in threads:
                continue
            threads[place] = places
            kind, *how = self._code[place]
            if kind == SPLIT:
                waiting += [(place + how[1], places), (place + how[0], places)]
            elif kind == JUMP:
                waiting.append((place + how[0], places))
            elif kind == SAVE:
                if how[0] < len(places):
                    places = (*places[: how[0]], at, *places[how[0] + 1 :])
                waiting.append((place + 1, places))
            elif kind == ASSERT and how[0].match(text, at):
                waiting.append((place + 1, places))
