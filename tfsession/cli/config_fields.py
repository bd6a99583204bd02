"""What every field of a ConfigProto or a RunOptions means, and what a session does with it.

`honoured` fields change what a session does. Fields with `no effect` may be set and change nothing:
they are of parts of TensorFlow that are not here, or settings that this engine needs no word about.
`refused` fields make the session fail when they are set. A field of `honoured` may still be refused
with certain values.
"""

from __future__ import annotations

from typing import Literal

Status = Literal["honoured", "no effect", "refused"]

_HONOURED = {
    "graph_options.build_cost_model_after": "steps before the first measurement",
    "graph_options.build_cost_model": "measures the cost of nodes every so many steps",
    "intra_op_parallelism_threads": "threads inside one op, in the process; 0: as they are",
    "device_count": "devices of a kind to make at most; by default one CPU and all GPUs",
    "allow_soft_placement": "an op that cannot run where it was asked to goes elsewhere",
    "log_device_placement": "prints the devices, and one line for each op with its device",
    "operation_timeout_in_ms": "milliseconds that a step may take; 0: no limit",
    "gpu_options.per_process_gpu_memory_fraction": (
        "share of each GPU's memory, 0 to 1; 0: what is free, less a reserve; more is refused"
    ),
    "gpu_options.allow_growth": (
        "true or not written: memory is taken when it is needed; false: all of the share at once"
    ),
    "gpu_options.allocator_type": '"" or "BFC"; others are refused',
    "gpu_options.visible_device_list": 'GPUs in the order wanted, as in "1,0"; "": all',
    "gpu_options.experimental.virtual_devices": "the i-th entry splits the i-th visible GPU",
    "gpu_options.experimental.virtual_devices.memory_limit_mb": "MiB of each part of the GPU",
    "gpu_options.experimental.memory_limit_bytes": (
        "bytes of each visible GPU for this process; 0: by fraction; tfsession only"
    ),
    "graph_options.infer_shapes": "session.graph_def carries _output_shapes",
    "graph_options.place_pruned_graph": "places only what a step needs",
    "graph_options.optimizer_options.opt_level": (
        "L1: optimise; L0: only what the fields beside it ask for"
    ),
    "graph_options.optimizer_options.do_constant_folding": (
        "with L0: compute beforehand what depends on constants only"
    ),
    "graph_options.optimizer_options.do_common_subexpression_elimination": (
        "with L0: one op instead of several equal ones"
    ),
    "graph_options.optimizer_options.max_folded_constant_in_bytes": (
        "bytes of a folded constant at most; 0: 10 MiB"
    ),
    "experimental.session_metadata": "name and version, which no other open session may have",
    "experimental.session_metadata.name": "the name",
    "experimental.session_metadata.version": "the version, 0 or more",
    "experimental.optimize_for_static_graph": "the graph may not grow after the first run",
    "experimental.disable_optimize_for_static_graph": "undoes optimize_for_static_graph",
}

_REFUSED = {
    "gpu_options.experimental.use_unified_memory": (
        "memory that moves between GPU and host; a session with a GPU fails"
    ),
}

