"""TensorFlow's module paths: `from tfsession.python.client import timeline` and its like.

Scripts reach below `tensorflow.python` for what has no public name, and for much that has one. Each
path is a line of the table below: the names that it offers come from modules of this package. The
modules are made when this one is imported, and look a name up when it is first used.
"""

from __future__ import annotations

from tfsession.names.paths import register

# Path -> where its names come from, first come first served, as `register` reads it.
PATHS: dict[str, str] = {
    # ---- client ----
    "client.session": (
        "run.session:BaseSession,Session,_DeviceAttributes run.interactive:InteractiveSession"
        " graph.default_session:get_default_session"
        " run.fetches:register_session_run_conversion_functions"
    ),
    "client.timeline": "report.timeline",
    "client.device_lib": "python.local_devices:list_local_devices",
    # ---- framework ----
    "framework.common_shapes": "ops.array:broadcast_shape=broadcast_static_shape",
    "framework.config": "tf:config",
    "framework.constant_op": "ops.array:constant",
    "framework.composite_tensor": "graph.composites:is_sparse",
    "framework.device": "device_spec:DeviceSpec,canonical_name,merge_device",
    # The reference types have no public name, and ops on reference variables give them.
    "framework.dtypes": (
        "dtypes dtypes:bfloat16_ref,bool_ref,complex128_ref,complex64_ref,double_ref"
        ",float16_ref,float32_ref,float64_ref,half_ref,int16_ref"
        ",int32_ref,int64_ref,int8_ref,qint16_ref,qint32_ref"
        ",qint8_ref,quint16_ref,quint8_ref,resource_ref,string_ref"
        ",uint16_ref,uint32_ref,uint64_ref,uint8_ref,variant_ref"
    ),
    "framework.errors": "errors errors:InaccessibleTensorError,OperatorNotAllowedInGraphError",
    "framework.errors_impl": "errors errors:InaccessibleTensorError,OperatorNotAllowedInGraphError",
    "framework.function": "autodiff.functions:Defun,_DefinedFunction",
    "framework.graph_io": "graph.graph_def:write_graph",
    "framework.graph_util": "graph_util",
    "framework.graph_util_impl": "graph_util",
    "framework.importer": "graph.importer:import_graph_def",
    "framework.indexed_slices": "graph.composites:IndexedSlices,IndexedSlicesValue",
    "framework.ops": (
        "graph.proto_functions:register_proto_function "
        "graph.graph:Graph,_default_graph_stack=default_graphs graph.operation:Operation,Tensor"
        " graph.scopes:GraphKeys,name_scope,op_scope,init_scope,device,container"
        ",control_dependencies,get_default_graph,reset_default_graph,add_to_collection"
        ",add_to_collections,get_collection,get_collection_ref,get_all_collection_keys"
        ",_get_graph_from_inputs=graph_of"
        ",strip_name_scope,prepend_name_scope ops.control:colocate_with"
        " python.internals:name_from_scope_name,uid"
        ",inside_function,has_default_graph,executing_eagerly_outside_functions=executing_eagerly"
        " graph.default_session:get_default_session,_default_session_stack=default_sessions"
        " graph.build:convert_to_tensor,internal_convert_to_tensor=convert_to_tensor"
        ",convert_n_to_tensor,register_tensor_conversion_function"
        " graph.composites:IndexedSlices,IndexedSlicesValue,convert_to_tensor_or_indexed_slices"
        ",convert_n_to_tensor_or_indexed_slices"
        " autodiff.gradients:RegisterGradient,NotDifferentiable,NoGradient=NotDifferentiable"
        ",get_gradient_function"
    ),
    "framework.meta_graph": "graph.meta_graph",
    "framework.op_def_registry": "python.internals:get_registered_ops",
    "framework.random_seed": "ops.random:get_seed graph.scopes:set_random_seed",
    "framework.sparse_tensor": (
        "graph.composites:SparseTensor,SparseTensorValue,convert_to_tensor_or_sparse_tensor,is_sparse"
    ),
    "framework.tensor_shape": (
        "shapes:Dimension,TensorShape,as_dimension,as_shape,unknown_shape,scalar,vector,matrix"
        ",dimension_value,dimension_at_index"
    ),
    "framework.tensor_util": (
        "formats.tensor_proto:make_tensor_proto,MakeNdarray"
        " graph.static_values:constant_value=public_constant_value"
        ",constant_value_as_shape=public_constant_value_as_shape"
        " variables.variable:is_tensor python.internals:ShapeEquals"
    ),
    "framework.test_util": (
        "testing.graph_modes test:TensorFlowTestCase=TestCase,assert_equal_graph_def"
        ",gpu_device_name,is_gpu_available,IsBuiltWithROCm=is_built_with_rocm,IsGoogleCudaEnabled"
        "=is_gpu_available,CudaSupportsHalfMatMulAndConv=is_gpu_available"
        ",GpuSupportsHalfMatMulAndConv=is_gpu_available"
    ),
    "framework.tensor_spec": "tf:TensorSpec",
    "framework.versions": (
        "version tf:__version__ version:__git_version__=GIT_VERSION"
        ",__compiler_version__=COMPILER_VERSION"
    ),
    # ---- ops ----
    "ops.array_ops": (
        "ops.array ops.rearrange ops.indexing ops.partition ops.array:prevent_gradient"
        " tf:edit_distance,dequantize,quantize,fake_quant_with_min_max_args"
        ",fake_quant_with_min_max_vars,dynamic_partition,dynamic_stitch,extract_image_patches"
    ),
    "ops.bitwise_ops": "bitwise",
    "ops.candidate_sampling_ops": "ops.candidates",
    "ops.check_ops": (
        "tf:assert_equal,assert_none_equal,assert_greater,assert_greater_equal,assert_less"
        ",assert_less_equal,assert_integer,assert_near,assert_negative,assert_non_negative"
        ",assert_non_positive,assert_positive,assert_proper_iterable,assert_rank"
        ",assert_rank_at_least,assert_rank_in,assert_same_float_dtype,assert_scalar,assert_type"
        ",ensure_shape,is_non_decreasing,is_numeric_tensor,is_strictly_increasing"
    ),
    "ops.clip_ops": "ops.clip",
    "ops.cond_v2": "tf:cond",
    "ops.confusion_matrix": "ops.confusion",
    "ops.control_flow_ops": (
        "ops.composite_flow:switch,merge,exit,_Enter=enter,_NextIteration=next_iteration"
        ",_Identity=identity ops.control ops.control_flow"
        " control_flow.primitives:_SwitchRefOrTensor=switch_ref_or_tensor tf:py_func"
    ),
    "ops.control_flow_util": "python.internals:ENABLE_CONTROL_FLOW_V2",
    "ops.control_flow_v2_toggles": "python.internals:control_flow_v2_enabled=enabled",
    "ops.ctc_ops": "ops.ctc",
    "ops.custom_gradient": "autodiff.functions:custom_gradient",
    "ops.data_flow_ops": (
        "ops.queue tf:dynamic_partition,dynamic_stitch,ConditionalAccumulator"
        ",SparseConditionalAccumulator,QueueBase,FIFOQueue,PaddingFIFOQueue,PriorityQueue"
        ",RandomShuffleQueue"
    ),
    "ops.distributions.bernoulli": "distributions:Bernoulli",
    "ops.distributions.beta": "distributions:Beta",
    "ops.distributions.categorical": "distributions:Categorical",
    "ops.distributions.dirichlet": "distributions:Dirichlet",
    "ops.distributions.dirichlet_multinomial": "distributions:DirichletMultinomial",
    "ops.distributions.distribution": (
        "distributions:Distribution,ReparameterizationType,FULLY_REPARAMETERIZED,NOT_REPARAMETERIZED"
    ),
    "ops.distributions.distributions": "distributions",
    "ops.distributions.exponential": "distributions:Exponential",
    "ops.distributions.gamma": "distributions:Gamma",
    "ops.distributions.kullback_leibler": "distributions:RegisterKL,kl_divergence",
    "ops.distributions.laplace": "distributions:Laplace",
    "ops.distributions.multinomial": "distributions:Multinomial",
    "ops.distributions.normal": "distributions:Normal",
    "ops.distributions.special_math": (
        "distributions.normal_functions:ndtr,ndtri,log_ndtr,log_cdf_laplace"
    ),
    "ops.distributions.student_t": "distributions:StudentT",
    "ops.distributions.uniform": "distributions:Uniform",
    "ops.distributions.util": "distributions.tensors:gen_new_seed,softplus_inverse",
    "ops.embedding_ops": "variables.embedding",
    "ops.functional_ops": "tf:foldl,foldr,map_fn,scan",
    "ops.gradient_checker": "test:compute_gradient,compute_gradient_error",
    "ops.gradients": "autodiff.gradients tf:gradients,hessians,AggregationMethod",
    "ops.gradients_impl": "autodiff.gradients tf:gradients,hessians,AggregationMethod",
    "ops.gradients_util": "autodiff.gradients",
    "ops.histogram_ops": "ops.binning",
    "ops.image_ops": "image",
    "ops.image_ops_impl": "image",
    "ops.init_ops": (
        "ops.initializers initializers ops.initializers:Initializer,identity_initializer"
    ),
    "ops.io_ops": "ops.io tf:read_file,write_file,matching_files",
    "ops.linalg.linear_operator": "linear_operators:LinearOperator",
    "ops.linalg.linear_operator_diag": "linear_operators:LinearOperatorDiag",
    "ops.linalg.linear_operator_full_matrix": "linear_operators:LinearOperatorFullMatrix",
    "ops.linalg.linear_operator_identity": (
        "linear_operators:LinearOperatorIdentity,LinearOperatorScaledIdentity"
    ),
    "ops.linalg.linear_operator_lower_triangular": (
        "linear_operators:LinearOperatorLowerTriangular"
    ),
    "ops.linalg_ops": "linalg tf:norm,svd,qr,cholesky,self_adjoint_eig",
    "ops.logging_ops": (
        "tf:Print,print ops.summary:audio_summary,histogram_summary,image_summary"
        ",merge_all_summaries,merge_summary,scalar_summary,get_summary_op=merge_all_summaries"
    ),
    "ops.lookup_ops": "ops.lookup",
    "ops.manip_ops": "manip",
    "ops.map_fn": "tf:map_fn",
    "ops.math_ops": (
        "ops.math ops.contraction ops.reduction ops.special"
        " tf:matmul,einsum,tensordot,mul=multiply,sub=subtract,neg=negative,cross,bincount"
        ",cumsum,cumprod math:multiply_no_nan,polyval,reduce_euclidean_norm,reduce_std"
        ",reduce_variance,xdivy,xlogy"
    ),
    "ops.metrics": "metrics",
    "ops.metrics_impl": "metrics metrics.state:metric_variable",
    "ops.nn": "nn ops.nn:bias_add_v1,dropout_v2",
    "ops.nn_impl": "nn",
    "ops.nn_ops": "nn ops.nn:bias_add_v1,dropout_v2",
    "ops.numerics": "tf:add_check_numerics_ops,verify_tensor_all_finite",
    "ops.parsing_ops": (
        "tf:parse_example,parse_single_example,parse_tensor,decode_raw,decode_csv"
        ",FixedLenFeature,VarLenFeature,FixedLenSequenceFeature,SparseFeature"
    ),
    "ops.partitioned_variables": (
        "tf:fixed_size_partitioner,variable_axis_size_partitioner,min_max_variable_partitioner"
        ",create_partitioned_variables"
    ),
    "ops.random_ops": "ops.random random:categorical",
    "ops.resource_variable_ops": (
        "variables.resource:ResourceVariable,is_resource_variable"
        " python.internals:_to_proto_fn,_from_proto_fn"
    ),
    "ops.rnn": (
        "rnn.dynamic:dynamic_rnn,bidirectional_dynamic_rnn,raw_rnn"
        ",_transpose_batch_time=transpose_batch_time"
        " rnn.unroll:static_rnn,static_state_saving_rnn,static_bidirectional_rnn"
        " rnn.states:_best_effort_input_batch_size=batch_size_of,_infer_state_dtype=state_dtype"
    ),
    "ops.rnn_cell": "rnn.rnn_cell",
    "ops.rnn_cell_impl": (
        "rnn.rnn_cell rnn.cell:LayerRNNCell"
        " rnn.linear:_BIAS_VARIABLE_NAME=BIAS,_WEIGHTS_VARIABLE_NAME=KERNEL"
        " rnn.states:assert_like_rnncell=check_cell,_zero_state_tensors=zero_state_of"
    ),
    "ops.script_ops": "tf:py_func,numpy_function,py_func_common=py_func,eager_py_func=py_function",
    "ops.session_ops": "ops.session_ops run.handles",
    "ops.sparse_ops": "sparse ops.sparse ops.serialization",
    "ops.special_math_ops": "ops.special tf:einsum",
    "ops.sort_ops": "tf:sort,argsort",
    "ops.state_ops": "ops.state",
    "ops.standard_ops": (
        "tf ops.array:prevent_gradient ops.initializers:Initializer,identity_initializer"
        " math:multiply_no_nan,polyval,reduce_euclidean_norm,reduce_std,reduce_variance,xdivy,xlogy"
        " random:categorical"
    ),
    "ops.string_ops": "strings",
    "ops.template": "variables.template",
    "ops.tensor_array_ops": "tf:TensorArray",
    "ops.variable_scope": "variables.scope variables.scope:_get_default_variable_store=_store",
    "ops.variables": (
        "variables.variable variables.collections variables.variable:VariableV1=Variable"
        " variables.partitions:PartitionedVariable"
    ),
    "ops.losses.losses": "losses",
    "ops.losses.losses_impl": "losses",
    "ops.losses.util": (
        "losses:add_loss,get_losses,get_regularization_loss,get_regularization_losses"
        ",get_total_loss"
    ),
    "ops.sets": "sets",
    "ops.sets_impl": "sets",
    "ops.weights_broadcast_ops": "ops.weights",
    "ops.summary_op_util": "ops.summary:summary_scope",
    "ops.while_v2": "tf:while_loop",
    "ops.stateless_random_ops": "random",
    "ops.signal.fft_ops": "ops.spectral",
    "ops.spectral_ops": "tf:fft,fft2d,fft3d,ifft,ifft2d,ifft3d",
    # ---- layers ----
    "layers.base": "layers.base:Layer,InputSpec,keras_style_scope,set_keras_style",
    "layers.convolutional": (
        "layers.convolutional layers.convolutional:Convolution1D=Conv1D,Convolution2D=Conv2D"
        ",Convolution3D=Conv3D,Deconvolution2D=Conv2DTranspose,Deconv2D=Conv2DTranspose"
        ",Deconvolution3D=Conv3DTranspose,Deconv3D=Conv3DTranspose"
        ",SeparableConvolution2D=SeparableConv2D,convolution1d=conv1d,convolution2d=conv2d"
        ",convolution3d=conv3d,separable_convolution2d=separable_conv2d"
        ",deconvolution2d=conv2d_transpose,deconv2d=conv2d_transpose"
        ",deconvolution3d=conv3d_transpose,deconv3d=conv3d_transpose"
    ),
    "layers.core": (
        "layers.core layers.core:FullyConnected=Dense,fully_connected=dense layers.base:InputSpec"
    ),
    "layers.layers": "layers",
    "layers.normalization": (
        "layers.normalization layers.normalization:BatchNorm=BatchNormalization"
        ",batch_norm=batch_normalization"
    ),
    "layers.pooling": (
        "layers.pooling layers.pooling:MaxPool1D=MaxPooling1D,MaxPool2D=MaxPooling2D"
        ",MaxPool3D=MaxPooling3D,AvgPool1D=AveragePooling1D,AvgPool2D=AveragePooling2D"
        ",AvgPool3D=AveragePooling3D,max_pool2d=max_pooling2d,avg_pool2d=average_pooling2d"
    ),
    "layers.utils": (
        "layers.arguments:convert_data_format=op_format,normalize_data_format=data_format"
        ",normalize_padding=padding,normalize_tuple=sizes,conv_output_length=output_size"
        ",deconv_output_length=input_size"
        " ops.control_flow:smart_cond,constant_value=smart_constant_value"
    ),
    # ---- keras ----
    "keras": "keras",
    "keras.activations": "keras.activations",
    "keras.backend": "keras.backend",
    "keras.callbacks": "keras.callbacks",
    "keras.constraints": "keras.constraints",
    "keras.datasets": "keras.datasets",
    "keras.engine.base_layer": "keras.layers:Layer,InputSpec",
    "keras.engine.input_layer": "keras.layers:Input,InputLayer",
    "keras.engine.input_spec": "keras.layers:InputSpec",
    "keras.engine.network": "keras.engine.network",
    "keras.engine.sequential": "keras:Sequential",
    "keras.engine.training": "keras:Model",
    "keras.initializers": "keras.initializers",
    "keras.layers": "keras.layers",
    "keras.layers.advanced_activations": "keras.layers.activations",
    "keras.layers.convolutional": "keras.layers.convolutional keras.layers.resizing keras.layers",
    "keras.layers.core": "keras.layers.core",
    "keras.layers.embeddings": "keras.layers.embeddings",
    "keras.layers.merge": "keras.layers.merge",
    "keras.layers.noise": "keras.layers.noise",
    "keras.layers.normalization": "keras.layers.normalization",
    "keras.layers.pooling": "keras.layers.pooling keras.layers",
    "keras.layers.recurrent": "keras.layers.recurrent keras.layers.cells",
    "keras.layers.wrappers": "keras.layers.wrappers",
    "keras.losses": "keras.losses",
    "keras.metrics": "keras.metrics",
    "keras.models": "keras.models",
    "keras.optimizer_v2.adam": "keras.optimizers:Adam",
    "keras.optimizer_v2.gradient_descent": "keras.optimizers:SGD",
    "keras.optimizer_v2.optimizer_v2": "keras.optimizers:OptimizerV2=Optimizer",
    "keras.optimizer_v2.rmsprop": "keras.optimizers:RMSprop",
    "keras.optimizers": "keras.optimizers",
    "keras.preprocessing": "keras.preprocessing",
    "keras.preprocessing.image": "keras.preprocessing.image",
    "keras.preprocessing.sequence": "keras.preprocessing.sequence",
    "keras.preprocessing.text": "keras.preprocessing.text",
    "keras.regularizers": "keras.regularizers",
    "keras.utils": "keras.utils",
    "keras.utils.conv_utils": (
        "layers.arguments:normalize_tuple=sizes,normalize_padding=padding"
        ",normalize_data_format=data_format,conv_output_length=output_size"
    ),
    "keras.utils.data_utils": "keras.utils",
    "keras.utils.generic_utils": "keras.utils layers.abstract:to_snake_case=snake_case",
    "keras.utils.np_utils": "keras.utils",
    # ---- eager, platform, util, lib ----
    "compat.compat": "python.internals:forward_compatible,forward_compatibility_horizon",
    "eager.backprop": "tf:GradientTape",
    "eager.context": (
        "python.internals:executing_eagerly,graph_mode,num_gpus,GRAPH_MODE,EAGER_MODE"
    ),
    "eager.def_function": "tf:function",
    "eager.function": "tf:function",
    "lib.io.file_io": (
        "gfile:FileIO=GFile,FileStatistics,file_exists=Exists,is_directory=IsDirectory"
        ",create_dir=MkDir,recursive_create_dir=MakeDirs,list_directory=ListDirectory"
        ",get_matching_files=Glob,delete_file=Remove,delete_recursively=DeleteRecursively"
        ",copy=Copy,rename=Rename,stat=Stat,walk=Walk"
        " python.internals:read_file_to_string,write_string_to_file"
    ),
    "lib.io.python_io": "python_io",
    "lib.io.tf_record": "python_io",
    "platform.app": "app",
    "platform.flags": "flags",
    "platform.gfile": "gfile",
    "platform.googletest": "test:main,mock,TestCase,Benchmark,GetTempDir=get_temp_dir",
    "platform.test": "test",
    "platform.tf_logging": "logging logging:get_logger",
    "util.compat": "compat",
    "util.deprecation": "python.internals:deprecated,silence",
    "util.nest": (
        "nest nest:assert_shallow_structure,flatten_dict_items,flatten_up_to"
        ",flatten_with_joined_string_paths,flatten_with_tuple_paths,is_sequence"
        ",is_sequence_or_composite,map_structure_up_to"
        ",map_structure_with_paths,map_structure_with_tuple_paths"
    ),
    "util.tf_contextlib": "python.internals:contextmanager",
    "tf2": "python.internals:enabled",
    # ---- estimator ----
    "estimator.estimator": "estimator.estimator",
    "estimator.estimator_lib": "estimator",
    "estimator.export.export": "estimator.receivers",
    "estimator.export.export_lib": "estimator.export_outputs estimator.receivers",
    "estimator.export.export_output": "estimator.export_outputs",
    "estimator.exporter": "estimator.exporters",
    "estimator.inputs.inputs": "estimator.inputs",
    "estimator.inputs.numpy_io": "estimator.inputs:numpy_input_fn",
    "estimator.inputs.pandas_io": "estimator.inputs:pandas_input_fn",
    "estimator.model_fn": "estimator.model_fn",
    "estimator.run_config": "estimator.run_config",
    "estimator.training": "estimator.training",
    # ---- summary ----
    "summary.summary": "summary",
    "summary.summary_iterator": "train:summary_iterator",
    "summary.writer.event_file_writer": "train.file_writer:EventFileWriter",
    "summary.writer.writer": "train.file_writer:FileWriter",
    "summary.writer.writer_cache": "train.file_writer:FileWriterCache",
    # ---- training ----
    "training.adadelta": "train",
    "training.adagrad": "train",
    "training.adagrad_da": "train",
    "training.adam": "train",
    "training.basic_session_run_hooks": "train",
    "training.checkpoint_management": "train.checkpoint_state train",
    "training.checkpoint_utils": "train.checkpoint_values train",
    "training.coordinator": "train",
    "training.device_setter": "train",
    "training.evaluation": (
        "train.evaluation train.evaluation:_StopAfterNEvalsHook=StopAfterNEvalsHook"
        ",_evaluate_once=evaluate_once,_get_or_create_eval_step=get_or_create_eval_step"
    ),
    "training.ftrl": "train",
    "training.gradient_descent": "train",
    "training.input": "train",
    "training.learning_rate_decay": "train",
    "training.momentum": "train",
    "training.monitored_session": "train train.monitored_session:USE_DEFAULT",
    "training.moving_averages": "train.moving_averages",
    "training.optimizer": "train.optimizer",
    "training.proximal_adagrad": "train",
    "training.proximal_gradient_descent": "train",
    "training.queue_runner": "train",
    "training.queue_runner_impl": "train",
    "training.rmsprop": "train",
    "training.saver": "train.saver train.checkpoint_state train",
    "training.saving.saveable_object": "train.saveables:SaveSpec,SaveableObject",
    "training.server_lib": "train",
    "training.session_manager": "train",
    "training.session_run_hook": "train",
    "training.slot_creator": "train.slots",
    "training.summary_io": (
        "train.file_writer:SummaryWriter=FileWriter,SummaryWriterCache=FileWriterCache"
        " train:summary_iterator"
    ),
    "training.supervisor": "train",
    "training.training": "train",
    "training.training_util": "train",
    "training.warm_starting_util": "train.warm_starting:VocabInfo,warm_start",
    # ---- saved_model ----
    "saved_model.builder": "saved_model.builder",
    "saved_model.builder_impl": "saved_model.builder",
    "saved_model.constants": "saved_model.constants",
    "saved_model.loader": "saved_model.loader",
    "saved_model.loader_impl": "saved_model.loader",
    "saved_model.main_op": "saved_model.main_op",
    "saved_model.main_op_impl": "saved_model.main_op",
    "saved_model.saved_model": "saved_model",
    "saved_model.signature_constants": "saved_model.signature_constants",
    "saved_model.signature_def_utils": "saved_model.signature_def_utils",
    "saved_model.signature_def_utils_impl": "saved_model.signature_def_utils",
    "saved_model.simple_save": "saved_model.builder:simple_save",
    "saved_model.tag_constants": "saved_model.tag_constants",
    "saved_model.utils": "saved_model.utils",
    "saved_model.utils_impl": "saved_model.utils",
    # Files of earlier runs are read and written through this one.
    "pywrap_tensorflow": "train tf:OpError formats.events:EventsWriter",
}
# Functions of the generated modules take inputs, then attributes, by position or name. The modules
# above them offer them, too.
for _family in (
    "array audio bitwise candidate_sampling control_flow ctc data_flow functional image io"
    " linalg logging lookup math nn parsing random resource_variable script sparse spectral"
    " state string training"
).split():
    PATHS[f"ops.gen_{_family}_ops"] = "python.generated"
    PATHS[f"ops.{_family}_ops"] = f"{PATHS.get(f'ops.{_family}_ops', '')} python.generated".strip()
# Modules that scripts import for the gradients that these register in TensorFlow.
PATHS.update(
    (f"ops.{family}_grad", "autodiff.gradients")
    for family in (
        "array control_flow cudnn_rnn data_flow image linalg logging lookup manip math nn optional"
        " random sparse spectral state tensor_array"
    ).split()
)

register(__name__, PATHS)
