"""Sessions: run(fetches, feeds) on a graph.

`BaseSession._compile` is the map of the whole system: what a run needs is pruned from the graph,
placed, lowered to a Program, optimised, and generated as a Step. The Step is cached by fetches and
feeds; a cached run converts the feeds, calls the Step and puts the results together.
"""

from __future__ import annotations

import logging
import sys
import threading
import warnings
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfsession import errors, scopes
from tfsession.devices.lister import create_devices
from tfsession.feeds import Feed, feed_tensor, flatten
from tfsession.fetches import resolve, signature
from tfsession.generate import Step, generate
from tfsession.graph import Graph, Operation, Tensor
from tfsession.lower import load_kernels, lower
from tfsession.optimise import MAX_FOLDED_BYTES, optimise
from tfsession.place import Placement, place
from tfsession.program import short_device
from tfsession.protos import ConfigProto, GraphDef, RunMetadata, RunOptions
from tfsession.prune import prune
from tfsession.resources import blas_threads, cancellation, host_memory
from tfsession.resources.containers import ResourceManager
from tfsession.shapes import format_dims

logger = logging.getLogger("tfsession")

# Steps kept for each session; the oldest goes when a new one comes.
MAX_PLANS = 1024
# Runs in a row that each found a larger graph, before the user is told.
GROWING_RUNS = 30

_CLOSED = "Attempted to use a closed Session."
_EMPTY = "The Session graph is empty.  Add operations to the graph before calling run()."

default_sessions: scopes.DefaultStack[BaseSession] = scopes.DefaultStack()
_open_sessions: weakref.WeakSet[BaseSession] = weakref.WeakSet()


@dataclass(frozen=True)
class Plan:
    """What is cached for a signature.

    Attributes:
      feeds: one converter for each key of the feed_dict, in its order.
      step: the compiled step; None when nothing has to run.
      assemble: from the values of the distinct fetched tensors to the fetched structure.
      fed_fetches: for each distinct fetched tensor, the index of the feed it is, or None; None
        when no fetched tensor is fed.
    """

    feeds: list[Feed]
    step: Step | None
    assemble: Callable[[Sequence[Any]], Any]
    fed_fetches: list[int | None] | None


class _DeviceAttributes:
    """A device as `Session.list_devices` describes it."""

    def __init__(self, name: str, device_type: str, memory_limit: int, incarnation: int) -> None:
        self.name = name
        self.device_type = device_type
        self.memory_limit_bytes = memory_limit
        self.incarnation = incarnation

    def __repr__(self) -> str:
        return (
            f"_DeviceAttributes({self.name}, {self.device_type}, {self.memory_limit_bytes}, "
            f"{self.incarnation})"
        )


