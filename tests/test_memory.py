"""Memory of sessions: how much there is, what happens without, and that all comes back."""

from __future__ import annotations

import functools
import gc
import itertools
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from fake_nvml import FakeGpu, FakeNvml

import tfsession as tf
from tfsession.devices import blas, nvml
from tfsession.devices.device import DeviceMemoryError, GpuProcess
from tfsession.devices.lister import CudaLister, PhysicalGpu, SimulatedLister, plan_gpus
from tfsession.devices.memory import Budget
from tfsession.devices.simulated import SimulatedDevice, simulated_budget
from tfsession.protos import CallableOptions
from tfsession.report import memory as memory_report
from tfsession.resources import host_memory
from tfsession.resources.live import LiveObjects

ROOT = Path(__file__).parents[1]
CPU = "/job:localhost/replica:0/task:0/device:CPU:0"
GPU = "/job:localhost/replica:0/task:0/device:GPU:0"
MIB = 1 << 20

pytestmark = pytest.mark.usefixtures("graph")


@pytest.fixture
def one_gpu(monkeypatch):
    """One simulated GPU of a MiB."""
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "1x1MiB")


# ---- memory_info ----


def test_a_gpu_tells_what_is_in_use(one_gpu):
    v = tf.Variable(np.ones(1000, np.float32))
    large = tf.reduce_sum(tf.random_uniform([50_000]))
    session = tf.Session()
    assert session.memory_info()[GPU] == memory_report.MemoryInfo(0, 0, MIB, 0)
    session.run(v.initializer)
    kept = session.memory_info()[GPU].bytes_in_use
    assert kept >= 4000
    session.run(large)
    info = session.memory_info()[GPU]
    assert info.peak_bytes_in_use >= kept + 200_000
    assert info.bytes_in_use < 200_000
    # What the step used is kept for the next one.
    assert info.bytes_in_use < info.bytes_reserved <= info.peak_bytes_in_use + MIB // 256
    session.close()
    after = session.memory_info()[GPU]
    assert (after.bytes_in_use, after.bytes_reserved, after.bytes_limit) == (0, 0, MIB)
    assert after.peak_bytes_in_use == info.peak_bytes_in_use


def test_constants_of_what_no_longer_runs_are_given_back(one_gpu):
    v = tf.Variable(tf.zeros([10_000]))
    total = tf.reduce_sum(v)
    with tf.Session() as session:
        session.run(v.initializer)
        for number in range(100):
            # 40 KB of a MiB each.
            session.run(v.assign(np.full(10_000, number, np.float32)))
            assert session.memory_info()[GPU].bytes_in_use < MIB // 2
        assert session.run(total) == 99 * 10_000


def test_what_runs_keeps_its_constants(one_gpu):
    v = tf.Variable(tf.zeros([10_000]))
    train = v.assign_add(np.ones(10_000, np.float32))
    with tf.Session() as session:
        session.run(v.initializer)
        session.run(train)
        device = session._runner.devices[GPU]
        for number in range(30):
            session.run(v.assign(np.full(10_000, number, np.float32)))
            copies = device.copies_in
            session.run(train)
            assert device.copies_in == copies


def test_steps_with_the_same_constant_share_its_copy(one_gpu):
    c = tf.constant(np.ones(100_000, np.float32))
    x = tf.placeholder(tf.float32, [])
    with tf.Session() as session:
        for number in range(5):
            assert session.run(tf.reduce_sum(c * x) + number, {x: 1.0}) == 100_000 + number
        # 400 KB; there would be no room for two.
        assert session.memory_info()[GPU].bytes_in_use < 500_000


