"""`tf.Variable`: what a program keeps between steps, in the two forms of TensorFlow 1.

A `RefVariable` is a `VariableV2` operation whose output refers to the buffer; a `ResourceVariable`
is a `VarHandleOp` whose output is a handle. `Variable(...)` makes one or the other, as
`use_resource` says.
"""

from __future__ import annotations

import contextlib
import enum
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

from tfsession import protos, scopes
from tfsession.build import (
    build,
    constant,
    convert_to_tensor,
    register_tensor_conversion_function,
)
from tfsession.dtypes import DType, as_dtype, string
from tfsession.graph import Graph, Operation, Reference, Tensor
from tfsession.indexed_slices import IndexedSlices, SparseTensor
from tfsession.initial_values import check_outside_control_flow, guarded, initial_tensor
from tfsession.ops import state
from tfsession.ops.control import group, no_op
from tfsession.ops.indexing import slice_helper
from tfsession.ops.state import is_variable_initialized, variable_op_v2
from tfsession.scopes import GraphKeys, init_scope, name_scope
from tfsession.shapes import TensorShape, as_dims

__all__ = [
    "Variable",
    "VariableAggregation",
    "VariableSynchronization",
    "all_variables",
    "assert_variables_initialized",
    "disable_resource_variables",
    "enable_resource_variables",
    "global_variables",
    "global_variables_initializer",
    "initialize_all_variables",
    "initialize_local_variables",
    "initialize_variables",
    "is_tensor",
    "is_variable_initialized",
    "local_variables",
    "local_variables_initializer",
    "model_variables",
    "moving_average_variables",
    "report_uninitialized_variables",
    "resource_variables_enabled",
    "trainable_variables",
    "variable_creator_scope",
    "variables_initializer",
]


class VariableSynchronization(enum.Enum):
    """When copies of a distributed variable are brought together; kept, without effect."""

    AUTO = 0
    NONE = 1
    ON_WRITE = 2
    ON_READ = 3


class VariableAggregation(enum.Enum):
    """How copies of a distributed variable are brought together; kept, without effect."""

    NONE = 0
    SUM = 1
    MEAN = 2
    ONLY_FIRST_REPLICA = 3
    ONLY_FIRST_TOWER = 3  # noqa: PIE796  # the old name of the same


_SYNCHRONIZATION_NAMES = "VARIABLE_SYNCHRONIZATION_"
_AGGREGATION_NAMES = "VARIABLE_AGGREGATION_"

_use_resource_by_default = False


def enable_resource_variables() -> None:
    """Makes variables resource variables unless `use_resource` says otherwise."""
    global _use_resource_by_default
    _use_resource_by_default = True


def disable_resource_variables() -> None:
    """Makes variables reference variables unless `use_resource` says otherwise, as at the start."""
    global _use_resource_by_default
    _use_resource_by_default = False


def resource_variables_enabled() -> bool:
    """Whether variables are resource variables unless `use_resource` says otherwise."""
    return _use_resource_by_default


# ---- Creators ----

Creator = Callable[..., Any]


def _creators(graph: Graph) -> list[Creator]:
    creators: list[Creator] = scopes.attachment(graph, "variable_creators", list)
    return creators


class variable_creator_scope:  # TensorFlow's name
    """Lets a function decide how the variables inside a `with` block are created.

    Args:
      variable_creator: called as ``variable_creator(next_creator, **kwargs)`` with the arguments of
        `Variable`; calling `next_creator(**kwargs)` goes on as if it were not there.

    Source: TensorFlow 1.15 `tf.variable_creator_scope`.
    """

    def __init__(self, variable_creator: Creator) -> None:
        self._creator = variable_creator
        self._stack: list[Creator] = []

    def __enter__(self) -> None:
        self._stack = _creators(scopes.get_default_graph())
        self._stack.append(self._creator)

    def __exit__(self, *exception: Any) -> None:
        self._stack.pop()


def _default_creator(**kwargs: Any) -> Any:
    use_resource = kwargs.pop("use_resource")
    if use_resource is None:
        from tfsession.variable_scope import get_variable_scope

        use_resource = get_variable_scope().use_resource
    if use_resource is None:
        use_resource = _use_resource_by_default
    return (ResourceVariable if use_resource else RefVariable)(**kwargs)


def _link(creator: Creator, following: Creator) -> Creator:
    return lambda **kwargs: creator(following, **kwargs)