class BaseSession:
    """Runs operations of a graph and owns what they keep."""

    def __init__(self, target: Any = "", graph: Graph | None = None, config: Any = None) -> None:
        """Creates a session; the arguments are those of `Session`."""
        self._closed = True
        self._graph, self._target, self._config = _checked_arguments(target, graph, config)
        self._devices = {d.name: d for d in create_devices(self._config)}
        self._resources = ResourceManager()
        self._plans: dict[Any, Plan] = {}
        self._lock = threading.RLock()
        self._placement = Placement()
        self._placed_version = 0
        self._growing_runs = 0
        self._last_version = 0
        # Set where every run must look at more than the plan cache.
        self._needs_checks = self._config.operation_timeout_in_ms > 0
        self._running: set[cancellation.Cancellation] = set()
        self._cancelled = False
        self._passes_off = _passes_switched_off(self._config)
        self._closed = False
        host_memory.session_opened()
        _open_sessions.add(self)
        if self._config.log_device_placement:
            _log_lines(_device_mapping(self._devices.values()))

    # -- Properties --

    @property
    def graph(self) -> Graph:
        """The graph this session runs."""
        return self._graph

    @property
    def graph_def(self) -> GraphDef:
        """The GraphDef message of the graph."""
        return self._graph.as_graph_def(add_shapes=self._config.graph_options.infer_shapes)

    @property
    def sess_str(self) -> bytes:
        """The target, as bytes."""
        return self._target

    def list_devices(self) -> list[_DeviceAttributes]:
        """The devices of this session, CPUs first."""
        return [
            _DeviceAttributes(d.name, d.kind, d.memory_limit, d.incarnation)
            for d in self._devices.values()
        ]

    # -- Life --

    def close(self) -> None:
        """Gives back everything the session holds; closing twice is no error."""
        with self._lock:
            if self._closed:
                return
            self._closed = self._needs_checks = True
            self._release()

    def _release(self) -> None:
        for run in list(self._running):
            run.cancel(errors.CancelledError(None, None, "Session has been closed."))
        self._plans.clear()
        self._resources.clear()
        for device in self._devices.values():
            device.close()
        host_memory.session_closed()

    def __del__(self) -> None:
        try:
            self.close()
        except Exception:  # the interpreter may be going down
            logger.debug("closing a collected session failed", exc_info=True)

    def as_default(self) -> Any:
        """Makes this the default session of the thread, inside a `with` block."""
        return default_sessions.pushed(self)

    # -- Running --

    def run(
        self,
        fetches: Any,
        feed_dict: Mapping[Any, Any] | None = None,
        options: Any = None,
        run_metadata: Any = None,
    ) -> Any:
        """Runs what the fetches need and returns their values.

        Args:
          fetches: a Tensor, an Operation, the name of either, or a nesting of lists, tuples,
            namedtuples and dicts of these.
          feed_dict: values that stand in for tensors in this run.
          options: a RunOptions message.
          run_metadata: a RunMetadata message that receives what the options ask for.

        Returns:
          The structure of `fetches`, with a NumPy array or scalar for every Tensor and None for
          every Operation.

        Raises:
          RuntimeError: the session is closed, or the graph empty.
          TypeError: a fetch or a feed has an unusable type.
          ValueError: a fetch or a feed is not in the graph, or a value does not fit.
          OpError: an operation failed.
        """
        if options is None and run_metadata is None and not self._needs_checks:
            # The common case, without a function call more than it needs.
            feeds: Any = feed_dict or _NO_FEEDS
            try:
                plan = self._plans.get((signature(fetches), *feeds))
            except TypeError:
                plan = None
            if plan is not None and type(feeds) is dict:
                return self._execute(plan, feeds.values())
        return self._run(fetches, feed_dict, options, run_metadata)

    def _run(self, fetches: Any, feed_dict: Any, options: Any, run_metadata: Any) -> Any:
        """A run whose signature has not been seen, or that asks for more than values."""
        self._check_open()
        if self._graph.version == 0:
            raise RuntimeError(_EMPTY)
        wanted = RunOptions()
        if options:
            wanted.ParseFromString(options.SerializeToString())
            self._check_options(wanted)
        fed = flatten(self._graph, feed_dict) if feed_dict else {}
        plan = self._plan(fetches, list(fed), feed_dict)
        milliseconds = wanted.timeout_in_ms
        if milliseconds <= 0:
            milliseconds = self._config.operation_timeout_in_ms
        traced = wanted.trace_level != RunOptions.NO_TRACE or wanted.output_partition_graphs
        if plan.step is None or not (traced or milliseconds > 0):
            result = self._execute(plan, fed.values())
            metadata = RunMetadata()
        else:
            arguments = [f.convert(v) for f, v in zip(plan.feeds, fed.values(), strict=True)]
            result, metadata = self._run_instrumented(plan, arguments, wanted, milliseconds / 1000)
        if run_metadata is not None:
            run_metadata.ParseFromString(metadata.SerializeToString())
        return result

    def _check_options(self, options: RunOptions) -> None:
        pools = max(1, len(self._config.session_inter_op_thread_pool))
        if not -1 <= options.inter_op_thread_pool < pools:
            raise errors.InvalidArgumentError(
                None, None, f"Invalid inter_op_thread_pool: {options.inter_op_thread_pool}"
            )

    def _run_instrumented(
        self, plan: Plan, arguments: list[Any], options: RunOptions, seconds: float
    ) -> tuple[Any, RunMetadata]:
        """A run that records its kernels, and ends when its time is over."""
        from tfsession import tracing

        assert plan.step is not None
        step = self._instrumented_step(plan.step)
        run = cancellation.Cancellation()
        recorder = tracing.Recorder(step.program, self._devices, run)
        timer = None
        if seconds > 0:
            late = errors.DeadlineExceededError(None, None, "Timed out waiting for notification")
            timer = threading.Timer(seconds, run.cancel, [late])
            timer.daemon = True
            timer.start()
        try:
            results = self._run_cancellable(step, [recorder, *arguments], run)
        except Exception as error:
            if isinstance(run.reason, errors.DeadlineExceededError):
                raise run.reason from None
            raise self._op_error(step, error) from error
        finally:
            if timer is not None:
                timer.cancel()
        metadata = tracing.run_metadata(options, step.program, recorder, self._devices)
        return self._assembled(plan, results, arguments), metadata

    def _instrumented_step(self, step: Step) -> Step:
        """The variant of a step that calls its kernels through a Recorder."""
        if step.instrumented is None:
            step.instrumented = generate(step.program, self._devices, instrumented=True)
        return step.instrumented

    def _plan(self, fetches: Any, fed: list[Tensor], feed_dict: Any) -> Plan:
        """The cached or new plan of a signature."""
        # The fast path looks plans up by the keys as the user wrote them; those stand for the
        # same tensors only where every key is one tensor.
        keys = tuple(feed_dict) if feed_dict and len(feed_dict) == len(fed) else tuple(fed)
        try:
            simple = all(feed_tensor(self._graph, k) is t for k, t in zip(keys, fed, strict=True))
        except TypeError:
            simple = False
        key = (signature(fetches), *(keys if simple else fed))
        with self._lock:
            self._check_open()
            plan = self._plans.get(key)
            if plan is None:
                self._notice_growth()
                plan = self._compile(fetches, fed)
                if len(self._plans) >= MAX_PLANS:
                    self._plans.pop(next(iter(self._plans)))
                self._plans[key] = plan
            return plan

    def _compile(self, fetches: Any, fed: list[Tensor]) -> Plan:
        """From fetches and feeds to a Step: the stages of a run, in order."""
        wanted = resolve(self._graph, fetches)
        feeds = [Feed(tensor, self._graph) for tensor in fed]
        position = {tensor: index for index, tensor in enumerate(fed)}
        tensors = [t for t in wanted.tensors if t not in position]
        fed_fetches = None
        if len(tensors) < len(wanted.tensors):
            fed_fetches = [position.get(t) for t in wanted.tensors]
        if not tensors and not wanted.operations:
            return Plan(feeds, None, wanted.assemble, fed_fetches)
        return Plan(
            feeds, self._step(tensors, wanted.operations, fed), wanted.assemble, fed_fetches
        )

    def _step(self, tensors: list[Tensor], targets: list[Operation], fed: list[Tensor]) -> Step:
        try:
            operations = prune([*tensors, *targets], fed)
            placement = self._place(operations)
            program = lower(operations, tensors, fed, placement, self._devices, self._resources)
        except errors.OpError as error:
            raise self._located(error) from None
        options = self._config.graph_options.optimizer_options
        largest = options.max_folded_constant_in_bytes or MAX_FOLDED_BYTES
        program = optimise(program, self._passes_off, largest)
        return generate(program, self._devices)

    def _place(self, operations: list[Operation]) -> dict[Operation, str]:
        """Places what has been added to the graph, or only what this step needs."""
        placed = self._placement.devices
        if self._config.graph_options.place_pruned_graph:
            new = [op for op in operations if op not in placed]
        else:
            version = self._graph.version
            new = self._graph._operations[self._placed_version : version]
            self._placed_version = version
        if new:
            load_kernels(new)
            found = place(
                new, list(self._devices.values()), self._config.allow_soft_placement, placed
            )
            placed.update(found.devices)
            self._placement.reasons.update(found.reasons)
            if self._config.log_device_placement:
                _log_lines(
                    "\n".join(f"{o.name}: ({o.type}): {d}" for o, d in found.devices.items())
                )
        return placed

    def _execute(self, plan: Plan, values: Any) -> Any:
        """Runs a plan on fed values."""
        arguments = [feed.convert(v) for feed, v in zip(plan.feeds, values, strict=True)]
        step = plan.step
        if step is None:
            results: Any = ()
        else:
            try:
                if step.blocks:
                    results = self._run_cancellable(step, arguments)
                elif step.uses_blas:
                    with blas_threads.held, np.errstate(all="ignore"):
                        results = step.function(*arguments)
                else:
                    with np.errstate(all="ignore"):
                        results = step.function(*arguments)
            except Exception as error:
                raise self._op_error(step, error) from error
        return self._assembled(plan, results, arguments)

    def _assembled(self, plan: Plan, results: Any, arguments: Sequence[Any]) -> Any:
        """The fetched structure, from what the step returned and what was fed."""
        if plan.fed_fetches is None:
            return plan.assemble(results)
        computed = iter(results)
        return plan.assemble(
            [next(computed) if i is None else arguments[i] for i in plan.fed_fetches]
        )

    def _run_cancellable(
        self, step: Step, arguments: Sequence[Any], run: cancellation.Cancellation | None = None
    ) -> Any:
        """Runs a step that may wait, so that closing the session ends it."""
        run = run or cancellation.Cancellation()
        self._running.add(run)
        previous = cancellation.set_current(run)
        try:
            with blas_threads.held, np.errstate(all="ignore"):
                return step.function(*arguments)
        finally:
            cancellation.set_current(previous)
            self._running.discard(run)

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError(_CLOSED)
        if self._cancelled:
            raise errors.CancelledError(None, None, "Session has been closed.")

    def _notice_growth(self) -> None:
        """Warns once when every new signature comes with new operations: a loop builds them."""
        version = self._graph.version
        grown = self._last_version and version > self._last_version
        self._growing_runs = self._growing_runs + 1 if grown else 0
        self._last_version = version
        if self._growing_runs == GROWING_RUNS:
            logger.warning(
                "The graph has grown before each of the last %d compiled runs and holds %d "
                "operations now. Operations made inside a training loop stay in the graph and "
                "every step that uses them is compiled anew: build them once, before the loop. "
                "graph.finalize() finds the place.",
                GROWING_RUNS,
                version,
            )

    # -- Errors --

    def _op_error(self, step: Step, error: Exception) -> Exception:
        """The tf.errors error for what a kernel raised, naming the operation."""
        frame_line = _line_in(error, step.file_name)
        if frame_line is None:
            return error
        line, local_values = frame_line
        instruction = step.instructions.get(line)
        if instruction is None:
            return error
        operation = instruction.op
        bound: Mapping[str, Any] = step.function.__kwdefaults__ or {}
        inputs = [
            local_values.get(f"v{number}", bound.get(f"c{number}")) for number in instruction.inputs
        ]
        shapes = ", ".join(_described(value) for value in inputs)
        result = _as_op_error(error, inputs, instruction.device)
        message = result.message
        if "[[" not in message:
            message = f"{message}\n\t [[{{{{node {operation.name}}}}}]]"
        located = self._located(errors.make_error(None, None, message, result.error_code or 2))
        located.add_note(
            f"operation {operation.name!r} (type {operation.type}) on "
            f"{short_device(instruction.device)}, inputs: {shapes or 'none'}"
        )
        return located

    def _located(self, error: errors.OpError) -> errors.OpError:
        """The error with its operation and the line of the user's program that made it."""
        name = errors.failed_node_name(error.message)
        operation = None if name is None else self._graph._nodes_by_name.get(name)
        message = errors.interpolate(error.message, self._graph)
        node_def = None if operation is None else operation.node_def
        return errors.make_error(node_def, operation, message, error.error_code or 2)

    # -- Looking inside --

    def explain(self, fetches: Any, feeds: Any = ()) -> str:
        """The Python source of the step that `run(fetches, feeds)` executes, with its program.

        Args:
          fetches: as for `run`.
          feeds: the tensors that will be fed, or a feed_dict.

        Returns:
          The Program, one instruction a line with its device and operation, and the source.
        """
        self._check_open()
        fed = [feed_tensor(self._graph, key) for key in feeds]
        plan = self._plan(fetches, fed, dict.fromkeys(fed))
        if plan.step is None:
            return "nothing runs: every fetch is fed\n"
        source = plan.step.source.splitlines()
        width = max(len(source[line - 1]) for line in plan.step.instructions) + 2
        annotated = [
            f"{text:<{width}}# {short_device(i.device)}  {i.op.name}" if i else text
            for number, text in enumerate(source, 1)
            for i in (plan.step.instructions.get(number),)
        ]
        return "\n".join([str(plan.step.program), "", *annotated, ""])

    def make_callable(
        self, fetches: Any, feed_list: Any = None, accept_options: bool = False
    ) -> Callable[..., Any]:
        """A function that runs the fetches.

        Args:
          fetches: as for `run`.
          feed_list: the feeds whose values are the function's arguments, in order.
          accept_options: whether the function takes `options` and `run_metadata`.

        Raises:
          TypeError: `feed_list` is neither None nor a list or tuple.
        """
        if feed_list is not None:
            if not isinstance(feed_list, (list, tuple)):
                raise TypeError("`feed_list` must be a list or tuple.")

            def with_feeds(*values: Any, **options: Any) -> Any:
                return self.run(fetches, dict(zip(feed_list, values)), **options)  # noqa: B905  # too many or few are allowed

            return with_feeds
        resolve(self._graph, fetches)

        def without_feeds() -> Any:
            self._check_callable(fetches)
            return self.run(fetches)

        def with_options(options: Any = None, run_metadata: Any = None) -> Any:
            self._check_callable(fetches)
            return self.run(fetches, None, options, run_metadata)

        return with_options if accept_options else without_feeds

    def _check_callable(self, fetches: Any) -> None:
        if self._closed or self._cancelled:
            raise errors.CancelledError(None, None, "Session has been closed.")
        if fetches in ([], (), {}):
            raise errors.InvalidArgumentError(
                None, None, "Must specify at least one target to fetch or execute."
            )