def test_a_cpu_tells_what_is_kept():
    v = tf.Variable(np.ones(1000, np.float32))
    queue = tf.FIFOQueue(10, tf.float64, [100])
    enqueue = queue.enqueue(np.ones(100))
    keep = tf.get_session_handle(tf.constant(np.ones(10)))
    session = tf.Session(config=tf.ConfigProto(device_count={"CPU": 2}))
    in_use = []
    session.run(v.initializer)
    in_use.append(session.memory_info()[CPU].bytes_in_use)
    session.run(enqueue)
    in_use.append(session.memory_info()[CPU].bytes_in_use)
    handle = session.run(keep)
    in_use.append(session.memory_info()[CPU].bytes_in_use)
    assert in_use == [4000, 4800, 4880]
    handle.delete()
    info = session.memory_info()
    assert list(info) == [CPU, CPU[:-1] + "1"]
    assert info[CPU] == memory_report.MemoryInfo(4800, 4880, 0, 4800)
    session.close()
    assert session.memory_info()[CPU] == memory_report.MemoryInfo(0, 4880, 0, 0)


def test_variables_of_a_gpu_do_not_count_on_the_cpu(one_gpu):
    with tf.device("/cpu:0"):
        on_cpu = tf.Variable(np.ones(100))
    on_gpu = tf.Variable(np.ones(1000))
    with tf.Session() as session:
        session.run([on_cpu.initializer, on_gpu.initializer])
        assert session.memory_info()[CPU].bytes_in_use == 800
        assert session.memory_info()[GPU].bytes_in_use >= 8000


# ---- tf.contrib.memory_stats ----


def test_memory_stats_ops(one_gpu):
    stats = tf.contrib.memory_stats
    v = tf.Variable(np.ones(1000))
    with tf.device("/gpu:0"):
        fetches = [stats.BytesInUse(), stats.MaxBytesInUse(), stats.BytesLimit()]
    with tf.device("/cpu:0"):
        host = [stats.BytesInUse(), stats.MaxBytesInUse(), stats.BytesLimit()]
    for tensor in fetches:
        assert (tensor.dtype, tensor.shape.as_list()) == (tf.int64, [])
    with tf.Session() as session:
        assert session.run(fetches) == [0, 0, MIB]
        session.run(v.initializer)
        info = session.memory_info()[GPU]
        assert session.run(fetches) == [info.bytes_in_use, info.peak_bytes_in_use, MIB]
        assert session.run(host) == [0, 0, 0]


def test_each_memory_stats_op_runs_at_its_own_moment(one_gpu):
    before = tf.contrib.memory_stats.BytesInUse()
    with tf.control_dependencies([before]):
        x = tf.random_uniform([1000])
    with tf.control_dependencies([x]):
        after = tf.contrib.memory_stats.BytesInUse()
    with tf.control_dependencies([after]):
        total = tf.reduce_sum(x)
    with tf.Session() as session:
        first, second, _ = session.run([before, after, total])
    assert second - first >= 4000