class _VariableType(type):
    """Makes `Variable(...)` go through the creators to one of the two forms."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is not Variable:
            return super().__call__(*args, **kwargs)
        create: Creator = _default_creator
        for creator in _creators(scopes.get_default_graph()):
            create = _link(creator, create)
        return create(**_arguments_of_variable(*args, **kwargs))


def _arguments_of_variable(
    initial_value: Any = None,
    trainable: bool | None = None,
    collections: Any = None,
    validate_shape: bool = True,
    caching_device: Any = None,
    name: str | None = None,
    variable_def: Any = None,
    dtype: Any = None,
    expected_shape: Any = None,
    import_scope: str | None = None,
    constraint: Callable[[Tensor], Any] | None = None,
    use_resource: bool | None = None,
    synchronization: VariableSynchronization = VariableSynchronization.AUTO,
    aggregation: VariableAggregation = VariableAggregation.NONE,
    shape: Any = None,
) -> dict[str, Any]:
    return dict(locals())


# ---- Variable ----


class _SaveSliceInfo:
    """Which part of a larger, partitioned variable a variable is.

    Args:
      full_name: the name of the whole.
      full_shape: its shape.
      var_offset: where this part begins, one number an axis.
      var_shape: the shape of this part.
      save_slice_info_def: a SaveSliceInfoDef message to take all of these from.
      import_scope: a name scope put before the name in the message.

    Source: TensorFlow 1.15 `tf.Variable.SaveSliceInfo`.
    """

    def __init__(
        self,
        full_name: str | None = None,
        full_shape: Any = None,
        var_offset: Any = None,
        var_shape: Any = None,
        save_slice_info_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        if save_slice_info_def is not None:
            self.full_name = _in_scope(save_slice_info_def.full_name, import_scope)
            self.full_shape: Any = list(save_slice_info_def.full_shape)
            self.var_offset: Any = list(save_slice_info_def.var_offset)
            self.var_shape: Any = list(save_slice_info_def.var_shape)
        else:
            self.full_name = full_name or ""
            self.full_shape = full_shape
            self.var_offset = var_offset
            self.var_shape = var_shape

    @property
    def spec(self) -> str:
        """The text by which checkpoints know the part: ``4 3 0,2:0,3``."""
        full = " ".join(str(size) for size in self.full_shape)
        parts = zip(self.var_offset, self.var_shape, strict=True)
        return f"{full} {':'.join(f'{offset},{size}' for offset, size in parts)}"

    def to_proto(self, export_scope: str | None = None) -> Any:
        """The SaveSliceInfoDef message; None outside `export_scope`."""
        if export_scope is not None and not self.full_name.startswith(export_scope):
            return None
        return protos.SaveSliceInfoDef(
            full_name=_out_of_scope(self.full_name, export_scope),
            full_shape=self.full_shape,
            var_offset=self.var_offset,
            var_shape=self.var_shape,
        )


def _in_scope(name: str, scope: str | None) -> str:
    return f"{scope.rstrip('/')}/{name}" if scope else name


def _out_of_scope(name: str, scope: str | None) -> str:
    return name.removeprefix(f"{scope.rstrip('/')}/") if scope else name


class Variable(metaclass=_VariableType):
    """A value that lives across steps and that assignments change.

    Args:
      initial_value: a tensor or what converts to one, or a callable without arguments that makes
        it.
      trainable: whether optimizers change it by default; True when None.
      collections: the graph collections it is added to; [GLOBAL_VARIABLES] when None.
      validate_shape: False allows an initial value of unknown shape, and assignments of any shape.
      caching_device: a device on which the value is copied for its readers.
      name: 'Variable' when None.
      variable_def: a VariableDef message: the variable whose nodes the graph has already.
      dtype: the initial value is converted to it.
      expected_shape: accepted for compatibility.
      import_scope: a name scope put before the names in `variable_def`.
      constraint: maps the value to the one kept after an optimizer's update.
      use_resource: True for a resource variable, False for a reference variable; None leaves it to
        the variable scope.
      synchronization: kept, without effect.
      aggregation: kept, without effect.
      shape: the static shape, where it is less known than that of the initial value.

    Raises:
      ValueError: the initial value is missing, or its shape is not known and `validate_shape` is
        set.

    Source: TensorFlow 1.15 `tf.Variable` (`VariableV1`).
    """

    SaveSliceInfo = _SaveSliceInfo
    __array_priority__: ClassVar[int] = 100

    _initial_value: Tensor | None
    _initializer_op: Operation
    _trainable: bool
    _constraint: Callable[[Tensor], Any] | None
    _save_slice_info: _SaveSliceInfo | None = None
    _in_graph_mode: ClassVar[bool] = True

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        expected_shape: Any = None,
        import_scope: str | None = None,
        constraint: Callable[[Tensor], Any] | None = None,
        use_resource: bool | None = None,
        synchronization: VariableSynchronization = VariableSynchronization.AUTO,
        aggregation: VariableAggregation = VariableAggregation.NONE,
        shape: Any = None,
    ) -> None:
        self._synchronization = synchronization
        self._aggregation = aggregation
        self._constraint = constraint
        if variable_def is not None:
            if initial_value is not None:
                raise ValueError("variable_def and initial_value are mutually exclusive.")
            self._find_in_graph(variable_def, import_scope)
            return
        if initial_value is None:
            raise ValueError("initial_value must be specified.")
        if trainable is None:
            trainable = synchronization is not VariableSynchronization.ON_READ
        self._trainable = trainable
        if collections is None:
            collections = [GraphKeys.GLOBAL_VARIABLES]
        if not isinstance(collections, (list, tuple, set)):
            raise ValueError(
                "collections argument to Variable constructor must be a list, tuple, or set. Got "
                f"{collections} of type {type(collections)}"
            )
        if constraint is not None and not callable(constraint):
            raise ValueError("The `constraint` argument must be a callable.")
        if trainable and GraphKeys.TRAINABLE_VARIABLES not in collections:
            collections = [*collections, GraphKeys.TRAINABLE_VARIABLES]
        dtype = None if dtype is None else as_dtype(dtype)
        values = [] if callable(initial_value) else [initial_value]
        with init_scope(), name_scope(name, "Variable", values) as scope:
            self._create(initial_value, scope, dtype, validate_shape, caching_device, shape)
        scopes.add_to_collections(collections, self)

    # What the two forms do differently.

    def _create(
        self,
        initial_value: Any,
        scope: str,
        dtype: DType | None,
        validate_shape: bool,
        caching_device: Any,
        shape: Any,
    ) -> None:
        raise NotImplementedError

    def _find_in_graph(self, variable_def: Any, import_scope: str | None) -> None:
        raise NotImplementedError

    def value(self) -> Tensor:
        """The value, as a tensor; for a reference variable the one that all readers share."""
        raise NotImplementedError

    def read_value(self) -> Tensor:
        """The value, read by a new operation at its own moment of the step."""
        raise NotImplementedError

    def assign(
        self,
        value: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Gives the variable a new value.

        Args:
          value: a tensor of the variable's dtype and shape.
          use_locking: accepted for compatibility; updates of one variable never overlap.
          name: a name for the operation.
          read_value: whether the result holds the new value; False returns the Operation.
        """
        raise NotImplementedError

    def assign_add(
        self,
        delta: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Adds `delta` to the variable; arguments are those of `assign`."""
        raise NotImplementedError

    def assign_sub(
        self,
        delta: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Subtracts `delta` from the variable; arguments are those of `assign`."""
        raise NotImplementedError

    def count_up_to(self, limit: int) -> Tensor:
        """Increments a scalar integer variable and returns what it was; see `tf.count_up_to`."""
        return state.count_up_to(self, limit)

    def is_initialized(self, name: str | None = None) -> Tensor:
        """A scalar bool: whether the variable has a value."""
        raise NotImplementedError

    def sparse_read(self, indices: Any, name: str | None = None) -> Tensor:
        """The rows of the variable that `indices` select, without reading all of it."""
        raise NotImplementedError

    def gather_nd(self, indices: Any, name: str | None = None) -> Tensor:
        """The slices of the variable that the rows of `indices` select."""
        raise NotImplementedError

    @property
    def name(self) -> str:
        """The name, ``<operation name>:0``."""
        raise NotImplementedError

    @property
    def op(self) -> Operation:
        """The operation that holds the variable."""
        raise NotImplementedError

    @property
    def dtype(self) -> DType:
        """The DType of the elements; a reference dtype for a reference variable."""
        raise NotImplementedError

    @property
    def shape(self) -> TensorShape:
        """The static shape."""
        raise NotImplementedError

    def _as_graph_element(self) -> Tensor:
        raise NotImplementedError

    def _ref(self) -> Tensor:
        raise NotImplementedError

    # What they have in common.

    @property
    def graph(self) -> Graph:
        """The Graph that contains the variable."""
        return self.op.graph

    @property
    def device(self) -> str:
        """The device requested for the variable, or ''."""
        return self.op.device

    @property
    def _shared_name(self) -> str:
        return self.name[: self.name.rindex(":")]

    @property
    def _unique_id(self) -> str:
        return self._shared_name

    @property
    def initializer(self) -> Operation:
        """The operation that assigns the initial value."""
        return self._initializer_op

    @property
    def initial_value(self) -> Tensor | None:
        """The tensor of the initial value."""
        return self._initial_value

    @property
    def constraint(self) -> Callable[[Tensor], Any] | None:
        """The function that optimizers apply after an update, or None."""
        return self._constraint

    @property
    def trainable(self) -> bool:
        """Whether optimizers change the variable by default."""
        return self._trainable

    @property
    def synchronization(self) -> VariableSynchronization:
        """What the constructor was given."""
        return self._synchronization

    @property
    def aggregation(self) -> VariableAggregation:
        """What the constructor was given."""
        return self._aggregation

    def get_shape(self) -> TensorShape:
        """The static shape."""
        return self.shape

    def set_shape(self, shape: Any) -> None:
        """Adds to what is statically known of the shape."""
        self._as_graph_element().set_shape(shape)
        self.value().set_shape(shape)

    def initialized_value(self) -> Tensor:
        """The value, or the initial value while the variable has none.

        Use it to initialise one variable from another.
        """
        from tfsession.ops.control_flow import cond

        with init_scope():
            result: Tensor = cond(
                is_variable_initialized(self), self.read_value, lambda: self.initial_value
            )
            return result

    def eval(self, session: Any = None) -> Any:
        """The value in `session`, or in the default session."""
        return self._as_graph_element().eval(session=session)

    def load(self, value: Any, session: Any = None) -> None:
        """Gives the variable a new value in a session, without adding to the graph.

        Args:
          value: an array of the variable's shape.
          session: the default session when None.

        Raises:
          ValueError: there is no session.
        """
        from tfsession.session import get_default_session

        session = session or get_default_session()
        if session is None:
            raise ValueError(
                "Either session argument should be provided or default session should be "
                "established"
            )
        session.run(self.initializer, {self.initializer.inputs[1]: value})

    # Updates of rows.

    def scatter_sub(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Subtracts `IndexedSlices` from rows of the variable; see `tf.scatter_sub`."""
        return self._scatter(state.scatter_sub, sparse_delta, use_locking, name)

    def scatter_add(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Adds `IndexedSlices` to rows of the variable; see `tf.scatter_add`."""
        return self._scatter(state.scatter_add, sparse_delta, use_locking, name)

    def scatter_mul(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Multiplies rows of the variable by `IndexedSlices`; see `tf.scatter_mul`."""
        return self._scatter(state.scatter_mul, sparse_delta, use_locking, name)

    def scatter_div(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Divides rows of the variable by `IndexedSlices`; see `tf.scatter_div`."""
        return self._scatter(state.scatter_div, sparse_delta, use_locking, name)

    def scatter_min(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Lowers rows of the variable to `IndexedSlices`; see `tf.scatter_min`."""
        return self._scatter(state.scatter_min, sparse_delta, use_locking, name)

    def scatter_max(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Raises rows of the variable to `IndexedSlices`; see `tf.scatter_max`."""
        return self._scatter(state.scatter_max, sparse_delta, use_locking, name)

    def scatter_update(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Replaces rows of the variable by `IndexedSlices`; see `tf.scatter_update`."""
        return self._scatter(state.scatter_update, sparse_delta, use_locking, name)

    def _scatter(
        self, function: Callable[..., Any], sparse_delta: Any, use_locking: bool, name: str | None
    ) -> Any:
        from tfsession.indexed_slices import IndexedSlices

        if not isinstance(sparse_delta, IndexedSlices):
            raise ValueError(f"sparse_delta is not IndexedSlices: {sparse_delta}")
        return function(self, sparse_delta.indices, sparse_delta.values, use_locking, name)

    def batch_scatter_update(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Replaces rows within each batch; see `tf.batch_scatter_update`."""
        return self._scatter(state.batch_scatter_update, sparse_delta, use_locking, name)

    def scatter_nd_sub(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Subtracts from slices of the variable; see `tf.scatter_nd_sub`."""
        return state.scatter_nd_sub(self, indices, updates, True, name)

    def scatter_nd_add(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Adds to slices of the variable; see `tf.scatter_nd_add`."""
        return state.scatter_nd_add(self, indices, updates, True, name)

    def scatter_nd_update(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Replaces slices of the variable; see `tf.scatter_nd_update`."""
        return state.scatter_nd_update(self, indices, updates, True, name)

    # Messages.

    def _set_save_slice_info(self, save_slice_info: _SaveSliceInfo | None) -> None:
        self._save_slice_info = save_slice_info

    def _get_save_slice_info(self) -> _SaveSliceInfo | None:
        return self._save_slice_info

    def _snapshot_name(self) -> str:
        raise NotImplementedError

    def to_proto(self, export_scope: str | None = None) -> Any:
        """The VariableDef message; None when the variable is outside `export_scope`."""
        if export_scope is not None and not self.name.startswith(export_scope):
            return None
        message = protos.VariableDef(
            variable_name=_out_of_scope(self.name, export_scope),
            initializer_name=_out_of_scope(self.initializer.name, export_scope),
            snapshot_name=_out_of_scope(self._snapshot_name(), export_scope),
            trainable=self.trainable,
            is_resource=isinstance(self, ResourceVariable),
            synchronization=_SYNCHRONIZATION_NAMES + self._synchronization.name,
            aggregation=_AGGREGATION_NAMES + self._aggregation.name,
        )
        # For backwards compatibility with graphs that were saved without it.
        if self._initial_value is not None:
            message.initial_value_name = _out_of_scope(self._initial_value.name, export_scope)
        if self._save_slice_info is not None:
            message.save_slice_info_def.MergeFrom(self._save_slice_info.to_proto(export_scope))
        return message

    @staticmethod
    def from_proto(variable_def: Any, import_scope: str | None = None) -> Any:
        """The Variable that a VariableDef message describes; its nodes are in the default graph."""
        kind = ResourceVariable if variable_def.is_resource else RefVariable
        return kind(variable_def=variable_def, import_scope=import_scope)

    def _find_common(self, variable_def: Any, import_scope: str | None) -> Any:
        """Reads what both forms keep from a message; returns the variable's own element."""
        graph = scopes.get_default_graph()

        def element(name: str) -> Any:
            return graph.as_graph_element(_in_scope(name, import_scope))

        self._initializer_op = element(variable_def.initializer_name)
        initial = variable_def.initial_value_name
        self._initial_value = element(initial) if initial else None
        self._trainable = variable_def.trainable
        self._synchronization = VariableSynchronization(variable_def.synchronization)
        self._aggregation = VariableAggregation(variable_def.aggregation)
        if variable_def.HasField("save_slice_info_def"):
            self._save_slice_info = _SaveSliceInfo(
                save_slice_info_def=variable_def.save_slice_info_def, import_scope=import_scope
            )
        return element

    # Operators.

    def _AsTensor(self) -> Tensor:  # TensorFlow's name
        return self.value()

    def experimental_ref(self) -> Reference:
        """This variable as a key of dictionaries and sets."""
        return Reference(self)

    def __repr__(self) -> str:
        return f"<tf.Variable '{self.name}' shape={self.get_shape()} dtype={self.dtype.name}>"

    def __iter__(self) -> Iterator[Any]:
        raise TypeError("'Variable' object is not iterable.")

    def __getitem__(self, index: Any) -> Tensor:
        return slice_helper(self._AsTensor(), index, self)

    def _strided_slice_assign(
        self, begin: Any, end: Any, strides: Any, value: Any, name: str | None, **masks: int
    ) -> Any:
        """Writes into the slice that the arguments of `tf.strided_slice` describe."""
        raise NotImplementedError


def _operator(name: str) -> Callable[..., Any]:
    """The operator of tensors, applied to the variable's value."""

    def apply(self: Variable, *others: Any) -> Any:
        return getattr(Tensor, name)(self._AsTensor(), *others)

    apply.__name__ = name
    return apply


# Variables are compared and hashed as objects.
for _name in sorted(Tensor.OVERLOADABLE_OPERATORS - {"__getitem__", "__eq__", "__ne__"}):
    setattr(Variable, _name, _operator(_name))


def _colocated_with_future(graph: Graph, name: str) -> contextlib.AbstractContextManager[None]:
    """Colocates operations with a variable that does not exist yet."""
    if graph._scopes.colocation:
        # The variable itself will be colocated as the scopes outside say, and so are these.
        return contextlib.nullcontext()
    group_name = f"loc:@{name}".encode()
    message = protos.AttrValue(list=protos.AttrValue.ListValue(s=[group_name]))
    return graph._attr_scope({"_class": message})


class RefVariable(Variable):
    """A reference variable; see `Variable`."""

    _variable: Tensor
    _snapshot: Tensor

    def _create(
        self,
        initial_value: Any,
        scope: str,
        dtype: DType | None,
        validate_shape: bool,
        caching_device: Any,
        shape: Any,
    ) -> None:
        graph = scopes.get_default_graph()
        if callable(initial_value):
            with _colocated_with_future(graph, scope[:-1]):
                with name_scope("Initializer"), scopes.device(None):
                    value = initial_tensor(initial_value, dtype)
                self._variable = self._operation(value, scope, validate_shape, shape)
        else:
            value = initial_tensor(initial_value, dtype)
            check_outside_control_flow(value, scope)
            self._variable = self._operation(value, scope, validate_shape, shape)
        self._initial_value = value
        if validate_shape and not value.get_shape().is_fully_defined():
            raise ValueError(f"initial_value must have a shape specified: {value}")
        self._initializer_op = state.assign(
            self._variable, guarded(value, scope), validate_shape=validate_shape
        ).op
        if caching_device is not None:
            with scopes.device(caching_device):
                self._snapshot = build("Identity", self._variable, name="read")
        else:
            with scopes.colocate_with(self._variable.op):
                self._snapshot = build("Identity", self._variable, name="read")

    def _operation(self, value: Tensor, scope: str, validate_shape: bool, shape: Any) -> Tensor:
        if shape is not None:
            dims = as_dims(shape)
        else:
            dims = value.dims if validate_shape else None
        return variable_op_v2(dims, value.dtype.base_dtype, name=scope)

    def _find_in_graph(self, variable_def: Any, import_scope: str | None) -> None:
        element = self._find_common(variable_def, import_scope)
        self._variable = element(variable_def.variable_name)
        self._snapshot = element(variable_def.snapshot_name)

    def _as_graph_element(self) -> Tensor:
        return self._variable

    def _ref(self) -> Tensor:
        return self._variable

    def _snapshot_name(self) -> str:
        return self._snapshot.name

    def value(self) -> Tensor:
        return self._snapshot

    def read_value(self) -> Tensor:
        tensor: Tensor = build("Identity", self._variable, name="read")
        return tensor

    @property
    def name(self) -> str:
        return self._variable.name

    @property
    def op(self) -> Operation:
        return self._variable.op

    @property
    def dtype(self) -> DType:
        return self._variable.dtype

    @property
    def shape(self) -> TensorShape:
        return self._variable.get_shape()

    def assign(
        self,
        value: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        result = state.assign(self._variable, value, use_locking=use_locking, name=name)
        return result if read_value else result.op

    def assign_add(
        self,
        delta: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        result = state.assign_add(self._variable, delta, use_locking=use_locking, name=name)
        return result if read_value else result.op

    def assign_sub(
        self,
        delta: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        result = state.assign_sub(self._variable, delta, use_locking=use_locking, name=name)
        return result if read_value else result.op

    def is_initialized(self, name: str | None = None) -> Tensor:
        return is_variable_initialized(self._variable, name=name)

    def _strided_slice_assign(
        self, begin: Any, end: Any, strides: Any, value: Any, name: str | None, **masks: int
    ) -> Any:
        bounds = (begin, end, strides)
        return build("StridedSliceAssign", self._variable, *bounds, value, name=name, **masks)

    def sparse_read(self, indices: Any, name: str | None = None) -> Tensor:
        tensor: Tensor = build("GatherV2", self.value(), indices, 0, name=name)
        return tensor

    def gather_nd(self, indices: Any, name: str | None = None) -> Tensor:
        tensor: Tensor = build("GatherNd", self.value(), indices, name=name)
        return tensor


class ResourceVariable(Variable):
    """A resource variable; see `Variable`."""

    _handle: Tensor
    _graph_element: Tensor
    _cached_value: Tensor | None = None

    def _create(
        self,
        initial_value: Any,
        scope: str,
        dtype: DType | None,
        validate_shape: bool,
        caching_device: Any,
        shape: Any,
    ) -> None:
        graph = scopes.get_default_graph()
        name = scope[:-1]
        with _colocated_with_future(graph, name):
            with name_scope("Initializer"), scopes.device(None):
                value = initial_tensor(initial_value, dtype)
            dims = as_dims(shape) if shape is not None else value.dims
            if shape is None and not validate_shape:
                dims = None
            self._handle = build(
                "VarHandleOp",
                shape=dims,
                dtype=value.dtype.base_dtype,
                shared_name=name,
                name=scope,
            )
        if not callable(initial_value):
            check_outside_control_flow(value, scope)
        self._initial_value = value
        with name_scope("IsInitialized"):
            self._is_initialized_op: Tensor = build("VarIsInitializedOp", self._handle)
        with (
            name_scope("Assign") as assign_name,
            scopes.colocate_with(None, ignore_existing=True),
            scopes.device(self._handle.device),
        ):
            self._initializer_op = build(
                "AssignVariableOp", self._handle, guarded(value, scope), name=assign_name
            )
        with name_scope("Read"):
            with scopes.device(self._handle.device):
                self._graph_element = self._read_variable_op()
            if caching_device is not None:
                with (
                    scopes.colocate_with(None, ignore_existing=True),
                    scopes.device(caching_device),
                ):
                    self._cached_value = build("Identity", self._graph_element)

    def _find_in_graph(self, variable_def: Any, import_scope: str | None) -> None:
        if not variable_def.is_resource:
            raise ValueError("Trying to restore Variable as ResourceVariable.")
        element = self._find_common(variable_def, import_scope)
        self._handle = element(variable_def.variable_name)
        if variable_def.snapshot_name:
            self._graph_element = element(variable_def.snapshot_name)
            if self._graph_element.op.type != "ReadVariableOp":
                self._cached_value = self._graph_element
        else:
            self._graph_element = self._read_variable_op()

    def _as_graph_element(self) -> Tensor:
        return self._graph_element

    def _ref(self) -> Tensor:
        return self._handle

    def _snapshot_name(self) -> str:
        return (self._graph_element if self._cached_value is None else self._cached_value).name

    def _read_variable_op(self) -> Tensor:
        tensor: Tensor = build("ReadVariableOp", self._handle, dtype=self.dtype)
        return tensor

    def _lazy_read(self, op: Operation) -> Any:
        """The variable as it is after `op`."""
        return _UnreadVariable(self, op)

    def value(self) -> Tensor:
        if self._cached_value is not None:
            return self._cached_value
        with scopes.colocate_with(None, ignore_existing=True), scopes.device(self._handle.device):
            return self._read_variable_op()

    def read_value(self) -> Tensor:
        with name_scope("Read"):
            value = self._read_variable_op()
        tensor: Tensor = build("Identity", value)
        return tensor

    @property
    def handle(self) -> Tensor:
        """The tensor of the handle."""
        return self._handle

    @property
    def create(self) -> Operation:
        """The operation that assigns the initial value."""
        return self._initializer_op

    @property
    def name(self) -> str:
        return self._handle.name

    @property
    def op(self) -> Operation:
        return self._handle.op

    @property
    def dtype(self) -> DType:
        dtype: DType = self._handle.op.attrs["dtype"]
        return dtype

    @property
    def shape(self) -> TensorShape:
        return TensorShape(self._handle.op.attrs["shape"])

    def assign(
        self,
        value: Any,
        use_locking: bool | None = None,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        with self.graph.as_default():
            tensor = convert_to_tensor(value, self.dtype)
            self.shape.assert_is_compatible_with(tensor.shape)
            return self._updated("AssignVariableOp", tensor, name, read_value)

    def assign_add(
        self,
        delta: Any,
        use_locking: bool | None = None,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        with self.graph.as_default():
            tensor = convert_to_tensor(delta, self.dtype)
            return self._updated("AssignAddVariableOp", tensor, name, read_value)

    def assign_sub(
        self,
        delta: Any,
        use_locking: bool | None = None,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        with self.graph.as_default():
            tensor = convert_to_tensor(delta, self.dtype)
            return self._updated("AssignSubVariableOp", tensor, name, read_value)

    def _updated(self, op_type: str, value: Tensor, name: str | None, read_value: bool) -> Any:
        operation = build(op_type, self._handle, value, name=name)
        return self._lazy_read(operation) if read_value else operation

    def is_initialized(self, name: str | None = None) -> Tensor:
        tensor: Tensor = build("VarIsInitializedOp", self._handle, name=name)
        return tensor

    def _strided_slice_assign(
        self, begin: Any, end: Any, strides: Any, value: Any, name: str | None, **masks: int
    ) -> Any:
        inputs = (self._handle, begin, end, strides, convert_to_tensor(value, self.dtype))
        return self._lazy_read(build("ResourceStridedSliceAssign", *inputs, name=name, **masks))

    def sparse_read(self, indices: Any, name: str | None = None) -> Tensor:
        with name_scope("Gather" if name is None else name) as scope:
            value = build("ResourceGather", self._handle, indices, dtype=self.dtype, name=scope)
        tensor: Tensor = build("Identity", value)
        return tensor

    def gather_nd(self, indices: Any, name: str | None = None) -> Tensor:
        with name_scope("GatherNd" if name is None else name) as scope:
            value = build("ResourceGatherNd", self._handle, indices, dtype=self.dtype, name=scope)
        tensor: Tensor = build("Identity", value)
        return tensor

    def set_shape(self, shape: Any) -> None:
        """Adds to what is statically known of the shape."""
        dims = self.shape.merge_with(shape).dims_tuple
        self._handle.op.attrs["shape"] = dims
        self._graph_element.set_shape(shape)


class _UnreadVariable(ResourceVariable):
    """A resource variable as it is after an update; reading it waits for the update."""

    def __init__(self, variable: ResourceVariable, parent: Operation) -> None:
        self._parent_op = parent
        self._handle = variable._handle
        self._initializer_op = variable._initializer_op
        self._initial_value = variable._initial_value
        self._trainable = variable._trainable
        self._constraint = variable._constraint
        self._synchronization = variable._synchronization
        self._aggregation = variable._aggregation
        self._graph_element = self._read_variable_op()

    @property
    def name(self) -> str:
        return self._parent_op.name

    @property
    def op(self) -> Operation:
        return self._parent_op

    def _read_variable_op(self) -> Tensor:
        with scopes.control_dependencies([self._parent_op]):
            return super()._read_variable_op()


def is_tensor(x: Any) -> bool:
    """Whether an object is a tensor, a sparse one, or a variable."""
    return isinstance(x, (Tensor, SparseTensor, IndexedSlices, Variable))


def is_resource_variable(variable: Any) -> bool:
    """Whether `variable` is a resource variable."""
    return isinstance(variable, ResourceVariable)


def _convert_variable(
    value: Variable, dtype: DType | None = None, name: str | None = None, as_ref: bool = False
) -> Tensor:
    if dtype is not None and not dtype.is_compatible_with(value.dtype):
        raise ValueError(
            f"Incompatible type conversion requested to type '{dtype.name}' for variable of type "
            f"'{value.dtype.name}'"
        )
    return value._ref() if as_ref and isinstance(value, RefVariable) else value.value()


register_tensor_conversion_function(Variable, _convert_variable, 0)


# ---- The variables of a graph ----


def global_variables(scope: str | None = None) -> list[Any]:
    """The variables of the collection GLOBAL_VARIABLES, filtered as by `tf.get_collection`."""
    return scopes.get_collection(GraphKeys.GLOBAL_VARIABLES, scope)


def all_variables() -> list[Any]:
    """The old name of `global_variables`."""
    return global_variables()


def local_variables(scope: str | None = None) -> list[Any]:
    """The variables of the collection LOCAL_VARIABLES."""
    return scopes.get_collection(GraphKeys.LOCAL_VARIABLES, scope)


def model_variables(scope: str | None = None) -> list[Any]:
    """The variables of the collection MODEL_VARIABLES."""
    return scopes.get_collection(GraphKeys.MODEL_VARIABLES, scope)


def trainable_variables(scope: str | None = None) -> list[Any]:
    """The variables of the collection TRAINABLE_VARIABLES."""
    return scopes.get_collection(GraphKeys.TRAINABLE_VARIABLES, scope)


def moving_average_variables(scope: str | None = None) -> list[Any]:
    """The variables of the collection MOVING_AVERAGE_VARIABLES."""
    return scopes.get_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, scope)


def variables_initializer(var_list: Sequence[Any], name: str = "init") -> Operation:
    """An operation that initialises the variables of a list."""
    if var_list:
        return group(*[variable.initializer for variable in var_list], name=name)
    return no_op(name=name)


def initialize_variables(var_list: Sequence[Any], name: str = "init") -> Operation:
    """The old name of `variables_initializer`."""
    return variables_initializer(var_list, name)


def global_variables_initializer() -> Operation:
    """An operation that initialises all global variables."""
    return variables_initializer(global_variables())


def initialize_all_variables() -> Operation:
    """The old name of `global_variables_initializer`."""
    return global_variables_initializer()


def local_variables_initializer() -> Operation:
    """An operation that initialises all local variables."""
    return variables_initializer(local_variables())


def initialize_local_variables() -> Operation:
    """The old name of `local_variables_initializer`."""
    return local_variables_initializer()


def _all_or(var_list: Sequence[Any] | None) -> Sequence[Any]:
    if var_list is not None:
        return var_list
    found: list[Any] = global_variables() + local_variables()
    if found:
        return found
    operations = scopes.get_default_graph().get_operations()
    return [op.outputs[0] for op in operations if op.type in ("Variable", "VariableV2")]


def assert_variables_initialized(var_list: Sequence[Any] | None = None) -> Tensor | None:
    """A tensor that fails with FailedPreconditionError when a variable has no value.

    Args:
      var_list: all global and local variables when None.
    """
    var_list = _all_or(var_list)
    if not var_list:
        return None
    ranks: list[Tensor] = []
    for variable in var_list:
        with scopes.colocate_with(variable.op):
            ranks.append(build("Rank", variable))
    if len(ranks) == 1:
        return ranks[0]
    tensor: Tensor = build("Pack", ranks, name="stack")
    return tensor


def report_uninitialized_variables(
    var_list: Sequence[Any] | None = None, name: str = "report_uninitialized_variables"
) -> Tensor:
    """The names of the variables that have no value, as a vector of strings.

    Args:
      var_list: all global and local variables when None.
      name: a name for the scope of the operations.

    Source: TensorFlow 1.15 `tf.report_uninitialized_variables`.
    """
    var_list = _all_or(var_list)
    with name_scope(name):
        initialized = [is_variable_initialized(variable) for variable in var_list]
        device = os.environ.get("TF_DEVICE_FOR_UNINITIALIZED_VARIABLE_REPORTING", "/cpu:0")
        with scopes.device(device):
            if not initialized:
                return constant([], string, name="Const")
            from tfsession.ops.indexing import boolean_mask

            missing = build("LogicalNot", build("Pack", initialized, name="stack"))
            names = constant([variable.op.name for variable in var_list], string, name="Const")
            result: Tensor = boolean_mask(names, missing)
            return result
