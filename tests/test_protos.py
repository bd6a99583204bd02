"""Messages: the same bytes, text, field numbers and laziness as their users count on."""

import re
import struct
import subprocess
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2, text_format

import tfsession.protos as protos
from tfsession.protos import (
    AttrValue,
    BundleEntryProto,
    BundleHeaderProto,
    ConfigProto,
    Event,
    GraphDef,
    NodeDef,
    RunOptions,
    SaverDef,
    SessionLog,
    TensorProto,
    TensorShapeProto,
    VariableDef,
)

FOLDER = Path(protos.__file__).parent

# message: its fields by number, "*" repeated, "+" in a oneof, "%" a map
FIELDS = """
AttrValue: 1 list+ 2 s+ 3 i+ 4 f+ 5 b+ 6 type+ 7 shape+ 8 tensor+ 9 placeholder+ 10 func+
NodeDef: 1 name 2 op 3 input* 4 device 5 attr% 6 experimental_debug_info 7 experimental_type
GraphDef: 1 node* 2 library 3 version 4 versions 5 debug_info
TensorShapeProto: 2 dim* 3 unknown_rank
TensorProto: 1 dtype 2 tensor_shape 3 version_number 4 tensor_content 5 float_val* 6 double_val*
  7 int_val* 8 string_val* 9 scomplex_val* 10 int64_val* 11 bool_val* 12 dcomplex_val* 13 half_val*
  14 resource_handle_val* 15 variant_val* 16 uint32_val* 17 uint64_val* 18 float8_val
ConfigProto: 1 device_count% 2 intra_op_parallelism_threads 3 placement_period 4 device_filters*
  5 inter_op_parallelism_threads 6 gpu_options 7 allow_soft_placement 8 log_device_placement
  9 use_per_session_threads 10 graph_options 11 operation_timeout_in_ms
  12 session_inter_op_thread_pool* 13 rpc_options 14 cluster_def 15 isolate_session_state
  16 experimental 17 share_cluster_devices_in_session 18 pluggable_device_options
RunOptions: 1 trace_level 2 timeout_in_ms 3 inter_op_thread_pool 5 output_partition_graphs
  6 debug_options 7 report_tensor_allocations_upon_oom 8 experimental
RunMetadata: 1 step_stats 2 cost_graph 3 partition_graphs* 4 function_graphs* 5 session_metadata
FunctionDef: 1 signature 3 node_def* 4 ret% 5 attr% 6 control_ret% 7 arg_attr%
  8 resource_arg_unique_id%
MetaGraphDef: 1 meta_info_def 2 graph_def 3 saver_def 4 collection_def% 5 signature_def%
  6 asset_file_def* 7 object_graph_def
CollectionDef: 1 node_list+ 2 bytes_list+ 3 int64_list+ 4 float_list+ 5 any_list+
VariableDef: 1 variable_name 2 initializer_name 3 snapshot_name 4 save_slice_info_def 5 is_resource
  6 initial_value_name 7 trainable 8 synchronization 9 aggregation
Event: 1 wall_time 2 step 3 file_version+ 4 graph_def+ 5 summary+ 6 log_message+ 7 session_log+
  8 tagged_run_metadata+ 9 meta_graph_def+ 10 source_metadata
Feature: 1 bytes_list+ 2 float_list+ 3 int64_list+
BundleEntryProto: 1 dtype 2 shape 3 shard_id 4 offset 5 size 6 crc32c 7 slices*
CheckpointState: 1 model_checkpoint_path 2 all_model_checkpoint_paths*
  3 all_model_checkpoint_timestamps* 4 last_preserved_timestamp
"""


def mark(field):
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return "%"
    return "*" if field.is_repeated else "+" if field.containing_oneof else ""


@pytest.mark.parametrize("line", re.sub(r"\n  ", " ", FIELDS).strip().splitlines())
def test_field_numbers(line):
    name, _, fields = line.partition(": ")
    descriptor = getattr(protos, name).DESCRIPTOR
    ordered = sorted(descriptor.fields, key=lambda field: field.number)
    assert " ".join(f"{field.number} {field.name}{mark(field)}" for field in ordered) == fields