def test_contrib_is_reached_in_the_ways_that_scripts_use(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import tensorflow as tf\n"
        "from tensorflow.contrib import memory_stats\n"
        "from tensorflow.contrib.memory_stats import BytesLimit\n"
        "from tensorflow.contrib.memory_stats.python.ops.memory_stats_ops import BytesInUse\n"
        "assert tf.contrib.memory_stats is memory_stats and BytesInUse is memory_stats.BytesInUse\n"
        "print(tf.Session().run([BytesInUse(), BytesLimit()]))\n"
        "try:\n    tf.contrib.tensorrt\n"
        "except AttributeError as error:\n    print(error)\n"
    )
    result = subprocess.run(
        [sys.executable, "-m", "tfsession", str(script)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
    )
    assert result.returncode == 0, result.stderr
    assert (
        "'tensorrt'; tf.contrib.tensorrt is TensorFlow's, but not part of tfsession"
        in result.stdout
    )


# ---- Out of memory ----


def run_out(session, fetch, feeds, **options):
    """The error of a run for which there is no memory."""
    with pytest.raises(tf.errors.ResourceExhaustedError) as caught:
        session.run(fetch, feeds, **options)
    return caught.value


def model():
    """A large variable, a small one, and an op whose result has the size of a feed."""
    large = tf.Variable(tf.random_uniform([100, 1000]), name="large")
    small = tf.Variable(tf.zeros([1000]), name="small")
    rows = tf.placeholder(tf.int32, [], name="rows")
    first = tf.random_uniform([rows, 100], name="first")
    second = tf.random_uniform([rows, 200], name="second")
    loss = tf.reduce_sum(first) + tf.reduce_sum(second)
    with tf.control_dependencies([first]):
        second.op._add_control_input(first.op)
    return [large.initializer, small.initializer], rows, loss


def test_out_of_memory_names_what_where_how_much_and_what_else(one_gpu, monkeypatch):
    others = [GpuProcess(78, None), GpuProcess(77, 3 << 30, "/usr/bin/train")]
    others.append(GpuProcess(os.getpid(), 1 << 20, "python"))
    monkeypatch.setattr(SimulatedDevice, "processes", lambda self: others)
    initializers, rows, loss = model()
    with tf.Session() as session:
        session.run(initializers)
        error = run_out(session, loss, {rows: 700})
    assert error.op.name == "second/RandomUniform"
    lines = error.message.splitlines()
    assert lines[0] == (
        f"OOM when allocating tensor with shape[700,200] and type float on {GPU} "
        "by allocator GPU_0_bfc"
    )
    assert lines[1].startswith("\t [[node second/RandomUniform (defined at ")
    assert f"{Path(__file__).name}:" in lines[1]
    assert lines[2].startswith(
        "RandomUniform 'second/RandomUniform' asked for 546.9KiB (560000 bytes); of the limit of "
        "1.00MiB (1048576 bytes) "
    )
    position = lines.index("Processes on the card, by the driver's numbers:")
    assert lines[position + 1 : position + 4] == [
        "  process 77 (/usr/bin/train) holds 3.00GiB",
        f"  process {os.getpid()} (this process) holds 1.00MiB",
        "  process 78 (name unknown) holds an unknown amount",
    ]
    position = lines.index("Largest live tensors on GPU:0:")
    live = lines[position + 1 :]
    assert live[0] == "  390.6KiB from large (float[100,1000], variable)"
    assert any(line.startswith("  273.4KiB from first") for line in live[:3])
    tensors = [line for line in live if line.startswith("  ") and " from " in line]
    assert len(tensors) <= memory_report.LARGEST
    assert "Hint: If you want to see a list of allocated tensors when OOM happens" in error.message


@pytest.mark.parametrize("trace_level", [tf.RunOptions.NO_TRACE, tf.RunOptions.FULL_TRACE])
def test_all_live_tensors_are_listed_where_that_is_asked_for(one_gpu, trace_level):
    variables = [tf.Variable(tf.zeros([n]), name=f"v{n}") for n in range(10, 20)]
    x = tf.placeholder(tf.int32, [])
    y = tf.random_uniform([x], name="y")
    options = tf.RunOptions(report_tensor_allocations_upon_oom=True, trace_level=trace_level)
    with tf.Session() as session:
        session.run([v.initializer for v in variables])
        error = run_out(session, y, {x: 1 << 20}, options=options)
    head = f"\n\nCurrent usage from device: {GPU}, allocator: GPU_0_bfc\n"
    listed = error.message.partition(head)[2].splitlines()
    for n in range(10, 20):
        assert f"  {4 * n}B from v{n} (float[{n}], variable)" in listed
    assert "Hint" not in error.message
    assert session.memory_info()[GPU].bytes_in_use == 0


def test_what_the_failed_step_held_is_free_while_the_error_is_kept(one_gpu):
    initializers, rows, loss = model()
    with tf.Session() as session:
        session.run(initializers)
        session.run(loss, {rows: 10})
        before = session.memory_info()[GPU].bytes_in_use
        kept = [run_out(session, loss, {rows: 700}) for _ in range(3)]
        assert session.memory_info()[GPU].bytes_in_use == before
        assert np.isfinite(session.run(loss, {rows: 300}))
    assert len(kept) == 3


def test_callables_and_partial_runs_tell_it_too(one_gpu):
    n = tf.placeholder(tf.int32, [])
    y = tf.random_uniform([n], name="y")
    z = tf.random_uniform([1 << 20], name="z")
    with tf.Session() as session:
        raw = session.make_callable(z)
        for _ in range(2):
            with pytest.raises(tf.errors.ResourceExhaustedError, match=r"\[\[{{node z/") as caught:
                raw()
            assert "RandomUniform 'z/RandomUniform' asked for 4.00MiB" in caught.value.message
        options = CallableOptions(fetch=[z.name])
        options.run_options.report_tensor_allocations_upon_oom = True
        call = session._make_callable_from_options(options)
        with pytest.raises(tf.errors.ResourceExhaustedError, match="Current usage from device"):
            call()
        handle = session.partial_run_setup([y], [n])
        with pytest.raises(tf.errors.ResourceExhaustedError, match=r"asked for 4\.00MiB"):
            session.partial_run(handle, y, {n: 1 << 20})


def test_a_strand_that_runs_out_ends_those_that_wait(one_gpu):
    queue = tf.FIFOQueue(1, tf.float32, [])
    waiting = queue.dequeue()
    held = tf.random_uniform([1000], name="held")
    with tf.control_dependencies([held]):
        large = tf.random_uniform([1 << 19], name="large")
    total = tf.reduce_sum(large) + tf.reduce_sum(held)
    with tf.Session() as session:
        error = run_out(session, [waiting, total], None)
        assert error.op.name == "large/RandomUniform"
        assert "  3.9KiB from held (float[1000])" in error.message
        assert session.memory_info()[GPU].bytes_in_use < 100


@pytest.mark.parametrize(
    ("size", "build", "shape"),
    [
        (24, lambda x: tf.random_uniform([2, 3]), "shape[2,3] and type float"),
        (16, lambda x: tf.tile(x, [1]), "shape[4] and type float"),
        (8, lambda x: x[:2], "shape[2] and type float"),
        (10, lambda x: tf.tile(x, [1]), "shape[10] and type int8"),
    ],
)
def test_the_shape_is_found_where_an_allocation_knows_its_size_only(
    one_gpu, monkeypatch, size, build, shape
):
    x = tf.placeholder(tf.float32, [None])
    y = build(x)

    def full(self, array):
        raise DeviceMemoryError(size, MIB, MIB)

    monkeypatch.setattr(SimulatedDevice, "account", full)
    monkeypatch.setattr(SimulatedDevice, "reserve", lambda self, size: False)
    with tf.Session() as session:
        error = run_out(session, y, {x: np.ones(4)})
    assert f"OOM when allocating tensor with {shape} on " in error.message


def test_out_of_memory_on_the_host():
    n = tf.placeholder(tf.int64, [])
    y = tf.fill([n, n], 1.0, name="y")
    v = tf.Variable(np.ones(1000), name="v")
    with tf.Session() as session:
        session.run(v.initializer)
        error = run_out(session, tf.reduce_sum(y) + tf.cast(v, tf.float32)[0], {n: 1 << 30})
        assert error.message.startswith(
            f"OOM when allocating tensor with shape[{1 << 30},{1 << 30}] and type float on {CPU} "
            "by allocator cpu\n"
        )
        assert "the session keeps 7.8KiB in host memory" in error.message
        assert "  7.8KiB from v (double[1000], variable)" in error.message


def test_constants_without_room(one_gpu):
    y = tf.placeholder(tf.float32, []) * np.ones(1 << 19, np.float32)
    with tf.Session() as session:
        error = run_out(session, y, {y.op.inputs[0]: 1})
    wanted = f"OOM when allocating tensor with shape[{1 << 19}] and type float on {GPU}"
    assert error.message.startswith(wanted)
    assert error.op is y.op
    assert "[[node mul (defined at " in error.message
    assert "A constant: no room for 2097152 bytes: 0 of 1048576 bytes are in use" in error.message


def test_errors_of_libraries_that_mean_no_memory():
    class CUDARuntimeError(RuntimeError):
        status = 2

    assert memory_report.is_out_of_memory(CUDARuntimeError())
    assert memory_report.is_out_of_memory(blas.CublasError("cublasCreate_v2", 3))
    assert not memory_report.is_out_of_memory(blas.CublasError("cublasCreate_v2", 1))
    assert not memory_report.is_out_of_memory(RuntimeError())


def test_nvml_tells_who_uses_a_card():
    fake = FakeNvml([FakeGpu(), FakeGpu(bus="00000000:5E:00.0", silent={"processes"})])
    assert nvml.processes_on("0000:3b:00.0", fake) == (GpuProcess(4321, None),)
    assert nvml.processes_on("0000:5e:00.0", fake) == ()
    assert nvml.processes_on("0000:7f:00.0", fake) == ()
    assert nvml.processes_on("0000:3b:00.0", FakeNvml([], broken="no driver")) == ()
    fake.nvmlSystemGetProcessName = lambda pid: b"/usr/bin/train"
    assert nvml.processes_on("0000:3b:00.0", fake)[0].name == "/usr/bin/train"


# ---- The budget of the process ----


def test_sessions_share_a_card(one_gpu):
    v = tf.Variable(tf.random_uniform([100_000]))
    with tf.Session() as first, tf.Session() as second:
        first.run(v.initializer)
        error = run_out(second, v.initializer, None)
        assert "Other sessions and the CUDA context of this process hold " in error.message
        first.close()
        second.run(v.initializer)


def test_a_full_card_is_asked_again_after_garbage_is_gone():
    budget = simulated_budget(90, 0, 1000)
    idle, busy = (SimulatedDevice(90, 1000, budget=budget) for _ in range(2))
    circle = [idle.copy_in(np.zeros(100))]
    circle.append(circle)
    del circle
    assert busy.copy_in(np.ones(100))[0] == 1
    with pytest.raises(DeviceMemoryError):
        [busy.copy_in(np.ones(50)) for _ in range(5)]


def test_reserved_memory_counts_as_taken(one_gpu, monkeypatch):
    config = tf.ConfigProto()
    config.gpu_options.allow_growth = False
    with tf.Session(config=config) as session:
        assert session.memory_info()[GPU].bytes_reserved == MIB
    assert session.memory_info()[GPU].bytes_reserved == 0
    monkeypatch.setenv("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    with tf.Session(config=config) as session:
        assert session.memory_info()[GPU].bytes_reserved == 0


def limit_of(fraction=0.0, in_bytes=0):
    config = tf.ConfigProto()
    config.gpu_options.per_process_gpu_memory_fraction = fraction
    config.gpu_options.experimental.memory_limit_bytes = in_bytes
    with tf.Session(config=config) as session:
        return session.memory_info()[GPU].bytes_limit


def test_limits_of_a_config(one_gpu):
    assert limit_of() == MIB
    assert limit_of(0.25) == MIB // 4
    assert limit_of(in_bytes=1000) == 1000
    assert limit_of(0.25, 1000) == 1000
    assert limit_of(0.25, MIB) == MIB // 4
    assert limit_of(in_bytes=2 * MIB) == MIB
    with pytest.raises(tf.errors.InvalidArgumentError, match="memory_limit_bytes=-1 is no amount"):
        limit_of(in_bytes=-1)
    for wrong in (-0.5, float("nan")):
        with pytest.raises(tf.errors.InvalidArgumentError, match="is no share of a GPU's memory"):
            limit_of(wrong)
    config = tf.ConfigProto()
    config.gpu_options.experimental.virtual_devices.add(memory_limit_mb=[1])
    config.gpu_options.experimental.memory_limit_bytes = 1000
    with pytest.raises(tf.errors.InvalidArgumentError, match="memory_limit_bytes when virtual_"):
        tf.Session(config=config)


class CardWithContext(SimulatedLister):
    """A card of 1 GiB, of which a context takes 300 MiB."""

    def context_bytes(self, gpu):
        return 300 * MIB


def test_the_context_counts_against_a_stated_limit(caplog):
    lister = CardWithContext("1x1GiB", {})
    config = tf.ConfigProto()
    (plan,) = plan_gpus(config, lister)
    assert (plan.memory_limit, plan.overhead) == (1 << 30, 0)
    config.gpu_options.per_process_gpu_memory_fraction = 0.75
    (plan,) = plan_gpus(config, lister)
    assert (plan.memory_limit, plan.overhead) == (768 * MIB, 300 * MIB)
    assert caplog.messages == []
    config.gpu_options.per_process_gpu_memory_fraction = 0.5
    plan_gpus(config, lister)
    assert "The CUDA context takes 300 MB of the 512 MB" in caplog.text
    budget = Budget(1000, lambda size: size, lambda pointer: None, overhead=300)
    with pytest.raises(DeviceMemoryError):
        budget.take(701)
    assert budget.take(700) == 700


def test_the_context_is_what_a_card_lost_when_it_was_made(monkeypatch):
    monkeypatch.setattr("tfsession.devices.lister._contexts", {})
    lister = CudaLister({})
    lister._free_before = {"0000:3b:00.0": 1000 * MIB, "0000:5e:00.0": 9000 * MIB}
    cards = [PhysicalGpu(i, "", bus, (9, 0)) for i, bus in enumerate(lister._free_before)]
    for card in cards:
        lister._note_context(card, 600 * MIB)
        lister._note_context(card, 500 * MIB)
    # The second card lost more than a context takes: another process was quicker.
    assert [lister.context_bytes(card) for card in cards] == [400 * MIB, 0]


# ---- Everything comes back ----


def resident_bytes():
    """The memory of this process that is in RAM."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def close_it(session):
    session.close()


def leave_with_an_error(session):
    with pytest.raises(KeyError), session:
        raise KeyError


def collect_it(session):
    circle = [session]
    circle.append(circle)
    del session, circle
    gc.collect()


@pytest.fixture
def quick_collector():
    """Keeps the collector from looking at all that was there before, again and again."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


WAYS = [close_it, leave_with_an_error, collect_it]


def trained():
    """A session with variables, steps and a queue, all of which have been used."""
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [None, 64])
        w = tf.Variable(tf.ones([64, 256]))
        loss = tf.reduce_mean(tf.nn.relu(tf.matmul(x, w)))
        train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        enqueue = tf.FIFOQueue(4, tf.float32).enqueue(loss)
        session = tf.Session()
        session.run(w.initializer)
        session.run([train, enqueue], {x: np.ones((8, 64), np.float32)})
        return session


@pytest.mark.parametrize("give_up", WAYS)
def test_device_memory_comes_back_100_times(give_up, monkeypatch, quick_collector):
    # A size that no other test has: nobody else uses these budgets.
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "1x12345KiB")
    open_before = host_memory._open
    for number in range(100):
        session = [trained()]
        budget = session[0]._runner.devices[GPU]._budget
        assert budget.taken > 64 * 256 * 4
        give_up(session.pop())
        assert (budget.taken, budget.pools.all(), budget.is_retired) == (0, [], True)
        assert host_memory._open <= open_before
        if number == 30:
            resident = resident_bytes()
    gc.collect()
    assert resident_bytes() - resident < 24 * MIB


