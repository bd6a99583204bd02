"""Ops on arrays of tensors. What users call are the methods of tfsession/tensor_array.py."""

from __future__ import annotations

from typing import Any

from tfsession.graph.build import build
from tfsession.graph.operation import Operation, Tensor
from tfsession.registry import gradient, no_gradient, op, shape
from tfsession.shapes import Dims, concatenate_dims, with_rank

__all__: list[str] = []

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


@shape("TensorArrayWriteV3", "TensorArrayScatterV3", "TensorArraySplitV3")
def flow_shape() -> Dims:
    return ()


def _source(name: str) -> str:
    """Which call of `tf.gradients` a gradient belongs to: the scope that it is in.

    Raises:
      ValueError: it is in none.
    """
    parts = name.split("/")
    positions = [i for i, part in enumerate(parts) if part.startswith("gradients")]
    if not positions:
        raise ValueError(
            f"Expected op/tensor name to start with gradients (excluding scope), got: {name}"
        )
    return "/".join(parts[: positions[-1] + 1])


def _gradient_array(op: Operation, dtype: Any, flow: Tensor, source: str) -> Any:
    from tfsession.tensor_array import TensorArray

    array = TensorArray(dtype, handle=op.inputs[0], flow=flow, colocate_with_first_write_call=False)
    return array.grad(source=source, flow=flow)


def _behind(op: Operation, dflow: Tensor) -> Tensor:
    """The flow of the gradient, once the forward operation has run."""
    flow = build("Identity", op.outputs[0], name="flow_out")
    with dflow.graph.control_dependencies([flow]):
        result: Tensor = build("Identity", dflow, name="write_barrier")
    return result


@gradient("TensorArrayWriteV3")
def write_gradient(op: Operation, dflow: Tensor) -> list[Any]:
    array = _gradient_array(op, op.attrs["T"], _behind(op, dflow), _source(dflow.name))
    return [None, None, array.read(op.inputs[1]), dflow]


# ---- TensorArrayReadV3 ----

op(
    "TensorArrayReadV3(handle: resource, index: int32, flow_in: float32) -> value: dtype",
    "dtype: type",
    stateful=True,
)


@shape("TensorArrayReadV3")
def read_shape() -> Dims:
    return None


@gradient("TensorArrayReadV3")
def read_gradient(op: Operation, dy: Tensor) -> list[Any]:
    _, index, flow = op.inputs
    array = _gradient_array(op, op.attrs["dtype"], flow, _source(dy.name))
    return [None, None, array.write(index, dy).flow]


# ---- TensorArrayGatherV3 ----

op(
    "TensorArrayGatherV3(handle: resource, indices: int32, flow_in: float32) -> value: dtype",
    "dtype: type; element_shape: shape = unknown",
    stateful=True,
)


@shape("TensorArrayGatherV3")
def gather_shape(indices: Tensor, element_shape: Dims) -> Dims:
    return concatenate_dims(with_rank(indices.dims, 1), element_shape)


@gradient("TensorArrayGatherV3")
def gather_gradient(op: Operation, dy: Tensor) -> list[Any]:
    _, indices, flow = op.inputs
    array = _gradient_array(op, op.attrs["dtype"], flow, _source(dy.name))
    return [None, None, array.scatter(indices, dy).flow]


# ---- TensorArrayScatterV3 ----


@gradient("TensorArrayScatterV3")
def scatter_gradient(op: Operation, dflow: Tensor) -> list[Any]:
    array = _gradient_array(op, op.attrs["T"], _behind(op, dflow), _source(dflow.name))
    return [None, None, array.gather(op.inputs[1]), dflow]


# ---- TensorArrayConcatV3 ----

op(
    "TensorArrayConcatV3(handle: resource, flow_in: float32) -> value: dtype, lengths: int64",
    "dtype: type; element_shape_except0: shape = unknown",
    stateful=True,
)


@shape("TensorArrayConcatV3")
def concat_shape(element_shape_except0: Dims) -> list[Dims]:
    rest = element_shape_except0
    return [None if rest is None else (None, *rest), (None,)]


@gradient("TensorArrayConcatV3")
def concat_gradient(op: Operation, dy: Tensor, _: Any) -> list[Any]:
    array = _gradient_array(op, op.attrs["dtype"], op.inputs[1], _source(dy.name))
    return [None, array.split(dy, op.outputs[1]).flow]


# ---- TensorArraySplitV3 ----


@gradient("TensorArraySplitV3")
def split_gradient(op: Operation, dflow: Tensor) -> list[Any]:
    array = _gradient_array(op, op.attrs["T"], _behind(op, dflow), _source(dflow.name))
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
