"""tf.TensorArray: tensors by index, written one by one and read as often, mostly by loops."""

from __future__ import annotations

import contextlib
import copy
import re
from collections.abc import Iterator
from typing import Any

from tfsession import dtypes
from tfsession.dtypes import DTypeLike
from tfsession.graph.build import TensorLike, build, constant, convert_sizes, convert_to_tensor
from tfsession.graph.composites import IndexedSlices
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops.array import shape as shape_of
from tfsession.registry import family, gradient, no_gradient, op, ranks, shape
from tfsession.shapes import (
    Dims,
    ShapeLike,
    TensorShape,
    as_dims,
    concatenate_dims,
    dims_compatible,
    merge_dims,
    with_rank,
)

__all__ = [
    "TensorArray",
]

family(is_light=True)


# ---- TensorArrayV3 ----

op(
    "TensorArrayV3(size: int32) -> handle: resource, flow: float32",
    "dtype: type; element_shape: shape = unknown; dynamic_size: bool = false;"
    " clear_after_read: bool = true; identical_element_shapes: bool = false;"
    " tensor_array_name: string = ''",
    stateful=True,
)


@shape("TensorArrayV3")
def tensor_array_shape(size: Tensor) -> list[Dims]:
    with_rank(size.dims, 0)
    return [(2,), ()]


no_gradient("TensorArrayV3")


# ---- TensorArrayGradV3, TensorArrayGradWithShape ----

op(
    "TensorArrayGradV3(handle: resource, flow_in: float32)"
    " -> grad_handle: resource, flow_out: float32",
    "source: string",
    stateful=True,
)
op(
    "TensorArrayGradWithShape(handle: resource, flow_in: float32, shape_to_prepend: int32)"
    " -> grad_handle: resource, flow_out: float32",
    "source: string",
    stateful=True,
)


@shape("TensorArrayGradV3", "TensorArrayGradWithShape")
def tensor_array_grad_shape() -> list[Dims]:
    return [(2,), ()]


no_gradient("TensorArrayGradV3", "TensorArrayGradWithShape")


# ---- TensorArrayWriteV3 ----

op(
    "TensorArrayWriteV3(handle: resource, index: int32, value: T, flow_in: float32)"
    " -> flow_out: float32",
    "T: type",
    stateful=True,
)
op(
    "TensorArrayScatterV3(handle: resource, indices: int32, value: T, flow_in: float32)"
    " -> flow_out: float32",
    "T: type",
    stateful=True,
)
op(
    "TensorArraySplitV3(handle: resource, value: T, lengths: int64, flow_in: float32)"
    " -> flow_out: float32",
    "T: type",
    stateful=True,
)


ranks(
    "TensorArrayWriteV3",
    "TensorArrayScatterV3",
    "TensorArraySplitV3",
    index=0,
    indices=1,
    lengths=1,
    flow_in=0,
)


@shape("TensorArrayWriteV3", "TensorArrayScatterV3", "TensorArraySplitV3")
def flow_shape() -> Dims:
    return ()


def _source(op: Operation) -> str:
    """Which call of `tf.gradients` a gradient of `op` belongs to: the scope of that call.

    In it, the gradient has a scope of its own, named after `op`. TensorFlow looks at the names of
    other tensors instead, and tells the calls of second derivatives apart wrongly.
    """
    scope = op.graph.get_name_scope()
    own = re.search(rf"(^|/){re.escape(op.name)}_grad(_\d+)?$", scope)
    return scope if own is None else scope[: own.start()]


def _gradient_array(op: Operation, dtype: DTypeLike, flow: Tensor, source: str) -> Any:
    array = TensorArray(dtype, handle=op.inputs[0], flow=flow, colocate_with_first_write_call=False)
    return array.grad(source=source, flow=flow)


@gradient("TensorArrayWriteV3")
def write_gradient(op: Operation, dflow: Tensor) -> list[Any]:
    array = _gradient_array(op, op.attrs["T"], dflow, _source(op))
    return [None, None, array.read(op.inputs[1]), dflow]


# ---- TensorArrayReadV3 ----

op(
    "TensorArrayReadV3(handle: resource, index: int32, flow_in: float32) -> value: dtype",
    "dtype: type",
    stateful=True,
)


ranks("TensorArrayReadV3", index=0, flow_in=0)


@shape("TensorArrayReadV3")
def read_shape() -> Dims:
    return None


@gradient("TensorArrayReadV3")
def read_gradient(op: Operation, dy: Tensor) -> list[Any]:
    _, index, flow = op.inputs
    array = _gradient_array(op, op.attrs["dtype"], flow, _source(op))
    return [None, None, array.write(index, dy).flow]


# ---- TensorArrayGatherV3 ----

