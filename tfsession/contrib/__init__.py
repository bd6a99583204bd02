"""`tf.contrib`: of what TensorFlow 1 kept there, the parts that are here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfsession.contrib import memory_stats
from tfsession.names import absent
from tfsession.names.paths import register

# Type checkers do not see what loads late.
if TYPE_CHECKING:
    from tfsession.contrib import (
        cluster_resolver as cluster_resolver,
        data as data,
        distributions as distributions,
        estimator as estimator,
        framework as framework,
        layers as layers,
        learn as learn,
        lookup as lookup,
        losses as losses,
        metrics as metrics,
        opt as opt,
        signal as signal,
        slim as slim,
        staging as staging,
        tensorboard as tensorboard,
        tpu as tpu,
        training as training,
        util as util,
    )

absent.explain_in(__name__)

# Scripts also import functions from the files in which TensorFlow defines them.
register(
    "tfsession.contrib.memory_stats",
    {"python.ops.memory_stats_ops": "contrib.memory_stats:BytesInUse,BytesLimit,MaxBytesInUse"},
)

__all__ = [
    "cluster_resolver",
    "data",
    "distributions",
    "estimator",
    "framework",
    "layers",
    "learn",
    "lookup",
    "losses",
    "memory_stats",
    "metrics",
    "opt",
    "signal",
    "slim",
    "staging",
    "tensorboard",
    "tpu",
    "training",
    "util",
]
