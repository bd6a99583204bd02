"""What layers of every style do: they keep variables, losses and updates, and are called.

This `Layer` makes its variables in a name scope: it is that of Keras. `tfsession.layers.base.Layer`
makes them by `tf.get_variable`, in a variable scope.
"""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, NamedTuple

import numpy as np

from tfsession import dtypes, nest
from tfsession.dtypes import DType, as_dtype
from tfsession.graph import scopes
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.layers import identifiers
from tfsession.layers.calls import (
    Call,
    argument,
    as_tensor,
    calls,
    depends_on,
    mask_of,
    parameters_of,
    set_masks,
)
from tfsession.layers.input_spec import check_inputs
from tfsession.layers.nodes import Connected, Node, have_history, own_outputs
from tfsession.layers.sessions import get_values, set_values, track_variable
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


def numbers_of_names() -> dict[str, int]:
    """For each name of a layer or model of the default graph, how often it was given."""
    return scopes.attachment(scopes.get_default_graph(), "layer_numbers", dict[str, int])


def unique_name(base: str, zero_based: bool = False) -> str:
    """A name for a layer that no other one of the default graph has: `dense_1`, `dense_2`.

    Args:
      base: the name without a number.
      zero_based: whether the first one gets no number, as in Keras.
    """
    numbers = numbers_of_names()
    given = numbers.get(base, 0)
    numbers[base] = given + 1
    if zero_based:
        return f"{base}_{given}" if given else base
    return f"{base}_{given + 1}"


# ---- Layer ----


class _Update(NamedTuple):
    """An update that was added to a layer, with what the layer was called on at that time."""

    thing: Any
    inputs: list[Any]


