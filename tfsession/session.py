"""Sessions: run(fetches, feeds) on a graph.

`BaseSession._compile` is the map of the whole system: what a run needs is pruned from the graph,
placed, lowered to a Program, optimised, and generated as a Step. The Step is cached by fetches and
feeds; a cached run converts the feeds, calls the Step and puts the results together (`_execute`).
Runs that ask for more are in `run_options`, other ways to run in `callables` and `partial_run`.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tfsession import callables, errors, partial_run, placement_report
from tfsession.default_session import default_sessions
from tfsession.device_spec import canonical_name
from tfsession.devices.cpu import CpuDevice
from tfsession.devices.lister import create_devices
from tfsession.feeds import Feed, OnDevice, arguments_in_place, feed_tensor, flatten
from tfsession.fetches import resolve, signature
from tfsession.generate import Step, generate
from tfsession.graph import Graph, Operation, Tensor
from tfsession.graph_changes import GraphChanges
from tfsession.lower import lower, set_kernel_threads
from tfsession.memory_report import (
    MemoryInfo,
    SessionMemory,
    host_bytes,
    memory_info,
    release_values,
)
from tfsession.op_errors import located, op_error
from tfsession.optimise import MAX_FOLDED_BYTES, optimise
from tfsession.placed_graph import PlacedGraph
from tfsession.plan import Plan, adjustment
from tfsession.program import Program, short_device
from tfsession.protos import GraphDef, RunOptions
from tfsession.prune import prune
from tfsession.resources import blas_threads, cancellation, host_memory
from tfsession.resources.containers import ResourceManager
from tfsession.resources.live import LiveObjects
from tfsession.run_options import run_plan
from tfsession.session_arguments import (
    check_target,
    checked_arguments,
    claim_identity,
    passes_switched_off,
    release_identity,
    text_of,
)

logger = logging.getLogger("tfsession")

# Steps kept for each session; the oldest goes when a new one comes.
MAX_PLANS = 1024
# How long a session may take to close when a `with` block ends with an error, in seconds.
CLOSING_SECONDS = 30

_CLOSED = "Attempted to use a closed Session."

_open_sessions: LiveObjects[BaseSession] = LiveObjects()


class _DeviceAttributes:
    """A device as `Session.list_devices` describes it."""

    def __init__(self, name: str, device_type: str, memory_limit: int, incarnation: int) -> None:
        self.name = canonical_name(name)
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
        self._graph, self._target, self._config = checked_arguments(target, graph, config)
        self._identity = claim_identity(self._config)
        try:
            self._devices = {d.name: d for d in create_devices(self._config)}
        except BaseException:
            release_identity(self._identity)
            raise
        if self._config.intra_op_parallelism_threads > 0:
            set_kernel_threads(self._config.intra_op_parallelism_threads)
        self._resources = ResourceManager()
        others = [device for device in self._devices.values() if not device.on_host]
        for device in self._devices.values():
            if isinstance(device, CpuDevice):
                device.kept = functools.partial(host_bytes, self._resources, others)
        self._plans: dict[Any, Plan] = {}
        self._steps: dict[Any, Step] = {}
        self._partial_runs = partial_run.PartialRuns()
        self._callables = callables.Callables()
        self._lock = threading.RLock()
        experimental = self._config.experimental
        is_static = (
            experimental.optimize_for_static_graph
            and not experimental.disable_optimize_for_static_graph
        )
        self._changes = GraphChanges(self._graph, is_static)
        # Set where every run must look at more than the plan cache.
        self._needs_checks = (
            self._config.operation_timeout_in_ms > 0
            or self._config.graph_options.build_cost_model > 0
        ) or is_static
        self._takes_arrays_of_devices = any(hasattr(d, "ordinal") for d in self._devices.values())
        self._running: set[cancellation.Cancellation] = set()
        self._cancelled = False
        self._passes_off = passes_switched_off(self._config)
        # Whether programs are checked after every pass: tests set it.
        self._verifies = False
        self._closed = False
        host_memory.session_opened()
        _open_sessions.add(self)
        self._placed = PlacedGraph(self._graph, list(self._devices.values()), self._config)

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

    def memory_info(self) -> dict[str, MemoryInfo]:
        """How much memory the session has on each device at this moment.

        On a CPU it counts what variables, queues and kept tensors hold; what steps need while they
        run is not known there, and nothing limits it. It may be asked for after `close`, too: then
        nothing is in use, and the peaks are still there.

        Returns:
          Full device name to `MemoryInfo`, the devices in the order of `list_devices`.
        """
        return {name: memory_info(device) for name, device in self._devices.items()}

    # -- Life --

    def close(self) -> None:
        """Gives back everything the session holds, and cancels what runs; twice is no error."""
        with self._lock:
            if self._closed:
                return
            self._closed = self._needs_checks = True
            self._release()

    def _release(self) -> None:
        # A device that fails does not keep the rest from going.
        with contextlib.ExitStack() as last:
            last.callback(host_memory.session_closed)
            for device in self._devices.values():
                last.callback(device.close)
            self._cancel_running()
            self._plans.clear()
            self._steps.clear()
            self._partial_runs.clear()
            self._resources.clear()
            release_identity(self._identity)

    def _cancel_running(self) -> None:
        for run in list(self._running):
            run.cancel(errors.CancelledError(None, None, "Session has been closed."))

    def __del__(self) -> None:
        try:
            # Not a subclass's: what is collected was no default session, and is not counted down.
            BaseSession.close(self)
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
            if plan is not None and isinstance(feeds, dict):
                return self._execute(plan, feeds.values())
        return self._run(fetches, feed_dict, options, run_metadata)

    def _run(self, fetches: Any, feed_dict: Any, options: Any, run_metadata: Any) -> Any:
        """A run whose signature has not been seen, or that asks for more than values."""
        wanted = RunOptions()
        if options:
            wanted.ParseFromString(options.SerializeToString())
        self._check_open()
        self._check_graph()
        fed = flatten(self._graph, feed_dict) if feed_dict else {}
        plan = self._plan(fetches, list(fed), feed_dict)
        result, metadata = run_plan(self, plan, list(fed.values()), wanted)
        if run_metadata is not None:
            run_metadata.ParseFromString(metadata.SerializeToString())
        return result

    def _plan(self, fetches: Any, fed: list[Tensor], feed_dict: Any) -> Plan:
        """The cached or new plan of a signature."""
        # The fast path looks plans up by the keys as the user wrote them; those stand for the
        # same tensors only where every key is one tensor.
        keys = tuple(feed_dict) if feed_dict and len(feed_dict) == len(fed) else tuple(fed)
        try:
            simple = all(feed_tensor(self._graph, k) is t for k, t in zip(keys, fed, strict=True))
        except TypeError:
            simple = False
        try:
            key = (signature(fetches), *(keys if simple else fed))
            hash(key)
        except TypeError:
            key = None
        with self._lock:
            self._check_open()
            plan = None if key is None else self._plans.get(key)
            if plan is None:
                self._changes.notice()
                plan = self._compile(fetches, fed)
                if key is not None:
                    _put(self._plans, key, plan)
            return plan

    def _compile(self, fetches: Any, fed: list[Tensor]) -> Plan:
        """From fetches and feeds to a Step: the stages of a run, in order."""
        wanted = resolve(self._graph, fetches)
        known = set(fed)
        tensors = [t for t in wanted.tensors if t not in known]
        feeds = [self._feed(tensor, tensor in wanted.tensors) for tensor in fed]
        adjust = adjustment(self, wanted.tensors, fed)
        step = None
        if tensors or wanted.operations:
            step = self._step(tensors, wanted.operations, fed)
        return Plan(feeds, step, wanted.assemble, adjust, tensors, wanted.operations)

    def _feed(self, tensor: Tensor, is_fetched: bool = False) -> Feed:
        return Feed(tensor, self._graph, self._resources, self._takes_arrays_of_devices, is_fetched)

    def _step(
        self,
        tensors: list[Tensor],
        targets: list[Operation],
        fed: list[Tensor],
        places: Mapping[Tensor, str] | None = None,
    ) -> Step:
        """The cached or new step of some tensors, operations and feeds."""
        key: tuple[Any, ...] = (*tensors, None, *sorted(targets, key=_creation), None, *fed)
        if places:
            key = (*key, None, *places.items())
        step = self._steps.get(key)
        if step is None:
            program = self._program(tensors, targets, fed, places)
            try:
                step = generate(program, self._devices)
            except errors.OpError as error:
                raise located(self._graph, error) from None
            _put(self._steps, key, step)
        return step

    def _program(
        self,
        tensors: list[Tensor],
        targets: list[Operation],
        fed: list[Tensor],
        places: Mapping[Tensor, str] | None = None,
        passes_off: frozenset[str] = frozenset(),
    ) -> Program:
        try:
            operations = prune([*tensors, *targets], fed)
            placement = self._placed.place(operations)
            program = lower(
                operations,
                tensors,
                fed,
                placement,
                self._devices,
                self._resources,
                places,
                required=targets,
            )
        except errors.OpError as error:
            raise located(self._graph, error) from None
        options = self._config.graph_options.optimizer_options
        largest = options.max_folded_constant_in_bytes or MAX_FOLDED_BYTES
        return optimise(program, self._passes_off | passes_off, largest, self._verifies)

    def _execute(
        self, plan: Plan, values: Any, is_raw: bool = False, lists_tensors: bool = False
    ) -> Any:
        """Runs a plan on fed values."""
        try:
            arguments = [feed.convert(v) for feed, v in zip(plan.feeds, values, strict=True)]
        except OnDevice:
            return self._execute_on_devices(plan, values, lists_tensors)
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
                raise self._failed(step, error, is_raw, lists_tensors) from error
        return plan.result(results, arguments)

    def _execute_on_devices(self, plan: Plan, values: Any, lists_tensors: bool = False) -> Any:
        """Runs a plan on values of which some are on a device of this session, and stay there."""
        arguments, places = arguments_in_place(plan.feeds, values, self._devices.values())
        fed = [feed.tensor for feed in plan.feeds]
        key = tuple([places.get(tensor, "") for tensor in fed])
        step = plan.on_devices.get(key)
        if step is None:
            with self._lock:
                step = plan.step and self._step(plan.tensors, plan.targets, fed, places)
        if step is None:
            return plan.result((), arguments)
        plan.on_devices[key] = step
        results = self._call(step, arguments, lists_tensors=lists_tensors)
        for name in set(places.values()):
            # The user may change the array, or give it back, as soon as the run returns.
            self._devices[name].synchronise()
        return plan.result(results, arguments)

    def _call(
        self,
        step: Step,
        arguments: Sequence[Any],
        is_raw: bool = False,
        lists_tensors: bool = False,
    ) -> Any:
        """What a step returns for its arguments."""
        try:
            return self._run_cancellable(step, arguments)
        except Exception as error:
            raise self._failed(step, error, is_raw, lists_tensors) from error

    def _failed(
        self, step: Step, error: Exception, is_raw: bool, lists_tensors: bool = False
    ) -> Exception:
        """What a run raises for an error of its step."""
        if (self._closed or self._cancelled) and not isinstance(error, errors.CancelledError):
            # Closing takes away what a running step still uses: that is how the run ends then.
            return errors.CancelledError(None, None, "Session has been closed.")
        memory = SessionMemory(
            self._devices, self._resources, lambda: list(self._steps.values()), lists_tensors
        )
        raised = op_error(self._graph, step, error, is_raw, memory)
        if isinstance(raised, errors.ResourceExhaustedError):
            release_values(error)
        return raised

    def _run_cancellable(
        self, step: Step, arguments: Sequence[Any], run: cancellation.Cancellation | None = None
    ) -> Any:
        """Runs a step that may wait, so that closing the session ends it."""
        run = run or cancellation.Cancellation()
        self._note(run)
        try:
            return cancellation.call(step, arguments, run)
        finally:
            self._running.discard(run)

    def _note(self, run: cancellation.Cancellation) -> None:
        """Adds a run to those that closing the session cancels.

        Raises:
          CancelledError: the session is closed.
        """
        self._running.add(run)
        # Only now: whoever closes the session cancels what has been added before.
        if self._closed or self._cancelled:
            self._running.discard(run)
            raise errors.CancelledError(None, None, "Session has been closed.")

    # -- Several calls for one step --

    def partial_run_setup(self, fetches: Any, feeds: Any = None) -> str:
        """Begins a step whose feeds arrive, and whose fetches are asked for, in several calls.

        What needs no feed runs at once, and every operation runs once.

        Args:
          fetches: everything that the calls of `partial_run` will fetch.
          feeds: the key, or list of keys, of everything that they will feed.

        Returns:
          A handle for `partial_run`.

        Raises:
          RuntimeError: the session is closed, or the graph empty.
          TypeError: a fetch or feed has an unusable type.
          ValueError: a fetch or feed is not in the graph.
          InvalidArgumentError: nothing is fetched, or a tensor is both fed and fetched.

        Source: TensorFlow 1.15 `Session.partial_run_setup`.
        """
        self._check_open()
        self._check_graph()
        return self._partial_runs.setup(self, fetches, feeds)

    def partial_run(self, handle: str | None, fetches: Any, feed_dict: Any = None) -> Any:
        """Continues a step that `partial_run_setup` has begun.

        Args:
          handle: what `partial_run_setup` returned; with None this is `run`.
          fetches: tensors of the setup that have not been fetched.
          feed_dict: values of feeds of the setup that have not been fed.

        Returns:
          The structure of `fetches` with their values.

        Raises:
          RuntimeError: the session is closed, or an operation is fetched.
          InvalidArgumentError: the handle is unknown or used up, a feed or fetch was not named in
            the setup or comes again, or a fetch needs a feed that has not come yet.
          OpError: an operation failed; the handle is used up.

        Source: TensorFlow 1.15 `Session.partial_run`. There, an operation that fails makes the
        whole session unusable; here only the handle.
        """
        if handle is None:
            return self.run(fetches, feed_dict)
        self._check_open()
        self._check_graph()
        return self._partial_runs.run(self, handle, fetches, feed_dict)

    # -- What a run may begin with --

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError(_CLOSED)
        if self._cancelled:
            raise errors.CancelledError(None, None, "Session has been closed.")

    def _check_graph(self) -> None:
        """Raises where the graph is empty, or has grown though it was said that it would not."""
        self._changes.check()

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

    def explain_placement(self, fetches: Any, feeds: Any = ()) -> placement_report.PlacementReport:
        """Where the operations that `run(fetches, feeds)` executes are, why, and what is copied.

        Args:
          fetches: as for `run`.
          feeds: the tensors that will be fed, or a feed_dict.

        Returns:
          An object for programs that prints as a table: the device of each operation and what
          decided it, the copies between devices with their sizes, and totals.
        """
        self._check_open()
        fed = [feed_tensor(self._graph, key) for key in feeds]
        plan = self._plan(fetches, fed, dict.fromkeys(fed))
        program = None if plan.step is None else plan.step.program
        operations = prune([*plan.tensors, *plan.targets], fed)
        names = list(self._devices)
        return placement_report.report(operations, self._placed.placement, names, program, fed)

    def make_callable(
        self, fetches: Any, feed_list: Any = None, accept_options: bool = False
    ) -> Callable[..., Any]:
        """A function that runs the fetches.

        Without feeds nothing is looked up when it is called, and the errors of operations are the
        runtime's own: their text keeps its tags, and `op` is None.

        Args:
          fetches: as for `run`.
          feed_list: the feeds whose values are the function's arguments, in order.
          accept_options: whether the function takes `options` and `run_metadata`.

        Raises:
          TypeError: `feed_list` is neither None nor a list or tuple.

        Source: TensorFlow 1.15 `Session.make_callable`.
        """
        if feed_list is not None:
            if not isinstance(feed_list, (list, tuple)):
                raise TypeError("`feed_list` must be a list or tuple.")

            def with_feeds(*values: Any, **options: Any) -> Any:
                return self.run(fetches, dict(zip(feed_list, values)), **options)  # noqa: B905  # too many or few are allowed

            return with_feeds
        return callables.without_feeds(self, fetches, accept_options)

    def _make_callable_from_options(self, callable_options: Any) -> callables.RawCallable:
        """A function of the feeds of a CallableOptions message; it returns a list of values."""
        return self._callables.make(self, callable_options)


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

    Source: TensorFlow 1.15 `tf.Session`. `explain` and `explain_placement` are ours.
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
            if kind is None:
                self.close()
            else:
                self._close_in_time()

    def _close_in_time(self) -> None:
        """Closes, but does not hold up an error for long that other threads stand in the way of."""
        closing = threading.Thread(target=self.close, name="SessionCloseThread", daemon=True)
        try:
            closing.start()
        except RuntimeError:  # the interpreter is going down and starts no more threads
            self.close()
            return
        closing.join(CLOSING_SECONDS)
        if closing.is_alive():
            logger.error(
                "Session failed to close after %d seconds. Continuing after this point may leave "
                "your program in an undefined state.",
                CLOSING_SECONDS,
            )

    @staticmethod
    def reset(target: Any, containers: Any = None, config: Any = None) -> None:
        """Clears resource containers of all sessions in this process, and closes the sessions.

        Args:
          target: '' or None, for sessions in this process.
          containers: names of the containers to clear; None or [] for the default container.
          config: a ConfigProto.

        Raises:
          TypeError: `target` or a container is not a string.
          NotFoundError: there is no session factory for `target`.
        """
        text_of(target or "")
        check_target(target or "", config)
        names = [text_of(name) for name in containers or [""]]
        for session in _open_sessions.all():
            session._cancelled = session._needs_checks = True
            session._resources.clear(names)
            session._cancel_running()


# ---- Plans ----


def _put(cache: dict[Any, Any], key: Any, value: Any) -> None:
    """Adds to a cache; the oldest entry of a full one goes."""
    if len(cache) >= MAX_PLANS:
        cache.pop(next(iter(cache)))
    cache[key] = value


def _creation(op: Operation) -> int:
    return op._id
