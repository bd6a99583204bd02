"""`tf.contrib.training`: hyperparameters, buckets, and training steps."""

from tfsession.contrib.training.buckets import (
    bucket as bucket,
    bucket_by_sequence_length as bucket_by_sequence_length,
)
from tfsession.contrib.training.hyperparameters import (
    HParams as HParams,
    parse_values as parse_values,
)
from tfsession.contrib.training.steps import (
    add_gradients_summaries as add_gradients_summaries,
    clip_gradient_norms as clip_gradient_norms,
    create_train_op as create_train_op,
    multiply_gradients as multiply_gradients,
)
from tfsession.names.absent import explain_in as _explain_in
from tfsession.names.paths import register as _register
from tfsession.train.checkpoint_values import checkpoints_iterator as checkpoints_iterator
from tfsession.train.evaluation import (
    StopAfterNEvalsHook as StopAfterNEvalsHook,
    SummaryAtEndHook as SummaryAtEndHook,
    evaluate_once as evaluate_once,
    evaluate_repeatedly as evaluate_repeatedly,
    get_or_create_eval_step as get_or_create_eval_step,
)

# Scripts also import from the files in which TensorFlow defines these.
_register(
    __name__,
    {
        "python.training.bucket_ops": "contrib.training.buckets",
        "python.training.evaluation": "contrib.training",
        "python.training.hparam": "contrib.training.hyperparameters",
        "python.training.training": "contrib.training",
    },
)

_explain_in(__name__)
