"""CPU and simulated devices, and the devices that a ConfigProto asks for."""

from __future__ import annotations

import gc
import logging
import math
import subprocess
import sys
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from fake_nvml import FakeGpu, FakeNvml

import tfsession as tf
from tfsession import errors
from tfsession.devices import nvml
from tfsession.devices.cpu import CpuDevice
from tfsession.devices.device import (
    Device,
    DeviceMemoryError,
    MemoryStatistics,
    new_incarnation,
)
from tfsession.devices.lister import (
    CudaCard,
    CudaLister,
    DeviceLister,
    GpuPlan,
    PhysicalGpu,
    SimulatedLister,
    create_devices,
    plan_gpus,
)
from tfsession.devices.simulated import SimulatedDevice, parse_simulated_gpus
from tfsession.protos import ConfigProto

MIB = 1 << 20


# ---- CPU ----


def test_cpu_device() -> None:
    device: Device = CpuDevice(1)
    assert device.name == "/job:localhost/replica:0/task:0/device:CPU:1"
    assert (device.kind, device.on_host, device.memory_limit) == ("CPU", True, 268435456)
    assert device.physical_description == ""
    array = np.arange(3)
    assert device.copy_in(array) is array
    assert device.copy_from(array, CpuDevice(0)) is array
    fetched = device.copy_out(array)
    assert not np.shares_memory(fetched, array)
    with device.activate(), device.activate():
        device.synchronise()
    device.kept = lambda: 24
    assert device.memory_statistics() == MemoryStatistics(24, 24, limit=0, reserved=24)
    device.close()


def test_incarnations_are_signed_64_bit_and_differ() -> None:
    numbers = {new_incarnation() for _ in range(100)}
    assert len(numbers) == 100
    assert 0 not in numbers
    assert all(-(1 << 63) <= number < 1 << 63 for number in numbers)
    assert min(numbers) < 0 < max(numbers)


# ---- simulated ----


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2", [16 << 30] * 2),
        ("4x256MiB", [256 * MIB] * 4),
        ("8x24GiB", [24 << 30] * 8),
        ("2x24GiB,1x8GiB", [24 << 30, 24 << 30, 8 << 30]),
        (" 1x512KiB , 1x0.5GiB", [512 << 10, 512 * MIB]),
        ("0", []),
    ],
)
def test_simulated_gpus(text: str, expected: list[int]) -> None:
    assert parse_simulated_gpus(text) == expected


@pytest.mark.parametrize("text", ["", "x", "4x", "4x256", "4x256MB", "-1", "2,,2", "1x0MiB"])
def test_simulated_gpus_errors(text: str) -> None:
    with pytest.raises(ValueError, match=r"TFSESSION_SIMULATED_GPUS: .* want '<count>'"):
        parse_simulated_gpus(text)


def test_numbers_of_devices_that_are_mistakes_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="asks for 99999999 GPUs; want at most 1024"):
        parse_simulated_gpus("99999999x1GiB")
    with pytest.raises(errors.InvalidArgumentError, match=r"'CPU'\]: 1000000, want at most 1024"):
        simulated(ConfigProto(device_count={"CPU": 1_000_000}))


def test_simulated_device_copies_and_counts() -> None:
    device = SimulatedDevice(1, MIB, physical=3)
    assert device.name == "/job:localhost/replica:0/task:0/device:GPU:1"
    assert device.physical_description == (
        "device: 3, name: Simulated GPU, pci bus id: 0000:03:00.0, compute capability: 9.0"
    )
    host = np.arange(4, dtype=np.float32)
    array = device.copy_in(host)
    host[0] = 9
    assert array[0] == 0
    fetched = device.copy_out(array)
    array[1] = 9
    assert fetched[1] == 1
    assert (device.copies_in, device.copies_out, device.bytes) == (1, 1, 32)


@pytest.mark.parametrize(
    "value", [np.float32(2), np.zeros((0, 3)), np.ones((), ml_dtypes.bfloat16), np.eye(3).T]
)
def test_simulated_copies_keep_shape_and_dtype(value: Any) -> None:
    device = SimulatedDevice(0, MIB)
    back = device.copy_out(device.copy_in(value))
    assert (back.shape, back.dtype) == (value.shape, value.dtype)
    assert np.array_equal(back, value)


