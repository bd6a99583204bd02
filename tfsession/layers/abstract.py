"""What layers of every style do: they keep variables, losses and updates, and are called.

`AbstractLayer` makes its variables in a name scope, as Keras does. `tfsession.layers.base.Layer`
makes them by `tf.get_variable`, in a variable scope.
"""

from __future__ import annotations

import functools
import inspect
import re
import threading
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, NamedTuple

import numpy as np

from tfsession import dtypes, nest
from tfsession.dtypes import DType, as_dtype
from tfsession.graph import scopes
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.default_session import get_default_session
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.layers import identifiers
from tfsession.layers.input_spec import check_inputs
from tfsession.ops import array, math
from tfsession.shapes import TensorShape
from tfsession.variables.partitions import PartitionedVariable
from tfsession.variables.variable import Variable, VariableAggregation, VariableSynchronization

# ---- Names ----


def snake_case(name: str) -> str:
    """The name of a class as that of a layer: `Conv2DTranspose` is `conv2d_transpose`."""
    apart = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    lower = re.sub(r"([a-z])([A-Z])", r"\1_\2", apart).lower()
    # A scope must not begin with an underscore.
    return f"private{lower}" if lower.startswith("_") else lower


def unique_name(base: str) -> str:
    """A name for a layer that no other one of the default graph has: `dense_1`, `dense_2`."""
    numbers = scopes.attachment(scopes.get_default_graph(), "layer_numbers", dict[str, int])
    numbers[base] = numbers.get(base, 0) + 1
    return f"{base}_{numbers[base]}"


# ---- Calls ----


class _Call(NamedTuple):
    """A layer that is being called."""

    inputs: list[Any]
    training: Any


class _Calls(threading.local):
    """The calls that this thread is inside of, outermost first."""

    def __init__(self) -> None:
        self.stack: list[_Call] = []


_calls = _Calls()