_NO_FEEDS: dict[Any, Any] = {}


class Session(BaseSession):
    """Runs TensorFlow operations.

    Args:
      target: '' for a session in this process.
      graph: the Graph to run; the default graph when None.
      config: a ConfigProto.

    Raises:
      TypeError: an argument has the wrong type.
      NotFoundError: there is no session factory for `target`, or no CPU device.
      InvalidArgumentError: a GPU option cannot be followed.

    Source: TensorFlow 1.15 `tf.Session`. `explain` is ours.
    """

    def __init__(self, target: Any = "", graph: Graph | None = None, config: Any = None) -> None:
        super().__init__(target, graph, config)
        self._entered: list[Any] = []

    def __enter__(self) -> Session:
        if self._entered:
            raise RuntimeError(
                "Session context managers are not re-entrant. Use `Session.as_default()` if you "
                "want to enter a session multiple times."
            )
        graph_scope, session_scope = self.graph.as_default(), self.as_default()
        graph_scope.__enter__()
        session_scope.__enter__()
        self._entered = [session_scope, graph_scope]
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is errors.OpError:
            logger.error("Session closing due to OpError: %s", error)
        entered, self._entered = self._entered, []
        try:
            for scope in entered:
                scope.__exit__(kind, error, trace)
        finally:
            self.close()

    @staticmethod
    def reset(target: Any, containers: Any = None, config: Any = None) -> None:
        """Clears resource containers of all sessions in this process, and closes the sessions.

        Args:
          target: '' or None, for sessions in this process.
          containers: names of the containers to clear; None or [] for the default container.
          config: a ConfigProto.

        Raises:
          TypeError: `target` is not a string.
          NotFoundError: there is no session factory for `target`.
        """
        if target is not None and not isinstance(target, (str, bytes)):
            raise TypeError(f"Expected binary or unicode string, got {target!r}")
        _check_target(target or "", config)
        for session in list(_open_sessions):
            session._resources.clear(list(containers or [""]))
            session._cancelled = session._needs_checks = True
            for run in list(session._running):
                run.cancel(errors.CancelledError(None, None, "Session has been closed."))


