"""`tf.Variable`: what a program keeps between steps, in the two forms of TensorFlow 1.

A `RefVariable` (variables/reference.py) is a `VariableV2` operation whose output refers to the
buffer; a `ResourceVariable` (variables/resource.py) is a `VarHandleOp` whose output is a handle.
`Variable(...)` makes one or the other, as `use_resource` says.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, TypeVar

from tfsession import protos
from tfsession.dtypes import DType, DTypeLike, as_dtype
from tfsession.graph import scopes
from tfsession.graph.build import TensorLike, register_tensor_conversion_function
from tfsession.graph.composites import IndexedSlices, SparseTensor
from tfsession.graph.default_session import Runs, get_default_session
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Operation, Operators, Reference, Tensor
from tfsession.graph.proto_functions import register_collections
from tfsession.graph.scopes import (
    GraphKeys,
    init_scope,
    name_scope,
    prepend_name_scope,
    strip_name_scope,
)
from tfsession.ops import state
from tfsession.ops.control_flow import cond
from tfsession.ops.indexing import slice_helper
from tfsession.ops.state import is_variable_initialized
from tfsession.protos import VariableDef
from tfsession.shapes import ShapeLike, TensorShape
from tfsession.variables import partitions

__all__ = [
    "Variable",
    "VariableAggregation",
    "VariableSynchronization",
    "disable_resource_variables",
    "enable_resource_variables",
    "is_tensor",
    "resource_variables_enabled",
    "variable_creator_scope",
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

_default_creator: Creator


def register_default_creator(creator: Creator) -> Creator:
    """Sets what makes a variable in the end; see variables/scope.py, which knows the two forms."""
    global _default_creator
    _default_creator = creator
    return creator


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


def _link(creator: Creator, following: Creator) -> Creator:
    return lambda **kwargs: creator(following, **kwargs)


_T = TypeVar("_T")


class _VariableType(type):
    """Makes `Variable(...)` go through the creators to one of the two forms."""

    def __call__(cls: type[_T], *args: Any, **kwargs: Any) -> _T:
        if cls is not Variable:
            made: _T = type.__call__(cls, *args, **kwargs)
            return made
        create = _default_creator
        for creator in _creators(scopes.get_default_graph()):
            create = _link(creator, create)
        created: _T = create(**_arguments_of_variable(*args, **kwargs))
        return created


def _arguments_of_variable(
    initial_value: Any = None,
    trainable: bool | None = None,
    collections: Any = None,
    validate_shape: bool = True,
    caching_device: Any = None,
    name: str | None = None,
    variable_def: VariableDef | None = None,
    dtype: DTypeLike | None = None,
    expected_shape: ShapeLike | None = None,
    import_scope: str | None = None,
    constraint: Callable[[Tensor], Any] | None = None,
    use_resource: bool | None = None,
    synchronization: VariableSynchronization = VariableSynchronization.AUTO,
    aggregation: VariableAggregation = VariableAggregation.NONE,
    shape: ShapeLike | None = None,
) -> dict[str, Any]:
    return dict(locals())


# ---- Variable ----


class Variable(Operators, metaclass=_VariableType):
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

    SaveSliceInfo = partitions.SaveSliceInfo
    __array_priority__: ClassVar[int] = 100

    _initial_value: Tensor | None
    _initializer_op: Operation
    _trainable: bool
    _constraint: Callable[[Tensor], Any] | None
    _save_slice_info: partitions.SaveSliceInfo | None = None
    _in_graph_mode: ClassVar[bool] = True

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: VariableDef | None = None,
        dtype: DTypeLike | None = None,
        expected_shape: ShapeLike | None = None,
        import_scope: str | None = None,
        constraint: Callable[[Tensor], Any] | None = None,
        use_resource: bool | None = None,
        synchronization: VariableSynchronization = VariableSynchronization.AUTO,
        aggregation: VariableAggregation = VariableAggregation.NONE,
        shape: ShapeLike | None = None,
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
        shape: ShapeLike | None,
    ) -> None:
        raise NotImplementedError

    def _find_in_graph(self, variable_def: VariableDef, import_scope: str | None) -> None:
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

    def initialise_by(self, initializer: Any, initial_value: Tensor) -> None:
        """Gives the variable another initializer.

        Args:
          initializer: what assigns the value; an Operation, or a Tensor of one.
          initial_value: the value.
        """
        self._initializer_op = initializer
        self._initial_value = initial_value

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

    def set_shape(self, shape: ShapeLike | None) -> None:
        """Adds to what is statically known of the shape."""
        self._as_graph_element().set_shape(shape)
        self.value().set_shape(shape)

    def initialized_value(self) -> Tensor:
        """The value, or the initial value while the variable has none.

        Use it to initialise one variable from another.
        """
        with init_scope():
            result: Tensor = cond(
                is_variable_initialized(self), self.read_value, lambda: self.initial_value
            )
            return result

    def eval(self, session: Runs | None = None) -> Any:
        """The value in `session`, or in the default session."""
        return self._as_graph_element().eval(session=session)

    def load(self, value: Any, session: Runs | None = None) -> None:
        """Gives the variable a new value in a session, without adding to the graph.

        Args:
          value: an array of the variable's shape.
          session: the default session when None.

        Raises:
          ValueError: there is no session.
        """
        session = session or get_default_session()
        if session is None:
            raise ValueError(
                "Either session argument should be provided or default session should be "
                "established"
            )
        assign = getattr(self.initializer, "op", self.initializer)
        session.run(assign, {assign.inputs[1]: value})

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
        if not isinstance(sparse_delta, IndexedSlices):
            raise ValueError(f"sparse_delta is not IndexedSlices: {sparse_delta}")
        return function(self, sparse_delta.indices, sparse_delta.values, use_locking, name)

    def batch_scatter_update(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Replaces rows within each batch; see `tf.batch_scatter_update`."""
        return self._scatter(state.batch_scatter_update, sparse_delta, use_locking, name)

    def scatter_nd_sub(
        self, indices: TensorLike, updates: TensorLike, name: str | None = None
    ) -> Any:
        """Subtracts from slices of the variable; see `tf.scatter_nd_sub`."""
        return state.scatter_nd_sub(self, indices, updates, True, name)

    def scatter_nd_add(
        self, indices: TensorLike, updates: TensorLike, name: str | None = None
    ) -> Any:
        """Adds to slices of the variable; see `tf.scatter_nd_add`."""
        return state.scatter_nd_add(self, indices, updates, True, name)

    def scatter_nd_update(
        self, indices: TensorLike, updates: TensorLike, name: str | None = None
    ) -> Any:
        """Replaces slices of the variable; see `tf.scatter_nd_update`."""
        return state.scatter_nd_update(self, indices, updates, True, name)

    # Messages.

    @property
    def save_slice_info(self) -> partitions.SaveSliceInfo | None:
        """Which part of a larger variable this is; None where it is none."""
        return self._save_slice_info

    def _set_save_slice_info(self, save_slice_info: partitions.SaveSliceInfo | None) -> None:
        self._save_slice_info = save_slice_info

    def _get_save_slice_info(self) -> partitions.SaveSliceInfo | None:
        return self._save_slice_info

    def _snapshot_name(self) -> str:
        raise NotImplementedError

    def to_proto(self, export_scope: str | None = None) -> Any:
        """The VariableDef message; None when the variable is outside `export_scope`."""
        if export_scope is not None and not self.name.startswith(export_scope):
            return None
        message = protos.VariableDef(
            variable_name=strip_name_scope(self.name, export_scope),
            initializer_name=strip_name_scope(self.initializer.name, export_scope),
            snapshot_name=strip_name_scope(self._snapshot_name(), export_scope),
            trainable=self.trainable,
            is_resource=not self.dtype.is_ref_dtype,
            synchronization=_SYNCHRONIZATION_NAMES + self._synchronization.name,
            aggregation=_AGGREGATION_NAMES + self._aggregation.name,
        )
        # For backwards compatibility with graphs that were saved without it.
        if self._initial_value is not None:
            message.initial_value_name = strip_name_scope(self._initial_value.name, export_scope)
        if self._save_slice_info is not None:
            message.save_slice_info_def.MergeFrom(self._save_slice_info.to_proto(export_scope))
        return message

    @staticmethod
    def from_proto(variable_def: VariableDef, import_scope: str | None = None) -> Any:
        """The Variable that a VariableDef message describes; its nodes are in the default graph."""
        return _default_creator(
            use_resource=variable_def.is_resource,
            variable_def=variable_def,
            import_scope=import_scope,
        )

    def _find_common(self, variable_def: VariableDef, import_scope: str | None) -> Any:
        """Reads what both forms keep from a message; returns the variable's own element."""
        graph = scopes.get_default_graph()

        def element(name: str) -> Any:
            return graph.as_graph_element(prepend_name_scope(name, import_scope))

        self._initializer_op = element(variable_def.initializer_name)
        initial = variable_def.initial_value_name
        self._initial_value = element(initial) if initial else None
        self._trainable = variable_def.trainable
        self._synchronization = VariableSynchronization(variable_def.synchronization)
        self._aggregation = VariableAggregation(variable_def.aggregation)
        if variable_def.HasField("save_slice_info_def"):
            self._save_slice_info = partitions.SaveSliceInfo(
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


def is_tensor(x: Any) -> bool:
    """Whether an object is a tensor, a sparse one, or a variable."""
    return isinstance(x, (Tensor, SparseTensor, IndexedSlices, Variable))


def _convert_variable(
    value: Variable, dtype: DType | None = None, name: str | None = None, as_ref: bool = False
) -> Tensor:
    partitions.check_conversion(value, dtype)
    return value._ref() if as_ref and value.dtype.is_ref_dtype else value.value()


register_tensor_conversion_function(Variable, _convert_variable, 0)


register_collections(
    (
        GraphKeys.GLOBAL_VARIABLES,
        GraphKeys.LOCAL_VARIABLES,
        GraphKeys.METRIC_VARIABLES,
        GraphKeys.MODEL_VARIABLES,
        GraphKeys.TRAINABLE_VARIABLES,
        GraphKeys.MOVING_AVERAGE_VARIABLES,
        GraphKeys.GLOBAL_STEP,
    ),
    "VariableDef",
    Variable.to_proto,
    Variable.from_proto,
)