op(
    "TensorArrayGatherV3(handle: resource, indices: int32, flow_in: float32) -> value: dtype",
    "dtype: type; element_shape: shape = unknown",
    stateful=True,
)


ranks("TensorArrayGatherV3", flow_in=0)


@shape("TensorArrayGatherV3")
def gather_shape(indices: Tensor, element_shape: Dims) -> Dims:
    return concatenate_dims(with_rank(indices.dims, 1), element_shape)


@gradient("TensorArrayGatherV3")
def gather_gradient(op: Operation, dy: Tensor) -> list[Any]:
    _, indices, flow = op.inputs
    array = _gradient_array(op, op.attrs["dtype"], flow, _source(op))
    return [None, None, array.scatter(indices, dy).flow]


# ---- TensorArrayScatterV3 ----


@gradient("TensorArrayScatterV3")
def scatter_gradient(op: Operation, dflow: Tensor) -> list[Any]:
    array = _gradient_array(op, op.attrs["T"], dflow, _source(op))
    return [None, None, array.gather(op.inputs[1]), dflow]


# ---- TensorArrayConcatV3 ----

op(
    "TensorArrayConcatV3(handle: resource, flow_in: float32) -> value: dtype, lengths: int64",
    "dtype: type; element_shape_except0: shape = unknown",
    stateful=True,
)


ranks("TensorArrayConcatV3", flow_in=0)


@shape("TensorArrayConcatV3")
def concat_shape(element_shape_except0: Dims) -> list[Dims]:
    rest = element_shape_except0
    return [None if rest is None else (None, *rest), (None,)]


@gradient("TensorArrayConcatV3")
def concat_gradient(op: Operation, dy: Tensor, _: Any) -> list[Any]:
    array = _gradient_array(op, op.attrs["dtype"], op.inputs[1], _source(op))
    return [None, array.split(dy, op.outputs[1]).flow]


# ---- TensorArraySplitV3 ----


@gradient("TensorArraySplitV3")
def split_gradient(op: Operation, dflow: Tensor) -> list[Any]:
    array = _gradient_array(op, op.attrs["T"], dflow, _source(op))
    return [None, array.concat(), None, dflow]


# ---- TensorArraySizeV3, TensorArrayCloseV3 ----

op("TensorArraySizeV3(handle: resource, flow_in: float32) -> size: int32", stateful=True)
op("TensorArrayCloseV3(handle: resource)", stateful=True)


@shape("TensorArraySizeV3")
def size_shape() -> Dims:
    return ()


@shape("TensorArrayCloseV3")
def close_shape() -> list[Dims]:
    return []


no_gradient("TensorArraySizeV3", "TensorArrayCloseV3")