class InteractiveSession(BaseSession):
    """A session that makes itself the default of its thread until it is closed.

    Args:
      target: '' for a session in this process.
      graph: the Graph to run, which then becomes the default graph; the default graph when None.
      config: a ConfigProto; `graph_options.place_pruned_graph` is set on it.

    Source: TensorFlow 1.15 `tf.InteractiveSession`.
    """

    _count = 0
    _count_lock = threading.Lock()

    def __init__(self, target: Any = "", graph: Graph | None = None, config: Any = None) -> None:
        if not config:
            config = ConfigProto()
            config.gpu_options.allow_growth = True
        if isinstance(config, ConfigProto):
            config.graph_options.place_pruned_graph = True
        super().__init__(target, graph, config)
        with InteractiveSession._count_lock:
            if InteractiveSession._count > 0:
                warnings.warn(
                    "An interactive session is already active. This can cause out-of-memory errors "
                    "in some cases. You must explicitly call `InteractiveSession.close()` to "
                    "release resources held by the other session(s).",
                    stacklevel=2,
                )
            InteractiveSession._count += 1
        self._counted = True
        default_sessions.items.append(self)
        self._explicit_graph = graph
        if graph is not None:
            scopes.default_graphs.items.append(graph)

    def close(self) -> None:
        """Closes the session and stops being the default."""
        super().close()
        if not getattr(self, "_counted", False):
            return
        with InteractiveSession._count_lock:
            self._counted = False
            InteractiveSession._count -= 1
        if self._explicit_graph is not None:
            scopes.default_graphs.remove(self._explicit_graph)
            self._explicit_graph = None
        default_sessions.remove(self)


