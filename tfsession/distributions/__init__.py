"""`tf.distributions`: distributions to sample from, with probabilities, moments and divergences."""

from tfsession.distributions.discrete import (
    Bernoulli as Bernoulli,
    Categorical as Categorical,
    DirichletMultinomial as DirichletMultinomial,
    Multinomial as Multinomial,
)
from tfsession.distributions.distribution import (
    FULLY_REPARAMETERIZED as FULLY_REPARAMETERIZED,
    NOT_REPARAMETERIZED as NOT_REPARAMETERIZED,
    Distribution as Distribution,
    ReparameterizationType as ReparameterizationType,
)
from tfsession.distributions.divergence import (
    RegisterKL as RegisterKL,
    kl_divergence as kl_divergence,
)
from tfsession.distributions.gamma import (
    Beta as Beta,
    Dirichlet as Dirichlet,
    Exponential as Exponential,
    Gamma as Gamma,
)
from tfsession.distributions.location_scale import (
    Laplace as Laplace,
    Normal as Normal,
    StudentT as StudentT,
    Uniform as Uniform,
)
from tfsession.names.absent import explain_in as _explain_in

_explain_in(__name__)
