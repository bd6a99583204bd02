"""TensorFlow's messages, wire and text compatible, from our own .proto files in this folder.

`from tfsession.protos import ConfigProto` loads the one generated module that defines `ConfigProto`
and those that it needs, nothing else: all of them together would take a third of the package's
import time. The messages live in protobuf package `tfsession`, so a process may import TensorFlow
as well. `python -m tfsession.protos.generate` regenerates.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

# Generated module -> what it defines at its top level.
_CONTENTS = {
    "attr_value_pb2": "AttrValue NameAttrList",
    "checkpoint_pb2": (
        "CheckpointState BundleHeaderProto BundleEntryProto SavedSliceMeta "
        "SavedTensorSliceMeta SavedSlice SavedTensorSlices TrackableObjectGraph "
        "RegisteredSaver"
    ),
    "cluster_pb2": (
        "JobDef ClusterDef TaskDeviceFilters JobDeviceFilters ClusterDeviceFilters "
        "CoordinatedJob CoordinationServiceConfig"
    ),
    "config_pb2": (
        "GPUOptions OptimizerOptions GraphOptions ThreadPoolOptionProto RPCOptions "
        "SessionMetadata ConfigProto RunOptions RunMetadata TensorConnection CallableOptions"
    ),
    "control_flow_pb2": (
        "ValuesDef ControlFlowContextDef CondContextDef WhileContextDef CriticalSectionDef "
        "CriticalSectionExecutionDef"
    ),
    "cost_graph_pb2": "CostGraphDef",
    "debug_pb2": "DebugTensorWatch DebugOptions DebuggedSourceFile DebuggedSourceFiles",
    "device_pb2": "InterconnectLink LocalLinks DeviceLocality DeviceAttributes",
    "error_codes_pb2": "Code",
    "event_pb2": (
        "Event SourceMetadata LogMessage SessionLog TaggedRunMetadata WorkerHealth "
        "WorkerShutdownMode WatchdogConfig RequestedExitCode WorkerHeartbeatRequest "
        "WorkerHeartbeatResponse"
    ),
    "example_pb2": (
        "BytesList FloatList Int64List Feature Features FeatureList FeatureLists Example "
        "SequenceExample"
    ),
    "full_type_pb2": "FullTypeId FullTypeDef",
    "function_pb2": "FunctionDefLibrary FunctionDef GradientDef RegisteredGradient",
    "graph_pb2": "GraphDef GraphDebugInfo",
    "kernel_def_pb2": "KernelDef KernelList",
    "log_memory_pb2": (
        "MemoryLogStep MemoryLogTensorAllocation MemoryLogTensorDeallocation "
        "MemoryLogTensorOutput MemoryLogRawAllocation MemoryLogRawDeallocation"
    ),
    "meta_graph_pb2": "MetaGraphDef CollectionDef TensorInfo SignatureDef AssetFileDef",
    "node_def_pb2": "NodeDef",
    "op_def_pb2": "OpDef OpDeprecation OpList",
    "projector_config_pb2": "SpriteMetadata EmbeddingInfo ProjectorConfig",
    "queue_runner_pb2": "QueueRunnerDef",
    "reader_pb2": "ReaderBaseState",
    "rewriter_config_pb2": (
        "AutoParallelOptions ScopedAllocatorOptions RewriterConfig VerifierConfig"
    ),
    "saved_model_pb2": "SavedModel",
    "saved_object_graph_pb2": (
        "SavedObjectGraph SavedObject SavedUserObject SavedAsset SavedFunction CapturedTensor "
        "SavedConcreteFunction SavedBareConcreteFunction SavedConstant SavedVariable "
        "FunctionSpec SavedResource SaveableObject"
    ),
    "saver_pb2": "SaverDef",
    "server_pb2": "ServerDef",
    "step_stats_pb2": (
        "AllocationDescription TensorDescription AllocationRecord AllocatorMemoryUsed "
        "NodeOutput MemoryStats NodeExecStats DeviceStepStats StepStats"
    ),
    "struct_pb2": (
        "StructuredValue NoneValue ListValue TupleValue DictValue PairValue NamedTupleValue "
        "TensorSpecProto BoundedTensorSpecProto TypeSpecProto"
    ),
    "summary_pb2": "SummaryDescription HistogramProto DataClass SummaryMetadata Summary",
    "tensor_pb2": (
        "TensorShapeProto ResourceHandleProto TensorProto VariantTensorDataProto "
        "NamedTensorProto TensorSliceProto"
    ),
    "types_pb2": "DataType",
    "variable_pb2": "VariableSynchronization VariableAggregation VariableDef SaveSliceInfoDef",
    "versions_pb2": "VersionDef",
}
_MODULE_OF = {name: module for module, names in _CONTENTS.items() for name in names.split()}

__all__ = sorted(_MODULE_OF)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


# Type checkers take a module with a `__getattr__` for one that has every name.
if TYPE_CHECKING:
    from tfsession.protos.attr_value_pb2 import (
        AttrValue as AttrValue,
        NameAttrList as NameAttrList,
    )
    from tfsession.protos.checkpoint_pb2 import (
        BundleEntryProto as BundleEntryProto,
        BundleHeaderProto as BundleHeaderProto,
        CheckpointState as CheckpointState,
        RegisteredSaver as RegisteredSaver,
        SavedSlice as SavedSlice,
        SavedSliceMeta as SavedSliceMeta,
        SavedTensorSliceMeta as SavedTensorSliceMeta,
        SavedTensorSlices as SavedTensorSlices,
        TrackableObjectGraph as TrackableObjectGraph,
    )
    from tfsession.protos.cluster_pb2 import (
        ClusterDef as ClusterDef,
        ClusterDeviceFilters as ClusterDeviceFilters,
        CoordinatedJob as CoordinatedJob,
        CoordinationServiceConfig as CoordinationServiceConfig,
        JobDef as JobDef,
        JobDeviceFilters as JobDeviceFilters,
        TaskDeviceFilters as TaskDeviceFilters,
    )
    from tfsession.protos.config_pb2 import (
        CallableOptions as CallableOptions,
        ConfigProto as ConfigProto,
        GPUOptions as GPUOptions,
        GraphOptions as GraphOptions,
        OptimizerOptions as OptimizerOptions,
        RPCOptions as RPCOptions,
        RunMetadata as RunMetadata,
        RunOptions as RunOptions,
        SessionMetadata as SessionMetadata,
        TensorConnection as TensorConnection,
        ThreadPoolOptionProto as ThreadPoolOptionProto,
    )
    from tfsession.protos.control_flow_pb2 import (
        CondContextDef as CondContextDef,
        ControlFlowContextDef as ControlFlowContextDef,
        CriticalSectionDef as CriticalSectionDef,
        CriticalSectionExecutionDef as CriticalSectionExecutionDef,
        ValuesDef as ValuesDef,
        WhileContextDef as WhileContextDef,
    )
    from tfsession.protos.cost_graph_pb2 import CostGraphDef as CostGraphDef
    from tfsession.protos.debug_pb2 import (
        DebuggedSourceFile as DebuggedSourceFile,
        DebuggedSourceFiles as DebuggedSourceFiles,
        DebugOptions as DebugOptions,
        DebugTensorWatch as DebugTensorWatch,
    )
    from tfsession.protos.device_pb2 import (
        DeviceAttributes as DeviceAttributes,
        DeviceLocality as DeviceLocality,
        InterconnectLink as InterconnectLink,
        LocalLinks as LocalLinks,
    )
    from tfsession.protos.error_codes_pb2 import Code as Code
    from tfsession.protos.event_pb2 import (
        Event as Event,
        LogMessage as LogMessage,
        RequestedExitCode as RequestedExitCode,
        SessionLog as SessionLog,
        SourceMetadata as SourceMetadata,
        TaggedRunMetadata as TaggedRunMetadata,
        WatchdogConfig as WatchdogConfig,
        WorkerHealth as WorkerHealth,
        WorkerHeartbeatRequest as WorkerHeartbeatRequest,
        WorkerHeartbeatResponse as WorkerHeartbeatResponse,
        WorkerShutdownMode as WorkerShutdownMode,
    )
    from tfsession.protos.example_pb2 import (
        BytesList as BytesList,
        Example as Example,
        Feature as Feature,
        FeatureList as FeatureList,
        FeatureLists as FeatureLists,
        Features as Features,
        FloatList as FloatList,
        Int64List as Int64List,
        SequenceExample as SequenceExample,
    )
    from tfsession.protos.full_type_pb2 import (
        FullTypeDef as FullTypeDef,
        FullTypeId as FullTypeId,
    )
    from tfsession.protos.function_pb2 import (
        FunctionDef as FunctionDef,
        FunctionDefLibrary as FunctionDefLibrary,
        GradientDef as GradientDef,
        RegisteredGradient as RegisteredGradient,
    )
    from tfsession.protos.graph_pb2 import (
        GraphDebugInfo as GraphDebugInfo,
        GraphDef as GraphDef,
    )
    from tfsession.protos.kernel_def_pb2 import (
        KernelDef as KernelDef,
        KernelList as KernelList,
    )
    from tfsession.protos.log_memory_pb2 import (
        MemoryLogRawAllocation as MemoryLogRawAllocation,
        MemoryLogRawDeallocation as MemoryLogRawDeallocation,
        MemoryLogStep as MemoryLogStep,
        MemoryLogTensorAllocation as MemoryLogTensorAllocation,
        MemoryLogTensorDeallocation as MemoryLogTensorDeallocation,
        MemoryLogTensorOutput as MemoryLogTensorOutput,
    )
    from tfsession.protos.meta_graph_pb2 import (
        AssetFileDef as AssetFileDef,
        CollectionDef as CollectionDef,
        MetaGraphDef as MetaGraphDef,
        SignatureDef as SignatureDef,
        TensorInfo as TensorInfo,
    )
    from tfsession.protos.node_def_pb2 import NodeDef as NodeDef
    from tfsession.protos.op_def_pb2 import (
        OpDef as OpDef,
        OpDeprecation as OpDeprecation,
        OpList as OpList,
    )
    from tfsession.protos.projector_config_pb2 import (
        EmbeddingInfo as EmbeddingInfo,
        ProjectorConfig as ProjectorConfig,
        SpriteMetadata as SpriteMetadata,
    )
    from tfsession.protos.queue_runner_pb2 import QueueRunnerDef as QueueRunnerDef
    from tfsession.protos.reader_pb2 import ReaderBaseState as ReaderBaseState
    from tfsession.protos.rewriter_config_pb2 import (
        AutoParallelOptions as AutoParallelOptions,
        RewriterConfig as RewriterConfig,
        ScopedAllocatorOptions as ScopedAllocatorOptions,
        VerifierConfig as VerifierConfig,
    )
    from tfsession.protos.saved_model_pb2 import SavedModel as SavedModel
    from tfsession.protos.saved_object_graph_pb2 import (
        CapturedTensor as CapturedTensor,
        FunctionSpec as FunctionSpec,
        SaveableObject as SaveableObject,
        SavedAsset as SavedAsset,
        SavedBareConcreteFunction as SavedBareConcreteFunction,
        SavedConcreteFunction as SavedConcreteFunction,
        SavedConstant as SavedConstant,
        SavedFunction as SavedFunction,
        SavedObject as SavedObject,
        SavedObjectGraph as SavedObjectGraph,
        SavedResource as SavedResource,
        SavedUserObject as SavedUserObject,
        SavedVariable as SavedVariable,
    )
    from tfsession.protos.saver_pb2 import SaverDef as SaverDef
    from tfsession.protos.server_pb2 import ServerDef as ServerDef
    from tfsession.protos.step_stats_pb2 import (
        AllocationDescription as AllocationDescription,
        AllocationRecord as AllocationRecord,
        AllocatorMemoryUsed as AllocatorMemoryUsed,
        DeviceStepStats as DeviceStepStats,
        MemoryStats as MemoryStats,
        NodeExecStats as NodeExecStats,
        NodeOutput as NodeOutput,
        StepStats as StepStats,
        TensorDescription as TensorDescription,
    )
    from tfsession.protos.struct_pb2 import (
        BoundedTensorSpecProto as BoundedTensorSpecProto,
        DictValue as DictValue,
        ListValue as ListValue,
        NamedTupleValue as NamedTupleValue,
        NoneValue as NoneValue,
        PairValue as PairValue,
        StructuredValue as StructuredValue,
        TensorSpecProto as TensorSpecProto,
        TupleValue as TupleValue,
        TypeSpecProto as TypeSpecProto,
    )
    from tfsession.protos.summary_pb2 import (
        DataClass as DataClass,
        HistogramProto as HistogramProto,
        Summary as Summary,
        SummaryDescription as SummaryDescription,
        SummaryMetadata as SummaryMetadata,
    )
    from tfsession.protos.tensor_pb2 import (
        NamedTensorProto as NamedTensorProto,
        ResourceHandleProto as ResourceHandleProto,
        TensorProto as TensorProto,
        TensorShapeProto as TensorShapeProto,
        TensorSliceProto as TensorSliceProto,
        VariantTensorDataProto as VariantTensorDataProto,
    )
    from tfsession.protos.types_pb2 import DataType as DataType
    from tfsession.protos.variable_pb2 import (
        SaveSliceInfoDef as SaveSliceInfoDef,
        VariableAggregation as VariableAggregation,
        VariableDef as VariableDef,
        VariableSynchronization as VariableSynchronization,
    )
    from tfsession.protos.versions_pb2 import VersionDef as VersionDef
else:

    def __getattr__(name):
        """Loads the module that defines message or enum `name` on first use."""
        module = _MODULE_OF.get(name)
        if module is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{module}"), name)
        globals()[name] = value
        return value
