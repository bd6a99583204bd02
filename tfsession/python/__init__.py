"""TensorFlow's module paths: `from tfsession.python.client import timeline` and its like.

Scripts reach below `tensorflow.python` for what has no public name, and for much that has one. Each
path is a line of the table below: the names that it offers come from modules of this package. The
modules are made when this one is imported, and look a name up when it is first used.
"""

from __future__ import annotations

import difflib
import importlib
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

# Path -> where its names come from, first come first served. A source is a module of tfsession with
# all its public names, or with some: `graph:Graph,Tensor`. `tf:` stands for tfsession itself;
# `new=old` offers a name under another.
PATHS: dict[str, str] = {
    # ---- client ----
    "client.session": (
        "session:BaseSession,Session,InteractiveSession"
        " fetches:register_session_run_conversion_functions"
    ),
    "client.timeline": "timeline",
    "client.device_lib": "python.local_devices:list_local_devices",
    # ---- framework ----
    "framework.common_shapes": "ops.array:broadcast_shape=broadcast_static_shape",
    "framework.constant_op": "ops.array:constant",
    "framework.device": "device_spec:DeviceSpec,canonical_name,merge_device",
    "framework.dtypes": "dtypes",
    "framework.errors": "errors",
    "framework.errors_impl": "errors",
    "framework.graph_io": "graph_def:write_graph",
    "framework.graph_util": "graph_util",
    "framework.graph_util_impl": "graph_util",
    "framework.importer": "graph_def:import_graph_def",
    "framework.indexed_slices": "indexed_slices:IndexedSlices,IndexedSlicesValue",
    "framework.ops": (
        "graph:Graph,Operation,Tensor"
        " scopes:GraphKeys,name_scope,op_scope,init_scope,device,colocate_with,container"
        ",control_dependencies,get_default_graph,reset_default_graph,add_to_collection"
        ",add_to_collections,get_collection,get_collection_ref,get_all_collection_keys"
        ",_get_graph_from_inputs=graph_of"
        " session:get_default_session"
        " build:convert_to_tensor,internal_convert_to_tensor=convert_to_tensor"
        ",convert_n_to_tensor,register_tensor_conversion_function"
        " indexed_slices:IndexedSlices,IndexedSlicesValue,convert_to_tensor_or_indexed_slices"
        ",convert_n_to_tensor_or_indexed_slices"
        " gradients:RegisterGradient,NotDifferentiable,NoGradient=NotDifferentiable"
        ",get_gradient_function"
    ),
    "framework.random_seed": "ops.random:get_seed scopes:set_random_seed",
    "framework.sparse_tensor": (
        "indexed_slices:SparseTensor,SparseTensorValue,convert_to_tensor_or_sparse_tensor,is_sparse"
    ),
    "framework.tensor_shape": (
        "shapes:Dimension,TensorShape,as_dimension,as_shape,unknown_shape,scalar,vector,matrix"
        ",dimension_value,dimension_at_index"
    ),
    "framework.tensor_util": (
        "tensor_proto:make_tensor_proto,MakeNdarray"
        " shape_inference:constant_value=public_constant_value"
        ",constant_value_as_shape=public_constant_value_as_shape"
        " python.internals:is_tensor"
    ),
    "framework.versions": "tf:VERSION,__version__,GIT_VERSION,__git_version__=GIT_VERSION",
    # ---- ops ----
    "ops.array_ops": (
        "ops.array ops.rearrange ops.indexing ops.partition"
        " tf:edit_distance,dequantize,quantize,fake_quant_with_min_max_args"
        ",fake_quant_with_min_max_vars,dynamic_partition,dynamic_stitch,extract_image_patches"
    ),
    "ops.bitwise_ops": "bitwise",
    "ops.check_ops": (
        "tf:assert_equal,assert_none_equal,assert_greater,assert_greater_equal,assert_less"
        ",assert_less_equal,assert_integer,assert_near,assert_negative,assert_non_negative"
        ",assert_non_positive,assert_positive,assert_proper_iterable,assert_rank"
        ",assert_rank_at_least,assert_rank_in,assert_same_float_dtype,assert_scalar,assert_type"
        ",ensure_shape,is_non_decreasing,is_numeric_tensor,is_strictly_increasing"
    ),
    "ops.clip_ops": "ops.clip",
    "ops.control_flow_ops": ("ops.control tf:cond,case,while_loop,py_func"),
    "ops.data_flow_ops": (
        "queues tf:dynamic_partition,dynamic_stitch,ConditionalAccumulator"
        ",SparseConditionalAccumulator,QueueBase,FIFOQueue,PaddingFIFOQueue,PriorityQueue"
        ",RandomShuffleQueue"
    ),
    "ops.embedding_ops": "ops.embedding",
    "ops.functional_ops": "tf:foldl,foldr,map_fn,scan",
    "ops.gradients": "gradients tf:gradients,hessians,AggregationMethod",
    "ops.gradients_impl": "gradients tf:gradients,hessians,AggregationMethod",
    "ops.init_ops": "initializers tf:Initializer",
    "ops.io_ops": "ops.io tf:read_file,write_file,matching_files",
    "ops.linalg_ops": "linalg tf:norm,svd,qr,cholesky,self_adjoint_eig",
    "ops.logging_ops": "tf:Print,print",
    "ops.lookup_ops": "lookup tf:tables_initializer,initialize_all_tables",
    "ops.math_ops": (
        "ops.math ops.contraction ops.reduction ops.special"
        " tf:matmul,einsum,tensordot,mul=multiply,sub=subtract,neg=negative,cross,bincount"
        ",cumsum,cumprod"
    ),
    "ops.nn": "nn",
    "ops.nn_impl": "nn",
    "ops.nn_ops": "nn",
    "ops.numerics": "tf:add_check_numerics_ops,verify_tensor_all_finite",
    "ops.parsing_ops": (
        "tf:parse_example,parse_single_example,parse_tensor,decode_raw,decode_csv"
        ",FixedLenFeature,VarLenFeature,FixedLenSequenceFeature,SparseFeature"
    ),
    "ops.partitioned_variables": (
        "tf:fixed_size_partitioner,variable_axis_size_partitioner,min_max_variable_partitioner"
        ",create_partitioned_variables"
    ),
    "ops.random_ops": "ops.random",
    "ops.resource_variable_ops": (
        "variables:ResourceVariable,is_resource_variable"
        " python.internals:_to_proto_fn,_from_proto_fn"
    ),
    "ops.script_ops": "tf:py_func,numpy_function",
    "ops.sparse_ops": "sparse",
    "ops.special_math_ops": "ops.special tf:einsum",
    "ops.state_ops": "ops.state",
    "ops.string_ops": "strings",
    "ops.template": "variable_scope:make_template",
    "ops.tensor_array_ops": "tf:TensorArray",
    "ops.variable_scope": "variable_scope",
    "ops.variables": "variables",
    # ---- platform, util, lib ----
    "lib.io.file_io": (
        "gfile:FileIO=GFile,FileStatistics,file_exists=Exists,is_directory=IsDirectory"
        ",create_dir=MkDir,recursive_create_dir=MakeDirs,list_directory=ListDirectory"
        ",get_matching_files=Glob,delete_file=Remove,delete_recursively=DeleteRecursively"
        ",copy=Copy,rename=Rename,stat=Stat,walk=Walk"
        " python.internals:read_file_to_string,write_string_to_file"
    ),
    "platform.app": "app",
    "platform.flags": "flags",
    "platform.gfile": "gfile",
    "platform.tf_logging": "logging",
    "util.compat": "compat",
    "util.nest": "nest",
    # ---- training ----
    "training.adadelta": "train",
    "training.adagrad": "train",
    "training.adam": "train",
    "training.basic_session_run_hooks": "train",
    "training.checkpoint_management": "train",
    "training.checkpoint_utils": "train",
    "training.coordinator": "train",
    "training.ftrl": "train",
    "training.gradient_descent": "train",
    "training.input": "train",
    "training.learning_rate_decay": "train",
    "training.momentum": "train",
    "training.monitored_session": "train",
    "training.moving_averages": "train.moving_averages",
    "training.optimizer": "train.optimizer",
    "training.queue_runner": "train",
    "training.queue_runner_impl": "train",
    "training.rmsprop": "train",
    "training.saver": "train",
    "training.server_lib": "train",
    "training.session_manager": "train",
    "training.session_run_hook": "train",
    "training.slot_creator": "train.slots",
    "training.supervisor": "train",
    "training.training": "train",
    "training.training_util": "train",
    # Files of earlier runs are read and written through this one.
    "pywrap_tensorflow": "train tf:OpError",
}
# Functions of the generated modules take inputs, then attributes, by position or name.
PATHS.update(
    (f"ops.gen_{family}_ops", "python.generated")
    for family in (
        "array audio bitwise candidate_sampling control_flow ctc data_flow functional image io"
        " linalg logging lookup math nn parsing random resource_variable script sparse spectral"
        " state string training"
    ).split()
)


