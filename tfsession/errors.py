"""All exceptions of tfsession, and the text that names the user's line in them.

Exception
└── OpError                       an operation failed while it ran
    ├── CancelledError              1
    ├── UnknownError                2
    ├── InvalidArgumentError        3
    ├── DeadlineExceededError       4
    ├── NotFoundError               5
    ├── AlreadyExistsError          6
    ├── PermissionDeniedError       7
    ├── ResourceExhaustedError      8
    ├── FailedPreconditionError     9
    ├── AbortedError               10
    ├── OutOfRangeError            11
    ├── UnimplementedError         12
    ├── InternalError              13
    ├── UnavailableError           14
    ├── DataLossError              15
    └── UnauthenticatedError       16
ValueError
└── InaccessibleTensorError       a tensor is used outside the function or loop that owns it
TypeError
└── OperatorNotAllowedInGraphError   Python asked a symbolic tensor for its value

What a kernel raises carries tags such as `{{node layer/MatMul}}`. `failed_node_name` finds the
operation, and `interpolate` turns the tags into the lines of the user's program that made it.
"""

from __future__ import annotations

import inspect
import os
import re
import traceback
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

if TYPE_CHECKING:
    from tfsession.protos import NodeDef

__all__ = [
    "ABORTED",
    "ALREADY_EXISTS",
    "CANCELLED",
    "DATA_LOSS",
    "DEADLINE_EXCEEDED",
    "FAILED_PRECONDITION",
    "INTERNAL",
    "INVALID_ARGUMENT",
    "NOT_FOUND",
    "OK",
    "OUT_OF_RANGE",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "UNAUTHENTICATED",
    "UNAVAILABLE",
    "UNIMPLEMENTED",
    "UNKNOWN",
    "AbortedError",
    "AlreadyExistsError",
    "CancelledError",
    "DataLossError",
    "DeadlineExceededError",
    "FailedPreconditionError",
    "InternalError",
    "InvalidArgumentError",
    "NotFoundError",
    "OpError",
    "OutOfRangeError",
    "PermissionDeniedError",
    "ResourceExhaustedError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnimplementedError",
    "UnknownError",
    "error_code_from_exception_type",
    "exception_type_from_error_code",
    "raise_exception_on_not_ok_status",
]

OK: Final = 0
CANCELLED: Final = 1
UNKNOWN: Final = 2
INVALID_ARGUMENT: Final = 3
DEADLINE_EXCEEDED: Final = 4
NOT_FOUND: Final = 5
ALREADY_EXISTS: Final = 6
PERMISSION_DENIED: Final = 7
RESOURCE_EXHAUSTED: Final = 8
FAILED_PRECONDITION: Final = 9
ABORTED: Final = 10
OUT_OF_RANGE: Final = 11
UNIMPLEMENTED: Final = 12
INTERNAL: Final = 13
UNAVAILABLE: Final = 14
DATA_LOSS: Final = 15
UNAUTHENTICATED: Final = 16

# How the runtime begins a text in which it quotes an error of this code.
STATUS_PREFIXES: Final[dict[int, str]] = {
    OK: "OK",
    CANCELLED: "Cancelled",
    UNKNOWN: "Unknown",
    INVALID_ARGUMENT: "Invalid argument",
    DEADLINE_EXCEEDED: "Deadline exceeded",
    NOT_FOUND: "Not found",
    ALREADY_EXISTS: "Already exists",
    PERMISSION_DENIED: "Permission denied",
    RESOURCE_EXHAUSTED: "Resource exhausted",
    FAILED_PRECONDITION: "Failed precondition",
    ABORTED: "Aborted",
    OUT_OF_RANGE: "Out of range",
    UNIMPLEMENTED: "Unimplemented",
    INTERNAL: "Internal",
    UNAVAILABLE: "Unavailable",
    DATA_LOSS: "Data loss",
    UNAUTHENTICATED: "Unauthenticated",
}


# ---- What errors know of graphs ----


