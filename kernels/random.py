"""Random numbers: Philox 4x32 with 10 rounds, with TensorFlow's keys, counters and distributions.

The generator is counter based: a 64-bit key and a 128-bit counter give four 32-bit words (one
block), whatever came before. An op therefore keeps nothing but its key and its next counter, and a
whole array of blocks is computed at once. Source of the generator: Salmon et al., "Parallel random
numbers: as easy as 1, 2, 3", SC 2011.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

from .launch import C_FLOATS, over_elements
from .special import digamma, in_float64

Array = Any

_MULTIPLIERS = np.array([[0xD2511F53], [0xCD9E8D57]], np.uint64)
_KEY_STEPS = np.array([0x9E3779B9, 0xBB67AE85], np.uint64)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_ROUNDS = 10

# Counters reserved for each output element, more than any distribution needs.
_RESERVED_BLOCKS = 256

# Blocks computed together: the working arrays then stay in a core's cache.
_CHUNK = 8192

# Of no more blocks than this, those of the next calls are computed too: the time is in the calls
# of NumPy, not in the numbers.
_FEW_BLOCKS = 16
_BLOCKS_AHEAD = 256


# ---- State ----


class PhiloxState:
    """What a random op keeps between steps: its key and the counter of its next block.

    Attributes:
      key: 64 bits, the op's first seed.
    """

    def __init__(self, seed: int, seed2: int) -> None:
        """Makes the state of an op; both seeds 0 ask for numbers that nobody can repeat."""
        if seed == 0 and seed2 == 0:
            seed = int.from_bytes(os.urandom(8), "little")
            seed2 = int.from_bytes(os.urandom(8), "little")
        self.key = seed & (2**64 - 1)
        self._counter = (seed2 & (2**64 - 1)) << 64
        self._lock = threading.Lock()
        # How many numbers and blocks the last call of `few_words` was for, and the words of the
        # next ones.
        self._last: tuple[int, int] | None = None
        self._ahead: Iterator[Array] = iter(())

    def take(self, blocks: int) -> int:
        """Reserves `blocks` counters and returns the first; safe between threads."""
        with self._lock:
            self._last = None
            return self._take(blocks)

    def _take(self, blocks: int) -> int:
        first = self._counter
        self._counter = (first + blocks) & (2**128 - 1)
        return first

    def few_words(self, count: int, blocks: int) -> Array:
        """Reserves the counters of some numbers; safe between threads.

        Args:
          count: how many numbers.
          blocks: how many blocks they take.

        Returns:
          the blocks' words, [blocks, 4]; uint32, for the caller to overwrite.
        """
        with self._lock:
            first = self._take(_RESERVED_BLOCKS * count)
            if self._last != (count, blocks):
                self._last, self._ahead = (count, blocks), iter(())
                return philox_words(np, self.key, first, blocks)
            words = next(self._ahead, None)
            if words is None:
                self._ahead = iter(self._next_words(first, count, blocks))
                words = next(self._ahead)
            return words

    def _next_words(self, first: int, count: int, blocks: int) -> Array:
        """The words of this call and the next ones, [calls, blocks, 4]."""
        calls = np.arange(_BLOCKS_AHEAD // blocks, dtype=np.uint64)
        offsets = calls[:, None] * np.uint64(_RESERVED_BLOCKS * count)
        every = (offsets + np.arange(blocks, dtype=np.uint64)).ravel()
        return philox_words_at(np, self.key, first, every).reshape(-1, blocks, 4)


def _make_state(resources: Any, op: Any) -> PhiloxState:
    return PhiloxState(op.attrs["seed"], op.attrs["seed2"])


# ---- Generator ----


def _round_keys(key: int) -> Array:
    """The keys of the rounds, [round, 2, 1]."""
    first = np.array([key & 0xFFFFFFFF, key >> 32], np.uint64)
    steps = np.arange(_ROUNDS, dtype=np.uint64)[:, None] * _KEY_STEPS
    return ((first + steps) & _LOW)[:, :, None]


def _rounds(xp: Any, key: int, even: Array, odd: Array) -> tuple[Array, Array]:
    """Runs the rounds in place.

    Args:
      xp: array library.
      key: 64 bits.
      even: [2, blocks]; uint64, words 0 and 2 of the counters.
      odd: [2, blocks]; uint64, words 1 and 3.

    Returns:
      Words 0 and 2, and words 1 and 3 of the results.
    """
    multipliers, keys = xp.asarray(_MULTIPLIERS), xp.asarray(_round_keys(key))
    product = xp.empty_like(even)
    for index in range(_ROUNDS):
        xp.multiply(even, multipliers, out=product)
        crossed = product[::-1]
        xp.bitwise_xor(odd, keys[index], out=odd)
        xp.right_shift(crossed, _HALF, out=even)
        xp.bitwise_xor(even, odd, out=even)
        xp.bitwise_and(crossed, _LOW, out=odd)
    return even, odd


def _write_words(even: Array, odd: Array, words: Array) -> None:
    """Casts the results of `_rounds` into `words`, [blocks, 4]; uint32."""
    words[:, 0] = even[0]
    words[:, 1] = odd[0]
    words[:, 2] = even[1]
    words[:, 3] = odd[1]


def philox_words(xp: Any, key: int, counter: int, blocks: int) -> Array:
    """The words of consecutive blocks.

    Args:
      xp: array library.
      key: 64 bits.
      counter: 128 bits, of the first block.
      blocks: how many blocks.

    Returns:
      [blocks, 4]; uint32.
    """
    words = xp.empty((blocks, 4), np.uint32)
    chunk = _CHUNK if xp is np else max(blocks, 1)
    for start in range(0, blocks, chunk):
        part = words[start : start + chunk]
        offsets = xp.arange(start, start + len(part), dtype=np.uint64)
        _write_words(*_rounds(xp, key, *_counters(xp, counter, offsets)), part)
    return words


def philox_words_at(xp: Any, key: int, counter: int, offsets: Array) -> Array:
    """The words of the blocks at ``counter + offsets``; offsets are uint64, result [n, 4]."""
    words = xp.empty((len(offsets), 4), np.uint32)
    _write_words(*_rounds(xp, key, *_counters(xp, counter, offsets)), words)
    return words


def _counters(xp: Any, counter: int, offsets: Array) -> tuple[Array, Array]:
    """128-bit sums of a counter and uint64 offsets, as words 0 and 2, and words 1 and 3."""
    base_low, base_high = np.uint64(counter & (2**64 - 1)), np.uint64(counter >> 64)
    low = offsets + base_low
    high = base_high + (low < base_low).astype(np.uint64)
    even, odd = xp.empty((2, len(offsets)), np.uint64), xp.empty((2, len(offsets)), np.uint64)
    xp.bitwise_and(low, _LOW, out=even[0])
    xp.bitwise_and(high, _LOW, out=even[1])
    xp.right_shift(low, _HALF, out=odd[0])
    xp.right_shift(high, _HALF, out=odd[1])
    return even, odd


# ---- Distributions of words ----

# Width of the mantissa, unsigned type of the same size, bits of 1.0.
_UNIFORM = {
    "float16": (10, np.uint16, 15 << 10),
    "bfloat16": (7, np.uint16, 127 << 7),
    "float32": (23, np.uint32, 127 << 23),
}


def uniform_of_words(xp: Any, words: Array, dtype: np.dtype[Any]) -> Array:
    """Numbers in [0, 1): a random mantissa under the exponent of 1, minus 1.

    Args:
      xp: array library.
      words: flat; uint32, overwritten.
      dtype: float16, bfloat16, float32, or float64, which takes two words a number.
    """
    if dtype == np.float64:
        high = (words[0::2] & np.uint32(0xFFFFF)).astype(np.uint64)
        bits = (high << _HALF) | words[1::2] | np.uint64(1023 << 52)
        return bits.view(np.float64) - 1.0
    mantissa, unsigned, one = _UNIFORM[dtype.name]
    bits = words if unsigned is np.uint32 else words.astype(unsigned)
    xp.bitwise_and(bits, unsigned((1 << mantissa) - 1), out=bits)
    xp.bitwise_or(bits, unsigned(one), out=bits)
    values = bits.view(dtype)
    return xp.subtract(values, dtype.type(1), out=values)


def normal_of_words(xp: Any, words: Array, dtype: np.dtype[Any]) -> Array:
    """Standard normal numbers by the Box-Muller transform, two from each pair of uniform ones.

    Args:
      xp: array library.
      words: flat; uint32, an even number (a multiple of 4 for float64); overwritten.
      dtype: float32 or float64.
    """
    uniform = uniform_of_words(xp, words, dtype)
    radius = xp.maximum(uniform[0::2], dtype.type(1e-7))
    xp.log(radius, out=radius)
    xp.multiply(radius, dtype.type(-2), out=radius)
    xp.sqrt(radius, out=radius)
    # The product is taken in double precision, as in TensorFlow.
    angle = (uniform[1::2].astype(np.float64) * (2 * np.pi)).astype(dtype)
    xp.multiply(xp.sin(angle), radius, out=uniform[0::2])
    xp.multiply(xp.cos(angle, out=angle), radius, out=uniform[1::2])
    return uniform


def _dims(shape: Array) -> tuple[int, ...]:
    dims = tuple(int(size) for size in shape)
    if any(size < 0 for size in dims):
        raise InvalidArgumentError.of(f"Dimension {min(dims)} must be >= 0")
    return dims


def _size(dims: tuple[int, ...]) -> int:
    count = 1
    for size in dims:
        count *= size
    return count


def _compute_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The precision in which normal numbers are computed."""
    return dtype if dtype == np.float64 else np.dtype(np.float32)


