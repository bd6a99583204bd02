"""What the backend keeps: sessions, names, the learning phase, and functions of the graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession import nest
from tfsession.autodiff.gradients import gradients as gradients_of
from tfsession.graph import scopes
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.layers import sessions
from tfsession.layers.abstract import numbers_of_names
from tfsession.layers.phase import learning_phase
from tfsession.ops import array
from tfsession.ops.control import group

__all__ = [
    "GraphFunction",
    "backend",
    "batch_get_value",
    "batch_set_value",
    "clear_session",
    "eval",
    "function",
    "get_uid",
    "get_value",
    "gradients",
    "reset_uids",
    "set_value",
    "stop_gradient",
]


def backend() -> str:
    """ "tensorflow"."""
    return "tensorflow"


def get_uid(prefix: str = "") -> int:
    """A number that counts how often it was asked for with a prefix in the default graph."""
    numbers = numbers_of_names()
    numbers[prefix] = numbers.get(prefix, 0) + 1
    return numbers[prefix]


def reset_uids() -> None:
    """Lets names of layers and models of the default graph begin anew."""
    numbers_of_names().clear()


def clear_session() -> None:
    """Makes a new default graph, and drops the session, names and learning phase of the old one.

    Source: TensorFlow 1.15 `tf.keras.backend.clear_session`.
    """
    scopes.reset_default_graph()
    reset_uids()
    sessions.set_session(None)
    learning_phase()


# ---- Values ----


def eval(x: Any) -> Any:  # TensorFlow's name
    """The value of a tensor or a variable, as an array."""
    return get_value(x)


def get_value(x: Any) -> Any:
    """The value of a tensor or a variable in the session, as an array."""
    if not isinstance(x, Tensor) and not hasattr(x, "initializer"):
        return x
    return sessions.get_session([x]).run(x)


def batch_get_value(tensors: list[Any]) -> list[Any]:
    """The values of several tensors or variables, as arrays."""
    return sessions.get_values(list(tensors))


def set_value(x: Any, value: Any) -> None:
    """Gives a variable a new value in the session."""
    sessions.set_values([(x, value)])


def batch_set_value(tuples: Any) -> None:
    """Gives variables new values in the session.

    Args:
      tuples: pairs of a variable and an array.
    """
    sessions.set_values(tuples)


# ---- Gradients ----


def gradients(loss: Any, variables: Any) -> Any:
    """The gradients of `loss` with respect to `variables`."""
    return gradients_of(loss, variables, colocate_gradients_with_ops=True)


def stop_gradient(variables: Any) -> Any:
    """Tensors that are constants to gradients."""
    if isinstance(variables, (list, tuple)):
        return [array.stop_gradient(x) for x in variables]
    return array.stop_gradient(variables)


# ---- Functions ----


class GraphFunction:
    """Computes tensors of the graph, and runs updates beside them.

    Args:
      inputs: the tensors that are fed, or a structure of these.
      outputs: the tensors that are computed, or a structure of these.
      updates: operations, or pairs of a variable and its new value.
      name: a name for the function.
      **session_kwargs: `feed_dict`, `fetches`, and `options` and `run_metadata` of `Session.run`.

    Raises:
      TypeError: `updates` is no list.

    Source: TensorFlow 1.15 `tf.keras.backend.function`.
    """

    def __init__(
        self,
        inputs: Any,
        outputs: Any,
        updates: Any = None,
        name: str | None = None,
        **session_kwargs: Any,
    ) -> None:
        updates = updates or []
        if not isinstance(updates, (list, tuple)):
            raise TypeError("`updates` in a Keras backend function should be a list or tuple.")
        self.name = name
        self.inputs = nest.flatten(inputs)
        self._structure = outputs
        self.outputs = [_tensor(x) for x in nest.flatten(outputs)]
        # What is computed first is what the step found, before variables change.
        with scopes.control_dependencies(self.outputs[:1]):
            self.updates_op = group(*[_update(u) for u in updates])
        self.feed_dict: dict[Any, Any] = session_kwargs.pop("feed_dict", None) or {}
        self.fetches = list(session_kwargs.pop("fetches", ()) or ())
        # What is called with the value of each of `fetches`.
        self.fetch_callbacks: dict[Any, Any] = {}
        self.run_options = session_kwargs.pop("options", None)
        self.run_metadata = session_kwargs.pop("run_metadata", None)
        if session_kwargs:
            raise ValueError(
                "Some keys in session_kwargs are not supported at this time: "
                f"{session_kwargs.keys()}"
            )

    def _values(self, inputs: Any) -> list[Any]:
        """One value for each tensor that is fed: lists of numbers are arrays, too."""
        if isinstance(inputs, (list, tuple)) and len(inputs) == len(self.inputs):
            return list(inputs)
        values: list[Any] = nest.flatten(inputs)
        return values

    def __call__(self, inputs: Any) -> Any:
        """Runs once.

        Args:
          inputs: arrays, one for each tensor that is fed; None leaves one out.

        Returns:
          The values of the outputs, in their structure.
        """
        session = sessions.get_session(self.inputs)
        feeds = dict(self.feed_dict)
        for tensor, value in zip(self.inputs, self._values(inputs), strict=True):
            if value is not None:
                feeds[tensor] = _array(tensor, value)
        values = session.run(
            [*self.outputs, *self.fetches, self.updates_op],
            feed_dict=feeds,
            options=self.run_options,
            run_metadata=self.run_metadata,
        )
        for tensor, value in zip(self.fetches, values[len(self.outputs) :], strict=False):
            if tensor in self.fetch_callbacks:
                self.fetch_callbacks[tensor](value)
        return nest.pack_sequence_as(self._structure, values[: len(self.outputs)])


def _tensor(x: Any) -> Tensor:
    if isinstance(x, Operation):
        raise TypeError(f"{x} is an operation; want a tensor")
    tensor: Tensor = convert_to_tensor(x)
    return tensor


def _update(update: Any) -> Any:
    if isinstance(update, tuple):
        variable, value = update
        return variable.assign(value)
    return update


def _array(tensor: Any, value: Any) -> Any:
    if (
        isinstance(tensor, Tensor)
        and not isinstance(value, np.ndarray)
        and not hasattr(value, "dense_shape")
    ):
        return np.asarray(value, dtype=tensor.dtype.as_numpy_dtype)
    return value


def function(
    inputs: Any, outputs: Any, updates: Any = None, name: str | None = None, **kwargs: Any
) -> GraphFunction:
    """A function of arrays that computes tensors of the graph; for the arguments see its class.

    Raises:
      ValueError: an argument is not known.
    """
    for key in kwargs:
        if key not in ("feed_dict", "fetches", "options", "run_metadata"):
            raise ValueError(
                f'Invalid argument "{key}" passed to K.function with TensorFlow backend'
            )
    return GraphFunction(inputs, outputs, updates=updates, name=name, **kwargs)