def test_a_device_that_fails_to_close_does_not_keep_the_others(monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "3x12346KiB")
    for number in range(3):
        with tf.device(f"/gpu:{number}"):
            tf.Variable(np.ones(10))
    session = tf.Session()
    budgets = [d._budget for d in session._runner.devices.values() if d.kind == "GPU"]
    session.run(tf.global_variables_initializer())
    open_before = host_memory._open
    real = SimulatedDevice.close

    def close(device):
        if device.index == 1:
            raise RuntimeError("GPU 1 has fallen off the bus")
        real(device)

    monkeypatch.setattr(SimulatedDevice, "close", close)
    with pytest.raises(RuntimeError, match="fallen off the bus"):
        session.close()
    assert [budget.taken > 0 for budget in budgets] == [False, True, False]
    assert host_memory._open == open_before - 1
    session.close()


@pytest.mark.gpu
@pytest.mark.parametrize("give_up", WAYS)
def test_gpu_memory_comes_back_to_the_driver_100_times(real_cupy, give_up, monkeypatch):
    monkeypatch.delenv("TFSESSION_SIMULATED_GPUS", raising=False)
    free = []
    for _ in range(100):
        give_up(trained())
        gc.collect()
        free.append(real_cupy.cuda.runtime.memGetInfo()[0])
    # What the driver keeps for loaded kernels is there after the first ones.
    assert free[-1] >= free[9] - 2 * MIB


