"""What a session says of its placement: what `log_device_placement` asks for, and a warning.

Soft placement is silent in TensorFlow. Here a session says once that work which was meant for a GPU
is on the CPU, unless there is little of it.
"""

from __future__ import annotations

import logging
import math
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tfsession import errors
from tfsession.compile.place import Placement, is_resource, supported_kinds
from tfsession.compile.program import short_device
from tfsession.devices.device import Device
from tfsession.graph.operation import Operation
from tfsession.protos import ConfigProto
from tfsession.shapes import element_count

logger = logging.getLogger("tfsession")

#: Operations that compute, and elements that one works on, up to which nobody misses a GPU.
FEW_OPERATIONS = 10
FEW_ELEMENTS = 1024
# Op types that a warning names.
_NAMED_TYPES = 3


class PlacementLog:
    """Says what a session places, as its config asks.

    Args:
      config: `log_device_placement` and `allow_soft_placement` count, and whether `device_count`
        switches GPUs off: then nobody is surprised that there are none.
      devices: the session's.
    """

    def __init__(self, config: ConfigProto, devices: Sequence[Device]) -> None:
        self._logs_all = config.log_device_placement
        self._has_gpus = any(device.kind == "GPU" for device in devices)
        switched_off = "GPU" in config.device_count and config.device_count["GPU"] == 0
        self._may_warn = config.allow_soft_placement and not switched_off
        self._types: Counter[str] = Counter()
        self._reasons: dict[str, str] = {}
        self._first: Operation | None = None
        self._is_large = False
        if self._logs_all:
            log_lines(device_mapping(devices))

    def note(self, placed: Placement, before: Mapping[Operation, str]) -> None:
        """Takes notice of operations that have just been placed.

        Args:
          placed: where they are; a graph that has grown is placed as a whole.
          before: where operations were; nothing more is said of those that stay.
        """
        if self._logs_all:
            lines = [
                f"{op.name}: ({op.type}): {name}"
                for op, name in placed.devices.items()
                if before.get(op) != name
            ]
            log_lines("\n".join(lines))
        resources = [op for op in placed.moved if is_resource(op) and op not in before]
        if resources:
            logger.warning("%s", _resources_moved(resources, placed))
        if self._may_warn:
            self._count(placed, before)
            if self._is_large or self._types.total() > FEW_OPERATIONS:
                logger.warning("%s", self._warning())
                self._may_warn = False

    def _count(self, placed: Placement, before: Mapping[Operation, str]) -> None:
        """Counts the operations that compute and are on the CPU for want of a GPU or a kernel."""
        for op, asked in placed.moved.items():
            is_off = asked.kind == "GPU" and ":CPU:" in placed.devices[op]
            if is_off and op not in before and _computes(op):
                self._is_large |= _elements(op) > FEW_ELEMENTS
                self._add(op, placed.reasons[op])
        if not self._has_gpus:
            return
        for op in placed.devices:
            is_off = not op.device and "GPU" not in supported_kinds(op)
            if is_off and op not in before and _computes(op):
                self._add(op, placed.reasons[op])

    def _add(self, op: Operation, reason: str) -> None:
        self._types[op.type] += 1
        self._reasons.setdefault(op.type, reason)
        self._first = self._first or op

    def _warning(self) -> str:
        assert self._first is not None
        types = []
        for name, count in self._types.most_common(_NAMED_TYPES):
            why = f" ({self._reasons[name]})" if self._has_gpus else ""
            types.append(f"{count} {name}{why}")
        others = self._types.total() - sum(c for _, c in self._types.most_common(_NAMED_TYPES))
        if others:
            types.append(f"{others} of other types")
        cause = (
            ""
            if self._has_gpus
            else ", because no GPU is visible to this session (`tfsession doctor` says why)"
        )
        total = self._types.total()
        return (
            f"Soft placement: {total} operation{'s' if total > 1 else ''} meant for a GPU "
            f"{'are' if total > 1 else 'is'} on the CPU{cause}: {', '.join(types)}. The first is "
            f"{self._first.name!r}{_line(self._first)}. session.explain_placement(fetches) shows "
            "where each operation is, and why."
        )


def _resources_moved(resources: Sequence[Operation], placed: Placement) -> str:
    """TensorFlow's warning, which is of many lines for each of them, in short."""
    first, count = resources[0], len(resources)
    return (
        "Failed to place the graph without changing the devices of some resources: "
        f"{count} {'is' if count == 1 else 'are'} not where asked for. The first is {first.name!r}"
        f"{_line(first)}, on {short_device(placed.devices[first])}: {placed.reasons[first]}. The "
        "level DEBUG shows their colocation groups."
    )


def _computes(op: Operation) -> bool:
    """Whether an op does arithmetic that GPUs are for: on real or complex numbers, from inputs."""
    definition = op.op_def_
    if definition.is_light or definition.hands_on or definition.is_metadata or not op.inputs:
        return False
    dtypes = [tensor.dtype.base_dtype for tensor in (*op.inputs, *op.outputs)]
    return any(dtype.is_floating or dtype.is_complex for dtype in dtypes)


def _elements(op: Operation) -> float:
    """The elements of the largest tensor that an op reads or writes; infinite where unknown."""
    counts = [element_count(tensor.dims) for tensor in (*op.inputs, *op.outputs)]
    return max(math.inf if count is None else count for count in counts)


def _line(op: Operation) -> str:
    frame = errors.user_frame(op.traceback)
    return "" if frame is None else f" ({frame.filename}:{frame.lineno})"


# ---- log_device_placement ----


def device_mapping(devices: Sequence[Device]) -> str:
    """TensorFlow's list of the devices that have a physical description."""
    lines = [f"{d.name} -> {d.physical_description}" for d in devices if d.physical_description]
    if not lines:
        return "Device mapping: no known devices."
    return "\n".join(["Device mapping:", *lines])


def log_lines(text: str) -> None:
    """Logs lines, and writes them to stderr unless that shows them already.

    Scripts expect the lines on stderr whatever the level of logging is, and there a notebook shows
    them, too. Programs that have set up logging would see each of them twice.
    """
    is_shown = _reaches_console(logger)
    for line in text.splitlines():
        logger.info("%s", line)
    if not is_shown:
        print(text, file=sys.stderr)  # noqa: T201  # asked for by log_device_placement


def _reaches_console(start: logging.Logger) -> bool:
    """Whether the handlers of a logger show its messages of level INFO."""
    if not start.isEnabledFor(logging.INFO):
        return False
    current: logging.Logger | None = start
    while current is not None:
        if any(h.level <= logging.INFO and _is_console(h) for h in current.handlers):
            return True
        current = current.parent if current.propagate else None
    return False


def _is_console(handler: logging.Handler) -> bool:
    # A handler of rich has a console, others have a stream.
    stream: Any = getattr(handler, "stream", None)
    stream = stream or getattr(getattr(handler, "console", None), "file", None)
    return stream is not None and (stream is sys.stderr or stream is sys.stdout)
