"""Timeline: StepStats to a Chrome trace; the expected traces were recorded from TensorFlow."""

from __future__ import annotations

import base64
import itertools
import json
import re
from pathlib import Path

import numpy as np
import pytest

import tfsession as tf
from tests.traced_program import run
from tfsession.protos import StepStats
from tfsession.report.timeline import Timeline

GOLDEN = json.loads((Path(__file__).parent / "golden" / "timeline.json").read_text())
CPU = "/job:localhost/replica:0/task:0/device:CPU:0"


def add_node(device, name, label, start, duration, outputs=()):
    node = device.node_stats.add(node_name=name, timeline_label=label)
    node.all_start_micros, node.all_end_rel_micros = start, duration
    for slot, (size, allocator) in enumerate(outputs):
        description = node.output.add(slot=slot).tensor_description
        description.dtype = 1
        description.shape.dim.add(size=size // 4)
        description.allocation_description.requested_bytes = size
        description.allocation_description.allocator_name = allocator
    return node


@pytest.fixture
def stats():
    """Overlapping nodes, a transfer, two outputs, a GPU's kernels, and labels of other forms."""
    stats = StepStats()
    cpu = stats.dev_stats.add(device=CPU)
    add_node(cpu, "_SOURCE", "_SOURCE = NoOp()", 100, 1)
    add_node(cpu, "a", "a = Const()", 101, 4, [(16, "cpu")])
    add_node(cpu, "b", "b = Split(a, missing)", 103, 5, [(8, "cpu"), (8, "cpu")])
    add_node(cpu, "RecvTensor", "whatever", 104, 3)
    add_node(cpu, "odd", "no label", 120, 0, [(4, "other")])
    gpu = stats.dev_stats.add(device=CPU.replace("CPU", "GPU"))
    add_node(gpu, "c", "c = MatMul(b:1, a/_3)", 109, 6, [(32, "GPU_0_bfc")])
    add_node(gpu, "d", "[GPU_0_bfc] 0.1MB d = Neg(c)", 112, 6, [(0, "GPU_0_bfc")])
    kernels = stats.dev_stats.add(device="/device:GPU:0/stream:all")
    add_node(kernels, "c:MatMul", "sgemm", 110, 3)
    add_node(kernels, "neg", "kernel@@d:Neg#id=1#", 114, 2)
    return stats


def events(stats, **options):
    return json.loads(Timeline(stats).generate_chrome_trace_format(**options))["traceEvents"]


def of_phase(found, phase):
    return [e for e in found if e["ph"] == phase]


def test_processes(stats):
    names = [(e["pid"], e["args"]["name"]) for e in of_phase(events(stats), "M")]
    assert names == [
        (0, "Allocators"),
        (1, f"{CPU} Compute"),
        (2, f"{CPU} Tensors"),
        (3, f"{CPU.replace('CPU', 'GPU')} Compute"),
        (4, f"{CPU.replace('CPU', 'GPU')} Tensors"),
        (5, "/device:GPU:0/stream:all Compute"),
        (6, "/device:GPU:0/stream:all Tensors"),
    ]


def test_operations(stats):
    shown = [
        (e["args"]["name"], e["name"], e["pid"], e["tid"], e["ts"], e["dur"])
        for e in of_phase(events(stats), "X")
    ]
    assert shown == [
        ("_SOURCE", "NoOp", 1, 0, 100, 1),
        ("a", "Const", 1, 1, 101, 4),
        ("b", "Split", 1, 0, 103, 5),
        ("RecvTensor", "RecvTensor", 1, 2, 104, 3),
        ("odd", "unknown", 1, 0, 120, 0),
        ("c", "MatMul", 3, 0, 109, 6),
        ("d", "Neg", 3, 1, 112, 6),
        ("c", "MatMul", 5, 0, 110, 3),
        ("d", "Neg", 5, 0, 114, 2),
    ]
    (split,) = [e for e in events(stats) if e["name"] == "Split"]
    assert split["args"] == {"name": "b", "op": "Split", "input0": "a", "input1": "missing"}
    assert split["cat"] == "Op"


def test_flows(stats):
    found = events(stats)
    starts, ends = of_phase(found, "s"), of_phase(found, "t")
    assert [(e["name"], e["id"], e["pid"], e["tid"], e["ts"]) for e in starts] == [
        ("a", 0, 1, 1, 105),
        ("b:1", 1, 1, 0, 108),
        ("a", 2, 1, 1, 105),
        ("c", 3, 3, 0, 115),
    ]
    assert [(e["id"], e["pid"], e["tid"], e["ts"]) for e in ends] == [
        (0, 1, 0, 103),
        (1, 3, 0, 109),
        (2, 3, 0, 109),
        (3, 3, 1, 112),
    ]
    assert {e["cat"] for e in starts + ends} == {"DataFlow"}
    quiet = events(stats, show_dataflow=False)
    assert {e["ph"] for e in quiet} == {"M", "X"}


def test_memory(stats):
    found = events(stats, show_memory=True)
    counters = [(e["name"], e["ts"], e["args"], e["pid"]) for e in of_phase(found, "C")]
    assert counters == [
        ("cpu", 101, {"cpu": 16}, 0),
        ("cpu", 103, {"cpu": 24}, 0),
        ("cpu", 103, {"cpu": 32}, 0),
        ("cpu", 108, {"cpu": 24}, 0),
        ("cpu", 114, {"cpu": 8}, 0),
        ("cpu", 114, {"cpu": 0}, 0),
        ("other", 120, {"other": -4}, 0),
        ("other", 120, {"other": 0}, 0),
        ("GPU_0_bfc", 109, {"GPU_0_bfc": 32}, 0),
        ("GPU_0_bfc", 112, {"GPU_0_bfc": 32}, 0),
        ("GPU_0_bfc", 117, {"GPU_0_bfc": 0}, 0),
        ("GPU_0_bfc", 118, {"GPU_0_bfc": 0}, 0),
    ]
    made, seen, gone = (of_phase(found, phase) for phase in "NOD")
    names = ["a", "b", "b:1", "odd", "c", "d"]
    assert [e["name"] for e in made] == [e["name"] for e in seen] == [e["name"] for e in gone]
    assert [e["name"] for e in made] == names
    assert [e["id"] for e in made] == list(range(6))
    assert [e["ts"] for e in gone] == [114, 108, 114, 120, 117, 118]
    text = seen[0]["args"]["snapshot"]["tensor_description"]
    assert "requested_bytes: 16" in text
    assert "allocator_name: cpu" in text


def test_maximums(stats):
    analysis = Timeline(stats).analyze_step_stats()
    maximum = analysis.allocator_maximums["cpu"]
    assert (maximum.timestamp, maximum.num_bytes) == (103, 32)
    assert maximum.tensors == {"a", "b", "b:1"}
    compact = analysis.chrome_trace.format_to_string()
    assert json.loads(compact) == json.loads(analysis.chrome_trace.format_to_string(pretty=True))
    assert ": " not in re.sub(r'"[^"]*"', "", compact)
    assert Timeline(stats).analyze_step_stats(show_memory=False).allocator_maximums == {}


def test_nothing_is_changed(stats):
    before = stats.SerializeToString()
    timeline = Timeline(stats)
    assert timeline.generate_chrome_trace_format() == timeline.generate_chrome_trace_format()
    assert stats.SerializeToString() == before


def test_no_stats():
    assert [e["args"]["name"] for e in events(StepStats())] == ["Allocators"]


def test_of_a_session(monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "1x64MiB")
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [2, 2], name="x")
        with tf.device("/gpu:0"):
            y = tf.matmul(x, x, name="y")
        with tf.device("/cpu:0"):
            z = tf.reduce_sum(y, name="z")
        metadata = tf.RunMetadata()
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        session.run(z, {x: np.eye(2)}, options=options, run_metadata=metadata)
    found = events(metadata.step_stats, show_memory=True)
    assert {"MatMul", "Sum"} <= {e["name"] for e in of_phase(found, "X")}
    flows = [e["name"] for e in of_phase(found, "s")]
    assert any(name.startswith(("y", "z")) for name in flows)


