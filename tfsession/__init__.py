"""tfsession runs TensorFlow-1 programs on CuPy and NumPy: ``import tfsession as tf``.

The names are TensorFlow 1.15's. Importing loads neither CUDA nor NVML nor any kernel.
"""

import importlib as _importlib
import sys as _sys
import typing as _typing
from builtins import bool as _bool
from types import ModuleType as _ModuleType

from tfsession import (
    bitwise as bitwise,
    compat as compat,
    debugging as debugging,
    dtypes as dtypes,
    errors as errors,
    gfile as gfile,
    graph_util as graph_util,
    image as image,
    initializers as initializers,
    io as io,
    linalg as linalg,
    logging as logging,
    lookup as lookup,
    manip as manip,
    math as math,
    nest as nest,
    nn as nn,
    protos as protos,
    python_io as python_io,
    queue as queue,
    random as random,
    raw_ops as raw_ops,
    sparse as sparse,
    strings as strings,
    train as train,
    version as version,
)
from tfsession.autodiff.functions import custom_gradient as custom_gradient
from tfsession.autodiff.gradients import *
from tfsession.device_spec import DeviceSpec as DeviceSpec
from tfsession.dtypes import (
    DType as DType,
    as_dtype as as_dtype,
    bfloat16 as bfloat16,
    bool as bool,
    complex64 as complex64,
    complex128 as complex128,
    double as double,
    float16 as float16,
    float32 as float32,
    float64 as float64,
    half as half,
    int8 as int8,
    int16 as int16,
    int32 as int32,
    int64 as int64,
    qint8 as qint8,
    qint16 as qint16,
    qint32 as qint32,
    quint8 as quint8,
    quint16 as quint16,
    resource as resource,
    string as string,
    uint8 as uint8,
    uint16 as uint16,
    uint32 as uint32,
    uint64 as uint64,
    variant as variant,
)
from tfsession.errors import OpError as OpError
from tfsession.formats.tensor_proto import (
    make_ndarray as make_ndarray,
    make_tensor_proto as make_tensor_proto,
)
from tfsession.graph.build import (
    convert_to_tensor as convert_to_tensor,
    register_tensor_conversion_function as register_tensor_conversion_function,
)
from tfsession.graph.composites import (
    IndexedSlices as IndexedSlices,
    SparseTensor as SparseTensor,
    SparseTensorValue as SparseTensorValue,
    convert_to_tensor_or_indexed_slices as convert_to_tensor_or_indexed_slices,
    convert_to_tensor_or_sparse_tensor as convert_to_tensor_or_sparse_tensor,
)
from tfsession.graph.default_session import get_default_session as get_default_session
from tfsession.graph.graph import Graph as Graph
from tfsession.graph.importer import import_graph_def as import_graph_def
from tfsession.graph.operation import Operation as Operation, Tensor as Tensor
from tfsession.graph.scopes import (
    GraphKeys as GraphKeys,
    add_to_collection as add_to_collection,
    add_to_collections as add_to_collections,
    container as container,
    control_dependencies as control_dependencies,
    device as device,
    get_collection as get_collection,
    get_collection_ref as get_collection_ref,
    get_default_graph as get_default_graph,
    init_scope as init_scope,
    name_scope as name_scope,
    op_scope as op_scope,
    reset_default_graph as reset_default_graph,
    set_random_seed as set_random_seed,
)
from tfsession.graph.static_values import public_constant_value as _constant_value
from tfsession.names import absent as _absent, late as _late, old as _old
from tfsession.names.behavior import *
from tfsession.ops import (
    checkpoint as _checkpoint,
    memory_stats as _memory_stats,
    summary as _summary,
)
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
from tfsession.ops.image import extract_image_patches as extract_image_patches
from tfsession.ops.indexing import *
from tfsession.ops.initializers import *
from tfsession.ops.io import *
from tfsession.ops.lookup import (
    initialize_all_tables as initialize_all_tables,
    tables_initializer as tables_initializer,
)
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
from tfsession.ops.tensor_array import TensorArray as TensorArray
from tfsession.run.interactive import InteractiveSession as InteractiveSession
from tfsession.run.session import Session as Session
from tfsession.shapes import (
    Dimension as Dimension,
    TensorShape as TensorShape,
    dimension_at_index as dimension_at_index,
    dimension_value as dimension_value,
)
from tfsession.variables.collections import *
from tfsession.variables.partitions import *
from tfsession.variables.scope import *
from tfsession.variables.template import *
from tfsession.variables.variable import *
from tfsession.version import (
    COMPILER_VERSION as COMPILER_VERSION,
    GIT_VERSION as GIT_VERSION,
    RELEASE as RELEASE,
    VERSION as VERSION,
)

__version__ = f"{VERSION}+tfsession.{RELEASE}"
del RELEASE


get_static_value = _constant_value


def executing_eagerly() -> _bool:
    """False: programs build graphs and run them in sessions."""
    return False


# Namespaces in whose own modules there is more than TensorFlow has in them. The words are below
# the package of names, which speaks for them.
for _name in "dtypes errors gfile graph_util logging nest version".split():
    _absent.explain_in(f"tfsession.{_name}")
del _name

# Behind all others: it only speaks where nothing has been found.
_sys.meta_path.append(_absent.AbsentFinder())

# ---- Names that load with their first use ----

