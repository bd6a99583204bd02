"""tfsession runs TensorFlow-1 programs on CuPy and NumPy: ``import tfsession as tf``.

The names are TensorFlow 1.15's. Importing loads neither CUDA nor NVML nor any kernel.
"""

import importlib as _importlib
import sys as _sys
from builtins import bool as _bool
from types import ModuleType as _ModuleType
from typing import Any as _Any

from tfsession import (
    absent as _absent,
    app,
    bitwise,
    compat,
    debugging,
    dtypes as _dtypes,
    errors,
    flags,
    gfile,
    graph_util,
    image,
    initializers,
    io,
    linalg,
    logging,
    lookup,
    manip,
    math,
    nest,
    nn,
    protos,
    python_io,
    queue,
    random,
    raw_ops,
    sparse,
    strings,
    train,
    version,
)
from tfsession.autodiff.functions import custom_gradient
from tfsession.autodiff.gradients import *
from tfsession.device_spec import DeviceSpec
from tfsession.dtypes import (
    DType,
    as_dtype,
    bfloat16,
    bool,
    complex64,
    complex128,
    double,
    float16,
    float32,
    float64,
    half,
    int8,
    int16,
    int32,
    int64,
    qint8,
    qint16,
    qint32,
    quint8,
    quint16,
    resource,
    string,
    uint8,
    uint16,
    uint32,
    uint64,
    variant,
)
from tfsession.errors import OpError
from tfsession.formats.tensor_proto import make_ndarray, make_tensor_proto
from tfsession.graph.build import convert_to_tensor, register_tensor_conversion_function
from tfsession.graph.composites import (
    IndexedSlices,
    IndexedSlicesValue,
    SparseTensor,
    SparseTensorValue,
    convert_to_tensor_or_indexed_slices,
    convert_to_tensor_or_sparse_tensor,
)
from tfsession.graph.default_session import get_default_session
from tfsession.graph.graph import Graph
from tfsession.graph.importer import import_graph_def
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import (
    GraphKeys,
    add_to_collection,
    add_to_collections,
    colocate_with,
    container,
    control_dependencies,
    device,
    get_all_collection_keys,
    get_collection,
    get_collection_ref,
    get_default_graph,
    init_scope,
    name_scope,
    op_scope,
    reset_default_graph,
    set_random_seed,
)
from tfsession.graph.static_values import constant_value as get_static_value
from tfsession.names import absent as _absent
from tfsession.names.behavior import *
from tfsession.ops import memory_stats as _memory_stats
from tfsession.ops.array import *
from tfsession.ops.binning import *
from tfsession.ops.check import *
from tfsession.ops.clip import *
from tfsession.ops.confusion import *
from tfsession.ops.contraction import *
from tfsession.ops.control import *
from tfsession.ops.control_flow import *
from tfsession.ops.decomposition import *
from tfsession.ops.functional import *
from tfsession.ops.image import extract_image_patches
from tfsession.ops.indexing import *
from tfsession.ops.initializers import *
from tfsession.ops.io import *
from tfsession.ops.lookup import initialize_all_tables, tables_initializer
from tfsession.ops.math import *
from tfsession.ops.parsing import *
from tfsession.ops.partition import *
from tfsession.ops.queue import *
from tfsession.ops.random import *
from tfsession.ops.rearrange import *
from tfsession.ops.reduction import *
from tfsession.ops.serialization import *
from tfsession.ops.session_ops import *
from tfsession.ops.sparse import *
from tfsession.ops.special import *
from tfsession.ops.state import *
from tfsession.ops.strings import *
from tfsession.ops.tensor_array import TensorArray
from tfsession.run.interactive import InteractiveSession
from tfsession.run.session import Session
from tfsession.shapes import Dimension, TensorShape, dimension_at_index, dimension_value
from tfsession.variables.collections import *
from tfsession.variables.partitions import *
from tfsession.variables.scope import *
from tfsession.variables.template import *
from tfsession.variables.variable import *
from tfsession.version import COMPILER_VERSION, GIT_VERSION, RELEASE, VERSION

__version__ = f"{VERSION}+tfsession.{RELEASE}"
del RELEASE


def executing_eagerly() -> _bool:
    """False: programs build graphs and run them in sessions."""
    return False


# `tf.dtypes` is also where programs find the functions that convert.
for _name in ("as_string", "cast", "complex", "saturate_cast"):
    setattr(_dtypes, _name, globals()[_name])
del _name

# Behind all others: it only speaks where nothing has been found.
_sys.meta_path.append(_absent.AbsentFinder())

# Messages load with their first use.
_MESSAGES = frozenset(
    (
        "AttrValue ConfigProto DeviceAttributes Event GPUOptions GraphDef GraphOptions "
        "HistogramProto LogMessage MetaGraphDef NameAttrList NodeDef OptimizerOptions RunMetadata "
        "RunOptions SessionLog Summary SummaryMetadata TensorInfo"
    ).split()
)

# Namespaces that few programs use, and that take time to import.
_LATE_NAMESPACES = frozenset(("contrib", "python", "test"))


def __getattr__(name: str) -> _Any:
    if name in _MESSAGES:
        message = globals()[name] = getattr(protos, name)
        return message
    if name in _LATE_NAMESPACES:
        return _importlib.import_module(f"tfsession.{name}")
    raise _absent.error(__name__, name)


_NAMESPACES = frozenset(
    (
        "app bitwise compat debugging dtypes errors flags gfile graph_util image initializers io "
        "linalg logging lookup manip math nest nn python_io queue random raw_ops sparse strings "
        "train version"
    ).split()
)

# Public is what is imported above, but for the modules that are no namespace of TensorFlow.
__all__ = sorted(
    {
        name
        for name, thing in globals().items()
        if not name.startswith("_") and (name in _NAMESPACES or not isinstance(thing, _ModuleType))
    }
    | _MESSAGES
    | {"contrib", "test"}
)


def __dir__() -> list[str]:
    """TensorFlow's names alone: the packages that stand behind them are not for programs."""
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
