"""Records of staging areas; tests/test_staging.py has what they do between steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.cases.record import Case, normal

ANY = ("float32", "int64")


def _attributes(x: Any) -> dict[str, Any]:
    return {"dtypes": [x.dtype], "shared_name": "area"}


def _after(tf: Any, x: Any, *ops: str) -> Any:
    """What the last op gives after a tensor has been staged and the ops before it have run."""
    last = tf.raw_ops.Stage(values=[x], **_attributes(x))
    for op in ops:
        index = {"index": 0} if op == "StagePeek" else {}
        with tf.control_dependencies([last]):
            last = getattr(tf.raw_ops, op)(**index, **_attributes(x))
        if isinstance(last, (list, tuple)):
            (last,) = last
    return last


def _case(op: str, *ops: str, expected: Callable[[Any], Any]) -> Case:
    return Case(
        op,
        "",
        lambda tf, x: _after(tf, x, *ops),
        normal((2, 3)),
        ANY,
        expected,
        gradient=False,
        golden=False,
    )


CASES = [
    _case("Stage", "Unstage", expected=lambda x: x),
    _case("Unstage", "StagePeek", "Unstage", expected=lambda x: x),
    _case("StagePeek", "StagePeek", expected=lambda x: x),
    _case("StageSize", "StageSize", expected=lambda x: np.int32(1)),
    _case("StageClear", "StageClear", "StageSize", expected=lambda x: np.int32(0)),
]
