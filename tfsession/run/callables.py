"""Callables: functions made of a session once, and called many times."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfsession import device_spec, dtypes, errors
from tfsession.compile.generate import Step
from tfsession.devices.interchange import on_host
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Operation, Tensor
from tfsession.protos import CallableOptions, RunMetadata, RunOptions
from tfsession.resources import cancellation
from tfsession.run.feeds import Feed, fed_and_fetched, fed_twice, no_target
from tfsession.run.fetches import resolve
from tfsession.run.options import check_options, instrumented_results, run_plan, time_limit
from tfsession.run.partial_run import PartialRuns, PartialStep
from tfsession.run.plan import Plan
from tfsession.run.runner import Runner

# ---- make_callable without feeds ----


def without_feeds(runner: Runner, fetches: Any, accept_options: bool) -> Callable[..., Any]:
    """The function behind `Session.make_callable(fetches)`."""
    wanted = resolve(runner.graph, fetches)
    # The values of a single tensor are handed out as the runtime makes them.
    is_single = isinstance(fetches, Tensor)

    def plan() -> Plan:
        runner.check_runs()
        if not wanted.tensors and not wanted.operations:
            raise no_target()
        found = runner.plan(fetches, [], None)
        if is_single and fetches.op.op_def_.keeps_tensor:
            return dataclasses.replace(found, adjust=None)
        return found

    def with_options(
        options: RunOptions | None = None, run_metadata: RunMetadata | None = None
    ) -> Any:
        asked = RunOptions()
        if options:
            asked.ParseFromString(options.SerializeToString())
        result, metadata = run_plan(runner, plan(), (), asked, is_raw=True)
        if run_metadata:
            run_metadata.ParseFromString(metadata.SerializeToString())
        return result

    if accept_options:
        return with_options
    return _fast(runner, plan, with_options)


def _fast(
    runner: Runner, plan: Callable[[], Plan], careful: Callable[[], Any]
) -> Callable[[], Any]:
    """A function that looks nothing up once its plan is there."""
    step: Step
    call_step: Callable[[Sequence[Any]], Any] | None = None
    assemble: Callable[[Sequence[Any]], Any]

    def call() -> Any:
        nonlocal call_step, assemble, step
        if runner.needs_checks:
            return careful()
        if call_step is None:
            found = plan()
            if found.step is None or found.step.blocks or found.adjust is not None:
                return runner.execute(found, (), is_raw=True)
            step, call_step, assemble = found.step, found.step.call, found.assemble
        try:
            results = call_step(())
        except Exception as error:
            raise runner.failed(step, error, is_raw=True) from error
        return assemble(results)

    return call


# ---- _make_callable_from_options ----


@dataclass(frozen=True)
class _Options:
    """A CallableOptions message with its names looked up.

    Attributes:
      feeds: the tensors fed by the arguments, in order, with their converters.
      fetches: the tensors whose values are returned, in order; one may come twice.
      targets: the operations that only run.
      connections: a tensor to the one that its readers read instead of it.
      places: the devices of feeds that arrive, and fetches that stay, elsewhere than on the host.
      run_options: how it runs.
    """

    feeds: dict[Tensor, Feed]
    fetches: list[Tensor]
    targets: list[Operation]
    connections: dict[Tensor, Tensor]
    places: dict[Tensor, str]
    run_options: RunOptions


class Callables:
    """The callables of a session by their number."""

    def __init__(self, runner: Runner, partial_runs: PartialRuns) -> None:
        self._runner = runner
        self._partial_runs = partial_runs
        # Those that have been made and not released; an entry never changes.
        self._live: dict[int, _Options] = {}
        # The number of the next: all smaller ones have been given.
        self._next = 0

    def make(self, message: CallableOptions) -> RawCallable:
        """A callable of a CallableOptions message."""
        self._runner.check_runs()
        self._runner.check_graph()
        options = _looked_up(self._runner, message)
        number = self._next
        self._next += 1
        self._live[number] = options
        return RawCallable(self, number)

    def release(self, number: int) -> None:
        """Forgets a callable."""
        self._live.pop(number, None)

    def call(
        self, number: int, arguments: Sequence[Any], run_metadata: RunMetadata | None
    ) -> list[Any]:
        """Runs a callable.

        Raises:
          InvalidArgumentError: it has been released, or the arguments do not fit.
        """
        runner = self._runner
        runner.check_runs()
        options = self._live.get(number)
        if options is None:
            raise errors.InvalidArgumentError.of(
                f"Attempted to run callable after handle was released: {number}"
                if number < self._next
                else f"No such callable handle: {number}"
            )
        if len(arguments) != len(options.feeds):
            raise errors.InvalidArgumentError.of(
                f"Expected {len(options.feeds)} feed tensors, but got {len(arguments)}"
            )
        check_options(runner, options.run_options)
        values = [
            _argument(runner, feed, value, options.places, position)
            for position, (feed, value) in enumerate(
                zip(options.feeds.values(), arguments, strict=True)
            )
        ]
        fed = dict(zip(options.feeds, values, strict=True))
        if options.connections:
            found = _run_connected(runner, self._partial_runs, options, fed)
        else:
            found = _run_plain(runner, options, fed, run_metadata)
        return [found[tensor] for tensor in options.fetches]


class RawCallable:
    """Calls a step with positional arguments, and returns the list of fetched values.

    Nothing is converted, checked against static shapes, or explained in errors.

    Source: TensorFlow 1.15, python/client/session.py `BaseSession._Callable`.
    """

    def __init__(self, callables: Callables, handle: int) -> None:
        self._callables = callables
        self._handle = handle

    def __call__(self, *arguments: Any, **keywords: Any) -> list[Any]:
        """Runs the step; the keyword `run_metadata` receives what the run options ask for."""
        return self._callables.call(self._handle, arguments, keywords.get("run_metadata"))

    def __del__(self) -> None:
        self._callables.release(self._handle)


def _argument(
    runner: Runner, feed: Feed, value: Any, places: Mapping[Tensor, str], position: int
) -> Any:
    """An argument as the step takes it: on the host, or on the device that was announced."""
    place = places.get(feed.tensor)
    if place is None:
        array = np.asarray(on_host(value))
        if feed.is_string and array.dtype.kind in "SU":
            array = array.astype(object)
        feed.check_dtype(array.dtype, position)
        return feed.convert(array) if feed.is_string else array
    device = runner.devices[place]
    adopted = device.adopt(value)
    array = np.asarray(on_host(value)) if adopted is None else adopted
    feed.check_dtype(array.dtype, position)
    return device.copy_in(array) if adopted is None else array


def _run_plain(
    runner: Runner, options: _Options, fed: dict[Tensor, Any], run_metadata: RunMetadata | None
) -> dict[Tensor, Any]:
    tensors = list(dict.fromkeys(options.fetches))
    with runner.lock:
        step = runner.step(tensors, options.targets, list(options.feeds), options.places)
    asked = options.run_options
    metadata = RunMetadata()
    seconds = time_limit(runner, asked)
    if asked.trace_level or asked.output_partition_graphs or seconds > 0:
        results, metadata = instrumented_results(
            runner, step, list(fed.values()), asked, seconds, is_raw=True
        )
    else:
        lists_tensors = asked.report_tensor_allocations_upon_oom
        results = runner.call(step, list(fed.values()), is_raw=True, lists_tensors=lists_tensors)
    if run_metadata:
        run_metadata.ParseFromString(metadata.SerializeToString())
    found = dict(zip(tensors, results, strict=True))
    for tensor, place in options.places.items():
        if tensor in found:
            # It may be the memory of a variable.
            found[tensor] = runner.devices[place].copy(found[tensor])
    for place in set(options.places.values()):
        # The caller may read what was fetched, and write into what was fed, on any stream.
        runner.devices[place].synchronise()
    return found


def _run_connected(
    runner: Runner, partial_runs: PartialRuns, options: _Options, fed: dict[Tensor, Any]
) -> dict[Tensor, Any]:
    """Runs a step in which some tensors stand in for others, as a partial run of itself."""
    connections = options.connections
    wanted = list(dict.fromkeys([*options.fetches, *connections.values()]))
    direct = [t for t in wanted if t not in fed and t not in connections]
    plan = partial_runs.plan(direct, options.targets, [*fed, *connections])
    step = partial_runs.begin(plan)
    try:
        with cancellation.deadline(step.run, time_limit(runner, options.run_options)):
            return _fed_by_itself(step, connections, fed, direct)
    finally:
        partial_runs.end(step)


def _fed_by_itself(
    step: PartialStep,
    connections: Mapping[Tensor, Tensor],
    fed: Mapping[Tensor, Any],
    direct: Sequence[Tensor],
) -> dict[Tensor, Any]:
    """Feeds fetches of a step to other tensors of it, and returns all that was fed or fetched."""
    found = dict(fed)
    step.feed(fed)
    waiting = dict(connections)
    while waiting:
        target, source = next((t, s) for t, s in waiting.items() if _is_ready(step, found, s))
        del waiting[target]
        if source not in found:
            found[source] = step.fetch(source)
        found[target] = np.asarray(found[source])
        step.feed({target: found[target]})
    for tensor in direct:
        if tensor not in found:
            found[tensor] = step.fetch(tensor)
    step.finish()
    return found


def _is_ready(step: PartialStep, found: Mapping[Tensor, Any], tensor: Tensor) -> bool:
    if tensor in found:
        return True
    return tensor in step.plan.needs and step.missing(tensor, {}) is None


# -- Looking names up --


def _looked_up(runner: Runner, message: CallableOptions) -> _Options:
    graph = runner.graph
    if not message.fetch and not message.target:
        raise no_target()
    feeds: list[Tensor] = []
    for name in message.feed:
        tensor = _tensor(graph, name, f"FeedInputs: unable to find feed output {_full(name)}", "")
        if tensor in feeds:
            raise fed_twice(tensor)
        feeds.append(tensor)
    fetches = [
        _tensor(graph, name, f"FetchOutputs node {_full(name)}: not found", "FetchOutputs ")
        for name in message.fetch
    ]
    connections = _connections(graph, message, feeds)
    missing = [name for name in message.target if name not in graph.operations_by_name]
    if missing:
        names = "".join(f"{name} " for name in missing)
        raise errors.NotFoundError.of(f"PruneForTargets: Some target nodes not found: {names}")
    for tensor in fetches:
        if tensor in feeds or tensor in connections:
            raise fed_and_fetched(tensor)
    places = _places(runner, message)
    if message.fetch_devices and not message.fetch_skip_sync:
        raise errors.UnimplementedError.of(
            "CallableOptions.fetch_skip_sync = false is not yet implemented. You can set it to "
            "true instead, but MUST ensure that Device::Sync() is invoked on the Device "
            "corresponding to the fetched tensor before dereferencing the Tensor's memory.",
        )
    targets = [graph.operations_by_name[name] for name in message.target]
    converters = {tensor: runner.feed(tensor) for tensor in feeds}
    return _Options(converters, fetches, targets, connections, places, message.run_options)


def _full(name: str) -> str:
    return name if ":" in name else f"{name}:0"


def _tensor(graph: Graph, name: str, missing: str, begin: str) -> Tensor:
    node, _, index = _full(name).rpartition(":")
    operation = graph.operations_by_name.get(node)
    if operation is None or not index.isdecimal():
        raise errors.NotFoundError.of(missing)
    count = len(operation.outputs)
    if int(index) >= count:
        raise errors.InvalidArgumentError.of(
            f"{begin}{_full(name)}: output index too large, must be < {count}"
        )
    found: Tensor = operation.outputs[int(index)]
    return found


def _connections(
    graph: Graph, message: CallableOptions, feeds: Sequence[Tensor]
) -> dict[Tensor, Tensor]:
    found: dict[Tensor, Tensor] = {}
    for connection in message.tensor_connection:
        target = _tensor(
            graph,
            connection.to_tensor,
            f"FeedInputs: unable to find feed output {_full(connection.to_tensor)}",
            "",
        )
        if target in feeds or target in found:
            raise fed_twice(target)
        name = connection.from_tensor
        if _full(name).rpartition(":")[0] not in graph.operations_by_name:
            raise errors.InvalidArgumentError.of(
                f'Requested tensor connection from unknown node: "{target.name}".'
            )
        found[target] = _tensor(graph, name, "", "")
    for target, source in found.items():
        if target is source or _depends(source, target, found, feeds):
            raise errors.InvalidArgumentError.of(
                f'Requested Tensor connection between nodes "{target.op.name}" and '
                f'"{source.op.name}" would create a cycle.'
            )
    return found


def _depends(
    tensor: Tensor, on: Tensor, connections: Mapping[Tensor, Tensor], feeds: Sequence[Tensor]
) -> bool:
    """Whether a tensor is computed from another, along edges and connections."""
    seen: set[Tensor] = set()
    stack = [tensor]
    while stack:
        current = stack.pop()
        if current is on:
            return True
        if current in seen or current in feeds:
            continue
        seen.add(current)
        source = connections.get(current)
        if source is not None:
            stack.append(source)
            continue
        stack.extend(current.op.inputs)
        for control in current.op.controls:
            stack.extend(control.outputs or control.inputs)
    return False


def _places(runner: Runner, message: CallableOptions) -> dict[Tensor, str]:
    """The full names of the devices of feeds and fetches that are not on the host."""
    graph = runner.graph
    places: dict[Tensor, str] = {}
    for devices in (message.feed_devices, message.fetch_devices):
        for name, device in devices.items():
            tensor = _tensor(
                graph,
                name,
                f"Tensor {name}, specified in either feed_devices or fetch_devices was not found "
                "in the Graph",
                "",
            )
            place = _device(runner, name, device)
            if place is None:
                continue
            base = tensor.dtype.base_dtype
            if base in (dtypes.string, dtypes.resource, dtypes.variant):
                raise errors.UnimplementedError.of(
                    f"Cannot feed or fetch tensor '{name}' from device {place} as feeding/fetching "
                    f"from GPU devices is not yet supported for {base.name} tensors",
                )
            places[tensor] = place
    return places


def _device(runner: Runner, tensor: str, name: str) -> str | None:
    """The full name of a device of the session; None for a CPU, whose arrays are the host's."""
    try:
        spec = device_spec.DeviceSpec.from_string(device_spec.canonical_name(name))
    except ValueError:
        raise errors.InvalidArgumentError.of(
            f"Invalid device name ('{name}') provided for the tensor '{tensor}' in CallableOptions"
        ) from None
    for device in runner.devices.values():
        if spec.device_type == device.kind and (spec.device_index or 0) == device.index:
            return None if device.on_host else device.name
    raise errors.InvalidArgumentError.of(
        f"Device '{name}' specified for tensor '{tensor}' in CallableOptions does not exist"
    )