class _Operation(Protocol):
    """The failed operation, and those around it: an Operation of graph/operation.py."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def traceback(self) -> list[traceback.FrameSummary]:
        """The Python stack that created it, outermost frame first."""

    @property
    def inputs(self) -> Sequence[_Tensor]:
        """What it reads."""

    @property
    def original_op(self) -> _Operation | None:
        """The operation whose gradient it is part of."""

    @property
    def device_scopes(self) -> Sequence[tuple[str, str, int]]:
        """Text, file and line of the device scopes around its creation."""

    @property
    def colocation_scopes(self) -> Sequence[tuple[str, str, int]]:
        """Text, file and line of the colocation scopes around its creation."""


class _Tensor(Protocol):
    """What an operation reads."""

    @property
    def op(self) -> _Operation:
        """What produces it."""


class _Graph(Protocol):
    """A graph whose operations messages name."""

    @property
    def operations_by_name(self) -> Mapping[str, _Operation]:
        """All operations."""


# ---- Errors of running operations ----


class OpError(Exception):
    """An operation failed while it ran.

    Attributes:
      node_def: the NodeDef of the operation, or None.
      op: the Operation, or None where the graph does not know it.
      message: the text, without the stack of the operation.
      error_code: the number of the kind of error, as `tf.errors.INVALID_ARGUMENT`.

    Source: TensorFlow 1.15, python/framework/errors_impl.py `OpError`.
    """

    def __init__(
        self, node_def: NodeDef | None, op: _Operation | None, message: str, error_code: int | None
    ) -> None:
        # No arguments for Exception: `args` is () in TensorFlow, and repr() is `InternalError()`.
        super().__init__()
        self._node_def = node_def
        self._op = op
        self._message = message
        self._error_code = error_code

    @classmethod
    def of(cls, message: str) -> Self:
        """An error of this class with a text; the session says later which operation it was."""
        make: Any = cls
        error: Self = make(None, None, message)
        return error

    @property
    def node_def(self) -> Any:
        """The NodeDef of the operation that failed, or None."""
        return self._node_def

    @property
    def op(self) -> Any:
        """The Operation that failed, or None where the graph does not know it."""
        return self._op

    @property
    def message(self) -> str:
        """The text of the error, without the stack of the operation."""
        return self._message

    @property
    def error_code(self) -> int | None:
        """The number of the kind of error."""
        return self._error_code

    def __reduce__(self) -> tuple[Any, ...]:
        parameters = list(inspect.signature(type(self).__init__).parameters)[1:]
        return type(self), tuple([getattr(self, parameter) for parameter in parameters])

    def __str__(self) -> str:
        """The message, followed by the Python stack in which the operation was made, if known."""
        if self._op is None:
            return self._message
        return f"{self._message}\n\n{_creation_stacks(self._op)}"


class CancelledError(OpError):
    """The step or the operation was cancelled, for instance by closing its session or queue."""

    def __init__(self, node_def: NodeDef | None, op: _Operation | None, message: str) -> None:
        super().__init__(node_def, op, message, CANCELLED)


class UnknownError(OpError):
    """An error of a kind that has no class of its own."""

    def __init__(
        self,
        node_def: NodeDef | None,
        op: _Operation | None,
        message: str,
        error_code: int | None = UNKNOWN,
    ) -> None:
        super().__init__(node_def, op, message, error_code)


class InvalidArgumentError(OpError):
    """An operation got a value, shape or attribute that it cannot take."""

    def __init__(self, node_def: NodeDef | None, op: _Operation | None, message: str) -> None:
        super().__init__(node_def, op, message, INVALID_ARGUMENT)


class DeadlineExceededError(OpError):
    """A step took longer than its time limit."""

    def __init__(self, node_def: NodeDef | None, op: _Operation | None, message: str) -> None:
        super().__init__(node_def, op, message, DEADLINE_EXCEEDED)


class NotFoundError(OpError):
    """A file, a key, a resource or a device does not exist."""

    def __init__(self, node_def: NodeDef | None, op: _Operation | None, message: str) -> None:
        super().__init__(node_def, op, message, NOT_FOUND)


class AlreadyExistsError(OpError):
    """What was to be made exists already."""

    def __init__(self, node_def: NodeDef | None, op: _Operation | None, message: str) -> None:
        super().__init__(node_def, op, message, ALREADY_EXISTS)


class PermissionDeniedError(OpError):
    """The caller may not do this, for instance read a file."""

    def __init__(self, node_def: NodeDef | None, op: _Operation | None, message: str) -> None:
        super().__init__(node_def, op, message, PERMISSION_DENIED)


class ResourceExhaustedError(OpError):
    """Something ran out, such as the memory of a device or the space of a disk."""

    def __init__(self, node_def: NodeDef | None, op: _Operation | None, message: str) -> None:
        super().__init__(node_def, op, message, RESOURCE_EXHAUSTED)


class FailedPreconditionError(OpError):
    """The system is not in the state that the operation needs, as with a variable without value."""

    def __init__(self, node_def: NodeDef | None, op: _Operation | None, message: str) -> None:
        super().__init__(node_def, op, message, FAILED_PRECONDITION)


class AbortedError(OpError):
    """The operation was given up because of something that ran at the same time."""

    def __init__(self, node_def: NodeDef | None, op: _Operation | None, message: str) -> None:
        super().__init__(node_def, op, message, ABORTED)


class OutOfRangeError(OpError):
    """The input has come to its end, as with a closed and empty queue."""

    def __init__(self, node_def: NodeDef | None, op: _Operation | None, message: str) -> None:
        super().__init__(node_def, op, message, OUT_OF_RANGE)


class UnimplementedError(OpError):
    """The operation does not exist for these types, shapes or this device."""

    def __init__(self, node_def: NodeDef | None, op: _Operation | None, message: str) -> None:
        super().__init__(node_def, op, message, UNIMPLEMENTED)


class InternalError(OpError):
    """Something that the runtime relies on does not hold."""

    def __init__(self, node_def: NodeDef | None, op: _Operation | None, message: str) -> None:
        super().__init__(node_def, op, message, INTERNAL)


class UnavailableError(OpError):
    """The runtime, or a part of it such as a server, cannot be reached now."""

    def __init__(self, node_def: NodeDef | None, op: _Operation | None, message: str) -> None:
        super().__init__(node_def, op, message, UNAVAILABLE)


class DataLossError(OpError):
    """Data is lost or corrupt, as in a truncated file."""

    def __init__(self, node_def: NodeDef | None, op: _Operation | None, message: str) -> None:
        super().__init__(node_def, op, message, DATA_LOSS)


class UnauthenticatedError(OpError):
    """The caller has not shown who it is."""

    def __init__(self, node_def: NodeDef | None, op: _Operation | None, message: str) -> None:
        super().__init__(node_def, op, message, UNAUTHENTICATED)


# ---- Errors of building graphs ----


class InaccessibleTensorError(ValueError):
    """A tensor is used outside the function, branch or loop that owns it."""


class OperatorNotAllowedInGraphError(TypeError):
    """Python asked a symbolic tensor for its value, as `if tensor:` or `for x in tensor:` do."""


# ---- Codes ----

_CLASSES: Final[dict[int, type[OpError]]] = {
    CANCELLED: CancelledError,
    UNKNOWN: UnknownError,
    INVALID_ARGUMENT: InvalidArgumentError,
    DEADLINE_EXCEEDED: DeadlineExceededError,
    NOT_FOUND: NotFoundError,
    ALREADY_EXISTS: AlreadyExistsError,
    PERMISSION_DENIED: PermissionDeniedError,
    RESOURCE_EXHAUSTED: ResourceExhaustedError,
    FAILED_PRECONDITION: FailedPreconditionError,
    ABORTED: AbortedError,
    OUT_OF_RANGE: OutOfRangeError,
    UNIMPLEMENTED: UnimplementedError,
    INTERNAL: InternalError,
    UNAVAILABLE: UnavailableError,
    DATA_LOSS: DataLossError,
    UNAUTHENTICATED: UnauthenticatedError,
}
_CODES: Final[dict[type[BaseException], int]] = {
    error_class: code for code, error_class in _CLASSES.items()
}


def exception_type_from_error_code(error_code: int) -> Any:
    """Returns the class of an error code.

    Raises:
      KeyError: the code is 0 or unknown.
    """
    return _CLASSES[error_code]


def error_code_from_exception_type(cls: type[BaseException]) -> Any:
    """Returns the code of a class of this file.

    For any other class, warns and returns an `UnknownError`, as TensorFlow does.
    """
    code = _CODES.get(cls)
    if code is not None:
        return code
    warnings.warn("Unknown class exception", stacklevel=2)
    return UnknownError(None, None, "Unknown class exception", None)


def make_error(
    node_def: NodeDef | None, op: _Operation | None, message: str, error_code: int
) -> OpError:
    """Returns the error of this code; an `UnknownError`, with a warning, where no class has it."""
    error_class = _CLASSES.get(error_code)
    if error_class is None:
        warnings.warn(f"Unknown error code: {error_code}", stacklevel=2)
        return UnknownError(node_def, op, message, error_code)
    # Every class but UnknownError fixes its code, and UnknownError's default is its own.
    return error_class(node_def, op, message)  # type: ignore[call-arg]


def status_text(error_code: int, message: str) -> str:
    """Returns the text in which the runtime quotes an error: `Not found: <message>`."""
    return f"{STATUS_PREFIXES.get(error_code, 'Unknown')}: {message}"


class Status:
    """The outcome of a call, to be filled in by the callee.

    Attributes:
      code: an error code, 0 for success.
      message: the text of the error.
    """

    __slots__ = ("code", "message")

    def __init__(self) -> None:
        self.code: int = OK
        self.message: str = ""


class raise_exception_on_not_ok_status:
    """Gives a `Status` to a block, and raises the error that it holds when the block ends.

    An exception of the block itself goes its way.

    Source: TensorFlow 1.15, python/framework/errors_impl.py `raise_exception_on_not_ok_status`.
    """

    def __enter__(self) -> Status:
        self._status = Status()
        return self._status

    def __exit__(
        self,
        error_class: type[BaseException] | None,
        error: BaseException | None,
        stack: TracebackType | None,
    ) -> None:
        if error_class is None and self._status.code != OK:
            raise make_error(None, None, self._status.message, self._status.code)


# ---- The stack in which an operation was made ----


def _creation_stacks(op: _Operation) -> str:
    """Returns the stack of `op`, then those of the operations that it is a gradient or copy of."""
    prefix = _common_directory([op, *_originals(op)])
    lines = _format_frames(op.traceback, prefix)
    text = [f"Original stack trace for {op.name!r}:\n", *lines]
    for original in _originals(op):
        text.append(f"\n...which was originally created as op {original.name!r}, defined at:\n")
        previous, lines = lines, _format_frames(original.traceback, prefix)
        text += _elide_repeated(lines, previous)
    return "".join(text)


def _originals(op: _Operation) -> Iterator[_Operation]:
    original = op.original_op
    while original is not None:
        yield original
        original = original.original_op


def _format_frames(frames: Sequence[traceback.FrameSummary], prefix: str) -> list[str]:
    # The user's own frames: how tfsession came to make the op from there helps nobody.
    stripped = [
        traceback.FrameSummary(
            _without_prefix(frame.filename, prefix), frame.lineno, frame.name, line=frame.line or ""
        )
        for frame in frames
        if not is_framework_file(frame.filename)
    ]
    # Frame by frame: format_list of the whole list would fold the repeated frames of a recursion.
    return [line for frame in stripped for line in traceback.format_list([frame])]


def _elide_repeated(lines: Sequence[str], previous: Sequence[str]) -> list[str]:
    """Returns `lines`, the middle cut out of every run that `previous` has at the same place."""
    text: list[str] = []
    run: list[str] = []
    for index, line in enumerate(lines):
        if index < len(previous) and line == previous[index]:
            run.append(line)
            continue
        text += [*_shorten(run), line]
        run = []
    return text + _shorten(run)


def _shorten(run: list[str]) -> list[str]:
    if len(run) < 3:
        return run
    note = f"[elided {len(run) - 2} identical lines from previous traceback]\n"
    return [run[0], note, run[-1]]


def _common_directory(ops: Iterable[_Operation]) -> str:
    """Returns the longest folder, with its closing slash, that holds all files of the stacks."""
    files: set[str] = {frame.filename for op in ops for frame in op.traceback}
    # commonpath refuses a mix of absolute and relative names, which `<stdin>` and notebooks give.
    common = os.path.commonprefix(sorted(files - _STARTERS))  # noqa: RUF071
    return common[: common.rfind(os.sep) + 1]


def _without_prefix(filename: str, prefix: str) -> str:
    return filename.removeprefix(prefix) if prefix else filename


# ---- Tags in messages ----

# TensorFlow's pattern, except that a bare `[[a]]` names the node `a` there too, and not `a]]`.
_NODE_PATTERN: Final = re.compile(r"\[\[(Node: )?(\{\{node )?([^\}\] ]*)(\}\})?\s*=*")
_TAG_PATTERN: Final = re.compile(
    r"\{\{([A-Za-z0-9_.][A-Za-z0-9_.\-/]*) ([A-Za-z0-9_.][A-Za-z0-9_.\-/]*)\}\}"
)

_PACKAGE_FOLDER: Final = os.path.dirname(os.path.abspath(__file__))
# In a checkout the kernels lie beside the package, in an installation inside it.
_FRAMEWORK_FOLDERS: Final = (
    _PACKAGE_FOLDER + os.sep,
    os.path.join(os.path.dirname(_PACKAGE_FOLDER), "kernels") + os.sep,
)
# What `python -m` runs, frozen into the interpreter or, with some options, from its file.
_STARTERS: Final = frozenset(
    ("<frozen runpy>", os.path.join(os.path.dirname(os.__file__), "runpy.py"))
)


def failed_node_name(message: str) -> str | None:
    """Returns the name of the node that an error's text says has failed, or None.

    >>> failed_node_name("Integer division by zero\\n\\t [[{{node a/div}}]]")
    'a/div'
    """
    found = _NODE_PATTERN.search(message)
    return found.group(3) if found else None


def is_framework_file(filename: str) -> bool:
    """Whether the file is part of tfsession, or of what starts scripts: no line of the user's."""
    return filename.startswith(_FRAMEWORK_FOLDERS) or filename in _STARTERS


