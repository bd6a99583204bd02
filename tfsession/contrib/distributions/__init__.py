"""`tf.contrib.distributions`: what is in `tf.distributions`, and much more."""

from tfsession.contrib.distributions import bijectors as bijectors
from tfsession.contrib.distributions.mixtures import (
    Independent as Independent,
    Mixture as Mixture,
    MixtureSameFamily as MixtureSameFamily,
)
from tfsession.contrib.distributions.multivariate import (
    MultivariateNormalDiag as MultivariateNormalDiag,
    MultivariateNormalDiagPlusLowRank as MultivariateNormalDiagPlusLowRank,
    MultivariateNormalDiagWithSoftplusScale as MultivariateNormalDiagWithSoftplusScale,
    MultivariateNormalFullCovariance as MultivariateNormalFullCovariance,
    MultivariateNormalTriL as MultivariateNormalTriL,
    VectorExponentialDiag as VectorExponentialDiag,
    VectorLaplaceDiag as VectorLaplaceDiag,
)
from tfsession.contrib.distributions.relaxed import (
    ExpRelaxedOneHotCategorical as ExpRelaxedOneHotCategorical,
    OneHotCategorical as OneHotCategorical,
    RelaxedBernoulli as RelaxedBernoulli,
    RelaxedOneHotCategorical as RelaxedOneHotCategorical,
)
from tfsession.contrib.distributions.scalars import *
from tfsession.contrib.distributions.transformed import (
    ConditionalDistribution as ConditionalDistribution,
    ConditionalTransformedDistribution as ConditionalTransformedDistribution,
    TransformedDistribution as TransformedDistribution,
)
from tfsession.distributions import (
    FULLY_REPARAMETERIZED as FULLY_REPARAMETERIZED,
    NOT_REPARAMETERIZED as NOT_REPARAMETERIZED,
    Bernoulli as Bernoulli,
    Beta as Beta,
    Categorical as Categorical,
    Dirichlet as Dirichlet,
    DirichletMultinomial as DirichletMultinomial,
    Distribution as Distribution,
    Exponential as Exponential,
    Gamma as Gamma,
    Laplace as Laplace,
    Multinomial as Multinomial,
    Normal as Normal,
    RegisterKL as RegisterKL,
    ReparameterizationType as ReparameterizationType,
    StudentT as StudentT,
    Uniform as Uniform,
    kl_divergence as kl_divergence,
)
from tfsession.distributions.tensors import softplus_inverse as softplus_inverse
from tfsession.names.absent import explain_in as _explain_in
from tfsession.names.paths import register as _register

# Scripts also import functions from the files in which TensorFlow defines them.
_register(
    __name__,
    {
        "python.ops.bijectors": "contrib.distributions.bijectors",
        "python.ops.conditional_distribution": (
            "contrib.distributions.transformed:ConditionalDistribution"
        ),
        "python.ops.conditional_transformed_distribution": (
            "contrib.distributions.transformed:ConditionalTransformedDistribution"
        ),
        "python.ops.independent": "contrib.distributions.mixtures:Independent",
        "python.ops.mixture": "contrib.distributions.mixtures:Mixture",
        "python.ops.mvn_diag": "contrib.distributions.multivariate:MultivariateNormalDiag",
        "python.ops.mvn_linear_operator": (
            "contrib.distributions.multivariate:MultivariateNormalLinearOperator"
        ),
        "python.ops.mvn_tril": "contrib.distributions.multivariate:MultivariateNormalTriL",
        "python.ops.onehot_categorical": "contrib.distributions.relaxed:OneHotCategorical",
        "python.ops.relaxed_bernoulli": "contrib.distributions.relaxed:RelaxedBernoulli",
        "python.ops.relaxed_onehot_categorical": "contrib.distributions.relaxed",
        "python.ops.bijectors.conditional_bijector": (
            "contrib.distributions.bijectors:ConditionalBijector"
        ),
    },
)

_explain_in(__name__)