def test_lists_of_numbers_are_packed():
    for name in protos.__all__:
        for field in getattr(getattr(protos, name).DESCRIPTOR, "fields", []):
            if (
                field.is_repeated
                and field.message_type is None
                and field.cpp_type != field.CPPTYPE_STRING
            ):
                assert field.is_packed, field.full_name


# ---- Bytes that TensorFlow writes ----


def test_event_bytes():
    clock = struct.pack("<d", 1.5)
    first = Event(wall_time=1.5, file_version="brain.Event:2")
    assert first.SerializeToString() == b"\x09" + clock + b"\x1a\x0dbrain.Event:2"
    loss = Event(wall_time=1.5, step=3)
    loss.summary.value.add(tag="loss", simple_value=1.5)
    wanted = bytes.fromhex("10032a0d0a0b0a046c6f7373150000c03f")
    assert loss.SerializeToString() == b"\x09" + clock + wanted
    start = Event(wall_time=1.5, step=4, session_log=SessionLog(status=SessionLog.START))
    assert start.SerializeToString() == b"\x09" + clock + bytes.fromhex("10043a020801")


CONSTANT = bytes.fromhex(
    "0a01631205436f6e7374"
    "2a1d0a0576616c756512144212080112041202080222080000803f00000040"
    "2a0b0a05647479706512023001"
)
ADD = bytes.fromhex("0a0179120541646456321a01781a01632a070a015412023001")
NO_OP = bytes.fromhex("0a017a12044e6f4f701a025e78")


def test_graph_bytes():
    graph = GraphDef()
    node = graph.node.add(name="c", op="Const")
    node.attr["dtype"].type = protos.DataType.DT_FLOAT
    value = node.attr["value"].tensor
    value.dtype = protos.DataType.DT_FLOAT
    value.tensor_shape.dim.add(size=2)
    value.tensor_content = struct.pack("<2f", 1, 2)
    add = graph.node.add(name="y", op="AddV2", input=["x", "c"])
    add.attr["T"].type = protos.DataType.DT_FLOAT
    graph.node.add(name="z", op="NoOp", input=["^x"])
    graph.versions.producer = 119

    # The order of the two attributes of c is not defined, so it is compared parsed.
    parsed = NodeDef.FromString(CONSTANT)
    assert parsed == node
    assert len(node.SerializeToString()) == 0x36
    assert add.SerializeToString() == ADD
    assert graph.SerializeToString().endswith(
        b"\x0a\x19" + ADD + b"\x0a\x0d" + NO_OP + b"\x22\x02\x08\x77"
    )


def test_index_bytes():
    header = BundleHeaderProto(num_shards=1)
    header.version.producer = 1
    assert header.SerializeToString() == bytes.fromhex("08011a020801")
    entry = BundleEntryProto.FromString(bytes.fromhex("0801120412020803280c35735b8971"))
    assert (entry.dtype, entry.shape.dim[0].size, entry.offset, entry.size) == (1, 3, 0, 12)
    assert entry.crc32c == 0x71895B73


def test_unknown_fields_survive():
    newer = bytes.fromhex("0a016e") + b"\xfa\x3f\x03abc"
    assert NodeDef.FromString(newer).SerializeToString() == newer


def test_deep_values_round_trip():
    value = AttrValue()
    value.list.func.add(name="body").attr["T"].list.type.extend([1, 3])
    value.list.shape.add(unknown_rank=True)
    value.list.tensor.add(half_val=[15360])
    assert AttrValue.FromString(value.SerializeToString()) == value
    assert text_format.Parse(str(value), AttrValue()) == value


def test_text():
    config = ConfigProto(allow_soft_placement=True)
    config.gpu_options.per_process_gpu_memory_fraction = 0.5
    config.device_count["GPU"] = 2
    text = (
        'device_count {\n  key: "GPU"\n  value: 2\n}\n'
        "gpu_options {\n  per_process_gpu_memory_fraction: 0.5\n}\nallow_soft_placement: true\n"
    )
    assert text_format.MessageToString(config) == text
    assert text_format.Parse(text, ConfigProto()) == config


