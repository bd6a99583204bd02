"""Samplers of classes; all run on the CPU, as in TensorFlow, and draw the same classes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from tfsession.errors import InvalidArgumentError
from tfsession.formats.streams import path_of
from tfsession.registry import kernel

from .random import PhiloxState, philox_words

Array = Any

# 32-bit words that a run reserves for each class that it samples.
_RESERVED_WORDS = 2048

# Blocks of words that are computed together.
_CHUNK = 64


# ---- Numbers ----


class Words:
    """Random numbers that are drawn one after another."""

    def __init__(self, state: PhiloxState, counter: int) -> None:
        """Begins at a counter that the generator has reserved."""
        self._key = state.key
        self._counter = counter
        self._words = self._all()

    def _all(self) -> Iterator[int]:
        counter = self._counter
        while True:
            yield from philox_words(np, self._key, counter, _CHUNK).ravel().tolist()
            counter += _CHUNK

    def word(self) -> int:
        """32 random bits."""
        return next(self._words)

    def single(self) -> float:
        """A float32 in [0, 1)."""
        return float((self.word() & 0x7FFFFF) / 2**23)

    def double(self) -> float:
        """A float64 in [0, 1)."""
        high, low = self.word(), self.word()
        return ((high & 0xFFFFF) << 32 | low) / 2**52

    def below(self, limit: int, bits: int) -> int:
        """An integer in [0, limit), without bias, of numbers of 32 or 64 bits."""
        most = 2**bits - 1
        rest = 0 if limit & (limit - 1) == 0 else most % limit + 1
        while True:
            found = self.word() if bits == 32 else self.word() | self.word() << 32
            if found <= most - rest:
                return found % limit


# ---- Distributions ----


class _Distribution(Protocol):
    """What classes are sampled by.

    Attributes:
      range: how many classes there are.
    """

    range: int

    def sample(self, words: Words) -> int:
        """Draws a class."""

    def probabilities(self, classes: Array) -> Array:
        """The probability of each of an array of classes, float32."""


class _Uniform:
    def __init__(self, range: int) -> None:
        self.range = range

    def sample(self, words: Words) -> int:
        return words.below(self.range, 64)

    def probabilities(self, classes: Array) -> Array:
        return np.full(classes.shape, 1 / self.range, np.float32)


class _LogUniform:
    def __init__(self, range: int) -> None:
        self.range = range
        self._log_range = math.log1p(range)

    def sample(self, words: Words) -> int:
        return (int(math.exp(words.double() * self._log_range)) - 1) % self.range

    def probabilities(self, classes: Array) -> Array:
        return (np.log((classes + 2.0) / (classes + 1.0)) / self._log_range).astype(np.float32)


def _of_known(classes: Array, numbers: Array) -> Array:
    """The number of each class, 0 of one that there is not."""
    is_known = (classes >= 0) & (classes < len(numbers))
    return np.where(is_known, numbers[np.where(is_known, classes, 0)], 0)


class _Learned:
    """Classes by the number of times that they have been true classes, and once more."""

    def __init__(self, range: int) -> None:
        self.range = range
        self._counts = np.ones(range, np.int64)

    def sample(self, words: Words) -> int:
        place = words.below(int(self._counts.sum()), 32)
        return int(np.searchsorted(np.cumsum(self._counts), place, side="right"))

    def probabilities(self, classes: Array) -> Array:
        counts = _of_known(classes, self._counts)
        return (counts / self._counts.sum()).astype(np.float32)

    def learn(self, classes: Array) -> None:
        np.add.at(self._counts, classes[(classes >= 0) & (classes < self.range)], 1)


class _Fixed:
    """Classes by given weights.

    Each class has a bucket of the same size, which it shares with at most one other class. Source:
    A. J. Walker, "An efficient method for generating discrete random variables with general
    distributions", 1977.
    """

    def __init__(self, weights: Array) -> None:
        self.range = len(weights)
        self._weights = weights
        self._total = np.float32(0)
        for weight in weights:
            self._total += weight
        shares = [float(weight) * self.range / math.fsum(weights.tolist()) for weight in weights]
        self._others = list(range(self.range))
        low = [i for i, share in enumerate(shares) if share < 1]
        high = [i for i, share in enumerate(shares) if share >= 1]
        while low and high:
            poor, rich = low.pop(), high.pop()
            self._others[poor] = rich
            shares[rich] -= 1 - shares[poor]
            (low if shares[rich] < 1 else high).append(rich)
        for i in (*low, *high):
            shares[i] = 1.0
        self._shares = [float(np.float32(share)) for share in shares]

    def sample(self, words: Words) -> int:
        place = words.single()
        bucket = words.below(self.range, 32)
        return bucket if place < self._shares[bucket] else self._others[bucket]

    def probabilities(self, classes: Array) -> Array:
        return (_of_known(classes, self._weights) / self._total).astype(np.float32)


def _weights_of(attrs: Any) -> Array:
    """The weights of the classes of a FixedUnigramCandidateSampler."""
    file, unigrams = attrs["vocab_file"], attrs["unigrams"]
    if file and unigrams:
        raise InvalidArgumentError.of("Must only provide one of vocab_file and unigrams.")
    if not file and not unigrams:
        raise InvalidArgumentError.of("Must provide either vocab_file or unigrams.")
    if file:
        with open(path_of(file)) as lines:
            unigrams = [float(line.rpartition(",")[2]) for line in lines]
    first = attrs["num_reserved_ids"]
    kept = [
        weight
        for index, weight in enumerate(unigrams, first)
        if index % attrs["num_shards"] == attrs["shard"]
    ]
    powers = np.power(np.array(kept, np.float64), attrs["distortion"]).astype(np.float32)
    return np.concatenate([np.zeros(first, np.float32), powers])


# ---- Samplers ----


class _Sampler:
    """What a sampler keeps between steps."""

    def __init__(self, op: Any, distribution: _Distribution) -> None:
        self.random = PhiloxState(op.attrs["seed"], op.attrs["seed2"])
        self.distribution = distribution


def _state(make: Any) -> Any:
    return lambda resources, op: _Sampler(op, make(op.attrs))


def _check_true(true_classes: Array, num_true: int) -> None:
    if true_classes.ndim != 2:
        raise InvalidArgumentError.of("true_classes must be a matrix")
    if true_classes.shape[1] != num_true:
        raise InvalidArgumentError.of(
            f"true_classes must have num_true columns, expected: {true_classes.shape[1]} "
            f"was: {num_true}"
        )


def _expected(probabilities: Array, num_sampled: int, tries: int) -> Array:
    """How often classes are to be expected among the sampled ones."""
    if tries == num_sampled:
        return probabilities * np.float32(num_sampled)
    return -np.expm1(tries * np.log1p(-probabilities)).astype(np.float32)


def _draw(
    distribution: _Distribution, words: Words, num_sampled: int, unique: bool
) -> tuple[Array, int]:
    """The sampled classes, and how many draws they took."""
    if not unique:
        classes = [distribution.sample(words) for _ in range(num_sampled)]
        return np.array(classes, np.int64), num_sampled
    found: dict[int, None] = {}
    tries = 0
    while len(found) < num_sampled:
        found[distribution.sample(words)] = None
        tries += 1
    return np.fromiter(found, np.int64, num_sampled), tries


def _sample(
    true_classes: Array, num_true: int, num_sampled: int, unique: bool, state: _Sampler
) -> tuple[Array, Array, Array]:
    _check_true(true_classes, num_true)
    distribution = state.distribution
    if unique and num_sampled > distribution.range:
        raise InvalidArgumentError.of("Sampler's range is too small.")
    blocks = -(-_RESERVED_WORDS * num_sampled // 4)
    words = Words(state.random, state.random.take(blocks))
    classes, tries = _draw(distribution, words, num_sampled, unique)
    return (
        classes,
        _expected(distribution.probabilities(true_classes), num_sampled, tries),
        _expected(distribution.probabilities(classes), num_sampled, tries),
    )


def _register(op: str, make: Any) -> None:
    @kernel(op, device="CPU", state=_state(make))
    def sample(
        xp: Any,
        true_classes: Array,
        num_true: int,
        num_sampled: int,
        unique: bool,
        state: _Sampler,
    ) -> tuple[Array, Array, Array]:
        return _sample(true_classes, num_true, num_sampled, unique, state)


_register("UniformCandidateSampler", lambda attrs: _Uniform(attrs["range_max"]))
_register("LogUniformCandidateSampler", lambda attrs: _LogUniform(attrs["range_max"]))


def _fixed(attrs: Any) -> _Fixed:
    weights = _weights_of(attrs)
    if len(weights) != attrs["range_max"]:
        raise InvalidArgumentError.of(
            f"range_max is {attrs['range_max']} but there are {len(weights)} classes"
        )
    return _Fixed(weights)


_register("FixedUnigramCandidateSampler", _fixed)


@kernel(
    "LearnedUnigramCandidateSampler",
    device="CPU",
    state=_state(lambda attrs: _Learned(attrs["range_max"])),
)
def learned_unigram_candidate_sampler(
    xp: Any, true_classes: Array, num_true: int, num_sampled: int, unique: bool, state: Any
) -> tuple[Array, Array, Array]:
    """Samples, then learns the true classes."""
    found = _sample(true_classes, num_true, num_sampled, unique, state)
    state.distribution.learn(true_classes)
    return found


@kernel("AllCandidateSampler", device="CPU")
def all_candidate_sampler(
    xp: Any, true_classes: Array, num_true: int, num_sampled: int
) -> tuple[Array, Array, Array]:
    """Every class once."""
    _check_true(true_classes, num_true)
    ones = np.ones(num_sampled, np.float32)
    return np.arange(num_sampled), np.ones(true_classes.shape, np.float32), ones


@kernel("ComputeAccidentalHits", device="CPU")
def compute_accidental_hits(
    xp: Any, true_classes: Array, sampled_candidates: Array, num_true: int
) -> tuple[Array, Array, Array]:
    """Where sampled classes are true ones; of a class that is sampled twice, its last place."""
    if true_classes.ndim != 2 or true_classes.shape[1] != num_true:
        raise InvalidArgumentError.of("true_candidates must be a batch_size * num_true matrix")
    if sampled_candidates.ndim != 1:
        raise InvalidArgumentError.of(
            "sampled_candidates must be a vector, which is typically the output from "
            "CandidateSampler"
        )
    places = {value: place for place, value in enumerate(sampled_candidates.tolist())}
    hits = [
        (row, places[value])
        for row, values in enumerate(true_classes.tolist())
        for value in values
        if value in places
    ]
    rows, ids = np.array(hits, np.int64).reshape(-1, 2).T
    weights = np.full(len(hits), -np.finfo(np.float32).max, np.float32)
    return rows.astype(np.int32), ids.copy(), weights
