"""Kernels of staging areas."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel
from tfsession.resources.staging import StagingArea

# ---- Stage, Unstage, StagePeek, StageSize, StageClear ----


def _area(resources: Any, op: Any) -> Any:
    """What operations of one name share."""
    attrs = op.attrs
    name = attrs["shared_name"].decode() or op.name

    def make() -> StagingArea:
        return StagingArea(attrs["capacity"], attrs["memory_limit"])

    return resources.lookup_or_create(attrs["container"].decode(), "staging", name, make)


@kernel("Stage", device="CPU", state=_area, blocks=True)
def stage(xp: Any, *values: Any, state: StagingArea) -> None:
    # What the step has computed may lie in memory that the next one writes to.
    state.put([np.array(value) if isinstance(value, np.ndarray) else value for value in values])


@kernel("Unstage", device="CPU", state=_area, blocks=True)
def unstage(xp: Any, state: StagingArea) -> Any:
    return _results(state.get())


@kernel("StagePeek", device="CPU", state=_area, blocks=True)
def stage_peek(xp: Any, index: Any, state: StagingArea) -> Any:
    if np.ndim(index) or int(index) < 0:
        raise InvalidArgumentError.of("index must be scalar")
    return _results(state.peek(int(index)))


def _results(values: Any) -> Any:
    return values[0] if len(values) == 1 else tuple(values)


@kernel("StageSize", device="CPU", state=_area, blocks=True)
def stage_size(xp: Any, state: StagingArea) -> Any:
    return np.int32(state.size())


@kernel("StageClear", device="CPU", state=_area, blocks=True)
def stage_clear(xp: Any, state: StagingArea) -> None:
    state.clear()
