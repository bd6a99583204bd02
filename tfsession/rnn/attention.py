"""`tf.contrib.seq2seq`: attention, by which a decoder reads an encoder's outputs."""

from __future__ import annotations

import collections
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tfsession import dtypes, nest
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import control_dependencies, name_scope
from tfsession.layers.base import Layer
from tfsession.layers.core import Dense
from tfsession.ops.array import (
    concat,
    expand_dims,
    identity,
    one_hot,
    ones,
    ones_like,
    reshape,
    sequence_mask,
    shape,
    squeeze,
    zeros,
)
from tfsession.ops.check import assert_equal, assert_positive
from tfsession.ops.clip import clip_by_value
from tfsession.ops.contraction import matmul
from tfsession.ops.functional import scan
from tfsession.ops.indexing import where
from tfsession.ops.initializers import constant_initializer, ones_initializer, zeros_initializer
from tfsession.ops.math import cast, exp, log, rsqrt, sigmoid, square, tanh
from tfsession.ops.random import random_normal
from tfsession.ops.rearrange import transpose
from tfsession.ops.reduction import argmax, cumprod, cumsum, reduce_sum
from tfsession.ops.softmax import softmax
from tfsession.ops.tensor_array import TensorArray
from tfsession.rnn.cell import RNNCell
from tfsession.rnn.states import check_cell, zero_state_of
from tfsession.shapes import TensorShape
from tfsession.variables.scope import get_variable, variable_scope

__all__ = [
    "AttentionMechanism",
    "AttentionWrapper",
    "AttentionWrapperState",
    "BahdanauAttention",
    "BahdanauMonotonicAttention",
    "LuongAttention",
    "LuongMonotonicAttention",
    "hardmax",
    "monotonic_attention",
    "safe_cumprod",
]


class AttentionMechanism:
    """What an `AttentionWrapper` asks where to look.

    Source: TensorFlow 1.15 `tf.contrib.seq2seq.AttentionMechanism`.
    """

    @property
    def alignments_size(self) -> Any:
        """The number of places to look at."""
        raise NotImplementedError

    @property
    def state_size(self) -> Any:
        """The size of the mechanism's own state."""
        raise NotImplementedError


class MemoryAttention(AttentionMechanism):
    """A mechanism that compares queries with keys, made of a memory by a layer.

    Args:
      query_layer: a layer for queries, or None.
      memory: of shape [batch, places, depth], or a structure of tensors that begin so.
      probability_fn: takes scores and the mechanism's last state, returns probabilities.
      memory_sequence_length: how many places of each sequence count, ints of shape [batch].
      memory_layer: a layer that makes keys of the memory, or None.
      score_mask_value: the score of places that do not count; minus infinity when None.
      custom_key_value_fn: takes keys and values, returns others.
      name: a name for the scope of the operations.

    Raises:
      TypeError: a layer is none.
      ValueError: the depth of the memory is not known.
    """

    def __init__(
        self,
        query_layer: Any,
        memory: Any,
        probability_fn: Callable[[Any, Any], Any],
        memory_sequence_length: Any = None,
        memory_layer: Any = None,
        score_mask_value: Any = None,
        custom_key_value_fn: Callable[[Any, Any], Any] | None = None,
        name: str | None = None,
    ) -> None:
        for layer, which in ((query_layer, "query_layer"), (memory_layer, "memory_layer")):
            if layer is not None and not isinstance(layer, Layer):
                raise TypeError(f"{which} is not a Layer: {type(layer).__name__}")
        if not callable(probability_fn):
            raise TypeError(
                f"probability_fn must be callable, saw type: {type(probability_fn).__name__}"
            )
        self._query_layer = query_layer
        self._memory_layer = memory_layer
        self.dtype = memory_layer.dtype if memory_layer is not None else None
        if score_mask_value is None:
            kind = dtypes.as_dtype(self.dtype or "float32")
            score_mask_value = kind.as_numpy_dtype(-np.inf)
        with name_scope(name, "BaseAttentionMechanismInit", nest.flatten(memory)):
            self._values = _prepared(memory, memory_sequence_length)
            self._keys = self._values if memory_layer is None else memory_layer(self._values)
            if custom_key_value_fn is not None:
                self._keys, self._values = custom_key_value_fn(self._keys, self._values)
            self._batch_size = self._keys.get_shape()[0].value or shape(self._keys)[0]
            self._alignments_size = self._keys.get_shape()[1].value or shape(self._keys)[1]

        def probabilities(score: Any, state: Any) -> Any:
            return probability_fn(_masked(score, memory_sequence_length, score_mask_value), state)

        self._probability_fn = probabilities

    @property
    def memory_layer(self) -> Any:
        """The layer that makes keys of the memory."""
        return self._memory_layer

    @property
    def query_layer(self) -> Any:
        """The layer for queries."""
        return self._query_layer

    @property
    def values(self) -> Any:
        """The memory, zero where it does not count."""
        return self._values

    @property
    def keys(self) -> Any:
        """What queries are compared with."""
        return self._keys

    @property
    def batch_size(self) -> Any:
        """The number of sequences."""
        return self._batch_size

    @property
    def alignments_size(self) -> Any:
        """The number of places."""
        return self._alignments_size

    @property
    def state_size(self) -> Any:
        """The number of places: the state is the last alignments."""
        return self._alignments_size

    def initial_alignments(self, batch_size: Any, dtype: Any) -> Any:
        """Zeros: before the first step there is no place that was looked at."""
        return zero_state_of(self._alignments_size, batch_size, dtype)

    def initial_state(self, batch_size: Any, dtype: Any) -> Any:
        """The state before the first step."""
        return self.initial_alignments(batch_size, dtype)


