"""`tf.contrib.opt`: further optimizers, and those of SciPy."""

from __future__ import annotations

from tfsession.contrib.adaptive_optimizers import (
    AdaMaxOptimizer as AdaMaxOptimizer,
    AddSignOptimizer as AddSignOptimizer,
    LazyAdamOptimizer as LazyAdamOptimizer,
    NadamOptimizer as NadamOptimizer,
    PowerSignOptimizer as PowerSignOptimizer,
)
from tfsession.contrib.external_optimizer import (
    ExternalOptimizerInterface as ExternalOptimizerInterface,
    ScipyOptimizerInterface as ScipyOptimizerInterface,
)
from tfsession.contrib.optimizer_wrappers import (
    MovingAverageOptimizer as MovingAverageOptimizer,
    MultitaskOptimizerWrapper as MultitaskOptimizerWrapper,
    VariableClippingOptimizer as VariableClippingOptimizer,
    clip_gradients_by_global_norm as clip_gradients_by_global_norm,
)
from tfsession.contrib.weight_decay import (
    AdamWOptimizer as AdamWOptimizer,
    DecoupledWeightDecayExtension as DecoupledWeightDecayExtension,
    MomentumWOptimizer as MomentumWOptimizer,
    extend_with_decoupled_weight_decay as extend_with_decoupled_weight_decay,
)
from tfsession.names import absent
from tfsession.names.paths import register

__all__ = [
    "AdaMaxOptimizer",
    "AdamWOptimizer",
    "AddSignOptimizer",
    "DecoupledWeightDecayExtension",
    "ExternalOptimizerInterface",
    "LazyAdamOptimizer",
    "MomentumWOptimizer",
    "MovingAverageOptimizer",
    "MultitaskOptimizerWrapper",
    "NadamOptimizer",
    "PowerSignOptimizer",
    "ScipyOptimizerInterface",
    "VariableClippingOptimizer",
    "clip_gradients_by_global_norm",
    "extend_with_decoupled_weight_decay",
]

absent.explain_in(__name__)

#: Below this module there is what it registers.
__path__: list[str] = []

register(
    __name__,
    {
        f"python.training.{path}": sources
        for path, sources in {
            "adamax": "contrib.adaptive_optimizers:AdaMaxOptimizer",
            "addsign": "contrib.adaptive_optimizers:AddSignOptimizer",
            "external_optimizer": "contrib.external_optimizer",
            "lazy_adam_optimizer": "contrib.adaptive_optimizers:LazyAdamOptimizer",
            "moving_average_optimizer": "contrib.optimizer_wrappers:MovingAverageOptimizer",
            "multitask_optimizer_wrapper": (
                "contrib.optimizer_wrappers:MultitaskOptimizerWrapper,clip_gradients_by_global_norm"
            ),
            "nadam_optimizer": "contrib.adaptive_optimizers:NadamOptimizer",
            "powersign": "contrib.adaptive_optimizers:PowerSignOptimizer",
            "variable_clipping_optimizer": "contrib.optimizer_wrappers:VariableClippingOptimizer",
            "weight_decay_optimizers": "contrib.weight_decay",
        }.items()
    },
)
