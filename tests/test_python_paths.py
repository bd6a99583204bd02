"""TensorFlow's module paths below tensorflow.python."""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys

import numpy as np
import pytest

import tfsession as tf
from tests.programs import run_python
from tfsession import core, python
from tfsession.names import paths
from tfsession.python import stubs
from tfsession.python.generated import _snake_case

pytestmark = pytest.mark.usefixtures("graph")


# ---- The table ----


@pytest.mark.parametrize("path", sorted(python.PATHS))
def test_sources_exist(path):
    """What the table names is there; only names of the package itself may come later."""
    module = importlib.import_module(f"tfsession.python.{path}")
    for name, names in module._sources:
        source = paths.module_of(name)
        if name != "tf":
            for new, old in (names or {}).items():
                assert getattr(module, new) is getattr(source, old), new
    assert all(hasattr(module, name) for name in dir(module))


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("client.session", "Session InteractiveSession register_session_run_conversion_functions"),
        ("client.timeline", "Timeline"),
        ("client.device_lib", "list_local_devices"),
        ("framework.constant_op", "constant"),
        ("framework.dtypes", "DType as_dtype bool float32 int32 int64 float32_ref"),
        ("framework.errors", "OutOfRangeError exception_type_from_error_code"),
        ("framework.errors_impl", "error_code_from_exception_type"),
        (
            "framework.ops",
            "Graph Tensor Operation convert_to_tensor name_scope get_default_graph device "
            "RegisterGradient GraphKeys control_dependencies colocate_with add_to_collections",
        ),
        ("framework.random_seed", "get_seed set_random_seed"),
        ("framework.tensor_shape", "TensorShape Dimension unknown_shape scalar as_shape"),
        (
            "framework.tensor_util",
            "constant_value constant_value_as_shape make_tensor_proto MakeNdarray is_tensor",
        ),
        ("ops.array_ops", "shape zeros identity ones_like where concat stack unstack pad"),
        ("ops.clip_ops", "clip_by_value global_norm"),
        ("ops.control_flow_ops", "with_dependencies group no_op Assert tuple"),
        ("ops.gradients", "gradients"),
        ("ops.init_ops", "zeros_initializer Initializer"),
        ("ops.math_ops", "less greater equal divide reduce_sum matmul to_float cast add mul"),
        ("ops.nn", "l2_normalize relu conv2d softmax"),
        ("ops.random_ops", "random_uniform"),
        ("ops.state_ops", "assign assign_add"),
        ("ops.variable_scope", "variable_scope get_variable AUTO_REUSE"),
        ("ops.variables", "Variable trainable_variables"),
        ("platform.app", "run"),
        ("platform.flags", "FLAGS DEFINE_string"),
        ("platform.tf_logging", "info warn warning error debug"),
        ("platform.gfile", "GFile Exists"),
        ("lib.io.file_io", "FileIO file_exists read_file_to_string"),
        ("training.training_util", "get_global_step"),
        ("training.optimizer", "Optimizer"),
        ("util.compat", "as_bytes"),
        ("util.nest", "flatten map_structure pack_sequence_as"),
    ],
)
def test_paths_that_scripts_import(path, names):
    module = importlib.import_module(f"tfsession.python.{path}")
    for name in names.split():
        assert hasattr(module, name), name
        assert name in dir(module), name


def test_stubs_say_what_the_tables_say():
    """Where they do not: python -m tfsession.python.stubs; a stub without a line has to go."""
    folders = [stubs.PACKAGE / "core", stubs.PACKAGE / "python"]
    found = {path: path.read_text() for folder in folders for path in folder.rglob("*.pyi")}
    assert found == stubs.stubs()


def test_names_are_the_public_ones():
    from tfsession.python.framework import dtypes, ops
    from tfsession.python.ops import math_ops

    assert ops.Tensor is tf.Tensor
    assert dtypes.float32 is tf.float32
    assert math_ops.matmul is tf.matmul


@pytest.mark.parametrize(
    "name", ["tfsession.contrib.bayesflow", "tfsession.python.debug", "tfsession.keraz"]
)
def test_who_asks_whether_there_is_a_module_is_told_that_there_is_none(name):
    assert importlib.util.find_spec(name) is None
    assert importlib.util.find_spec("tfsession.nn") is not None
    with pytest.raises(ImportError):
        importlib.import_module(name)


def test_missing_names_are_named():
    with pytest.raises(ModuleNotFoundError, match=r"tfsession\.python\.eager_things"):
        importlib.import_module("tfsession.python.eager_things")
    with pytest.raises(
        ImportError, match=r"'tfsession.python.ops.no_such_thing'; of TensorFlow's inner"
    ):
        from tfsession.python.ops import no_such_thing  # noqa: F401
    from tfsession.python.ops import math_ops

    with pytest.raises(AttributeError, match=r"math_ops' has no attribute 'matmull'.*'matmul'"):
        _ = math_ops.matmull


