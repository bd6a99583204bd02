"""`tf.nn.rnn_cell`: cells made of other cells."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tfsession import logging, nest
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import device, name_scope
from tfsession.graph.static_values import constant_value
from tfsession.layers.base import Layer
from tfsession.ops.array import concat
from tfsession.ops.indexing import slice as slice_of
from tfsession.ops.math import div, floor
from tfsession.ops.nn import dropout
from tfsession.ops.random import random_uniform
from tfsession.ops.tensor_array import TensorArray
from tfsession.rnn.cell import RNNCell
from tfsession.rnn.states import LSTMStateTuple, check_cell
from tfsession.shapes import TensorShape
from tfsession.variables.scope import variable_scope

__all__ = ["DeviceWrapper", "DropoutWrapper", "MultiRNNCell", "ResidualWrapper"]


# ---- Cells on top of each other ----


class MultiRNNCell(RNNCell):
    """Cells of which each reads the output of the one before.

    Args:
      cells: the cells, first the one that reads the input.
      state_is_tuple: whether the state is a tuple of the cells' states; otherwise these stand one
        behind the other along axis 1, and none of them is a tuple.

    Raises:
      TypeError: `cells` is no sequence.
      ValueError: there are no cells, or the state of one is a tuple though it must not be.

    Source: TensorFlow 1.15 `tf.nn.rnn_cell.MultiRNNCell`.
    """

    def __init__(self, cells: Any, state_is_tuple: bool = True) -> None:
        super().__init__()
        if not cells:
            raise ValueError("Must specify at least one cell for MultiRNNCell.")
        if not nest.is_sequence(cells):
            raise TypeError(f"cells must be a list or tuple, but saw: {cells}.")
        if len({id(cell) for cell in cells}) < len(cells):
            logging.warning(
                "At least two cells provided to MultiRNNCell are the same object and will share "
                "weights."
            )
        self._cells = cells
        self._state_is_tuple = state_is_tuple
        if not state_is_tuple and any(nest.is_sequence(cell.state_size) for cell in cells):
            raise ValueError(
                "Some cells return tuples of states, but the flag state_is_tuple is not set.  "
                f"State sizes are: {[cell.state_size for cell in cells]}"
            )

    @property
    def state_size(self) -> Any:
        """The cells' state sizes, or their sum."""
        sizes = tuple(cell.state_size for cell in self._cells)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> Any:
        """The output size of the last cell."""
        return self._cells[-1].output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """The zero states of all cells."""
        with name_scope(f"{type(self).__name__}ZeroState", values=[batch_size]):
            if self._state_is_tuple:
                return tuple(cell.zero_state(batch_size, dtype) for cell in self._cells)
            return super().zero_state(batch_size, dtype)

    @property
    def trainable_weights(self) -> list[Any]:
        """The variables of all cells that are trained."""
        if not self.trainable:
            return []
        return [w for cell in self._layers() for w in cell.trainable_weights]

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The variables of all cells that are not trained."""
        fixed = [w for cell in self._layers() for w in cell.non_trainable_weights]
        if self.trainable:
            return fixed
        return [w for cell in self._layers() for w in cell.trainable_weights] + fixed

    def _layers(self) -> list[Layer]:
        return [cell for cell in self._cells if isinstance(cell, Layer)]

    def call(self, inputs: Any, state: Any) -> Any:
        """One step of every cell, each in a scope `cell_<number>`."""
        new_states = []
        position = 0
        for number, cell in enumerate(self._cells):
            with variable_scope(f"cell_{number}"):
                if self._state_is_tuple:
                    if not nest.is_sequence(state):
                        raise ValueError(
                            f"Expected state to be a tuple of length {len(self.state_size)}, but "
                            f"received: {state}"
                        )
                    old_state = state[number]
                else:
                    old_state = slice_of(state, [0, position], [-1, cell.state_size])
                    position += cell.state_size
                inputs, new_state = cell(inputs, old_state)
                new_states.append(new_state)
        return inputs, tuple(new_states) if self._state_is_tuple else concat(new_states, 1)


# ---- Cells with something around them ----


class CellWrapper(RNNCell):
    """A cell that stands for another one, whose variables keep their place.

    Args:
      cell: the other cell.
      **kwargs: as of `tf.layers.Layer`.
    """

    def __init__(self, cell: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_cell("cell", cell)
        self.cell = cell

    @property
    def state_size(self) -> Any:
        """That of the cell."""
        return self.cell.state_size

    @property
    def output_size(self) -> Any:
        """That of the cell."""
        return self.cell.output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """That of the cell."""
        with name_scope(f"{type(self).__name__}ZeroState", values=[batch_size]):
            return self.cell.zero_state(batch_size, dtype)

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """Calls the cell; see `RNNCell`."""
        return self.call(inputs, state, scope=scope)

    def call(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """What the wrapper does around a call of the cell."""
        return self._call_cell(inputs, state, scope)

    def _call_cell(self, inputs: Any, state: Any, scope: Any) -> Any:
        return self.cell(inputs, state, scope=scope)

    def get_config(self) -> dict[str, Any]:
        """The arguments, with the cell described by its class and arguments."""
        described = {"class_name": type(self.cell).__name__, "config": self.cell.get_config()}
        return super().get_config() | {"cell": described}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The wrapper that `get_config` described, around the cell that was put into it.

        Raises:
          ValueError: `config["cell"]` is no cell.
        """
        config = dict(config)
        cell = config.pop("cell")
        try:
            check_cell("cell", cell)
        except TypeError:
            raise ValueError(
                "RNNCellWrapper cannot reconstruct the wrapped cell. Please overwrite the cell in "
                "the config with a RNNCell instance."
            ) from None
        return cls(cell, **config)


