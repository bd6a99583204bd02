"""Rules of visibility, as tables, and against what generated lists were meant to say."""

from __future__ import annotations

import itertools
import subprocess
import sys
from dataclasses import dataclass

import pytest
from hypothesis import given, strategies as st

from tfsession import errors
from tfsession.devices.lister import create_devices
from tfsession.devices.visible import (
    GpuIdentity,
    enumeration_order,
    normal_bus_id,
    parse_visible_device_list,
    visible_devices,
)
from tfsession.protos import ConfigProto

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
    assert normal_bus_id("N/A ") == "n/a"


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


# ---- any value of the variable, against what its entries were meant to say ----


@dataclass(frozen=True)
class Entry:
    """One entry of the variable: its text, its kind, and the device it stands for, if any."""

    text: str
    kind: str
    device: int | None


# Two pairs that share a beginning, so that some prefixes are of one device and others of two.
CARDS = ["GPU-1a2b", "GPU-1a7c", "GPU-9d00", "GPU-c0de"]
SHARED = {"GPU-": 4, "GPU-1": 2, "GPU-1a": 2}
INSTANCES = ["MIG-10aa", "MIG-2bbb"]


def entries(uuids: list[str]) -> st.SearchStrategy[Entry]:
    numbers = st.builds(
        lambda device, sign, zeros, rest: Entry(f"{sign}{zeros}{device}{rest}", "number", device),
        st.integers(0, len(uuids) - 1),
        st.sampled_from(["", "+"]),
        st.sampled_from(["", "0", "00"]),
        st.sampled_from(["", "x", " 7", "gpu", ".5"]),
    )
    invalid = st.sampled_from(["-1", "", "x", "-0", str(len(uuids)), "99", "None", "NoDevFiles"])
    nowhere = st.sampled_from(["GPU-ffff", "MIG-ffff"])
    prefixes = st.builds(
        lambda device, length: Entry(
            uuids[device][:length],
            uuids[device][:4],
            device if sum(u.startswith(uuids[device][:length]) for u in uuids) == 1 else None,
        ),
        st.integers(0, len(uuids) - 1),
        st.integers(4, 8),
    )
    return st.one_of(
        numbers,
        prefixes,
        st.builds(lambda text: Entry(text, "number", None), invalid),
        st.builds(lambda text: Entry(text, text[:4], None), nowhere),
    )


def meant(listed: list[Entry]) -> list[int]:
    """The devices of a list of entries: those before the first that does not count."""
    devices = [e.device if e.kind == listed[0].kind else None for e in listed]
    counted = list(itertools.takewhile(lambda device: device is not None, devices))
    return [d for d in counted if d is not None] if len(set(counted)) == len(counted) else []


def test_the_prefixes_of_the_cards_are_shared_as_meant():
    for prefix, count in SHARED.items():
        assert sum(uuid.startswith(prefix) for uuid in CARDS) == count


@given(
    listed=st.lists(entries(CARDS), min_size=1, max_size=6),
    blanks=st.lists(st.sampled_from(["", " ", "  ", "\t"]), min_size=12, max_size=12),
)
def test_any_list_of_entries(listed: list[Entry], blanks: list[str]) -> None:
    text = ",".join(f"{blanks[2 * i]}{e.text}{blanks[2 * i + 1]}" for i, e in enumerate(listed))
    assert visible_devices(text, CARDS) == meant(listed)


@given(listed=st.lists(entries([*CARDS[:1], *INSTANCES]), min_size=1, max_size=4))
def test_any_list_of_entries_on_a_machine_with_mig(listed: list[Entry]) -> None:
    """Only instances count, and only the first of them."""
    instances = [device for device in meant(listed) if device > 0]
    text = ",".join(entry.text for entry in listed)
    assert visible_devices(text, [*CARDS[:1], *INSTANCES]) == instances[:1]


@given(text=st.text(max_size=30))
def test_any_text_at_all(text: str) -> None:
    chosen = visible_devices(text, CARDS)
    assert set(chosen) <= set(range(len(CARDS)))
    assert len(set(chosen)) == len(chosen)


