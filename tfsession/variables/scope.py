"""`tf.get_variable` and the scopes in which variables are shared by name.

Each graph has one store of variables by full name, and one current `VariableScope`, which holds
the prefix of names and the defaults of `get_variable`'s arguments.
"""

from __future__ import annotations

import contextlib
import enum
import functools
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from tfsession import dtypes
from tfsession.dtypes import DTypeLike, as_dtype
from tfsession.graph import scopes
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.graph import Graph
from tfsession.graph.scopes import GraphKeys, graph_of, name_scope
from tfsession.shapes import ShapeLike, TensorShape
from tfsession.variables.reference import RefVariable
from tfsession.variables.resource import ResourceVariable
from tfsession.variables.store import VariableStore
from tfsession.variables.variable import (
    VariableAggregation,
    VariableSynchronization,
    register_default_creator,
    resource_variables_enabled,
)

__all__ = [
    "AUTO_REUSE",
    "VariableScope",
    "create_partitioned_variables",
    "get_local_variable",
    "get_variable",
    "get_variable_scope",
    "no_regularizer",
    "variable_op_scope",
    "variable_scope",
]


class _ReuseMode(enum.Enum):
    AUTO_REUSE = 1


AUTO_REUSE = _ReuseMode.AUTO_REUSE


def no_regularizer(_: Any) -> None:
    """A regularizer that adds no loss: it overrides the one of the scope."""
    return None


# ---- Scopes ----