def _prepared(memory: Any, lengths: Any) -> Any:
    """The memory, with zeros where it does not count."""
    memory = nest.map_structure(lambda m: convert_to_tensor(m, name="memory"), memory)
    if lengths is not None:
        lengths = convert_to_tensor(lengths, name="memory_sequence_length")
    for m in nest.flatten(memory):
        if not m.get_shape()[2:].is_fully_defined():
            raise ValueError(
                f"Expected memory {m.name} to have fully defined inner dims, but saw shape: "
                f"{m.get_shape()}"
            )
    if lengths is None:
        return memory
    first = nest.flatten(memory)[0]
    mask = sequence_mask(lengths, maxlen=shape(first)[1], dtype=first.dtype)

    def masked(m: Tensor) -> Any:
        extra = ones(len(m.get_shape()) - 2, dtype=dtypes.int32)
        return m * reshape(mask, concat((shape(mask), extra), 0))

    return nest.map_structure(masked, memory)


def _masked(score: Any, lengths: Any, value: Any) -> Any:
    """Scores with a fixed value at the places that do not count."""
    if lengths is None:
        return score
    message = "All values in memory_sequence_length must greater than zero."
    with control_dependencies([assert_positive(lengths, message=message)]):
        mask = sequence_mask(lengths, maxlen=shape(score)[1])
    return where(mask, score, value * ones_like(score))


# ---- Luong ----


def _luong_score(query: Any, keys: Any, scale: Any) -> Any:
    depth, units = query.get_shape()[-1].value, keys.get_shape()[-1].value
    if depth != units:
        raise ValueError(
            "Incompatible or unknown inner dimensions between query and keys.  Query "
            f"({query}) has units: {depth}.  Keys ({keys}) have units: {units}.  Perhaps you need "
            f"to set num_units to the keys' dimension ({units})?"
        )
    score = squeeze(matmul(expand_dims(query, 1), keys, transpose_b=True), [1])
    return score if scale is None else scale * score


def _dense(num_units: int, name: str, dtype: Any) -> Dense:
    return Dense(num_units, name=name, use_bias=False, dtype=dtype)