class Layer(Connected):
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
    supports_masking = False
    # Whether `call` itself gives its results their masks.
    _computes_masks = False
    # Whether the first layer of a class has no number in its name.
    _is_zero_based = True

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
        self.dynamic = bool(kwargs.get("dynamic", False))
        self.input_spec: Any = None
        self._inbound_nodes: list[Node] = []
        self._outbound_nodes: list[Node] = []
        self._metrics: list[Any] = []
        self._initial_weights = kwargs.get("weights")
        self._take_input_shape(kwargs)
        self._dtype = None if dtype is None else as_dtype(dtype).name
        self._trainable_weights: list[Any] = []
        self._non_trainable_weights: list[Any] = []
        self._losses: list[tuple[Any, bool]] = []
        self._losses_of_weights: list[Callable[[], Any]] = []
        self._updates: list[_Update] = []
        self._activity_regularizer = kwargs.get("activity_regularizer")
        self._name, self._base_name = self._named(name)

    def _take_input_shape(self, given: dict[str, Any]) -> None:
        """Keeps what the layer was told of its input, for models that begin with it."""
        shape = given.get("batch_input_shape")
        if shape is None and "input_shape" in given:
            shape = (given.get("batch_size"), *given["input_shape"])
        if shape is not None:
            self._batch_input_shape = tuple(shape)

    def _named(self, name: str | None) -> tuple[str, str]:
        if name:
            return name, name
        base = snake_case(type(self).__name__)
        return unique_name(base, self._is_zero_based), base

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
        # As in TensorFlow: a layer of a program need not say it, unless somebody asks.
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

    def rename(self, name: str) -> None:
        """Gives the layer another name, before it has made its variables."""
        self._name = name

    @classmethod
    def config_names(cls) -> tuple[str, ...]:
        """The names of what a subclass adds to configurations."""
        return cls._CONFIG

    @property
    def dtype(self) -> str | None:
        """The name of the DType of the variables; None where it is not known yet."""
        return self._dtype

    @property
    def trainable(self) -> bool:
        """Whether the variables are trained; setting it sets that of the layers inside, too."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = value
        for layer in self._nested():
            layer.trainable = value

    @property
    def activity_regularizer(self) -> Any:
        """Maps what the layer returns to a loss."""
        return self._activity_regularizer

    @activity_regularizer.setter
    def activity_regularizer(self, regularizer: Any) -> None:
        self._activity_regularizer = regularizer

    def _nested(self) -> list[Layer]:
        """The layers that are attributes of this one, or elements of its lists and dicts."""
        found: dict[int, Layer] = {}
        for value in self._tracked().values():
            found.update((id(layer), layer) for layer in _layers_in(value))
        found.pop(id(self), None)
        return list(found.values())

    def _tracked(self) -> dict[str, Any]:
        """The attributes in which layers and variables are looked for."""
        return {name: value for name, value in vars(self).items() if name not in _NOT_NESTED}

    def _attributes_of(self, is_trained: bool) -> list[Any]:
        """The variables that are attributes of the layer, and were not made by `add_weight`."""
        own = {id(v) for v in (*self._trainable_weights, *self._non_trainable_weights)}
        return [
            value
            for value in self._tracked().values()
            if isinstance(value, Variable)
            and id(value) not in own
            and value.trainable is is_trained
        ]

    @property
    def trainable_weights(self) -> list[Any]:
        """The variables that are trained, in the order in which they were made."""
        if not self.trainable:
            return []
        own = [*self._trainable_weights, *self._attributes_of(True)]
        return own + [w for layer in self._nested() for w in layer.trainable_weights]

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The variables that are not trained."""
        own = [*self._non_trainable_weights, *self._attributes_of(False)]
        if self.trainable:
            return own + [w for layer in self._nested() for w in layer.non_trainable_weights]
        trained = [*self._trainable_weights, *self._attributes_of(True)]
        return trained + own + [w for layer in self._nested() for w in layer.weights]

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

    # Values of the variables in the session.

    def get_weights(self) -> list[Any]:
        """The values of all variables in the session, as arrays."""
        return get_values(self.weights)

    def set_weights(self, weights: Any) -> None:
        """Gives all variables new values in the session.

        Args:
          weights: arrays, in the order of `weights`.

        Raises:
          ValueError: there are more or fewer arrays than variables, or one has another shape.
        """
        variables = self.weights
        if len(variables) != len(weights):
            raise ValueError(
                f'You called `set_weights(weights)` on layer "{self.name}" with a  weight list of '
                f"length {len(weights)}, but the layer was expecting {len(variables)} weights. "
                f"Provided weights: {str(weights)[:50]}..."
            )
        for variable, value in zip(variables, weights, strict=True):
            shape = np.shape(value)
            if tuple(variable.shape.as_list()) != shape:
                raise ValueError(
                    f"Layer weight shape {variable.shape} not compatible with provided weight "
                    f"shape {shape}"
                )
        set_values(zip(variables, weights, strict=True))

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
        track_variable(variable)
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

    def _own_losses(self) -> list[tuple[Any, bool]]:
        """The losses, each with whether it depends on no input; first those of this layer."""
        of_weights = [(make(), True) for make in self._losses_of_weights]
        own = self._losses + [pair for pair in of_weights if pair[0] is not None]
        return own + [pair for layer in self._nested() for pair in layer._own_losses()]

    @property
    def losses(self) -> list[Tensor]:
        """The losses that were added, and those of regularized variables, made anew each time."""
        return [loss for loss, _ in self._own_losses()]

    def get_losses_for(self, inputs: Any) -> list[Tensor]:
        """The losses that depend on some inputs; those that depend on none, when None."""
        if inputs is None:
            return [loss for loss, is_free in self._own_losses() if is_free]
        given = nest.flatten(inputs)
        return [
            loss for loss, is_free in self._own_losses() if not is_free and depends_on(loss, given)
        ]

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
        current = calls.stack[-1].inputs if calls.stack else []
        for update in updates if isinstance(updates, (list, tuple)) else [updates]:
            made = update() if callable(update) else update
            if made is not None:
                self._updates.append(_Update(getattr(made, "op", made), current))

    def _own_updates(self) -> list[_Update]:
        if not self.trainable and not self.stateful:
            return []
        return self._updates + [u for layer in self._nested() for u in layer._own_updates()]

    @property
    def updates(self) -> list[Any]:
        """The updates, and those of the layers inside; none while the layer is not trained."""
        return [update.thing for update in self._own_updates()]

    def get_updates_for(self, inputs: Any) -> list[Any]:
        """The updates that depend on some inputs; those that depend on none, when None."""
        own = [(update.thing, depends_on(*update)) for update in self._own_updates()]
        if inputs is None:
            return [thing for thing, is_bound in own if not is_bound]
        given = nest.flatten(inputs)
        return [thing for thing, is_bound in own if is_bound and depends_on(thing, given)]

    # Metrics.

    def add_metric(
        self, value: Any, aggregation: str | None = None, name: str | None = None
    ) -> None:
        """Adds a metric, which models report.

        Args:
          value: a tensor, or the result of a metric of Keras.
          aggregation: "mean", the mean of `value` over batches; None for results of metrics.
          name: the name under which it is reported.

        Raises:
          ValueError: `aggregation` is neither, or is needed or does not belong to `value`.

        Source: TensorFlow 1.15 `tf.keras.layers.Layer.add_metric`.
        """
        if aggregation is not None and aggregation != "mean":
            raise ValueError(
                "We currently support only `mean` sample-wise metric aggregation. You provided "
                f"aggregation=`{aggregation}`"
            )
        made = _of_keras("metrics.layers").metric_of(self, value, aggregation, name)
        self._metrics.append(made)

    @property
    def metrics(self) -> list[Any]:
        """The metrics that were added, and those of the layers inside."""
        return self._metrics + [m for layer in self._nested() for m in layer.metrics]

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
        inputs = nest.map_structure(as_tensor, inputs)
        flat = nest.flatten(inputs)
        given = dict(kwargs)
        masks = self._masks_of(inputs, args, kwargs)
        training = self._training_of(args, kwargs)
        self._connect_operations(flat)
        calls.stack.append(Call(flat, training))
        try:
            with self._opened():
                self._build_for(inputs, flat)
                outputs = self.call(inputs, *args, **kwargs)
                if outputs is None:
                    raise ValueError(
                        "A layer's `call` method should return a Tensor or a list of Tensors, not "
                        f"None (layer: {self.name})."
                    )
                if have_history(inputs):
                    outputs = self._connected(inputs, outputs, args, given)
                self._regularize_activity(inputs, outputs)
                self._mask_outputs(inputs, outputs, masks)
        finally:
            calls.stack.pop()
        return outputs

    def _masks_of(self, inputs: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The masks of the inputs, which `call` gets where it asks for them and gets no others."""
        asks = "mask" in parameters_of(type(self).call)
        if asks and (given := argument(type(self).call, "mask", args, kwargs)) is not None:
            return given
        masks = mask_of(inputs)
        if asks and masks is not None:
            kwargs["mask"] = masks
        return masks

    def _mask_outputs(self, inputs: Any, outputs: Any, masks: Any) -> None:
        flat = nest.flatten(outputs)
        if self._computes_masks or all(getattr(x, "_keras_mask", None) is not None for x in flat):
            return
        asks = "mask" in parameters_of(type(self).call)
        if asks or masks is not None or type(self).compute_mask is not Layer.compute_mask:
            set_masks(outputs, self.compute_mask(inputs, masks))

    def _connect_operations(self, inputs: list[Any]) -> None:
        """Makes layers of operations that lead from inputs of Keras to these inputs."""
        if not calls.stack and leads_from_keras(inputs):
            _of_keras("engine.operations").connect_operations(inputs)

    def _connected(
        self, inputs: Any, outputs: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """The results of a call on results of layers of Keras, which say where they come from."""
        outputs = own_outputs(inputs, outputs, self.name)
        names = list(parameters_of(type(self).call))
        arguments = dict(zip(names[1:], args, strict=False)) | kwargs
        Node(self, inputs, outputs, arguments)
        return outputs

    def apply(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """The old name of a call."""
        return self(inputs, *args, **kwargs)

    def _opened(self) -> Any:
        """The scope of the operations of a call."""
        return name_scope(self.name)

    def _training_of(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What a call says of training; what the call around it says, where it says nothing."""
        given = argument(type(self).call, "training", args, kwargs)
        if given is not None:
            return given
        outer = calls.stack[-1].training if calls.stack else None
        position = parameters_of(type(self).call).get("training")
        if position is not None and outer is not None and position > len(args):
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
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)
            self._initial_weights = None

    # Configuration.

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one, without its variables."""
        config: dict[str, Any] = {"name": self.name, "trainable": self.trainable}
        if hasattr(self, "_batch_input_shape"):
            config["batch_input_shape"] = self._batch_input_shape
        config["dtype"] = self.dtype
        if self.dynamic:
            config["dynamic"] = True
        return config | {name: _plain(getattr(self, name)) for name in self._CONFIG}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The layer that `get_config` described."""
        return cls(**config)