# ---- against TensorFlow, and against the rules of the format ----


def test_the_trace_of_a_run_of_tensorflow_is_the_same():
    stats = StepStats.FromString(base64.b64decode(GOLDEN["step_stats"]))
    assert events(stats, show_memory=True) == GOLDEN["events"]


def shapes(found):
    """By kind of event: which members it may have."""
    kinds = {}
    for event in found:
        arguments = sorted(event.get("args", {})) if event["ph"] != "C" else []
        kind = kinds.setdefault((event["ph"], event.get("cat")), set())
        kind.add((*sorted(event), *arguments))
    return kinds


def test_a_run_here_makes_events_of_the_same_form():
    found = events(run(tf).step_stats, show_memory=True)
    assert shapes(found) == shapes(GOLDEN["events"])
    check_format(found)
    names, expected = (
        {e["args"]["name"]: e["name"] for e in of_phase(trace, "X")}
        for trace in (found, GOLDEN["events"])
    )
    for name in ("_SOURCE", "_arg_x_0_0", "parts", "mul", "add", "z", "total", "mul_1", "update"):
        assert names[name] == expected[name]


def check_format(found):
    """What viewers ask of events, after the Trace Event Format of Chromium."""
    processes = {e["pid"] for e in of_phase(found, "M")}
    slices, flows, objects = {}, {}, {}
    for event in found:
        assert isinstance(event["name"], str)
        assert event["pid"] in processes
        if event["ph"] == "M":
            continue
        assert isinstance(event["ts"], int)
        assert event["ts"] >= 0
        assert isinstance(event["tid"], int)
        place = (event["pid"], event["tid"])
        if event["ph"] == "X":
            assert event["dur"] >= 0
            slices.setdefault(place, []).append((event["ts"], event["ts"] + event["dur"]))
        elif event["ph"] in ("s", "t", "f"):
            flows.setdefault((event["cat"], event["id"]), []).append(event)
        elif event["ph"] in ("N", "O", "D"):
            objects.setdefault((event["pid"], event["id"]), []).append(event)
        else:
            assert event["ph"] == "C"
            assert all(isinstance(value, int) for value in event["args"].values())
    for spans in slices.values():
        spans.sort()
        # On one lane nothing overlaps: a viewer would nest it.
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))
    for start, *steps in flows.values():
        assert start["ph"] == "s"
        assert [step["ph"] for step in steps] == ["t"]
        for end in (start, *steps):
            assert end["name"] == start["name"]
            # An arrow is drawn to the slice that it touches.
            spans = slices[end["pid"], end["tid"]]
            assert any(first <= end["ts"] <= last for first, last in spans)
    for life in objects.values():
        assert [event["ph"] for event in sorted(life, key=lambda e: "NOD".index(e["ph"]))] == [
            *"NOD"
        ]
        assert len({event["name"] for event in life}) == 1


