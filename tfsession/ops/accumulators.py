"""Accumulators: their ops, and the classes that stand for them.

They add up the gradients that several workers have computed at one global step; gradients of steps
before that one are dropped. Their operations wait, on the CPU, until enough are there.
"""

from __future__ import annotations

from typing import Any

from tfsession import dtypes
from tfsession.dtypes import DType, DTypeLike, as_dtype
from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.composites import IndexedSlices
from tfsession.graph.operation import Operation, Tensor
from tfsession.ops.math import cast
from tfsession.registry import family, op, ranks, shape, undefined_gradient
from tfsession.shapes import Dims, ShapeLike, TensorShape, as_shape

__all__ = [
    "ConditionalAccumulator",
    "ConditionalAccumulatorBase",
    "SparseConditionalAccumulator",
]

family(is_light=True)

_NUMBERS = (
    "float32, float64, int32, uint8, int16, int8, complex64, int64, qint8, quint8, qint32,"
    " bfloat16, uint16, complex128, float16, uint32, uint64"
)
_ATTRIBUTES = (
    f"dtype: {{{_NUMBERS}}}; shape: shape; container: string = ''; shared_name: string = '';"
    " reduction_type: {'MEAN', 'SUM'} = 'MEAN'"
)
_DTYPE = f"dtype: {{{_NUMBERS}}}"

# ---- ResourceConditionalAccumulator and what is done with it ----

op("ResourceConditionalAccumulator() -> handle: resource", _ATTRIBUTES, stateful=True)
op("ResourceAccumulatorNumAccumulated(handle: resource) -> num_accumulated: int32", stateful=True)
op(
    "ResourceAccumulatorSetGlobalStep(handle: resource, new_global_step: int64)",
    stateful=True,
)
op(
    "ResourceAccumulatorApplyGradient(handle: resource, local_step: int64, gradient: dtype)",
    _DTYPE,
    stateful=True,
)
op(
    "ResourceAccumulatorTakeGradient(handle: resource, num_required: int32) -> average: dtype",
    _DTYPE,
    stateful=True,
)

# ---- SparseConditionalAccumulator and what is done with it ----

op("SparseConditionalAccumulator() -> handle: Ref(string)", _ATTRIBUTES, stateful=True)
op("AccumulatorNumAccumulated(handle: Ref(string)) -> num_accumulated: int32", stateful=True)
op("AccumulatorSetGlobalStep(handle: Ref(string), new_global_step: int64)", stateful=True)
op(
    "SparseAccumulatorApplyGradient(handle: Ref(string), local_step: int64,"
    " gradient_indices: int64, gradient_values: dtype, gradient_shape: int64)",
    f"{_DTYPE}; has_known_shape: bool",
    stateful=True,
)
op(
    "SparseAccumulatorTakeGradient(handle: Ref(string), num_required: int32)"
    " -> indices: int64, values: dtype, shape: int64",
    _DTYPE,
    stateful=True,
)


@shape("ResourceConditionalAccumulator", "SparseConditionalAccumulator")
def accumulator_handle_shape() -> Dims:
    return (2,)


@shape("ResourceAccumulatorNumAccumulated", "AccumulatorNumAccumulated")
def number_accumulated_shape() -> Dims:
    return ()


@shape(
    "ResourceAccumulatorSetGlobalStep",
    "ResourceAccumulatorApplyGradient",
    "AccumulatorSetGlobalStep",
    "SparseAccumulatorApplyGradient",
)
def accumulator_write_shape() -> list[Dims]:
    return []


@shape("ResourceAccumulatorTakeGradient")
def take_gradient_shape() -> Dims:
    return None


@shape("SparseAccumulatorTakeGradient")
def take_sparse_gradient_shape() -> list[Dims]:
    return [None, None, None]