# ---- Construction ----


def _checked_arguments(target: Any, graph: Any, config: Any) -> tuple[Graph, bytes, ConfigProto]:
    """Graph, target as bytes, and config, with what None stands for filled in."""
    if graph is None:
        graph = scopes.get_default_graph()
    elif not isinstance(graph, Graph):
        raise TypeError(f"graph must be a tf.Graph, but got {type(graph)}")
    if target is None:
        target = ""
    if not isinstance(target, (str, bytes)):
        hint = ""
        if isinstance(target, ConfigProto):
            hint = '. Did you do "Session(config)" instead of "Session(config=config)"?'
        raise TypeError(f"target must be a string, but got {type(target)}{hint}")
    if config is not None and not isinstance(config, ConfigProto):
        raise TypeError(f"config must be a tf.ConfigProto, but got {type(config)}")
    _check_target(target, config)
    copy = ConfigProto()
    if config is not None:
        copy.CopyFrom(config)
    return graph, target if isinstance(target, bytes) else target.encode(), copy


def _check_target(target: str | bytes, config: Any) -> None:
    if not target:
        return
    name = target.decode() if isinstance(target, bytes) else target
    text = "" if config is None else str(config).strip()
    raise errors.NotFoundError(
        None,
        None,
        f'No session factory registered for the given session options: {{target: "{name}" config: '
        f"{text}}} Registered factories are {{DIRECT_SESSION}}.",
    )


