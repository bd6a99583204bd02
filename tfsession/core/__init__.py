"""TensorFlow's paths of messages: `from tfsession.core.protobuf import config_pb2` and its like."""

from __future__ import annotations

from tfsession.names.paths import register

# Path -> the module of tfsession.protos that has the messages: where its name is another one.
_ELSEWHERE = {
    "framework.allocation_description_pb2": "step_stats_pb2",
    "framework.device_attributes_pb2": "device_pb2",
    "framework.reader_base_pb2": "reader_pb2",
    "framework.resource_handle_pb2": "tensor_pb2",
    "framework.tensor_description_pb2": "step_stats_pb2",
    "framework.tensor_shape_pb2": "tensor_pb2",
    "framework.tensor_slice_pb2": "tensor_pb2",
    "protobuf.named_tensor_pb2": "tensor_pb2",
    "protobuf.tensor_bundle_pb2": "checkpoint_pb2",
    "protobuf.tensorflow_server_pb2": "server_pb2",
    "protobuf.trackable_object_graph_pb2": "checkpoint_pb2",
    "protobuf.verifier_config_pb2": "rewriter_config_pb2",
    "example.feature_pb2": "example_pb2",
    "lib.core.error_codes_pb2": "error_codes_pb2",
    "util.saved_tensor_slice_pb2": "checkpoint_pb2",
}

# Folder -> the messages that have their name in tfsession.protos, too.
_SAME = {
    "framework": (
        "attr_value cost_graph full_type function graph kernel_def log_memory node_def op_def"
        " step_stats summary tensor types variable versions"
    ),
    "protobuf": (
        "cluster config control_flow debug error_codes meta_graph queue_runner rewriter_config"
        " saved_model saved_object_graph saver struct"
    ),
    "example": "example",
    "util": "event",
}

PATHS = {path: f"protos.{module}" for path, module in _ELSEWHERE.items()}
PATHS.update(
    (f"{folder}.{name}_pb2", f"protos.{name}_pb2")
    for folder, names in _SAME.items()
    for name in names.split()
)

register(__name__, PATHS)
