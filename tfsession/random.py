"""`tf.random`."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from tfsession.graph.scopes import set_random_seed
from tfsession.names.absent import explain_in as _explain_in
from tfsession.ops.random import (
    categorical,
    multinomial,
    random_gamma as gamma,
    random_normal as normal,
    random_shuffle as shuffle,
    random_uniform as uniform,
    truncated_normal,
)

# Type checkers do not see what loads late.
if _TYPE_CHECKING:
    from tfsession.ops.candidates import (
        all_candidate_sampler as all_candidate_sampler,
        fixed_unigram_candidate_sampler as fixed_unigram_candidate_sampler,
        learned_unigram_candidate_sampler as learned_unigram_candidate_sampler,
        log_uniform_candidate_sampler as log_uniform_candidate_sampler,
        uniform_candidate_sampler as uniform_candidate_sampler,
    )

_explain_in(__name__)

__all__ = [
    "categorical",
    "gamma",
    "multinomial",
    "normal",
    "set_random_seed",
    "shuffle",
    "truncated_normal",
    "uniform",
]
