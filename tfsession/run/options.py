"""Runs that ask for more than values: RunOptions, and what the config wants of every run.

A plan is run as it is where nothing is asked for. Traces, costs, partition graphs and time limits
take the instrumented variant of its step, which is made when it is first needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfsession import errors
from tfsession.compile.generate import Step, generate
from tfsession.devices.interchange import on_host
from tfsession.protos import RunMetadata, RunOptions
from tfsession.resources import cancellation
from tfsession.run.plan import Plan
from tfsession.run.runner import Runner


def run_plan(
    runner: Runner,
    plan: Plan,
    values: Sequence[Any],
    wanted: RunOptions,
    is_raw: bool = False,
) -> tuple[Any, RunMetadata]:
    """Runs a plan in the way that the options ask for.

    Args:
      runner: whose plan it is.
      plan: what runs.
      values: what is fed, not converted yet, in the order of the plan's feeds.
      wanted: the options.
      is_raw: whether errors of operations keep the runtime's own text, and no `op`.

    Returns:
      The fetched structure, and what the options ask for beside it.

    Raises:
      InvalidArgumentError: the options name a thread pool that the session does not have.
      DeadlineExceededError: the run took longer than it may.
      OpError: an operation failed.
    """
    if plan.step is None:
        return runner.execute(plan, values), RunMetadata()
    check_options(runner, wanted)
    seconds = time_limit(runner, wanted)
    traced = wanted.trace_level != RunOptions.NO_TRACE or wanted.output_partition_graphs
    is_measured = _is_measured(runner, plan.step)
    if not (traced or is_measured or seconds > 0):
        lists_tensors = wanted.report_tensor_allocations_upon_oom
        return runner.execute(plan, values, is_raw, lists_tensors), RunMetadata()
    arguments = [f.convert(on_host(v)) for f, v in zip(plan.feeds, values, strict=True)]
    results, metadata = instrumented_results(
        runner, plan.step, arguments, wanted, seconds, is_raw, is_measured
    )
    return plan.result(results, arguments), metadata


def time_limit(runner: Runner, options: RunOptions) -> float:
    """How long a run may take, in seconds; there is no limit where this is not positive."""
    milliseconds = options.timeout_in_ms
    if milliseconds <= 0:
        milliseconds = runner.config.operation_timeout_in_ms
    return milliseconds / 1000


def check_options(runner: Runner, options: RunOptions) -> None:
    """Raises InvalidArgumentError where the session has no thread pool of the options' number."""
    pools = max(1, len(runner.config.session_inter_op_thread_pool))
    if not -1 <= options.inter_op_thread_pool < pools:
        raise errors.InvalidArgumentError.of(
            f"Invalid inter_op_thread_pool: {options.inter_op_thread_pool}"
        )


def instrumented_results(
    runner: Runner,
    step: Step,
    arguments: list[Any],
    options: RunOptions,
    seconds: float,
    is_raw: bool = False,
    is_measured: bool = False,
) -> tuple[Any, RunMetadata]:
    """What a step returns that records its kernels, and ends when its time is over."""
    # What only traced runs need is not loaded for the others.
    from tfsession.report import trace as tracing

    step = _instrumented_step(runner, step)
    run = cancellation.Cancellation()
    traced = is_measured or options.trace_level != RunOptions.NO_TRACE
    with cancellation.deadline(run, seconds):
        try:
            recorder = tracing.Recorder(
                step.program,
                runner.devices,
                run,
                records_outputs=traced,
                times_devices=is_measured or tracing.times_devices(options),
                feeds=arguments,
            )
            results = runner.run_cancellable(step, [recorder, *arguments], run)
            recorder.wait()
        except Exception as error:
            lists_tensors = options.report_tensor_allocations_upon_oom
            raise runner.failed(step, error, is_raw, lists_tensors) from error
    metadata = tracing.run_metadata(options, step.program, recorder, runner.devices, is_measured)
    return results, metadata


def _is_measured(runner: Runner, step: Step) -> bool:
    """Whether this run of a step measures the costs of its nodes, as the config asks."""
    options = runner.config.graph_options
    every = options.build_cost_model
    if every <= 0:
        return False
    with runner.lock:
        number = step.measured_runs - options.build_cost_model_after
        step.measured_runs += 1
    return number >= 0 and (number + 1) % every == 0


def _instrumented_step(runner: Runner, step: Step) -> Step:
    """The variant of a step that calls its kernels through a Recorder."""
    with runner.lock:
        if step.instrumented is None:
            step.instrumented = generate(
                step.program, runner.devices, instrumented=True, constants=runner.constants
            )
        return step.instrumented