def test_star_import():
    names: dict[str, object] = {}
    exec("from tfsession.python.ops.array_ops import *", names)
    assert names["zeros"] is tf.zeros
    assert "_sources" not in names


def test_under_the_name_tensorflow(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import tensorflow as tf\n"
        "from tensorflow.python.client import device_lib, timeline\n"
        "import tensorflow.python.framework.ops as ops\n"
        "from tensorflow.python.ops import gen_math_ops\n"
        "print(device_lib.list_local_devices()[0].name, ops.Graph is tf.Graph,\n"
        "      timeline.Timeline.__name__)\n"
    )
    command = [sys.executable, "-m", "tfsession", str(script)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.stdout == "/device:CPU:0 True Timeline\n", result.stderr


# ---- What the paths add ----


def test_with_dependencies(graph):
    from tfsession.python.ops.control_flow_ops import with_dependencies

    v = tf.Variable(1.0, use_resource=True)
    added = v.assign_add(1.0).op
    result = with_dependencies([added], tf.constant(5.0))
    assert result.op.name == "control_dependency"
    slices = with_dependencies([added], tf.IndexedSlices(tf.ones([1, 2]), tf.constant([0])))
    assert isinstance(slices, tf.IndexedSlices)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(result) == 5
        assert session.run(v) == 2
        session.run(slices.values)
        assert session.run(v) == 3


def test_tensor_util():
    from tfsession.python.framework import tensor_util

    c = tf.constant([2, -1])
    np.testing.assert_array_equal(tensor_util.constant_value(c), [2, -1])
    assert tensor_util.constant_value(tf.placeholder(tf.float32)) is None
    assert tensor_util.constant_value_as_shape(c).as_list() == [2, None]
    proto = tensor_util.make_tensor_proto([1.5], dtype=tf.float32)
    np.testing.assert_array_equal(tensor_util.MakeNdarray(proto), np.float32([1.5]))
    assert tensor_util.is_tensor(c)
    assert not tensor_util.is_tensor([1])


def test_generated_functions():
    from tfsession.python.ops import gen_array_ops, gen_math_ops

    a = tf.constant([[1.0, 2.0]])
    by_position = gen_math_ops.mat_mul(a, a, False, True, "product")
    by_name = gen_math_ops.mat_mul(a=a, b=a, transpose_b=True)
    assert by_position.op.name == "product"
    with tf.Session() as session:
        np.testing.assert_array_equal(session.run(by_position), session.run(by_name))
    assert gen_array_ops.reshape(a, [2]).shape == [2]
    with pytest.raises(TypeError, match="MatMul misses its input 'b'"):
        gen_math_ops.mat_mul(a)
    with pytest.raises(TypeError, match="several values for argument 'a'"):
        gen_math_ops.mat_mul(a, a=a)
    with pytest.raises(TypeError, match="takes 5 arguments but 6 were given"):
        gen_math_ops.mat_mul(a, a, False, False, "n", 1)
    with pytest.raises(AttributeError, match="no_such_op"):
        _ = gen_math_ops.no_such_op
    assert "mat_mul" in dir(gen_math_ops)


@pytest.mark.parametrize(
    ("op_type", "name"),
    [
        ("MatMul", "mat_mul"),
        ("Conv2DBackpropInput", "conv2d_backprop_input"),
        ("BiasAddV1", "bias_add_v1"),
        ("LRN", "lrn"),
        ("L2Loss", "l2_loss"),
        ("Add", "add"),
    ],
)
def test_names_of_generated_functions(op_type, name):
    assert _snake_case(op_type) == name


def test_file_io(tmp_path):
    from tfsession.python.lib.io import file_io

    path = str(tmp_path / "note")
    file_io.write_string_to_file(path, "höhe")
    assert file_io.read_file_to_string(path) == "höhe"
    assert file_io.read_file_to_string(path, binary_mode=True) == "höhe".encode()
    assert file_io.FileIO(path, "rb").read() == "höhe".encode()


# ---- Devices ----


def local_devices(config=None):
    from tfsession.python.client import device_lib

    return device_lib.list_local_devices(config)


def test_local_devices(monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "2x64MiB")
    cpu, *gpus = local_devices()
    assert (cpu.name, cpu.device_type) == ("/device:CPU:0", "CPU")
    assert cpu.memory_limit == 268435456
    assert cpu.incarnation
    assert [g.name for g in gpus] == ["/device:GPU:0", "/device:GPU:1"]
    assert [g.memory_limit for g in gpus] == [64 << 20] * 2
    assert all("compute capability" in g.physical_device_desc for g in gpus)
    assert [g.name for g in (d for d in local_devices() if d.device_type == "GPU")] == [
        "/device:GPU:0",
        "/device:GPU:1",
    ]


def test_local_devices_follow_the_config(monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "2x64MiB")
    assert [d.name for d in local_devices(tf.ConfigProto(device_count={"GPU": 0}))] == [
        "/device:CPU:0"
    ]
    config = tf.ConfigProto(device_count={"CPU": 2, "GPU": 1})
    assert [d.name for d in local_devices(config)] == [
        "/device:CPU:0",
        "/device:CPU:1",
        "/device:GPU:0",
    ]


def test_listing_devices_does_not_start_cuda():
    code = (
        "import sys; from tfsession.python.client import device_lib;"
        "device_lib.list_local_devices(); print('cupy' in sys.modules)"
    )
    assert run_python(code) == "False\n"


# ---- Messages ----


@pytest.mark.parametrize("path", sorted(core.PATHS))
def test_messages_have_their_paths(path):
    module = importlib.import_module(f"tfsession.core.{path}")
    source = importlib.import_module(f"tfsession.{core.PATHS[path]}")
    assert module.DESCRIPTOR is source.DESCRIPTOR


def test_messages_under_tensorflows_names():
    from tfsession.core.framework import tensor_shape_pb2, types_pb2
    from tfsession.core.lib.core import error_codes_pb2
    from tfsession.core.protobuf import config_pb2

    assert config_pb2.ConfigProto is tf.ConfigProto
    assert config_pb2.RunOptions.FULL_TRACE == tf.RunOptions.FULL_TRACE
    assert types_pb2.DT_FLOAT == tf.float32.as_datatype_enum
    assert error_codes_pb2.INVALID_ARGUMENT == tf.errors.INVALID_ARGUMENT
    assert tensor_shape_pb2.TensorShapeProto(unknown_rank=True) == tf.TensorShape(None).as_proto()


# ---- What tests of TensorFlow programs import ----


@pytest.mark.parametrize(
    ("path", "names"),
    [
        (
            "framework.test_util",
            "TensorFlowTestCase run_deprecated_v1 run_in_graph_and_eager_modes run_v1_only use_gpu",
        ),
        ("platform.test", "TestCase main mock is_gpu_available gpu_device_name"),
        ("platform.googletest", "main TestCase GetTempDir"),
        ("framework.function", "Defun"),
        ("ops.session_ops", "get_session_handle get_session_tensor TensorHandle"),
        ("ops.gradient_checker", "compute_gradient compute_gradient_error"),
        ("ops.io_ops", "TextLineReader WholeFileReader TFRecordReader IdentityReader read_file"),
        ("ops.variables", "VariableV1"),
        ("client.session", "_DeviceAttributes"),
        ("framework.versions", "GRAPH_DEF_VERSION __version__"),
        ("eager.context", "executing_eagerly graph_mode"),
        ("lib.io.tf_record", "TFRecordWriter tf_record_iterator"),
    ],
)
def test_paths_that_tests_import(path, names):
    module = importlib.import_module(f"tfsession.python.{path}")
    for name in names.split():
        assert hasattr(module, name), name


def test_modules_of_ops_offer_the_generated_functions():
    from tfsession.python.ops import array_ops, resource_variable_ops

    with tf.Session() as session:
        handle = resource_variable_ops.var_handle_op(tf.int32, shape=[1], shared_name="h")
        session.run(resource_variable_ops.assign_variable_op(handle, [5]))
        assert session.run(resource_variable_ops.read_variable_op(handle, tf.int32)) == [5]
    assert array_ops.zeros is tf.zeros


def test_default_stacks():
    from tfsession.python.framework import ops

    session = tf.Session()
    block = session.as_default()
    block.__enter__()
    assert ops._default_session_stack.get_default() is session
    ops._default_session_stack.reset()
    assert tf.get_default_session() is None
    assert ops._default_session_stack.is_cleared()
    assert ops._default_graph_stack.get_default() is tf.get_default_graph()
    assert ops.has_default_graph()


def test_names_and_scopes():
    from tfsession.python.framework import ops

    assert ops.name_from_scope_name("a/b/") == "a/b"
    assert ops.strip_name_scope("a/b/c", "a") == "b/c"
    assert ops.strip_name_scope("^a/b", "a") == "^b"
    assert ops.strip_name_scope("loc:@a/b", "a") == "loc:@b"
    assert ops.prepend_name_scope("c", "a") == "a/c"
    assert ops.prepend_name_scope("^c", "a") == "^a/c"
    assert ops.prepend_name_scope("c", "") == "c"
    assert ops.uid() < ops.uid()


def test_descriptions_of_devices():
    from tfsession.python.client.session import _DeviceAttributes

    found = _DeviceAttributes("/job:worker/replica:0/task:3/cpu:1", "TYPE", 1337, 10)
    assert found.name == "/job:worker/replica:0/task:3/device:CPU:1"
    assert found.memory_limit_bytes == 1337


def test_registered_ops():
    from tfsession.python.framework import op_def_registry, tensor_util

    assert op_def_registry.get_registered_ops()["MatMul"].input_arg[0].name == "a"
    assert tensor_util.ShapeEquals(tf.make_tensor_proto([1, 2]), [2])
    assert not tensor_util.ShapeEquals(tf.make_tensor_proto([1, 2]), [3])