class LuongAttention(MemoryAttention):
    """Scores by the product of query and key.

    Args:
      num_units: the depth of keys, which is that of queries.
      memory: of shape [batch, places, depth].
      memory_sequence_length: how many places of each sequence count, ints of shape [batch].
      scale: whether scores are multiplied by a variable.
      probability_fn: from scores to probabilities; softmax when None.
      score_mask_value: the score of places that do not count; minus infinity when None.
      dtype: of the variables; float32 when None.
      custom_key_value_fn: takes keys and values, returns others.
      name: a name for the scope of the operations.

    Raises:
      ValueError: at a call, the query has another depth than the keys.

    Source: TensorFlow 1.15 `tf.contrib.seq2seq.LuongAttention`; Luong et al., 2015,
      arXiv:1508.04025.
    """

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        scale: bool = False,
        probability_fn: Callable[[Any], Any] | None = None,
        score_mask_value: Any = None,
        dtype: Any = None,
        custom_key_value_fn: Callable[[Any, Any], Any] | None = None,
        name: str = "LuongAttention",
    ) -> None:
        probabilities = softmax if probability_fn is None else probability_fn
        super().__init__(
            query_layer=None,
            memory_layer=_dense(num_units, "memory_layer", dtype or dtypes.float32),
            memory=memory,
            probability_fn=lambda score, _: probabilities(score),
            memory_sequence_length=memory_sequence_length,
            score_mask_value=score_mask_value,
            custom_key_value_fn=custom_key_value_fn,
            name=name,
        )
        self._num_units = num_units
        self._scale = scale

    def __call__(self, query: Any, state: Any) -> Any:
        """Where to look.

        Args:
          query: of shape [batch, num_units].
          state: the last alignments.

        Returns:
          The alignments, of shape [batch, places], twice: they are the new state, too.
        """
        with variable_scope(None, "luong_attention", [query]):
            scale = None
            if self._scale:
                scale = get_variable(
                    "attention_g", dtype=query.dtype, initializer=ones_initializer, shape=()
                )
            score = _luong_score(query, self._keys, scale)
        alignments = self._probability_fn(score, state)
        return alignments, alignments


# ---- Bahdanau ----


def _bahdanau_score(query: Any, keys: Any, v: Any, g: Any, b: Any) -> Any:
    query = expand_dims(query, 1)
    if g is None:
        return reduce_sum(v * tanh(keys + query), [2])
    normed = g * v * rsqrt(reduce_sum(square(v)))
    return reduce_sum(normed * tanh(keys + query + b), [2])


def _additive_score(mechanism: Any, query: Any, num_units: int, normalize: bool) -> Any:
    """The score of a Bahdanau mechanism, of variables in the current scope."""
    processed = mechanism.query_layer(query)
    v = get_variable("attention_v", [num_units], dtype=query.dtype)
    g = b = None
    if normalize:
        g = get_variable(
            "attention_g",
            dtype=query.dtype,
            initializer=constant_initializer(math.sqrt(1.0 / num_units)),
            shape=(),
        )
        b = get_variable(
            "attention_b", [num_units], dtype=query.dtype, initializer=zeros_initializer()
        )
    return _bahdanau_score(processed, mechanism.keys, v, g, b)


class BahdanauAttention(MemoryAttention):
    """Scores by a small network of query and key.

    Args:
      num_units: the width of the network.
      memory: of shape [batch, places, depth].
      memory_sequence_length: how many places of each sequence count, ints of shape [batch].
      normalize: whether the network's last weights are kept at a length that is a variable.
      probability_fn: from scores to probabilities; softmax when None.
      score_mask_value: the score of places that do not count; minus infinity when None.
      dtype: of the variables; float32 when None.
      custom_key_value_fn: takes keys and values, returns others.
      name: a name for the scope of the operations.

    Source: TensorFlow 1.15 `tf.contrib.seq2seq.BahdanauAttention`; Bahdanau et al., 2014,
      arXiv:1409.0473; Salimans and Kingma, 2016, arXiv:1602.07868.
    """

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        normalize: bool = False,
        probability_fn: Callable[[Any], Any] | None = None,
        score_mask_value: Any = None,
        dtype: Any = None,
        custom_key_value_fn: Callable[[Any, Any], Any] | None = None,
        name: str = "BahdanauAttention",
    ) -> None:
        probabilities = softmax if probability_fn is None else probability_fn
        dtype = dtype or dtypes.float32
        super().__init__(
            query_layer=_dense(num_units, "query_layer", dtype),
            memory_layer=_dense(num_units, "memory_layer", dtype),
            memory=memory,
            probability_fn=lambda score, _: probabilities(score),
            custom_key_value_fn=custom_key_value_fn,
            memory_sequence_length=memory_sequence_length,
            score_mask_value=score_mask_value,
            name=name,
        )
        self._num_units = num_units
        self._normalize = normalize

    def __call__(self, query: Any, state: Any) -> Any:
        """Where to look.

        Args:
          query: of shape [batch, depth].
          state: the last alignments.

        Returns:
          The alignments, of shape [batch, places], twice: they are the new state, too.
        """
        with variable_scope(None, "bahdanau_attention", [query]):
            score = _additive_score(self, query, self._num_units, self._normalize)
        alignments = self._probability_fn(score, state)
        return alignments, alignments


