"""`tf.train`: what users add to a graph to train it."""

import typing as _typing

from tfsession import protos as _protos
from tfsession.graph.graph_def import write_graph
from tfsession.names import absent as _absent, late as _late, old as _old
from tfsession.train.adagrad import AdadeltaOptimizer, AdagradOptimizer, FtrlOptimizer
from tfsession.train.adam import AdamOptimizer
from tfsession.train.batches import (
    batch,
    batch_join,
    maybe_batch,
    maybe_batch_join,
    maybe_shuffle_batch,
    maybe_shuffle_batch_join,
    shuffle_batch,
    shuffle_batch_join,
)
from tfsession.train.coordinator import Coordinator, LooperThread
from tfsession.train.gradient_descent import GradientDescentOptimizer
from tfsession.train.learning_rate_decay import (
    cosine_decay,
    cosine_decay_restarts,
    exponential_decay,
    inverse_time_decay,
    linear_cosine_decay,
    natural_exp_decay,
    noisy_linear_cosine_decay,
    piecewise_constant,
    piecewise_constant_decay,
    polynomial_decay,
)
from tfsession.train.momentum import MomentumOptimizer
from tfsession.train.moving_averages import ExponentialMovingAverage
from tfsession.train.optimizer import Optimizer
from tfsession.train.producers import (
    input_producer,
    limit_epochs,
    match_filenames_once,
    range_input_producer,
    slice_input_producer,
    string_input_producer,
)
from tfsession.train.queue_runner import QueueRunner, add_queue_runner, start_queue_runners
from tfsession.train.rmsprop import RMSPropOptimizer
from tfsession.train.training_step import (
    assert_global_step,
    create_global_step,
    get_global_step,
    get_or_create_global_step,
    global_step,
)

__all__ = [
    "AdadeltaOptimizer",
    "AdagradDAOptimizer",
    "AdagradOptimizer",
    "AdamOptimizer",
    "BytesList",
    "Checkpoint",
    "CheckpointManager",
    "CheckpointSaverHook",
    "CheckpointSaverListener",
    "ChiefSessionCreator",
    "ClusterDef",
    "Coordinator",
    "Example",
    "ExponentialMovingAverage",
    "Feature",
    "FeatureList",
    "FeatureLists",
    "Features",
    "FeedFnHook",
    "FinalOpsHook",
    "FloatList",
    "FtrlOptimizer",
    "GlobalStepWaiterHook",
    "GradientDescentOptimizer",
    "Int64List",
    "JobDef",
    "LoggingTensorHook",
    "LooperThread",
    "MomentumOptimizer",
    "MonitoredSession",
    "MonitoredTrainingSession",
    "NanLossDuringTrainingError",
    "NanTensorHook",
    "NewCheckpointReader",
    "Optimizer",
    "ProfilerHook",
    "ProximalAdagradOptimizer",
    "ProximalGradientDescentOptimizer",
    "QueueRunner",
    "RMSPropOptimizer",
    "Saver",
    "SaverDef",
    "Scaffold",
    "SecondOrStepTimer",
    "SequenceExample",
    "ServerDef",
    "SessionCreator",
    "SessionManager",
    "SessionRunArgs",
    "SessionRunContext",
    "SessionRunHook",
    "SessionRunValues",
    "SingularMonitoredSession",
    "StepCounterHook",
    "StopAtStepHook",
    "SummarySaverHook",
    "Supervisor",
    "VocabInfo",
    "WorkerSessionCreator",
    "add_queue_runner",
    "assert_global_step",
    "basic_train_loop",
    "batch",
    "batch_join",
    "checkpoint_exists",
    "checkpoints_iterator",
    "cosine_decay",
    "cosine_decay_restarts",
    "create_global_step",
    "exponential_decay",
    "export_meta_graph",
    "generate_checkpoint_state_proto",
    "get_checkpoint_mtimes",
    "get_checkpoint_state",
    "get_global_step",
    "get_or_create_global_step",
    "global_step",
    "import_meta_graph",
    "init_from_checkpoint",
    "input_producer",
    "inverse_time_decay",
    "latest_checkpoint",
    "limit_epochs",
    "linear_cosine_decay",
    "list_variables",
    "load_checkpoint",
    "load_variable",
    "match_filenames_once",
    "maybe_batch",
    "maybe_batch_join",
    "maybe_shuffle_batch",
    "maybe_shuffle_batch_join",
    "natural_exp_decay",
    "noisy_linear_cosine_decay",
    "piecewise_constant",
    "piecewise_constant_decay",
    "polynomial_decay",
    "range_input_producer",
    "remove_checkpoint",
    "shuffle_batch",
    "shuffle_batch_join",
    "slice_input_producer",
    "start_queue_runners",
    "string_input_producer",
    "summary_iterator",
    "update_checkpoint_state",
    "warm_start",
    "write_graph",
]

