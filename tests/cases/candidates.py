"""Records of candidate samplers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.record import Case


def _classes(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    return [rng.integers(0, 10, (3, 2)).astype(dtype)]


def _case(op: str, name: str, *arguments: Any, **named: Any) -> Case:
    return Case(
        op,
        "",
        build=lambda tf, x: list(getattr(tf.nn, name)(x, 2, *arguments, seed=3, **named)),
        inputs=_classes,
        dtypes=("int64",),
    )


CASES = [
    _case("UniformCandidateSampler", "uniform_candidate_sampler", 4, True, 10),
    _case("LogUniformCandidateSampler", "log_uniform_candidate_sampler", 4, True, 10),
    _case("LearnedUnigramCandidateSampler", "learned_unigram_candidate_sampler", 4, True, 10),
    _case(
        "FixedUnigramCandidateSampler",
        "fixed_unigram_candidate_sampler",
        4,
        False,
        10,
        unigrams=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 0.5],
    ),
    _case("AllCandidateSampler", "all_candidate_sampler", 10, True),
    Case(
        "ComputeAccidentalHits",
        "",
        build=lambda tf, x: list(tf.nn.compute_accidental_hits(x, tf.range(5, dtype=tf.int64), 2)),
        inputs=_classes,
        dtypes=("int64",),
    ),
]