def test_attributes_that_scripts_use():
    assert RunOptions.FULL_TRACE == 3
    assert ConfigProto().graph_options.optimizer_options.opt_level == protos.OptimizerOptions.L1
    assert protos.OptimizerOptions.L0 == -1
    assert SaverDef(version=SaverDef.V2).version == 2
    assert protos.DataType.Name(101) == "DT_FLOAT_REF"
    assert VariableDef(trainable=True).trainable
    assert not TensorShapeProto().unknown_rank
    assert TensorProto(dtype=1).dtype == protos.DataType.DT_FLOAT


def test_allow_growth_written_as_false_is_seen():
    config = ConfigProto()
    assert not config.gpu_options.HasField("allow_growth")
    config.gpu_options.allow_growth = False
    parsed = ConfigProto.FromString(config.SerializeToString())
    assert parsed.gpu_options.HasField("allow_growth")


# ---- The package ----


def test_every_message_is_listed():
    defined = set()
    for path in FOLDER.glob("*.proto"):
        file = import_module(f"tfsession.protos.{path.stem}_pb2").DESCRIPTOR
        defined |= {*file.message_types_by_name, *file.enum_types_by_name}
        assert file.name == f"tfsession/protos/{path.name}"
        assert file.package in ("tfsession", "tfsession.error")
    assert sorted(defined) == protos.__all__
    for name in protos.__all__:
        assert getattr(protos, name).DESCRIPTOR.name == name


def test_unknown_name():
    with pytest.raises(AttributeError, match="ConfigPrato"):
        protos.ConfigPrato  # noqa: B018


def test_import_loads_only_what_is_named():
    script = (
        "import tfsession.protos as p\n"
        "before = {m for m in sys.modules if m.endswith('_pb2')}\n"
        "p.TensorShapeProto\n"
        "print(sorted({m for m in sys.modules if m.endswith('_pb2')} - before))"
    )
    # A bare parent package, so that only the messages' own imports count.
    program = "import sys, types\nm = types.ModuleType('tfsession')\n"
    program += f"m.__path__ = [{str(FOLDER.parent)!r}]\nsys.modules['tfsession'] = m\n{script}"
    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert output.stdout.strip() == "['tfsession.protos.tensor_pb2', 'tfsession.protos.types_pb2']"


# ---- Generated code ----


def test_generated_code_matches_its_sources(tmp_path):
    """Any protoc gives the descriptors that the modules carry."""
    protoc = pytest.importorskip("grpc_tools.protoc")
    sources = sorted(str(path) for path in FOLDER.glob("*.proto"))
    include = Path(protoc.__file__).parent / "_proto"
    out = tmp_path / "descriptors"
    options = [f"-I{FOLDER.parent.parent}", f"-I{include}", f"--descriptor_set_out={out}"]
    assert protoc.main(["protoc", *options, *sources]) == 0
    for wanted in descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes()).file:
        module = import_module(wanted.name.removesuffix(".proto").replace("/", ".") + "_pb2")
        for message in wanted.message_type:
            drop_json_names(message)
        assert (
            descriptor_pb2.FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb) == wanted
        )


def drop_json_names(message):
    for field in message.field:
        field.ClearField("json_name")
    for inner in message.nested_type:
        drop_json_names(inner)


def test_generated_text_is_current(tmp_path):
    try:
        installed = version("grpcio-tools")
    except PackageNotFoundError:
        installed = "none"
    if not installed.startswith("1.63."):
        pytest.skip(f"grpcio-tools 1.63 writes these files, {installed} is here")
    generate = import_module("tfsession.protos.generate")
    generate.generate(tmp_path)
    written = sorted((tmp_path / "tfsession" / "protos").iterdir())
    assert [path.name for path in written] == sorted(path.name for path in FOLDER.glob("*_pb2.py*"))
    for path in written:
        assert path.read_text() == (FOLDER / path.name).read_text(), path.name
