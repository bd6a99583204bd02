"""Reference variables: `VariableV2` operations, whose output refers to the buffer."""

from __future__ import annotations

from typing import Any

from tfsession.dtypes import DType
from tfsession.graph import scopes
from tfsession.graph.build import TensorLike, build
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops import state
from tfsession.ops.state import is_variable_initialized, variable_op_v2
from tfsession.protos import VariableDef
from tfsession.shapes import ShapeLike, TensorShape, as_dims
from tfsession.variables.initial_values import (
    check_outside_control_flow,
    colocated_with_future,
    guarded,
    initial_tensor,
)
from tfsession.variables.variable import Variable


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
        shape: ShapeLike | None,
    ) -> None:
        graph = scopes.get_default_graph()
        if callable(initial_value):
            with colocated_with_future(graph, scope[:-1]):
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

    def _operation(
        self, value: Tensor, scope: str, validate_shape: bool, shape: ShapeLike | None
    ) -> Tensor:
        if shape is not None:
            dims = as_dims(shape)
        else:
            dims = value.dims if validate_shape else None
        return variable_op_v2(dims, value.dtype.base_dtype, name=scope)

    def _find_in_graph(self, variable_def: VariableDef, import_scope: str | None) -> None:
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
        value: TensorLike,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        result = state.assign(self._variable, value, use_locking=use_locking, name=name)
        return result if read_value else result.op

    def assign_add(
        self,
        delta: TensorLike,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        result = state.assign_add(self._variable, delta, use_locking=use_locking, name=name)
        return result if read_value else result.op

    def assign_sub(
        self,
        delta: TensorLike,
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

    def sparse_read(self, indices: TensorLike, name: str | None = None) -> Tensor:
        tensor: Tensor = build("GatherV2", self.value(), indices, 0, name=name)
        return tensor

    def gather_nd(self, indices: TensorLike, name: str | None = None) -> Tensor:
        tensor: Tensor = build("GatherNd", self.value(), indices, name=name)
        return tensor