def _passes_switched_off(config: ConfigProto) -> frozenset[str]:
    """The optimisation passes that the config leaves out: folding and merging, at level L0."""
    options = config.graph_options.optimizer_options
    if options.opt_level >= 0:
        return frozenset()
    kept = {
        "fold": options.do_constant_folding,
        "merge": options.do_common_subexpression_elimination,
    }
    return frozenset(name for name, wanted in kept.items() if not wanted)


def _device_mapping(devices: Any) -> str:
    lines = [f"{d.name} -> {d.physical_description}" for d in devices if d.physical_description]
    if not lines:
        return "Device mapping: no known devices."
    return "\n".join(["Device mapping:", *lines])


def _log_lines(text: str) -> None:
    """Placement goes to stderr, as scripts expect, and through logging, which notebooks show."""
    print(text, file=sys.stderr)  # noqa: T201  # asked for by log_device_placement
    for line in text.splitlines():
        logger.info(line)


# ---- Errors of kernels ----


def _line_in(error: BaseException, file_name: str) -> tuple[int, Mapping[str, Any]] | None:
    """Line and local values of the step's own frame in a traceback."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file_name:
            return trace.tb_lineno, trace.tb_frame.f_locals
        trace = trace.tb_next
    return None


def _as_op_error(error: Exception, inputs: Sequence[Any], device: str) -> errors.OpError:
    if isinstance(error, errors.OpError):
        return error
    if isinstance(error, MemoryError):
        size = getattr(error, "size", None)
        what = str(error) if size is None else f"of {size} bytes: {error}"
        return errors.ResourceExhaustedError(
            None, None, f"OOM when allocating tensor {what} on {device}"
        )
    if isinstance(error, ValueError) and "broadcast" in str(error):
        shapes = [format_dims(np.shape(value)) for value in inputs[:2]]
        return errors.InvalidArgumentError(
            None, None, f"Incompatible shapes: {' vs. '.join(shapes)}"
        )
    if isinstance(error, NotImplementedError):
        return errors.UnimplementedError(None, None, str(error))
    if isinstance(error, (ValueError, TypeError, IndexError)):
        return errors.InvalidArgumentError(None, None, str(error))
    return errors.UnknownError(None, None, f"{type(error).__name__}: {error}")


def _described(value: Any) -> str:
    """``float32[2,3]`` for an array; the type's name for anything else."""
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return f"{getattr(value.dtype, 'name', value.dtype)}{format_dims(tuple(value.shape or ()))}"
    return type(value).__name__


