"""`tf.tpu`: what programs for TPUs ask for, on the local device: one shard, one replica."""

from tfsession.names.absent import explain_in as _explain_in
from tfsession.names.paths import register as _register
from tfsession.tpu.computations import (
    batch_parallel as batch_parallel,
    core as core,
    cross_replica_sum as cross_replica_sum,
    outside_compilation as outside_compilation,
    replicate as replicate,
    rewrite as rewrite,
    shard as shard,
)
from tfsession.tpu.optimizer import CrossShardOptimizer as CrossShardOptimizer
from tfsession.tpu.scopes import bfloat16_scope as bfloat16_scope

# Namespaces without a module of their own are known by their full name.
_register(__name__, {"experimental": ""})

_explain_in(__name__)