def _of_keras(module: str) -> Any:
    """A module of Keras: it stands on this one, and few programs that have layers need it."""
    return importlib.import_module(f"tfsession.keras.{module}")


# Attributes in which a layer keeps other ones that are not inside of it.
_NOT_NESTED = frozenset(("_inbound_nodes", "_outbound_nodes", "_metrics"))


def _layers_in(value: Any) -> Iterator[Layer]:
    """A layer, or those in a list, a tuple or a dict."""
    if isinstance(value, Layer):
        yield value
    elif isinstance(value, (list, tuple, dict)):
        for element in value.values() if isinstance(value, dict) else value:
            yield from _layers_in(element)


def leads_from_keras(tensors: list[Any]) -> bool:
    """Whether some of the tensors were made, by plain operations, of results of Keras layers."""
    if all(getattr(x, "_keras_history", None) is not None for x in tensors):
        return False
    graph = scopes.get_default_graph()
    if not graph.attachments.get("has_keras_inputs"):
        return False
    pending, seen = [x for x in tensors if isinstance(x, Tensor)], set()
    while pending:
        tensor = pending.pop()
        if getattr(tensor, "_keras_history", None) is not None:
            return True
        if tensor.op not in seen:
            seen.add(tensor.op)
            pending.extend(tensor.op.inputs)
    return False


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