def test_simulated_memory_is_counted_while_arrays_live() -> None:
    device = SimulatedDevice(0, 1000)
    array = device.copy_in(np.zeros(100))
    with pytest.raises(DeviceMemoryError) as caught:
        device.copy_in(np.zeros(100))
    assert (caught.value.size, caught.value.limit, caught.value.in_use) == (800, 1000, 800)
    assert isinstance(caught.value, MemoryError)
    assert str(caught.value) == "no room for 800 bytes: 800 of 1000 bytes are in use"
    del array, caught
    gc.collect()
    array = device.copy_in(np.zeros(100))
    statistics = device.memory_statistics()
    assert (statistics.in_use, statistics.peak, statistics.limit) == (800, 800, 1000)
    del array
    assert device.memory_statistics().in_use == 0
    assert device.memory_statistics().peak == 800


def test_account_counts_an_array_once_and_views_as_their_base() -> None:
    device = SimulatedDevice(0, 1000)
    array = np.zeros(100)
    device.account(array)
    device.account(array)
    device.account(array[10:])
    assert device.memory_statistics().in_use == 800
    with pytest.raises(DeviceMemoryError):
        device.account(np.zeros(100))
    del array
    assert device.memory_statistics().in_use == 0


def test_simulated_copy_from_counts_on_both_sides() -> None:
    one, two = SimulatedDevice(0, MIB), SimulatedDevice(1, MIB)
    array = two.copy_from(one.copy_in(np.ones(2)), one)
    assert (one.copies_out, two.copies_in) == (1, 1)
    assert np.array_equal(CpuDevice().copy_from(array, two), [1, 1])
    assert two.copies_out == 1


def test_strings_do_not_enter_a_gpu() -> None:
    with pytest.raises(errors.InternalError, match="GPU copy from non-DMA string tensor"):
        SimulatedDevice().copy_in(np.array([b"a"], object))


def test_close_forgets_the_memory() -> None:
    device = SimulatedDevice(0, 1000)
    array = device.copy_in(np.zeros(100))
    device.close()
    device.close()
    del array
    assert device.memory_statistics().in_use == 0


# ---- the devices of a session ----


def simulated(config: ConfigProto, gpus: str = "2x4GiB", **environ: str) -> list[Device]:
    return create_devices(config, environ={"TFSESSION_SIMULATED_GPUS": gpus, **environ})


def test_default_devices_without_gpu() -> None:
    devices = create_devices(ConfigProto(), CudaLister({}, driver=lambda: False), {})
    assert [device.name for device in devices] == ["/job:localhost/replica:0/task:0/device:CPU:0"]


def test_cpus_come_first_and_every_session_has_new_incarnations() -> None:
    config = ConfigProto(device_count={"CPU": 2, "cpu": 7, "XX": 1})
    first, second = simulated(config), simulated(config)
    assert [device.name.rsplit("/", 1)[1] for device in first] == [
        *("device:CPU:0", "device:CPU:1"),
        *("device:GPU:0", "device:GPU:1"),
    ]
    incarnations = {device.incarnation for device in first + second}
    assert len(incarnations) == 8


@pytest.mark.parametrize("count", [0, -1])
def test_no_cpu_is_refused(count: int) -> None:
    with pytest.raises(
        errors.NotFoundError, match=r"^No CPU devices are available in this process"
    ):
        simulated(ConfigProto(device_count={"CPU": count}))


@pytest.mark.parametrize(("count", "gpus"), [(0, 0), (1, 1), (2, 2), (5, 2)])
def test_device_count_caps_gpus(count: int, gpus: int) -> None:
    assert len(simulated(ConfigProto(device_count={"GPU": count}))) == 1 + gpus


def test_gpu_options_are_ignored_without_gpu() -> None:
    config = ConfigProto()
    config.gpu_options.visible_device_list = "abc"
    config.gpu_options.per_process_gpu_memory_fraction = 2.0
    config.gpu_options.allocator_type = "foo"
    assert len(create_devices(config, CudaLister({}, driver=lambda: False), {})) == 1
    config.device_count["GPU"] = 0
    assert len(simulated(config)) == 1


def test_visible_device_list_permutes() -> None:
    config = ConfigProto()
    config.gpu_options.visible_device_list = "1,0"
    devices = simulated(config)
    assert [device.physical_description[:9] for device in devices[1:]] == ["device: 1", "device: 0"]
    assert [device.index for device in devices[1:]] == [0, 1]