class VariableScope:
    """The defaults of `get_variable` inside a `tf.variable_scope` block.

    Args:
      reuse: False: variables are new; True: they exist; AUTO_REUSE: either.
      name: the prefix of variable names.
      initializer, regularizer, caching_device, partitioner: defaults of `get_variable`.
      custom_getter, dtype, use_resource, constraint: likewise.
      name_scope: the name scope that was current.

    Source: TensorFlow 1.15 `tf.VariableScope`.
    """

    def __init__(
        self,
        reuse: Any,
        name: str = "",
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Any = None,
        name_scope: str = "",
        dtype: DTypeLike = dtypes.float32,
        use_resource: bool | None = None,
        constraint: Any = None,
    ) -> None:
        self._name = name
        self._initializer = initializer
        self._regularizer = regularizer
        self._reuse = reuse
        self._caching_device = caching_device
        self._partitioner = partitioner
        self._custom_getter = custom_getter
        self._name_scope = name_scope
        self._dtype = dtype
        self._use_resource = use_resource
        self._constraint = constraint

    @property
    def name(self) -> str:
        """The prefix of variable names."""
        return self._name

    @property
    def original_name_scope(self) -> str:
        """The name scope in which the scope was first entered, with a trailing '/'."""
        return self._name_scope

    @property
    def reuse(self) -> Any:
        """False, True or AUTO_REUSE."""
        return self._reuse

    @property
    def initializer(self) -> Any:
        """The default initializer."""
        return self._initializer

    @property
    def dtype(self) -> Any:
        """The default dtype."""
        return self._dtype

    @property
    def use_resource(self) -> bool | None:
        """Whether variables are resource variables by default."""
        return self._use_resource

    @property
    def regularizer(self) -> Any:
        """The default regularizer."""
        return self._regularizer

    @property
    def caching_device(self) -> Any:
        """The default caching device."""
        return self._caching_device

    @property
    def partitioner(self) -> Any:
        """The default partitioner."""
        return self._partitioner

    @property
    def custom_getter(self) -> Any:
        """The default custom getter."""
        return self._custom_getter

    @property
    def constraint(self) -> Any:
        """The default constraint."""
        return self._constraint

    def reuse_variables(self) -> None:
        """From now on, variables must exist."""
        self._reuse = True

    def set_initializer(self, initializer: Any) -> None:
        """Sets the default initializer."""
        self._initializer = initializer

    def set_dtype(self, dtype: DTypeLike) -> None:
        """Sets the default dtype."""
        self._dtype = dtype

    def set_use_resource(self, use_resource: bool | None) -> None:
        """Sets whether variables are resource variables by default."""
        self._use_resource = use_resource

    def set_regularizer(self, regularizer: Any) -> None:
        """Sets the default regularizer."""
        self._regularizer = regularizer

    def set_caching_device(self, caching_device: Any) -> None:
        """Sets the default caching device."""
        self._caching_device = caching_device

    def set_partitioner(self, partitioner: Any) -> None:
        """Sets the default partitioner."""
        self._partitioner = partitioner

    def set_custom_getter(self, custom_getter: Any) -> None:
        """Sets the default custom getter."""
        self._custom_getter = custom_getter

    def get_collection(self, name: Any) -> list[Any]:
        """The items of a collection whose name begins with this scope."""
        return scopes.get_collection(name, f"{self._name}/" if self._name else "")

    def trainable_variables(self) -> list[Any]:
        """The trainable variables of this scope."""
        return self.get_collection(GraphKeys.TRAINABLE_VARIABLES)

    def global_variables(self) -> list[Any]:
        """The global variables of this scope."""
        return self.get_collection(GraphKeys.GLOBAL_VARIABLES)

    def local_variables(self) -> list[Any]:
        """The local variables of this scope."""
        return self.get_collection(GraphKeys.LOCAL_VARIABLES)

    def get_variable(
        self,
        var_store: VariableStore,
        name: str,
        shape: ShapeLike | None = None,
        dtype: DTypeLike | None = None,
        initializer: Any = None,
        regularizer: Any = None,
        reuse: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        validate_shape: bool = True,
        use_resource: bool | None = None,
        custom_getter: Any = None,
        constraint: Any = None,
        synchronization: VariableSynchronization = VariableSynchronization.AUTO,
        aggregation: VariableAggregation = VariableAggregation.NONE,
    ) -> Any:
        """A variable of this scope; see `tf.get_variable`."""
        regularizer = self._regularizer if regularizer is None else regularizer
        caching_device = self._caching_device if caching_device is None else caching_device
        partitioner = self._partitioner if partitioner is None else partitioner
        custom_getter = self._custom_getter if custom_getter is None else custom_getter
        constraint = self._constraint if constraint is None else constraint
        initializer = self._initializer if initializer is None else initializer
        use_resource = self._use_resource if use_resource is None else use_resource
        reuse = self._reuse if reuse is None else reuse
        full_name = f"{self._name}/{name}" if self._name else name
        # The names of variables depend on variable scopes only.
        with name_scope(None):
            if dtype is not None and initializer is not None and not callable(initializer):
                kind = convert_to_tensor(initializer).dtype.base_dtype
                if kind != as_dtype(dtype):
                    raise ValueError(
                        f"Initializer type '{kind}' and explicit dtype '{as_dtype(dtype)}' don't "
                        "match."
                    )
            return var_store.get_variable(
                full_name,
                shape=shape,
                dtype=self._dtype if dtype is None else dtype,
                initializer=initializer,
                regularizer=regularizer,
                reuse=reuse,
                trainable=trainable,
                collections=collections,
                caching_device=caching_device,
                partitioner=partitioner,
                validate_shape=validate_shape,
                use_resource=use_resource,
                custom_getter=custom_getter,
                constraint=constraint,
                synchronization=synchronization,
                aggregation=aggregation,
            )


