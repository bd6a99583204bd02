"""Kernels of the ops on accumulators."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.registry import kernel
from tfsession.resources.accumulators import Accumulator, DenseAccumulator, SparseAccumulator
from tfsession.resources.queues import unique_name

from .handles import behind, made_handle

Array = Any


def _made(resources: Any, op: Any) -> Any:
    """What operations of one shared name share."""
    attrs = op.attrs
    is_sparse = op.type == "SparseConditionalAccumulator"
    kind = SparseAccumulator if is_sparse else DenseAccumulator
    described = attrs["dtype"], attrs["shape"], attrs["reduction_type"]
    name = attrs["shared_name"].decode() or unique_name(op.name)

    def make() -> Accumulator:
        return kind(name, *described)

    return resources.lookup_or_create(attrs["container"].decode(), kind.__name__, name, make)


@kernel("ResourceConditionalAccumulator", "SparseConditionalAccumulator", device="CPU", state=_made)
def accumulator_handle(xp: Any, state: Accumulator) -> Any:
    return made_handle(state)


@kernel("ResourceAccumulatorNumAccumulated", "AccumulatorNumAccumulated", device="CPU", blocks=True)
def number_accumulated(xp: Any, handle: Array) -> Any:
    return np.int32(behind(handle).size())


@kernel("ResourceAccumulatorSetGlobalStep", "AccumulatorSetGlobalStep", device="CPU", blocks=True)
def set_global_step(xp: Any, handle: Array, new_global_step: Array) -> None:
    behind(handle).set_step(int(new_global_step))


@kernel("ResourceAccumulatorApplyGradient", device="CPU", blocks=True)
def apply_gradient(xp: Any, handle: Array, local_step: Array, gradient: Array) -> None:
    behind(handle).apply(int(local_step), np.asarray(gradient))


@kernel("ResourceAccumulatorTakeGradient", device="CPU", blocks=True)
def take_gradient(xp: Any, handle: Array, num_required: Array) -> Array:
    return behind(handle).take(int(num_required))


@kernel("SparseAccumulatorApplyGradient", device="CPU", blocks=True)
def apply_sparse_gradient(
    xp: Any,
    handle: Array,
    local_step: Array,
    gradient_indices: Array,
    gradient_values: Array,
    gradient_shape: Array,
    has_known_shape: bool,
) -> None:
    sizes = gradient_shape if has_known_shape else None
    gradient = np.asarray(gradient_indices), np.asarray(gradient_values), sizes
    behind(handle).apply(int(local_step), gradient)


@kernel("SparseAccumulatorTakeGradient", device="CPU", blocks=True)
def take_sparse_gradient(xp: Any, handle: Array, num_required: Array) -> Any:
    return behind(handle).take(int(num_required))