# ---- Attention that only moves on ----


def safe_cumprod(x: Any, *args: Any, **kwargs: Any) -> Any:
    """A cumulative product of numbers from 0 to 1, by sums of logarithms.

    Args:
      x: a tensor.
      *args: as of `tf.cumprod`.
      **kwargs: as of `tf.cumprod`.

    Source: TensorFlow 1.15 `tf.contrib.seq2seq.safe_cumprod`.
    """
    with name_scope(None, "SafeCumprod", [x]):
        x = convert_to_tensor(x, name="x")
        tiny = np.finfo(x.dtype.as_numpy_dtype).tiny
        return exp(cumsum(log(clip_by_value(x, tiny, 1)), *args, **kwargs))


def monotonic_attention(p_choose_i: Any, previous_attention: Any, mode: str) -> Any:
    """Where to look, where that only moves on.

    Args:
      p_choose_i: the probability of stopping at each place, of shape [batch, places].
      previous_attention: the distribution of the step before, of the same shape.
      mode: how it is computed: "recursive" and "parallel" give expectations, of which the second is
        fast and less exact; "hard" takes probabilities of 0 and 1.

    Returns:
      The distribution, of the same shape.

    Raises:
      ValueError: `mode` is something else.

    Source: TensorFlow 1.15 `tf.contrib.seq2seq.monotonic_attention`; Raffel et al., 2017,
      arXiv:1704.00784.
    """
    p = convert_to_tensor(p_choose_i, name="p_choose_i")
    previous = convert_to_tensor(previous_attention, name="previous_attention")
    if mode == "recursive":
        batch_size = p.get_shape()[0].value or shape(p)[0]
        first = ones([batch_size, 1], dtype=p.dtype)
        shifted = concat([first, 1 - p[:, :-1]], 1)
        found = scan(
            lambda x, y: reshape(y[0] * x + y[1], [batch_size]),
            [transpose(shifted), transpose(previous)],
            zeros([batch_size]),
        )
        return p * transpose(found)
    if mode == "parallel":
        cumulative = safe_cumprod(1 - p, axis=1, exclusive=True)
        return p * cumulative * cumsum(previous / clip_by_value(cumulative, 1e-10, 1.0), axis=1)
    if mode == "hard":
        p *= cumsum(previous, axis=1)
        return p * cumprod(1 - p, axis=1, exclusive=True)
    raise ValueError("mode must be 'recursive', 'parallel', or 'hard'.")


def _monotonic_probabilities(
    noise: float, mode: str, seed: int | None
) -> Callable[[Any, Any], Any]:
    def probabilities(score: Any, previous: Any) -> Any:
        if noise > 0:
            score += noise * random_normal(shape(score), dtype=score.dtype, seed=seed)
        if mode == "hard":
            p = cast(score > 0, score.dtype)
        else:
            p = sigmoid(score)
        return monotonic_attention(p, previous, mode)

    return probabilities


class _Monotonic(MemoryAttention):
    """A mechanism whose first alignment is the first place."""

    def initial_alignments(self, batch_size: Any, dtype: Any) -> Any:
        """All of the attention on the first place."""
        return one_hot(zeros((batch_size,), dtype=dtypes.int32), self._alignments_size, dtype=dtype)