@pytest.mark.gpu
@pytest.mark.usefixtures("real_cupy")
def test_pinned_buffers_are_used_again():
    x = tf.placeholder(tf.float32, [None])
    y = x * 2.0
    with tf.Session() as session:
        device = session._runner.devices[GPU]
        for _ in range(3):
            session.run(y, {x: np.ones(MIB, np.float32)})
        before = device._pinned.n_free_blocks() + len(device._staged)
        for _ in range(20):
            session.run(y, {x: np.ones(MIB, np.float32)})
        assert device._pinned.n_free_blocks() + len(device._staged) <= before + 2


# ---- Collection at any moment ----


def finishes(function):
    """Whether a function comes to its end, on a thread of its own."""
    thread = threading.Thread(target=function, daemon=True)
    thread.start()
    thread.join(10)
    return not thread.is_alive()


def test_a_session_may_be_collected_while_another_one_opens(monkeypatch):
    garbage = [tf.Session()]
    real = host_memory._library

    def collecting():
        garbage.clear()
        return real()

    monkeypatch.setattr(host_memory, "_library", collecting)
    open_before = host_memory._open
    assert finishes(host_memory.session_opened)
    assert garbage == []
    assert host_memory._open == open_before
    host_memory.session_closed()
    host_memory.session_opened()


