"""Device names in Python's grammar and in the runtime's."""

import types

import pytest

from tfsession.device_spec import (
    DeviceName,
    DeviceSpec,
    canonical_name,
    merge_device,
    parse_runtime_name,
)

# ---- DeviceSpec ----


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (None, ""),
        ("", ""),
        ("/", ""),
        ("/cpu:0", "/device:CPU:0"),
        ("/CPU:0", "/device:CPU:0"),
        ("cpu:0", "/device:CPU:0"),
        ("/Cpu:0", "/device:CPU:0"),
        ("/gpu", "/device:GPU:*"),
        ("GPU", "/device:GPU:*"),
        ("/GPU:*", "/device:GPU:*"),
        ("/device:gpu:0", "/device:GPU:0"),
        ("/device:Gpu:0", "/device:Gpu:0"),
        ("/device:XPU:3", "/device:XPU:3"),
        ("/device:*:*", "/device:*:*"),
        ("/job:*", "/job:*"),
        ("/job:", "/job:"),
        ("/task:01", "/task:1"),
        ("/job:a/job:b", "/job:b"),
        ("//cpu:0/", "/device:CPU:0"),
        ("/gpu:1/task:2/replica:1/job:a", "/job:a/replica:1/task:2/device:GPU:1"),
    ],
)
def test_canonical_text(text, wanted):
    assert DeviceSpec.from_string(text).to_string() == wanted == canonical_name(text)
    assert DeviceSpec(job="old", task=9).parse_from_string(text).to_string() == wanted


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("/foo", "Unknown attribute: 'foo' in '/foo'"),
        ("gpu0", "Unknown attribute: 'gpu0' in 'gpu0'"),
        ("/device:GPU", "Unknown attribute: 'device' in '/device:GPU'"),
        ("/device:CPU:0:1", "Unknown attribute: 'device' in '/device:CPU:0:1'"),
        ("/cpu:0:1", "Unknown attribute: 'cpu' in '/cpu:0:1'"),
        ("/job", "Unknown attribute: 'job' in '/job'"),
        ("/job:a:b", "Unknown attribute: 'job' in '/job:a:b'"),
        ("/cpu:0/gpu:0", "Cannot specify multiple device types: /cpu:0/gpu:0"),
        ("/cpu:0/device:XPU:0", "Cannot specify multiple device types: /cpu:0/device:XPU:0"),
        ("/task:*", "invalid literal for int() with base 10: '*'"),
        ("/replica:x", "invalid literal for int() with base 10: 'x'"),
        ("/gpu:x", "invalid literal for int() with base 10: 'x'"),
        ("/device:CPU:", "invalid literal for int() with base 10: ''"),
    ],
)
def test_malformed_text(text, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        DeviceSpec.from_string(text)
    assert str(caught.value) == message


def test_constructor_converts():
    spec = DeviceSpec(job=3, replica="1", task=1.0, device_type="cpu", device_index="2")
    assert (spec.job, spec.replica, spec.task) == ("3", 1, 1)
    assert (spec.device_type, spec.device_index) == ("CPU", 2)
    assert DeviceSpec(device_type="Gpu", device_index=1).to_string() == "/device:Gpu:1"
    assert DeviceSpec(device_index=2).to_string() == ""
    with pytest.raises(ValueError, match="invalid literal"):
        DeviceSpec(replica="x")


def test_parts_can_be_set():
    spec = DeviceSpec.from_string("/job:a/cpu:0")
    spec.device_type = "gpu"
    spec.device_index = 7
    spec.task = 3
    assert spec.to_string() == "/job:a/task:3/device:GPU:7"


def test_merging_lets_the_argument_win():
    cpu, gpu = DeviceSpec.from_string("/job:a/cpu:0"), DeviceSpec.from_string("/gpu")
    merged = cpu.make_merged_spec(gpu)
    assert merged.to_string() == "/job:a/device:GPU:0"
    assert cpu.to_string() == "/job:a/device:CPU:0"
    cpu.merge_from(gpu)
    assert cpu == merged


def test_replace():
    spec = DeviceSpec.from_string("/job:a/cpu:0")
    assert spec.replace(device_type="gpu").to_string() == "/job:a/device:GPU:0"
    assert spec.replace(device_index=None, job=None).to_string() == "/device:CPU:*"
    assert spec.to_string() == "/job:a/device:CPU:0"


def test_equality_is_that_of_the_canonical_text():
    assert DeviceSpec.from_string("/cpu:0") == DeviceSpec.from_string("/device:CPU:0")
    assert DeviceSpec.from_string("cpu") == DeviceSpec.from_string("/cpu:*")
    assert DeviceSpec.from_string("/cpu:0") != DeviceSpec.from_string("/cpu:1")
    assert DeviceSpec.from_string("/cpu:0") != "/device:CPU:0"
    assert hash(DeviceSpec.from_string("/cpu:0")) == hash("/device:CPU:0")
    assert repr(DeviceSpec.from_string("/cpu:0")) == (
        "<DeviceSpec(job=None, replica=None, task=None, device_type=CPU, device_index=0)>"
    )


def test_canonical_name_takes_specs_and_refuses_numbers():
    assert canonical_name(DeviceSpec.from_string("/gpu:0")) == "/device:GPU:0"
    with pytest.raises(AttributeError, match="'int' object has no attribute 'split'"):
        canonical_name(3)


@pytest.mark.parametrize(
    ("spec", "device", "wanted"),
    [
        ("/gpu:0", "", "/device:GPU:0"),
        ("/gpu:0", "/job:a", "/job:a/device:GPU:0"),
        ("/gpu:1", "/cpu:*", "/device:CPU:1"),
        ("/job:ps", "/gpu:2", "/job:ps/device:GPU:2"),
        ("", "/gpu:2", "/device:GPU:2"),
        (None, "/gpu:2", "/device:GPU:2"),
    ],
)
def test_merge_device_fills_what_is_open(spec, device, wanted):
    function = merge_device(spec)
    node = types.SimpleNamespace(device=device)
    assert function(node).to_string() == wanted == function.shortcut_string_merge(node)
    assert function.is_null_merge == (not spec)
    assert merge_device(function) is function


def test_merge_device_checks_its_text_at_once():
    with pytest.raises(ValueError, match="Unknown attribute"):
        merge_device("/foo")
    with pytest.raises(AttributeError):
        merge_device(3)


# ---- Names in the runtime ----


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", DeviceName()),
        ("/", DeviceName()),
        ("/cpu:0", DeviceName(kind="CPU", index=0)),
        ("/CPU:00", DeviceName(kind="CPU", index=0)),
        ("/gpu:*", DeviceName(kind="GPU")),
        ("/device:gpu:0", DeviceName(kind="gpu", index=0)),
        ("/device:GPU", DeviceName(kind="GPU")),
        ("/device:XLA_CPU:3", DeviceName(kind="XLA_CPU", index=3)),
        ("/device:*:*", DeviceName()),
        ("/device:*:1", DeviceName(index=1)),
        ("/device:*", DeviceName()),
        ("/job:*", DeviceName()),
        ("/task:*/replica:*", DeviceName()),
        ("/task:01", DeviceName(task=1)),
        ("/job:a/job:b_2", DeviceName(job="b_2")),
        ("/cpu:0/gpu:1", DeviceName(kind="GPU", index=1)),
        ("/device:CPU:1/task:0/job:a/replica:2", DeviceName("a", 2, 0, "CPU", 1)),
    ],
)
def test_runtime_name(text, wanted):
    assert parse_runtime_name(text) == wanted