class BahdanauMonotonicAttention(_Monotonic):
    """`BahdanauAttention` that only moves on.

    Args:
      num_units: the width of the network.
      memory: of shape [batch, places, depth].
      memory_sequence_length: how many places of each sequence count, ints of shape [batch].
      normalize: whether the network's last weights are kept at a length that is a variable.
      score_mask_value: the score of places that do not count; minus infinity when None.
      sigmoid_noise: the standard deviation of noise that is added to scores.
      sigmoid_noise_seed: its seed.
      score_bias_init: the first value of a bias of the scores.
      mode: as of `monotonic_attention`.
      dtype: of the variables; float32 when None.
      name: a name for the scope of the operations.

    Source: TensorFlow 1.15 `tf.contrib.seq2seq.BahdanauMonotonicAttention`; Raffel et al., 2017,
      arXiv:1704.00784.
    """

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        normalize: bool = False,
        score_mask_value: Any = None,
        sigmoid_noise: float = 0.0,
        sigmoid_noise_seed: int | None = None,
        score_bias_init: float = 0.0,
        mode: str = "parallel",
        dtype: Any = None,
        name: str = "BahdanauMonotonicAttention",
    ) -> None:
        dtype = dtype or dtypes.float32
        super().__init__(
            query_layer=_dense(num_units, "query_layer", dtype),
            memory_layer=_dense(num_units, "memory_layer", dtype),
            memory=memory,
            probability_fn=_monotonic_probabilities(sigmoid_noise, mode, sigmoid_noise_seed),
            memory_sequence_length=memory_sequence_length,
            score_mask_value=score_mask_value,
            name=name,
        )
        self._num_units = num_units
        self._normalize = normalize
        self._score_bias_init = score_bias_init

    def __call__(self, query: Any, state: Any) -> Any:
        """Where to look; see `BahdanauAttention`."""
        with variable_scope(None, "bahdanau_monotonic_attention", [query]):
            score = _additive_score(self, query, self._num_units, self._normalize)
            bias = get_variable(
                "attention_score_bias", dtype=query.dtype, initializer=self._score_bias_init
            )
            score += bias
        alignments = self._probability_fn(score, state)
        return alignments, alignments


class LuongMonotonicAttention(_Monotonic):
    """`LuongAttention` that only moves on.

    Args:
      num_units: the depth of keys, which is that of queries.
      memory: of shape [batch, places, depth].
      memory_sequence_length: how many places of each sequence count, ints of shape [batch].
      scale: whether scores are multiplied by a variable.
      score_mask_value: the score of places that do not count; minus infinity when None.
      sigmoid_noise: the standard deviation of noise that is added to scores.
      sigmoid_noise_seed: its seed.
      score_bias_init: the first value of a bias of the scores.
      mode: as of `monotonic_attention`.
      dtype: of the variables; float32 when None.
      name: a name for the scope of the operations.

    Source: TensorFlow 1.15 `tf.contrib.seq2seq.LuongMonotonicAttention`; Raffel et al., 2017,
      arXiv:1704.00784.
    """

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        scale: bool = False,
        score_mask_value: Any = None,
        sigmoid_noise: float = 0.0,
        sigmoid_noise_seed: int | None = None,
        score_bias_init: float = 0.0,
        mode: str = "parallel",
        dtype: Any = None,
        name: str = "LuongMonotonicAttention",
    ) -> None:
        super().__init__(
            query_layer=None,
            memory_layer=_dense(num_units, "memory_layer", dtype or dtypes.float32),
            memory=memory,
            probability_fn=_monotonic_probabilities(sigmoid_noise, mode, sigmoid_noise_seed),
            memory_sequence_length=memory_sequence_length,
            score_mask_value=score_mask_value,
            name=name,
        )
        self._num_units = num_units
        self._scale = scale
        self._score_bias_init = score_bias_init

    def __call__(self, query: Any, state: Any) -> Any:
        """Where to look; see `LuongAttention`."""
        with variable_scope(None, "luong_monotonic_attention", [query]):
            scale = None
            if self._scale:
                scale = get_variable(
                    "attention_g", dtype=query.dtype, initializer=ones_initializer, shape=()
                )
            score = _luong_score(query, self._keys, scale)
            bias = get_variable(
                "attention_score_bias", dtype=query.dtype, initializer=self._score_bias_init
            )
            score += bias
        alignments = self._probability_fn(score, state)
        return alignments, alignments