def test_memory_may_come_back_while_some_is_taken():
    returned = []

    def malloc(size):
        # The collector runs here, and finds an array.
        if returned:
            budget.give(returned.pop())
        return 1 << 20 | size

    freed = []
    budget = Budget(1000, malloc, freed.append)
    first = budget.take(100)
    returned.append(first)
    assert finishes(functools.partial(budget.take, 200))
    assert (budget.taken, freed) == (200, [first])


def test_a_region_is_whole_when_memory_comes_back_in_the_middle(monkeypatch):
    budget = Budget(4096, lambda size: 1 << 20, lambda pointer: None, reserve=True)
    parts = [budget.take(512) for _ in range(4)]
    region = budget._region
    real = region.take

    def take(size):
        budget.give(parts.pop())
        assert not any(start == 1 << 20 | 1536 for start, _ in region._free)
        return real(size)

    monkeypatch.setattr(region, "take", take)
    budget.take(512)
    monkeypatch.undo()
    for part in parts:
        budget.give(part)
    budget.give((1 << 20) + 2048)
    assert budget.taken == 0
    assert region._free == [(1 << 20, 4096)]


def test_many_threads_take_and_give():
    addresses = itertools.count(1)
    budget = Budget(1 << 20, lambda size: next(addresses), lambda pointer: None)

    def work():
        for _ in range(500):
            budget.give(budget.take(10))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert budget.taken == 0