@pytest.mark.parametrize(
    "text",
    ["/gpu", "/Cpu:0", "cpu:0", "//cpu:0", "/cpu:0/", "/foo", "gpu0", "/device:CPU:0:1", "/task:-1",
     "/task: 0", "/task:", "/replica:x", "/cpu:", "/cpu:+0", "/device:", "/device:CPU:", "/job:",
     "/job:1a", "/job:local-host", "/job:lo.c", "/device:_a:0", "/device:C-U:0", "/job:a//task:0"],
)  # fmt: skip
def test_malformed_runtime_name(text):
    assert parse_runtime_name(text) is None


def test_name_prints_what_is_given():
    assert str(DeviceName("a", 0, 1, "GPU", 2)) == "/job:a/replica:0/task:1/device:GPU:2"
    assert str(DeviceName(kind="GPU")) == "/device:GPU:*"
    assert str(DeviceName(index=1)) == ""


def test_matches():
    full = parse_runtime_name("/job:localhost/replica:0/task:0/device:CPU:0")
    for text in ("", "/job:localhost", "/cpu:*", "/cpu:0", "/device:*:0", "/task:0/replica:0"):
        assert parse_runtime_name(text).matches(full)
    for text in ("/job:a", "/replica:1", "/task:1", "/gpu:*", "/cpu:1", "/device:cpu:0"):
        assert not parse_runtime_name(text).matches(full)


def test_merge_adds_parts():
    merged = parse_runtime_name("/job:a/gpu:*").merge(parse_runtime_name("/task:1/gpu:2"))
    assert str(merged) == "/job:a/task:1/device:GPU:2"


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ("/job:a", "/job:b", "incompatible jobs: '/job:a' and '/job:b'"),
        ("/replica:0", "/replica:1", "incompatible replicas: '/replica:0' and '/replica:1'"),
        ("/task:0", "/task:1", "incompatible tasks: '/task:0' and '/task:1'"),
        ("/cpu:0", "/gpu:0", "incompatible types: '/device:CPU:0' and '/device:GPU:0'"),
        ("/cpu:1", "/cpu:0", "incompatible ids: '/device:CPU:1' and '/device:CPU:0'"),
    ],
)
def test_merge_refuses_what_differs(a, b, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        parse_runtime_name(a).merge(parse_runtime_name(b))
    assert str(caught.value) == f"Cannot merge devices with {message}"


def test_soft_merge_opens_kind_and_index_only():
    def soft(a, b):
        return str(parse_runtime_name(a).merge(parse_runtime_name(b), allow_soft=True))

    assert soft("/job:a/cpu:0", "/task:1/gpu:0") == "/job:a/task:1"
    assert soft("/cpu:0", "/cpu:1") == "/device:CPU:*"
    with pytest.raises(ValueError, match="incompatible jobs"):
        soft("/job:a", "/job:b")