ranks(
    "ResourceAccumulatorSetGlobalStep",
    "ResourceAccumulatorApplyGradient",
    "ResourceAccumulatorTakeGradient",
    "AccumulatorSetGlobalStep",
    "SparseAccumulatorApplyGradient",
    "SparseAccumulatorTakeGradient",
    new_global_step=0,
    local_step=0,
    num_required=0,
)
undefined_gradient(
    "ResourceConditionalAccumulator",
    "ResourceAccumulatorNumAccumulated",
    "ResourceAccumulatorSetGlobalStep",
    "ResourceAccumulatorApplyGradient",
    "ResourceAccumulatorTakeGradient",
    "SparseConditionalAccumulator",
    "AccumulatorNumAccumulated",
    "AccumulatorSetGlobalStep",
    "SparseAccumulatorApplyGradient",
    "SparseAccumulatorTakeGradient",
)


# ---- The classes ----


class ConditionalAccumulatorBase:
    """What accumulators of dense and of sparse gradients have in common.

    Source: TensorFlow 1.15 `tf.ConditionalAccumulatorBase`.
    """

    # The ops; those of sparse gradients have others.
    _number = "ResourceAccumulatorNumAccumulated"
    _set_step = "ResourceAccumulatorSetGlobalStep"

    def __init__(self, dtype: DTypeLike, shape: ShapeLike | None, accumulator_ref: Tensor) -> None:
        """Describes an accumulator.

        Args:
          dtype: of the gradients.
          shape: what is known of their shape.
          accumulator_ref: the handle.
        """
        self._dtype = as_dtype(dtype)
        self._shape = TensorShape(None) if shape is None else as_shape(shape)
        self._accumulator_ref = accumulator_ref
        self._name = accumulator_ref.op.name.split("/")[-1]

    @property
    def accumulator_ref(self) -> Tensor:
        """The handle."""
        return self._accumulator_ref

    @property
    def name(self) -> str:
        """The name of the operation that makes the accumulator, without its scope."""
        return self._name

    @property
    def dtype(self) -> DType:
        """The dtype of the gradients."""
        return self._dtype

    def num_accumulated(self, name: str | None = None) -> Tensor:
        """Returns how many gradients have been added up, an int32 scalar."""
        name = name or f"{self._name}_NumAccumulated"
        result: Tensor = build(self._number, self._accumulator_ref, name=name)
        return result

    def set_global_step(self, new_global_step: TensorLike, name: str | None = None) -> Operation:
        """Sets the global step: gradients of steps before it are dropped.

        Args:
          new_global_step: an integer scalar.
          name: a name for the operation.
        """
        step = _int64(new_global_step)
        result: Operation = build(self._set_step, self._accumulator_ref, step, name=name)
        return result


class ConditionalAccumulator(ConditionalAccumulatorBase):
    """Adds up dense gradients.

    Source: TensorFlow 1.15 `tf.ConditionalAccumulator`.
    """

    def __init__(
        self,
        dtype: DTypeLike,
        shape: ShapeLike | None = None,
        shared_name: str | None = None,
        name: str = "conditional_accumulator",
        reduction_type: str = "MEAN",
    ) -> None:
        """Makes one.

        Args:
          dtype: of the gradients.
          shape: what is known of their shape.
          shared_name: accumulators of this name are one, in all graphs of a session's container.
          name: a name for the operation.
          reduction_type: "MEAN" or "SUM".

        Raises:
          ValueError: `reduction_type` is another one.
        """
        handle = _made("ResourceConditionalAccumulator", locals())
        super().__init__(dtype, shape, handle)

    def apply_grad(
        self, grad: TensorLike, local_step: TensorLike = 0, name: str | None = None
    ) -> Operation:
        """Adds a gradient; one of a step before the global step is dropped.

        Args:
          grad: of the accumulator's dtype and shape.
          local_step: an integer scalar, the step at which it was computed.
          name: a name for the operation.

        Raises:
          ValueError: the static shape is another one.
        """
        gradient = convert_to_tensor(grad, self._dtype)
        gradient.get_shape().assert_is_compatible_with(self._shape)
        result: Operation = build(
            "ResourceAccumulatorApplyGradient",
            self._accumulator_ref,
            _int64(local_step),
            gradient,
            name=name,
        )
        return result

    def take_grad(self, num_required: TensorLike, name: str | None = None) -> Tensor:
        """Takes the mean or the sum of the gradients, and goes on to the next global step.

        Args:
          num_required: an int32 scalar: how many gradients to wait for.
          name: a name for the operation.

        Returns:
          a Tensor of the accumulator's dtype and shape.

        Raises:
          InvalidArgumentError: in the run, `num_required` is not positive.
        """
        result: Tensor = build(
            "ResourceAccumulatorTakeGradient",
            self._accumulator_ref,
            num_required,
            dtype=self._dtype,
            name=name,
        )
        result.set_shape(self._shape)
        return result


