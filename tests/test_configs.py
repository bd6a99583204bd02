"""Presets in configs/: each parses and does what it says, and default.pbtxt has every field."""

import re
from pathlib import Path

import pytest
from google.protobuf import text_format

import tfsession as tf
from tfsession.protos import ConfigProto, RunOptions

CONFIGS = Path(__file__).parent.parent / "configs"
PRESETS = sorted(CONFIGS.glob("*.pbtxt"))


def load(path):
    message = RunOptions() if path.name.startswith("run_options_") else ConfigProto()
    return text_format.Parse(path.read_text(), message)


def leaves(message):
    """Values that are set, at any depth; messages without any are no leaves."""
    for field, value in message.ListFields():
        if field.message_type is not None and not field.is_repeated:
            yield from leaves(value)
        else:
            yield field.full_name, value


def field_names(descriptor, seen=()):
    for field in descriptor.fields:
        yield field.name
        inner = field.message_type
        if inner is not None and inner.file.name.startswith("tfsession/") and inner not in seen:
            # An AttrValue is any value at all: its fields belong to graphs.
            if inner.name != "AttrValue" and not inner.GetOptions().map_entry:
                yield from field_names(inner, (*seen, inner))


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_preset_parses_and_says_what_it_is_for(path):
    message = load(path)
    assert re.fullmatch(r"# [A-Z].*\.", path.read_text().splitlines()[0])
    assert bool(list(leaves(message))) == (path.stem != "default")


def test_each_preset_has_one_purpose():
    """No two presets of a message ask for the same."""
    messages = [
        (type(message), message.SerializeToString(deterministic=True))
        for message in map(load, PRESETS)
    ]
    assert len(set(messages)) == len(messages)


def test_default_has_every_field_in_its_place():
    """A field stands inside its message, once; as a comment where writing it would set it."""
    path, found = [], set()
    for line in (CONFIGS / "default.pbtxt").read_text().splitlines():
        if match := re.match(r"\s*(?:# )?(\w+)(?::| \{)", line):
            name = ".".join([*path, match[1]])
            if not line.strip().startswith("#") or match[1] == "allow_growth":
                assert name not in found
                found.add(name)
            if re.match(r"\s*\w+ \{$", line):
                path.append(match[1])
        elif line.strip() == "}":
            path.pop()

    def wanted(descriptor, prefix, seen):
        for field in descriptor.fields:
            yield prefix + field.name
            inner = field.message_type
            if inner is not None and not field.is_repeated and inner not in seen:
                seen.add(inner)
                yield from wanted(inner, f"{prefix}{field.name}.", seen)

    assert found == set(wanted(ConfigProto.DESCRIPTOR, "", set()))


def test_default_shows_the_fields_of_list_entries():
    words = set(re.findall(r"\w+", (CONFIGS / "default.pbtxt").read_text()))
    assert set(field_names(ConfigProto.DESCRIPTOR)) <= words


def test_default_is_the_config_of_no_config():
    message = load(CONFIGS / "default.pbtxt")
    assert not message.gpu_options.HasField("allow_growth")
    assert not list(leaves(message))


def test_presets_set_what_they_say():
    def values(name):
        return dict(leaves(load(CONFIGS / f"{name}.pbtxt")))

    assert values("cpu_only") == {"tfsession.ConfigProto.device_count": {"GPU": 0}}
    assert values("allow_growth") == {"tfsession.GPUOptions.allow_growth": True}
    limits = "tfsession.GPUOptions.Experimental"
    assert values("memory_limit") == {f"{limits}.memory_limit_bytes": 4 << 30}
    (virtual,) = values("two_virtual_gpus")[f"{limits}.virtual_devices"]
    assert list(virtual.memory_limit_mb) == [2048, 2048]
    assert values("run_options_trace") == {
        "tfsession.RunOptions.trace_level": RunOptions.FULL_TRACE
    }


# ---- What each preset does ----

PRESET_TESTS = {}


def preset(name):
    """Marks a test as the one that shows what a preset does, and hands it the message."""

    def mark(test):
        PRESET_TESTS[name] = test.__name__
        return pytest.mark.parametrize("message", [load(CONFIGS / f"{name}.pbtxt")], ids=[name])(
            test
        )

    return mark


@pytest.fixture(autouse=True)
def gpus(monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "2x8GiB")
    with tf.Graph().as_default():
        yield


def devices_of(config):
    with tf.Session(config=config) as session:
        return session.list_devices()


def reserved(config):
    """Bytes that GPU:0 has taken before anything runs."""
    with tf.Session(config=config) as session:
        gpu = next(d for d in session._runner.devices.values() if d.kind == "GPU")
        return gpu.memory_statistics().reserved