def test_cuda_visible_devices_comes_before_visible_device_list() -> None:
    config = ConfigProto()
    config.gpu_options.visible_device_list = "1"
    devices = simulated(config, "1x1GiB,1x2GiB,1x3GiB", CUDA_VISIBLE_DEVICES="2,0")
    assert [device.memory_limit >> 30 for device in devices[1:]] == [1]
    assert devices[1].physical_description.startswith("device: 1,")
    assert len(simulated(ConfigProto(), CUDA_VISIBLE_DEVICES="")) == 1


def test_memory_fraction() -> None:
    config = ConfigProto()
    assert simulated(config, "4x256MiB")[1].memory_limit == 268435456
    config.gpu_options.per_process_gpu_memory_fraction = 0.25
    assert simulated(config, "1x256MiB")[1].memory_limit == 64 * MIB


def test_virtual_devices() -> None:
    config = ConfigProto()
    config.gpu_options.experimental.virtual_devices.add(memory_limit_mb=[1024, 512.5])
    config.gpu_options.experimental.virtual_devices.add()
    devices = simulated(config)[1:]
    assert [device.index for device in devices] == [0, 1, 2]
    assert [device.memory_limit for device in devices] == [1024 * MIB, 1025 * MIB // 2, 4 << 30]
    assert [device.physical_description[8] for device in devices] == ["0", "0", "1"]


@pytest.mark.parametrize(
    ("entries", "visible", "count", "error", "message"),
    [
        (
            *(2, "0", None, errors.UnknownError),
            "Not enough GPUs to create virtual devices. num_gpus_to_use: 1 #virtual_devices: 2",
        ),
        (
            *(2, "", 1, errors.UnknownError),
            "Not enough GPUs to create virtual devices. num_gpus_to_use: 1 #virtual_devices: 2",
        ),
        (
            *(1, "0,1", None, errors.InvalidArgumentError),
            "The number of GPUs in visible_device_list doesn't match the number of elements in the"
            " virtual_devices list. #GPUs in visible_device_list: 2 virtual_devices.size(): 1",
        ),
        (
            *(1, "", None, errors.UnknownError),
            "The number of valid GPUs doesn't match the number of elements in the virtual_devices"
            " list. #valid GPUs: 2 virtual_devices.size(): 1",
        ),
    ],
)
def test_virtual_devices_that_do_not_fit(
    entries: int, visible: str, count: int | None, error: type[errors.OpError], message: str
) -> None:
    config = ConfigProto()
    config.gpu_options.visible_device_list = visible
    if count is not None:
        config.device_count["GPU"] = count
    for _ in range(entries):
        config.gpu_options.experimental.virtual_devices.add(memory_limit_mb=[1])
    with pytest.raises(error) as caught:
        simulated(config)
    assert caught.value.message == message


@pytest.mark.parametrize("megabytes", [-1, math.nan, math.inf])
def test_parts_of_a_card_that_are_no_amount_of_memory(megabytes: float) -> None:
    config = ConfigProto()
    config.gpu_options.experimental.virtual_devices.add(memory_limit_mb=[1, megabytes])
    with pytest.raises(errors.InvalidArgumentError, match=r"memory_limit_mb=.* is no amount"):
        simulated(config, "1x1GiB")


def test_virtual_devices_and_fraction_exclude_each_other() -> None:
    config = ConfigProto()
    config.gpu_options.per_process_gpu_memory_fraction = 0.5
    config.gpu_options.experimental.virtual_devices.add(memory_limit_mb=[1])
    with pytest.raises(errors.InvalidArgumentError, match="It's invalid to set per_process_gpu"):
        simulated(config)


def test_unknown_allocator(caplog: pytest.LogCaptureFixture) -> None:
    config = ConfigProto()
    config.gpu_options.allocator_type = "foo"
    with pytest.raises(errors.InternalError) as caught:
        simulated(config, "1x256MiB")
    assert caught.value.message == (
        "Failed to get memory allocator for TF GPU 0 with 268435456 bytes of memory."
    )
    assert "Invalid allocator type: foo" in caplog.text
    config.gpu_options.allocator_type = "BFC"
    assert len(simulated(config)) == 3


def test_created_devices_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "tfsession"):
        simulated(ConfigProto(), "1x256MiB")
    assert caplog.messages == [
        "Created TensorFlow device (/job:localhost/replica:0/task:0/device:GPU:0 with 256 MB"
        " memory) -> physical GPU (device: 0, name: Simulated GPU, pci bus id: 0000:00:00.0,"
        " compute capability: 9.0)"
    ]