class SparseConditionalAccumulator(ConditionalAccumulatorBase):
    """Adds up gradients that are rows of a tensor; the mean of a row is over those that have it.

    Source: TensorFlow 1.15 `tf.SparseConditionalAccumulator`.
    """

    _number = "AccumulatorNumAccumulated"
    _set_step = "AccumulatorSetGlobalStep"

    def __init__(
        self,
        dtype: DTypeLike,
        shape: ShapeLike | None = None,
        shared_name: str | None = None,
        name: str = "sparse_conditional_accumulator",
        reduction_type: str = "MEAN",
    ) -> None:
        """Makes one; see ConditionalAccumulator."""
        handle = _made("SparseConditionalAccumulator", locals())
        super().__init__(dtype, shape, handle)

    def apply_indexed_slices_grad(
        self, grad: IndexedSlices, local_step: TensorLike = 0, name: str | None = None
    ) -> Operation:
        """Adds a gradient; see `apply_grad`."""
        return self.apply_grad(grad.indices, grad.values, grad.dense_shape, local_step, name)

    def apply_grad(
        self,
        grad_indices: TensorLike,
        grad_values: TensorLike,
        grad_shape: TensorLike | None = None,
        local_step: TensorLike = 0,
        name: str | None = None,
    ) -> Operation:
        """Adds a gradient; one of a step before the global step is dropped.

        Args:
          grad_indices: an integer vector [n], the rows that the gradient has, in order.
          grad_values: [n, ...], of the accumulator's dtype.
          grad_shape: an integer vector, the shape of the whole tensor, where it is known.
          local_step: an integer scalar, the step at which it was computed.
          name: a name for the operation.

        Raises:
          InvalidArgumentError: in the run, shapes do not fit.
        """
        step, indices = _int64(local_step), _int64(grad_indices)
        sizes = [] if grad_shape is None else grad_shape
        result: Operation = build(
            "SparseAccumulatorApplyGradient",
            self._accumulator_ref,
            step,
            indices,
            grad_values,
            _int64(sizes),
            has_known_shape=grad_shape is not None,
            dtype=self._dtype,
            name=name,
        )
        return result

    def take_grad(self, num_required: TensorLike, name: str | None = None) -> Any:
        """Takes the mean or the sum of the gradients, and goes on to the next global step.

        Args:
          num_required: an int32 scalar: how many gradients to wait for.
          name: a name for the operation.

        Returns:
          `indices`, `values` and `shape`, a named tuple; a size that is not known is -1.
        """
        return build(
            "SparseAccumulatorTakeGradient",
            self._accumulator_ref,
            num_required,
            dtype=self._dtype,
            name=name,
        )

    def take_indexed_slices_grad(
        self, num_required: TensorLike, name: str | None = None
    ) -> IndexedSlices:
        """`take_grad` as IndexedSlices."""
        found = self.take_grad(num_required, name)
        return IndexedSlices(found.values, found.indices, found.shape)


def _made(op_type: str, given: dict[str, Any]) -> Tensor:
    """The handle of an accumulator that has been asked for with these arguments."""
    result: Tensor = build(
        op_type,
        dtype=as_dtype(given["dtype"]),
        shape=given["shape"],
        shared_name=given["shared_name"] or "",
        reduction_type=given["reduction_type"],
        name=given["name"],
    )
    return result


def _int64(value: TensorLike) -> Tensor:
    result: Tensor = cast(value, dtypes.int64)
    return result
