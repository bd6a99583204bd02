"""`tf.layers.Layer`: its variables are made by `tf.get_variable`, in a scope of its own."""

from __future__ import annotations

import contextlib
import copy
import threading
from collections.abc import Iterator
from typing import Any

from tfsession import nest
from tfsession.graph import scopes
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import GraphKeys, name_scope
from tfsession.layers import abstract
from tfsession.layers.calls import parameters_of
from tfsession.layers.input_spec import InputSpec as InputSpec
from tfsession.variables.partitions import PartitionedVariable
from tfsession.variables.scope import VariableScope, get_variable, variable_scope
from tfsession.variables.variable import Variable, VariableAggregation, VariableSynchronization

# ---- Style ----


class _Style(threading.local):
    """Whether layers take their names and make their variables as those of Keras do."""

    def __init__(self) -> None:
        self.is_keras = False


_style = _Style()


@contextlib.contextmanager
def keras_style_scope() -> Iterator[None]:
    """Inside, layers name themselves as those of Keras do, and never share by name.

    Source: TensorFlow 1.15 `tf.layers.experimental.keras_style_scope`.
    """
    before = _style.is_keras
    _style.is_keras = True
    try:
        yield
    finally:
        _style.is_keras = before


def set_keras_style() -> None:
    """From now on, all layers are as those in a `keras_style_scope`.

    Source: TensorFlow 1.15 `tf.layers.experimental.set_keras_style`.
    """
    _style.is_keras = True


# ---- Layer ----


