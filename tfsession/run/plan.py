"""Plans: what a session keeps for each signature, the fetches and feeds of a run."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.compile.generate import Step
from tfsession.graph.operation import Operation, Tensor
from tfsession.protos import ResourceHandleProto
from tfsession.resources.handles import behind
from tfsession.run.feeds import Feed
from tfsession.run.handles import RESOURCE_BYTES, Owner, TensorHandle

# What fetched or fed values still become: from what the step returned and from what was fed to the
# values of the distinct fetched tensors.
Adjust = Callable[[Sequence[Any], Sequence[Any]], Sequence[Any]]


@dataclass(frozen=True)
class Plan:
    """What is cached for a signature.

    Attributes:
      feeds: one converter for each key of the feed_dict, in its order.
      step: the compiled step; None when nothing has to run.
      assemble: from the values of the distinct fetched tensors to the fetched structure.
      adjust: applied before `assemble`; None where the step returns just those values.
      tensors: the tensors that the step returns.
      targets: the operations that only run.
      on_devices: steps that take some of the feeds where they are, by the devices of the feeds;
        written under the lock of the runner.
    """

    feeds: list[Feed]
    step: Step | None
    assemble: Callable[[Sequence[Any]], Any]
    adjust: Adjust | None
    tensors: list[Tensor]
    targets: list[Operation]
    on_devices: dict[tuple[str, ...], Step] = field(default_factory=dict)

    def result(self, results: Sequence[Any], arguments: Sequence[Any]) -> Any:
        """The fetched structure, from what the step returned and what was fed."""
        if self.adjust is not None:
            results = self.adjust(results, arguments)
        return self.assemble(results)


def adjustment(owner: Owner, fetched: Sequence[Tensor], fed: Sequence[Tensor]) -> Adjust | None:
    """What stands between the values of a step and the fetched structure, if anything.

    Fed values that are fetched join those of the step, kept tensors get their handles, and
    resources leave as opaque bytes.

    Args:
      owner: to which handles belong.
      fetched: the distinct fetched tensors.
      fed: the fed tensors, in the order of the arguments.
    """
    position = {tensor: index for index, tensor in enumerate(fed)}
    sources = [position.get(t) for t in fetched]
    kept = {
        index: t.op.inputs[0].dtype.base_dtype
        for index, t in enumerate(fetched)
        if sources[index] is None and t.op.op_def_.keeps_tensor
    }
    resources = [
        index
        for index, t in enumerate(fetched)
        if sources[index] is None and index not in kept and t.dtype is dtypes.resource
    ]
    if not kept and not resources and not any(s is not None for s in sources):
        return None

    # Weakly: the owner keeps this function with its plans.
    owned_by = weakref.ref(owner)

    def adjust(results: Sequence[Any], arguments: Sequence[Any]) -> Sequence[Any]:
        computed = iter(results)
        values = [next(computed) if s is None else arguments[s] for s in sources]
        alive = owned_by()
        assert alive is not None
        for index, dtype in kept.items():
            values[index] = TensorHandle(behind(values[index]), dtype, alive)
        for index in resources:
            values[index] = _resource_bytes(values[index], fetched[index].op)
        return values

    return adjust


def _resource_bytes(resource: Any, op: Operation) -> np.ndarray:
    """A resource as it leaves the session: opaque bytes that name it."""
    found = behind(resource)
    proto = ResourceHandleProto(
        container=getattr(found, "container", None) or "localhost",
        name=str(getattr(found, "name", None) or op.name),
        maybe_type_name=type(found).__name__,
    )
    return np.frombuffer(proto.SerializeToString(), RESOURCE_BYTES).copy()