_MESSAGES = frozenset(
    (
        "AttrValue ConfigProto Event GPUOptions GraphDef GraphOptions "
        "HistogramProto LogMessage MetaGraphDef NameAttrList NodeDef OptimizerOptions RunMetadata "
        "RunOptions SessionLog Summary SummaryMetadata TensorInfo"
    ).split()
)

# Namespaces that few programs use, and that take time to import.
_LATE_NAMESPACES = frozenset(
    (
        "app config contrib data distributions estimator examples feature_column flags keras "
        "layers losses metrics python saved_model sets signal spectral summary sysconfig test "
        "tpu"
    ).split()
)
# Those that TensorFlow has, too, and does not list.
_UNLISTED = frozenset(("examples", "python"))

# Type checkers take a module with a `__getattr__` for one that has every name.
if _typing.TYPE_CHECKING:
    from tfsession import (
        app as app,
        config as config,
        contrib as contrib,
        data as data,
        distributions as distributions,
        estimator as estimator,
        examples as examples,
        feature_column as feature_column,
        flags as flags,
        keras as keras,
        layers as layers,
        losses as losses,
        metrics as metrics,
        python as python,
        saved_model as saved_model,
        sets as sets,
        signal as signal,
        spectral as spectral,
        summary as summary,
        sysconfig as sysconfig,
        test as test,
        tpu as tpu,
    )
    from tfsession.data.structure import (
        SparseTensorSpec as SparseTensorSpec,
        TensorSpec as TensorSpec,
    )
    from tfsession.ops.accumulators import (
        ConditionalAccumulator as ConditionalAccumulator,
        ConditionalAccumulatorBase as ConditionalAccumulatorBase,
        SparseConditionalAccumulator as SparseConditionalAccumulator,
    )
    from tfsession.ops.compression import (
        decode_compressed as decode_compressed,
    )
    from tfsession.ops.edit_distance import (
        edit_distance as edit_distance,
    )
    from tfsession.ops.incomplete import (
        betainc as betainc,
        igamma as igamma,
        igammac as igammac,
    )
    from tfsession.ops.matrix_functions import (
        matrix_solve_ls as matrix_solve_ls,
        matrix_square_root as matrix_square_root,
    )
    from tfsession.ops.printing import print as print
    from tfsession.ops.script import numpy_function as numpy_function, py_func as py_func
    from tfsession.ops.sorting import argsort as argsort, sort as sort
    from tfsession.ops.spectral import (
        fft as fft,
        fft2d as fft2d,
        fft3d as fft3d,
        ifft as ifft,
        ifft2d as ifft2d,
        ifft3d as ifft3d,
    )
    from tfsession.protos import (
        AttrValue as AttrValue,
        ConfigProto as ConfigProto,
        Event as Event,
        GPUOptions as GPUOptions,
        GraphDef as GraphDef,
        GraphOptions as GraphOptions,
        HistogramProto as HistogramProto,
        LogMessage as LogMessage,
        MetaGraphDef as MetaGraphDef,
        NameAttrList as NameAttrList,
        NodeDef as NodeDef,
        OptimizerOptions as OptimizerOptions,
        RunMetadata as RunMetadata,
        RunOptions as RunOptions,
        SessionLog as SessionLog,
        Summary as Summary,
        SummaryMetadata as SummaryMetadata,
        TensorInfo as TensorInfo,
    )
    from tfsession.python import pywrap_tensorflow as pywrap_tensorflow
    from tfsession.run.py_function import py_function as py_function
    from tfsession.sysconfig.libraries import (
        load_library as load_library,
        load_op_library as load_op_library,
    )
else:

    def __getattr__(name):
        if name in _MESSAGES:
            message = globals()[name] = getattr(protos, name)
            return message
        if name in _LATE_NAMESPACES:
            return _importlib.import_module(f"tfsession.{name}")
        if name in _late.names_of(__name__):
            return _late.load(__name__, name)
        if (old := _old.find(__name__, name)) is not None:
            return old
        if name == "pywrap_tensorflow":
            return _importlib.import_module("tfsession.python").pywrap_tensorflow
        raise _absent.error(__name__, name)


# ---- Public names ----

_NAMESPACES = frozenset(
    (
        "bitwise compat debugging dtypes errors gfile graph_util image initializers io "
        "linalg logging lookup manip math nest nn python_io queue random raw_ops sparse strings "
        "train version"
    ).split()
)

# What is imported above, but for the modules that are no namespace of TensorFlow. Type checkers
# cannot read this; to them public is what is imported as `*`, or under its own name: `x as x`.
if not _typing.TYPE_CHECKING:
    __all__ = sorted(
        {
            name
            for name, thing in globals().items()
            if not name.startswith("_")
            and (name in _NAMESPACES or not isinstance(thing, _ModuleType))
        }
        | _MESSAGES
        | _LATE_NAMESPACES - _UNLISTED
        | set(_late.names_of(__name__))
    )

    def __dir__() -> list[str]:
        """TensorFlow's names alone: the packages that stand behind them are not for programs."""
        return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})


# ---- Notebooks ----


def load_ipython_extension(shell: object) -> None:
    """Makes `import tensorflow` mean tfsession, after the line ``%load_ext tfsession``.

    Args:
      shell: the notebook's, which nothing is asked of.
    """
    from tfsession.cli.run import install_alias

    install_alias()