def _fill(
    xp: Any,
    state: PhiloxState,
    dims: tuple[int, ...],
    dtype: Any,
    words_each: int,
    distribution: Any,
) -> Array:
    """An array of numbers made of consecutive words, chunk by chunk.

    Args:
      xp: array library.
      state: of the op.
      dims: shape of the result.
      dtype: NumPy dtype of the result.
      words_each: words a number takes.
      distribution: ``f(words)`` gives the numbers of flat words.
    """
    count, group = _size(dims), 4 // words_each
    blocks = -(-count // group)
    if xp is np and 0 < blocks <= _FEW_BLOCKS:
        numbers = distribution(state.few_words(count, blocks).reshape(-1))[:count]
        return np.asarray(numbers, dtype).reshape(dims)
    counter = state.take(_RESERVED_BLOCKS * count)
    result = xp.empty(count, dtype)
    chunk = _CHUNK if xp is np else -(-count // group) or 1
    for start in range(0, count, chunk * group):
        part = result[start : start + chunk * group]
        words = philox_words(xp, state.key, counter + start // group, -(-len(part) // group))
        part[...] = distribution(words.reshape(-1))[: len(part)]
    return result.reshape(dims)


def _filled_gpu(
    device: Any,
    name: str,
    state: PhiloxState,
    dims: tuple[int, ...],
    dtype: Any,
    more: tuple[Any, ...] = (),
) -> Array:
    """An array of numbers by a kernel of random.cu; `more` are arguments after the counter."""
    count = _size(dims)
    counter = state.take(_RESERVED_BLOCKS * count)
    return _drawn_gpu(device, name, state.key, counter, dims, dtype, more)


def _drawn_gpu(
    device: Any,
    name: str,
    key: int,
    counter: int,
    dims: tuple[int, ...],
    dtype: Any,
    more: tuple[Any, ...] = (),
) -> Array:
    """`_filled_gpu` from a counter that has been taken."""
    result, count = device.xp.empty(dims, dtype), _size(dims)
    low, high = np.uint64(counter & (2**64 - 1)), np.uint64(counter >> 64)
    arguments = (result, np.int64(count), np.uint64(key), low, high, *more)
    # A thread makes the numbers of one block, two at least.
    over_elements(device, "random.cu", name, -(-count // 2), arguments)
    return result


# ---- RandomUniform ----


@kernel("RandomUniform", host=("shape",), state=_make_state, capturable=False)
def random_uniform(xp: Any, shape: Array, dtype: Any, state: PhiloxState) -> Array:
    """Uniform floats in [0, 1)."""
    kind = dtype.numpy
    words_each = 2 if kind == np.float64 else 1
    return _fill(
        xp, state, _dims(shape), kind, words_each, lambda words: uniform_of_words(xp, words, kind)
    )


@kernel("RandomUniform", host=("shape",), state=_make_state, capturable=False, device="GPU")
def random_uniform_gpu(device: Any, shape: Array, dtype: Any, state: PhiloxState) -> Array:
    """The same numbers by one kernel."""
    kind = dtype.numpy
    return _filled_gpu(device, f"uniform<{C_FLOATS[kind]}>", state, _dims(shape), kind)


# ---- RandomUniformInt ----


def _check_bounds(dims: tuple[int, ...], low: int, high: int) -> None:
    if _size(dims) and low >= high:
        raise InvalidArgumentError.of(f"Need minval < maxval, got {low} >= {high}")


@kernel(
    "RandomUniformInt",
    host=("shape", "minval", "maxval"),
    state=_make_state,
    capturable=False,
)
def random_uniform_int(
    xp: Any,
    shape: Array,
    minval: Array,
    maxval: Array,
    Tout: Any,
    state: PhiloxState,
) -> Array:
    """Uniform integers in [minval, maxval), with the slight bias of a modulo."""
    dims, low, high = _dims(shape), int(minval), int(maxval)
    _check_bounds(dims, low, high)
    kind = Tout.numpy
    unsigned = np.dtype(f"uint{8 * kind.itemsize}")
    width, offset = unsigned.type(max(high - low, 1)), kind.type(low)

    def distribution(words: Array) -> Array:
        # Sums wrap around, as they do in two's complement.
        return (words.view(unsigned) % width).view(kind) + offset

    return _fill(xp, state, dims, kind, kind.itemsize // 4, distribution)


@kernel(
    "RandomUniformInt",
    host=("shape", "minval", "maxval"),
    state=_make_state,
    capturable=False,
    device="GPU",
)
def random_uniform_int_gpu(
    device: Any,
    shape: Array,
    minval: Array,
    maxval: Array,
    Tout: Any,
    state: PhiloxState,
) -> Array:
    """The same numbers by one kernel."""
    dims, low, high = _dims(shape), int(minval), int(maxval)
    _check_bounds(dims, low, high)
    bits = 8 * Tout.numpy.itemsize
    unsigned = np.dtype(f"uint{bits}").type
    bounds = (unsigned(low & (2**bits - 1)), unsigned(max(high - low, 1)))
    return _filled_gpu(device, f"uniform_int{bits}", state, dims, Tout.numpy, bounds)


# ---- RandomStandardNormal ----


@kernel("RandomStandardNormal", host=("shape",), state=_make_state, capturable=False)
def random_standard_normal(xp: Any, shape: Array, dtype: Any, state: PhiloxState) -> Array:
    """Standard normal numbers."""
    wide = _compute_dtype(dtype.numpy)
    words_each = 2 if wide == np.float64 else 1
    return _fill(
        xp,
        state,
        _dims(shape),
        dtype.numpy,
        words_each,
        lambda words: normal_of_words(xp, words, wide),
    )


@kernel("RandomStandardNormal", host=("shape",), state=_make_state, capturable=False, device="GPU")
def random_standard_normal_gpu(device: Any, shape: Array, dtype: Any, state: PhiloxState) -> Array:
    """The same numbers, but for the rounding of sines and logarithms, by one kernel."""
    kind = dtype.numpy
    return _filled_gpu(device, f"normal<{C_FLOATS[kind]}>", state, _dims(shape), kind)


# ---- TruncatedNormal ----


@kernel("TruncatedNormal", host=("shape",), state=_make_state, capturable=False)
def truncated_normal(xp: Any, shape: Array, dtype: Any, state: PhiloxState) -> Array:
    """Standard normal numbers with an absolute value below 2.

    Each group of one block's numbers has a stretch of counters of its own and draws from it until
    it is full.
    """
    dims = _dims(shape)
    count = _size(dims)
    counter = state.take(_RESERVED_BLOCKS * count)
    wide = _compute_dtype(dtype.numpy)
    group = 2 if wide == np.float64 else 4
    groups = -(-count // group)
    result = xp.empty((groups, group), wide)
    chunk = _CHUNK if xp is np else groups or 1
    for start in range(0, groups, chunk):
        _fill_truncated(xp, state.key, counter, start, result[start : start + chunk])
    return result.reshape(-1)[:count].reshape(dims).astype(dtype.numpy, copy=False)


def _fill_truncated(xp: Any, key: int, counter: int, first: int, result: Array) -> None:
    """Fills groups `first`, `first + 1`, ... with accepted numbers."""
    group = result.shape[1]
    stretch = np.uint64(_RESERVED_BLOCKS * group // 4)
    offsets = xp.arange(first, first + len(result), dtype=np.uint64) * stretch
    rows = xp.arange(len(result))
    filled = xp.zeros(len(result), np.int64)
    for block in range(int(stretch)):
        words = philox_words_at(xp, key, counter, offsets[rows] + np.uint64(block))
        numbers = normal_of_words(xp, words.reshape(-1), result.dtype).reshape(-1, group)
        accepted = xp.abs(numbers) < 2
        rank = filled[rows, None] + xp.cumsum(accepted, axis=1) - 1
        row, column = xp.nonzero(accepted & (rank < group))
        result[rows[row], rank[row, column]] = numbers[row, column]
        filled[rows] = rank[:, -1] + 1
        rows = rows[rank[:, -1] + 1 < group]
        if not len(rows):
            return


@kernel("TruncatedNormal", host=("shape",), state=_make_state, capturable=False, device="GPU")
def truncated_normal_gpu(device: Any, shape: Array, dtype: Any, state: PhiloxState) -> Array:
    """The same numbers, but for the rounding of sines and logarithms, by one kernel."""
    kind = dtype.numpy
    return _filled_gpu(device, f"truncated_normal<{C_FLOATS[kind]}>", state, _dims(shape), kind)


# ---- RandomShuffle ----


@kernel("RandomShuffle", state=_make_state, device="CPU")
def random_shuffle(xp: Any, value: Array, state: PhiloxState) -> Array:
    """The rows of `value` in random order."""
    count = value.shape[0] if value.ndim else 1
    if count <= 1:
        return value.copy()
    blocks = -(-(count - 1) // 4)
    words = philox_words(np, state.key, state.take(blocks), blocks).reshape(-1)[: count - 1]
    # Each swap reads what the one before has written, so this is a loop over plain integers.
    targets = words % np.arange(count, 1, -1, dtype=np.uint32)
    order = list(range(count))
    for index, target in enumerate(targets.tolist()):
        target += index
        order[index], order[target] = order[target], order[index]
    return value[order]


# ---- Multinomial ----


def _check_multinomial(logits: Array, num_samples: Array) -> int:
    if logits.ndim != 2:
        raise InvalidArgumentError.of(f"logits should be a matrix, got shape {list(logits.shape)}")
    samples = int(num_samples)
    if samples < 0:
        raise InvalidArgumentError.of(f"num_samples should be nonnegative, got {samples}")
    if samples and logits.shape[0] and not logits.shape[1]:
        raise InvalidArgumentError.of("num_classes should be positive, got 0")
    return samples


@kernel("Multinomial", host=("num_samples",), state=_make_state, capturable=False, device="CPU")
def multinomial(
    xp: Any, logits: Array, num_samples: Array, output_dtype: Any, state: PhiloxState
) -> Array:
    """Classes drawn by inverting the cumulative distribution of each row."""
    samples = _check_multinomial(logits, num_samples)
    rounded = -(-samples // 4) * 4
    counter = state.take(_RESERVED_BLOCKS * logits.shape[0] * 2 * rounded)
    return _classes(logits, samples, state.key, counter, output_dtype)


def _classes(logits: Array, samples: int, key: int, counter: int, output_dtype: Any) -> Array:
    batch = logits.shape[0]
    result = np.empty((batch, samples), output_dtype.numpy)
    if not result.size:
        return result
    words = philox_words(np, key, counter, -(-batch * samples * 2 // 4)).reshape(-1)
    draws = uniform_of_words(np, words, np.dtype(np.float64))
    draws = draws[: batch * samples].reshape(batch, samples)
    scores = logits.astype(np.float64)
    finite = np.isfinite(scores)
    highest = np.max(scores, axis=1, where=finite, initial=-np.finfo(np.float64).max, keepdims=True)
    weights = np.where(finite, np.exp(np.where(finite, scores, 0) - highest), 0)
    sums = np.cumsum(weights, axis=1)
    for row in range(batch):
        result[row] = np.searchsorted(sums[row], draws[row] * sums[row, -1], side="right")
    return result


# The key with which the seeds of stateless ops are mixed, so that any two of them will do.
# Source: TensorFlow 1.15, core/kernels/stateless_random_ops.cc `GenerateKey`.
_MIXING_KEY = 0x02461E293EC8F720


def mixed_seeds(seed: Array) -> tuple[int, int]:
    """Key and first counter of a stateless op with a pair of seeds."""
    if seed.shape != (2,):
        raise InvalidArgumentError.of(f"seed must have shape [2], not {list(seed.shape)}")
    first, second = (int(n) & (2**64 - 1) for n in seed)
    words = philox_words(np, _MIXING_KEY, first | second << 64, 1).ravel().tolist()
    return words[0] | words[1] << 32, (words[2] | words[3] << 32) << 64


@kernel("StatelessMultinomial", device="CPU")
def stateless_multinomial(
    xp: Any, logits: Array, num_samples: Array, seed: Array, output_dtype: Any
) -> Array:
    """Classes drawn by inverting the cumulative distribution of each row."""
    samples = _check_multinomial(logits, num_samples)
    return _classes(logits, samples, *mixed_seeds(seed), output_dtype)


@kernel("Multinomial", host=("num_samples",), state=_make_state, capturable=False, device="GPU")
def multinomial_by_noise(
    device: Any, logits: Array, num_samples: Array, output_dtype: Any, state: PhiloxState
) -> Array:
    """Classes of the highest logit under Gumbel noise, as TensorFlow draws them on a GPU."""
    xp = device.xp
    samples = _check_multinomial(logits, num_samples)
    batch, classes = logits.shape
    rounded = -(-samples // 4) * 4
    counter = state.take(_RESERVED_BLOCKS * batch * rounded)
    if not batch or not samples:
        return xp.empty((batch, samples), output_dtype.numpy)
    noise = _drawn_gpu(
        device, "uniform<float>", state.key, counter, (batch, samples, classes), np.float32
    )
    scores = logits.astype(np.float32)[:, None, :] - xp.log(-xp.log(noise))
    return xp.argmax(scores, axis=2).astype(output_dtype.numpy)


# ---- RandomGamma ----


class _GammaDraws:
    """Normal and uniform numbers for many outputs, each with a generator of its own.

    A block gives two numbers, which are used from the last to the first.
    """

    def __init__(self, key: int, counter: int, count: int) -> None:
        self._key = key
        self._counter = counter
        self._next = np.arange(count, dtype=np.uint64) * np.uint64(_RESERVED_BLOCKS)
        self._values = {kind: np.empty((count, 2)) for kind in ("normal", "uniform")}
        self._left = {kind: np.zeros(count, np.int64) for kind in ("normal", "uniform")}

    def take(self, kind: str, outputs: Array) -> Array:
        """One number for each of `outputs` (indices)."""
        left, values = self._left[kind], self._values[kind]
        empty = outputs[left[outputs] == 0]
        if len(empty):
            words = philox_words_at(np, self._key, self._counter, self._next[empty])
            make = normal_of_words if kind == "normal" else uniform_of_words
            values[empty] = make(np, words.reshape(-1), np.dtype(np.float64)).reshape(-1, 2)
            left[empty] = 2
            self._next[empty] += np.uint64(1)
        left[outputs] -= 1
        return values[outputs, left[outputs]]


@kernel("RandomGamma", state=_make_state, capturable=False, device="CPU")
def random_gamma(xp: Any, shape: Array, alpha: Array, state: PhiloxState) -> Array:
    """Gamma numbers by Marsaglia and Tsang's rejection (ACM TOMS 26, 2000)."""
    dims = _dims(shape)
    samples, count = _size(dims), _size(dims) * alpha.size
    counter = state.take(_RESERVED_BLOCKS * count)
    if not count:
        return np.empty(dims + alpha.shape, alpha.dtype)
    draws = _GammaDraws(state.key, counter, count)
    # Outputs are generated alpha by alpha and laid out sample by sample.
    alphas = np.repeat(alpha.reshape(-1).astype(np.float64), samples)
    result = np.empty(count)
    is_exponential = alphas == 1
    outputs = np.nonzero(is_exponential)[0]
    if len(outputs):
        result[outputs] = -np.log1p(-draws.take("uniform", outputs))
    outputs = np.nonzero(~is_exponential)[0]
    shift = np.where(alphas < 1, alphas + 2 / 3, alphas - 1 / 3)
    scale = 1 / (3 * np.sqrt(shift))
    while len(outputs):
        x = draws.take("normal", outputs)
        v = 1 + scale[outputs] * x
        # What is no number, for a negative alpha, goes on to the result.
        positive = ~(v <= 0)
        tried, x, v = outputs[positive], x[positive], v[positive] ** 3
        u = draws.take("uniform", tried)
        d = shift[tried]
        accepted = (u < 1 - 0.0331 * x**4) | (np.log(u) < 0.5 * x**2 + d * (1 - v + np.log(v)))
        result[tried[accepted]] = d[accepted] * v[accepted]
        outputs = np.sort(np.concatenate([outputs[~positive], tried[~accepted]]))
    outputs = np.nonzero(alphas < 1)[0]
    if len(outputs):
        result[outputs] *= draws.take("uniform", outputs) ** (1 / alphas[outputs])
    by_alpha = result.reshape(alpha.size, samples).T
    return by_alpha.reshape(dims + alpha.shape).astype(alpha.dtype)


# ---- RandomGammaGrad ----

# A number x drawn from a gamma distribution moves with alpha so that the probability P(alpha, x)
# of a smaller one stays: dx / dalpha = -(dP / dalpha) / (dP / dx). Three formulas, each where it
# subtracts nothing large.

# Up to here the series serves any alpha; beyond, only x that are no larger than alpha.
_SERIES_X, _SERIES_ALPHA = 4, 30
# The terms that such a series takes to converge in float64.
_SERIES_TERMS = 160
# Nodes of Gauss and Legendre's quadrature; integrands are below 1e-20 of their largest value
# outside the intervals chosen.
_NODES = 64


def _gamma_slope_by_series(xp: Any, alpha: Array, x: Array) -> Array:
    """From P(a, x) = x^a e^-x / gamma(a) times the sum of x^n / (a (a + 1) ... (a + n))."""
    term, harmonic = x / alpha, xp.zeros_like(x)
    total, weighted = term, xp.zeros_like(x)
    for n in range(1, _SERIES_TERMS):
        term = term * x / (alpha + n)
        harmonic = harmonic + 1 / (alpha + n)
        total = total + term
        weighted = weighted + term * harmonic
    return weighted - (xp.log(x) - digamma(xp, alpha + 1)) * total


def _gamma_slope_by_integral(xp: Any, alpha: Array, x: Array, width: Array) -> Array:
    """The integral of (log t - digamma(a)) (t / x)^(a - 1) e^(x - t) from x to x + width."""
    total, level = xp.zeros_like(x), digamma(xp, alpha)
    for node, weight in zip(*np.polynomial.legendre.leggauss(_NODES), strict=True):
        step = width * (0.5 * (float(node) + 1))
        ratio = xp.log1p(step / x)
        density = xp.exp((alpha - 1) * ratio - step)
        total = total + float(weight) * density * (xp.log(x) + ratio - level)
    return 0.5 * width * total


@kernel("RandomGammaGrad")
@in_float64
def random_gamma_grad(xp: Any, alpha: Array, sample: Array) -> Array:
    """How a number drawn from a gamma distribution moves with the parameter alpha."""
    alpha, x = xp.broadcast_arrays(alpha, sample)
    is_below = x <= alpha
    by_series = (x <= _SERIES_X) | (is_below & (alpha <= _SERIES_ALPHA))
    # Arguments of the formulas that are not chosen are made harmless.
    series = _gamma_slope_by_series(xp, xp.where(by_series, alpha, 1), xp.where(by_series, x, 1))
    far = xp.where(by_series, 100, x)
    a = xp.where(by_series, 100, alpha)
    above = _gamma_slope_by_integral(
        xp, xp.where(is_below, 100, a), xp.where(is_below, 100, far), 45 + 1.2 * xp.sqrt(90 * far)
    )
    lower_width = far * xp.minimum(1 - 1e-12, 10 / xp.sqrt(xp.maximum(a - 1, 1)))
    below = _gamma_slope_by_integral(xp, a, far, -lower_width)
    slope = xp.where(by_series, series, xp.where(is_below, below, above))
    return xp.where((x == 0) | (x == np.inf), 0, slope)
