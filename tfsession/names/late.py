"""Names that load with their first use: families that few programs use take no time at import."""

from __future__ import annotations

import importlib
import sys
from typing import Any

_SAMPLERS = (
    "all_candidate_sampler fixed_unigram_candidate_sampler learned_unigram_candidate_sampler "
    "log_uniform_candidate_sampler uniform_candidate_sampler"
)

# Module of tfsession, "" for itself -> module that has names of its -> these names. A module may
# itself be what is offered under its name.
_FILES = (
    "decode_and_crop_jpeg decode_bmp decode_gif decode_image decode_jpeg decode_png encode_jpeg "
    "encode_png extract_jpeg_shape is_jpeg"
)
NAMES: dict[str, dict[str, str]] = {
    "": {
        "data.structure": "SparseTensorSpec TensorSpec",
        "ops.accumulators": (
            "ConditionalAccumulator ConditionalAccumulatorBase SparseConditionalAccumulator"
        ),
        "ops.compression": "decode_compressed",
        "ops.edit_distance": "edit_distance",
        "ops.incomplete": "betainc igamma igammac",
        "ops.matrix_functions": "matrix_solve_ls matrix_square_root",
        "ops.printing": "print",
        "ops.script": "numpy_function py_func",
        "ops.sorting": "argsort sort",
        "ops.spectral": "fft fft2d fft3d ifft ifft2d ifft3d",
        "run.py_function": "py_function",
        "sysconfig.libraries": "load_library load_op_library",
    },
    # `tf.dtypes` is also where programs find the functions that convert.
    "dtypes": {"ops.math": "cast complex saturate_cast", "ops.strings": "as_string"},
    "image": {
        "ops.boxes": (
            "combined_non_max_suppression crop_and_resize draw_bounding_boxes extract_glimpse "
            "non_max_suppression non_max_suppression_overlaps non_max_suppression_padded "
            "non_max_suppression_with_scores sample_distorted_bounding_box"
        ),
        "ops.image_files": f"{_FILES} adjust_jpeg_quality random_jpeg_quality",
        "ops.image_quality": (
            "extract_patches image_gradients psnr resize_image_with_pad rgb_to_yiq rgb_to_yuv "
            "sobel_edges ssim ssim_multiscale yiq_to_rgb yuv_to_rgb"
        ),
        "ops.random": "random_crop",
    },
    "io": {
        "io.gfile": "gfile",
        "ops.compression": "decode_compressed",
        "ops.image_files": _FILES,
    },
    "linalg": {
        "linear_operators": (
            "LinearOperator LinearOperatorAdjoint LinearOperatorBlockDiag LinearOperatorCirculant "
            "LinearOperatorCirculant2D LinearOperatorCirculant3D LinearOperatorComposition "
            "LinearOperatorDiag LinearOperatorFullMatrix LinearOperatorHouseholder "
            "LinearOperatorIdentity LinearOperatorInversion LinearOperatorKronecker "
            "LinearOperatorLowRankUpdate LinearOperatorLowerTriangular "
            "LinearOperatorScaledIdentity LinearOperatorToeplitz LinearOperatorZeros"
        ),
        "ops.matrix_functions": (
            "expm logm lstsq lu matrix_rank matvec normalize pinv sqrtm tridiagonal_matmul "
            "tridiagonal_solve"
        ),
    },
    "math": {
        "ops.bessel": "bessel_i0 bessel_i0e bessel_i1 bessel_i1e",
        "ops.incomplete": "betainc igamma igammac",
    },
    "nn": {
        "ops.average_loss": "compute_average_loss scale_regularization_loss",
        "ops.candidates": f"{_SAMPLERS} compute_accidental_hits",
        "ops.ctc": (
            "collapse_repeated ctc_beam_search_decoder ctc_beam_search_decoder_v2 "
            "ctc_greedy_decoder ctc_loss ctc_loss_v2 ctc_unique_labels"
        ),
        "ops.fractional_pooling": "fractional_avg_pool fractional_max_pool",
        "ops.morphology": "dilation2d erosion2d",
        "ops.space_to_batch": "with_space_to_batch",
        "rnn.dynamic": "bidirectional_dynamic_rnn dynamic_rnn raw_rnn",
        "rnn.rnn_cell": "rnn_cell",
        "rnn.unroll": "static_bidirectional_rnn static_rnn static_state_saving_rnn",
        "variables.sampled_losses": "nce_loss sampled_softmax_loss",
    },
    "random": {"ops.candidates": _SAMPLERS},
    "sparse": {"ops.accumulators": "SparseConditionalAccumulator"},
    "train": {
        "formats.checkpoint": "NewCheckpointReader",
        "formats.events": "summary_iterator",
        "train.checkpoint": "Checkpoint CheckpointManager",
        "train.checkpoint_state": (
            "checkpoint_exists generate_checkpoint_state_proto get_checkpoint_mtimes "
            "get_checkpoint_state latest_checkpoint remove_checkpoint update_checkpoint_state"
        ),
        "train.checkpoint_values": (
            "checkpoints_iterator init_from_checkpoint list_variables load_checkpoint load_variable"
        ),
        "train.cluster_spec": "ClusterSpec",
        "train.hooks": (
            "FeedFnHook FinalOpsHook GlobalStepWaiterHook LoggingTensorHook "
            "NanLossDuringTrainingError NanTensorHook StopAtStepHook"
        ),
        "train.monitored_session": (
            "ChiefSessionCreator MonitoredSession MonitoredTrainingSession SessionCreator "
            "SingularMonitoredSession WorkerSessionCreator"
        ),
        "train.proximal": (
            "AdagradDAOptimizer ProximalAdagradOptimizer ProximalGradientDescentOptimizer"
        ),
        "train.saver": "Saver export_meta_graph import_meta_graph",
        "train.saving_hooks": (
            "CheckpointSaverHook CheckpointSaverListener ProfilerHook StepCounterHook "
            "SummarySaverHook"
        ),
        "train.scaffold": "Scaffold",
        "train.session_manager": "SessionManager",
        "train.session_run_hook": (
            "SessionRunArgs SessionRunContext SessionRunHook SessionRunValues"
        ),
        "train.step_timer": "SecondOrStepTimer",
        "train.supervisor": "Supervisor basic_train_loop",
        "train.warm_starting": "VocabInfo warm_start",
    },
}

