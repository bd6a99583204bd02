"""`tf.contrib.legacy_seq2seq`: encoders and decoders with a copy of their cells for each step."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tfsession import nest
from tfsession.dtypes import float32
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops.array import concat, reshape, shape, stack, stop_gradient, zeros
from tfsession.ops.control_flow import cond
from tfsession.ops.convolution import conv2d
from tfsession.ops.math import add_n, cast, tanh
from tfsession.ops.nn import xw_plus_b
from tfsession.ops.reduction import argmax, reduce_sum
from tfsession.ops.softmax import softmax, sparse_softmax_cross_entropy_with_logits
from tfsession.rnn.linear import linear
from tfsession.rnn.projections import EmbeddingWrapper, OutputProjectionWrapper
from tfsession.rnn.unroll import static_rnn
from tfsession.variables.embedding import embedding_lookup
from tfsession.variables.scope import get_variable, get_variable_scope, variable_scope

__all__ = [
    "attention_decoder",
    "basic_rnn_seq2seq",
    "embedding_attention_decoder",
    "embedding_attention_seq2seq",
    "embedding_rnn_decoder",
    "embedding_rnn_seq2seq",
    "embedding_tied_rnn_seq2seq",
    "model_with_buckets",
    "one2many_rnn_seq2seq",
    "rnn_decoder",
    "sequence_loss",
    "sequence_loss_by_example",
    "tied_rnn_seq2seq",
]

# What keeps the weights of a sequence without any from dividing by zero.
_EPSILON = 1e-12

Loop = Callable[[Any, int], Any]


def _embedding_of_last(embedding: Any, output_projection: Any, update: bool) -> Loop:
    """The function from an output to the row of its most likely id, which is read next."""

    def loop_function(prev: Any, _: int) -> Any:
        if output_projection is not None:
            prev = xw_plus_b(prev, output_projection[0], output_projection[1])
        rows = embedding_lookup(embedding, argmax(prev, 1))
        return rows if update else stop_gradient(rows)

    return loop_function


def _check_projection(output_projection: Any, count: int, rows: int | None = None) -> None:
    if output_projection is not None:
        weights = convert_to_tensor(output_projection[0], dtype=float32)
        weights.get_shape().assert_is_compatible_with([rows, count])
        biases = convert_to_tensor(output_projection[1], dtype=float32)
        biases.get_shape().assert_is_compatible_with([count])


def _either(
    feed_previous: Any, decode: Callable[[bool], tuple[list[Any], Any]], count: int, like: Any
) -> tuple[list[Any], Any]:
    """Outputs and state of a decoder that a bool tensor tells whether to feed its outputs.

    Args:
      feed_previous: a bool, or a scalar bool tensor.
      decode: takes it as a bool, returns outputs and state.
      count: the number of outputs.
      like: makes a state of the structure of the result.
    """
    if isinstance(feed_previous, bool):
        return decode(feed_previous)

    def flat(feeds: bool) -> list[Any]:
        with variable_scope(get_variable_scope(), reuse=None if feeds else True):
            outputs, state = decode(feeds)
            return outputs + nest.flatten(state)

    found = cond(feed_previous, lambda: flat(True), lambda: flat(False))
    structure = like()
    states = found[count:]
    state = nest.pack_sequence_as(structure, states) if nest.is_sequence(structure) else states[0]
    return found[:count], state


# ---- Decoders ----


def rnn_decoder(
    decoder_inputs: Iterable[Any],
    initial_state: Any,
    cell: Any,
    loop_function: Loop | None = None,
    scope: Any = None,
) -> Any:
    """Calls a cell once for each input.

    Args:
      decoder_inputs: tensors of shape [batch, depth].
      initial_state: the first state.
      cell: an RNNCell.
      loop_function: takes the last output and the number of the step, returns the input that is
        read in its place, from the second step on.
      scope: a name, or a VariableScope, instead of "rnn_decoder".

    Returns:
      The list of outputs, and the last state.

    Source: TensorFlow 1.15 `tf.contrib.legacy_seq2seq.rnn_decoder`.
    """
    with variable_scope(scope or "rnn_decoder"):
        state, outputs, prev = initial_state, [], None
        for number, step_input in enumerate(decoder_inputs):
            if loop_function is not None and prev is not None:
                with variable_scope("loop_function", reuse=True):
                    step_input = loop_function(prev, number)
            if number > 0:
                get_variable_scope().reuse_variables()
            output, state = cell(step_input, state)
            outputs.append(output)
            if loop_function is not None:
                prev = output
    return outputs, state


def embedding_rnn_decoder(
    decoder_inputs: Any,
    initial_state: Any,
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    output_projection: Any = None,
    feed_previous: bool = False,
    update_embedding_for_previous: bool = True,
    scope: Any = None,
) -> Any:
    """`rnn_decoder` of ids, whose rows are read from a table.

    Args:
      decoder_inputs: int32 tensors of shape [batch].
      initial_state: the first state.
      cell: an RNNCell.
      num_symbols: the number of ids.
      embedding_size: the size of a row.
      output_projection: None, or weights and biases from outputs to ids.
      feed_previous: whether the most likely id is read instead of the inputs but the first.
      update_embedding_for_previous: whether rows of such ids are trained.
      scope: a name, or a VariableScope, instead of "embedding_rnn_decoder".

    Returns:
      The list of outputs, and the last state.

    Source: TensorFlow 1.15 `tf.contrib.legacy_seq2seq.embedding_rnn_decoder`.
    """
    with variable_scope(scope or "embedding_rnn_decoder"):
        _check_projection(output_projection, num_symbols)
        embedding = get_variable("embedding", [num_symbols, embedding_size])
        loop = None
        if feed_previous:
            loop = _embedding_of_last(embedding, output_projection, update_embedding_for_previous)
        rows = (embedding_lookup(embedding, ids) for ids in decoder_inputs)
        return rnn_decoder(rows, initial_state, cell, loop_function=loop)


def attention_decoder(
    decoder_inputs: Any,
    initial_state: Any,
    attention_states: Any,
    cell: Any,
    output_size: int | None = None,
    num_heads: int = 1,
    loop_function: Loop | None = None,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> Any:
    """`rnn_decoder` that looks at the states of an encoder in each step.

    Args:
      decoder_inputs: tensors of shape [batch, depth].
      initial_state: the first state.
      attention_states: of shape [batch, places, size].
      cell: an RNNCell.
      output_size: the size of the outputs; the cell's when None.
      num_heads: how often it looks in each step.
      loop_function: as of `rnn_decoder`.
      dtype: of the variables; the scope's when None.
      scope: a name, or a VariableScope, instead of "attention_decoder".
      initial_state_attention: whether it looks before the first step.

    Returns:
      The list of outputs, and the last state.

    Raises:
      ValueError: there are no inputs or heads, or a size is not known.

    Source: TensorFlow 1.15 `tf.contrib.legacy_seq2seq.attention_decoder`; Bahdanau et al., 2014,
      arXiv:1409.0473.
    """
    if not decoder_inputs:
        raise ValueError("Must provide at least 1 input to attention decoder.")
    if num_heads < 1:
        raise ValueError("With less than 1 heads, use a non-attention decoder.")
    if attention_states.get_shape()[2].value is None:
        raise ValueError(
            f"Shape[2] of attention_states must be known: {attention_states.get_shape()}"
        )
    size = cell.output_size if output_size is None else output_size
    with variable_scope(scope or "attention_decoder", dtype=dtype) as opened:
        kind = opened.dtype
        batch_size = shape(decoder_inputs[0])[0]
        attend = _Heads(attention_states, num_heads, kind)
        attention = attend.nothing(batch_size)
        if initial_state_attention:
            attention = attend(initial_state)
        state, outputs, prev = initial_state, [], None
        for number, step_input in enumerate(decoder_inputs):
            if number > 0:
                get_variable_scope().reuse_variables()
            if loop_function is not None and prev is not None:
                with variable_scope("loop_function", reuse=True):
                    step_input = loop_function(prev, number)
            depth = step_input.get_shape().with_rank(2)[1].value
            if depth is None:
                raise ValueError(f"Could not infer input size from input: {step_input.name}")
            joined = [cast(x, kind) for x in [step_input, *attention]]
            output, state = cell(linear(joined, depth, True), state)
            if number == 0 and initial_state_attention:
                with variable_scope(get_variable_scope(), reuse=True):
                    attention = attend(state)
            else:
                attention = attend(state)
            with variable_scope("AttnOutputProjection"):
                output = linear([cast(output, kind), *attention], size, True)
            if loop_function is not None:
                prev = output
            outputs.append(output)
    return outputs, state


class _Heads:
    """Looks at the states of an encoder, with variables of the scope that it is made in."""

    def __init__(self, states: Any, count: int, dtype: Any) -> None:
        self._dtype = dtype
        self._length = states.get_shape()[1].value or shape(states)[1]
        self._size = states.get_shape()[2].value
        self._hidden = reshape(states, [-1, self._length, 1, self._size])
        self._heads = []
        for number in range(count):
            kernel = get_variable(f"AttnW_{number}", [1, 1, self._size, self._size], dtype=dtype)
            features = conv2d(self._hidden, kernel, [1, 1, 1, 1], "SAME")
            v = get_variable(f"AttnV_{number}", [self._size], dtype=dtype)
            self._heads.append((features, v))

    def nothing(self, batch_size: Any) -> list[Any]:
        """What has been found before the first look: zeros."""
        dims = stack([batch_size, self._size])
        found = [zeros(dims, dtype=self._dtype) for _ in self._heads]
        for tensor in found:
            tensor.set_shape([None, self._size])
        return found

    def __call__(self, query: Any) -> list[Any]:
        """What each head finds for a state."""
        if nest.is_sequence(query):
            query = concat(nest.flatten(query), 1)
        found = []
        for number, (features, v) in enumerate(self._heads):
            with variable_scope(f"Attention_{number}"):
                y = reshape(linear(query, self._size, True), [-1, 1, 1, self._size])
                y = cast(y, self._dtype)
                score = reduce_sum(v * tanh(features + y), [2, 3])
                weights = cast(softmax(cast(score, float32)), self._dtype)
                seen = reshape(weights, [-1, self._length, 1, 1]) * self._hidden
                found.append(reshape(reduce_sum(seen, [1, 2]), [-1, self._size]))
        return found


def embedding_attention_decoder(
    decoder_inputs: Any,
    initial_state: Any,
    attention_states: Any,
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    num_heads: int = 1,
    output_size: int | None = None,
    output_projection: Any = None,
    feed_previous: bool = False,
    update_embedding_for_previous: bool = True,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> Any:
    """`attention_decoder` of ids, whose rows are read from a table.

    Args:
      decoder_inputs: int32 tensors of shape [batch].
      initial_state: the first state.
      attention_states: of shape [batch, places, size].
      cell: an RNNCell.
      num_symbols: the number of ids.
      embedding_size: the size of a row.
      num_heads: how often it looks in each step.
      output_size: the size of the outputs; the cell's when None.
      output_projection: None, or weights and biases from outputs to ids.
      feed_previous: whether the most likely id is read instead of the inputs but the first.
      update_embedding_for_previous: whether rows of such ids are trained.
      dtype: of the variables; the scope's when None.
      scope: a name, or a VariableScope, instead of "embedding_attention_decoder".
      initial_state_attention: whether it looks before the first step.

    Returns:
      The list of outputs, and the last state.

    Source: TensorFlow 1.15 `tf.contrib.legacy_seq2seq.embedding_attention_decoder`.
    """
    if output_size is None:
        output_size = cell.output_size
    if output_projection is not None:
        biases = convert_to_tensor(output_projection[1], dtype=dtype)
        biases.get_shape().assert_is_compatible_with([num_symbols])
    with variable_scope(scope or "embedding_attention_decoder", dtype=dtype):
        embedding = get_variable("embedding", [num_symbols, embedding_size])
        loop = None
        if feed_previous:
            loop = _embedding_of_last(embedding, output_projection, update_embedding_for_previous)
        return attention_decoder(
            [embedding_lookup(embedding, ids) for ids in decoder_inputs],
            initial_state,
            attention_states,
            cell,
            output_size=output_size,
            num_heads=num_heads,
            loop_function=loop,
            initial_state_attention=initial_state_attention,
        )


# ---- Encoders with decoders ----


def basic_rnn_seq2seq(
    encoder_inputs: Any, decoder_inputs: Any, cell: Any, dtype: Any = float32, scope: Any = None
) -> Any:
    """An encoder and a decoder of cells of the same kind.

    Args:
      encoder_inputs: tensors of shape [batch, depth].
      decoder_inputs: tensors of shape [batch, depth].
      cell: an RNNCell, of which the encoder gets a copy.
      dtype: of the encoder's first state.
      scope: a name, or a VariableScope, instead of "basic_rnn_seq2seq".

    Returns:
      The list of the decoder's outputs, and its last state.

    Source: TensorFlow 1.15 `tf.contrib.legacy_seq2seq.basic_rnn_seq2seq`.
    """
    with variable_scope(scope or "basic_rnn_seq2seq"):
        encoder_cell = copy.deepcopy(cell)
        _, state = static_rnn(encoder_cell, encoder_inputs, dtype=dtype)
        return rnn_decoder(decoder_inputs, state, cell)


def tied_rnn_seq2seq(
    encoder_inputs: Any,
    decoder_inputs: Any,
    cell: Any,
    loop_function: Loop | None = None,
    dtype: Any = float32,
    scope: Any = None,
) -> Any:
    """An encoder and a decoder that share a cell.

    Args:
      encoder_inputs: tensors of shape [batch, depth].
      decoder_inputs: tensors of shape [batch, depth].
      cell: an RNNCell.
      loop_function: as of `rnn_decoder`.
      dtype: of the encoder's first state.
      scope: a name, or a VariableScope, instead of "tied_rnn_seq2seq".

    Returns:
      The list of the decoder's outputs, and its last state.

    Source: TensorFlow 1.15 `tf.contrib.legacy_seq2seq.tied_rnn_seq2seq`.
    """
    with variable_scope("combined_tied_rnn_seq2seq"):
        scope = scope or "tied_rnn_seq2seq"
        _, state = static_rnn(cell, encoder_inputs, dtype=dtype, scope=scope)
        get_variable_scope().reuse_variables()
        return rnn_decoder(decoder_inputs, state, cell, loop_function=loop_function, scope=scope)


def _dtype_of_scope(scope: Any, dtype: Any) -> Any:
    if dtype is None:
        return scope.dtype
    scope.set_dtype(dtype)
    return dtype


def embedding_rnn_seq2seq(
    encoder_inputs: Any,
    decoder_inputs: Any,
    cell: Any,
    num_encoder_symbols: int,
    num_decoder_symbols: int,
    embedding_size: int,
    output_projection: Any = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> Any:
    """`basic_rnn_seq2seq` of ids.

    Args:
      encoder_inputs: int32 tensors of shape [batch].
      decoder_inputs: int32 tensors of shape [batch].
      cell: an RNNCell, of which the encoder gets a copy.
      num_encoder_symbols: the number of the encoder's ids.
      num_decoder_symbols: the number of the decoder's ids.
      embedding_size: the size of a row.
      output_projection: None, which puts out a number for each id, or weights and biases that do
        so elsewhere.
      feed_previous: a bool or a scalar bool tensor, as of `embedding_rnn_decoder`.
      dtype: of the encoder's first state; the scope's when None.
      scope: a name, or a VariableScope, instead of "embedding_rnn_seq2seq".

    Returns:
      The list of the decoder's outputs, and its last state.

    Source: TensorFlow 1.15 `tf.contrib.legacy_seq2seq.embedding_rnn_seq2seq`.
    """
    with variable_scope(scope or "embedding_rnn_seq2seq") as opened:
        dtype = _dtype_of_scope(opened, dtype)
        encoder_cell = EmbeddingWrapper(
            copy.deepcopy(cell),
            embedding_classes=num_encoder_symbols,
            embedding_size=embedding_size,
        )
        _, encoder_state = static_rnn(encoder_cell, encoder_inputs, dtype=dtype)
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols)

        def decode(feeds: bool) -> Any:
            return embedding_rnn_decoder(
                decoder_inputs,
                encoder_state,
                cell,
                num_decoder_symbols,
                embedding_size,
                output_projection=output_projection,
                feed_previous=feeds,
                update_embedding_for_previous=isinstance(feed_previous, bool),
            )

        return _either(feed_previous, decode, len(decoder_inputs), lambda: encoder_state)


def embedding_tied_rnn_seq2seq(
    encoder_inputs: Any,
    decoder_inputs: Any,
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    num_decoder_symbols: int | None = None,
    output_projection: Any = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> Any:
    """`tied_rnn_seq2seq` of ids, whose rows are read from one table.

    Args:
      encoder_inputs: int32 tensors of shape [batch].
      decoder_inputs: int32 tensors of shape [batch].
      cell: an RNNCell.
      num_symbols: the number of ids.
      embedding_size: the size of a row.
      num_decoder_symbols: how many of them are put out; all when None.
      output_projection: as of `embedding_rnn_seq2seq`.
      feed_previous: as of `embedding_rnn_seq2seq`.
      dtype: of the first state; the scope's when None.
      scope: a name, or a VariableScope, instead of "embedding_tied_rnn_seq2seq".

    Returns:
      The list of the decoder's outputs, and its last state.

    Source: TensorFlow 1.15 `tf.contrib.legacy_seq2seq.embedding_tied_rnn_seq2seq`.
    """
    with variable_scope(scope or "embedding_tied_rnn_seq2seq", dtype=dtype) as opened:
        dtype = opened.dtype
        _check_projection(output_projection, num_symbols)
        embedding = get_variable("embedding", [num_symbols, embedding_size], dtype=dtype)
        encoder_rows = [embedding_lookup(embedding, ids) for ids in encoder_inputs]
        decoder_rows = [embedding_lookup(embedding, ids) for ids in decoder_inputs]
        count = num_symbols if num_decoder_symbols is None else num_decoder_symbols
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, count)

        def decode(feeds: bool) -> Any:
            loop = _embedding_of_last(embedding, output_projection, True) if feeds else None
            return tied_rnn_seq2seq(
                encoder_rows, decoder_rows, cell, loop_function=loop, dtype=dtype
            )

        def state() -> Any:
            batch_size = encoder_inputs[0].get_shape()[0].value or shape(encoder_inputs[0])[0]
            return cell.zero_state(batch_size, dtype)

        return _either(feed_previous, decode, len(decoder_inputs), state)


def embedding_attention_seq2seq(
    encoder_inputs: Any,
    decoder_inputs: Any,
    cell: Any,
    num_encoder_symbols: int,
    num_decoder_symbols: int,
    embedding_size: int,
    num_heads: int = 1,
    output_projection: Any = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> Any:
    """`embedding_rnn_seq2seq` whose decoder looks at the encoder's outputs.

    Args:
      encoder_inputs: int32 tensors of shape [batch].
      decoder_inputs: int32 tensors of shape [batch].
      cell: an RNNCell, of which the encoder gets a copy.
      num_encoder_symbols: the number of the encoder's ids.
      num_decoder_symbols: the number of the decoder's ids.
      embedding_size: the size of a row.
      num_heads: how often it looks in each step.
      output_projection: as of `embedding_rnn_seq2seq`.
      feed_previous: as of `embedding_rnn_seq2seq`.
      dtype: of the first state; the scope's when None.
      scope: a name, or a VariableScope, instead of "embedding_attention_seq2seq".
      initial_state_attention: whether it looks before the first step.

    Returns:
      The list of the decoder's outputs, and its last state.

    Source: TensorFlow 1.15 `tf.contrib.legacy_seq2seq.embedding_attention_seq2seq`.
    """
    with variable_scope(scope or "embedding_attention_seq2seq", dtype=dtype) as opened:
        dtype = opened.dtype
        encoder_cell = EmbeddingWrapper(
            copy.deepcopy(cell),
            embedding_classes=num_encoder_symbols,
            embedding_size=embedding_size,
        )
        outputs, encoder_state = static_rnn(encoder_cell, encoder_inputs, dtype=dtype)
        places = [reshape(output, [-1, 1, cell.output_size]) for output in outputs]
        attention_states = concat(places, 1)
        output_size = None
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols)
            output_size = num_decoder_symbols

        def decode(feeds: bool) -> Any:
            return embedding_attention_decoder(
                decoder_inputs,
                encoder_state,
                attention_states,
                cell,
                num_decoder_symbols,
                embedding_size,
                num_heads=num_heads,
                output_size=output_size,
                output_projection=output_projection,
                feed_previous=feeds,
                update_embedding_for_previous=isinstance(feed_previous, bool),
                initial_state_attention=initial_state_attention,
            )

        return _either(feed_previous, decode, len(decoder_inputs), lambda: encoder_state)


def one2many_rnn_seq2seq(
    encoder_inputs: Any,
    decoder_inputs_dict: dict[str, Any],
    enc_cell: Any,
    dec_cells_dict: dict[str, Any],
    num_encoder_symbols: int,
    num_decoder_symbols_dict: dict[str, int],
    embedding_size: int,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> Any:
    """One encoder and several decoders, of ids.

    Args:
      encoder_inputs: int32 tensors of shape [batch].
      decoder_inputs_dict: name of a decoder -> its inputs.
      enc_cell: the encoder's RNNCell.
      dec_cells_dict: name of a decoder -> its RNNCell.
      num_encoder_symbols: the number of the encoder's ids.
      num_decoder_symbols_dict: name of a decoder -> the number of its ids.
      embedding_size: the size of a row.
      feed_previous: as of `embedding_rnn_seq2seq`.
      dtype: of the first state; the scope's when None.
      scope: a name, or a VariableScope, instead of "one2many_rnn_seq2seq".

    Returns:
      A dict of the outputs of the decoders, and one of their last states.

    Source: TensorFlow 1.15 `tf.contrib.legacy_seq2seq.one2many_rnn_seq2seq`.
    """
    outputs_dict, state_dict = {}, {}
    with variable_scope(scope or "one2many_rnn_seq2seq", dtype=dtype) as opened:
        dtype = opened.dtype
        encoder_cell = EmbeddingWrapper(
            enc_cell, embedding_classes=num_encoder_symbols, embedding_size=embedding_size
        )
        _, encoder_state = static_rnn(encoder_cell, encoder_inputs, dtype=dtype)
        for name, decoder_inputs in decoder_inputs_dict.items():
            count = num_decoder_symbols_dict[name]
            with variable_scope(f"one2many_decoder_{name}"):
                cell = OutputProjectionWrapper(dec_cells_dict[name], count)

                def decode(
                    feeds: bool, cell: Any = cell, ids: Any = decoder_inputs, count: int = count
                ) -> Any:
                    return embedding_rnn_decoder(
                        ids,
                        encoder_state,
                        cell,
                        count,
                        embedding_size,
                        feed_previous=feeds,
                        update_embedding_for_previous=isinstance(feed_previous, bool),
                    )

                outputs_dict[name], state_dict[name] = _either(
                    feed_previous, decode, len(decoder_inputs), lambda: encoder_state
                )
    return outputs_dict, state_dict


# ---- Losses ----


def sequence_loss_by_example(
    logits: Sequence[Any],
    targets: Sequence[Any],
    weights: Sequence[Any],
    average_across_timesteps: bool = True,
    softmax_loss_function: Callable[..., Any] | None = None,
    name: str | None = None,
) -> Any:
    """The weighted cross entropy of each sequence.

    Args:
      logits: a tensor of shape [batch, classes] for each step.
      targets: an int tensor of shape [batch] for each step.
      weights: a float tensor of shape [batch] for each step.
      average_across_timesteps: whether it is divided by the sum of the weights.
      softmax_loss_function: takes `labels` and `logits`, returns losses; the cross entropy when
        None.
      name: a name for the scope of the operations.

    Returns:
      A tensor of shape [batch].

    Raises:
      ValueError: the lists differ in length.

    Source: TensorFlow 1.15 `tf.contrib.legacy_seq2seq.sequence_loss_by_example`.
    """
    if len(targets) != len(logits) or len(weights) != len(logits):
        raise ValueError(
            "Lengths of logits, weights, and targets must be the same "
            f"{len(logits)}, {len(weights)}, {len(targets)}."
        )
    with name_scope(name, "sequence_loss_by_example", [*logits, *targets, *weights]):
        losses = []
        for logit, target, weight in zip(logits, targets, weights, strict=True):
            if softmax_loss_function is None:
                flat = reshape(target, [-1])
                loss = sparse_softmax_cross_entropy_with_logits(labels=flat, logits=logit)
            else:
                loss = softmax_loss_function(labels=target, logits=logit)
            losses.append(loss * weight)
        total = add_n(losses)
        if average_across_timesteps:
            size = add_n(list(weights))
            size += _EPSILON
            total /= size
    return total


def sequence_loss(
    logits: Sequence[Any],
    targets: Sequence[Any],
    weights: Sequence[Any],
    average_across_timesteps: bool = True,
    average_across_batch: bool = True,
    softmax_loss_function: Callable[..., Any] | None = None,
    name: str | None = None,
) -> Any:
    """The sum of `sequence_loss_by_example`, or its mean over the batch.

    Args:
      logits: as of `sequence_loss_by_example`.
      targets: as of `sequence_loss_by_example`.
      weights: as of `sequence_loss_by_example`.
      average_across_timesteps: as of `sequence_loss_by_example`.
      average_across_batch: whether it is divided by the batch size.
      softmax_loss_function: as of `sequence_loss_by_example`.
      name: a name for the scope of the operations.

    Returns:
      A scalar.

    Raises:
      ValueError: the lists differ in length.

    Source: TensorFlow 1.15 `tf.contrib.legacy_seq2seq.sequence_loss`.
    """
    with name_scope(name, "sequence_loss", [*logits, *targets, *weights]):
        cost = reduce_sum(
            sequence_loss_by_example(
                logits,
                targets,
                weights,
                average_across_timesteps=average_across_timesteps,
                softmax_loss_function=softmax_loss_function,
            )
        )
        if not average_across_batch:
            return cost
        batch_size = shape(targets[0])[0]
        return cost / cast(batch_size, cost.dtype)


def model_with_buckets(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    targets: Sequence[Any],
    weights: Sequence[Any],
    buckets: Sequence[tuple[int, int]],
    seq2seq: Callable[[Any, Any], Any],
    softmax_loss_function: Callable[..., Any] | None = None,
    per_example_loss: bool = False,
    name: str | None = None,
) -> Any:
    """A model for each of several lengths, which share their variables.

    Args:
      encoder_inputs: the inputs of the longest encoder.
      decoder_inputs: the inputs of the longest decoder.
      targets: an int tensor for each step of the decoder.
      weights: a float tensor for each step of the decoder.
      buckets: pairs of lengths of encoder and decoder.
      seq2seq: takes both kinds of inputs, returns outputs and state.
      softmax_loss_function: as of `sequence_loss`.
      per_example_loss: whether losses are those of each sequence.
      name: a name for the scope of the operations.

    Returns:
      The outputs, and the loss, of each bucket.

    Raises:
      ValueError: there are fewer inputs, targets or weights than the longest bucket needs.

    Source: TensorFlow 1.15 `tf.contrib.legacy_seq2seq.model_with_buckets`.
    """
    for what, values, side in (
        ("encoder_inputs", encoder_inputs, 0),
        ("targets", targets, 1),
        ("weights", weights, 1),
    ):
        if len(values) < buckets[-1][side]:
            raise ValueError(
                f"Length of {what} ({len(values)}) must be at least that of last bucket "
                f"({buckets[-1][side]})."
            )
    every = [*encoder_inputs, *decoder_inputs, *targets, *weights]
    loss_of = sequence_loss_by_example if per_example_loss else sequence_loss
    losses, outputs = [], []
    with name_scope(name, "model_with_buckets", every):
        for number, (encoder_size, decoder_size) in enumerate(buckets):
            with variable_scope(get_variable_scope(), reuse=True if number > 0 else None):
                made, _ = seq2seq(encoder_inputs[:encoder_size], decoder_inputs[:decoder_size])
                outputs.append(made)
                losses.append(
                    loss_of(
                        outputs[-1],
                        targets[:decoder_size],
                        weights[:decoder_size],
                        softmax_loss_function=softmax_loss_function,
                    )
                )
    return outputs, losses
