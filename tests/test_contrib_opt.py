"""The optimizers of tf.contrib.opt against those of TensorFlow 1.15."""

from __future__ import annotations

import functools
import json
import logging
from pathlib import Path

import numpy as np
import pytest

import tfsession as tf
from tests.golden import record_contrib_opt as programs

GOLDEN = Path(__file__).parent / "golden" / "contrib_opt.json"

pytestmark = pytest.mark.usefixtures("graph")


@functools.cache
def golden():
    return json.loads(GOLDEN.read_text())


@pytest.mark.parametrize("variant", programs.VARIANTS, ids=lambda variant: programs.key(*variant))
def test_training_is_tensorflows(variant):
    name, use_resource, is_sparse = variant
    if name in ("adamw", "momentumw", "adagradw"):
        # In TensorFlow nothing orders the decay of a reference and what reads it.
        use_resource = True
    expected = golden()["trajectories"][programs.key(name, use_resource, is_sparse)]
    if expected is None:
        # TensorFlow has no rule for resource variables: they are trained as references are.
        expected = golden()["trajectories"][programs.key(name, False, is_sparse)]
    found = programs.trajectory(tf, *variant)
    assert list(found) == list(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=2e-5, atol=2e-6, err_msg=name)


# ---- SciPy ----


@pytest.mark.parametrize("name", programs.EXTERNAL)
def test_scipy_finds_what_it_finds_in_tensorflow(name):
    expected = golden()["external"][name]
    found = programs.external(tf, **dict(programs.EXTERNAL[name]))
    assert found["added"] == expected["added"]
    assert found["first"] == pytest.approx(expected["first"])
    np.testing.assert_allclose(np.hstack(found["values"]), np.hstack(expected["values"]), atol=1e-4)


def quadratic(use_resource=False):
    x = tf.get_variable("x", initializer=[7.0, 7.0], use_resource=use_resource)
    return x, tf.reduce_sum(tf.square(x - [1.0, 2.0]))


def test_variables_change_once(session, caplog):
    x, loss = quadratic()
    extra = tf.placeholder(tf.float32, [])
    optimizer = tf.contrib.opt.ScipyOptimizerInterface(loss * extra)
    session.run(tf.global_variables_initializer())
    read, packed = [], []
    with caplog.at_level(logging.INFO, "tensorflow"), session.as_default():
        optimizer.minimize(
            feed_dict={extra: 3.0},
            fetches=[x],
            loss_callback=lambda x: read.append(x.tolist()),
            step_callback=lambda x: packed.append(np.array(x)),
        )
    assert read[0] == [7.0, 7.0]
    assert read[-1] != read[0]
    assert packed[-1].dtype == np.float64
    assert session.run(x) == pytest.approx([1.0, 2.0], abs=1e-4)
    assert "Optimization terminated with:\n  Message: " in caplog.text
    assert "  Number of functions evaluations: " in caplog.text


def test_resource_variables(session):
    """TensorFlow feeds one read of them, and ends where it began."""
    x, loss = quadratic(use_resource=True)
    optimizer = tf.contrib.opt.ScipyOptimizerInterface(loss)
    session.run(tf.global_variables_initializer())
    optimizer.minimize(session)
    assert session.run(x) == pytest.approx([1.0, 2.0], abs=1e-4)


@pytest.mark.parametrize("name", ["bounds", "constraints", "jac", "callback"])
def test_arguments_that_are_set_already(session, name):
    _, loss = quadratic()
    optimizer = tf.contrib.opt.ScipyOptimizerInterface(loss, **{name: 1})
    session.run(tf.global_variables_initializer())
    text = "Bounds must be set using" if name == "bounds" else f"keyword arg '{name}' is set"
    with pytest.raises(ValueError, match=text):
        optimizer.minimize(session)


def test_bounds_that_do_not_fit():
    x, loss = quadratic()
    with pytest.raises(ValueError, match="broadcast"):
        tf.contrib.opt.ScipyOptimizerInterface(loss, var_to_bounds={x: ([1, 2, 3], 4)})


def test_an_interface_without_an_optimizer(session):
    _, loss = quadratic()
    optimizer = tf.contrib.opt.ExternalOptimizerInterface(loss)
    session.run(tf.global_variables_initializer())
    with pytest.raises(NotImplementedError, match="subclass"):
        optimizer.minimize(session)


# ---- Others ----


def test_only_some_variables_decay(session):
    x, loss = quadratic()
    y = tf.get_variable("y", initializer=[1.0, 1.0])
    optimizer = tf.contrib.opt.MomentumWOptimizer(0.5, 0.0, 0.0)
    step = optimizer.minimize(loss + tf.reduce_sum(y), decay_var_list=[y])
    session.run(tf.global_variables_initializer())
    session.run(step)
    assert session.run(x).tolist() == [7.0, 7.0]
    assert session.run(y).tolist() == [0.5, 0.5]


def test_variables_without_a_gradient_stay_and_so_do_their_slots(session):
    x, loss = quadratic()
    switch = tf.placeholder_with_default(0.0, [])
    optimizer = tf.contrib.opt.MultitaskOptimizerWrapper(tf.train.MomentumOptimizer(0.1, 0.9))
    step = optimizer.minimize(loss * switch)
    session.run(tf.global_variables_initializer())
    session.run(step, {switch: 1.0})
    before = session.run([x, optimizer.get_slot(x, "momentum")])
    session.run(step)
    after = session.run([x, optimizer.get_slot(x, "momentum")])
    np.testing.assert_array_equal(before, after)
    with pytest.raises(TypeError, match=r"instance of tf\.train\.Optimizer"):
        tf.contrib.opt.MultitaskOptimizerWrapper(3)


def test_a_swapping_saver_writes_averages_under_the_names_of_variables(session, tmp_path):
    x, loss = quadratic()
    optimizer = tf.contrib.opt.MovingAverageOptimizer(
        tf.train.GradientDescentOptimizer(0.1), average_decay=0.5
    )
    with pytest.raises(RuntimeError, match="Must call apply_gradients"):
        optimizer.swapping_saver()
    step = optimizer.minimize(loss)
    with pytest.raises(ValueError, match="is not part of variables to save"):
        optimizer.swapping_saver([x])
    saver = optimizer.swapping_saver()
    session.run(tf.global_variables_initializer())
    session.run(step)
    value, average = session.run([x, "x/ExponentialMovingAverage:0"])
    path = saver.save(session, str(tmp_path / "model"))
    assert tf.train.load_variable(path, "x").tolist() == average.tolist()
    assert tf.train.load_variable(path, "x/ExponentialMovingAverage").tolist() == value.tolist()


def test_signs_that_decay_need_a_step():
    _, loss = quadratic()
    optimizer = tf.contrib.opt.AddSignOptimizer(sign_decay_fn=lambda step: step)
    with pytest.raises(ValueError, match="A global_step must be specified"):
        optimizer.minimize(loss)


def test_gradients_are_clipped_together(session):
    pairs = [(tf.constant([3.0]), "a"), (tf.constant([4.0]), "b"), (None, "c")]
    clipped = tf.contrib.opt.clip_gradients_by_global_norm(pairs, 1.0)
    assert [name for _, name in clipped] == ["a", "b", "c"]
    assert clipped[2][0] is None
    assert np.ravel(session.run([g for g, _ in clipped[:2]])) == pytest.approx([0.6, 0.8])
