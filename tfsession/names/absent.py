"""What namespaces list, and say of names that TensorFlow 1.15 has and tfsession lacks.

A plain AttributeError would let people think that they have misspelt them.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from tfsession.names import late, old
from tfsession.version import RELEASE

# Module of tfsession, "" for itself -> names that TensorFlow has there. Names that have come here
# since do no harm: only what is looked for in vain is looked up.
_NAMES: dict[str, str] = {
    "": (
        "CriticalSection FixedLengthRecordReader "
        "GradientTape LMDBReader Module OptionalSpec QUANTIZED_DTYPES RaggedTensor "
        "RaggedTensorSpec SparseFeature SparseTensorSpec "
        "TensorArraySpec TensorSpec TypeSpec argsort audio autograph betainc config "
        "contrib data dequantize distribute distributions edit_distance enable_control_flow_v2 "
        "enable_eager_execution enable_tensor_equality enable_v2_behavior enable_v2_tensorshape "
        "estimator experimental extract_volume_patches fake_quant_with_min_max_args "
        "fake_quant_with_min_max_args_gradient fake_quant_with_min_max_vars "
        "fake_quant_with_min_max_vars_gradient fake_quant_with_min_max_vars_per_channel "
        "fake_quant_with_min_max_vars_per_channel_gradient feature_column fft fft2d fft3d "
        "fingerprint function get_logger grad_pass_through ifft ifft2d ifft3d igamma igammac keras "
        "layers lite load_file_system_library load_library load_op_library losses matrix_solve_ls "
        "matrix_square_root metrics mixed_precision nondifferentiable_batch_function "
        "numpy_function print profiler py_func py_function quantization quantize "
        "quantize_v2 quantized_concat ragged random_poisson recompute_grad resource_loader "
        "sets signal sort sparse_matmul spectral switch_case sysconfig "
        "timestamp tpu types user_ops vectorized_map wrap_function xla"
    ),
    "compat": "forward_compatibility_horizon v2",
    "contrib": (
        "all_reduce autograph batching bayesflow bigtable boosted_trees checkpoint cloud "
        "cluster_resolver coder compiler constrained_optimization copy_graph cudnn_rnn data "
        "decision_trees deprecated distribute distributions eager estimator factorization "
        "feature_column ffmpeg framework fused_conv gan graph_editor grid_rnn hadoop hooks hvx "
        "image input_pipeline integrate kafka keras kernel_methods labeled_tensor layers learn "
        "libsvm linalg linear_optimizer lite lookup losses metrics mixed_precision "
        "model_pruning mpi_collectives nccl nearest_neighbor nn opt optimizer_v2 periodic_resample "
        "predictor proto quantization quantize receptive_field recurrent reduce_slice_ops "
        "remote_fused_graph resampler rpc saved_model session_bundle signal slim "
        "solvers sparsemax specs staging stat_summarizer stateless summary tensor_forest "
        "tensorboard tensorrt testing text tfprof timeseries tpu training util"
    ),
    "debugging": "assert_shapes disable_check_numerics enable_check_numerics experimental",
    "image": (
        "adjust_jpeg_quality combined_non_max_suppression crop_and_resize decode_and_crop_jpeg "
        "decode_bmp decode_gif decode_image decode_jpeg decode_png draw_bounding_boxes encode_jpeg "
        "encode_png extract_glimpse extract_jpeg_shape extract_patches image_gradients is_jpeg "
        "non_max_suppression non_max_suppression_overlaps non_max_suppression_padded "
        "non_max_suppression_with_scores psnr random_crop random_jpeg_quality "
        "resize_image_with_pad rgb_to_yiq rgb_to_yuv sample_distorted_bounding_box sobel_edges "
        "ssim ssim_multiscale yiq_to_rgb yuv_to_rgb"
    ),
    "io": (
        "PaddingFIFOQueue PriorityQueue QueueBase RandomShuffleQueue decode_and_crop_jpeg "
        "decode_bmp decode_compressed decode_gif decode_image decode_jpeg decode_png decode_proto "
        "deserialize_many_sparse encode_jpeg encode_png encode_proto extract_jpeg_shape gfile "
        "is_jpeg serialize_many_sparse serialize_sparse"
    ),
    "linalg": (
        "LinearOperator LinearOperatorAdjoint LinearOperatorBlockDiag LinearOperatorCirculant "
        "LinearOperatorCirculant2D LinearOperatorCirculant3D LinearOperatorComposition "
        "LinearOperatorDiag LinearOperatorFullMatrix LinearOperatorHouseholder "
        "LinearOperatorIdentity LinearOperatorInversion LinearOperatorKronecker "
        "LinearOperatorLowRankUpdate LinearOperatorLowerTriangular LinearOperatorPermutation "
        "LinearOperatorScaledIdentity LinearOperatorToeplitz LinearOperatorTridiag "
        "LinearOperatorZeros experimental expm global_norm logm lstsq lu lu_matrix_inverse "
        "lu_reconstruct lu_solve matrix_rank matvec normalize pinv sqrtm tridiagonal_matmul "
        "tridiagonal_solve"
    ),
    "lookup": "experimental",
    "math": (
        "bessel_i0 bessel_i0e bessel_i1 bessel_i1e betainc cumulative_logsumexp divide_no_nan "
        "igamma igammac nextafter reciprocal_no_nan xlog1py"
    ),
    "nn": (
        "all_candidate_sampler collapse_repeated compute_accidental_hits "
        "compute_average_loss conv1d_transpose conv_transpose ctc_beam_search_decoder "
        "ctc_beam_search_decoder_v2 ctc_greedy_decoder ctc_loss ctc_loss_v2 ctc_unique_labels "
        "depthwise_conv2d_native_backprop_filter depthwise_conv2d_native_backprop_input dilation2d "
        "erosion2d fixed_unigram_candidate_sampler fractional_avg_pool "
        "fractional_max_pool learned_unigram_candidate_sampler log_uniform_candidate_sampler "
        "nce_loss quantized_avg_pool quantized_conv2d quantized_max_pool quantized_relu_x "
        "sampled_softmax_loss scale_regularization_loss "
        "swish uniform_candidate_sampler with_space_to_batch"
    ),
    "random": (
        "Generator all_candidate_sampler create_rng_state experimental "
        "fixed_unigram_candidate_sampler get_global_generator get_seed "
        "learned_unigram_candidate_sampler log_uniform_candidate_sampler poisson "
        "set_global_generator stateless_categorical stateless_multinomial stateless_normal "
        "stateless_truncated_normal stateless_uniform uniform_candidate_sampler"
    ),
    "sparse": "cross cross_hashed",
    "strings": (
        "bytes_split ngrams unicode_decode unicode_decode_with_offsets unicode_encode "
        "unicode_script unicode_split unicode_split_with_offsets unicode_transcode"
    ),
    "summary": "initialize",
    "test": "StubOutForTesting benchmark_config create_local_cluster test_src_dir_path",
    "train": (
        "AdagradDAOptimizer ClusterSpec ProximalAdagradOptimizer "
        "ProximalGradientDescentOptimizer Server SyncReplicasOptimizer VocabInfo "
        "do_quantize_training_on_graphdef experimental "
        "noisy_linear_cosine_decay replica_device_setter sdca_fprint sdca_optimizer "
        "sdca_shrink_l1 warm_start"
    ),
}

# From which likeness on another name may be what was meant.
_NEAR = 0.8


# Where TensorFlow keeps what is not public: who knows which of its modules there were.
_INNER = {"core", "python"}


def hint(module: str, name: str, known: Iterable[str]) -> str:
    """What an error says behind "there is no such name": where it comes from, or what is near.

    Args:
      module: the full name of the module that lacks the name, such as "tfsession.train".
      name: what was looked for.
      known: the names that are there.

    Returns:
      A text that begins with a separator, or nothing where there is nothing to say.
    """
    path = module.removeprefix("tfsession").removeprefix(".")
    within = f"tf.{path}" if path else "tf"
    if name in _NAMES.get(path, "").split():
        release = ".".join(RELEASE.split(".")[:2])
        return (
            f"; {within}.{name} is TensorFlow's, but not part of tfsession {release} yet; "
            "README lists what is"
        )
    if became := old.became(module, name):
        return f"; {within}.{name} is a name of TensorFlow before 1.0, and is {became} today"
    near = difflib.get_close_matches(name, known, n=1, cutoff=_NEAR)
    if near:
        return f"; {within}.{near[0]} is there"
    if path.partition(".")[0] in _INNER:
        return "; of TensorFlow's inner modules tfsession has those that programs use most"
    return ""


def error(module: str, name: str) -> AttributeError:
    """The error of a module that has no such name."""
    text = f"module {module!r} has no attribute {name!r}"
    if not name.startswith("_"):
        text += hint(module, name, _listed(module))
    return AttributeError(text)


def _listed(module: str) -> list[str]:
    return [name for name in dir(sys.modules.get(module)) if not name.startswith("_")]


def explain_in(module: str) -> None:
    """Lets a namespace list its public names alone, and say `error` of the names that it lacks.

    Public is what its `__all__` has; without one, all that it imports but for modules. What `late`
    has for the namespace is public too. Its `__getattr__` is set from here: type checkers take a
    module that defines one for a module that has every name.

    Args:
      module: the full name of the namespace, which is imported or is being imported.
    """
    own = vars(sys.modules[module])

    def getattr_of_module(name: str) -> Any:
        try:
            return late.load(module, name)
        except LookupError:
            raise error(module, name) from None

    def dir_of_module() -> list[str]:
        return sorted({*_public(own), *late.names_of(module), *(n for n in own if n[:2] == "__")})

    own.setdefault("__getattr__", getattr_of_module)
    own["__dir__"] = dir_of_module


def _public(own: dict[str, Any]) -> list[str]:
    listed: list[str] | None = own.get("__all__")
    if listed is not None:
        return listed
    return [n for n, x in own.items() if n[0] != "_" and not isinstance(x, ModuleType)]


def is_only_asked_for() -> bool:
    """Whether the finder that calls this answers importlib.util.find_spec, and not an import.

    Programs ask in this way whether there is a module; an error is no answer to them.
    """
    # Above this function: the finder, and the loop over all finders.
    return sys._getframe(3).f_globals.get("__name__") == "importlib.util"


class AbsentFinder:
    """Says of ``from tf.contrib import rnn`` what `error` says of ``tf.contrib.rnn``.

    Python asks finders for a submodule before it gives up on a name of a package.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Returns None, as of modules that this finder knows nothing about.

        Raises:
          ModuleNotFoundError: it is imported, and TensorFlow's or near one that is there; under
            TensorFlow's name, because Python drops the error of the very module that it asks for.
        """
        above, _, last = fullname.rpartition(".")
        is_ours = above.partition(".")[0] == "tfsession"
        text = hint(above, last, _listed(above)) if is_ours else ""
        if text and not is_only_asked_for():
            name = "tensorflow" + fullname.removeprefix("tfsession")
            raise ModuleNotFoundError(f"No module named {fullname!r}{text}", name=name)
        return None