def test_attributes() -> None:
    cpu, gpu = simulated(ConfigProto(), "1x256MiB")
    assert (cpu.kind, cpu.memory_limit, cpu.physical_description) == ("CPU", 268435456, "")
    assert (gpu.kind, gpu.memory_limit) == ("GPU", 256 << 20)
    assert cpu.incarnation != gpu.incarnation


class BrokenAtSecond(SimulatedLister):
    """Opens one GPU and fails at the next."""

    def __init__(self) -> None:
        super().__init__("2x1GiB", {})
        self.opened: list[SimulatedDevice] = []

    def open_gpu(self, plan: GpuPlan, *, reserve: bool, task: str) -> Device:
        if plan.index == 1:
            raise DeviceMemoryError(1, 0, 0)
        device = SimulatedDevice(plan.index, plan.memory_limit)
        device.account(np.zeros(10))
        self.opened.append(device)
        return device


def test_a_failure_closes_what_was_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[Device] = []
    monkeypatch.setattr(SimulatedDevice, "close", lambda self: closed.append(self))
    lister = BrokenAtSecond()
    with pytest.raises(DeviceMemoryError):
        create_devices(ConfigProto(), lister, {})
    assert closed == lister.opened


# ---- the driver's GPUs ----


def cuda_lister(gpus: list[FakeGpu], cards: list[CudaCard] | Exception, **options: Any) -> Any:
    def ask() -> list[CudaCard]:
        if isinstance(cards, Exception):
            raise cards
        return cards

    return CudaLister(
        options.pop("environ", {}),
        driver=lambda: True,
        report=lambda: nvml.query(FakeNvml(gpus, broken=options.get("broken", ""))),
        cards=ask,
        touch_cuda=options.get("touch_cuda", True),
    )


def test_cuda_and_nvml_are_matched_by_bus_id() -> None:
    gpus = [
        FakeGpu("NVIDIA A100", "GPU-a", "00000000:5E:00.0", (8, 0)),
        FakeGpu("NVIDIA H200", "GPU-h", "00000000:86:00.0", (9, 0)),
    ]
    cards = [
        CudaCard("NVIDIA H200", "0000:86:00.0", (9, 0)),
        CudaCard("NVIDIA A100", "0000:5E:00.0", (8, 0)),
    ]
    lister: DeviceLister = cuda_lister(gpus, cards)
    assert lister.physical_gpus() == [
        PhysicalGpu(0, "NVIDIA H200", "0000:86:00.0", (9, 0), "GPU-h"),
        PhysicalGpu(1, "NVIDIA A100", "0000:5e:00.0", (8, 0), "GPU-a"),
    ]
    assert lister.physical_gpus()[0].description == (
        "device: 0, name: NVIDIA H200, pci bus id: 0000:86:00.0, compute capability: 9.0"
    )


