"""TensorFlow's messages, wire and text compatible, from our own .proto files in this folder.

`from tfsession.protos import ConfigProto` loads the one generated module that defines `ConfigProto`
and those that it needs, nothing else: all of them together would take a third of the package's
import time. The messages live in protobuf package `tfsession`, so a process may import TensorFlow
as well. `python -m tfsession.protos.generate` regenerates.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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


def __getattr__(name: str) -> Any:
    """Loads the module that defines message or enum `name` on first use."""
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


if TYPE_CHECKING:
    from tfsession.protos.attr_value_pb2 import (
        AttrValue as AttrValue,
    )
    from tfsession.protos.attr_value_pb2 import (
        NameAttrList as NameAttrList,
    )
    from tfsession.protos.checkpoint_pb2 import (
        BundleEntryProto as BundleEntryProto,
    )
    from tfsession.protos.checkpoint_pb2 import (
        BundleHeaderProto as BundleHeaderProto,
    )
    from tfsession.protos.checkpoint_pb2 import (
        CheckpointState as CheckpointState,
    )
    from tfsession.protos.checkpoint_pb2 import (
        RegisteredSaver as RegisteredSaver,
    )
    from tfsession.protos.checkpoint_pb2 import (
        SavedSlice as SavedSlice,
    )
    from tfsession.protos.checkpoint_pb2 import (
        SavedSliceMeta as SavedSliceMeta,
    )
    from tfsession.protos.checkpoint_pb2 import (
        SavedTensorSliceMeta as SavedTensorSliceMeta,
    )
    from tfsession.protos.checkpoint_pb2 import (
        SavedTensorSlices as SavedTensorSlices,
    )
    from tfsession.protos.checkpoint_pb2 import (
        TrackableObjectGraph as TrackableObjectGraph,
    )
    from tfsession.protos.cluster_pb2 import (
        ClusterDef as ClusterDef,
    )
    from tfsession.protos.cluster_pb2 import (
        ClusterDeviceFilters as ClusterDeviceFilters,
    )
    from tfsession.protos.cluster_pb2 import (
        CoordinatedJob as CoordinatedJob,
    )
    from tfsession.protos.cluster_pb2 import (
        CoordinationServiceConfig as CoordinationServiceConfig,
    )
    from tfsession.protos.cluster_pb2 import (
        JobDef as JobDef,
    )
    from tfsession.protos.cluster_pb2 import (
        JobDeviceFilters as JobDeviceFilters,
    )
    from tfsession.protos.cluster_pb2 import (
        TaskDeviceFilters as TaskDeviceFilters,
    )
    from tfsession.protos.config_pb2 import (
        CallableOptions as CallableOptions,
    )
    from tfsession.protos.config_pb2 import (
        ConfigProto as ConfigProto,
    )
    from tfsession.protos.config_pb2 import (
        GPUOptions as GPUOptions,
    )
    from tfsession.protos.config_pb2 import (
        GraphOptions as GraphOptions,
    )
    from tfsession.protos.config_pb2 import (
        OptimizerOptions as OptimizerOptions,
    )
    from tfsession.protos.config_pb2 import (
        RPCOptions as RPCOptions,
    )
    from tfsession.protos.config_pb2 import (
        RunMetadata as RunMetadata,
    )
    from tfsession.protos.config_pb2 import (
        RunOptions as RunOptions,
    )
    from tfsession.protos.config_pb2 import (
        SessionMetadata as SessionMetadata,
    )
    from tfsession.protos.config_pb2 import (
        TensorConnection as TensorConnection,
    )
    from tfsession.protos.config_pb2 import (
        ThreadPoolOptionProto as ThreadPoolOptionProto,
    )
    from tfsession.protos.control_flow_pb2 import (
        CondContextDef as CondContextDef,
    )
    from tfsession.protos.control_flow_pb2 import (
        ControlFlowContextDef as ControlFlowContextDef,
    )
    from tfsession.protos.control_flow_pb2 import (
        CriticalSectionDef as CriticalSectionDef,
    )
    from tfsession.protos.control_flow_pb2 import (
        CriticalSectionExecutionDef as CriticalSectionExecutionDef,
    )
    from tfsession.protos.control_flow_pb2 import (
        ValuesDef as ValuesDef,
    )
    from tfsession.protos.control_flow_pb2 import (
        WhileContextDef as WhileContextDef,
    )
    from tfsession.protos.cost_graph_pb2 import (
        CostGraphDef as CostGraphDef,
    )
    from tfsession.protos.debug_pb2 import (
        DebuggedSourceFile as DebuggedSourceFile,
    )
    from tfsession.protos.debug_pb2 import (
        DebuggedSourceFiles as DebuggedSourceFiles,
    )
    from tfsession.protos.debug_pb2 import (
        DebugOptions as DebugOptions,
    )
    from tfsession.protos.debug_pb2 import (
        DebugTensorWatch as DebugTensorWatch,
    )
    from tfsession.protos.device_pb2 import (
        DeviceAttributes as DeviceAttributes,
    )
    from tfsession.protos.device_pb2 import (
        DeviceLocality as DeviceLocality,
    )
    from tfsession.protos.device_pb2 import (
        InterconnectLink as InterconnectLink,
    )
    from tfsession.protos.device_pb2 import (
        LocalLinks as LocalLinks,
    )
    from tfsession.protos.error_codes_pb2 import (
        Code as Code,
    )
    from tfsession.protos.event_pb2 import (
        Event as Event,
    )
    from tfsession.protos.event_pb2 import (
        LogMessage as LogMessage,
    )
    from tfsession.protos.event_pb2 import (
        RequestedExitCode as RequestedExitCode,
    )
    from tfsession.protos.event_pb2 import (
        SessionLog as SessionLog,
    )
    from tfsession.protos.event_pb2 import (
        SourceMetadata as SourceMetadata,
    )
    from tfsession.protos.event_pb2 import (
        TaggedRunMetadata as TaggedRunMetadata,
    )
    from tfsession.protos.event_pb2 import (
        WatchdogConfig as WatchdogConfig,
    )
    from tfsession.protos.event_pb2 import (
        WorkerHealth as WorkerHealth,
    )
    from tfsession.protos.event_pb2 import (
        WorkerHeartbeatRequest as WorkerHeartbeatRequest,
    )
    from tfsession.protos.event_pb2 import (
        WorkerHeartbeatResponse as WorkerHeartbeatResponse,
    )
    from tfsession.protos.event_pb2 import (
        WorkerShutdownMode as WorkerShutdownMode,
    )
    from tfsession.protos.example_pb2 import (
        BytesList as BytesList,
    )
    from tfsession.protos.example_pb2 import (
        Example as Example,
    )
    from tfsession.protos.example_pb2 import (
        Feature as Feature,
    )
    from tfsession.protos.example_pb2 import (
        FeatureList as FeatureList,
    )
    from tfsession.protos.example_pb2 import (
        FeatureLists as FeatureLists,
    )
    from tfsession.protos.example_pb2 import (
        Features as Features,
    )
    from tfsession.protos.example_pb2 import (
        FloatList as FloatList,
    )
    from tfsession.protos.example_pb2 import (
        Int64List as Int64List,
    )
    from tfsession.protos.example_pb2 import (
        SequenceExample as SequenceExample,
    )
    from tfsession.protos.full_type_pb2 import (
        FullTypeDef as FullTypeDef,
    )
    from tfsession.protos.full_type_pb2 import (
        FullTypeId as FullTypeId,
    )
    from tfsession.protos.function_pb2 import (
        FunctionDef as FunctionDef,
    )
    from tfsession.protos.function_pb2 import (
        FunctionDefLibrary as FunctionDefLibrary,
    )
    from tfsession.protos.function_pb2 import (
        GradientDef as GradientDef,
    )
    from tfsession.protos.function_pb2 import (
        RegisteredGradient as RegisteredGradient,
    )
    from tfsession.protos.graph_pb2 import (
        GraphDebugInfo as GraphDebugInfo,
    )
    from tfsession.protos.graph_pb2 import (
        GraphDef as GraphDef,
    )
    from tfsession.protos.kernel_def_pb2 import (
        KernelDef as KernelDef,
    )
    from tfsession.protos.kernel_def_pb2 import (
        KernelList as KernelList,
    )
    from tfsession.protos.log_memory_pb2 import (
        MemoryLogRawAllocation as MemoryLogRawAllocation,
    )
    from tfsession.protos.log_memory_pb2 import (
        MemoryLogRawDeallocation as MemoryLogRawDeallocation,
    )
    from tfsession.protos.log_memory_pb2 import (
        MemoryLogStep as MemoryLogStep,
    )
    from tfsession.protos.log_memory_pb2 import (
        MemoryLogTensorAllocation as MemoryLogTensorAllocation,
    )
    from tfsession.protos.log_memory_pb2 import (
        MemoryLogTensorDeallocation as MemoryLogTensorDeallocation,
    )
    from tfsession.protos.log_memory_pb2 import (
        MemoryLogTensorOutput as MemoryLogTensorOutput,
    )
    from tfsession.protos.meta_graph_pb2 import (
        AssetFileDef as AssetFileDef,
    )
    from tfsession.protos.meta_graph_pb2 import (
        CollectionDef as CollectionDef,
    )
    from tfsession.protos.meta_graph_pb2 import (
        MetaGraphDef as MetaGraphDef,
    )
    from tfsession.protos.meta_graph_pb2 import (
        SignatureDef as SignatureDef,
    )
    from tfsession.protos.meta_graph_pb2 import (
        TensorInfo as TensorInfo,
    )
    from tfsession.protos.node_def_pb2 import (
        NodeDef as NodeDef,
    )
    from tfsession.protos.op_def_pb2 import (
        OpDef as OpDef,
    )
    from tfsession.protos.op_def_pb2 import (
        OpDeprecation as OpDeprecation,
    )
    from tfsession.protos.op_def_pb2 import (
        OpList as OpList,
    )
    from tfsession.protos.queue_runner_pb2 import (
        QueueRunnerDef as QueueRunnerDef,
    )
    from tfsession.protos.reader_pb2 import (
        ReaderBaseState as ReaderBaseState,
    )
    from tfsession.protos.rewriter_config_pb2 import (
        AutoParallelOptions as AutoParallelOptions,
    )
    from tfsession.protos.rewriter_config_pb2 import (
        RewriterConfig as RewriterConfig,
    )
    from tfsession.protos.rewriter_config_pb2 import (
        ScopedAllocatorOptions as ScopedAllocatorOptions,
    )
    from tfsession.protos.rewriter_config_pb2 import (
        VerifierConfig as VerifierConfig,
    )
    from tfsession.protos.saved_model_pb2 import (
        SavedModel as SavedModel,
    )
    from tfsession.protos.saved_object_graph_pb2 import (
        CapturedTensor as CapturedTensor,
    )
    from tfsession.protos.saved_object_graph_pb2 import (
        FunctionSpec as FunctionSpec,
    )
    from tfsession.protos.saved_object_graph_pb2 import (
        SaveableObject as SaveableObject,
    )
    from tfsession.protos.saved_object_graph_pb2 import (
        SavedAsset as SavedAsset,
    )
    from tfsession.protos.saved_object_graph_pb2 import (
        SavedBareConcreteFunction as SavedBareConcreteFunction,
    )
    from tfsession.protos.saved_object_graph_pb2 import (
        SavedConcreteFunction as SavedConcreteFunction,
    )
    from tfsession.protos.saved_object_graph_pb2 import (
        SavedConstant as SavedConstant,
    )
    from tfsession.protos.saved_object_graph_pb2 import (
        SavedFunction as SavedFunction,
    )
    from tfsession.protos.saved_object_graph_pb2 import (
        SavedObject as SavedObject,
    )
    from tfsession.protos.saved_object_graph_pb2 import (
        SavedObjectGraph as SavedObjectGraph,
    )
    from tfsession.protos.saved_object_graph_pb2 import (
        SavedResource as SavedResource,
    )
    from tfsession.protos.saved_object_graph_pb2 import (
        SavedUserObject as SavedUserObject,
    )
    from tfsession.protos.saved_object_graph_pb2 import (
        SavedVariable as SavedVariable,
    )
    from tfsession.protos.saver_pb2 import (
        SaverDef as SaverDef,
    )
    from tfsession.protos.server_pb2 import (
        ServerDef as ServerDef,
    )
    from tfsession.protos.step_stats_pb2 import (
        AllocationDescription as AllocationDescription,
    )
    from tfsession.protos.step_stats_pb2 import (
        AllocationRecord as AllocationRecord,
    )
    from tfsession.protos.step_stats_pb2 import (
        AllocatorMemoryUsed as AllocatorMemoryUsed,
    )
    from tfsession.protos.step_stats_pb2 import (
        DeviceStepStats as DeviceStepStats,
    )
    from tfsession.protos.step_stats_pb2 import (
        MemoryStats as MemoryStats,
    )
    from tfsession.protos.step_stats_pb2 import (
        NodeExecStats as NodeExecStats,
    )
    from tfsession.protos.step_stats_pb2 import (
        NodeOutput as NodeOutput,
    )
    from tfsession.protos.step_stats_pb2 import (
        StepStats as StepStats,
    )
    from tfsession.protos.step_stats_pb2 import (
        TensorDescription as TensorDescription,
    )
    from tfsession.protos.struct_pb2 import (
        BoundedTensorSpecProto as BoundedTensorSpecProto,
    )
    from tfsession.protos.struct_pb2 import (
        DictValue as DictValue,
    )
    from tfsession.protos.struct_pb2 import (
        ListValue as ListValue,
    )
    from tfsession.protos.struct_pb2 import (
        NamedTupleValue as NamedTupleValue,
    )
    from tfsession.protos.struct_pb2 import (
        NoneValue as NoneValue,
    )
    from tfsession.protos.struct_pb2 import (
        PairValue as PairValue,
    )
    from tfsession.protos.struct_pb2 import (
        StructuredValue as StructuredValue,
    )
    from tfsession.protos.struct_pb2 import (
        TensorSpecProto as TensorSpecProto,
    )
    from tfsession.protos.struct_pb2 import (
        TupleValue as TupleValue,
    )
    from tfsession.protos.struct_pb2 import (
        TypeSpecProto as TypeSpecProto,
    )
    from tfsession.protos.summary_pb2 import (
        DataClass as DataClass,
    )
    from tfsession.protos.summary_pb2 import (
        HistogramProto as HistogramProto,
    )
    from tfsession.protos.summary_pb2 import (
        Summary as Summary,
    )
    from tfsession.protos.summary_pb2 import (
        SummaryDescription as SummaryDescription,
    )
    from tfsession.protos.summary_pb2 import (
        SummaryMetadata as SummaryMetadata,
    )
    from tfsession.protos.tensor_pb2 import (
        NamedTensorProto as NamedTensorProto,
    )
    from tfsession.protos.tensor_pb2 import (
        ResourceHandleProto as ResourceHandleProto,
    )
    from tfsession.protos.tensor_pb2 import (
        TensorProto as TensorProto,
    )
    from tfsession.protos.tensor_pb2 import (
        TensorShapeProto as TensorShapeProto,
    )
    from tfsession.protos.tensor_pb2 import (
        TensorSliceProto as TensorSliceProto,
    )
    from tfsession.protos.tensor_pb2 import (
        VariantTensorDataProto as VariantTensorDataProto,
    )
    from tfsession.protos.types_pb2 import (
        DataType as DataType,
    )
    from tfsession.protos.variable_pb2 import (
        SaveSliceInfoDef as SaveSliceInfoDef,
    )
    from tfsession.protos.variable_pb2 import (
        VariableAggregation as VariableAggregation,
    )
    from tfsession.protos.variable_pb2 import (
        VariableDef as VariableDef,
    )
    from tfsession.protos.variable_pb2 import (
        VariableSynchronization as VariableSynchronization,
    )
    from tfsession.protos.versions_pb2 import (
        VersionDef as VersionDef,
    )