# ---- Default session ----


def get_default_session() -> BaseSession | None:
    """The default session of this thread, or None."""
    return default_sessions.top()


def session_for_eval(graph: Graph, session: BaseSession | None) -> BaseSession:
    """The session in which `Tensor.eval` runs.

    Raises:
      ValueError: there is none, or it runs another graph.
    """
    return _session_for(
        graph,
        session,
        "Cannot evaluate tensor using `eval()`: No default session is registered. Use `with "
        "sess.as_default()` or pass an explicit session to `eval(session=sess)`",
        "Cannot use the default session to evaluate tensor: the tensor's graph is different from "
        "the session's graph. Pass an explicit session to `eval(session=sess)`.",
        "Cannot use the given session to evaluate tensor: the tensor's graph is different from the "
        "session's graph.",
    )


def session_for_run(graph: Graph, session: BaseSession | None) -> BaseSession:
    """The session in which `Operation.run` runs.

    Raises:
      ValueError: there is none, or it runs another graph.
    """
    return _session_for(
        graph,
        session,
        "Cannot execute operation using `run()`: No default session is registered. Use `with "
        "sess.as_default():` or pass an explicit session to `run(session=sess)`",
        "Cannot use the default session to execute operation: the operation's graph is different "
        "from the session's graph. Pass an explicit session to run(session=sess).",
        "Cannot use the given session to execute operation: the operation's graph is different "
        "from the session's graph.",
    )


def _session_for(
    graph: Graph, session: BaseSession | None, none: str, default_differs: str, given_differs: str
) -> BaseSession:
    if session is not None:
        if session.graph is not graph:
            raise ValueError(given_differs)
        return session
    found = default_sessions.top()
    if found is None:
        raise ValueError(none)
    if found.graph is not graph:
        raise ValueError(default_differs)
    return found