def test_a_handle_of_cublas_may_be_collected_while_the_library_loads():
    def load():
        with blas._library_lock, blas._library_lock:
            pass

    assert finishes(load)


def test_a_simulated_gpu_may_be_closed_by_a_signal_in_the_middle_of_its_work():
    device = SimulatedDevice(0, 1000)
    array = device.copy_in(np.zeros(10))

    def interrupted():
        with device._lock:
            device.close()

    assert finishes(interrupted)
    assert device.memory_statistics().in_use == 0
    device.account(np.ones(5))
    assert device.memory_statistics().in_use == 0
    del array


class Thing:
    """Something that can be referred to weakly."""


def test_live_objects():
    things = LiveObjects()
    first, second = Thing(), Thing()
    things.add(first)
    things.add(second)
    assert set(things.all()) == {first, second}
    things.discard(first)
    things.discard(first)
    assert things.all() == [second]
    del second
    assert things.all() == []
    assert things._references == {}


def test_live_objects_change_while_they_are_asked_for():
    things = LiveObjects()
    kept = [Thing() for _ in range(50)]
    late = Thing()
    for thing in kept:
        things.add(thing)
    del thing

    class Fickle:
        """A reference that others are added and taken away beside when it is followed."""

        def __call__(self):
            del kept[25:]
            things.add(late)

    things._references[0] = Fickle()
    things._references = dict(reversed(things._references.items()))
    assert set(things.all()) <= {*kept, late}
    del things._references[0]
    assert set(things.all()) == {*kept, late}