def _default_filter(state: Any) -> Any:
    """What of a state is dropped: all but the memory of an LSTM, and arrays of tensors."""
    if isinstance(state, LSTMStateTuple):
        return LSTMStateTuple(c=False, h=True)
    return not isinstance(state, TensorArray)


class DropoutWrapper(CellWrapper):
    """A cell with dropout of its input, its output and its new state.

    Args:
      cell: the cell.
      input_keep_prob: the probability with which an element of the input is kept: a float, or a
        scalar tensor.
      output_keep_prob: the same of the output.
      state_keep_prob: the same of the new state.
      variational_recurrent: whether all steps of a run drop the same elements.
      input_size: the sizes of the input, needed for that where the input is dropped.
      dtype: of what is dropped, needed for that.
      seed: an int from which the seeds of all dropouts are made.
      dropout_state_filter_visitor: takes a part of the state, and returns whether it is dropped, or
        a structure of bools for its members; the `c` of LSTMs is kept when None.
      **kwargs: as of `tf.layers.Layer`.

    Raises:
      TypeError: `cell` is no cell, or the visitor no function.
      ValueError: a probability is not between 0 and 1, or `dtype` or `input_size` is missing.

    Source: TensorFlow 1.15 `tf.nn.rnn_cell.DropoutWrapper`; Gal and Ghahramani, 2015,
      arXiv:1512.05287.
    """

    def __init__(
        self,
        cell: Any,
        input_keep_prob: Any = 1.0,
        output_keep_prob: Any = 1.0,
        state_keep_prob: Any = 1.0,
        variational_recurrent: bool = False,
        input_size: Any = None,
        dtype: Any = None,
        seed: int | None = None,
        dropout_state_filter_visitor: Callable[[Any], Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(cell, dtype=dtype, **kwargs)
        if dropout_state_filter_visitor is not None and not callable(dropout_state_filter_visitor):
            raise TypeError("dropout_state_filter_visitor must be callable")
        self._filter = dropout_state_filter_visitor or _default_filter
        with name_scope("DropoutWrapperInit"):
            self._input_keep_prob = _probability(input_keep_prob, "input_keep_prob")
            self._state_keep_prob = _probability(state_keep_prob, "state_keep_prob")
            self._output_keep_prob = _probability(output_keep_prob, "output_keep_prob")
        self._variational_recurrent = variational_recurrent
        self._input_size = input_size
        self._seed = seed
        self._noise: dict[str, Any] = {}
        if variational_recurrent:
            if dtype is None:
                raise ValueError("When variational_recurrent=True, dtype must be provided")
            if _drops(self._input_keep_prob) and input_size is None:
                raise ValueError(
                    "When variational_recurrent=True and input_keep_prob < 1.0 or is unknown, "
                    "input_size must be provided"
                )
            if _drops(self._input_keep_prob):
                self._noise["input"] = self._noise_of("input", input_size, dtype)
            self._noise["state"] = self._noise_of("state", cell.state_size, dtype)
            self._noise["output"] = self._noise_of("output", cell.output_size, dtype)

    @property
    def wrapped_cell(self) -> Any:
        """The cell."""
        return self.cell

    def call(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step of the cell, with dropout before and after it."""
        if _drops(self._input_keep_prob):
            inputs = self._dropped(inputs, "input", self._input_keep_prob)
        output, new_state = self._call_cell(inputs, state, scope)
        if _drops(self._state_keep_prob):
            form = _filtered(self._filter, new_state)
            new_state = self._dropped(new_state, "state", self._state_keep_prob, form)
        if _drops(self._output_keep_prob):
            output = self._dropped(output, "output", self._output_keep_prob)
        return output, new_state

    def _seed_of(self, salt: str, index: int) -> int | None:
        """The seed of one dropout, so that they do not all draw the same numbers."""
        if self._seed is None:
            return None
        text = f"{self._seed}{salt}_{index}".encode()
        return int(hashlib.md5(text).hexdigest()[:8], 16) & 0x7FFFFFFF

    def _noise_of(self, salt: str, sizes: Any, dtype: Any) -> Any:
        """For each size numbers from 0 to 1 of shape [1, size], which all rounds of a run share."""

        def draw(index: int, size: Any) -> Tensor:
            dims = concat([[1], TensorShape(size).as_list()], 0)
            drawn: Tensor = random_uniform(dims, seed=self._seed_of(salt, index), dtype=dtype)
            return drawn

        flat = nest.flatten(sizes)
        return nest.pack_sequence_as(sizes, [draw(*numbered) for numbered in enumerate(flat)])

    def _dropped(self, values: Any, salt: str, keep_prob: Any, form: Any = None) -> Any:
        """Drops elements of what `form` says; of everything when None."""
        if form is None:
            form = nest.map_structure(lambda _: True, values)
        chosen = nest.flatten(form)
        parts = nest.flatten_up_to(form, values)
        noise: Sequence[Any] = [None] * len(parts)
        if self._variational_recurrent:
            noise = nest.flatten_up_to(form, self._noise[salt])
        results = [
            self._dropped_part(index, salt, part, noise_of_part, keep_prob) if drops else part
            for index, (drops, part, noise_of_part) in enumerate(
                zip(chosen, parts, noise, strict=True)
            )
        ]
        return nest.pack_sequence_as(form, results)

    def _dropped_part(self, index: int, salt: str, value: Any, noise: Any, keep_prob: Any) -> Any:
        if not self._variational_recurrent:
            return dropout(value, rate=1.0 - keep_prob, seed=self._seed_of(salt, index))
        kept = floor(keep_prob + noise)
        result = div(value, keep_prob) * kept
        result.set_shape(value.get_shape())
        return result

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        names = (
            "input_keep_prob output_keep_prob state_keep_prob variational_recurrent input_size seed"
        ).split()
        return super().get_config() | {name: getattr(self, f"_{name}") for name in names}


def _probability(value: Any, name: str) -> Any:
    """A probability as a float where it is known, else as a tensor."""
    tensor = convert_to_tensor(value)
    known = constant_value(tensor)
    if known is None:
        return tensor
    if known < 0 or known > 1:
        raise ValueError(f"Parameter {name} must be between 0 and 1: {int(known)}")
    return float(known)


def _drops(keep_prob: Any) -> bool:
    return not isinstance(keep_prob, float) or keep_prob < 1


def _filtered(choose: Callable[[Any], Any], state: Any) -> Any:
    """The form in which a state is dropped: a bool in place of each part that stays whole."""
    chosen = choose(state)
    if not nest.is_sequence(chosen):
        if not chosen or not nest.is_sequence(state):
            return bool(chosen)
        return _like(state, [_filtered(choose, part) for part in _members(state)])
    pairs = zip(_members(chosen), _members(state), strict=True)
    return _like(state, [_filtered(choose, part) if wanted else False for wanted, part in pairs])


def _members(structure: Any) -> Iterator[Any]:
    return iter(structure)


def _like(structure: Any, members: list[Any]) -> Any:
    kind: Any = type(structure)
    return kind(*members) if hasattr(structure, "_fields") else kind(members)


class ResidualWrapper(CellWrapper):
    """A cell whose input is added to its output.

    Args:
      cell: the cell.
      residual_fn: takes input and output, and returns what is put out; their sum when None.
      **kwargs: as of `tf.layers.Layer`.

    Raises:
      TypeError: `cell` is no cell.
      ValueError: at a call, input and output differ in form or shape.

    Source: TensorFlow 1.15 `tf.nn.rnn_cell.ResidualWrapper`.
    """

    def __init__(
        self, cell: Any, residual_fn: Callable[[Any, Any], Any] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(cell, **kwargs)
        self._residual_fn = residual_fn

    def call(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step of the cell."""
        outputs, new_state = self._call_cell(inputs, state, scope)
        return (self._residual_fn or _summed)(inputs, outputs), new_state


def _summed(inputs: Any, outputs: Any) -> Any:
    nest.assert_same_structure(inputs, outputs)
    for one, other in zip(nest.flatten(inputs), nest.flatten(outputs), strict=True):
        one.get_shape().assert_is_compatible_with(other.get_shape())
    return nest.map_structure(lambda one, other: one + other, inputs, outputs)


class DeviceWrapper(CellWrapper):
    """A cell that runs on a device.

    Args:
      cell: the cell.
      device: the name of the device, or a function as of `tf.device`.
      **kwargs: as of `tf.layers.Layer`.

    Source: TensorFlow 1.15 `tf.nn.rnn_cell.DeviceWrapper`.
    """

    def __init__(self, cell: Any, device: Any, **kwargs: Any) -> None:
        super().__init__(cell, **kwargs)
        self._device = device

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """That of the cell, on the device."""
        with (
            name_scope(f"{type(self).__name__}ZeroState", values=[batch_size]),
            device(self._device),
        ):
            return self.cell.zero_state(batch_size, dtype)

    def call(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step of the cell, on the device."""
        with device(self._device):
            return self._call_cell(inputs, state, scope)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return super().get_config() | {"device": self._device}
