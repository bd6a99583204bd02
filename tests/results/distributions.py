"""`tf.distributions`."""

from __future__ import annotations

from typing import Any

STATISTICS = ("mean", "variance", "stddev", "mode", "entropy", "covariance")
PROBABILITIES = (
    "log_prob", "prob", "cdf", "log_cdf", "survival_function", "log_survival_function",
)  # fmt: skip


def described(tf: Any, distribution: Any, values: Any, lacks: Any = (), seed: int = 3) -> Any:
    """All that is known of a distribution: moments, probabilities, samples, shapes, gradients.

    Args:
      tf: the module.
      distribution: a Distribution.
      values: events.
      lacks: the methods that it does not have.
      seed: of samples; None for no samples.
    """
    found = {"batch_shape": distribution.batch_shape_tensor()}
    found["event_shape"] = distribution.event_shape_tensor()
    for name in STATISTICS:
        if name not in lacks:
            found[name] = getattr(distribution, name)()
    for name in PROBABILITIES:
        if name not in lacks:
            found[name] = getattr(distribution, name)(values)
    if seed is not None:
        found["sample"] = distribution.sample([2, 3], seed=seed)
        found["one"] = distribution.sample(seed=seed + 1)
    floats = [value for value in found.values() if value.dtype.is_floating]
    parameters = [
        p
        for p in distribution.parameters.values()
        if isinstance(p, tf.Tensor) and p.dtype.is_floating
    ]
    if parameters:
        loss = tf.add_n(
            [tf.reduce_sum(tf.where(tf.is_finite(x), x, tf.zeros_like(x))) for x in floats]
        )
        found["gradients"] = [
            tf.constant(0.0) if gradient is None else gradient
            for gradient in tf.gradients(loss, parameters)
        ]
    return found


def normal(tf: Any) -> Any:
    loc, scale = tf.constant([0.5, -1.0]), tf.constant([[1.5], [0.3]])
    values = tf.constant([[0.1, -3.0], [9.0, -30.0]])
    return described(tf, tf.distributions.Normal(loc, scale), values, {"covariance"})


def normal_quantiles(tf: Any) -> Any:
    probabilities = tf.constant([0.0, 1e-30, 1e-9, 0.01, 0.3, 0.5, 0.9, 0.999999, 1.0])
    standard = tf.distributions.Normal(0.0, 1.0)
    double = tf.distributions.Normal(tf.constant(1.0, tf.float64), tf.constant(2.0, tf.float64))
    return (
        standard.quantile(probabilities),
        double.quantile(tf.cast(probabilities, tf.float64)),
        double.log_cdf(tf.constant([-50.0, -30.0, -5.0, 1.0, 20.0], tf.float64)),
        tf.gradients(standard.quantile(probabilities[2:6]), probabilities),
    )


def divergences(tf: Any) -> Any:
    ds = tf.distributions
    pairs = [
        (ds.Normal([0.0, 1.0], 2.0), ds.Normal(1.0, 0.5)),
        (ds.Gamma([1.0, 2.0], 3.0), ds.Gamma(2.0, 0.5)),
        (ds.Exponential(2.0), ds.Exponential(3.0)),
        (ds.Beta([1.0, 2.0], 3.0), ds.Beta(2.0, 0.5)),
        (ds.Dirichlet([1.0, 2.0, 3.0]), ds.Dirichlet([3.0, 2.0, 1.5])),
        (ds.Bernoulli(logits=[0.3, -2.0]), ds.Bernoulli(probs=0.4)),
        (ds.Categorical(logits=[0.3, -2.0, 1.0]), ds.Categorical(probs=[0.4, 0.3, 0.3])),
    ]
    return [
        (
            a.kl_divergence(b),
            a.cross_entropy(b),
            ds.kl_divergence(a, b),
            tf.gradients(
                a.kl_divergence(b), [p for p in a.parameters.values() if isinstance(p, tf.Tensor)]
            ),
        )
        for a, b in pairs
    ]


def dynamic(tf: Any) -> Any:
    """Shapes that are not known before the graph runs."""
    loc = tf.placeholder_with_default([0.0, 1.0, 2.0], [None])
    count = tf.placeholder_with_default([2, 1], None)
    distribution = tf.distributions.Normal(loc, 1.0)
    categories = tf.distributions.Categorical(tf.placeholder_with_default([[0.0, 1.0]], None))
    return (
        distribution.sample(count, seed=1),
        distribution.batch_shape_tensor(),
        distribution.is_scalar_batch(),
        distribution.is_scalar_event(),
        categories.sample(count, seed=1),
        categories.event_size,
        categories.log_prob([1]),
        tf.distributions.Normal.param_shapes(count),
    )