def test_cuda_without_nvml_still_lists() -> None:
    cards = [CudaCard("NVIDIA H200", "0000:86:00.0", (9, 0))]
    (gpu,) = cuda_lister([], cards, broken="no NVML").physical_gpus()
    assert (gpu.name, gpu.uuid) == ("NVIDIA H200", "")


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (ImportError("No module named 'cupy'"), "CuPy is not installed"),
        (RuntimeError("cudaErrorInsufficientDriver"), "cudaErrorInsufficientDriver"),
    ],
)
def test_what_is_missing_is_logged_once(
    problem: Exception, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert cuda_lister([FakeGpu()], problem).physical_gpus() == []
    assert len(caplog.messages) == 1
    assert text in caplog.messages[0]


class PlayedGpus(CudaLister):
    """A driver whose cards are opened as simulated GPUs: their memory is not asked for."""

    def memory(self, gpu: PhysicalGpu) -> tuple[int, int]:
        return 1 << 30, 1 << 30

    def open_gpu(self, plan: GpuPlan, *, reserve: bool, task: str) -> Device:
        return SimulatedDevice(plan.index, plan.memory_limit, task=task)


CUDA_WORKS = [CudaCard("NVIDIA H200", "0000:86:00.0", (9, 0))]


@pytest.mark.parametrize(
    ("driver", "broken", "cards", "gpus", "line"),
    [
        pytest.param(
            *(False, "no library", RuntimeError("no library"), 0),
            "No GPU is used: there is no NVIDIA driver on this machine.",
            id="absent driver",
        ),
        pytest.param(
            *(True, "Driver/library version mismatch", RuntimeError("cudaErrorNoDevice"), 0),
            "No GPU is used: CUDA does not work (cudaErrorNoDevice). NVML: NVML does not start: "
            "Driver/library version mismatch.",
            id="broken driver",
        ),
        pytest.param(
            *(True, "", RuntimeError("cudaErrorInsufficientDriver"), 0),
            "No GPU is used: CUDA does not work (cudaErrorInsufficientDriver).",
            id="NVML without CUDA",
        ),
        pytest.param(
            *(True, "", ImportError("No module named 'cupy'"), 0),
            "No GPU is used: CuPy is not installed (No module named 'cupy').",
            id="no CuPy",
        ),
        pytest.param(
            *(True, "NVML Shared Library Not Found", CUDA_WORKS, 1),
            "GPUs are used without NVML, which does not work: NVML does not start: NVML Shared "
            "Library Not Found",
            id="CUDA without NVML",
        ),
    ],
)
def test_every_state_of_the_driver_gives_a_session_and_one_line(
    driver: bool,
    broken: str,
    cards: Any,
    gpus: int,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def ask() -> list[CudaCard]:
        if isinstance(cards, Exception):
            raise cards
        return list(cards)

    report = nvml.query(FakeNvml([FakeGpu()], broken=broken))
    lister = PlayedGpus({}, driver=lambda: driver, report=lambda: report, cards=ask)
    monkeypatch.setattr("tfsession.devices.lister._default_lister", lambda _: lister)
    with tf.Graph().as_default(), caplog.at_level(logging.INFO, "tfsession"):
        with tf.Session() as session:
            assert session.run(tf.constant(1.0) + 1.0) == 2
            assert len(session.list_devices()) == 1 + gpus
    said = [m for m in caplog.messages if not m.startswith("Created TensorFlow device")]
    assert len(said) == 1
    assert said[0].startswith(line)


def test_hidden_gpus_are_not_asked_for() -> None:
    """Neither NVML nor CUDA is touched where the variable hides all."""

    def fail() -> Any:
        raise AssertionError

    lister = CudaLister({"CUDA_VISIBLE_DEVICES": "-1"}, driver=fail, report=fail, cards=fail)
    assert lister.physical_gpus() == []


@pytest.mark.parametrize("value", ["", " ", "-1"])
def test_hidden_gpus_are_no_problem_to_report(value: str, caplog: pytest.LogCaptureFixture) -> None:
    lister = cuda_lister(
        [FakeGpu()], RuntimeError("asked CUDA"), environ={"CUDA_VISIBLE_DEVICES": value}
    )
    assert lister.physical_gpus() == []
    assert caplog.messages == []


def test_listing_without_cuda_follows_the_variables() -> None:
    gpus = [
        FakeGpu("slow", "GPU-a", "00000000:5E:00.0", (7, 5), total=8, free=6),
        FakeGpu("fast", "GPU-h", "00000000:86:00.0", (9, 0), total=9, free=7),
    ]

    def listed(**environ: str) -> list[str]:
        lister = cuda_lister(gpus, RuntimeError("asked CUDA"), touch_cuda=False, environ=environ)
        found = lister.physical_gpus()
        assert [gpu.index for gpu in found] == list(range(len(found)))
        assert [lister.memory(gpu) for gpu in found] == [
            {"slow": (8, 6), "fast": (9, 7)}[gpu.name] for gpu in found
        ]
        return [gpu.name for gpu in found]

    assert listed() == ["fast", "slow"]
    assert listed(CUDA_DEVICE_ORDER="PCI_BUS_ID") == ["slow", "fast"]
    assert listed(CUDA_VISIBLE_DEVICES="1") == ["slow"]
    assert listed(CUDA_VISIBLE_DEVICES="GPU-h") == ["fast"]
    assert listed(CUDA_VISIBLE_DEVICES="") == []


def test_listing_asks_cuda_only_where_nvml_does_not_work() -> None:
    card = CudaCard("NVIDIA H200", "0000:86:00.0", (9, 0), 141 << 30)
    gpu = FakeGpu(bus="00000000:86:00.0")
    for broken, told in (("", "NVIDIA H200"), ("gone", "NVIDIA H200")):
        cards: Any = [card] if broken else RuntimeError("asked CUDA")
        lister = cuda_lister([gpu], cards, touch_cuda=False, broken=broken)
        (found,) = lister.physical_gpus()
        assert (found.name, found.pci_bus_id) == (told, "0000:86:00.0")
        # CUDA would make a context to tell what is free.
        assert lister.memory(found) == (141 << 30, (141 if broken else 140) << 30)


@pytest.mark.parametrize("is_broken", [False, True])
def test_local_devices_of_real_cards(is_broken: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `device_lib` tells: nothing is opened, and NVML's answers suffice where it works."""
    from tfsession.python import local_devices

    gpus = [
        FakeGpu("NVIDIA A100", "GPU-a", "00000000:5E:00.0", (8, 0), total=80 << 30, free=40 << 30),
        FakeGpu("NVIDIA H200", "GPU-h", "00000000:86:00.0", (9, 0)),
    ]
    cards = [CudaCard("NVIDIA A100", "0000:5E:00.0", (8, 0), 80 << 30)]
    lister = cuda_lister(
        gpus,
        cards if is_broken else RuntimeError("asked CUDA"),
        touch_cuda=False,
        broken="gone" if is_broken else "",
        environ={"CUDA_VISIBLE_DEVICES": "GPU-a"},
    )
    monkeypatch.setattr(lister, "open_gpu", None)
    monkeypatch.setattr(local_devices, "_lister", lambda: lister)
    cpu, gpu = local_devices.list_local_devices()
    assert (cpu.name, cpu.device_type, cpu.physical_device_desc) == ("/device:CPU:0", "CPU", "")
    assert (gpu.name, gpu.device_type) == ("/device:GPU:0", "GPU")
    free = (80 if is_broken else 40) << 30
    assert gpu.memory_limit == free - free // 20
    assert gpu.physical_device_desc == (
        "device: 0, name: NVIDIA A100, pci bus id: 0000:5e:00.0, compute capability: 8.0"
    )
    assert gpu.incarnation > 0
    assert gpu.incarnation != local_devices.list_local_devices()[1].incarnation


def test_the_memory_of_a_mig_instance_is_not_its_cards() -> None:
    gpus = [FakeGpu(mig=("MIG-a", "MIG-b"))]
    lister = cuda_lister(gpus, RuntimeError("asked CUDA"), touch_cuda=False)
    (gpu,) = lister.physical_gpus()
    assert gpu.uuid == "MIG-a"
    assert lister.memory(gpu) == (10 << 30, 9 << 30)


def test_a_card_whose_bus_has_no_number() -> None:
    gpus = [FakeGpu(bus="N/A"), FakeGpu(uuid="GPU-2", bus="00000000:86:00.0")]
    lister = cuda_lister(gpus, [CudaCard("NVIDIA H200", "0000:86:00.0", (9, 0))])
    assert [gpu.uuid for gpu in lister.physical_gpus()] == ["GPU-2"]


def test_local_devices_of_a_process_without_cpu() -> None:
    from tfsession.python import local_devices

    with pytest.raises(errors.NotFoundError, match="No CPU devices are available"):
        local_devices.list_local_devices(ConfigProto(device_count={"CPU": 0}))


class CountingLister(SimulatedLister):
    """Notes whose memory was asked for."""

    def __init__(self) -> None:
        super().__init__("8x1GiB", {})
        self.asked: list[int] = []

    def memory(self, gpu: PhysicalGpu) -> tuple[int, int]:
        self.asked.append(gpu.index)
        return super().memory(gpu)


def test_only_gpus_in_use_are_touched() -> None:
    lister = CountingLister()
    config = ConfigProto(device_count={"GPU": 2})
    config.gpu_options.visible_device_list = "5,3,1"
    assert [plan.gpu.index for plan in plan_gpus(config, lister)] == [5, 3]
    assert lister.asked == [5, 3]


def test_no_driver_costs_nothing() -> None:
    program = """
import sys, time
from tfsession.protos import ConfigProto
from tfsession.devices.lister import CudaLister, create_devices, driver_present
config = ConfigProto()
start = time.perf_counter()
devices = create_devices(config, environ={})
print(time.perf_counter() - start, driver_present())
if not driver_present():
    assert not {"cupy", "pynvml"} & set(sys.modules), sys.modules
import tfsession.devices.gpu, tfsession.devices.blas, tfsession.devices.capture
assert driver_present() or not {"cupy", "pynvml"} & set(sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    seconds, driver = done.stdout.split()
    assert driver == "True" or float(seconds) < 0.05
