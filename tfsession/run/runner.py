"""The runner: what compiles the steps of one graph, and runs them.

`Runner.compile` is the map of the whole system: what a run needs is pruned from the graph, placed,
lowered to a Program, optimised, and generated as a Step. The Step is cached by fetches and feeds; a
cached run converts the feeds, calls the Step and puts the results together (`execute`). Sessions,
callables, partial runs and runs with options share it: it is an inner class with a public face.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tfsession import errors
from tfsession.compile.constants import Constants, idle
from tfsession.compile.generate import Step, generate
from tfsession.compile.kernel_table import set_kernel_threads
from tfsession.compile.lower import lower
from tfsession.compile.optimise import MAX_FOLDED_BYTES, optimise
from tfsession.compile.program import Program
from tfsession.compile.prune import prune
from tfsession.devices.cpu import CpuDevice
from tfsession.devices.lister import create_devices
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Operation, Tensor, by_creation
from tfsession.protos import ConfigProto
from tfsession.report.memory import SessionMemory, host_bytes, release_values
from tfsession.resources import cancellation, functions, host_memory
from tfsession.resources.containers import ResourceManager
from tfsession.resources.live import LiveObjects
from tfsession.run.arguments import claim_identity, passes_switched_off, release_identity
from tfsession.run.feeds import Feed, OnDevice, arguments_in_place, feed_tensor
from tfsession.run.fetches import resolve, signature
from tfsession.run.functions import FunctionCompiler
from tfsession.run.graph_changes import GraphChanges
from tfsession.run.op_errors import located, op_error
from tfsession.run.placed_graph import PlacedGraph
from tfsession.run.plan import Plan, adjustment

logger = logging.getLogger("tfsession")

# Steps kept for each session; the oldest goes when a new one comes. Those whose constants take much
# of a device go earlier.
MAX_PLANS = 1024

_CLOSED = "Attempted to use a closed Session."


class Runner:
    """Compiles and runs the steps of a graph, and owns what they keep.

    Attributes:
      graph: the Graph.
      config: the session's ConfigProto, a copy of its own.
      devices: full device name to Device, CPUs first.
      resources: what variables, queues and tables keep between runs.
      placed: where the operations of the graph are.
      changes: what has happened to the graph between runs.
      plans: signature to Plan.
      steps: tensors, operations and feeds to Step; several signatures may share one.
      constants: what the steps have of them on the devices.
      running: the runs that closing cancels.
      lock: held while steps are compiled.
      closed: whether `close` has been called.
      cancelled: whether `cancel` has been called.
      needs_checks: set where every run must look at more than the plan cache.
      takes_arrays_of_devices: whether fed arrays may be on a device of the session.
      passes_off: the optimisation passes that are left out.
      verifies: whether programs are checked after every pass: tests set it.
    """

    def __init__(self, graph: Graph, config: ConfigProto) -> None:
        """Makes the devices.

        Args:
          graph: what runs.
          config: of the session; not changed from now on.

        Raises:
          NotFoundError: there is no CPU device.
          InvalidArgumentError: a GPU option cannot be followed, or another open session has the
            same name and version.
        """
        # True until all is there, so that a constructor that fails leaves nothing to close, and for
        # good after `close`.
        self.closed = True
        # They stay the same; the graph only grows, and not by what is done here.
        self.graph, self.config = graph, config
        # No other open session has this name and version, from here until `_release`.
        self._identity = claim_identity(config)
        try:
            # The same devices until `close` ends them.
            self.devices = {d.name: d for d in create_devices(config)}
        except BaseException:
            release_identity(self._identity)
            raise
        if config.intra_op_parallelism_threads > 0:
            set_kernel_threads(config.intra_op_parallelism_threads)
        # What operations keep from run to run is in here and nowhere else; `close` empties it.
        self.resources = ResourceManager()
        others = [device for device in self.devices.values() if not device.on_host]
        for device in self.devices.values():
            if isinstance(device, CpuDevice):
                device.kept = functools.partial(host_bytes, self.resources, others)
        # Written under the lock and read by runs without it, at most MAX_PLANS in each. An entry
        # holds for good: what is added to the graph afterwards changes no plan and no step.
        self.plans: dict[Any, Plan] = {}
        self.steps: dict[Any, Step] = {}
        # Asked under the lock.
        self.constants = Constants(self.devices)
        # Held by whoever compiles or closes, and never while a step runs. Reentrant, because a
        # signal handler may close the session of the thread that it interrupts.
        self.lock = threading.RLock()
        experimental = config.experimental
        is_static = (
            experimental.optimize_for_static_graph
            and not experimental.disable_optimize_for_static_graph
        )
        # Knows the graph as it was when the last plan was compiled; notices under the lock.
        self.changes = GraphChanges(graph, is_static)
        # Never unset; set whenever `closed` or `cancelled` is, so that runs ask for this alone.
        self.needs_checks = (
            config.operation_timeout_in_ms > 0 or config.graph_options.build_cost_model > 0
        ) or is_static
        # Whether a device is none of the host's: it stays what it is.
        self.takes_arrays_of_devices = bool(others)
        # A run that may wait is in it from before it begins until after it ends. Threads add and
        # discard without the lock: either is one operation of the set.
        self.running: set[cancellation.Cancellation] = set()
        # Never unset: from then on nothing runs, and nothing can be looked up.
        self.cancelled = False
        # As the config says; nothing but tests changes these two.
        self.passes_off = passes_switched_off(config)
        self.verifies = False
        functions.provide(
            self.resources, FunctionCompiler(list(self.devices.values()), config, self.passes_off)
        )
        self.closed = False
        host_memory.session_opened()
        open_runners.add(self)
        # Has placed all operations of every step in `steps`; asked under the lock. What is placed
        # stays where it is, so the places of a step that is there are read without it.
        self.placed = PlacedGraph(graph, list(self.devices.values()), config)

    # -- Life --

    def close(self) -> None:
        """Gives back everything that is held, and cancels what runs; twice is no error."""
        with self.lock:
            if self.closed:
                return
            self.closed = self.needs_checks = True
            self._release()

    def _release(self) -> None:
        # A device that fails does not keep the rest from going.
        with contextlib.ExitStack() as last:
            last.callback(host_memory.session_closed)
            for device in self.devices.values():
                last.callback(device.close)
            self.cancel_running()
            self.plans.clear()
            self.steps.clear()
            self.resources.clear()
            release_identity(self._identity)

    def cancel_running(self) -> None:
        for run in list(self.running):
            run.cancel(cancellation.session_closed())

    def cancel(self, containers: Sequence[str]) -> None:
        """Clears resource containers, cancels what runs, and lets nothing run any more."""
        self.cancelled = self.needs_checks = True
        self.resources.clear(containers)
        self.cancel_running()

    def __del__(self) -> None:
        try:
            self.close()
        except Exception:  # the interpreter may be going down
            logger.debug("closing a collected session failed", exc_info=True)

    def check_open(self) -> None:
        if self.closed:
            raise RuntimeError(_CLOSED)
        self.check_runs()

    def check_runs(self) -> None:
        """Raises CancelledError where the session is closed, as runs that are under way do."""
        if self.closed or self.cancelled:
            raise cancellation.session_closed()

    def check_graph(self) -> None:
        """Raises where the graph is empty, or has grown though it was said that it would not."""
        self.changes.check()

    # -- Compiling --

    def plan(self, fetches: Any, fed: list[Tensor], feed_dict: Any) -> Plan:
        """The cached or new plan of a signature."""
        # The fast path looks plans up by the keys as the user wrote them; those stand for the
        # same tensors only where every key is one tensor.
        keys = tuple(feed_dict) if feed_dict and len(feed_dict) == len(fed) else tuple(fed)
        try:
            simple = all(feed_tensor(self.graph, k) is t for k, t in zip(keys, fed, strict=True))
        except TypeError:
            simple = False
        try:
            key = (signature(fetches), *(keys if simple else fed))
            hash(key)
        except TypeError:
            key = None
        with self.lock:
            self.check_open()
            plan = None if key is None else self.plans.get(key)
            if plan is None:
                self.changes.notice()
                plan = self.compile(fetches, fed)
                if key is not None:
                    put(self.plans, key, plan)
            return plan

    def compile(self, fetches: Any, fed: list[Tensor]) -> Plan:
        """From fetches and feeds to a Step: the stages of a run, in order."""
        wanted = resolve(self.graph, fetches)
        known = set(fed)
        tensors = [t for t in wanted.tensors if t not in known]
        feeds = [self.feed(tensor, tensor in wanted.tensors) for tensor in fed]
        adjust = adjustment(self, wanted.tensors, fed)
        step = None
        if tensors or wanted.operations:
            step = self.step(tensors, wanted.operations, fed)
        return Plan(feeds, step, wanted.assemble, adjust, tensors, wanted.operations)

    def feed(self, tensor: Tensor, is_fetched: bool = False) -> Feed:
        return Feed(tensor, self.graph, self.resources, self.takes_arrays_of_devices, is_fetched)

    def step(
        self,
        tensors: list[Tensor],
        targets: list[Operation],
        fed: list[Tensor],
        places: Mapping[Tensor, str] | None = None,
    ) -> Step:
        """The cached or new step of some tensors, operations and feeds."""
        key: tuple[Any, ...] = (*tensors, None, *sorted(targets, key=by_creation), None, *fed)
        if places:
            key = (*key, None, *places.items())
        step = self.steps.get(key)
        if step is None:
            program = self.program(tensors, targets, fed, places)
            self._make_room(program)
            try:
                step = generate(program, self.devices, constants=self.constants)
            except errors.OpError as error:
                raise located(self.graph, error) from None
            put(self.steps, key, step)
        return step

    def _make_room(self, program: Program) -> None:
        """Forgets steps that have not run for long where constants take too much of a device."""
        needed = self.constants.sizes(program)
        if not needed:
            return
        gone = {id(step) for step in idle(self.steps.values(), needed, self.devices)}
        for plan in self.plans.values():
            _drop(plan.on_devices, lambda step: id(step) in gone)
        _drop(self.plans, lambda plan: id(plan.step) in gone)
        _drop(self.steps, lambda step: id(step) in gone)

    def program(
        self,
        tensors: list[Tensor],
        targets: list[Operation],
        fed: list[Tensor],
        places: Mapping[Tensor, str] | None = None,
        passes_off: frozenset[str] = frozenset(),
    ) -> Program:
        try:
            operations = prune([*tensors, *targets], fed)
            placement = self.placed.place(operations)
            program = lower(
                operations,
                tensors,
                fed,
                placement,
                self.devices,
                self.resources,
                places,
                required=targets,
            )
        except errors.OpError as error:
            raise located(self.graph, error) from None
        options = self.config.graph_options.optimizer_options
        largest = options.max_folded_constant_in_bytes or MAX_FOLDED_BYTES
        return optimise(program, self.passes_off | passes_off, largest, self.verifies)

    def execute(
        self, plan: Plan, values: Any, is_raw: bool = False, lists_tensors: bool = False
    ) -> Any:
        """Runs a plan on fed values."""
        try:
            arguments = [feed.convert(v) for feed, v in zip(plan.feeds, values, strict=True)]
        except OnDevice:
            return self.execute_on_devices(plan, values, lists_tensors)
        step = plan.step
        if step is None:
            results: Any = ()
        else:
            try:
                if step.blocks:
                    results = self.run_cancellable(step, arguments)
                else:
                    results = step.call(arguments)
            except Exception as error:
                # What the kernel raised is the context, and is not printed a second time.
                raise self.failed(step, error, is_raw, lists_tensors) from None
        return plan.result(results, arguments)

    def execute_on_devices(self, plan: Plan, values: Any, lists_tensors: bool = False) -> Any:
        """Runs a plan on values of which some are on a device of this session, and stay there."""
        arguments, places = arguments_in_place(plan.feeds, values, self.devices.values())
        fed = [feed.tensor for feed in plan.feeds]
        if plan.step is None:
            return plan.result((), arguments)
        key = tuple([places.get(tensor, "") for tensor in fed])
        step = plan.on_devices.get(key)
        if step is None:
            with self.lock:
                step = self.step(plan.tensors, plan.targets, fed, places)
                put(plan.on_devices, key, step)
        results = self.call(step, arguments, lists_tensors=lists_tensors)
        for name in set(places.values()):
            # The user may change the array, or give it back, as soon as the run returns.
            self.devices[name].synchronise()
        return plan.result(results, arguments)

    def call(
        self,
        step: Step,
        arguments: Sequence[Any],
        is_raw: bool = False,
        lists_tensors: bool = False,
    ) -> Any:
        """What a step returns for its arguments."""
        try:
            return self.run_cancellable(step, arguments)
        except Exception as error:
            raise self.failed(step, error, is_raw, lists_tensors) from None

    def failed(
        self, step: Step, error: Exception, is_raw: bool, lists_tensors: bool = False
    ) -> Exception:
        """What a run raises for an error of its step."""
        if (self.closed or self.cancelled) and not isinstance(error, errors.CancelledError):
            # Closing takes away what a running step still uses: that is how the run ends then.
            return cancellation.session_closed()
        memory = SessionMemory(
            self.devices, self.resources, lambda: list(self.steps.values()), lists_tensors
        )
        raised = op_error(self.graph, step, error, is_raw, memory)
        if isinstance(raised, errors.ResourceExhaustedError):
            release_values(error)
        return raised

    def run_cancellable(
        self, step: Step, arguments: Sequence[Any], run: cancellation.Cancellation | None = None
    ) -> Any:
        """Runs a step that may wait, so that closing the session ends it."""
        run = run or cancellation.Cancellation()
        self.note(run)
        try:
            return cancellation.call(step.call, arguments, run)
        finally:
            self.running.discard(run)

    def note(self, run: cancellation.Cancellation) -> None:
        """Adds a run to those that closing the session cancels.

        Raises:
          CancelledError: the session is closed.
        """
        self.running.add(run)
        # Only now: whoever closes the session cancels what has been added before.
        try:
            self.check_runs()
        except errors.CancelledError:
            self.running.discard(run)
            raise


open_runners: LiveObjects[Runner] = LiveObjects()


def put(cache: dict[Any, Any], key: Any, value: Any) -> None:
    """Adds to a cache of steps or plans; the oldest entry of a full one goes."""
    if len(cache) >= MAX_PLANS:
        cache.pop(next(iter(cache)))
    cache[key] = value


def _drop(cache: dict[Any, Any], is_gone: Callable[[Any], bool]) -> None:
    for key in [key for key, value in cache.items() if is_gone(value)]:
        del cache[key]