@functools.cache
def parameters_of(function: Callable[..., Any]) -> dict[str, int]:
    """The names of a method's parameters behind `self`, with their positions; `**` for kwargs."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    return {
        "**" if parameter.kind is inspect.Parameter.VAR_KEYWORD else parameter.name: position
        for position, parameter in enumerate(parameters)
    }


def _as_tensor(value: Any) -> Any:
    return convert_to_tensor(value) if isinstance(value, (np.ndarray, float, int)) else value


def depends_on(thing: Tensor | Operation, inputs: Iterable[Any]) -> bool:
    """Whether what a tensor or an operation computes depends on some of the given tensors."""
    wanted = {tensor for tensor in nest.flatten(inputs) if isinstance(tensor, Tensor)}
    pending: list[Tensor | Operation] = [thing]
    seen: set[Tensor | Operation] = set()
    while pending:
        current = pending.pop()
        if current in wanted:
            return True
        op = current.op if isinstance(current, Tensor) else current
        if op not in seen:
            seen.add(op)
            pending.extend(op.inputs)
            pending.extend(op.control_inputs)
    return False


class _Update(NamedTuple):
    """An update that was added to a layer, with what the layer was called on at that time."""

    thing: Any
    inputs: list[Any]


# ---- Layer ----


class AbstractLayer:
    """A function of tensors that keeps variables.

    A subclass makes its variables in `build`, by `add_weight`, and computes in `call`.

    Args:
      trainable: whether its variables are trained.
      name: a name for its operations and variables; made from the class when None.
      dtype: the DType of its variables; that of the first input when None.
      **kwargs: `activity_regularizer`, and `input_shape`, `batch_input_shape`, `batch_size`,
        `weights`, which Keras takes.

    Raises:
      TypeError: an argument is not known.
    """

    stateful = False
    dynamic = False
    supports_masking = False

    _KEYWORDS: ClassVar = frozenset(
        (
            "activity_regularizer autocast batch_input_shape batch_size dynamic input_shape weights"
        ).split()
    )

    # Attributes of the constructor's arguments, for `get_config`.
    _CONFIG: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self, trainable: bool = True, name: str | None = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        for keyword in kwargs:
            if keyword not in self._KEYWORDS:
                raise TypeError("Keyword argument not understood:", keyword)
        self._trainable = trainable
        self.built = False
        self.input_spec: Any = None
        self._dtype = None if dtype is None else as_dtype(dtype).name
        self._trainable_weights: list[Any] = []
        self._non_trainable_weights: list[Any] = []
        self._losses: list[tuple[Any, bool]] = []
        self._losses_of_weights: list[Callable[[], Any]] = []
        self._updates: list[_Update] = []
        self._activity_regularizer = kwargs.get("activity_regularizer")
        self._name, self._base_name = self._named(name)

    def _named(self, name: str | None) -> tuple[str, str]:
        if name:
            return name, name
        base = snake_case(type(self).__name__)
        return unique_name(base), base

    # What a subclass defines.

    def build(self, input_shape: Any) -> None:
        """Makes the variables; called once, before the first call.

        Args:
          input_shape: the TensorShape of the input, or a structure of these.
        """
        self.built = True

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """What the layer computes."""
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the result, from that of the input.

        Raises:
          NotImplementedError: the layer does not say.
        """
        raise NotImplementedError

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the result: none, where the layer knows nothing of masks."""
        if not self.supports_masking:
            if any(m is not None for m in nest.flatten(mask)):
                raise TypeError(
                    f"Layer {self.name} does not support masking, but was passed an input_mask: "
                    f"{mask}"
                )
            return None
        return mask

    # Properties.

    @property
    def name(self) -> str:
        """The name."""
        return self._name

    @property
    def dtype(self) -> str | None:
        """The name of the DType of the variables; None where it is not known yet."""
        return self._dtype

    @property
    def trainable(self) -> bool:
        """Whether the variables are trained."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = value

    @property
    def activity_regularizer(self) -> Any:
        """Maps what the layer returns to a loss."""
        return self._activity_regularizer

    @activity_regularizer.setter
    def activity_regularizer(self, regularizer: Any) -> None:
        self._activity_regularizer = regularizer

    @property
    def trainable_weights(self) -> list[Any]:
        """The variables that are trained, in the order in which they were made."""
        return list(self._trainable_weights) if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The variables that are not trained."""
        if self.trainable:
            return list(self._non_trainable_weights)
        return self._trainable_weights + self._non_trainable_weights

    @property
    def weights(self) -> list[Any]:
        """All variables: first those that are trained."""
        return self.trainable_weights + self.non_trainable_weights

    @property
    def trainable_variables(self) -> list[Any]:
        """`trainable_weights`."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self) -> list[Any]:
        """`non_trainable_weights`."""
        return self.non_trainable_weights

    @property
    def variables(self) -> list[Any]:
        """`weights`."""
        return self.weights

    def count_params(self) -> int:
        """The number of elements of all variables.

        Raises:
          ValueError: the layer has not been built.
        """
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on {self.name}, but the layer isn't built. You "
                f"can build it manually via: `{self.name}.build(batch_input_shape)`."
            )
        return sum(int(np.prod(w.get_shape().as_list())) for w in self.weights)

    # Values of the variables in the default session.

    def get_weights(self) -> list[Any]:
        """The values of all variables in the default session, as arrays."""
        session = get_default_session()
        if session is None:
            raise ValueError(f"{self.name}.get_weights: there is no default session")
        values: list[Any] = session.run(self.weights) if self.weights else []
        return values

    def set_weights(self, weights: Any) -> None:
        """Gives all variables new values in the default session.

        Args:
          weights: arrays, in the order of `weights`.

        Raises:
          ValueError: there are more or fewer arrays than variables, or one has another shape.
        """
        if len(self.weights) != len(weights):
            raise ValueError(
                f'You called `set_weights(weights)` on layer "{self.name}" with a  weight list of '
                f"length {len(weights)}, but the layer was expecting {len(self.weights)} weights. "
                f"Provided weights: {str(weights)[:50]}..."
            )
        for variable, value in zip(self.weights, weights, strict=True):
            shape = np.shape(value)
            if tuple(variable.shape.as_list()) != shape:
                raise ValueError(
                    f"Layer weight shape {variable.shape} not compatible with provided weight "
                    f"shape {shape}"
                )
        for variable, value in zip(self.weights, weights, strict=True):
            variable.load(value)

    # Variables.

    def add_weight(
        self,
        name: str | None = None,
        shape: Any = None,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        trainable: bool | None = None,
        constraint: Any = None,
        partitioner: Any = None,
        use_resource: bool | None = None,
        synchronization: VariableSynchronization = VariableSynchronization.AUTO,
        aggregation: VariableAggregation = VariableAggregation.NONE,
        **kwargs: Any,
    ) -> Any:
        """Makes a variable of the layer.

        Args:
          name: its name below the layer's.
          shape: its shape.
          dtype: its DType; the layer's when None.
          initializer: glorot_uniform for floats and zeros for others, when None.
          regularizer: maps it to a loss.
          trainable: whether it is trained.
          constraint: maps the value to the one kept after an optimizer's update.
          partitioner: maps shape and dtype to the number of parts along each axis.
          use_resource: whether it is a resource variable.
          synchronization: kept, without effect; ON_READ is for variables that are not trained.
          aggregation: kept, without effect.
          **kwargs: `getter`, called as ``getter(name, shape=..., dtype=..., ...)``; `collections`.

        Raises:
          ValueError: the variable is trained and synchronized on read, or has no initializer.
          TypeError: an argument is not known.
        """
        for keyword in kwargs:
            if keyword not in ("getter", "collections", "experimental_autocast"):
                raise TypeError("Unknown keyword argument:", keyword)
        trainable = self._is_trained(trainable, synchronization)
        kind = as_dtype(dtype or self._dtype or dtypes.float32)
        initializer = identifiers.initializer(initializer)
        if initializer is None:
            initializer = self._default_initializer(name, kind)
        make = kwargs.get("getter") or _make_in_name_scope
        variable = make(
            name,
            shape=TensorShape(() if shape is None else shape).as_list(),
            dtype=kind,
            initializer=initializer,
            trainable=trainable,
            constraint=constraint,
            partitioner=partitioner,
            use_resource=use_resource,
            synchronization=synchronization,
            aggregation=aggregation,
            collections=kwargs.get("collections"),
        )
        if regularizer is not None:
            self._add_loss_of_weight(str(name), variable, regularizer)
        (self._trainable_weights if trainable else self._non_trainable_weights).append(variable)
        return variable

    @staticmethod
    def _is_trained(trainable: bool | None, synchronization: VariableSynchronization) -> bool:
        if synchronization is not VariableSynchronization.ON_READ:
            return True if trainable is None else bool(trainable)
        if trainable:
            raise ValueError(
                "Synchronization value can be set to VariableSynchronization.ON_READ only for "
                "non-trainable variables. You have specified trainable=True and "
                "synchronization=VariableSynchronization.ON_READ."
            )
        return False

    def _default_initializer(self, name: str | None, dtype: DType) -> Any:
        if dtype.is_floating:
            return identifiers.initializer("glorot_uniform")
        if dtype.is_integer or dtype.is_bool:
            return identifiers.initializer("zeros")
        raise ValueError(
            f"An initializer for variable {name} of type {dtype.base_dtype} is required for layer "
            f"{self.name}"
        )

    def add_variable(self, *args: Any, **kwargs: Any) -> Any:
        """The old name of `add_weight`."""
        return self.add_weight(*args, **kwargs)

    def _add_loss_of_weight(self, name: str, variable: Any, regularizer: Any) -> None:
        parts = list(variable) if isinstance(variable, PartitionedVariable) else [variable]
        for part in parts:
            self._losses_of_weights.append(
                functools.partial(_loss_of_weight, name, part, regularizer)
            )

    # Losses.

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Adds losses.

        Args:
          losses: tensors, or functions without arguments that make them.
          inputs: None for losses that do not depend on what the layer is called on.
        """
        for loss in nest.flatten(losses):
            if callable(loss):
                self._losses_of_weights.append(loss)
            elif loss is not None:
                tensor = loss if isinstance(loss, Tensor) else convert_to_tensor(loss)
                self._losses.append((tensor, inputs is None))

    @property
    def losses(self) -> list[Tensor]:
        """The losses that were added, and those of regularized variables, made anew each time."""
        of_weights = [make() for make in self._losses_of_weights]
        return [loss for loss, _ in self._losses] + [x for x in of_weights if x is not None]

    def get_losses_for(self, inputs: Any) -> list[Tensor]:
        """The losses that depend on some inputs; those that depend on none, when None."""
        if inputs is None:
            of_weights = [make() for make in self._losses_of_weights]
            return [loss for loss, is_free in self._losses if is_free] + [
                x for x in of_weights if x is not None
            ]
        given = nest.flatten(inputs)
        return [loss for loss, free in self._losses if not free and depends_on(loss, given)]

    def _regularize_activity(self, inputs: Any, outputs: Any) -> None:
        if self._activity_regularizer is None:
            return
        with name_scope("ActivityRegularizer"):
            for output in nest.flatten(outputs):
                loss = self._activity_regularizer(output)
                size = math.cast(array.shape(output)[0], loss.dtype)
                self.add_loss(loss / size, inputs=inputs)

    # Updates.

    def add_update(self, updates: Any, inputs: Any = None) -> None:
        """Adds operations that bring variables of the layer up to date.

        Args:
          updates: operations, tensors, or functions without arguments that make them.
          inputs: ignored; what an update depends on is read from the graph.
        """
        current = _calls.stack[-1].inputs if _calls.stack else []
        for update in updates if isinstance(updates, (list, tuple)) else [updates]:
            made = update() if callable(update) else update
            if made is not None:
                self._updates.append(_Update(getattr(made, "op", made), current))

    @property
    def updates(self) -> list[Any]:
        """The updates; none while the layer is not trained."""
        if not self.trainable and not self.stateful:
            return []
        return [update.thing for update in self._updates]

    def get_updates_for(self, inputs: Any) -> list[Any]:
        """The updates that depend on some inputs; those that depend on none, when None."""
        if not self.updates:
            return []
        own = [(update.thing, depends_on(*update)) for update in self._updates]
        if inputs is None:
            return [thing for thing, is_bound in own if not is_bound]
        given = nest.flatten(inputs)
        return [thing for thing, is_bound in own if is_bound and depends_on(thing, given)]

    # Calls.

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Builds the layer if that has not been done yet, and calls it.

        Args:
          inputs: a tensor or a structure of tensors; arrays and numbers are converted.
          *args, **kwargs: further arguments of `call`.

        Returns:
          What `call` returns.

        Raises:
          ValueError: the inputs are not what the layer asks for, or `call` returns None.
        """
        inputs = nest.map_structure(_as_tensor, inputs)
        flat = nest.flatten(inputs)
        training = self._training_of(args, kwargs)
        _calls.stack.append(_Call(flat, training))
        try:
            with self._opened():
                self._build_for(inputs, flat)
                outputs = self.call(inputs, *args, **kwargs)
                if outputs is None:
                    raise ValueError(
                        "A layer's `call` method should return a Tensor or a list of Tensors, not "
                        f"None (layer: {self.name})."
                    )
                self._regularize_activity(inputs, outputs)
        finally:
            _calls.stack.pop()
        return outputs

    def apply(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """The old name of a call."""
        return self(inputs, *args, **kwargs)

    def _opened(self) -> Any:
        """The scope of the operations of a call."""
        return name_scope(self.name)

    def _training_of(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What a call says of training; what the call around it says, where it says nothing."""
        parameters = parameters_of(type(self).call)
        position = parameters.get("training")
        if "training" in kwargs:
            return kwargs["training"]
        if position is not None and 0 < position <= len(args):
            return args[position - 1]
        outer = _calls.stack[-1].training if _calls.stack else None
        if position is not None and outer is not None:
            kwargs["training"] = outer
        return outer

    def _build_for(self, inputs: Any, flat: list[Any]) -> None:
        check_inputs(self.input_spec, flat, self.name)
        if self.built:
            return
        if flat and self._dtype is None and hasattr(flat[0], "dtype"):
            self._dtype = flat[0].dtype.base_dtype.name
        shapes = None
        if all(hasattr(x, "shape") for x in flat):
            shapes = nest.map_structure(lambda x: TensorShape(x.shape), inputs)
        self.build(shapes)
        # Not every `build` calls that of its base class.
        self.built = True

    # What layers that are called on plain tensors cannot say.

    @property
    def inbound_nodes(self) -> list[Any]:
        """The calls of the layer in a Keras model: none."""
        return []

    @property
    def outbound_nodes(self) -> list[Any]:
        """The calls of other layers in a Keras model: none."""
        return []

    @property
    def input(self) -> Any:
        """The input in a Keras model.

        Raises:
          AttributeError: always.
        """
        raise AttributeError(f"Layer {self.name} is not connected, no input to return.")

    @property
    def output(self) -> Any:
        """The output in a Keras model.

        Raises:
          AttributeError: always.
        """
        raise AttributeError(f"Layer {self.name} has no inbound nodes.")

    @property
    def input_shape(self) -> Any:
        """The shape of the input in a Keras model.

        Raises:
          AttributeError: always.
        """
        raise AttributeError("The layer has never been called and thus has no defined input shape.")

    @property
    def output_shape(self) -> Any:
        """The shape of the output in a Keras model.

        Raises:
          AttributeError: always.
        """
        raise AttributeError(
            "The layer has never been called and thus has no defined output shape."
        )

    # Configuration.

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one, without its variables."""
        config = {"name": self.name, "trainable": self.trainable, "dtype": self.dtype}
        return config | {name: _plain(getattr(self, name)) for name in self._CONFIG}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The layer that `get_config` described."""
        return cls(**config)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str, tuple, list, dict)):
        return value
    return identifiers.described(value)


def _loss_of_weight(name: str, variable: Any, regularizer: Any) -> Any:
    with name_scope(f"{name}/Regularizer"):
        return regularizer(variable)


def _make_in_name_scope(
    name: str | None,
    shape: list[Any],
    dtype: DType,
    initializer: Any,
    partitioner: Any,
    **arguments: Any,
) -> Variable:
    """A variable whose name begins with the name scope."""
    if arguments["use_resource"] is None:
        arguments["use_resource"] = True
    made: Variable = Variable(
        initial_value=functools.partial(initializer, shape, dtype=dtype),
        name=name,
        dtype=dtype.base_dtype,
        **arguments,
    )
    return made