_WITHOUT_EFFECT = {
    "inter_op_parallelism_threads": "ops at the same time; 0: the system picks",
    "use_per_session_threads": "a pool of threads of the session's own",
    "session_inter_op_thread_pool": "pools that RunOptions.inter_op_thread_pool selects",
    "session_inter_op_thread_pool.num_threads": "threads of the pool; 0: the default",
    "session_inter_op_thread_pool.global_name": "sessions share the pool of this name",
    "placement_period": "steps between placements",
    "device_filters": 'remote sessions: only devices that match one of these, as "/job:ps"',
    "isolate_session_state": "remote sessions: variables of this session only",
    "share_cluster_devices_in_session": "remote sessions: all devices of the cluster",
    "gpu_options": "how the session uses GPUs",
    "gpu_options.deferred_deletion_bytes": "bytes to free at once; 0: the default",
    "gpu_options.polling_active_delay_usecs": "microseconds between polls of a busy GPU",
    "gpu_options.polling_inactive_delay_msecs": "milliseconds between polls of an idle GPU",
    "gpu_options.force_gpu_compatible": "host tensors of GPU ops in pinned memory",
    "gpu_options.experimental": "newer options",
    "gpu_options.experimental.virtual_devices.priority": "priority of each part's stream",
    "gpu_options.experimental.virtual_devices.device_ordinal": "number of each part",
    "gpu_options.experimental.num_dev_to_dev_copy_streams": "streams for copies between GPUs",
    "gpu_options.experimental.collective_ring_order": "GPUs of collective ops in ring order",
    "gpu_options.experimental.timestamped_allocator": "memory is reused by time of freeing",
    "gpu_options.experimental.kernel_tracker_max_interval": "kernels between two tracked ones",
    "gpu_options.experimental.kernel_tracker_max_bytes": "bytes between two tracked kernels",
    "gpu_options.experimental.kernel_tracker_max_pending": "tracked kernels under way at most",
    "gpu_options.experimental.num_virtual_devices_per_gpu": "equal parts of each GPU",
    "gpu_options.experimental.internal_fragmentation_fraction": "waste allowed in a block",
    "gpu_options.experimental.use_cuda_malloc_async": "the driver's own memory pool",
    "gpu_options.experimental.disallow_retry_on_allocation_failure": "fail at once when full",
    "gpu_options.experimental.gpu_host_mem_limit_in_mb": "MiB of pinned host memory at most",
    "gpu_options.experimental.gpu_host_mem_disallow_growth": "take pinned memory at once",
    "gpu_options.experimental.gpu_system_memory_size_in_mb": "MiB left to libraries",
    "gpu_options.experimental.populate_pjrt_gpu_client_creation_info": "settings of PJRT",
    "gpu_options.experimental.node_id": "number of the node, for PJRT",
    "gpu_options.experimental.stream_merge_options": "copies on the stream of kernels",
    "gpu_options.experimental.stream_merge_options.merge_host_to_device_stream": "to the GPU",
    "gpu_options.experimental.stream_merge_options.merge_device_to_host_stream": "to the host",
    "gpu_options.experimental.stream_merge_options.merge_device_to_device_stream": "between GPUs",
    "graph_options": "how the session treats its graph",
    "graph_options.enable_recv_scheduling": "delays transfers until they are needed",
    "graph_options.enable_bfloat16_sendrecv": "float32 travels between devices as bfloat16",
    "graph_options.timeline_step": "writes a timeline every so many steps",
    "graph_options.optimizer_options": "optimisations of the compiler",
    "graph_options.optimizer_options.do_function_inlining": "bodies of functions for their calls",
    "graph_options.optimizer_options.global_jit_level": "XLA",
    "graph_options.optimizer_options.cpu_global_jit": "XLA on the CPU",
    "graph_options.rewrite_options": "graph optimisers of TensorFlow (Grappler)",
    "graph_options.rewrite_options.layout_optimizer": "NHWC to NCHW where that is faster",
    "graph_options.rewrite_options.constant_folding": "computes constants beforehand",
    "graph_options.rewrite_options.shape_optimization": "simpler computations of shapes",
    "graph_options.rewrite_options.remapping": "one fused kernel instead of several",
    "graph_options.rewrite_options.arithmetic_optimization": "simpler arithmetic",
    "graph_options.rewrite_options.dependency_optimization": "fewer control edges",
    "graph_options.rewrite_options.loop_optimization": "loop-invariant ops leave loops",
    "graph_options.rewrite_options.function_optimization": "functions specialised and inlined",
    "graph_options.rewrite_options.debug_stripper": "removes Assert, Print and CheckNumerics",
    "graph_options.rewrite_options.disable_model_pruning": "keeps nodes that no fetch needs",
    "graph_options.rewrite_options.scoped_allocator_optimization": "one buffer for collectives",
    "graph_options.rewrite_options.pin_to_host_optimization": "small integer ops on the host",
    "graph_options.rewrite_options.implementation_selector": "functions chosen by device",
    "graph_options.rewrite_options.auto_mixed_precision": "float16 where it is safe",
    "graph_options.rewrite_options.disable_meta_optimizer": "no graph optimiser at all",
    "graph_options.rewrite_options.meta_optimizer_iterations": "rounds of the optimisers",
    "graph_options.rewrite_options.min_graph_nodes": "smaller graphs stay as they are",
    "graph_options.rewrite_options.memory_optimization": "swap or compute again to save memory",
    "graph_options.rewrite_options.memory_optimizer_target_node_name_scope": (
        "name scope of the nodes that may be computed again"
    ),
    "graph_options.rewrite_options.meta_optimizer_timeout_ms": "milliseconds for optimising",
    "graph_options.rewrite_options.auto_parallel": "copies of the graph on several GPUs",
    "graph_options.rewrite_options.auto_parallel.enable": "on or off",
    "graph_options.rewrite_options.auto_parallel.num_replicas": "number of copies",
    "graph_options.rewrite_options.fail_on_optimizer_errors": "an optimiser's error is the step's",
    "graph_options.rewrite_options.scoped_allocator_opts": "which ops share a buffer",
    "graph_options.rewrite_options.scoped_allocator_opts.enable_op": "types of these ops",
    "graph_options.rewrite_options.optimizers": "names of the optimisers to run, in order",
    "graph_options.rewrite_options.custom_optimizers": "optimisers of one's own",
    "graph_options.rewrite_options.inter_optimizer_verifier_config": "checks after each optimiser",
    "graph_options.rewrite_options.inter_optimizer_verifier_config.verification_timeout_in_ms": (
        "milliseconds for the checks"
    ),
    "graph_options.rewrite_options.inter_optimizer_verifier_config.structure_verifier": (
        "checks of the structure"
    ),
    "graph_options.rewrite_options.post_optimization_verifier_config": "checks after all of them",
    "graph_options.rewrite_options.post_optimization_verifier_config.verification_timeout_in_ms": (
        "milliseconds for the checks"
    ),
    "graph_options.rewrite_options.post_optimization_verifier_config.structure_verifier": (
        "checks of the structure"
    ),
    "graph_options.rewrite_options.cpu_layout_conversion": "layout of images on the CPU",
    "graph_options.rewrite_options.common_subgraph_elimination": "one op for several equal ones",
    "graph_options.rewrite_options.auto_mixed_precision_mkl": "bfloat16 with MKL",
    "graph_options.rewrite_options.auto_mixed_precision_onednn_bfloat16": "bfloat16 with oneDNN",
    "graph_options.rewrite_options.auto_mixed_precision_cpu": "half precision on the CPU",
    "graph_options.rewrite_options.disable_tfg_optimizer": "optimisers written in MLIR",
    "graph_options.rewrite_options.use_plugin_optimizers": "optimisers of plugins",
    "graph_options.rewrite_options.experimental_conditional_code_motion": "ops move out of ifs",
    "graph_options.rewrite_options.experimental_disable_compressed_tensor_optimization": (
        "constants stay as they are written"
    ),
    "graph_options.rewrite_options.experimental_disable_folding_quantization_emulation": (
        "emulated quantisation is not folded"
    ),
    "rpc_options": "remote sessions: the network",
    "rpc_options.use_rpc_for_inprocess_master": "call one's own process through the network",
    "rpc_options.compression_algorithm": '"deflate" or "gzip"; "": none',
    "rpc_options.compression_level": "0 to 3",
    "rpc_options.cache_rpc_response": "keeps answers until the caller has them",
    "rpc_options.disable_session_connection_sharing": "connections of this session only",
    "rpc_options.num_channels_per_target": "connections to each target",
    "cluster_def": "remote sessions: jobs and their tasks",
    "cluster_def.job": "a job, with its tasks",
    "cluster_def.job.name": "name of the job",
    "cluster_def.job.tasks": "number of the task to its address",
    "experimental": "newer options",
    "experimental.collective_group_leader": "the task that leads collective ops",
    "experimental.executor_type": '"", "DEFAULT" or "SINGLE_THREADED_EXECUTOR"',
    "experimental.recv_buf_max_chunk": "bytes of a piece of a transfer at most",
    "experimental.use_numa_affinity": "memory and threads next to each GPU",
    "experimental.collective_deterministic_sequential_execution": "collective ops in one order",
    "experimental.collective_nccl": "collective ops through NCCL",
    "experimental.share_session_state_in_clusterspec_propagation": "remote sessions",
    "experimental.disable_thread_spinning": "threads that wait sleep at once",
    "experimental.share_cluster_devices_in_session": "remote sessions: all devices",
    "experimental.enable_mlir_bridge": "XLA through MLIR",
    "experimental.mlir_bridge_rollout": "XLA through MLIR",
    "experimental.enable_mlir_graph_optimization": "optimisers written in MLIR",
    "experimental.disable_output_partition_graphs": "no RunOptions.output_partition_graphs",
    "experimental.xla_fusion_autotuner_thresh": "iterations of XLA's tuner",
    "experimental.use_tfrt": "another runtime",
    "experimental.enable_multi_host": "another runtime: several hosts",
    "experimental.tfrt_use_ifrt": "another runtime: IFRT",
    "experimental.backend_server_port": "another runtime: port of its server",
    "experimental.target_tpu": "another runtime: TPUs",
    "experimental.target_gpu": "another runtime: GPUs",
    "experimental.stream_merge_threshold": "another runtime: when streams join",
    "experimental.disable_functional_ops_lowering": "If and While stay functions",
    "experimental.xla_prefer_single_graph_cluster": "XLA: one cluster",
    "experimental.coordination_config": "remote sessions: coordination service",
    "experimental.coordination_config.service_type": "kind of service",
    "experimental.coordination_config.service_leader": "the task that runs it",
    "experimental.coordination_config.enable_health_check": "checks tasks at the start",
    "experimental.coordination_config.cluster_register_timeout_in_ms": "milliseconds to register",
    "experimental.coordination_config.cluster_register_with_barrier": "register all at once",
    "experimental.coordination_config.heartbeat_timeout_in_ms": "milliseconds without a sign",
    "experimental.coordination_config.coordinated_job_list": "jobs that take part",
    "experimental.coordination_config.coordinated_job_list.name": "name of the job",
    "experimental.coordination_config.coordinated_job_list.num_tasks": "number of its tasks",
    "experimental.coordination_config.shutdown_barrier_timeout_in_ms": "milliseconds to shut down",
    "experimental.coordination_config.agent_destruction_without_shutdown": "tasks just leave",
    "experimental.coordination_config.recoverable_jobs": "jobs that may come back",
    "experimental.coordination_config.allow_new_incarnation_to_reconnect": "tasks may come back",
    "experimental.coordination_config.force_disable": "no service",
    "experimental.coordination_config.poll_for_error_from_service_at_startup": "ask for errors",
    "experimental.disable_eager_executor_streaming_enqueue": "eager ops one by one",
    "experimental.finalize_function_library_runtime": "no functions after the start",
    "experimental.finalize_resource_manager": "no resources after the start",
    "experimental.tf2xla_dump_dir": "folder for dumps of XLA",
    "experimental.online_cost_analysis": "costs while it runs",
    "pluggable_device_options": "as gpu_options, for other kinds of devices",
}

