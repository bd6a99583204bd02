"""`tf.contrib.tpu`: programs for TPUs on the local device."""

from tfsession.estimator.tpu_config import (
    InputPipelineConfig as InputPipelineConfig,
    RunConfig as RunConfig,
    TPUConfig as TPUConfig,
)
from tfsession.estimator.tpu_estimator import (
    TPUEstimator as TPUEstimator,
    export_estimator_savedmodel as export_estimator_savedmodel,
)
from tfsession.estimator.tpu_spec import TPUEstimatorSpec as TPUEstimatorSpec
from tfsession.names.absent import explain_in as _explain_in
from tfsession.names.paths import register as _register
from tfsession.tpu.computations import (
    batch_parallel as batch_parallel,
    core as core,
    cross_replica_sum as cross_replica_sum,
    outside_compilation as outside_compilation,
    repeat as repeat,
    replicate as replicate,
    rewrite as rewrite,
    shard as shard,
    while_loop as while_loop,
)
from tfsession.tpu.optimizer import CrossShardOptimizer as CrossShardOptimizer
from tfsession.tpu.scopes import bfloat16_scope as bfloat16_scope
from tfsession.train.saving_hooks import CheckpointSaverHook as AsyncCheckpointSaverHook

__all__ = [
    "AsyncCheckpointSaverHook",
    "CrossShardOptimizer",
    "InputPipelineConfig",
    "RunConfig",
    "TPUConfig",
    "TPUEstimator",
    "TPUEstimatorSpec",
    "batch_parallel",
    "bfloat16_scope",
    "core",
    "cross_replica_sum",
    "export_estimator_savedmodel",
    "outside_compilation",
    "repeat",
    "replicate",
    "rewrite",
    "shard",
    "while_loop",
]

# Scripts also import from the files in which TensorFlow defines these.
_register(
    __name__,
    {
        "python.tpu.bfloat16": "tpu.scopes",
        "python.tpu.error_handling": "estimator.tpu_estimator:ErrorRendezvous",
        "python.tpu.tpu": "tpu.computations",
        "python.tpu.tpu_config": "estimator.tpu_config:InputPipelineConfig,RunConfig,TPUConfig",
        "python.tpu.tpu_estimator": (
            "estimator.tpu_estimator:TPUEstimator,ExamplesPerSecondHook"
            " estimator.tpu_spec:TPUEstimatorSpec"
            " estimator.tpu_config:InputPipelineConfig,RunConfig,TPUConfig"
        ),
        "python.tpu.tpu_optimizer": "tpu.optimizer",
        "python.tpu.training_loop": "tpu.computations:repeat,while_loop",
        "python.tpu.util": "estimator.tpu_config:check_positive_integer",
    },
)

_explain_in(__name__)