class _PathModule(ModuleType):
    """A module whose names are those of others."""

    def __init__(self, name: str, sources: str) -> None:
        super().__init__(name, f"TensorFlow's module path {name!r}.")
        # (module, name here -> name there; None for all public names)
        self._sources: list[tuple[str, dict[str, str] | None]] = [
            _source(text) for text in sources.split()
        ]
        # Below a path there is what the table says, and nothing in the file system.
        self.__path__: list[str] = []
        self.__spec__ = ModuleSpec(name, None, is_package=True)
        self.__package__ = name

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return [n for n in dir(self) if not n.startswith("_")]
        if name.startswith("__") and not any(names and name in names for _, names in self._sources):
            raise AttributeError(name)
        for module_name, names in self._sources:
            old = name if names is None else names.get(name)
            if old is None or (names is None and name.startswith("_")):
                continue
            found = getattr(_module(module_name), old, self)
            if found is not self:
                setattr(self, name, found)
                return found
        near = difflib.get_close_matches(name, dir(self), n=1)
        hint = f". Did you mean {near[0]!r}?" if near else ""
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}{hint}")

    def __dir__(self) -> list[str]:
        found = {n for n in self.__dict__ if not n.startswith("_")}
        for module_name, names in self._sources:
            module = _module(module_name)
            if names is None:
                found.update(_public(module))
            else:
                found.update(new for new, old in names.items() if hasattr(module, old))
        return sorted(found)


def _source(text: str) -> tuple[str, dict[str, str] | None]:
    module, colon, names = text.partition(":")
    if not colon:
        return module, None
    pairs = (name.partition("=") for name in names.split(","))
    return module, {new: old or new for new, _, old in pairs}


def _module(name: str) -> ModuleType:
    """A module of this package by its path in it; `tf` is the package."""
    return importlib.import_module("tfsession" if name == "tf" else f"tfsession.{name}")


def _public(module: ModuleType) -> list[str]:
    names = getattr(module, "__all__", None)
    return [n for n in (dir(module) if names is None else names) if not n.startswith("_")]


def _register(paths: dict[str, str]) -> None:
    """Makes the modules, with the packages above them."""
    made: dict[str, ModuleType] = {}
    for path in paths:
        parts = path.split(".")
        for depth in range(1, len(parts) + 1):
            name = f"{__name__}.{'.'.join(parts[:depth])}"
            if name in made:
                continue
            made[name] = _PathModule(name, paths.get(".".join(parts[:depth]), ""))
            above, _, last = name.rpartition(".")
            setattr(made.get(above, sys.modules[__name__]), last, made[name])
    sys.modules.update(made)


_register(PATHS)
