"""`tf.contrib.distributions`."""

from __future__ import annotations

from typing import Any

from tests.results.distributions import described

TAILS = {"cdf", "log_cdf", "survival_function", "log_survival_function"}
MOMENTS = {"mean", "variance", "stddev", "mode", "entropy", "covariance"}


def vectors(tf: Any) -> Any:
    return tf.constant([[0.1, -3.0], [0.5, 1.0]])


def matrix(tf: Any) -> Any:
    return tf.constant([[[1.0, 0.0], [0.5, 2.0]], [[2.0, 0.0], [-1.0, 1.5]]])


def contrib(tf: Any) -> Any:
    return tf.contrib.distributions


def both_ways(tf: Any, bijector: Any, x: Any, event_ndims: int = 0) -> Any:
    """All that a bijector makes of events."""
    y = tf.identity(bijector.forward(x))
    more = bijector.inverse_min_event_ndims - bijector.forward_min_event_ndims
    made = [
        y,
        bijector.inverse(y),
        bijector.forward_log_det_jacobian(x, event_ndims),
        bijector.inverse_log_det_jacobian(y, event_ndims + more),
        bijector.forward_log_det_jacobian(x, event_ndims + 1),
        tf.constant([bijector.forward_min_event_ndims, bijector.inverse_min_event_ndims]),
        tf.constant(bijector.name),
        tf.constant(str(bijector.forward_event_shape(x.shape))),
        tf.constant(str(bijector.inverse_event_shape(y.shape))),
    ]
    loss = tf.reduce_sum(made[0]) + tf.reduce_sum(made[3])
    gradient = tf.gradients(loss, x)[0]
    return made + ([] if gradient is None else [gradient])


def bijectors(tf: Any) -> Any:
    made = contrib(tf).bijectors
    x = tf.constant([[0.3, 1.2, 0.7], [0.1, 0.4, 2.0]])
    return [
        both_ways(tf, bijector, x, bijector.forward_min_event_ndims)
        for bijector in (
            made.Identity(),
            made.Exp(),
            made.PowerTransform(0.5),
            made.Sigmoid(),
            made.Softplus(),
            made.Softplus(hinge_softness=0.5),
            made.Softsign(),
            made.Square(),
            made.Gumbel(0.5, 2.0),
            made.SinhArcsinh(0.5, 2.0),
            made.AffineScalar(0.5, [2.0, 3.0, 4.0]),
            made.Affine(shift=[1.0, 2.0, 3.0], scale_diag=[2.0, 3.0, 4.0]),
            made.Affine(scale_tril=[[2.0, 0.0, 0.0], [1.0, 3.0, 0.0], [0.5, 1.0, 1.0]]),
            made.Affine(scale_identity_multiplier=2.0, shift=[1.0, 2.0, 3.0]),
            made.Invert(made.Exp()),
            made.Chain([made.Exp(), made.AffineScalar(0.5, 2.0)]),
            made.Chain([made.Softplus(), made.Affine(scale_diag=[2.0, 3.0, 4.0])]),
            made.Permute([2, 0, 1]),
            made.SoftmaxCentered(),
            made.RealNVP(
                1, lambda x, count: (tf.tile(x, [1, count]), 0.5 * tf.tile(x, [1, count]))
            ),
        )
    ]


def reshaped(tf: Any) -> Any:
    bijector = contrib(tf).bijectors.Reshape([2, 3], [6])
    x = tf.reshape(tf.range(12.0), [2, 6])
    return bijector.forward(x), bijector.inverse(bijector.forward(x))


def real_nvp(tf: Any) -> Any:
    made = contrib(tf).bijectors
    bijector = made.RealNVP(
        2, made.real_nvp_default_template([4, 3], kernel_initializer=tf.constant_initializer(0.3))
    )
    distribution = contrib(tf).TransformedDistribution(
        contrib(tf).MultivariateNormalDiag([0.0] * 5), bijector
    )
    samples = distribution.sample(3, seed=1)
    loss = tf.reduce_sum(distribution.log_prob(samples))
    return samples, distribution.log_prob(samples), tf.gradients(loss, tf.trainable_variables())