def blocked_run(config=None, options=None):
    taken = tf.FIFOQueue(1, [tf.float32]).dequeue()
    with tf.Session(config=config) as session, pytest.raises(tf.errors.DeadlineExceededError):
        session.run(taken, options=options)


@preset("default")
def test_default_changes_nothing(message):
    found, plain = devices_of(message), devices_of(None)
    assert [(d.name, d.memory_limit_bytes) for d in found] == [
        (d.name, d.memory_limit_bytes) for d in plain
    ]


@preset("cpu_only")
def test_cpu_only_has_no_gpu(message):
    assert [d.device_type for d in devices_of(message)] == ["CPU"]


@preset("allow_growth")
def test_allow_growth_takes_nothing_beforehand(message):
    assert reserved(message) == 0
    message = ConfigProto.FromString(message.SerializeToString())
    message.gpu_options.allow_growth = False
    assert reserved(message) == 8 << 30


@preset("memory_fraction")
def test_memory_fraction_limits_each_gpu(message):
    assert [d.memory_limit_bytes for d in devices_of(message)[1:]] == [int(0.4 * (8 << 30))] * 2


@preset("memory_limit")
def test_memory_limit_limits_each_gpu(message):
    assert [d.memory_limit_bytes for d in devices_of(message)[1:]] == [4 << 30] * 2


@preset("two_virtual_gpus")
def test_two_virtual_gpus_share_a_card(message, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    found = devices_of(message)[1:]
    assert [(d.name[-5:], d.memory_limit_bytes) for d in found] == [
        ("GPU:0", 2 << 30),
        ("GPU:1", 2 << 30),
    ]


@preset("visible_devices")
def test_visible_devices_change_the_order(message):
    with tf.Session(config=message) as session:
        described = [d.physical_description[:9] for d in session._runner.devices.values()]
    assert described[1:] == ["device: 1", "device: 0"]


@preset("soft_placement")
def test_soft_placement_moves_what_cannot_run(message):
    with tf.device("/gpu:7"):
        y = tf.constant(2.0) * 2.0
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError):
        session.run(y)
    with tf.Session(config=message) as session:
        assert session.run(y) == 4


@preset("log_placement")
def test_log_placement_prints_where_ops_run(message, capsys):
    y = tf.exp(tf.constant(0.0), name="y")
    with tf.Session(config=message) as session:
        session.run(y)
    assert "y: (Exp): /job:localhost/replica:0/task:0/device:GPU:0" in capsys.readouterr().err


@preset("threads")
def test_threads_are_as_many_as_asked_for(message):
    from tfsession.kernels import threads

    before = threads.size()
    threads.set_size(5)
    with tf.Session(config=message) as session:
        assert threads.size() == message.intra_op_parallelism_threads == 2
        assert session.run(tf.constant(1.0) + 1.0) == 2
    threads.set_size(before)


@preset("timeout")
def test_timeout_ends_a_step_that_blocks(message):
    config = ConfigProto.FromString(message.SerializeToString())
    config.operation_timeout_in_ms //= 1000
    blocked_run(config)


@preset("run_options_timeout")
def test_run_options_timeout_ends_a_run(message):
    options = RunOptions.FromString(message.SerializeToString())
    options.timeout_in_ms //= 1000
    blocked_run(options=options)


@preset("run_options_trace")
def test_run_options_trace_records_ops(message):
    metadata, x = tf.RunMetadata(), tf.placeholder(tf.float32, [])
    with tf.Session() as session:
        session.run(tf.exp(x, name="y"), {x: 1.0}, message, metadata)
    nodes = {n.node_name for device in metadata.step_stats.dev_stats for n in device.node_stats}
    assert "y" in nodes


@preset("run_options_partition_graphs")
def test_run_options_partition_graphs_returns_them(message):
    metadata, x = tf.RunMetadata(), tf.placeholder(tf.float32, [])
    with tf.Session() as session:
        session.run(tf.exp(x, name="y"), {x: 1.0}, message, metadata)
    assert "y" in {node.name for graph in metadata.partition_graphs for node in graph.node}


@preset("run_options_memory_report")
def test_run_options_memory_report_lists_live_tensors(message, monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "1x4MiB")
    v = tf.get_variable("weights", [1 << 18], initializer=tf.zeros_initializer())
    y = tf.tile(v, [64])
    with tf.Session() as session:
        session.run(v.initializer)
        with pytest.raises(tf.errors.ResourceExhaustedError) as caught:
            session.run(y, options=message)
    assert "weights" in caught.value.message


def test_every_preset_is_tested_and_in_the_readme():
    readme = (CONFIGS.parent / "README.md").read_text()
    for path in PRESETS:
        assert path.stem in PRESET_TESTS
        assert f"`{path.stem}`" in readme