def hardmax(logits: Any, name: str | None = None) -> Any:
    """One at the largest of the last axis, and zero elsewhere.

    Args:
      logits: a tensor of known rank and depth.
      name: a name for the scope of the operations.

    Source: TensorFlow 1.15 `tf.contrib.seq2seq.hardmax`.
    """
    with name_scope(name, "Hardmax", [logits]):
        logits = convert_to_tensor(logits, name="logits")
        depth = logits.get_shape()[-1].value or shape(logits)[-1]
        return one_hot(argmax(logits, -1), depth, dtype=logits.dtype)


# ---- AttentionWrapper ----


class AttentionWrapperState(
    collections.namedtuple(
        "AttentionWrapperState",
        (
            "cell_state",
            "attention",
            "time",
            "alignments",
            "alignment_history",
            "attention_state",
        ),
    )
):
    """The state of an `AttentionWrapper`.

    Attributes:
      cell_state: that of the cell.
      attention: what the last step put out as attention.
      time: the number of steps, a scalar int32.
      alignments: where the last step looked, one for each mechanism.
      alignment_history: a TensorArray of the alignments of all steps, for each mechanism, or ().
      attention_state: the states of the mechanisms.
    """

    def clone(self, **kwargs: Any) -> Any:
        """A state with other parts.

        Args:
          **kwargs: the parts.

        Raises:
          ValueError: a part has another shape than the one it stands for.
        """
        return nest.map_structure(_of_same_shape, self, super()._replace(**kwargs))


def _of_same_shape(old: Any, new: Any) -> Any:
    if isinstance(old, Tensor) and isinstance(new, Tensor):
        if not old.get_shape().is_compatible_with(new.get_shape()):
            raise ValueError(
                f"The shape of the AttentionWrapperState is expected to be same as the one to "
                f"clone. self.shape: {old.get_shape()}, input.shape: {new.get_shape()}"
            )
        new.set_shape(old.get_shape())
    return new


