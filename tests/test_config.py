"""`tf.config` and `tf.sysconfig`: the devices of this machine, and what is not built for it."""

import pytest

import tfsession as tf
from tfsession import errors

experimental = tf.config.experimental


def test_devices_are_listed(monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "2x1GiB")
    assert experimental.list_physical_devices("GPU") == [
        ("/physical_device:GPU:0", "GPU"),
        ("/physical_device:GPU:1", "GPU"),
    ]
    (cpu,) = experimental.list_physical_devices("CPU")
    assert repr(cpu) == "PhysicalDevice(name='/physical_device:CPU:0', device_type='CPU')"
    assert experimental.get_visible_devices() == experimental.list_physical_devices()
    names = [f"/job:localhost/replica:0/task:0/device:{n}" for n in ("CPU:0", "GPU:0", "GPU:1")]
    assert tf.config.experimental_list_devices() == names


def test_memory_grows_unless_told_otherwise(monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "1x1GiB")
    cpu, gpu = experimental.list_physical_devices()
    assert experimental.get_memory_growth(gpu)
    experimental.set_memory_growth(gpu, False)
    assert not experimental.get_memory_growth(gpu)
    experimental.set_memory_growth(gpu, True)
    with pytest.raises(ValueError, match="Cannot set memory growth on non-GPU devices"):
        experimental.set_memory_growth(cpu, True)
    with pytest.raises(KeyError, match="physical_device:CPU:0"):
        experimental.get_memory_growth(cpu)
    with pytest.raises(ValueError, match="Unrecognized device: 'x'"):
        experimental.set_memory_growth("x", True)


def test_libraries_of_operations_are_refused(tmp_path):
    library = tmp_path / "ops.so"
    with pytest.raises(errors.NotFoundError, match=r"ops\.so: cannot open shared object file"):
        tf.load_op_library(str(library))
    with pytest.raises(OSError, match="The file or folder to load kernel libraries from"):
        tf.load_library(str(library))
    library.write_bytes(b"")
    for load in (tf.load_op_library, tf.load_library):
        with pytest.raises(errors.UnimplementedError, match=r"tf\.py_func runs Python"):
            load(str(library))
    for function in ("get_include", "get_lib", "get_compile_flags", "get_link_flags"):
        with pytest.raises(errors.UnimplementedError, match=rf"sysconfig\.{function}: oper"):
            getattr(tf.sysconfig, function)()
