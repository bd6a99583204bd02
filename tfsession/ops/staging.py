"""Staging areas: their ops, and the class that stands for them (`tf.contrib.staging`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfsession.dtypes import DType, as_dtype
from tfsession.graph import scopes
from tfsession.graph.build import build, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import get_default_graph, name_scope
from tfsession.ops.control import no_op
from tfsession.registry import family, op, shape, undefined_gradient
from tfsession.shapes import Dims, TensorShape, as_shape

__all__ = ["StagingArea"]

family(is_light=True)

# ---- Stage, Unstage, StagePeek, StageSize, StageClear ----

_SHARING = (
    "capacity: int >= 0 = 0; memory_limit: int >= 0 = 0; {}; container: string = '';"
    " shared_name: string = ''"
)
_SOME = _SHARING.format("dtypes: list(type) >= 1")
_ANY = _SHARING.format("dtypes: list(type)")
op("Stage(values: dtypes)", _SOME, stateful=True)
op("Unstage() -> values: dtypes", _SOME, stateful=True)
op("StagePeek(index: int32) -> values: dtypes", _SOME, stateful=True)
op("StageSize() -> size: int32", _ANY, stateful=True)
op("StageClear()", _ANY, stateful=True)


@shape("Stage", "StageClear")
def stage_shape() -> list[Dims]:
    return []


@shape("Unstage", "StagePeek")
def unstage_shape(dtypes: list[DType]) -> list[Dims]:
    return [None] * len(dtypes)


@shape("StageSize")
def stage_size_shape() -> Dims:
    return ()


undefined_gradient("Stage", "Unstage", "StagePeek", "StageSize", "StageClear")


class StagingArea:
    """Tuples of tensors that one part of a step puts aside for another, or for the next step.

    Source: TensorFlow 1.15 `tf.contrib.staging.StagingArea`; there, on a GPU, they stay in its
      memory.
    """

    def __init__(
        self,
        dtypes: Sequence[Any],
        shapes: Sequence[Any] | None = None,
        names: Sequence[str] | None = None,
        shared_name: str | None = None,
        capacity: int = 0,
        memory_limit: int = 0,
    ) -> None:
        """Describes the tuples.

        Args:
          dtypes: of the tensors of a tuple.
          shapes: of them; not known when None.
          names: of them: then tuples go in and out as dicts.
          shared_name: areas of one name are one, in a session; a name of its own when None.
          capacity: how many tuples there may be; any number where it is 0.
          memory_limit: how many bytes they may have together; any number where it is 0.

        Raises:
          ValueError: there are not as many shapes or names as dtypes.
        """
        self._name = shared_name or get_default_graph().unique_name(type(self).__name__)
        self._dtypes = [as_dtype(dtype) for dtype in dtypes]
        if shapes is not None and len(shapes) != len(self._dtypes):
            raise ValueError("StagingArea shapes must be the same length as dtypes")
        self._shapes = [as_shape(one) for one in shapes or [None] * len(self._dtypes)]
        if names is not None and len(names) != len(self._dtypes):
            raise ValueError("StagingArea names must be the same length as dtypes")
        self._names = names
        self._capacity = capacity
        self._memory_limit = memory_limit
        with name_scope(f"{self._name}_root"):
            # All operations are where this one is.
            self._place = no_op()

    @property
    def name(self) -> str:
        """What operations of the area share."""
        return self._name

    @property
    def dtypes(self) -> list[DType]:
        """The dtypes of a tuple."""
        return self._dtypes

    @property
    def shapes(self) -> list[TensorShape]:
        """The shapes of a tuple."""
        return self._shapes

    @property
    def names(self) -> Sequence[str] | None:
        """The names of a tuple, or None."""
        return self._names

    @property
    def capacity(self) -> int:
        """How many tuples there may be, or 0."""
        return self._capacity

    @property
    def memory_limit(self) -> int:
        """How many bytes they may have, or 0."""
        return self._memory_limit

    def _build(self, op_type: str, verb: str, *inputs: Any, name: str | None = None) -> Any:
        with (
            name_scope(name, f"{self._name}_{verb}", inputs) as scope,
            scopes.colocate_with(self._place),
        ):
            return build(
                op_type,
                *inputs,
                name=scope,
                dtypes=None if op_type == "Stage" else self._dtypes,
                shared_name=self._name,
                capacity=self._capacity,
                memory_limit=self._memory_limit,
            )

    def put(self, values: Any, name: str | None = None) -> Operation:
        """An operation that adds a tuple; it waits while there is no room.

        Args:
          values: a tensor, a list of them, or a dict where tensors have names.
          name: a name for the operation.

        Raises:
          ValueError: they are not of the dtypes and shapes of the area.
        """
        added: Operation = self._build("Stage", "put", self._tuple(values), name=name)
        return added

    def _tuple(self, values: Any) -> list[Tensor]:
        if isinstance(values, dict):
            if not self._names:
                raise ValueError("Staging areas must have names to enqueue a dictionary")
            if set(values) != set(self._names):
                raise ValueError(
                    f"Staging area has names {sorted(self._names)}, not {sorted(values)}"
                )
            values = [values[name] for name in self._names]
        elif self._names:
            raise ValueError("You must enqueue a dictionary in a staging area with names")
        elif not isinstance(values, (list, tuple)):
            values = [values]
        if len(values) != len(self._dtypes):
            raise ValueError(
                f"Unexpected number of inputs '{len(values)}' vs '{len(self._dtypes)}'"
            )
        tensors = []
        for value, dtype, wanted in zip(values, self._dtypes, self._shapes, strict=True):
            tensor = convert_to_tensor(value, dtype)
            tensor.get_shape().assert_is_compatible_with(wanted)
            tensors.append(tensor)
        return tensors

    def get(self, name: str | None = None) -> Any:
        """The first tuple, which is taken; the operation waits while there is none.

        Args:
          name: a name for the operation.

        Returns:
          A list of Tensors, or a dict where they have names.
        """
        return self._given(self._build("Unstage", "get", name=name))

    def peek(self, index: Any, name: str | None = None) -> Any:
        """A tuple, which stays; the operation waits until it is there.

        Args:
          index: [], int32: its number, 0 for the one that comes next.
          name: a name for the operation.

        Returns:
          A list of Tensors, or a dict where they have names.
        """
        return self._given(self._build("StagePeek", "peek", index, name=name))

    def _given(self, tensors: list[Tensor]) -> Any:
        for tensor, known in zip(tensors, self._shapes, strict=True):
            tensor.set_shape(known)
        return dict(zip(self._names, tensors, strict=True)) if self._names else tensors

    def size(self, name: str | None = None) -> Tensor:
        """How many tuples there are, [], int32."""
        result: Tensor = self._build("StageSize", "size", name=name)
        return result

    def clear(self, name: str | None = None) -> Operation:
        """An operation that forgets all tuples."""
        result: Operation = self._build("StageClear", "clear", name=name)
        return result