def conditional(tf: Any) -> Any:
    ds = contrib(tf)

    class Moved(ds.bijectors.ConditionalBijector):
        def __init__(self):
            super().__init__(forward_min_event_ndims=0, name="moved")

        def _forward(self, x, by=0.0):
            return x + by

        def _inverse(self, y, by=0.0):
            return y - by

        def _inverse_log_det_jacobian(self, y, by=0.0):
            return tf.zeros_like(y) - by

    distribution = ds.ConditionalTransformedDistribution(
        distribution=ds.Normal([0.0, 1.0], 1.0), bijector=Moved(), name="conditional"
    )
    conditions = {"by": 2.0}
    return (
        distribution.sample(2, seed=1, bijector_kwargs=conditions),
        distribution.log_prob([1.0, 2.0], bijector_kwargs=conditions),
        distribution.prob([1.0, 2.0], bijector_kwargs=conditions),
    )


def divergences(tf: Any) -> Any:
    ds = contrib(tf)
    diagonal = ds.MultivariateNormalDiag([1.0, 2.0], [0.5, 2.0])
    triangular = ds.MultivariateNormalTriL([0.0, 1.0], matrix(tf))
    return (
        diagonal.kl_divergence(ds.MultivariateNormalDiag([0.0, 0.0])),
        diagonal.kl_divergence(triangular),
        triangular.kl_divergence(diagonal),
        triangular.cross_entropy(diagonal),
        ds.Independent(ds.Normal([0.0, 1.0], 1.0), 1).kl_divergence(
            ds.Independent(ds.Normal([1.0, 1.0], 2.0), 1)
        ),
        ds.OneHotCategorical([1.0, 2.0]).kl_divergence(ds.OneHotCategorical([0.0, 1.0])),
    )


def named(tf: Any) -> Any:
    """What distributions are called and look like."""
    ds = contrib(tf)
    return [
        tf.constant(str(distribution))
        for distribution in (
            ds.MultivariateNormalDiag([1.0, 2.0], [[0.5, 2.0]]),
            ds.MultivariateNormalTriL([1.0, 2.0], matrix(tf)),
            ds.TransformedDistribution(ds.Normal(0.0, 1.0), ds.bijectors.Exp()),
            ds.Mixture(ds.Categorical([0.1, 0.2]), [ds.Normal(0.0, 1.0), ds.Normal(1.0, 1.0)]),
            ds.Independent(ds.Normal([0.0, 1.0], 1.0), 1),
            ds.RelaxedOneHotCategorical(0.5, [1.0, 2.0]),
            ds.NormalWithSoftplusScale(0.0, 1.0),
        )
    ]


def parameters(tf: Any) -> Any:
    """What parameters are called."""
    ds = contrib(tf)
    return [
        tf.constant(" ".join((distribution.logits.name, distribution.probs.name)))
        for distribution in (
            ds.Categorical(logits=[1.0, 2.0]),
            ds.Bernoulli(probs=0.5),
            ds.Multinomial(3.0, [1.0, 2.0], name="drawn"),
            ds.OneHotCategorical(probs=[0.5, 0.5]),
            ds.RelaxedBernoulli(0.5, probs=0.5),
            ds.ExpRelaxedOneHotCategorical(0.5, [1.0, 2.0]),
            ds.Geometric(probs=0.5),
            ds.Binomial(3.0, 0.5),
        )
    ]


def mixture(tf: Any) -> Any:
    ds = contrib(tf)
    one = ds.Mixture(
        ds.Categorical(logits=tf.constant([0.3, 0.7])), [ds.Normal(0.0, 1.0), ds.Normal(2.0, 0.5)]
    )
    two = ds.Mixture(
        ds.Categorical(probs=tf.constant([0.3, 0.7])),
        [ds.MultivariateNormalDiag([1.0, 2.0]), ds.MultivariateNormalDiag([0.0, 0.0], [2.0, 3.0])],
    )
    values = tf.constant([1.0, 2.0])
    return (
        one.log_prob(values), one.prob(values), one.cdf(values), one.mean(), one.stddev(),
        one.variance(), one.entropy_lower_bound(), two.log_prob(values), two.mean(), two.stddev(),
        tf.shape(one.sample([2, 3])), tf.shape(two.sample(4)),
    )  # fmt: skip


