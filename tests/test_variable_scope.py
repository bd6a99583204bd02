"""`get_variable` and variable scopes."""

from __future__ import annotations

import re

import pytest

import tfsession as tf

pytestmark = pytest.mark.usefixtures("graph")


def test_names_follow_scopes():
    with tf.variable_scope("a"), tf.name_scope("n"), tf.variable_scope("b"):
        v = tf.get_variable("w", [1])
        assert tf.constant(1.0).op.name == "a/n/b/Const"
    assert v.name == "a/b/w:0"


def test_reuse():
    with tf.variable_scope("a"):
        v = tf.get_variable("w", [1])
    with tf.variable_scope("a", reuse=True):
        assert tf.get_variable("w", [1]) is v
    with tf.variable_scope("a", reuse=tf.AUTO_REUSE):
        assert tf.get_variable("w") is v
        assert tf.get_variable("new", [1]).op.name == "a/new"


def test_default_names_are_unique():
    found = []
    for _ in range(2):
        with tf.variable_scope(None, "layer") as scope:
            found.append(scope.name)
    assert found == ["layer", "layer_1"]


def test_entering_a_scope_again():
    with tf.variable_scope("a") as scope:
        tf.get_variable("w", [1])
    with tf.variable_scope("other"), tf.variable_scope(scope, reuse=True) as again:
        assert again.name == "a"
        assert again.original_name_scope == "a/"
        assert tf.get_variable("w", [1]).name == "a/w:0"


@pytest.mark.parametrize(
    ("reuse", "arguments", "text"),
    [
        (False, {"shape": [2]}, "Variable w already exists, disallowed. Did you mean to set "
         "reuse=True or reuse=tf.AUTO_REUSE in VarScope?"),
        (True, {"shape": [3]}, "Trying to share variable w, but specified shape (3,) and found "
         "shape (2,)."),
        (True, {"shape": [2], "dtype": tf.int32}, "Trying to share variable w, but specified dtype "
         "int32 and found dtype float32_ref."),
    ],
)  # fmt: skip
def test_refusals(reuse, arguments, text):
    tf.get_variable("w", [2])
    with (
        tf.variable_scope(tf.get_variable_scope(), reuse=reuse),
        pytest.raises(ValueError, match=re.escape(text)),
    ):
        tf.get_variable("w", **arguments)


def test_missing_variable():
    with (
        tf.variable_scope("a", reuse=True),
        pytest.raises(ValueError, match="Variable a/w does not exist, or was not created with"),
    ):
        tf.get_variable("w", [1])


def test_custom_getters_nest():
    calls = []

    def getter(label):
        def get(getter, name, *args, **kwargs):
            calls.append(label)
            return getter(name, *args, **kwargs)

        return get

    with (
        tf.variable_scope("a", custom_getter=getter("outer")),
        tf.variable_scope("b", custom_getter=getter("inner")),
    ):
        tf.get_variable("w", [1])
    assert calls == ["inner", "outer"]


def test_regularizer():
    with tf.variable_scope("a", regularizer=lambda w: tf.reduce_sum(w, name="loss")):
        tf.get_variable("w", [1])
        tf.get_variable("b", [1], regularizer=tf.no_regularizer)
    losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    assert [loss.op.name for loss in losses] == ["a/w/Regularizer/loss"]


def test_template_shares_its_variables():
    template = tf.make_template("t", lambda x: x * tf.get_variable("w", []))
    template(tf.constant(1.0))
    template(tf.constant(2.0))
    assert [v.op.name for v in tf.global_variables()] == ["t/w"]


def test_each_call_of_a_template_has_its_own_name_scope():
    def add(x):
        v = tf.get_variable("v", initializer=1.0)
        return x + v + tf.get_variable("w", initializer=2.0, trainable=False)

    # Recorded from TensorFlow 1.15.5.
    for now, unique, names in [
        (True, None, ["foo/add_1:0", "foo_1/add_1:0", "foo/v:0", "foo/w:0"]),
        (False, None, ["foo_2/add_1:0", "foo_1_1/add_1:0", "foo_1/v:0", "foo_1/w:0"]),
        (True, None, ["foo_2_1/add_1:0", "foo_2_2/add_1:0", "foo_2/v:0", "foo_2/w:0"]),
        (True, "bar", ["bar/add_1:0", "bar_1/add_1:0", "bar/v:0", "bar/w:0"]),
    ]:
        template = tf.make_template("foo", add, now, unique)
        calls = [template(1.0).name, template(1.0).name]
        assert calls + [v.name for v in template.variables] == names
        (trained,), (other,) = template.trainable_variables, template.non_trainable_variables
        assert [trained.name, other.name] == names[2:]
        assert template.variable_scope_name == names[2].removesuffix("v:0")


def test_errors_of_a_template_name_the_line_that_made_it():
    with pytest.raises(ValueError, match="name cannot be None"):
        tf.make_template(None, tf.identity)

    def fail(x):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no\n\noriginally defined at:\n  File") as error:
        tf.make_template("foo", fail)(1.0)
    assert __file__ in str(error.value)


def test_variable_scopes_are_left_in_order():
    outer, inner = tf.variable_scope("a"), tf.variable_scope("b")
    outer.__enter__()
    inner.__enter__()
    with pytest.raises(RuntimeError, match=r"Improper nesting of variable_scope\."):
        outer.__exit__(None, None, None)
    inner.__exit__(None, None, None)
    assert tf.get_variable_scope().name == "a"


def test_initial_value_has_no_shape_argument():
    with pytest.raises(ValueError, match="If initializer is a constant, do not specify shape"):
        tf.get_variable("w", [1], initializer=tf.constant([1.0]))


def test_a_value_and_a_dtype_must_agree():
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="Initializer type '<dtype: 'float32'>' and explicit"):
            tf.get_variable("v", dtype=tf.float64, initializer=1.0)
        with pytest.raises(ValueError, match="An initializer for variable c of"):
            tf.get_variable("c", [2], tf.complex64)
