"""What the placer says where it gives up, in TensorFlow's words, and how it describes a node.

Source of the texts: TensorFlow 1.15, core/common_runtime/colocation_graph.cc and placer.cc; of the
descriptions: core/framework/node_def_util.cc and attr_value_util.cc.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from google.protobuf import text_format

from tfsession import dtypes, registry
from tfsession.device_spec import DeviceName
from tfsession.errors import InvalidArgumentError
from tfsession.formats.tensor_proto import make_ndarray
from tfsession.graph.operation import Operation, node_input
from tfsession.protos import AttrValue, DataType, TensorProto, TensorShapeProto

_ATTR_PLACE = "\n\t [[{{{{node {name}}}}}]]"

_NO_GPU = (
    "`tfsession doctor` says why this session has no GPU. With "
    "tf.ConfigProto(allow_soft_placement=True) the operation goes to the CPU instead."
)


# ---- Errors ----


def malformed(op: Operation) -> InvalidArgumentError:
    """The request of an operation cannot be read."""
    # The first operation of a graph has number 2 in the runtime, after a source and a sink.
    node = f"{{name:'{op.name}' id:{op.number + 1} op device:{{}} def:{{{node_text(op)}}}}}"
    return InvalidArgumentError.of(
        f"Malformed device specification '{op.device}' in node: {node}\n\t [[{op.name}]]",
    )


def no_kernel(op: Operation, present: Iterable[str], kinds: Sequence[str]) -> InvalidArgumentError:
    """No kind of device in the session has a kernel for an operation.

    Args:
      op: the operation.
      present: the kinds of device that the session has.
      kinds: the kinds that have a kernel.
    """
    return InvalidArgumentError.of(
        f"No OpKernel was registered to support Op '{op.type}' used by {{{{node {op.name}}}}}with "
        f"these attrs: [{attrs_text(op)}]\nRegistered devices: [{', '.join(sorted(present))}]\n"
        f"Registered kernels:\n{kernels_text(op, kinds)}\n\t [[{op.name}]]",
    )


def cannot_colocate(first: Operation, second: Operation, why: str) -> str:
    """The text about two operations that must be on one device and cannot; `why` ends it."""
    return (
        f"Cannot colocate nodes {{{{colocation_node {first.name}}}}} and "
        f"{{{{colocation_node {second.name}}}}}{why}"
    )


def colocation_failed(op: Operation, text: str) -> InvalidArgumentError:
    """A `loc:@` class of an operation cannot be followed."""
    return InvalidArgumentError.of(text + _ATTR_PLACE.format(name=op.name))


def reference_failed(text: str) -> InvalidArgumentError:
    """An operation cannot be where the reference is that it takes."""
    return InvalidArgumentError.of(
        "Nodes were connected by a reference connection (requiring them to be on the same "
        f"device), but the two nodes were assigned two different devices: {text}",
    )


def references_apart(
    producer: Operation,
    consumer: Operation,
    what: str,
    devices: tuple[DeviceName | str, DeviceName | str],
) -> InvalidArgumentError:
    """An operation takes references to what is on two devices; `what`: "resource", "assigned"."""
    return InvalidArgumentError.of(
        "Cannot place the graph because a reference or resource edge connects colocation groups "
        f"with incompatible {what} devices: {devices[0]} vs {devices[1]}. The edge src node is "
        f"{producer.name} , and the dst node is {consumer.name}",
    )


def missing_device(op: Operation, names: Sequence[str], lacks_cuda: bool) -> InvalidArgumentError:
    """There is no device such as an operation asks for."""
    hint = " The requested device appears to be a GPU, but CUDA is not enabled."
    error = _cannot_assign(
        op,
        f"{{{{node {op.name}}}}} was explicitly assigned to {op.device} but available devices are "
        f"[ {', '.join(sorted(names))} ]. Make sure the device specification refers to a valid "
        f"device.{hint if lacks_cuda else ''}",
    )
    if lacks_cuda:
        error.add_note(_NO_GPU)
    return error


def no_kernel_there(
    op: Operation, kind: str | None, kinds: Sequence[str], debug_info: str
) -> InvalidArgumentError:
    """The device that an operation asks for has no kernel for it; `kinds` are those that have."""
    text = f"Could not satisfy explicit device specification '{op.device}'"
    if kind is None:
        return _cannot_assign(op, f"{text}{debug_info}")
    return _cannot_assign(
        op,
        f"{text} because no supported kernel for {kind} devices is available.{debug_info}\n"
        f"Op: {op.type}\nNode attrs: {attrs_text(op)}\n"
        f"Registered kernels:\n{kernels_text(op, kinds)}",
    )


def group_asks_otherwise(
    op: Operation, request: str, names: Sequence[str], debug_info: str
) -> InvalidArgumentError:
    """What is colocated with an operation asks for a device that does not do."""
    return _cannot_assign(
        op,
        f"Could not satisfy explicit device specification '{op.device}' because the node "
        f"{{{{colocation_node {op.name}}}}} was colocated with a group of nodes that required "
        f"incompatible device '{request}'. All available devices [{', '.join(sorted(names))}]. "
        f"{debug_info}",
    )


def _cannot_assign(op: Operation, text: str) -> InvalidArgumentError:
    # A text that names the node already is followed by its bare name.
    place = f"\n\t [[{op.name}]]" if "{{node " in text else _ATTR_PLACE.format(name=op.name)
    return InvalidArgumentError.of(f"Cannot assign a device for operation {op.name}: {text}{place}")


# ---- Descriptions ----


def node_text(op: Operation) -> str:
    """An operation on one line, with its attributes, its request and its inputs."""
    inputs = [node_input(tensor) for tensor in op.inputs]
    inputs += [f"^{control.name}" for control in op.controls]
    request = [f'_device="{op.device}"'] if op.device else []
    attrs = ", ".join([*filter(None, [attrs_text(op)]), *request])
    return f"{{{{node {op.name}}}}} = {op.type}[{attrs}]({', '.join(inputs)})"


def attrs_text(op: Operation) -> str:
    """The attributes of an operation, by name."""
    attrs = op.node_def.attr
    return ", ".join(f"{name}={attr_text(attrs[name])}" for name in sorted(attrs))


def attr_text(value: AttrValue) -> str:
    """The value of an attribute, as TensorFlow prints it."""
    kind = value.WhichOneof("value")
    if kind == "list":
        lists = [(field.name, items) for field, items in value.list.ListFields()]
        return f"[{', '.join(_scalar_text(name, i) for name, items in lists for i in items)}]"
    if kind is None:
        return "<Unknown AttrValue type>"
    if kind in _SCALARS:
        return _scalar_text(kind, getattr(value, kind))
    return text_format.MessageToString(value, as_one_line=True)


_SCALARS = frozenset(("s", "i", "f", "b", "type", "shape", "tensor", "func"))


def _scalar_text(kind: str, value: Any) -> str:
    if kind == "s":
        escaped = value.decode("latin-1").encode("unicode_escape").decode().replace('"', '\\"')
        return f'"{escaped}"'
    if kind == "type":
        return str(DataType.Name(value))
    if kind == "shape":
        return _shape_text(value)
    if kind == "tensor":
        return _tensor_text(value)
    if kind == "func":
        return str(value.name)
    if kind == "b":
        return "true" if value else "false"
    return f"{value:g}" if kind == "f" else str(value)


def _shape_text(shape: TensorShapeProto) -> str:
    if shape.unknown_rank:
        return "<unknown>"
    return f"[{','.join('?' if dim.size < 0 else str(dim.size) for dim in shape.dim)}]"


#: Elements of a constant that are printed.
_SHOWN = 3


def _tensor_text(tensor: TensorProto) -> str:
    values = make_ndarray(tensor)
    shown = [_element_text(value) for value in values.ravel()[:_SHOWN]]
    more = "..." if values.size > _SHOWN else ""
    opened, closed = "[" * values.ndim, "]" * (0 if more else values.ndim)
    return (
        f"Tensor<type: {dtypes.as_dtype(tensor.dtype).name} shape: "
        f"{_shape_text(tensor.tensor_shape)} values: {opened}{' '.join(shown)}{more}{closed}>"
    )


def _element_text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return f"{value:g}" if value.dtype.kind == "f" else str(value).lower()


def kernels_text(op: Operation, kinds: Sequence[str]) -> str:
    """A line for each kind of device with a kernel for an operation: the dtypes that it takes."""
    if not kinds:
        return "  <no registered kernels>\n"
    return "".join(f"  device='{kind}'{_constraints(op.op_def_, kind)}\n" for kind in kinds)


def _constraints(definition: registry.OpDef, kind: str) -> str:
    text = ""
    for name, attribute in sorted(definition.attributes.items()):
        if attribute.type != "type" or not attribute.allowed:
            continue
        allowed = [t for t in attribute.allowed if kind == "CPU" or t is not dtypes.string]
        names = ", ".join(str(DataType.Name(dtype.as_datatype_enum)) for dtype in allowed)
        text += f"; {name} in [{names}]"
    return text