class AttentionWrapper(RNNCell):
    """A cell that looks at a memory in every step.

    Args:
      cell: an RNNCell.
      attention_mechanism: an AttentionMechanism, or a list of several.
      attention_layer_size: the width of a layer that makes the attention of the cell's output and
        what was found; the attention is what was found when None. A list for several mechanisms.
      alignment_history: whether the alignments of all steps are kept in the state.
      cell_input_fn: takes the inputs and the last attention, returns what the cell reads; both one
        behind the other when None.
      output_attention: whether the attention is put out, or the cell's output.
      initial_cell_state: the cell's first state, which `zero_state` uses.
      name: the name of the scope.
      attention_layer: a layer, or a list, instead of `attention_layer_size`.
      attention_fn: takes a mechanism, the cell's output, the mechanism's state and the layer, and
        returns attention, alignments and the mechanism's new state.
      dtype: of the variables.

    Raises:
      TypeError: an argument is of the wrong kind.
      ValueError: lists differ in length, or both layers and sizes are given.

    Source: TensorFlow 1.15 `tf.contrib.seq2seq.AttentionWrapper`.
    """

    def __init__(
        self,
        cell: Any,
        attention_mechanism: Any,
        attention_layer_size: Any = None,
        alignment_history: bool = False,
        cell_input_fn: Callable[[Any, Any], Any] | None = None,
        output_attention: bool = True,
        initial_cell_state: Any = None,
        name: str | None = None,
        attention_layer: Any = None,
        attention_fn: Callable[..., Any] | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        check_cell("cell", cell)
        self._is_multi = isinstance(attention_mechanism, (list, tuple))
        self._mechanisms = _mechanisms_of(attention_mechanism)
        if cell_input_fn is not None and not callable(cell_input_fn):
            raise TypeError(
                f"cell_input_fn must be callable, saw type: {type(cell_input_fn).__name__}"
            )
        if attention_layer_size is not None and attention_layer is not None:
            raise ValueError("Only one of attention_layer_size and attention_layer should be set")
        self._cell = cell
        self._cell_input_fn = cell_input_fn or _joined
        self._set_layers(attention_layer_size, attention_layer)
        self._output_attention = output_attention
        self._alignment_history = alignment_history
        self._attention_fn = attention_fn or _attention
        self._initial_cell_state: Any = None
        with name_scope(name, "AttentionWrapperInit"):
            if initial_cell_state is not None:
                last = nest.flatten(initial_cell_state)[-1]
                batch_size = last.get_shape()[0].value or shape(last)[0]
                with control_dependencies(self._checks(batch_size, _WHEN_MADE)):
                    self._initial_cell_state = nest.map_structure(
                        lambda s: identity(s, name="check_initial_cell_state"), initial_cell_state
                    )

    def _set_layers(self, sizes: Any, layers: Any) -> None:
        count = len(self._mechanisms)
        self._layers: tuple[Any, ...] | None = None
        if sizes is not None:
            sizes = tuple(sizes) if isinstance(sizes, (list, tuple)) else (sizes,)
            _check_count("attention_layer_size", "integer", sizes, count)
            self._layers = tuple(
                _dense(size, "attention_layer", mechanism.dtype)
                for size, mechanism in zip(sizes, self._mechanisms, strict=True)
            )
            self._attention_size = sum(sizes)
        elif layers is not None:
            self._layers = tuple(layers) if isinstance(layers, (list, tuple)) else (layers,)
            _check_count("attention_layer", "layer", self._layers, count)
            self._attention_size = sum(
                TensorShape(
                    layer.compute_output_shape(
                        [None, self._cell.output_size + m.values.get_shape()[-1].value]
                    )
                )[-1].value
                for layer, m in zip(self._layers, self._mechanisms, strict=True)
            )
        else:
            self._attention_size = sum(m.values.get_shape()[-1].value for m in self._mechanisms)

    def _checks(self, batch_size: Any, when: str) -> list[Any]:
        message = (
            when.format(self._base_name) + "Non-matching batch sizes between the memory (encoder "
            "output) and "
        )
        message += (
            "the query (decoder output).  "
            if when == _WHEN_CALLED
            else ("initial_cell_state.  " if when == _WHEN_MADE else "the requested batch size.  ")
        )
        message += (
            "Are you using the BeamSearchDecoder?  You may need to tile your memory input via the "
            "tf.contrib.seq2seq.tile_batch function with argument multiple=beam_width."
        )
        return [assert_equal(batch_size, m.batch_size, message=message) for m in self._mechanisms]

    def _item_or_tuple(self, values: Any) -> Any:
        values = tuple(values)
        return values if self._is_multi else values[0]

    @property
    def output_size(self) -> Any:
        """The size of the attention, or of the cell's output."""
        return self._attention_size if self._output_attention else self._cell.output_size

    @property
    def state_size(self) -> Any:
        """The sizes of all parts of the state."""
        return AttentionWrapperState(
            cell_state=self._cell.state_size,
            time=TensorShape([]),
            attention=self._attention_size,
            alignments=self._item_or_tuple(m.alignments_size for m in self._mechanisms),
            attention_state=self._item_or_tuple(m.state_size for m in self._mechanisms),
            alignment_history=self._item_or_tuple(
                m.alignments_size if self._alignment_history else () for m in self._mechanisms
            ),
        )

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """The first state: the cell's, and zeros.

        Args:
          batch_size: an int or a scalar tensor.
          dtype: of the zeros.
        """
        with name_scope(f"{type(self).__name__}ZeroState", values=[batch_size]):
            if self._initial_cell_state is not None:
                cell_state = self._initial_cell_state
            else:
                cell_state = self._cell.zero_state(batch_size, dtype)
            with control_dependencies(self._checks(batch_size, _WHEN_ASKED)):
                cell_state = nest.map_structure(
                    lambda s: identity(s, name="checked_cell_state"), cell_state
                )
            alignments = [m.initial_alignments(batch_size, dtype) for m in self._mechanisms]
            return AttentionWrapperState(
                cell_state=cell_state,
                time=zeros([], dtype=dtypes.int32),
                attention=zero_state_of(self._attention_size, batch_size, dtype),
                alignments=self._item_or_tuple(alignments),
                attention_state=self._item_or_tuple(
                    m.initial_state(batch_size, dtype) for m in self._mechanisms
                ),
                alignment_history=self._item_or_tuple(
                    TensorArray(dtype, size=0, dynamic_size=True, element_shape=a.get_shape())
                    if self._alignment_history
                    else ()
                    for a in alignments
                ),
            )

    def call(self, inputs: Any, state: Any) -> Any:
        """One step of the cell, and a look at the memory.

        Raises:
          TypeError: `state` is no AttentionWrapperState.
        """
        if not isinstance(state, AttentionWrapperState):
            raise TypeError(
                "Expected state to be instance of AttentionWrapperState. Received type "
                f"{type(state)} instead."
            )
        cell_inputs = self._cell_input_fn(inputs, state.attention)
        output, cell_state = self._cell(cell_inputs, state.cell_state)
        batch_size = output.get_shape()[0].value or shape(output)[0]
        with control_dependencies(self._checks(batch_size, _WHEN_CALLED)):
            output = identity(output, name="checked_cell_output")
        states, histories = state.attention_state, state.alignment_history
        if not self._is_multi:
            states, histories = [states], [histories]
        found = []
        for number, mechanism in enumerate(self._mechanisms):
            layer = self._layers[number] if self._layers else None
            attention, alignments, new = self._attention_fn(
                mechanism, output, states[number], layer
            )
            history = ()
            if self._alignment_history:
                history = histories[number].write(state.time, alignments)
            found.append((attention, alignments, new, history))
        attentions, alignments, new_states, histories = zip(*found, strict=True)
        attention = concat(list(attentions), 1)
        next_state = AttentionWrapperState(
            time=state.time + 1,
            cell_state=cell_state,
            attention=attention,
            attention_state=self._item_or_tuple(new_states),
            alignments=self._item_or_tuple(alignments),
            alignment_history=self._item_or_tuple(histories),
        )
        return attention if self._output_attention else output, next_state


_WHEN_MADE = "When constructing AttentionWrapper {}: "
_WHEN_ASKED = "When calling zero_state of AttentionWrapper {}: "
_WHEN_CALLED = "When applying AttentionWrapper {}: "


def _joined(inputs: Any, attention: Any) -> Any:
    return concat([inputs, attention], -1)


def _check_count(argument: str, what: str, values: tuple[Any, ...], count: int) -> None:
    if len(values) != count:
        raise ValueError(
            f"If provided, {argument} must contain exactly one {what} per attention_mechanism, "
            f"saw: {len(values)} vs {count}"
        )


def _mechanisms_of(given: Any) -> tuple[Any, ...]:
    if not isinstance(given, (list, tuple)):
        if not isinstance(given, AttentionMechanism):
            raise TypeError(
                "attention_mechanism must be an AttentionMechanism or list of multiple "
                f"AttentionMechanism instances, saw type: {type(given).__name__}"
            )
        return (given,)
    for mechanism in given:
        if not isinstance(mechanism, AttentionMechanism):
            raise TypeError(
                "attention_mechanism must contain only instances of AttentionMechanism, saw type: "
                f"{type(mechanism).__name__}"
            )
    return tuple(given)


def _attention(mechanism: Any, output: Any, state: Any, layer: Any) -> Any:
    """What a mechanism finds: attention, alignments and the mechanism's new state."""
    alignments, next_state = mechanism(output, state=state)
    context = squeeze(matmul(expand_dims(alignments, 1), mechanism.values), [1])
    attention = context if layer is None else layer(concat([output, context], 1))
    return attention, alignments, next_state