class Layer(abstract.Layer):
    """The base of `tf.layers`, and of whatever else keeps its variables in a variable scope.

    A subclass makes its variables in `build`, by `add_weight`, and computes in `call`. The scope is
    opened with the first call, there where it stands; later calls share the variables.

    Args:
      trainable: whether its variables are added to TRAINABLE_VARIABLES.
      name: the name of its scope; made from the class, and unique, when None.
      dtype: the DType of its variables; that of the first input when None.
      **kwargs: `activity_regularizer`; `_scope`, the variable scope, and `_reuse`, whether the
        variables exist already, which functions like `tf.layers.dense` pass.

    Raises:
      TypeError: an argument is not known.
      ValueError: in Keras style, a scope or reuse is given.

    Source: TensorFlow 1.15 `tf.layers.Layer`.
    """

    _is_zero_based = False

    def __init__(
        self, trainable: bool = True, name: str | None = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        scope = kwargs.pop("_scope", None)
        self._reuse = kwargs.pop("_reuse", None)
        self._graph: Graph | None = None
        self._scope: VariableScope | None = None
        self._current_scope: VariableScope | None = None
        self._keras_style = _style.is_keras
        super().__init__(trainable=trainable, name=name, dtype=dtype, **kwargs)
        if self._keras_style:
            self._refuse_in_keras_style("scope", scope)
            self._refuse_in_keras_style("reuse", self._reuse)
        if scope:
            with variable_scope(scope) as captured:
                self._scope = captured

    @staticmethod
    def _refuse_in_keras_style(argument: str, value: Any) -> None:
        if value is not None:
            raise ValueError(
                f"{argument} argument not allowed when keras style layers are enabled, but saw: "
                f"{value}"
            )

    @property
    def graph(self) -> Graph | None:
        """The graph in which the layer was called first; None before that."""
        return self._graph

    @property
    def scope_name(self) -> str:
        """The name of the variable scope.

        Raises:
          ValueError: the layer has not been called.
        """
        if self._scope is None:
            raise ValueError(
                f'No name available for layer scope because the layer "{self.name}" has not been '
                "used yet. The scope name  is determined the first time the layer instance is "
                "called. You must therefore call the layer before querying `scope_name`."
            )
        return self._scope.name

    def _tracked(self) -> dict[str, Any]:
        # Variables belong to scopes here: those of layers inside are not those of the layer.
        return {}

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Adds losses, to the layer and to REGULARIZATION_LOSSES.

        Args:
          losses: tensors, or functions without arguments that make them, which are not added to
            the collection.
          inputs: None for losses that do not depend on what the layer is called on.
        """
        before = len(self._losses)
        super().add_loss(losses, inputs=inputs)
        _collect([loss for loss, _ in self._losses[before:]], GraphKeys.REGULARIZATION_LOSSES)

    # Variables.

    def add_weight(  # type: ignore[override]  # TensorFlow's order of arguments
        self,
        name: str,
        shape: Any,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        trainable: bool | None = None,
        constraint: Any = None,
        use_resource: bool | None = None,
        synchronization: VariableSynchronization = VariableSynchronization.AUTO,
        aggregation: VariableAggregation = VariableAggregation.NONE,
        partitioner: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Makes a variable of the layer, or shares the one that has its name.

        Args:
          name: its name below the layer's scope.
          shape: its shape.
          dtype: its DType; the layer's when None.
          initializer: the scope's, or glorot_uniform for floats and zeros for others, when None.
          regularizer: maps it to a loss, which is added to REGULARIZATION_LOSSES.
          trainable: whether it is added to TRAINABLE_VARIABLES.
          constraint: maps the value to the one kept after an optimizer's update.
          use_resource: True for a resource variable; the scope's choice when None.
          synchronization: kept, without effect; ON_READ is for variables that are not trained.
          aggregation: kept, without effect.
          partitioner: maps shape and dtype to the number of parts along each axis; the scope's when
            None.
          **kwargs: `getter`, called instead of `tf.get_variable`.

        Raises:
          ValueError: it exists already, or does not though it must; see `tf.get_variable`.
          TypeError: an argument is not known.
        """
        arguments: dict[str, Any] = {
            "constraint": constraint,
            "use_resource": use_resource,
            "synchronization": synchronization,
            "aggregation": aggregation,
            "partitioner": partitioner,
            **kwargs,
        }
        if self._keras_style:
            return super().add_weight(
                name, shape, dtype, initializer, regularizer, trainable, **arguments
            )
        trainable = self._is_trained(trainable, synchronization) and self.trainable
        self._set_scope(None)
        with variable_scope(
            self._scope, reuse=self.built or self._reuse, auxiliary_name_scope=False
        ) as scope:
            self._current_scope = scope
            with name_scope(scope.original_name_scope):
                first = scopes.get_default_graph().version
                variable = super().add_weight(
                    name,
                    shape,
                    dtype,
                    scope.initializer if initializer is None else initializer,
                    trainable=trainable,
                    **{"getter": get_variable, **arguments},
                )
                if trainable:
                    self._check_trained(variable)
                if regularizer is not None and _is_made_since(first, variable):
                    self._add_collected_loss(name, variable, regularizer)
        return variable

    def _check_trained(self, variable: Any) -> None:
        """Takes account of a custom getter that has made a variable that is not trained."""
        trained = scopes.get_collection_ref(GraphKeys.TRAINABLE_VARIABLES)
        parts = list(variable) if isinstance(variable, PartitionedVariable) else [variable]
        # What has just been made stands at the end.
        if not all(any(part is other for other in reversed(trained)) for part in parts):
            self._trainable_weights.remove(variable)
            self._non_trainable_weights.append(variable)

    def _add_collected_loss(self, name: str, variable: Any, regularizer: Any) -> None:
        before = len(self._losses_of_weights)
        self._add_loss_of_weight(name, variable, regularizer)
        losses = [make() for make in self._losses_of_weights[before:]]
        _collect([loss for loss in losses if loss is not None], GraphKeys.REGULARIZATION_LOSSES)

    # Calls.

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Opens the layer's scope, builds the layer if that has not been done yet, and calls it.

        Args:
          inputs: a tensor or a structure of tensors; arrays and numbers are converted.
          *args, **kwargs: further arguments of `call`; `scope`, the variable scope of the first
            call.

        Returns:
          What `call` returns.

        Raises:
          ValueError: the inputs are not what the layer asks for, or `call` returns None.
        """
        scope = kwargs.pop("scope", None)
        if self._graph is None:
            self._graph = scopes.graph_of(nest.flatten(inputs))
        if self._keras_style:
            self._refuse_in_keras_style("scope", scope)
            return super().__call__(inputs, *args, **kwargs)
        self._set_scope(scope)
        reuse = True if self.built else self._reuse
        with variable_scope(self._scope, reuse=reuse, auxiliary_name_scope=False) as current:
            self._current_scope = current
            if "scope" in parameters_of(type(self).call):
                kwargs["scope"] = current
            outputs = super().__call__(inputs, *args, **kwargs)
        _collect(self.updates, GraphKeys.UPDATE_OPS)
        return outputs

    def _opened(self) -> Any:
        if self._keras_style or self._current_scope is None:
            return super()._opened()
        return name_scope(self._current_scope.original_name_scope)

    def _set_scope(self, scope: Any) -> None:
        """Makes the variable scope, here and now, if there is none yet."""
        if self._scope is not None:
            return
        if self._reuse:
            opened = variable_scope(self._base_name if scope is None else scope)
        else:
            opened = variable_scope(scope, default_name=self._base_name)
        with opened as captured:
            self._scope = captured

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """A copy that belongs to the same graph and scope, and has the same variables."""
        made = type(self).__new__(type(self))
        memo[id(self)] = made
        for name, value in vars(self).items():
            kept = name in ("_graph", "_scope", "_current_scope") or _is_of_a_graph(value)
            setattr(made, name, value if kept else copy.deepcopy(value, memo))
        return made


def _is_of_a_graph(value: Any) -> bool:
    """Whether a value is a tensor or a variable, or a list of these: graphs have no copies."""
    if isinstance(value, (list, tuple)):
        return bool(value) and all(_is_of_a_graph(element) for element in value)
    return isinstance(value, (Tensor, Variable, PartitionedVariable))


def _is_made_since(version: int, variable: Any) -> bool:
    """Whether the graph has got a variable after it had a `version`."""
    part = next(iter(variable)) if isinstance(variable, PartitionedVariable) else variable
    return bool(part.op.number > version)


def _collect(things: list[Any], key: str) -> None:
    """Adds to a collection what it does not hold already."""
    collection = scopes.get_collection_ref(key)
    for thing in things:
        if not any(thing is other for other in reversed(collection)):
            collection.append(thing)
