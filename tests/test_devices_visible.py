"""Rules of visibility, as tables."""

from __future__ import annotations

import pytest

from tfsession import errors
from tfsession.devices.visible import (
    GpuIdentity,
    enumeration_order,
    normal_bus_id,
    parse_visible_device_list,
    visible_devices,
)

THREE = ["GPU-aa11", "GPU-ab22", "GPU-cc33"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, [0, 1, 2]),
        ("", []),
        ("  ", []),
        ("0", [0]),
        ("2,0", [2, 0]),
        (" 1 , 2 ", [1, 2]),
        ("-1", []),
        ("0,2,-1,1", [0, 2]),
        ("0,3,1", [0]),
        ("0,,1", [0]),
        ("1gpu2,2x", [1, 2]),
        ("+1", [1]),
        ("x,1", []),
        ("1,1", []),
        ("0,1,0", []),
        ("GPU-cc33,GPU-aa11", [2, 0]),
        ("GPU-c,GPU-aa", [2, 0]),
        ("GPU-a", []),
        ("GPU-c,GPU-a", [2]),
        ("GPU-zz", []),
        ("GPU-c,0", [2]),
        ("0,GPU-c", [0]),
        ("MIG-x", []),
        ("NoDevFiles", []),
    ],
)
def test_cuda_visible_devices(value: str | None, expected: list[int]) -> None:
    assert visible_devices(value, THREE) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, [1]),
        ("MIG-two,MIG-one", [2]),
        ("MIG-GPU-aa/1/0", [3]),
        ("GPU-bb", []),
        ("MIG-", []),
    ],
)
def test_a_mig_instance_hides_whole_gpus_and_comes_alone(
    value: str | None, expected: list[int]
) -> None:
    devices = ["GPU-aa", "MIG-one", "MIG-two", "MIG-GPU-aa/1/0", "GPU-bb"]
    assert visible_devices(value, devices) == expected


def test_a_machine_without_gpus_shows_none() -> None:
    assert visible_devices(None, []) == []
    assert visible_devices("0", []) == []


def test_order_by_bus_and_by_speed() -> None:
    gpus = [
        GpuIdentity("GPU-a", "00000000:5E:00.0", (8, 0), 40),
        GpuIdentity("GPU-b", "00000000:3B:00.0", (7, 5), 16),
        GpuIdentity("GPU-c", "00000000:86:00.0", (9, 0), 80),
    ]
    assert enumeration_order(gpus, "PCI_BUS_ID") == [1, 0, 2]
    assert enumeration_order(gpus, "FASTEST_FIRST") == [2, 1, 0]
    assert enumeration_order(gpus, None) == [2, 1, 0]
    assert enumeration_order([], None) == []


def test_bus_ids_of_nvml_and_cuda_meet() -> None:
    assert normal_bus_id("00000000:3B:00.0") == normal_bus_id("0000:3b:00.0")
    assert normal_bus_id("00010000:3B:00.0") == "10000:3b:00.0"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", [0, 1, 2]), ("0", [0]), ("2,0", [2, 0]), (" 1 ,2", [1, 2])],
)
def test_visible_device_list(text: str, expected: list[int]) -> None:
    assert parse_visible_device_list(text, 3) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "0,x",
            "Could not parse entry in 'visible_device_list': 'x'. visible_device_list = 0,x",
        ),
        ("0,", "Could not parse entry in 'visible_device_list': ''. visible_device_list = 0,"),
        (
            "8",
            "'visible_device_list' listed an invalid GPU id '8' but visible device count is 1",
        ),
        (
            "-1",
            "'visible_device_list' listed an invalid GPU id '-1' but visible device count is 1",
        ),
        ("0,0", "visible_device_list contained a duplicate entry: 0,0"),
    ],
)
def test_visible_device_list_errors(text: str, message: str) -> None:
    with pytest.raises(errors.InvalidArgumentError) as caught:
        parse_visible_device_list(text, 1)
    assert caught.value.message == message
