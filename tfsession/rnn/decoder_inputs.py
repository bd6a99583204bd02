"""`tf.contrib.seq2seq`: where a decoder's next input comes from."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Any

from tfsession import dtypes, nest
from tfsession.dtypes import int32
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops.array import concat, fill, reshape, shape, size, zeros_like
from tfsession.ops.control_flow import cond
from tfsession.ops.indexing import gather_nd, scatter_nd, where
from tfsession.ops.math import cast, equal
from tfsession.ops.random import multinomial, random_uniform
from tfsession.ops.rearrange import tile
from tfsession.ops.reduction import argmax, reduce_all
from tfsession.ops.tensor_array import TensorArray
from tfsession.rnn.dynamic import transpose_batch_time
from tfsession.shapes import TensorShape
from tfsession.variables.embedding import embedding_lookup

__all__ = [
    "CustomHelper",
    "GreedyEmbeddingHelper",
    "Helper",
    "InferenceHelper",
    "SampleEmbeddingHelper",
    "ScheduledEmbeddingTrainingHelper",
    "ScheduledOutputTrainingHelper",
    "TrainingHelper",
]


class Helper(abc.ABC):
    """What a decoder asks for its next input.

    Source: TensorFlow 1.15 `tf.contrib.seq2seq.Helper`.
    """

    @property
    @abc.abstractmethod
    def batch_size(self) -> Any:
        """The number of sequences, a scalar int32."""

    @property
    @abc.abstractmethod
    def sample_ids_shape(self) -> Any:
        """The shape of what is chosen, without the batch."""

    @property
    @abc.abstractmethod
    def sample_ids_dtype(self) -> Any:
        """The dtype of what is chosen."""

    @abc.abstractmethod
    def initialize(self, name: str | None = None) -> Any:
        """Which sequences have ended, and the first input."""

    @abc.abstractmethod
    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """What is chosen by the outputs of a step."""

    @abc.abstractmethod
    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> Any:
        """Which sequences have ended, the next input, and the next state."""


class _IdHelper(Helper):
    """A Helper that chooses an int32 for each sequence."""

    _batch_size: Any

    @property
    def batch_size(self) -> Any:
        """The number of sequences, a scalar int32."""
        return self._batch_size

    @property
    def sample_ids_shape(self) -> Any:
        """A scalar for each sequence."""
        return TensorShape([])

    @property
    def sample_ids_dtype(self) -> Any:
        """int32."""
        return int32


def embedding_function(embedding: Any) -> Callable[[Any], Any]:
    """The function that looks ids up in a table; a function is used as it is."""
    return embedding if callable(embedding) else lambda ids: embedding_lookup(embedding, ids)


def tokens_of(start_tokens: Any, end_token: Any) -> tuple[Tensor, Tensor]:
    """The first ids and the last one as tensors.

    Raises:
      ValueError: `start_tokens` is no vector, or `end_token` no scalar.
    """
    start = convert_to_tensor(start_tokens, dtype=int32, name="start_tokens")
    end = convert_to_tensor(end_token, dtype=int32, name="end_token")
    if start.get_shape().ndims != 1:
        raise ValueError("start_tokens must be a vector")
    if end.get_shape().ndims != 0:
        raise ValueError("end_token must be a scalar")
    return start, end


def _drawn(logits: Any, seed: int | None) -> Any:
    """An id for each row, drawn by logits of shape [batch, ids]."""
    return reshape(multinomial(logits, 1, seed=seed, output_dtype=int32), [-1])


def _coins(probability: Any, count: Any, seed: int | None) -> Any:
    """A bool for each row, true with a probability."""
    return random_uniform(reshape(count, [1]), seed=seed, dtype=probability.dtype) < probability


# ---- Given inputs ----


class TrainingHelper(_IdHelper):
    """Reads the inputs that are given; what is chosen is the most likely id.

    Args:
      inputs: a tensor of shape [batch, time, ...], or a structure of such tensors.
      sequence_length: ints of shape [batch].
      time_major: whether inputs are of shape [time, batch, ...].
      name: a name for the scope of the operations.

    Raises:
      ValueError: `sequence_length` is no vector.

    Source: TensorFlow 1.15 `tf.contrib.seq2seq.TrainingHelper`.
    """

    def __init__(
        self, inputs: Any, sequence_length: Any, time_major: bool = False, name: str | None = None
    ) -> None:
        with name_scope(name, "TrainingHelper", [inputs, sequence_length]):
            if not nest.is_sequence(inputs):
                inputs = convert_to_tensor(inputs, name="inputs")
            self._inputs = inputs
            if not time_major:
                inputs = nest.map_structure(transpose_batch_time, inputs)
            self._rows = nest.map_structure(_rows_of, inputs)
            self._sequence_length = convert_to_tensor(sequence_length, name="sequence_length")
            if self._sequence_length.get_shape().ndims != 1:
                raise ValueError(
                    "Expected sequence_length to be a vector, but received shape: "
                    f"{self._sequence_length.get_shape()}"
                )
            self._zero_inputs = nest.map_structure(lambda x: zeros_like(x[0, :]), inputs)
            self._batch_size = size(sequence_length)

    @property
    def inputs(self) -> Any:
        """What was given."""
        return self._inputs

    @property
    def sequence_length(self) -> Any:
        """What was given, as a tensor."""
        return self._sequence_length

    def initialize(self, name: str | None = None) -> Any:
        """Which sequences are empty, and the first input."""
        with name_scope(name, "TrainingHelperInitialize"):
            finished = equal(0, self._sequence_length)
            return finished, self._read(0, finished)

    def _read(self, time: Any, finished: Any) -> Any:
        """The inputs of a step; zeros behind the last one."""
        return cond(
            reduce_all(finished),
            lambda: self._zero_inputs,
            lambda: nest.map_structure(lambda rows: rows.read(time), self._rows),
        )

    def sample(self, time: Any, outputs: Any, name: str | None = None, **unused_kwargs: Any) -> Any:  # type: ignore[override]  # TensorFlow's
        """The most likely ids."""
        with name_scope(name, "TrainingHelperSample", [time, outputs]):
            return cast(argmax(outputs, axis=-1), int32)

    def next_inputs(  # type: ignore[override]  # TensorFlow's
        self, time: Any, outputs: Any, state: Any, name: str | None = None, **unused_kwargs: Any
    ) -> Any:
        """What is given for the next step."""
        with name_scope(name, "TrainingHelperNextInputs", [time, outputs, state]):
            next_time = time + 1
            finished = next_time >= self._sequence_length
            return finished, self._read(next_time, finished), state


def _rows_of(inputs: Tensor) -> TensorArray:
    rows = TensorArray(inputs.dtype, size=shape(inputs)[0], element_shape=inputs.get_shape()[1:])
    return rows.unstack(inputs)


class ScheduledEmbeddingTrainingHelper(TrainingHelper):
    """Reads the inputs that are given, or by chance the row of an id that was drawn.

    What is chosen is the id that was drawn, or -1.

    Args:
      inputs: as of `TrainingHelper`.
      sequence_length: as of `TrainingHelper`.
      embedding: a table, or a function from ids to inputs.
      sampling_probability: of drawing, a float scalar or one for each sequence.
      time_major: as of `TrainingHelper`.
      seed: of the ids.
      scheduling_seed: of the choice between the two.
      name: a name for the scope of the operations.

    Raises:
      ValueError: a rank is wrong.

    Source: TensorFlow 1.15 `tf.contrib.seq2seq.ScheduledEmbeddingTrainingHelper`; Bengio et al.,
      2015, arXiv:1506.03099.
    """

    def __init__(
        self,
        inputs: Any,
        sequence_length: Any,
        embedding: Any,
        sampling_probability: Any,
        time_major: bool = False,
        seed: int | None = None,
        scheduling_seed: int | None = None,
        name: str | None = None,
    ) -> None:
        with name_scope(
            name, "ScheduledEmbeddingSamplingWrapper", [embedding, sampling_probability]
        ):
            self._embedding_fn = embedding_function(embedding)
            self._probability = _probability_of(sampling_probability, (0, 1))
            self._seed = seed
            self._scheduling_seed = scheduling_seed
            super().__init__(inputs, sequence_length, time_major=time_major, name=name)

    def sample(  # type: ignore[override]  # TensorFlow's
        self, time: Any, outputs: Any, name: str | None = None, state: Any = None, **kwargs: Any
    ) -> Any:
        """Ids that were drawn, and -1 where none was."""
        with name_scope(name, "ScheduledEmbeddingTrainingHelperSample", [time, outputs, state]):
            draws = _coins(self._probability, self._batch_size, self._scheduling_seed)
            return where(draws, _drawn(outputs, self._seed), fill([self._batch_size], -1))

    def next_inputs(  # type: ignore[override]  # TensorFlow's
        self,
        time: Any,
        outputs: Any,
        state: Any,
        name: str | None = None,
        sample_ids: Any = None,
        **kwargs: Any,
    ) -> Any:
        """The rows of the ids that were drawn, and else what is given."""
        with name_scope(
            name,
            "ScheduledEmbeddingTrainingHelperNextInputs",
            [time, outputs, state, sample_ids],
        ):
            finished, given, state = super().next_inputs(time, outputs, state, name=name)

            def mixed() -> Any:
                drawn = cast(where(sample_ids > -1), int32)
                rest = cast(where(sample_ids <= -1), int32)
                rows = self._embedding_fn(gather_nd(sample_ids, drawn))
                dims = shape(given)
                return scatter_nd(drawn, rows, dims) + scatter_nd(
                    rest, gather_nd(given, rest), dims
                )

            return finished, cond(reduce_all(finished), lambda: given, mixed), state


class ScheduledOutputTrainingHelper(TrainingHelper):
    """Reads the inputs that are given, or by chance the last output.

    What is chosen is whether the output is read, as a bool.

    Args:
      inputs: as of `TrainingHelper`.
      sequence_length: as of `TrainingHelper`.
      sampling_probability: of reading the output, a float scalar.
      time_major: as of `TrainingHelper`.
      seed: of the choice.
      next_inputs_fn: a function from outputs to inputs; the outputs themselves when None.
      auxiliary_inputs: of the shape of the inputs but for the last axis; stand behind outputs that
        are read.
      name: a name for the scope of the operations.

    Raises:
      ValueError: a rank is wrong.

    Source: TensorFlow 1.15 `tf.contrib.seq2seq.ScheduledOutputTrainingHelper`; Bengio et al., 2015,
      arXiv:1506.03099.
    """

    def __init__(
        self,
        inputs: Any,
        sequence_length: Any,
        sampling_probability: Any,
        time_major: bool = False,
        seed: int | None = None,
        next_inputs_fn: Callable[[Any], Any] | None = None,
        auxiliary_inputs: Any = None,
        name: str | None = None,
    ) -> None:
        with name_scope(
            name, "ScheduledOutputTrainingHelper", [inputs, auxiliary_inputs, sampling_probability]
        ):
            self._probability = _probability_of(sampling_probability, (0,))
            self._more: Any = None
            both = inputs
            if auxiliary_inputs is not None:
                both = nest.map_structure(lambda x, y: concat([x, y], -1), inputs, auxiliary_inputs)
                if not time_major:
                    auxiliary_inputs = nest.map_structure(transpose_batch_time, auxiliary_inputs)
                self._more = nest.map_structure(_rows_of, auxiliary_inputs)
            self._seed = seed
            self._next_inputs_fn = next_inputs_fn
            super().__init__(both, sequence_length, time_major=time_major, name=name)

    def sample(  # type: ignore[override]  # TensorFlow's
        self, time: Any, outputs: Any, name: str | None = None, state: Any = None, **kwargs: Any
    ) -> Any:
        """Whether each sequence reads its output next."""
        with name_scope(name, "ScheduledOutputTrainingHelperSample", [time, outputs, state]):
            return cast(_coins(self._probability, self._batch_size, self._seed), int32)

    def next_inputs(  # type: ignore[override]  # TensorFlow's
        self,
        time: Any,
        outputs: Any,
        state: Any,
        name: str | None = None,
        sample_ids: Any = None,
        **kwargs: Any,
    ) -> Any:
        """The outputs where they were chosen, and else what is given."""
        with name_scope(
            name, "ScheduledOutputTrainingHelperNextInputs", [time, outputs, state, sample_ids]
        ):
            finished, given, state = super().next_inputs(time, outputs, state, name=name)
            chosen = cast(sample_ids, dtypes.bool)

            def behind(values: Any, indices: Any) -> Any:
                """Outputs with what stands behind them, of some sequences."""
                if self._more is None:
                    return values
                more = nest.map_structure(lambda rows: rows.read(time + 1), self._more)
                if indices is not None:
                    more = gather_nd(more, indices)
                return nest.map_structure(lambda x, y: concat([x, y], -1), values, more)

            def all_outputs() -> Any:
                if self._next_inputs_fn is None:
                    return where(chosen, behind(outputs, None), given)
                drawn = cast(where(chosen), int32)
                rest = cast(where(~chosen), int32)
                values = self._next_inputs_fn(gather_nd(outputs, drawn))
                dims = shape(given)
                return scatter_nd(drawn, behind(values, drawn), dims) + scatter_nd(
                    rest, gather_nd(given, rest), dims
                )

            nothing = reduce_all(finished) | ~reduce_any_of(chosen)
            return finished, cond(nothing, lambda: given, all_outputs), state


def reduce_any_of(values: Any) -> Any:
    """Whether one of some bools is true."""
    return ~reduce_all(~values)


def _probability_of(value: Any, ranks: tuple[int, ...]) -> Tensor:
    probability = convert_to_tensor(value, name="sampling_probability")
    if probability.get_shape().ndims not in ranks:
        wanted = "a scalar" if ranks == (0,) else "either a scalar or a vector"
        raise ValueError(
            f"sampling_probability must be {wanted}. saw shape: {probability.get_shape()}"
        )
    return probability


# ---- What was chosen ----


class GreedyEmbeddingHelper(_IdHelper):
    """Reads the row of the id that was most likely.

    Args:
      embedding: a table, or a function from ids to inputs.
      start_tokens: the first ids, of shape [batch].
      end_token: the id that ends a sequence, a scalar.

    Raises:
      ValueError: a rank is wrong.

    Source: TensorFlow 1.15 `tf.contrib.seq2seq.GreedyEmbeddingHelper`.
    """

    def __init__(self, embedding: Any, start_tokens: Any, end_token: Any) -> None:
        self._embedding_fn = embedding_function(embedding)
        self._start_tokens, self._end_token = tokens_of(start_tokens, end_token)
        self._batch_size = size(self._start_tokens)
        self._start_inputs = self._embedding_fn(self._start_tokens)

    def initialize(self, name: str | None = None) -> Any:
        """No sequence has ended; the rows of the first ids."""
        return tile([False], [self._batch_size]), self._start_inputs

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """The most likely ids.

        Raises:
          TypeError: the output is no tensor.
        """
        _check_tensor(outputs)
        return argmax(outputs, axis=-1, output_type=int32)

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> Any:
        """The rows of the ids that were chosen."""
        finished = equal(sample_ids, self._end_token)
        next_inputs = cond(
            reduce_all(finished),
            lambda: self._start_inputs,
            lambda: self._embedding_fn(sample_ids),
        )
        return finished, next_inputs, state


def _check_tensor(outputs: Any) -> None:
    if not isinstance(outputs, Tensor):
        raise TypeError(f"Expected outputs to be a single Tensor, got: {type(outputs)}")


class SampleEmbeddingHelper(GreedyEmbeddingHelper):
    """Reads the row of an id that is drawn by the outputs.

    Args:
      embedding: a table, or a function from ids to inputs.
      start_tokens: the first ids, of shape [batch].
      end_token: the id that ends a sequence, a scalar.
      softmax_temperature: what the outputs are divided by; 1 when None.
      seed: of the draws.

    Raises:
      ValueError: a rank is wrong.

    Source: TensorFlow 1.15 `tf.contrib.seq2seq.SampleEmbeddingHelper`.
    """

    def __init__(
        self,
        embedding: Any,
        start_tokens: Any,
        end_token: Any,
        softmax_temperature: Any = None,
        seed: int | None = None,
    ) -> None:
        super().__init__(embedding, start_tokens, end_token)
        self._softmax_temperature = softmax_temperature
        self._seed = seed

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """Ids that are drawn.

        Raises:
          TypeError: the output is no tensor.
        """
        _check_tensor(outputs)
        if self._softmax_temperature is not None:
            outputs = outputs / self._softmax_temperature
        return _drawn(outputs, self._seed)


class InferenceHelper(Helper):
    """Reads what a function chooses by the outputs.

    Args:
      sample_fn: takes the outputs, returns what is chosen.
      sample_shape: the shape of that, without the batch.
      sample_dtype: its dtype.
      start_inputs: the first input, of shape [batch, ...].
      end_fn: takes what is chosen, returns which sequences end.
      next_inputs_fn: takes what is chosen, returns the next input; the choice itself when None.

    Source: TensorFlow 1.15 `tf.contrib.seq2seq.InferenceHelper`.
    """

    def __init__(
        self,
        sample_fn: Callable[[Any], Any],
        sample_shape: Any,
        sample_dtype: Any,
        start_inputs: Any,
        end_fn: Callable[[Any], Any],
        next_inputs_fn: Callable[[Any], Any] | None = None,
    ) -> None:
        self._sample_fn = sample_fn
        self._end_fn = end_fn
        self._sample_shape = TensorShape(sample_shape)
        self._sample_dtype = sample_dtype
        self._next_inputs_fn = next_inputs_fn
        self._batch_size = shape(start_inputs)[0]
        self._start_inputs = convert_to_tensor(start_inputs, name="start_inputs")

    @property
    def batch_size(self) -> Any:
        """The number of sequences, a scalar int32."""
        return self._batch_size

    @property
    def sample_ids_shape(self) -> Any:
        """`sample_shape`."""
        return self._sample_shape

    @property
    def sample_ids_dtype(self) -> Any:
        """`sample_dtype`."""
        return self._sample_dtype

    def initialize(self, name: str | None = None) -> Any:
        """No sequence has ended; the first input."""
        return tile([False], [self._batch_size]), self._start_inputs

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """What `sample_fn` chooses."""
        return self._sample_fn(outputs)

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> Any:
        """What was chosen, or what `next_inputs_fn` makes of it."""
        next_inputs = sample_ids
        if self._next_inputs_fn is not None:
            next_inputs = self._next_inputs_fn(sample_ids)
        return self._end_fn(sample_ids), next_inputs, state


class CustomHelper(Helper):
    """A Helper made of functions.

    Args:
      initialize_fn: returns which sequences have ended, and the first input.
      sample_fn: takes `time`, `outputs` and `state`, returns what is chosen.
      next_inputs_fn: takes these and `sample_ids`, returns which sequences have ended, the next
        input and the next state.
      sample_ids_shape: the shape of what is chosen, without the batch; a scalar when None.
      sample_ids_dtype: its dtype; int32 when None.

    Source: TensorFlow 1.15 `tf.contrib.seq2seq.CustomHelper`.
    """

    def __init__(
        self,
        initialize_fn: Callable[[], Any],
        sample_fn: Callable[..., Any],
        next_inputs_fn: Callable[..., Any],
        sample_ids_shape: Any = None,
        sample_ids_dtype: Any = None,
    ) -> None:
        self._initialize_fn = initialize_fn
        self._sample_fn = sample_fn
        self._next_inputs_fn = next_inputs_fn
        self._batch_size: Any = None
        self._sample_ids_shape = TensorShape(sample_ids_shape or [])
        self._sample_ids_dtype = sample_ids_dtype or int32

    @property
    def batch_size(self) -> Any:
        """The number of sequences, a scalar int32.

        Raises:
          ValueError: `initialize` has not been called.
        """
        if self._batch_size is None:
            raise ValueError("batch_size accessed before initialize was called")
        return self._batch_size

    @property
    def sample_ids_shape(self) -> Any:
        """What the constructor was given."""
        return self._sample_ids_shape

    @property
    def sample_ids_dtype(self) -> Any:
        """What the constructor was given."""
        return self._sample_ids_dtype

    def initialize(self, name: str | None = None) -> Any:
        """What `initialize_fn` returns."""
        with name_scope(name, "CustomHelperInitialize"):
            finished, next_inputs = self._initialize_fn()
            if self._batch_size is None:
                self._batch_size = size(finished)
        return finished, next_inputs

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """What `sample_fn` returns."""
        with name_scope(name, "CustomHelperSample", [time, outputs, state]):
            return self._sample_fn(time=time, outputs=outputs, state=state)

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> Any:
        """What `next_inputs_fn` returns."""
        with name_scope(name, "CustomHelperNextInputs", [time, outputs, state, sample_ids]):
            return self._next_inputs_fn(
                time=time, outputs=outputs, state=state, sample_ids=sample_ids
            )
