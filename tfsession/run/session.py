"""Sessions: run(fetches, feeds) on a graph, as TensorFlow 1.15 documents it.

`Runner` compiles the steps and runs them. Runs that ask for more are in run/options.py, other
ways to run in run/callables.py and run/partial_run.py.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from tfsession import errors
from tfsession.compile.program import short_device
from tfsession.compile.prune import prune
from tfsession.device_spec import canonical_name
from tfsession.graph.default_session import default_sessions
from tfsession.graph.graph import Graph
from tfsession.protos import CallableOptions, ConfigProto, GraphDef, RunMetadata, RunOptions
from tfsession.report import placement as placement_report
from tfsession.report.memory import MemoryInfo, memory_info
from tfsession.report.notebooks import Text
from tfsession.run.arguments import check_target, checked_arguments, text_of
from tfsession.run.callables import Callables, RawCallable, without_feeds
from tfsession.run.feeds import feed_tensor, flatten
from tfsession.run.fetches import signature
from tfsession.run.options import run_plan
from tfsession.run.partial_run import PartialRuns
from tfsession.run.runner import Runner, open_runners

logger = logging.getLogger("tfsession")

# How long a session may take to close when a `with` block ends with an error, in seconds.
CLOSING_SECONDS = 30


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
    """Runs operations of a graph."""

    def __init__(
        self,
        target: str | bytes | None = "",
        graph: Graph | None = None,
        config: ConfigProto | None = None,
    ) -> None:
        """Creates a session; the arguments are those of `Session`."""
        self._graph, self._target, self._config = checked_arguments(target, graph, config)
        self._runner = Runner(self._graph, self._config)
        self._partial_runs = PartialRuns(self._runner)
        self._callables = Callables(self._runner, self._partial_runs)

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

    @property
    def _closed(self) -> bool:
        """Whether the session is closed; TensorFlow's sessions have it, and scripts ask for it."""
        return self._runner.closed

    def list_devices(self) -> list[_DeviceAttributes]:
        """The devices of this session, CPUs first."""
        return [
            _DeviceAttributes(d.name, d.kind, d.memory_limit, d.incarnation)
            for d in self._runner.devices.values()
        ]

    def memory_info(self) -> dict[str, MemoryInfo]:
        """How much memory the session has on each device at this moment.

        On a CPU it counts what variables, queues and kept tensors hold; what steps need while they
        run is not known there, and nothing limits it. It may be asked for after `close`, too: then
        nothing is in use, and the peaks are still there.

        Returns:
          Full device name to `MemoryInfo`, the devices in the order of `list_devices`.
        """
        return {name: memory_info(device) for name, device in self._runner.devices.items()}

    # -- Life --

    def close(self) -> None:
        """Gives back everything the session holds, and cancels what runs; twice is no error."""
        self._runner.close()
        self._partial_runs.clear()

    def as_default(self) -> contextlib.AbstractContextManager[Any]:
        """Makes this the default session of the thread, inside a `with` block."""
        return default_sessions.pushed(self)

    # -- Running --

    def run(
        self,
        fetches: Any,
        feed_dict: Mapping[Any, Any] | None = None,
        options: RunOptions | None = None,
        run_metadata: RunMetadata | None = None,
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
        runner = self._runner
        if options is None and run_metadata is None and not runner.needs_checks:
            # The common case, without a function call more than it needs.
            feeds: Any = feed_dict or _NO_FEEDS
            try:
                plan = runner.plans.get((signature(fetches), *feeds))
            except TypeError:
                plan = None
            if plan is not None and isinstance(feeds, dict):
                return runner.execute(plan, feeds.values())
        return self._run(fetches, feed_dict, options, run_metadata)

    def _run(
        self,
        fetches: Any,
        feed_dict: Any,
        options: RunOptions | None,
        run_metadata: RunMetadata | None,
    ) -> Any:
        """A run whose signature has not been seen, or that asks for more than values."""
        wanted = RunOptions()
        if options:
            wanted.ParseFromString(options.SerializeToString())
        runner = self._runner
        runner.check_open()
        runner.check_graph()
        fed = flatten(self._graph, feed_dict) if feed_dict else {}
        plan = runner.plan(fetches, list(fed), feed_dict)
        result, metadata = run_plan(runner, plan, list(fed.values()), wanted)
        if run_metadata is not None:
            run_metadata.ParseFromString(metadata.SerializeToString())
        return result

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
        self._runner.check_open()
        self._runner.check_graph()
        return self._partial_runs.setup(fetches, feeds)

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
        self._runner.check_open()
        self._runner.check_graph()
        return self._partial_runs.run(handle, fetches, feed_dict)

    # -- Looking inside --

    def explain(self, fetches: Any, feeds: Any = ()) -> str:
        """The Python source of the step that `run(fetches, feeds)` executes, with its program.

        Args:
          fetches: as for `run`.
          feeds: the tensors that will be fed, or a feed_dict.

        Returns:
          The Program, one instruction a line with its device and operation, and the source.
        """
        self._runner.check_open()
        fed = [feed_tensor(self._graph, key) for key in feeds]
        plan = self._runner.plan(fetches, fed, dict.fromkeys(fed))
        if plan.step is None:
            return "nothing runs: every fetch is fed\n"
        source = plan.step.source.splitlines()
        # None, where all is known before the run.
        width = max((len(source[line - 1]) for line in plan.step.instructions), default=0) + 2
        annotated = [
            f"{text:<{width}}# {short_device(i.device)}  {i.op.name}" if i else text
            for number, text in enumerate(source, 1)
            for i in (plan.step.instructions.get(number),)
        ]
        return Text("\n".join([str(plan.step.program), "", *annotated, ""]))

    def explain_placement(self, fetches: Any, feeds: Any = ()) -> placement_report.PlacementReport:
        """Where the operations that `run(fetches, feeds)` executes are, why, and what is copied.

        Args:
          fetches: as for `run`.
          feeds: the tensors that will be fed, or a feed_dict.

        Returns:
          An object for programs that prints as a table: the device of each operation and what
          decided it, the copies between devices with their sizes, and totals.
        """
        self._runner.check_open()
        fed = [feed_tensor(self._graph, key) for key in feeds]
        plan = self._runner.plan(fetches, fed, dict.fromkeys(fed))
        program = None if plan.step is None else plan.step.program
        operations = prune([*plan.tensors, *plan.targets], fed)
        runner = self._runner
        names = list(runner.devices)
        return placement_report.report(operations, runner.placed.placement, names, program, fed)

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
        return without_feeds(self._runner, fetches, accept_options)

    def _make_callable_from_options(self, callable_options: CallableOptions) -> RawCallable:
        """A function of the feeds of a CallableOptions message; it returns a list of values."""
        return self._callables.make(callable_options)


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

    def __init__(
        self,
        target: str | bytes | None = "",
        graph: Graph | None = None,
        config: ConfigProto | None = None,
    ) -> None:
        super().__init__(target, graph, config)
        self._entered: list[contextlib.AbstractContextManager[Any]] = []

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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
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
    def reset(
        target: str | bytes | None, containers: Any = None, config: ConfigProto | None = None
    ) -> None:
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
        for runner in open_runners.all():
            runner.cancel(names)