def same_family(tf: Any) -> Any:
    ds = contrib(tf)
    one = ds.MixtureSameFamily(
        ds.Categorical(probs=tf.constant([0.3, 0.7])), ds.Normal([0.0, 2.0], [1.0, 0.5])
    )
    values = tf.constant([1.0, 2.0])
    return (
        one.log_prob(values), one.cdf(values), one.mean(), one.stddev(),
        tf.shape(one.sample([2, 3])),
    )  # fmt: skip


PROGRAMS = {
    "bijectors": bijectors,
    "reshaped": reshaped,
    "real_nvp": real_nvp,
    "conditional": conditional,
    "divergences": divergences,
    "named": named,
    "parameters": parameters,
    "mixture": mixture,
    "same_family": same_family,
    "diagonal": lambda tf: described(
        tf,
        contrib(tf).MultivariateNormalDiag(tf.constant([0.3, 1.0]), tf.constant([[0.5, 2.0]])),
        vectors(tf),
        TAILS,
    ),
    "diagonal_multiple": lambda tf: described(
        tf,
        contrib(tf).MultivariateNormalDiag(
            loc=tf.constant([0.3, 1.0]), scale_identity_multiplier=tf.constant(0.5)
        ),
        vectors(tf),
        TAILS,
    ),
    "diagonal_unit": lambda tf: described(
        tf, contrib(tf).MultivariateNormalDiag(tf.constant([0.3, 1.0])), vectors(tf), TAILS
    ),
    "diagonal_softplus": lambda tf: described(
        tf,
        contrib(tf).MultivariateNormalDiagWithSoftplusScale(
            tf.constant([0.3, 1.0]), tf.constant([0.5, -1.0])
        ),
        vectors(tf),
        TAILS,
    ),
    "triangular": lambda tf: described(
        tf,
        contrib(tf).MultivariateNormalTriL(tf.constant([0.3, 1.0]), matrix(tf)),
        vectors(tf),
        TAILS,
    ),
    "full_covariance": lambda tf: described(
        tf,
        contrib(tf).MultivariateNormalFullCovariance(
            tf.constant([0.3, 1.0]), tf.constant([[2.0, 0.5], [0.5, 1.0]])
        ),
        vectors(tf),
        TAILS,
    ),
    "low_rank": lambda tf: described(
        tf,
        contrib(tf).MultivariateNormalDiagPlusLowRank(
            tf.constant([0.3, 1.0]),
            scale_diag=tf.constant([0.5, 2.0]),
            scale_perturb_factor=tf.constant([[1.0], [0.5]]),
        ),
        vectors(tf),
        TAILS,
    ),
    "vector_laplace": lambda tf: described(
        tf,
        contrib(tf).VectorLaplaceDiag(tf.constant([0.3, 1.0]), tf.constant([0.5, 2.0])),
        vectors(tf),
        TAILS,
    ),
    "transformed": lambda tf: described(
        tf,
        contrib(tf).TransformedDistribution(
            contrib(tf).Normal(tf.constant([0.0, 1.0]), 1.0), contrib(tf).bijectors.Exp()
        ),
        tf.constant([[0.5, 2.0], [1.0, 3.0]]),
        MOMENTS,
    ),
    "transformed_events": lambda tf: described(
        tf,
        contrib(tf).TransformedDistribution(
            contrib(tf).Normal(0.0, 1.0),
            contrib(tf).bijectors.AffineScalar(1.0, 2.0),
            event_shape=[2],
            batch_shape=[3],
        ),
        tf.constant([[0.5, 2.0], [1.0, 3.0], [0.0, 1.0]]),
        MOMENTS | TAILS,
    ),
    "transformed_batch": lambda tf: described(
        tf,
        contrib(tf).TransformedDistribution(
            contrib(tf).Normal([0.0, 1.0, 2.0], 1.0),
            contrib(tf).bijectors.AffineScalar(1.0, 2.0),
            event_shape=[2],
        ),
        vectors(tf)[:, None],
        MOMENTS | TAILS,
    ),
    "independent": lambda tf: described(
        tf,
        contrib(tf).Independent(contrib(tf).Normal([[0.0, 1.0], [2.0, 3.0]], 1.5), 1),
        vectors(tf),
        TAILS | {"covariance"},
    ),
    "one_hot": lambda tf: described(
        tf,
        contrib(tf).OneHotCategorical(logits=tf.constant([[0.5, -1.0, 1.0], [0.0, 0.1, 0.2]])),
        tf.constant([[0, 1, 0], [1, 0, 0]]),
        TAILS | {"mean"},
    ),
    "relaxed_one_hot": lambda tf: described(
        tf,
        contrib(tf).RelaxedOneHotCategorical(0.7, logits=tf.constant([0.5, -1.0, 1.0])),
        tf.constant([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]]),
        TAILS | MOMENTS,
    ),
    "relaxed_bernoulli": lambda tf: described(
        tf,
        contrib(tf).RelaxedBernoulli(0.7, probs=tf.constant([0.5, 0.2])),
        tf.constant([[0.2, 0.5], [0.1, 0.8]]),
        MOMENTS,
    ),
    "cauchy": lambda tf: described(
        tf,
        contrib(tf).Cauchy(tf.constant([0.5, -1.0]), tf.constant(1.5)),
        vectors(tf),
        {"covariance"},
    ),
    "logistic": lambda tf: described(
        tf,
        contrib(tf).Logistic(tf.constant([0.5, -1.0]), tf.constant(1.5)),
        vectors(tf),
        {"covariance"},
    ),
    "half_normal": lambda tf: described(
        tf, contrib(tf).HalfNormal(tf.constant([0.5, 1.0])), tf.constant([0.3, 1.5]), {"covariance"}
    ),
    "inverse_gamma": lambda tf: described(
        tf,
        contrib(tf).InverseGamma(tf.constant([0.5, 3.0]), tf.constant(1.5)),
        tf.constant([0.3, 1.5]),
        {"covariance"} | TAILS,
    ),
    "chi2": lambda tf: described(
        tf,
        contrib(tf).Chi2(tf.constant([0.5, 3.0])),
        tf.constant([0.3, 1.5]),
        {"covariance"} | TAILS,
    ),
    "deterministic": lambda tf: described(
        tf,
        contrib(tf).Deterministic(tf.constant([0.5, 3.0]), atol=0.1),
        tf.constant([0.55, 1.5]),
        {"covariance", "log_survival_function", "survival_function"},
    ),
    "geometric": lambda tf: described(
        tf,
        contrib(tf).Geometric(probs=tf.constant([0.5, 0.2])),
        tf.constant([0.0, 3.0]),
        {"covariance"},
    ),
    "binomial": lambda tf: described(
        tf,
        contrib(tf).Binomial(5.0, probs=tf.constant([0.5, 0.2])),
        tf.constant([0.0, 3.0]),
        {"covariance", "entropy"} | TAILS,
        seed=None,
    ),
    "poisson": lambda tf: described(
        tf,
        contrib(tf).Poisson(tf.constant([0.5, 2.2])),
        tf.constant([0.0, 3.0]),
        {"covariance", "entropy"} | TAILS,
        seed=None,
    ),
    "softplus": lambda tf: [
        described(tf, distribution, tf.constant([0.5, 1.5]), {"covariance"} | TAILS)
        for distribution in (
            contrib(tf).NormalWithSoftplusScale(tf.constant([0.5, 1.0]), tf.constant(-0.5)),
            contrib(tf).LaplaceWithSoftplusScale(tf.constant([0.5, 1.0]), tf.constant(-0.5)),
            contrib(tf).ExponentialWithSoftplusRate(tf.constant([0.5, 1.0])),
            contrib(tf).GammaWithSoftplusConcentrationRate(
                tf.constant([0.5, 1.0]), tf.constant(-0.5)
            ),
            contrib(tf).StudentTWithAbsDfSoftplusScale(
                tf.constant(-3.5), 0.5, tf.constant([-0.5, 1.0])
            ),
        )
    ],
}