# Module of tfsession -> the modules below it that it offers late.
MODULES: dict[str, str] = {
    "contrib": (
        "cluster_resolver crf data estimator framework layers learn legacy_seq2seq lookup losses "
        "metrics opt rnn seq2seq signal slim staging tensorboard tpu training util"
        "crf data distributions estimator framework layers learn legacy_seq2seq lookup losses "
        "metrics opt rnn seq2seq signal slim staging tensorboard training util"
    ),
}


def names_of(module: str) -> list[str]:
    """What a module of tfsession, given by its full name, offers late."""
    names = [*_sources(module).values(), MODULES.get(_path(module), "")]
    return " ".join(names).split()


def load(module: str, name: str) -> Any:
    """The thing that a module offers late under a name, which it has from now on.

    Raises:
      LookupError: it offers no such name.
    """
    for source, names in _sources(module).items():
        if name in names.split():
            there = importlib.import_module(f"tfsession.{source}")
            found = getattr(there, name, there)
            setattr(sys.modules[module], name, found)
            return found
    if name in MODULES.get(_path(module), "").split():
        return importlib.import_module(f"{module}.{name}")
    raise LookupError(name)


def _path(module: str) -> str:
    return module.removeprefix("tfsession").removeprefix(".")


def _sources(module: str) -> dict[str, str]:
    return NAMES.get(_path(module), {})