class TensorArray:
    """Tensors by index.

    What is written is read through the array that the writing returns: its `flow` orders what
    happens. In a loop, the array is a loop variable.

    Args:
      dtype: of the elements.
      size: how many there are; needed where `handle` is None.
      dynamic_size: whether writing behind the end makes the array longer.
      clear_after_read: whether an element can be read only once; True when None.
      tensor_array_name: what messages call it.
      handle: the handle of an array that exists.
      flow: the flow of an array that exists.
      infer_shape: whether all elements have the same shape.
      element_shape: what is known of that shape.
      colocate_with_first_write_call: whether the array goes on the device of what is written.
      name: a name for the operation.

    Raises:
      ValueError: both or neither of `size` and `handle` are given, or what needs `size` is given
        with `handle`.
      TypeError: `clear_after_read` is not a bool.

    Source: TensorFlow 1.15 `tf.TensorArray`.
    """

    def __init__(
        self,
        dtype: DTypeLike,
        size: TensorLike | None = None,
        dynamic_size: bool | None = None,
        clear_after_read: bool | None = None,
        tensor_array_name: str | None = None,
        handle: Tensor | None = None,
        flow: Any = None,
        infer_shape: bool = True,
        element_shape: ShapeLike | None = None,
        colocate_with_first_write_call: bool = True,
        name: str | None = None,
    ) -> None:
        """Creates an array, or takes up one that exists."""
        if handle is not None and size is not None:
            raise ValueError("Cannot provide both a handle and size at the same time")
        if handle is not None and (tensor_array_name or element_shape is not None):
            what = "tensor_array_name" if tensor_array_name else "element_shape"
            raise ValueError(f"Cannot provide both a handle and {what} at the same time")
        if handle is not None and dynamic_size is not None:
            raise ValueError("Cannot provide both a handle and dynamic_size at the same time")
        if handle is not None and clear_after_read is not None:
            raise ValueError("Cannot provide both a handle and clear_after_read at the same time")
        if handle is None and size is None:
            raise ValueError("Size must be provided if handle is not provided")
        clears = True if clear_after_read is None else clear_after_read
        if not isinstance(clears, bool):
            raise TypeError(f"clear_after_read: expected a bool, got {clears!r}")
        self._dtype = dtypes.as_dtype(dtype).base_dtype
        self._dynamic_size = bool(dynamic_size)
        self._infer_shape = infer_shape
        self._element_shape: Dims = None if element_shape is None else as_dims(element_shape)
        # What has been written first; shared by all arrays that writing has returned.
        self._colocate_with: list[Operation] | None = [] if colocate_with_first_write_call else None
        with name_scope(name, "TensorArray", [handle, size, flow]) as scope:
            if handle is not None:
                self._handle: Tensor = handle
                self._flow: Tensor = flow if flow is not None else constant(0.0, dtypes.float32)
                return
            size = convert_sizes(size, "size")
            graph = size.graph
            with contextlib.ExitStack() as stack:
                if colocate_with_first_write_call:
                    stack.enter_context(graph.device(None))
                    stack.enter_context(graph.colocate_with(None, ignore_existing=True))
                self._handle, self._flow = build(
                    "TensorArrayV3",
                    size,
                    dtype=self._dtype,
                    element_shape=self._element_shape,
                    dynamic_size=self._dynamic_size,
                    clear_after_read=clears,
                    identical_element_shapes=infer_shape,
                    tensor_array_name=tensor_array_name or "",
                    name=scope,
                )

    @property
    def flow(self) -> Tensor:
        """A scalar that stands for the state of the array."""
        return self._flow

    @property
    def dtype(self) -> dtypes.DType:
        """The dtype of the elements."""
        return self._dtype

    @property
    def handle(self) -> Tensor:
        """The handle of the array."""
        return self._handle

    @property
    def element_shape(self) -> TensorShape:
        """What is known of the shape of the elements."""
        return TensorShape(self._element_shape)

    @property
    def dynamic_size(self) -> bool:
        """Whether writing behind the end makes the array longer."""
        return self._dynamic_size

    # -- Shapes --

    def _check_element(self, dims: Dims) -> None:
        """Raises ValueError where an element cannot have this shape; else learns from it."""
        if not dims_compatible(self._element_shape, dims):
            raise ValueError(
                "Inconsistent shapes: saw "
                f"{TensorShape(dims)} but expected {TensorShape(self._element_shape)}"
            )
        if self._infer_shape:
            self._element_shape = merge_dims(self._element_shape, dims)

    @contextlib.contextmanager
    def _beside(self, value: Any) -> Iterator[None]:
        """Places the array beside the first value that is written."""
        graph = self._handle.graph
        if self._colocate_with is None:
            yield
            return
        if not self._colocate_with:
            self._colocate_with.append(value.op)
        with graph.colocate_with(self._colocate_with[0], ignore_existing=True):
            yield

    # -- Operations --

    def identity(self) -> TensorArray:
        """The same array, for others to wait for."""
        return with_flow(self, build("Identity", self._flow))

    def grad(self, source: str, flow: Tensor | None = None, name: str | None = None) -> TensorArray:
        """The array of the gradients of the elements.

        Args:
          source: which gradients: one array exists for each name.
          flow: the flow of this array that the gradients come after; its own when None.
          name: a name for the scope of the operations.
        """
        flow = self._flow if flow is None else flow
        graph = self._handle.graph
        with name_scope(name, "TensorArrayGrad", [self._handle]):
            with graph.colocate_with(self._handle.op):
                handle, _ = build("TensorArrayGradV3", self._handle, flow, source=source, name=name)
                with graph.control_dependencies([handle]):
                    flow = build("Identity", flow, name="gradient_flow")
                result = TensorArray(
                    self._dtype,
                    handle=handle,
                    flow=flow,
                    infer_shape=self._infer_shape,
                    colocate_with_first_write_call=False,
                )
                result._element_shape = self._element_shape
                return result

    def read(self, index: TensorLike, name: str | None = None) -> Tensor:
        """The element at `index`, a scalar int32."""
        value: Tensor = build(
            "TensorArrayReadV3",
            self._handle,
            index,
            self._flow,
            dtype=self._dtype,
            name=name,
        )
        if self._element_shape is not None:
            value.set_shape(self._element_shape)
        return value

    def write(self, index: TensorLike, value: TensorLike, name: str | None = None) -> TensorArray:
        """Writes an element.

        Returns:
          The array after that.

        Raises:
          ValueError: `value` has another dtype, or not the shape of the elements.
        """
        with name_scope(name, "TensorArrayWrite", [self._handle, index, value]):
            tensor = _tensor(value, self._dtype)
            self._check_element(tensor.dims)
            with self._beside(tensor):
                flow = build(
                    "TensorArrayWriteV3", self._handle, index, tensor, self._flow, name=name
                )
            return with_flow(self, flow)

    def stack(self, name: str | None = None) -> Tensor:
        """All elements, along a new first axis."""
        graph = self._handle.graph
        with (
            graph.colocate_with(self._handle.op),
            name_scope(name, "TensorArrayStack", [self._handle]),
        ):
            return self.gather(_indices(self.size()), name=name)

    def gather(self, indices: TensorLike, name: str | None = None) -> Tensor:
        """Some elements, along a new first axis."""
        value: Tensor = build(
            "TensorArrayGatherV3",
            self._handle,
            indices,
            self._flow,
            dtype=self._dtype,
            element_shape=self._element_shape,
            name=name,
        )
        if self._element_shape is not None:
            value.set_shape((None, *self._element_shape))
        return value

    def concat(self, name: str | None = None) -> Tensor:
        """All elements one after the other, along their first axis."""
        rest = self._element_shape[1:] if self._element_shape else None
        value: Tensor = build(
            "TensorArrayConcatV3",
            self._handle,
            self._flow,
            dtype=self._dtype,
            element_shape_except0=rest,
            name=name,
        )[0]
        if rest is not None:
            value.set_shape((None, *rest))
        return value

    def unstack(self, value: TensorLike, name: str | None = None) -> TensorArray:
        """Writes the rows of a tensor as elements 0, 1, ...

        Returns:
          The array after that.
        """
        with name_scope(name, "TensorArrayUnstack", [self._handle, value]):
            tensor = _tensor(value, self._dtype)
            count = shape_of(tensor)[0]
            return self.scatter(_indices(count), tensor, name=name)

    def scatter(
        self, indices: TensorLike, value: TensorLike, name: str | None = None
    ) -> TensorArray:
        """Writes the rows of a tensor as some of the elements.

        Returns:
          The array after that.

        Raises:
          ValueError: `value` has another dtype, or its rows not the shape of the elements.
        """
        with name_scope(name, "TensorArrayScatter", [self._handle, value, indices]):
            tensor = _tensor(value, self._dtype)
            if tensor.dims is not None:
                self._check_element(tensor.dims[1:])
            with self._beside(tensor):
                flow = build(
                    "TensorArrayScatterV3", self._handle, indices, tensor, self._flow, name=name
                )
            return with_flow(self, flow)

    def split(self, value: TensorLike, lengths: TensorLike, name: str | None = None) -> TensorArray:
        """Writes parts of a tensor as elements 0, 1, ...

        Args:
          value: a tensor, of which element i gets the next `lengths[i]` rows.
          lengths: ints.
          name: a name for the operation.

        Returns:
          The array after that.
        """
        with name_scope(name, "TensorArraySplit", [self._handle, value, lengths]):
            tensor = _tensor(value, self._dtype)
            lengths = convert_to_tensor(lengths)
            if lengths.dtype is not dtypes.int64:
                lengths = build("Cast", lengths, DstT=dtypes.int64)
            known = constant_value(lengths)
            if tensor.dims is not None:
                same = known is not None and known.size > 0 and (known == known.flat[0]).all()
                length = int(known.flat[0]) if same and known is not None else None
                if length is not None or not self._infer_shape or known is None:
                    self._check_element((length, *tensor.dims[1:]))
            with self._beside(tensor):
                flow = build(
                    "TensorArraySplitV3", self._handle, tensor, lengths, self._flow, name=name
                )
            return with_flow(self, flow)

    def size(self, name: str | None = None) -> Tensor:
        """How many elements there are, a scalar int32."""
        result: Tensor = build("TensorArraySizeV3", self._handle, self._flow, name=name)
        return result

    def close(self, name: str | None = None) -> Operation:
        """Gives the elements back; the array cannot be used any more."""
        operation: Operation = build("TensorArrayCloseV3", self._handle, name=name)
        return operation


def with_flow(array: TensorArray, flow: Tensor) -> TensorArray:
    """The same array in the state that a flow stands for."""
    # Every array takes a scope, and with it a number of its name.
    with name_scope(None, "TensorArray", [array.handle, flow]):
        result = copy.copy(array)
    result._flow = flow
    return result


def _indices(count: Tensor) -> Tensor:
    """0, 1, ... up to a count."""
    with name_scope(None, "range", [count]) as scope:
        start, delta = (constant(n, dtypes.int32, name) for n, name in ((0, "start"), (1, "delta")))
        indices: Tensor = build("Range", start, count, delta, name=scope)
        return indices


def _tensor(value: Any, dtype: dtypes.DType) -> Tensor:
    if isinstance(value, IndexedSlices):
        value = convert_to_tensor(value)
    return convert_to_tensor(value, preferred_dtype=dtype, name="value")