def user_frame(frames: Sequence[traceback.FrameSummary]) -> traceback.FrameSummary | None:
    """Returns the innermost frame outside the framework, or else the innermost; None if empty."""
    for frame in reversed(frames):
        if not is_framework_file(frame.filename):
            return frame
    return frames[-1] if frames else None


def interpolate(message: str, graph: _Graph) -> str:
    """Returns `message` with its tags replaced by what the graph knows of the nodes.

    Args:
      message: the text of a runtime error, with tags such as `{{node a}}`.
      graph: the Graph whose operations the tags name.

    Returns:
      The text in which `{{node a}}` has become `node a (defined at file.py:4) `. The lines of the
      inputs of those nodes follow at the end, and what placed the nodes of colocation tags. Tags of
      unknown nodes and unknown types stay; function tags go.

    Source: TensorFlow 1.15, python/framework/error_interpolation.py `interpolate`.
    """
    tags = _TAG_PATTERN.findall(message)
    named = [graph.operations_by_name.get(name) for _, name in tags]
    ops = [op for op in named if op is not None]
    prefix = _common_directory([related for op in ops for related in (op, *_originals(op))])
    sources: list[str] = []
    colocations: list[str] = []

    def replacement(tag: re.Match[str]) -> str:
        kind, name = tag.groups()
        if kind == "function_node":
            return ""
        op = graph.operations_by_name.get(name)
        if op is None or kind not in ("node", "colocation_node"):
            return tag.group()
        if kind == "node":
            sources.extend(_input_sources(op, prefix))
            return f"node {op.name}{_defined_at(op, prefix)} "
        devices = _device_summary(op, prefix)
        colocations.append(f"{_colocation_summary(op, prefix)}\n{devices}")
        return f"node {op.name}{_defined_at(op, prefix)} placed on device {devices} "

    text = _TAG_PATTERN.sub(replacement, message)
    if sources:
        text += "\n\nErrors may have originated from an input operation.\n" + "\n".join(sources)
    if colocations:
        text += "\n\nAdditional information about colocations:\n" + "\n".join(colocations)
    return text