FIELDS: dict[str, tuple[Status, str]] = {
    **{name: ("honoured", meaning) for name, meaning in _HONOURED.items()},
    **{name: ("refused", meaning) for name, meaning in _REFUSED.items()},
    **{name: ("no effect", meaning) for name, meaning in _WITHOUT_EFFECT.items()},
}

RUN_OPTIONS_FIELDS: dict[str, tuple[Status, str]] = {
    "trace_level": (
        "honoured",
        "all but NO_TRACE: RunMetadata.step_stats has the times of ops",
    ),
    "timeout_in_ms": ("honoured", "milliseconds that this run may take; 0: as the config says"),
    "output_partition_graphs": (
        "honoured",
        "RunMetadata.partition_graphs has the graph of each device as it ran",
    ),
    "report_tensor_allocations_upon_oom": (
        "honoured",
        "the error of memory that ran out lists all live tensors",
    ),
    "inter_op_thread_pool": (
        "no effect",
        "which pool of session_inter_op_thread_pool runs it; one that is not there is refused",
    ),
    "debug_options": ("no effect", "what TensorFlow's debugger watches"),
    "experimental": ("no effect", "newer options"),
    "experimental.collective_graph_key": ("no effect", "key of collective ops"),
    "experimental.use_run_handler_pool": ("no effect", "a pool of threads for small runs"),
    "experimental.run_handler_pool_options": ("no effect", "options of that pool"),
    "experimental.run_handler_pool_options.priority": ("no effect", "priority of this run in it"),
}


def explain_entry(name: str, key: str) -> tuple[Status, str] | None:
    """Returns the same for an entry of a map field, such as `device_count["CPU"]`."""
    if name == "device_count" and key not in ("CPU", "GPU"):
        return "no effect", 'no kind of device: the kinds are "CPU" and "GPU", in capitals'
    return explain_field(name)


def explain_field(name: str, message: str = "ConfigProto") -> tuple[Status, str] | None:
    """Returns what a session does with a field and what the field means.

    Args:
      name: dotted path in the message, without indices, such as `gpu_options.allow_growth`.
      message: `ConfigProto` or `RunOptions`.

    Returns:
      Status and meaning, or None where the field is a part of another one's value.
    """
    if message == "RunOptions":
        return RUN_OPTIONS_FIELDS.get(name)
    above, _, below = name.partition(".")
    if above == "pluggable_device_options" and below:
        found = FIELDS.get(f"gpu_options.{below}")
        return None if found is None else ("no effect", found[1])
    return FIELDS.get(name)
