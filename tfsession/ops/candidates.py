"""Samplers of classes, for losses that look at a few of many classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from tfsession.graph.build import TensorLike, build
from tfsession.graph.operation import Tensor
from tfsession.ops.random import get_seed
from tfsession.registry import op, shape, undefined_gradient
from tfsession.shapes import Dims, with_rank, with_value

__all__ = [
    "all_candidate_sampler",
    "compute_accidental_hits",
    "fixed_unigram_candidate_sampler",
    "learned_unigram_candidate_sampler",
    "log_uniform_candidate_sampler",
    "uniform_candidate_sampler",
]

_SAMPLED = (
    "(true_classes: int64) -> sampled_candidates: int64, true_expected_count: float32,"
    " sampled_expected_count: float32"
)
_COUNTS = "num_true: int >= 1; num_sampled: int >= 1; unique: bool"
_SEEDS = "seed: int = 0; seed2: int = 0"
_BY_RANGE = (
    "UniformCandidateSampler",
    "LogUniformCandidateSampler",
    "LearnedUnigramCandidateSampler",
)
_SAMPLERS = (*_BY_RANGE, "FixedUnigramCandidateSampler", "AllCandidateSampler")

for _name in _BY_RANGE:
    op(f"{_name}{_SAMPLED}", f"{_COUNTS}; range_max: int >= 1; {_SEEDS}", stateful=True)
op(
    f"FixedUnigramCandidateSampler{_SAMPLED}",
    f"{_COUNTS}; range_max: int >= 1; vocab_file: string = ''; distortion: float = 1.0;"
    " num_reserved_ids: int = 0; num_shards: int >= 1 = 1; shard: int >= 0 = 0;"
    f" unigrams: list(float) = []; {_SEEDS}",
    stateful=True,
)
op(f"AllCandidateSampler{_SAMPLED}", f"{_COUNTS}; {_SEEDS}", stateful=True)
undefined_gradient(*_SAMPLERS)


@shape(*_SAMPLERS)
def sampler_shape(true_classes: Tensor, num_sampled: int, num_true: int) -> list[Dims]:
    """[num_sampled], [batch, num_true] and [num_sampled]."""
    batch = with_rank(true_classes.dims, 2)[0]
    return [(num_sampled,), (batch, num_true), (num_sampled,)]


class Candidates(NamedTuple):
    """What a sampler returns.

    Attributes:
      sampled_candidates: [num_sampled]; int64, the classes.
      true_expected_count: [batch, num_true]; float32, how often each true class is to be expected
        among the sampled ones.
      sampled_expected_count: [num_sampled]; float32, the same of the sampled ones.
    """

    sampled_candidates: Tensor
    true_expected_count: Tensor
    sampled_expected_count: Tensor


def _sample(op_type: str, true_classes: TensorLike, seed: int | None, **attrs: Any) -> Candidates:
    seed1, seed2 = get_seed(seed)
    outputs = build(op_type, true_classes, seed=seed1, seed2=seed2, **attrs)
    return Candidates(*outputs)


def uniform_candidate_sampler(
    true_classes: TensorLike,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> Candidates:
    """Samples classes, each with the same probability.

    Args:
      true_classes: [batch, num_true]; int64.
      num_true: how many true classes an example has.
      num_sampled: how many classes to sample.
      unique: whether no class is sampled twice.
      range_max: how many classes there are.
      seed: the op's seed; see `get_seed`.
      name: a name for the operation.

    Returns:
      `Candidates`.

    Raises:
      InvalidArgumentError: at a run, `true_classes` is not [batch, num_true], or fewer than
        `num_sampled` classes are to be unique.

    Source: TensorFlow 1.15 `tf.nn.uniform_candidate_sampler`.
    """
    return _sample(
        "UniformCandidateSampler",
        true_classes,
        seed,
        num_true=num_true,
        num_sampled=num_sampled,
        unique=unique,
        range_max=range_max,
        name=name,
    )


def log_uniform_candidate_sampler(
    true_classes: TensorLike,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> Candidates:
    """Samples class k with probability log((k + 2) / (k + 1)) / log(range_max + 1).

    That fits classes in the order of falling frequency, such as words by Zipf's law. Arguments are
    those of `uniform_candidate_sampler`.

    Source: TensorFlow 1.15 `tf.nn.log_uniform_candidate_sampler`.
    """
    return _sample(
        "LogUniformCandidateSampler",
        true_classes,
        seed,
        num_true=num_true,
        num_sampled=num_sampled,
        unique=unique,
        range_max=range_max,
        name=name,
    )


def learned_unigram_candidate_sampler(
    true_classes: TensorLike,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> Candidates:
    """Samples classes by how often they have been true classes so far, and once more.

    Arguments are those of `uniform_candidate_sampler`.

    Source: TensorFlow 1.15 `tf.nn.learned_unigram_candidate_sampler`.
    """
    return _sample(
        "LearnedUnigramCandidateSampler",
        true_classes,
        seed,
        num_true=num_true,
        num_sampled=num_sampled,
        unique=unique,
        range_max=range_max,
        name=name,
    )


def fixed_unigram_candidate_sampler(
    true_classes: TensorLike,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    vocab_file: str = "",
    distortion: float = 1.0,
    num_reserved_ids: int = 0,
    num_shards: int = 1,
    shard: int = 0,
    unigrams: Sequence[float] = (),
    seed: int | None = None,
    name: str | None = None,
) -> Candidates:
    """Samples classes by frequencies that are given.

    Args:
      true_classes, num_true, num_sampled, unique: as in `uniform_candidate_sampler`.
      range_max: how many classes there are.
      vocab_file: a file whose lines end in a comma and the frequency of a class.
      distortion: the power to which frequencies are raised.
      num_reserved_ids: how many classes, from 0 on, come before those and are never sampled.
      num_shards: how many samplers divide the classes.
      shard: which of them this is.
      unigrams: the frequencies, in the place of a file.
      seed: the op's seed; see `get_seed`.
      name: a name for the operation.

    Returns:
      `Candidates`.

    Raises:
      InvalidArgumentError: at a run, as of `uniform_candidate_sampler`, or frequencies are given
        twice, or not at all, or are not `range_max`.

    Source: TensorFlow 1.15 `tf.nn.fixed_unigram_candidate_sampler`.
    """
    return _sample(
        "FixedUnigramCandidateSampler",
        true_classes,
        seed,
        num_true=num_true,
        num_sampled=num_sampled,
        unique=unique,
        range_max=range_max,
        vocab_file=vocab_file,
        distortion=distortion,
        num_reserved_ids=num_reserved_ids,
        num_shards=num_shards,
        shard=shard,
        unigrams=list(unigrams),
        name=name,
    )


def all_candidate_sampler(
    true_classes: TensorLike,
    num_true: int,
    num_sampled: int,
    unique: bool,
    seed: int | None = None,
    name: str | None = None,
) -> Candidates:
    """Every class once, to compare a sampler with; `num_sampled` is how many there are.

    Source: TensorFlow 1.15 `tf.nn.all_candidate_sampler`.
    """
    return _sample(
        "AllCandidateSampler",
        true_classes,
        seed,
        num_true=num_true,
        num_sampled=num_sampled,
        unique=unique,
        name=name,
    )


# ---- ComputeAccidentalHits ----

op(
    "ComputeAccidentalHits(true_classes: int64, sampled_candidates: int64)"
    " -> indices: int32, ids: int64, weights: float32",
    f"num_true: int; {_SEEDS}",
)
undefined_gradient("ComputeAccidentalHits")


@shape("ComputeAccidentalHits")
def compute_accidental_hits_shape(true_classes: Tensor, num_true: int) -> list[Dims]:
    """Three vectors of one unknown size."""
    with_value(with_rank(true_classes.dims, 2)[1], num_true)
    return [(None,), (None,), (None,)]


def compute_accidental_hits(
    true_classes: TensorLike,
    sampled_candidates: TensorLike,
    num_true: int,
    seed: int | None = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Where sampled classes are true classes of an example.

    Args:
      true_classes: [batch, num_true]; int64.
      sampled_candidates: [num_sampled]; int64.
      num_true: how many true classes an example has.
      seed: accepted for compatibility.
      name: a name for the operation.

    Returns:
      Three vectors: int32 numbers of examples, int64 positions among the sampled classes, and
      weights of the lowest float32, to be added to the logits there.

    Source: TensorFlow 1.15 `tf.nn.compute_accidental_hits`.
    """
    seed1, seed2 = get_seed(seed)
    indices, ids, weights = build(
        "ComputeAccidentalHits",
        true_classes,
        sampled_candidates,
        num_true=num_true,
        seed=seed1,
        seed2=seed2,
        name=name,
    )
    return indices, ids, weights