# Messages load with their first use.
_MESSAGES = frozenset(
    (
        "BytesList ClusterDef Example Feature FeatureList FeatureLists Features FloatList "
        "Int64List JobDef SaverDef SequenceExample ServerDef"
    ).split()
)


# Type checkers take a module with a `__getattr__` for one that has every name.
if _typing.TYPE_CHECKING:
    from tfsession.formats.checkpoint import NewCheckpointReader as NewCheckpointReader
    from tfsession.formats.events import summary_iterator as summary_iterator
    from tfsession.protos import (
        BytesList as BytesList,
        ClusterDef as ClusterDef,
        Example as Example,
        Feature as Feature,
        FeatureList as FeatureList,
        FeatureLists as FeatureLists,
        Features as Features,
        FloatList as FloatList,
        Int64List as Int64List,
        JobDef as JobDef,
        SaverDef as SaverDef,
        SequenceExample as SequenceExample,
        ServerDef as ServerDef,
    )
    from tfsession.train.checkpoint import (
        Checkpoint as Checkpoint,
        CheckpointManager as CheckpointManager,
    )
    from tfsession.train.checkpoint_state import (
        checkpoint_exists as checkpoint_exists,
        generate_checkpoint_state_proto as generate_checkpoint_state_proto,
        get_checkpoint_mtimes as get_checkpoint_mtimes,
        get_checkpoint_state as get_checkpoint_state,
        latest_checkpoint as latest_checkpoint,
        remove_checkpoint as remove_checkpoint,
        update_checkpoint_state as update_checkpoint_state,
    )
    from tfsession.train.checkpoint_values import (
        checkpoints_iterator as checkpoints_iterator,
        init_from_checkpoint as init_from_checkpoint,
        list_variables as list_variables,
        load_checkpoint as load_checkpoint,
        load_variable as load_variable,
    )
    from tfsession.train.cluster_spec import ClusterSpec as ClusterSpec
    from tfsession.train.hooks import (
        FeedFnHook as FeedFnHook,
        FinalOpsHook as FinalOpsHook,
        GlobalStepWaiterHook as GlobalStepWaiterHook,
        LoggingTensorHook as LoggingTensorHook,
        NanLossDuringTrainingError as NanLossDuringTrainingError,
        NanTensorHook as NanTensorHook,
        StopAtStepHook as StopAtStepHook,
    )
    from tfsession.train.monitored_session import (
        ChiefSessionCreator as ChiefSessionCreator,
        MonitoredSession as MonitoredSession,
        MonitoredTrainingSession as MonitoredTrainingSession,
        SessionCreator as SessionCreator,
        SingularMonitoredSession as SingularMonitoredSession,
        WorkerSessionCreator as WorkerSessionCreator,
    )
    from tfsession.train.proximal import (
        AdagradDAOptimizer as AdagradDAOptimizer,
        ProximalAdagradOptimizer as ProximalAdagradOptimizer,
        ProximalGradientDescentOptimizer as ProximalGradientDescentOptimizer,
    )
    from tfsession.train.saver import (
        Saver as Saver,
        export_meta_graph as export_meta_graph,
        import_meta_graph as import_meta_graph,
    )
    from tfsession.train.saving_hooks import (
        CheckpointSaverHook as CheckpointSaverHook,
        CheckpointSaverListener as CheckpointSaverListener,
        ProfilerHook as ProfilerHook,
        StepCounterHook as StepCounterHook,
        SummarySaverHook as SummarySaverHook,
    )
    from tfsession.train.scaffold import (
        Scaffold as Scaffold,
    )
    from tfsession.train.session_manager import (
        SessionManager as SessionManager,
    )
    from tfsession.train.session_run_hook import (
        SessionRunArgs as SessionRunArgs,
        SessionRunContext as SessionRunContext,
        SessionRunHook as SessionRunHook,
        SessionRunValues as SessionRunValues,
    )
    from tfsession.train.step_timer import (
        SecondOrStepTimer as SecondOrStepTimer,
    )
    from tfsession.train.supervisor import (
        Supervisor as Supervisor,
        basic_train_loop as basic_train_loop,
    )
    from tfsession.train.warm_starting import (
        VocabInfo as VocabInfo,
        warm_start as warm_start,
    )
else:

    def __getattr__(name):
        if name in _MESSAGES:
            message = globals()[name] = getattr(_protos, name)
            return message
        if name in _late.names_of(__name__):
            return _late.load(__name__, name)
        if (old := _old.find(__name__, name)) is not None:
            return old
        raise _absent.error(__name__, name)


_absent.explain_in(__name__)
_absent.explain_in(f"{__name__}.queue_runner")