def _location(op: _Operation, prefix: str) -> str | None:
    """Returns `file:line` of the user's line that made `op`."""
    frame = user_frame(op.traceback)
    return None if frame is None else f"{_without_prefix(frame.filename, prefix)}:{frame.lineno}"


def _defined_at(op: _Operation, prefix: str) -> str:
    location = _location(op, prefix)
    return "" if location is None else f" (defined at {location})"


def _input_sources(op: _Operation, prefix: str) -> list[str]:
    """Returns the block about the inputs of `op` that other lines made; empty if there are none."""
    seen = {_location(op, prefix), None}
    lines = []
    for tensor in op.inputs:
        location = _location(tensor.op, prefix)
        if location not in seen:
            seen.add(location)
            lines.append(f" {tensor.op.name} (defined at {location})")
    if not lines:
        return []
    return [f"Input Source operations connected to node {op.name}:", "\t\n".join(lines)]


def _device_summary(op: _Operation, prefix: str) -> str:
    if not op.device_scopes:
        return f"No device assignments were active during op '{op.name}' creation."
    return "\n".join(
        [
            f"Device assignments active during op '{op.name}' creation:",
            *_scopes("tf.device", op.device_scopes, prefix),
        ]
    )


def _colocation_summary(op: _Operation, prefix: str) -> str:
    if not op.colocation_scopes:
        return f"No node-device colocations were active during op '{op.name}' creation."
    return "\n".join(
        [
            f"Node-device colocations active during op '{op.name}' creation:",
            *_scopes("tf.colocate_with", op.colocation_scopes, prefix),
        ]
    )


def _scopes(scope: str, assignments: Iterable[tuple[str, str, int]], prefix: str) -> list[str]:
    return [
        f"  with {scope}({name}): <{_without_prefix(filename, prefix)}:{line}>"
        for name, filename, line in assignments
    ]
