"""Computations that programs write for TPUs, on the local device: one shard of one replica."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfsession.graph.build import convert_to_tensor
from tfsession.graph.operation import Operation
from tfsession.graph.scopes import control_dependencies
from tfsession.ops.array import identity
from tfsession.ops.control import no_op
from tfsession.ops.control_flow import while_loop as graph_while_loop

__all__ = [
    "batch_parallel",
    "core",
    "cross_replica_sum",
    "outside_compilation",
    "repeat",
    "replicate",
    "rewrite",
    "shard",
    "while_loop",
]

Computation = Callable[..., Any]


def core(num: int) -> str:
    """The device name of a core of a TPU.

    Args:
      num: its number.

    Source: TensorFlow 1.15 `tf.tpu.core`.
    """
    return f"device:TPU_REPLICATED_CORE:{num}"


def cross_replica_sum(x: Any, group_assignment: Any = None, name: str | None = None) -> Any:
    """The sum of a tensor over all replicas: here there is one.

    Args:
      x: a tensor.
      group_assignment: accepted.
      name: a name for the operation.

    Source: TensorFlow 1.15 `tf.tpu.cross_replica_sum`.
    """
    return identity(x, name=name)


def outside_compilation(computation: Computation, *args: Any, **kwargs: Any) -> Any:
    """Builds a part of a computation that a TPU would leave to its host.

    Source: TensorFlow 1.15 `tf.tpu.outside_compilation`.
    """
    return computation(*args, **kwargs)


def rewrite(
    computation: Computation,
    inputs: Sequence[Any] | None = None,
    infeed_queue: Any = None,
    device_assignment: Any = None,
    name: str | None = None,
) -> Any:
    """Builds a computation; a TPU would compile it whole.

    Args:
      computation: a function of tensors that returns tensors and operations.
      inputs: its arguments.
      infeed_queue: must be None.
      device_assignment: accepted.
      name: accepted.

    Returns:
      A list of the tensors that it returns; those alone, or None, keep their form. Running one runs
      its operations.

    Source: TensorFlow 1.15 `tf.tpu.rewrite`.
    """
    return _outputs(computation, inputs or [], infeed_queue)


def replicate(
    computation: Computation,
    inputs: Sequence[Sequence[Any]] | None = None,
    infeed_queue: Any = None,
    device_assignment: Any = None,
    name: str | None = None,
    maximum_shapes: Any = None,
) -> list[Any]:
    """Builds a computation for each of several lists of inputs.

    Args:
      computation: a function of tensors.
      inputs: a list of arguments for each replica.
      infeed_queue: must be None.
      device_assignment, name, maximum_shapes: accepted.

    Returns:
      What it gives for each replica.

    Source: TensorFlow 1.15 `tf.tpu.replicate`.
    """
    return [_outputs(computation, each, infeed_queue) for each in inputs or [[]]]


def shard(
    computation: Computation,
    inputs: Sequence[Any] | None = None,
    num_shards: int = 1,
    input_shard_axes: Any = None,
    outputs_from_all_shards: Any = True,
    output_shard_axes: Any = None,
    infeed_queue: Any = None,
    device_assignment: Any = None,
    name: str | None = None,
) -> list[Any]:
    """Builds a computation over all of its inputs, as one shard.

    Args:
      computation: a function of tensors.
      inputs: its arguments.
      num_shards: must be 1.
      input_shard_axes, outputs_from_all_shards, output_shard_axes: accepted.
      infeed_queue: must be None.
      device_assignment, name: accepted.

    Returns:
      What it gives.

    Raises:
      ValueError: there are to be more shards.

    Source: TensorFlow 1.15 `tf.tpu.shard`.
    """
    if num_shards <= 0:
        raise ValueError("num_shards must be a positive integer.")
    if num_shards > 1:
        raise ValueError(f"shard: num_shards={num_shards}: a local device is one shard")
    found = _outputs(computation, inputs or [], infeed_queue)
    return found if isinstance(found, list) else [found]


def batch_parallel(
    computation: Computation,
    inputs: Sequence[Any] | None = None,
    num_shards: int = 1,
    infeed_queue: Any = None,
    device_assignment: Any = None,
    name: str | None = None,
) -> list[Any]:
    """Builds a computation over a batch: `shard` along the first axis.

    Args:
      computation, inputs, num_shards, infeed_queue, device_assignment, name: as of `shard`.

    Source: TensorFlow 1.15 `tf.tpu.batch_parallel`.
    """
    return shard(computation, inputs, num_shards, infeed_queue=infeed_queue, name=name)


def while_loop(
    condition: Computation,
    body: Computation,
    inputs: Sequence[Any] | None = None,
    infeed_queue: Any = None,
    name: Any = None,
) -> Any:
    """Repeats a computation while a condition holds.

    Args:
      condition: a function of the loop's values that gives a scalar bool.
      body: a function of them that gives the next ones, and operations.
      inputs: the first values.
      infeed_queue: must be None.
      name: a name for the loop.

    Returns:
      The last values.

    Source: TensorFlow 1.15 `tf.contrib.tpu.while_loop`.
    """
    values = [convert_to_tensor(value) for value in inputs or []]
    found = graph_while_loop(
        lambda *now: condition(*now[1:]),
        lambda *now: [now[0] + 1, *_step(body, now[1:])],
        [convert_to_tensor(0), *values],
        parallel_iterations=1,
        name=name,
    )
    return list(found[1:]) if values else found[0].op


def repeat(
    n: int,
    body: Computation,
    inputs: Sequence[Any] | None = None,
    infeed_queue: Any = None,
    name: Any = None,
) -> Any:
    """Repeats a computation a number of times.

    Args:
      n: how often.
      body: a function of the loop's values that gives the next ones, and operations.
      inputs: the first values.
      infeed_queue: must be None.
      name: a name for the loop.

    Returns:
      The last values.

    Source: TensorFlow 1.15 `tf.contrib.tpu.repeat`.
    """
    found = while_loop(
        lambda i, *now: i < n,
        lambda i, *now: [i + 1, *_step(body, now)],
        [0, *(inputs or [])],
        infeed_queue,
        name,
    )
    return found[1:] if inputs else found[0].op


def _outputs(computation: Computation, inputs: Sequence[Any], infeed_queue: Any) -> Any:
    """What a computation gives: a list of tensors, each of which runs its operations."""
    if infeed_queue is not None:
        raise ValueError("infeed_queue: a local device has none; hand tensors in as inputs")
    found = computation(*(convert_to_tensor(value) for value in inputs))
    if found is None:
        return no_op()
    if not isinstance(found, (list, tuple)):
        found = [found]
    tensors, operations = _divided(found)
    if not tensors:
        with control_dependencies(operations):
            return no_op()
    with control_dependencies(operations):
        return [identity(tensor) for tensor in tensors]


def _step(body: Computation, values: Sequence[Any]) -> list[Any]:
    """The next values of a loop, behind the operations that belong to its step."""
    found = body(*values)
    if found is None:
        found = []
    if not isinstance(found, (list, tuple)):
        found = [found]
    tensors, operations = _divided(found)
    with control_dependencies(operations):
        return [identity(tensor) for tensor in tensors]


def _divided(found: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    operations = [x for x in found if isinstance(x, Operation)]
    return [x for x in found if not isinstance(x, Operation)], operations
