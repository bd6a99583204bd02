"""Records of summaries; tests/test_summary.py compares many more with TensorFlow's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.cases.record import Case


def _text(data: bytes) -> np.ndarray:
    return np.array(data, object)


def _case(op: str, build: Callable[..., Any], expected: str, shape: tuple[int, ...] = ()) -> Case:
    """A record of zeros, whose Summary is known to the byte."""
    zeros = _zeros(shape)
    data = bytes.fromhex(expected)
    return Case(
        op, "", build, zeros, ("float32",), lambda x: _text(data), gradient=False, golden=False
    )


def _zeros(shape: tuple[int, ...]) -> Callable[..., list[Any]]:
    return lambda rng, dtype: [np.zeros(shape, dtype)]


# What stands before the two samples of a sound, and its kind behind them.
_AUDIO = (
    "0a510a07612f617564696f32460d0000803f100118022230524946462800000057415645666d7420100000000100"
    "01000100000002000000020010006461746104000000"
)

CASES = [
    _case(
        "ScalarSummary",
        lambda tf, x: tf.raw_ops.ScalarSummary(tags="a", values=x),
        "0a080a01611500000000",
    ),
    _case(
        "HistogramSummary",
        lambda tf, x: tf.raw_ops.HistogramSummary(tag="a", values=x),
        "0a420a01612a3d19000000000000f03f3218000000000000000011ea2d819997713dffffffffffffef7f"
        "3a180000000000000000000000000000f03f0000000000000000",
    ),
    _case(
        "ImageSummary",
        lambda tf, x: tf.raw_ops.ImageSummary(tag="a", tensor=x, max_images=1),
        "",
        (0, 1, 1, 1),
    ),
    _case(
        "AudioSummary",
        lambda tf, x: tf.raw_ops.AudioSummary(tag="a", tensor=x, sample_rate=1.0, max_outputs=1),
        f"{_AUDIO}000000002a09617564696f2f776176",
        (1, 2),
    ),
    _case(
        "AudioSummaryV2",
        lambda tf, x: tf.raw_ops.AudioSummaryV2(tag="a", tensor=x, sample_rate=1.0, max_outputs=1),
        f"{_AUDIO}000000002a09617564696f2f776176",
        (1, 2),
    ),
    _case(
        "TensorSummary",
        lambda tf, x: tf.raw_ops.TensorSummary(tensor=x, name="n"),
        "0a0f3a016e420a08011200220400000000",
    ),
    _case(
        "TensorSummaryV2",
        lambda tf, x: tf.raw_ops.TensorSummaryV2(tag="a", tensor=x, serialized_summary_metadata=""),
        "0a110a0161420a080112002204000000004a00",
    ),
    _case(
        "MergeSummary",
        lambda tf, x: tf.summary.merge([tf.summary.scalar(name, x) for name in "ab"]),
        "0a080a016115000000000a080a01621500000000",
    ),
]
