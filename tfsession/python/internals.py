"""What scripts use of TensorFlow that has no public name there, and no other home here."""

from __future__ import annotations

import contextlib
import itertools
from typing import Any

from tfsession import gfile, registry
from tfsession.graph.graph import default_graphs
from tfsession.graph.messages import op_def_message
from tfsession.python.local_devices import list_local_devices
from tfsession.variables.variable import Variable


def _to_proto_fn(v: Any, export_scope: str | None = None) -> Any:
    """A variable's VariableDef, as collections of a MetaGraphDef hold it."""
    return v.to_proto(export_scope=export_scope)


def _from_proto_fn(v: Any, import_scope: str | None = None) -> Any:
    """The variable of a VariableDef."""
    return Variable.from_proto(v, import_scope=import_scope)


def read_file_to_string(filename: Any, binary_mode: bool = False) -> Any:
    """The content of a file, as text or as bytes."""
    with gfile.GFile(filename, "rb" if binary_mode else "r") as file:
        return file.read()


def write_string_to_file(filename: Any, file_content: Any) -> None:
    """Makes a file of a text or of bytes."""
    with gfile.GFile(filename, "w") as file:
        file.write(file_content)


def get_registered_ops() -> dict[str, Any]:
    """The OpDef of each op by its name."""
    return {name: op_def_message(definition) for name, definition in registry.OPS.items()}


def ShapeEquals(tensor_proto: Any, shape: Any) -> bool:  # TensorFlow's name
    """Whether a TensorProto has a shape, which is a sequence of sizes or a TensorShapeProto."""
    sizes = [one.size for one in shape.dim] if hasattr(shape, "dim") else list(shape)
    return [one.size for one in tensor_proto.tensor_shape.dim] == sizes


# ---- framework.ops ----


def name_from_scope_name(name: str) -> str:
    """The name of an operation, of the scope that was made of it."""
    return name.removesuffix("/")


_numbers = itertools.count()


def uid() -> int:
    """A number that is given once."""
    return next(_numbers)


def inside_function() -> bool:
    """False: functions are written out where they are called."""
    return False


def has_default_graph() -> bool:
    """Whether a `with` block has set the default graph of this thread."""
    return not default_graphs.is_cleared()


# ---- eager.context: there is no eager execution here ----

GRAPH_MODE = 0
EAGER_MODE = 1


def executing_eagerly() -> bool:
    """False: programs build graphs and run them in sessions."""
    return False


def graph_mode() -> contextlib.AbstractContextManager[None]:
    """What lasts already."""
    return contextlib.nullcontext()


def num_gpus() -> int:
    """How many GPUs sessions would have."""
    return sum(device.device_type == "GPU" for device in list_local_devices())


# ---- tf2, control_flow_util, compat.compat: which release this is ----

ENABLE_CONTROL_FLOW_V2 = False


def enabled() -> bool:
    """False: this is TensorFlow 1's behaviour."""
    return False


def forward_compatible(year: int, month: int, day: int) -> bool:
    """True: what a release of that date could read, this one can."""
    return True


def forward_compatibility_horizon(
    year: int, month: int, day: int
) -> contextlib.AbstractContextManager[None]:
    """Changes nothing: GraphDefs are always those of 1.15."""
    return contextlib.nullcontext()


# ---- util.deprecation, util.tf_contextlib ----

contextmanager = contextlib.contextmanager


def deprecated(date: Any, instructions: str, warn_once: bool = True) -> Any:
    """A decorator that says in the docstring what to use instead."""

    def decorate(function: Any) -> Any:
        function.__doc__ = f"{function.__doc__ or ''}\n\nDeprecated: {instructions}"
        return function

    return decorate


def silence() -> contextlib.AbstractContextManager[None]:
    """Changes nothing: nothing here warns of what TensorFlow deprecates."""
    return contextlib.nullcontext()