@given(order=st.permutations(range(4)), mode=st.sampled_from(["PCI_BUS_ID", "FASTEST_FIRST", None]))
def test_any_order_of_cards(order: list[int], mode: str | None) -> None:
    """By bus, or with the most capable card first and the others by bus."""
    cards = [GpuIdentity(f"GPU-{n}", f"0000:{n:02x}:00.0", (7 + n % 3, 0), n) for n in order]
    found = [cards[place].uuid for place in enumeration_order(cards, mode)]
    by_bus = [f"GPU-{n}" for n in range(4)]
    assert found == (by_bus if mode == "PCI_BUS_ID" else ["GPU-2", "GPU-0", "GPU-1", "GPU-3"])


# ---- sessions ----


@given(
    visible=st.none()
    | st.permutations(range(4)).flatmap(
        lambda order: st.integers(0, 4).map(lambda count: order[:count])
    ),
    listed=st.none()
    | st.permutations(range(4)).flatmap(
        lambda order: st.integers(1, 4).map(lambda count: order[:count])
    ),
    count=st.none() | st.integers(0, 5),
)
def test_what_a_session_has(
    visible: list[int] | None, listed: list[int] | None, count: int | None
) -> None:
    """Process, then session, then the number: each chooses among what the one before has left."""
    sizes = [1, 2, 3, 4]
    left = sizes if visible is None else [sizes[place] for place in visible]
    config = ConfigProto()
    is_refused = False
    if listed is not None:
        config.gpu_options.visible_device_list = ",".join(map(str, listed))
        is_refused = bool(left) and count != 0 and max(listed) >= len(left)
        nothing = is_refused or not left or count == 0
        left = [] if nothing else [left[place] for place in listed]
    if count is not None:
        config.device_count["GPU"] = count
        left = left[:count]
    environ = {"TFSESSION_SIMULATED_GPUS": ",".join(f"1x{size}GiB" for size in sizes)}
    if visible is not None:
        environ["CUDA_VISIBLE_DEVICES"] = ",".join(map(str, visible))
    if is_refused:
        with pytest.raises(errors.InvalidArgumentError, match="listed an invalid GPU id"):
            create_devices(config, environ=environ)
        return
    _, *gpus = create_devices(config, environ=environ)
    assert [gpu.memory_limit >> 30 for gpu in gpus] == left
    assert [gpu.index for gpu in gpus] == list(range(len(left)))


@given(parts=st.lists(st.lists(st.integers(1, 1024), max_size=3), min_size=2, max_size=2))
def test_virtual_devices_of_a_session(parts: list[list[int]]) -> None:
    """Numbers run on over all cards; a card without parts is one device."""
    config = ConfigProto()
    for limits in parts:
        config.gpu_options.experimental.virtual_devices.add(memory_limit_mb=limits)
    environ = {"TFSESSION_SIMULATED_GPUS": "2x4GiB"}
    _, *gpus = create_devices(config, environ=environ)
    wanted = [(card, size) for card in (0, 1) for size in parts[card] or [4096]]
    found = [(int(g.physical_description[8]), g.memory_limit >> 20) for g in gpus]
    assert found == wanted
    assert [gpu.index for gpu in gpus] == list(range(len(wanted)))


def test_two_sessions_of_a_process_have_their_own_lists() -> None:
    """Also at once: TensorFlow refuses the second where GPU:0 would be another card."""
    found = []
    sessions = []
    for listed in ("0", "1", "1,0"):
        config = ConfigProto()
        config.gpu_options.visible_device_list = listed
        sessions.append(create_devices(config, environ={"TFSESSION_SIMULATED_GPUS": "2"}))
        found.append([gpu.physical_description[8] for gpu in sessions[-1][1:]])
    assert found == [["0"], ["1"], ["1", "0"]]


def test_the_variable_counts_that_is_set_before_the_first_session() -> None:
    program = """
import os
import tfsession as tf
os.environ["TFSESSION_SIMULATED_GPUS"] = "1x1GiB,1x2GiB,1x3GiB"
os.environ["CUDA_VISIBLE_DEVICES"] = "2,0"
with tf.Session() as session:
    print([d.memory_limit_bytes >> 30 for d in session.list_devices()[1:]])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stdout == "[3, 1]\n", done.stderr
