"""`tf.estimator`: models that train, evaluate, predict and export themselves."""

from tfsession.estimator import inputs as inputs
from tfsession.estimator.estimator import (
    Estimator as Estimator,
    WarmStartSettings as WarmStartSettings,
)
from tfsession.estimator.exporters import (
    BestExporter as BestExporter,
    Exporter as Exporter,
    FinalExporter as FinalExporter,
    LatestExporter as LatestExporter,
)
from tfsession.estimator.mode_keys import ModeKeys as ModeKeys
from tfsession.estimator.model_fn import EstimatorSpec as EstimatorSpec
from tfsession.estimator.run_config import RunConfig as RunConfig
from tfsession.estimator.training import (
    EvalSpec as EvalSpec,
    TrainSpec as TrainSpec,
    train_and_evaluate as train_and_evaluate,
)
from tfsession.names.absent import explain_in as _explain_in
from tfsession.names.paths import register as _register
from tfsession.train.hooks import (
    FeedFnHook as FeedFnHook,
    FinalOpsHook as FinalOpsHook,
    GlobalStepWaiterHook as GlobalStepWaiterHook,
    LoggingTensorHook as LoggingTensorHook,
    NanLossDuringTrainingError as NanLossDuringTrainingError,
    NanTensorHook as NanTensorHook,
    StopAtStepHook as StopAtStepHook,
)
from tfsession.train.saving_hooks import (
    CheckpointSaverHook as CheckpointSaverHook,
    CheckpointSaverListener as CheckpointSaverListener,
    ProfilerHook as ProfilerHook,
    StepCounterHook as StepCounterHook,
    SummarySaverHook as SummarySaverHook,
)
from tfsession.train.session_run_hook import (
    SessionRunArgs as SessionRunArgs,
    SessionRunContext as SessionRunContext,
    SessionRunHook as SessionRunHook,
    SessionRunValues as SessionRunValues,
)
from tfsession.train.step_timer import SecondOrStepTimer as SecondOrStepTimer
from tfsession.train.warm_starting import VocabInfo as VocabInfo

# Namespaces that have no module of their own here.
_register(
    __name__,
    {
        "tpu": (
            "estimator.tpu_config:InputPipelineConfig,RunConfig,TPUConfig"
            " estimator.tpu_estimator:TPUEstimator estimator.tpu_spec:TPUEstimatorSpec"
        ),
        "experimental": "estimator.receivers:build_raw_supervised_input_receiver_fn",
        "export": (
            "estimator.export_outputs:ClassificationOutput,ExportOutput,PredictOutput"
            ",RegressionOutput estimator.receivers:ServingInputReceiver,TensorServingInputReceiver"
            ",build_parsing_serving_input_receiver_fn,build_raw_serving_input_receiver_fn"
        ),
    },
)

_explain_in(__name__)
