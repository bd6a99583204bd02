"""Resource variables: `VarHandleOp` operations, whose output is a handle."""

from __future__ import annotations

from typing import Any

from tfsession.dtypes import DType
from tfsession.graph import scopes
from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.protos import VariableDef
from tfsession.shapes import ShapeLike, TensorShape, as_dims
from tfsession.variables.initial_values import (
    check_outside_control_flow,
    colocated_with_future,
    guarded,
    initial_tensor,
)
from tfsession.variables.variable import Variable


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
        shape: ShapeLike | None,
    ) -> None:
        graph = scopes.get_default_graph()
        name = scope[:-1]
        with colocated_with_future(graph, name):
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
            build("VarIsInitializedOp", self._handle)
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

    def _find_in_graph(self, variable_def: VariableDef, import_scope: str | None) -> None:
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
        value: TensorLike,
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
        delta: TensorLike,
        use_locking: bool | None = None,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        with self.graph.as_default():
            tensor = convert_to_tensor(delta, self.dtype)
            return self._updated("AssignAddVariableOp", tensor, name, read_value)

    def assign_sub(
        self,
        delta: TensorLike,
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

    def sparse_read(self, indices: TensorLike, name: str | None = None) -> Tensor:
        with name_scope("Gather" if name is None else name) as scope:
            value = build("ResourceGather", self._handle, indices, dtype=self.dtype, name=scope)
        tensor: Tensor = build("Identity", value)
        return tensor

    def gather_nd(self, indices: TensorLike, name: str | None = None) -> Tensor:
        with name_scope("GatherNd" if name is None else name) as scope:
            value = build("ResourceGatherNd", self._handle, indices, dtype=self.dtype, name=scope)
        tensor: Tensor = build("Identity", value)
        return tensor

    def numpy(self) -> Any:
        """The value, in eager execution: there is none.

        Raises:
          NotImplementedError: always.
        """
        raise NotImplementedError("numpy() is only available when eager execution is enabled.")

    def set_shape(self, shape: ShapeLike | None) -> None:
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


def is_resource_variable(variable: Any) -> bool:
    """Whether `variable` is a resource variable."""
    return isinstance(variable, ResourceVariable)