def test_gpus_have_rows_of_their_own(monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "2x64MiB")
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [2, 2], name="x")
        with tf.device("/gpu:0"):
            y = tf.matmul(x, x, name="y")
        with tf.device("/gpu:1"):
            z = tf.exp(y, name="z")
        metadata = tf.RunMetadata()
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        session.run(z, {x: np.eye(2)}, options=options, run_metadata=metadata)
    found = events(metadata.step_stats, show_memory=True)
    check_format(found)
    rows = {e["pid"]: e["args"]["name"] for e in of_phase(found, "M")}
    shown = {
        (rows[e["pid"]], e["name"]) for e in of_phase(found, "X") if "/device:" in rows[e["pid"]]
    }
    for index, ops in enumerate(({"MatMul", "MEMCPYHtoD"}, {"Exp", "MEMCPYPtoP", "MEMCPYDtoH"})):
        gpu = f"/device:GPU:{index}"
        row = f"{gpu}/stream:all Compute"
        assert {op for name, op in shown if name == row} == {op for op in ops if op[:3] != "MEM"}
        row = f"{gpu}/memcpy Compute"
        assert {op for name, op in shown if name == row} == {op for op in ops if op[:3] == "MEM"}
    # The memory of the host that a fetch is copied to is none of the GPU's.
    allocators = {e["name"] for e in of_phase(found, "C")}
    assert allocators == {"cpu", "GPU_0_bfc", "GPU_1_bfc"}
