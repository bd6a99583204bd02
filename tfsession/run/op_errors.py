"""From what a kernel raised to the error that the user sees.

The line of the step's source on which a kernel failed tells the instruction, the instruction tells
the operation, and the operation tells the line of the user's program that made it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tfsession import errors, registry
from tfsession.compile.generate import Step
from tfsession.compile.program import READ, Instruction, short_device
from tfsession.compile.step_runtime import SeveralFailures
from tfsession.graph.graph import Graph
from tfsession.report import memory as memory_report
from tfsession.shapes import format_dims

# The longest text of an error that sums up several, in bytes.
MAX_SUMMARY = 8192

_NHWC_HINT = (
    "\nA possible workaround: Try disabling Grappler optimizer"
    "\nby modifying the config for creating the session eg."
    "\nsession_config.graph_options.rewrite_options.disable_meta_optimizer = True"
)


def op_error(
    graph: Graph,
    step: Step,
    error: Exception,
    is_raw: bool = False,
    memory: memory_report.SessionMemory | None = None,
) -> Exception:
    """The tf.errors error for what a kernel raised, naming the operation.

    Args:
      graph: the session's graph.
      step: the step that failed.
      error: what was raised while it ran.
      is_raw: whether tags stay in the text and the operation is not looked up.
      memory: what the session knows of its memory, for errors that say there is not enough.

    Returns:
      The error to raise; `error` itself where no kernel raised it.
    """
    if isinstance(error, SeveralFailures):
        return _summary(graph, step, error.failures, is_raw, memory)
    found = _failed_instruction(step, error)
    if found is None and isinstance(error, MemoryError):
        # A copy of what is fetched, which no operation makes.
        return errors.ResourceExhaustedError.of(f"OOM when fetching a value: {error}")
    if found is None:
        return error
    instruction, inputs = found
    no_memory = memory_report.is_out_of_memory(error)
    if no_memory:
        text = memory_report.first_line(error, step, instruction, inputs)
        result: errors.OpError = errors.ResourceExhaustedError.of(text)
    else:
        result = _as_op_error(error, instruction, inputs)
    message = result.message
    if "[[" not in message:
        message = f"{message}\n\t [[{{{{node {_node_name(step, instruction)}}}}}]]"
    if no_memory and memory is not None:
        message += memory_report.details(error, step, instruction, memory)
    raised = errors.make_error(None, None, message, result.error_code or errors.UNKNOWN)
    for note in getattr(result, "__notes__", ()):
        raised.add_note(note)
    if is_raw:
        return raised
    raised = located(graph, raised)
    shapes = ", ".join(_described(value) for value in inputs)
    raised.add_note(
        f"operation {instruction.op.name!r} (type {instruction.op.type}) on "
        f"{short_device(instruction.device)}, inputs: {shapes or 'none'}"
    )
    return raised


def located(graph: Graph, error: errors.OpError) -> errors.OpError:
    """The error with its operation and the line of the user's program that made it."""
    name = errors.failed_node_name(error.message)
    operation = None if name is None else graph.operations_by_name.get(name)
    message = errors.interpolate(error.message, graph)
    if "only supports NHWC tensor format" in message:
        message += _NHWC_HINT
    node_def = None if operation is None else operation.node_def
    found = errors.make_error(node_def, operation, message, error.error_code or errors.UNKNOWN)
    for note in getattr(error, "__notes__", ()):
        found.add_note(note)
    return found


def _summary(
    graph: Graph,
    step: Step,
    failures: Sequence[BaseException],
    is_raw: bool,
    memory: memory_report.SessionMemory | None,
) -> Exception:
    """One error for what has failed: a list where operations of several devices have."""
    happened = [failure for failure in failures if isinstance(failure, Exception)]
    roots: dict[str, errors.OpError] = {}
    for index, failure in enumerate(happened):
        if index and isinstance(failure, errors.CancelledError):
            continue  # it ended because another one failed
        found = _failed_instruction(step, failure)
        raised = op_error(graph, step, failure, is_raw=True, memory=memory)
        # One for each device: the operations of a device end with its first failure.
        if found is not None and isinstance(raised, errors.OpError):
            roots.setdefault(found[0].device, raised)
    if len(roots) < 2:
        return op_error(graph, step, happened[0], is_raw, memory)
    lines = [
        f"  ({index}) {errors.status_text(root.error_code or errors.UNKNOWN, root.message)}"
        for index, root in enumerate(roots.values())
    ]
    text = "\n".join(
        [
            f"{len(roots)} root error(s) found.",
            *lines,
            "0 successful operations.",
            "0 derived errors ignored.",
        ]
    )
    code = next(iter(roots.values())).error_code or errors.UNKNOWN
    text = text.encode()[:MAX_SUMMARY].decode("utf-8", "ignore")
    error = errors.make_error(None, None, text, code)
    return error if is_raw else located(graph, error)


