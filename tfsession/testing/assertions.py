"""Comparisons beyond unittest's that test cases of TensorFlow programs use."""

# The methods are unittest's in name and manner.
# ruff: noqa: PT009, PT027

from __future__ import annotations

import re
import unittest
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


class Assertions(unittest.TestCase):
    """The assertions of `absl.testing.absltest`, and those that Python has renamed."""

    # ---- Under older names, which Python 3.12 has no longer ----

    def assertRaisesRegexp(self, *arguments: Any, **keywords: Any) -> Any:
        """`assertRaisesRegex`."""
        return self.assertRaisesRegex(*arguments, **keywords)

    def assertRegexpMatches(self, text: Any, expected_regexp: Any, msg: Any = None) -> None:
        """`assertRegex`."""
        self.assertRegex(text, expected_regexp, msg)

    def assertNotRegexpMatches(self, text: Any, unexpected_regexp: Any, msg: Any = None) -> None:
        """`assertNotRegex`."""
        self.assertNotRegex(text, unexpected_regexp, msg)

    def assertEquals(self, first: Any, second: Any, msg: Any = None) -> None:
        """`assertEqual`."""
        self.assertEqual(first, second, msg)

    def assertNotEquals(self, first: Any, second: Any, msg: Any = None) -> None:
        """`assertNotEqual`."""
        self.assertNotEqual(first, second, msg)

    def assertAlmostEquals(self, *arguments: Any, **keywords: Any) -> None:
        """`assertAlmostEqual`."""
        self.assertAlmostEqual(*arguments, **keywords)

    def assert_(self, expr: Any, msg: Any = None) -> None:
        """`assertTrue`."""
        self.assertTrue(expr, msg)

    def assertItemsEqual(self, expected_seq: Any, actual_seq: Any, msg: Any = None) -> None:
        """`assertCountEqual`."""
        self.assertCountEqual(expected_seq, actual_seq, msg)

    def assertDictContainsSubset(
        self, expected: Mapping[Any, Any], actual: Mapping[Any, Any], msg: Any = None
    ) -> None:
        """Fails unless a dictionary has all items of another."""
        self.assertEqual({**actual, **expected}, dict(actual), msg)

    # ---- Collections ----

    def assertLen(self, container: Any, expected_len: int, msg: Any = None) -> None:
        """Fails unless a collection has so many elements."""
        self.assertEqual(len(container), expected_len, msg or f"the length of {container!r}")

    def assertEmpty(self, container: Any, msg: Any = None) -> None:
        """Fails unless a collection has no elements."""
        self.assertEqual(len(container), 0, msg or f"the length of {container!r}")

    def assertNotEmpty(self, container: Any, msg: Any = None) -> None:
        """Fails if a collection has no elements."""
        self.assertNotEqual(len(container), 0, msg or f"the length of {container!r}")

    def assertSameElements(
        self, expected_seq: Iterable[Any], actual_seq: Iterable[Any], msg: Any = None
    ) -> None:
        """Fails unless two collections have the same elements, however often."""
        expected, actual = list(expected_seq), list(actual_seq)
        self.assertEqual([one for one in expected if one not in actual], [], msg)
        self.assertEqual([one for one in actual if one not in expected], [], msg)

    def assertContainsSubset(
        self, expected_subset: Iterable[Any], actual_set: Iterable[Any], msg: Any = None
    ) -> None:
        """Fails unless all elements of the first are in the second."""
        self.assertEqual(set(expected_subset) - set(actual_set), set(), msg)

    def assertNoCommonElements(
        self, expected_seq: Iterable[Any], actual_seq: Iterable[Any], msg: Any = None
    ) -> None:
        """Fails if two collections share an element."""
        self.assertEqual(set(expected_seq) & set(actual_seq), set(), msg)

    def assertSequenceAlmostEqual(
        self,
        expected_seq: Sequence[Any],
        actual_seq: Sequence[Any],
        places: int | None = None,
        msg: Any = None,
        delta: float | None = None,
    ) -> None:
        """Fails unless two sequences are equally long, and their numbers nearly equal."""
        self.assertEqual(len(expected_seq), len(actual_seq), msg)
        tolerance: dict[str, Any] = {"delta": delta} if places is None else {"places": places}
        for expected, actual in zip(expected_seq, actual_seq, strict=True):
            self.assertAlmostEqual(expected, actual, msg=msg, **tolerance)

    def assertBetween(self, value: Any, minv: Any, maxv: Any, msg: Any = None) -> None:
        """Fails unless a value lies between two, or is one of them."""
        self.assertGreaterEqual(value, minv, msg)
        self.assertLessEqual(value, maxv, msg)

    def assertSameStructure(
        self, a: Any, b: Any, aname: str = "a", bname: str = "b", msg: Any = None
    ) -> None:
        """Fails unless two nested structures are equal."""
        self.assertEqual(a, b, msg or f"{aname} and {bname} differ")

    # ---- Texts ----

    def assertStartsWith(self, actual: Any, expected_start: Any, msg: Any = None) -> None:
        """Fails unless a text begins with another."""
        if not actual.startswith(expected_start):
            self.fail(f"{actual!r} does not start with {expected_start!r}. {msg or ''}")

    def assertEndsWith(self, actual: Any, expected_end: Any, msg: Any = None) -> None:
        """Fails unless a text ends with another."""
        if not actual.endswith(expected_end):
            self.fail(f"{actual!r} does not end with {expected_end!r}. {msg or ''}")

    def assertContainsInOrder(
        self, strings: Sequence[str] | str, target: str, msg: Any = None
    ) -> None:
        """Fails unless texts are found in another, one after the other."""
        position = 0
        for text in [strings] if isinstance(strings, str) else strings:
            found = target.find(text, position)
            self.assertGreaterEqual(found, 0, msg or f"{text!r} is not in {target[position:]!r}")
            position = found + len(text)

    # ---- Errors ----

    def assertRaisesWithLiteralMatch(
        self, expected_exception: Any, expected_exception_message: str, *arguments: Any, **kw: Any
    ) -> Any:
        """Fails unless an error of exactly this text is raised."""
        pattern = f"^{re.escape(expected_exception_message)}$"
        return self.assertRaisesRegex(expected_exception, pattern, *arguments, **kw)

    def assertTotallyOrdered(self, *groups: Iterable[Any]) -> None:
        """Fails unless the elements of earlier groups are less, and those of one are equal."""
        flat = [(index, one) for index, group in enumerate(groups) for one in group]
        for left, a in flat:
            for right, b in flat:
                self.assertEqual(a < b, left < right)
                self.assertEqual(a == b, left == right)
