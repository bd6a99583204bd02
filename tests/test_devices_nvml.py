"""NVML: everything is optional, nothing raises."""

from __future__ import annotations

from typing import Any

import pytest
from fake_nvml import FakeGpu, FakeNvml

from tfsession.devices.nvml import GpuProcess, query


def test_report_of_a_healthy_machine() -> None:
    nvml = FakeNvml([FakeGpu(), FakeGpu(uuid="GPU-0002", bus="00000000:5E:00.0")])
    report = query(nvml)
    assert report.problem == ""
    assert (report.driver_version, report.cuda_driver_version) == ("580.65.06", (13, 2))
    first, second = report.gpus
    assert (first.index, first.name, first.uuid) == (0, "NVIDIA H200", "GPU-0001")
    assert first.compute_capability == (9, 0)
    assert (first.memory_total, first.memory_free, first.memory_used) == (
        *(141 << 30, 140 << 30),
        1 << 30,
    )
    assert (first.utilisation, first.temperature) == (17, 41)
    assert (first.power, first.power_limit) == (76.5, 700.0)
    assert first.mig_mode is None
    assert first.processes == (GpuProcess(4321, None),)
    assert second.pci_bus_id == "00000000:5E:00.0"
    assert nvml.open == 0


def test_what_changes_all_the_time_is_asked_only_on_demand() -> None:
    (gpu,) = query(FakeNvml([FakeGpu()]), measure=False).gpus
    assert (gpu.uuid, gpu.memory_total) == ("GPU-0001", 141 << 30)
    assert (gpu.utilisation, gpu.temperature, gpu.power, gpu.processes) == (None, None, None, ())


def test_no_driver_is_a_problem_and_no_exception() -> None:
    report = query(FakeNvml([], broken="NVML Shared Library Not Found"))
    assert report.gpus == ()
    assert "NVML Shared Library Not Found" in report.problem


class LibraryMismatchError(Exception):
    """As nvidia-ml-py has it, for drivers older than itself: no NVMLError."""


def test_a_driver_older_than_the_module_is_a_problem_and_no_exception(monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise LibraryMismatchError("Driver/library version mismatch")

    nvml = FakeNvml([FakeGpu()])
    monkeypatch.setattr(nvml, "nvmlDeviceGetMemoryInfo", refuse)
    assert [gpu.memory_total for gpu in query(nvml).gpus] == [None]
    monkeypatch.setattr(nvml, "nvmlInit", refuse)
    assert "Driver/library version mismatch" in query(nvml).problem


@pytest.mark.parametrize(
    "what",
    ["name", "uuid", "bus", "capability", "total", "utilisation", "temperature", "power"],
)
def test_each_question_may_stay_unanswered(what: str) -> None:
    (gpu,) = query(FakeNvml([FakeGpu(silent={what})])).gpus
    assert (gpu.index, gpu.memory_free is None) == (0, what == "total")


def test_processes_may_stay_unanswered() -> None:
    assert query(FakeNvml([FakeGpu(silent={"processes"})])).gpus[0].processes == ()


def test_a_driver_older_than_the_module_leaves_questions_unanswered() -> None:
    class NVMLLibraryMismatchError(Exception):
        """What pynvml raises where the library lacks a function; no NVMLError."""

    class OldNvml(FakeNvml):
        def nvmlDeviceGetComputeRunningProcesses(self, gpu: FakeGpu) -> list[Any]:
            raise NVMLLibraryMismatchError("nvmlDeviceGetComputeRunningProcesses_v3")

    nvml = OldNvml([FakeGpu()])
    nvml.NVMLLibraryMismatchError = NVMLLibraryMismatchError
    assert query(nvml).gpus[0].processes == ()


def test_a_lost_card_is_left_out_and_the_others_keep_their_numbers() -> None:
    nvml = FakeNvml([FakeGpu(silent={"handle"}), FakeGpu(uuid="GPU-0002")])
    assert [(gpu.index, gpu.uuid) for gpu in query(nvml).gpus] == [(1, "GPU-0002")]


def test_an_old_driver_reports_memory_in_its_first_form() -> None:
    assert query(FakeNvml([FakeGpu()], second_memory=False)).gpus[0].memory_total == 141 << 30


def test_bytes_become_text_and_mig_instances_are_named() -> None:
    (gpu,) = query(FakeNvml([FakeGpu(name=b"NVIDIA A100", mig=("MIG-a", "MIG-b"))])).gpus
    assert gpu.name == "NVIDIA A100"
    assert (gpu.mig_mode, gpu.mig_uuids) == (True, ("MIG-a", "MIG-b"))
    assert gpu.mig_memory == dict.fromkeys(("MIG-a", "MIG-b"), (10 << 30, 9 << 30))


def test_the_module_itself_is_the_default() -> None:
    pytest.importorskip("pynvml")
    report = query()
    assert report.gpus or report.problem or report.driver_version