PROGRAMS = {
    "normal": normal,
    "normal_quantiles": normal_quantiles,
    "divergences": divergences,
    "dynamic": dynamic,
    "laplace": lambda tf: described(
        tf,
        tf.distributions.Laplace(tf.constant([0.5, -1.0]), tf.constant([[1.5], [0.3]])),
        tf.constant([[0.1, -3.0], [9.0, -10.0]]),
        {"covariance"},
    ),
    "student_t": lambda tf: described(
        tf,
        tf.distributions.StudentT(
            tf.constant([0.5, 1.5, 3.0]), tf.constant([0.5, -1.0, 2.0]), tf.constant(1.5)
        ),
        tf.constant([[0.1, -3.0, 1.0], [9.0, -10.0, 2.0]]),
        {"covariance", "cdf", "log_cdf", "survival_function", "log_survival_function"},
    ),
    "uniform": lambda tf: described(
        tf,
        tf.distributions.Uniform(tf.constant([0.5, -1.0]), tf.constant([2.0, 3.0])),
        tf.constant([[0.5, -3.0], [1.5, 2.9]]),
        {"covariance", "mode"},
    ),
    "gamma": lambda tf: described(
        tf,
        tf.distributions.Gamma(tf.constant([0.5, 2.0]), tf.constant([2.0, 3.0])),
        tf.constant([[0.5, 3.0], [1.5, 2.9]]),
        {"covariance", "cdf", "log_cdf", "survival_function", "log_survival_function"},
    ),
    "exponential": lambda tf: described(
        tf,
        tf.distributions.Exponential(tf.constant([0.5, 2.0])),
        tf.constant([[0.5, 3.0], [1.5, 2.9]]),
        {"covariance"},
    ),
    "beta": lambda tf: described(
        tf,
        tf.distributions.Beta(tf.constant([0.5, 2.0]), tf.constant([2.0, 3.0])),
        tf.constant([[0.5, 0.3], [0.9, 0.01]]),
        {"covariance", "cdf", "log_cdf", "survival_function", "log_survival_function"},
    ),
    "dirichlet": lambda tf: described(
        tf,
        tf.distributions.Dirichlet(tf.constant([[0.5, 2.0, 1.0], [3.0, 2.0, 1.5]])),
        tf.constant([0.5, 0.3, 0.2]),
        {"mode", "cdf", "log_cdf", "survival_function", "log_survival_function"},
    ),
    "dirichlet_mode": lambda tf: tf.distributions.Dirichlet([1.5, 2.0, 3.0]).mode(),
    "bernoulli": lambda tf: described(
        tf,
        tf.distributions.Bernoulli(logits=tf.constant([0.5, -2.0])),
        tf.constant([[0, 1], [1, 0]]),
        {"covariance", "cdf", "log_cdf", "survival_function", "log_survival_function"},
    ),
    "bernoulli_probs": lambda tf: described(
        tf,
        tf.distributions.Bernoulli(probs=tf.constant([0.5, 0.9]), dtype=tf.float32),
        tf.constant([[0.0], [1.0]]),
        {"covariance", "cdf", "log_cdf", "survival_function", "log_survival_function"},
    ),
    "categorical": lambda tf: described(
        tf,
        tf.distributions.Categorical(logits=tf.constant([[0.5, -2.0, 1.0], [0.0, 0.1, 0.2]])),
        tf.constant([[0, 1], [2, 0]]),
        {"covariance", "mean", "variance", "stddev"},
    ),
    "categorical_probs": lambda tf: described(
        tf,
        tf.distributions.Categorical(probs=tf.constant([0.5, 0.2, 0.3]), dtype=tf.int64),
        tf.constant([0, 1, 2], tf.int64),
        {"covariance", "mean", "variance", "stddev"},
    ),
    "multinomial": lambda tf: described(
        tf,
        tf.distributions.Multinomial(
            tf.constant([4.0, 5.0]), logits=tf.constant([[0.5, -2.0, 1.0], [0.0, 0.1, 0.2]])
        ),
        tf.constant([[1.0, 1.0, 2.0], [3.0, 2.0, 0.0]]),
        {"mode", "entropy", "cdf", "log_cdf", "survival_function", "log_survival_function"},
        # Of several rows, TensorFlow draws the last first, or in any order.
        seed=None,
    ),
    "multinomial_samples": lambda tf: described(
        tf,
        tf.distributions.Multinomial(4.0, probs=tf.constant([0.2, 0.3, 0.5])),
        tf.constant([1.0, 1.0, 2.0]),
        {"mode", "entropy", "cdf", "log_cdf", "survival_function", "log_survival_function"},
    ),
    "dirichlet_multinomial": lambda tf: described(
        tf,
        tf.distributions.DirichletMultinomial(5.0, tf.constant([[0.5, 2.0, 1.0], [3.0, 2.0, 1.5]])),
        tf.constant([[1.0, 1.0, 3.0], [3.0, 2.0, 0.0]]),
        {"mode", "entropy", "cdf", "log_cdf", "survival_function", "log_survival_function"},
    ),
}