def _failed_instruction(step: Step, error: Exception) -> tuple[Instruction, list[Any]] | None:
    """The instruction whose line of the step's source is in a traceback, with its inputs.

    Where strands run side by side, the line that started them is in the traceback, too, farther
    out: the innermost line counts.
    """
    found = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == step.file_name:
            instruction = step.instructions.get(trace.tb_lineno)
            if instruction is not None:
                found = instruction, trace.tb_frame.f_locals
        trace = trace.tb_next
    if found is None:
        return None
    instruction, values = found
    bound: Mapping[str, Any] = step.function.__kwdefaults__ or {}
    inputs = [values.get(f"v{number}", bound.get(f"c{number}")) for number in instruction.inputs]
    return instruction, inputs


def _node_name(step: Step, instruction: Instruction) -> str:
    """The name of the node that TensorFlow would name.

    A variable that is fetched is read by a node of the runtime, which no graph knows.
    """
    operation, fetches = instruction.op, step.program.fetches
    if instruction.kernel is READ and instruction.outputs[0] in fetches and not operation.inputs:
        return f"_retval_{operation.name}_0_{fetches.index(instruction.outputs[0])}"
    name: str = operation.name
    return name


def _as_op_error(
    error: Exception, instruction: Instruction, inputs: Sequence[Any]
) -> errors.OpError:
    """What a kernel raised as an error of TensorFlow's classes, in words about the inputs.

    Kernels raise these where they look at their inputs. An error of Python's or NumPy's own means
    inputs that the op does not take: what the op says of their shapes is the text, and that error a
    note.
    """
    if isinstance(error, errors.OpError):
        return error
    if isinstance(error, NotImplementedError):
        return errors.UnimplementedError.of(str(error))
    if not isinstance(error, (ValueError, TypeError, IndexError, AttributeError)):
        return errors.UnknownError.of(f"{type(error).__name__}: {error}")
    text = _wrong_rank(instruction, inputs) or _refusal(instruction, inputs)
    is_own = text is not None and not text.startswith("Dimensions must be equal")
    if not is_own and isinstance(error, ValueError) and "broadcast" in str(error):
        shapes = [format_dims(np.shape(value)) for value in inputs[:2]]
        text = f"Incompatible shapes: {' vs. '.join(shapes)}"
    if text is None:
        described = ", ".join(_described(value) for value in inputs)
        text = f"{instruction.name}: the inputs do not fit together: {described}"
    result = errors.InvalidArgumentError.of(text)
    result.add_note(f"{type(error).__name__}: {error}")
    return result


def _wrong_rank(instruction: Instruction, inputs: Sequence[Any]) -> str | None:
    """What the op says of an input of another rank; None where it says nothing."""
    operation = instruction.op
    wanted = registry.RUN_RANKS.get(operation.type, ())
    if instruction.name != operation.type or len(inputs) != len(operation.inputs):
        return None
    shapes: dict[str, tuple[int, ...]] = {}
    position = 0
    for argument in operation.op_def_.inputs:
        count = argument.count(operation.attrs) if argument.is_list else 1
        if count:
            shapes[argument.name] = np.shape(inputs[position])
        position += count
    for name, allowed, text in wanted:
        if name in shapes and len(shapes[name]) not in allowed:
            facts: dict[str, Any] = {key: format_dims(shape) for key, shape in shapes.items()}
            for key, shape in shapes.items():
                facts[f"{key}_rank"], facts[f"{key}_count"] = len(shape), math.prod(shape)
            return text.format(**facts)
    return None


def _refusal(instruction: Instruction, inputs: Sequence[Any]) -> str | None:
    """What the op's shape function says of inputs as they are; None where it has no objection."""
    try:
        memory_report.shapes_for(instruction, inputs)
    except ValueError as refusal:
        return str(refusal)
    return None


def _described(value: Any) -> str:
    """``float32[2,3]`` for an array; the type's name for anything else."""
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return f"{getattr(value.dtype, 'name', value.dtype)}{format_dims(tuple(value.shape or ()))}"
    return type(value).__name__