class _Scopes(threading.local):
    """A thread's current variable scope in a graph, and how often it opened each scope."""

    def __init__(self) -> None:
        self.current = VariableScope(False)
        self.counts: dict[str, int] = {}

    def open(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1

    def close_subscopes(self, name: str) -> None:
        """Forgets the scopes inside `name`, so that opening it again gives the same names."""
        prefix = f"{name}/" if name else ""
        for key in self.counts:
            if not name or key.startswith(prefix):
                self.counts[key] = 0

    def unique(self, prefix: str) -> str:
        """A scope name that was not opened yet inside the current one."""
        outer = self.current.name
        full = f"{outer}/{prefix}" if outer else prefix
        if self.counts.get(full, 0) == 0:
            return prefix
        number = 1
        while self.counts.get(f"{full}_{number}", 0) > 0:
            number += 1
        return f"{prefix}_{number}"


def _store() -> VariableStore:
    return scopes.attachment(scopes.get_default_graph(), "variable_store", VariableStore)


def _scopes() -> _Scopes:
    return scopes.attachment(scopes.get_default_graph(), "variable_scopes", _Scopes)


def unique_variable_scope(prefix: str) -> str:
    """A name like `prefix` that no scope inside the current variable scope has."""
    return _scopes().unique(prefix)


def get_variable_scope() -> VariableScope:
    """The current variable scope of the default graph."""
    return _scopes().current


@register_default_creator
def _make_variable(use_resource: bool | None, **arguments: Any) -> Any:
    """A variable of the form that the call, the scope or else the default asks for."""
    if use_resource is None:
        use_resource = get_variable_scope().use_resource
    if use_resource is None:
        use_resource = resource_variables_enabled()
    return (ResourceVariable if use_resource else RefVariable)(**arguments)


def get_variable(
    name: str,
    shape: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool | None = None,
    collections: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    validate_shape: bool = True,
    use_resource: bool | None = None,
    custom_getter: Any = None,
    constraint: Any = None,
    synchronization: VariableSynchronization = VariableSynchronization.AUTO,
    aggregation: VariableAggregation = VariableAggregation.NONE,
) -> Any:
    """Returns the variable of that name in the current variable scope, or makes it.

    Args:
      name: the name inside the scope.
      shape: the shape of a new variable; leave out when `initializer` is a value.
      dtype: the DType of a new variable; the scope's, by default float32, when None.
      initializer: a value, or ``f(shape, dtype=...)``, or a function without arguments when `shape`
        is left out; the scope's, or glorot_uniform for floats and zeros for others, when None.
      regularizer: maps the variable to a loss, added to REGULARIZATION_LOSSES.
      trainable: whether optimizers change it by default.
      collections: the graph collections it is added to.
      caching_device: a device on which the value is copied for its readers.
      partitioner: maps shape and dtype to the number of parts along each axis; the result is then a
        `PartitionedVariable`.
      validate_shape: False allows an initial value of unknown shape.
      use_resource: True for a resource variable, False for a reference variable.
      custom_getter: called as ``custom_getter(getter, name, ...)`` instead of making the variable.
      constraint: maps the value to the one kept after an optimizer's update.
      synchronization: kept, without effect.
      aggregation: kept, without effect.

    Raises:
      ValueError: the variable exists but may not be shared, or must exist but does not, or is of
        another shape or dtype.

    Source: TensorFlow 1.15 `tf.get_variable`.
    """
    return get_variable_scope().get_variable(
        _store(),
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=trainable,
        collections=collections,
        caching_device=caching_device,
        partitioner=partitioner,
        validate_shape=validate_shape,
        use_resource=use_resource,
        custom_getter=custom_getter,
        constraint=constraint,
        synchronization=synchronization,
        aggregation=aggregation,
    )


def get_local_variable(
    name: str,
    shape: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = False,
    collections: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    validate_shape: bool = True,
    use_resource: bool | None = None,
    custom_getter: Any = None,
    constraint: Any = None,
    synchronization: VariableSynchronization = VariableSynchronization.AUTO,
    aggregation: VariableAggregation = VariableAggregation.NONE,
) -> Any:
    """`get_variable` of a variable that is local: not trained, and not saved.

    Source: TensorFlow 1.15 `tf.get_local_variable`.
    """
    local = [GraphKeys.LOCAL_VARIABLES]
    return get_variable(
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=False,
        collections=[*collections, *local] if collections else local,
        caching_device=caching_device,
        partitioner=partitioner,
        validate_shape=validate_shape,
        use_resource=use_resource,
        custom_getter=custom_getter,
        constraint=constraint,
        synchronization=synchronization,
        aggregation=aggregation,
    )


def create_partitioned_variables(
    shape: TensorShape | Sequence[int],
    slicing: Any,
    initializer: Any,
    dtype: DTypeLike = dtypes.float32,
    trainable: bool = True,
    collections: Any = None,
    name: str | None = None,
    reuse: Any = None,
) -> list[Any]:
    """Makes a variable in several parts, and returns the parts.

    Args:
      shape: the shape of the whole.
      slicing: the number of parts along each axis.
      initializer: a value of the whole, or a function that makes that of a part.
      dtype: the DType.
      trainable: whether optimizers change the parts by default.
      collections: the graph collections that the parts are added to.
      name: a name for the variable scope of the parts, 'PartitionedVariable' when None.
      reuse: whether the parts exist already.

    Raises:
      ValueError: `shape` and `slicing` do not fit.

    Source: TensorFlow 1.15 `tf.create_partitioned_variables`.
    """
    if len(shape) != len(slicing):
        raise ValueError(
            "The 'shape' and 'slicing' of a partitioned Variable must have the length: shape: "
            f"{shape}, slicing: {slicing}"
        )
    if len(shape) < 1:
        raise ValueError(f"A partitioned Variable must have rank at least 1: shape: {shape}")
    with variable_scope(name, "PartitionedVariable", reuse=reuse) as scope:
        whole = _store().get_variable(
            scope.name,
            shape=shape,
            dtype=dtype,
            initializer=initializer,
            reuse=scope.reuse,
            trainable=trainable,
            collections=collections,
            partitioner=lambda **_: slicing,
            use_resource=scope.use_resource,
        )
        return list(whole)


def _nested_getter(inner: Any, outer: Any) -> Any:
    """A getter that calls `inner`, whose getter in turn is `outer` with the true one."""
    if inner is None or outer is None:
        return outer if inner is None else inner

    def nested(getter: Any, *args: Any, **kwargs: Any) -> Any:
        return inner(functools.partial(outer, getter), *args, **kwargs)

    return nested


@contextlib.contextmanager
def pure_variable_scope(
    name_or_scope: Any,
    reuse: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    custom_getter: Any = None,
    old_name_scope: str | None = None,
    dtype: DTypeLike = dtypes.float32,
    use_resource: bool | None = None,
    constraint: Any = None,
) -> Iterator[VariableScope]:
    """Opens a variable scope, and no name scope."""
    state = _scopes()
    outer = state.current
    entered_again = isinstance(name_or_scope, VariableScope)
    counts_before: dict[str, int] | None = None
    if entered_again:
        basis = name_or_scope
        new_name = basis.name
        counts_before = dict(state.counts)
        new_name_scope = basis.original_name_scope if old_name_scope is None else old_name_scope
        new_reuse = basis.reuse if not reuse else reuse
    else:
        basis = outer
        new_name = f"{outer.name}/{name_or_scope}" if outer.name else name_or_scope
        new_name_scope = name_or_scope if old_name_scope is None else old_name_scope
        # What is shared outside is shared inside.
        new_reuse = reuse or outer.reuse
    scope = VariableScope(
        new_reuse,
        name=new_name,
        initializer=basis.initializer if initializer is None else initializer,
        regularizer=basis.regularizer if regularizer is None else regularizer,
        caching_device=basis.caching_device if caching_device is None else caching_device,
        partitioner=basis.partitioner if partitioner is None else partitioner,
        custom_getter=_nested_getter(custom_getter, basis.custom_getter),
        name_scope=new_name_scope,
        dtype=basis.dtype if dtype is None else dtype,
        use_resource=basis.use_resource if use_resource is None else use_resource,
        constraint=basis.constraint if constraint is None else constraint,
    )
    state.open(new_name)
    state.current = scope
    try:
        yield scope
    finally:
        if state.current is not scope:
            raise RuntimeError("Improper nesting of variable_scope.")
        state.close_subscopes(new_name)
        if counts_before is not None:
            state.counts = counts_before
        state.current = outer


class variable_scope:  # TensorFlow's name
    """Opens a scope for the names and defaults of variables, and a name scope for operations.

    Args:
      name_or_scope: a name inside the current scope, or a VariableScope to enter again; None uses
        `default_name`.
      default_name: made unique when `name_or_scope` is None.
      values: tensors that must be of one graph, in which the scope is opened.
      initializer, regularizer, caching_device, partitioner: defaults of `get_variable` inside; the
        outer scope's when None.
      custom_getter, dtype, use_resource, constraint: likewise.
      reuse: True: variables must exist; AUTO_REUSE: they may; None and False: as outside.
      auxiliary_name_scope: False opens no name scope.

    Raises:
      ValueError: `default_name` is missing, or `reuse` is set with it alone.
      TypeError: `name_or_scope` is neither a string nor a VariableScope.

    Source: TensorFlow 1.15 `tf.variable_scope`.
    """

    def __init__(
        self,
        name_or_scope: Any,
        default_name: str | None = None,
        values: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Any = None,
        reuse: Any = None,
        dtype: DTypeLike | None = None,
        use_resource: bool | None = None,
        constraint: Any = None,
        auxiliary_name_scope: bool = True,
    ) -> None:
        if default_name is None and name_or_scope is None:
            raise TypeError("If default_name is None then name_or_scope is required")
        if not (reuse is None or reuse is True or reuse is False or reuse is AUTO_REUSE):
            raise ValueError("The reuse parameter must be True or False or None.")
        if reuse is False:
            # False has always meant: as outside.
            reuse = None
        self._name_or_scope = name_or_scope
        self._default_name = default_name
        self._reuse = reuse
        self._values = values
        self._defaults = {
            "initializer": initializer,
            "regularizer": regularizer,
            "caching_device": caching_device,
            "partitioner": partitioner,
            "custom_getter": custom_getter,
            "dtype": dtype,
            "use_resource": use_resource,
            "constraint": constraint,
        }
        if not isinstance(auxiliary_name_scope, bool):
            raise TypeError(
                "The auxiliary_name_scope must be `True` or `False`, while get "
                f"{auxiliary_name_scope}"
            )
        self._auxiliary_name_scope = auxiliary_name_scope
        if self._default_name is not None and not isinstance(default_name, str):
            raise TypeError(f"`default_name` must be a string, got {default_name!r}")
        # One stack for each time the object is entered.
        self._entered: list[contextlib.ExitStack] = []

    def __enter__(self) -> VariableScope:
        with contextlib.ExitStack() as stack:
            graph: Graph = graph_of(self._values)
            if graph is not scopes.get_default_graph():
                stack.enter_context(graph.as_default())
            scope = self._enter_scope(stack, graph)
            self._entered.append(stack.pop_all())
        return scope

    def _enter_scope(self, stack: contextlib.ExitStack, graph: Graph) -> VariableScope:
        target = self._name_or_scope
        if target is None:
            if self._reuse:
                raise ValueError("reuse=True cannot be used without a name_or_scope")
            current = self._open_names(stack, graph, self._default_name)
            target = unique_variable_scope(str(self._default_name))
        elif isinstance(target, (str, VariableScope)):
            name = target.name.split("/")[-1] if isinstance(target, VariableScope) else target
            current = self._open_names(stack, graph, name or None)
        else:
            raise TypeError("VariableScope: name_or_scope must be a string or VariableScope.")
        old_name_scope: str | None = current
        if isinstance(target, VariableScope):
            old_name_scope = target.original_name_scope
        return stack.enter_context(
            pure_variable_scope(
                target, reuse=self._reuse, old_name_scope=old_name_scope, **self._defaults
            )
        )

    def _open_names(self, stack: contextlib.ExitStack, graph: Graph, name: str | None) -> str:
        """Opens the name scope, or stays in the current one; returns it with a trailing '/'."""
        if name and self._auxiliary_name_scope:
            return stack.enter_context(name_scope(name))
        current = graph.get_name_scope()
        return f"{current}/" if current else ""

    def __exit__(self, *exception: Any) -> None:
        self._entered.pop().__exit__(*exception)


@contextlib.contextmanager
def variable_op_scope(
    values: Any,
    name_or_scope: Any,
    default_name: str | None = None,
    initializer: Any = None,
    regularizer: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    custom_getter: Any = None,
    reuse: Any = None,
    dtype: DTypeLike | None = None,
    use_resource: bool | None = None,
    constraint: Any = None,
) -> Iterator[VariableScope]:
    """The old spelling of `variable_scope`."""
    with variable_scope(
        name_or_scope,
        default_name,
        values,
        initializer,
        regularizer,
        caching_device,
        partitioner,
        custom_getter,
        reuse,
        dtype,
        use_resource,
        constraint,
    ) as scope:
        yield scope
