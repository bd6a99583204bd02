"""Scopes of arguments, variables of models, and what is refused, as in TensorFlow 1.15."""

from __future__ import annotations

import numpy as np
import pytest

import tfsession as tf

framework = tf.contrib.framework
layers = tf.contrib.layers


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as made:
        yield made


def names(variables):
    return [variable.op.name for variable in variables]


# ---- Scopes of arguments ----


@framework.add_arg_scope
def listed(first, second=1, third=2, **others):
    """What it is given."""
    return first, second, third, others


def test_inner_scopes_and_calls_come_first():
    assert listed.__name__ == "listed"
    assert framework.has_arg_scope(listed)
    assert framework.arg_scoped_arguments(listed) == ("second", "third")
    with framework.arg_scope([listed], second=5, other=7) as scope:
        assert listed(0) == (0, 5, 2, {"other": 7})
        assert listed(0, third=3, other=9) == (0, 5, 3, {"other": 9})
        with framework.arg_scope([listed], second=6):
            assert listed(0) == (0, 6, 2, {"other": 7})
        assert framework.current_arg_scope() == scope
    assert listed(0) == (0, 1, 2, {})
    with framework.arg_scope(scope):
        assert listed(0) == (0, 5, 2, {"other": 7})


def test_an_alias_is_the_same_function():
    slim = tf.contrib.slim
    assert slim.conv2d is layers.convolution2d
    with slim.arg_scope([slim.conv2d], padding="VALID"):
        assert layers.convolution2d(tf.ones([1, 4, 4, 1]), 2, 3).shape.as_list() == [1, 2, 2, 2]


def test_scopes_that_are_refused():
    with (
        pytest.raises(ValueError, match="is not decorated with @add_arg_scope"),
        framework.arg_scope([tf.nn.relu]),
    ):
        pass
    with pytest.raises(ValueError, match="kwargs must be empty"), framework.arg_scope({}, a=1):
        pass
    with pytest.raises(TypeError, match="must either be a list/tuple"), framework.arg_scope("a"):
        pass
    with (
        framework.arg_scope([layers.conv2d], unknown=1),
        pytest.raises(TypeError, match="unexpected keyword argument 'unknown'"),
    ):
        layers.conv2d(tf.ones([1, 4, 4, 1]), 2, 2)
    assert framework.current_arg_scope() == {}


# ---- Variables ----


def test_variables_are_found_by_scope_and_suffix():
    with tf.variable_scope("net"):
        framework.model_variable("a", [2])
        framework.variable("b", [3], trainable=False)
    framework.local_variable(1.0, name="local")
    tf.Variable(2.0, name="net2/a")
    assert names(framework.get_variables()) == ["net/a", "net/b", "net2/a"]
    assert names(framework.get_variables("net/")) == ["net/a", "net/b"]
    assert names(framework.get_variables(suffix="a")) == ["net/a", "net2/a"]
    assert names(framework.get_model_variables()) == ["net/a"]
    assert names(framework.get_local_variables()) == ["local"]
    assert names(framework.get_trainable_variables("net")) == ["net/a", "net2/a"]
    assert names(framework.get_variables_by_name("a")) == ["net/a", "net2/a"]
    assert names(framework.get_variables_by_name("net/a")) == ["net/a"]
    assert names(framework.get_variables_to_restore(exclude=["net/"])) == ["net2/a"]
    assert names(framework.get_variables_to_restore(include=["net/"])) == ["net/a", "net/b"]
    every = tf.global_variables()
    assert names(framework.filter_variables(every, ["net"], ["b"])) == ["net/a", "net2/a"]
    assert framework.filter_variables(every, ["et"], reg_search=False) == []
    assert framework.get_unique_variable("net/a").op.name == "net/a"
    with pytest.raises(ValueError, match="Couldn't find variable zz"):
        framework.get_unique_variable("zz")
    with pytest.raises(TypeError, match="exclude is provided but is not a list or a tuple"):
        framework.get_variables_to_restore(exclude="net")


def test_parts_have_the_name_of_the_whole():
    with tf.variable_scope("p", partitioner=tf.fixed_size_partitioner(2)):
        (part, _) = tf.get_variable("w", [4, 2])
    assert framework.get_variable_full_name(part) == "p/w"


def test_values_are_assigned():
    framework.model_variable("a", [2], initializer=tf.zeros_initializer())
    give = framework.assign_from_values_fn({"a": np.float32([[1, 2]])})
    clear = framework.zero_initializer(framework.get_unique_variable("a"))
    with tf.Session() as session:
        give(session)
        assert session.run(framework.get_unique_variable("a")).tolist() == [1, 2]
        assert session.run(clear).tolist() == [0, 0]
    with pytest.raises(ValueError, match="Variable zz wasn't found"):
        framework.assign_from_values({"zz": np.zeros(1)})


def test_devices_are_given_in_turns():
    choose = framework.VariableDeviceChooser(2)
    assert [choose(None) for _ in range(3)] == [
        f"/job:ps/task:{task}/device:CPU:0" for task in (0, 1, 0)
    ]
    assert framework.VariableDeviceChooser(device_type="GPU", device_index=1)(None) == (
        "/device:GPU:1"
    )


# ---- Checks ----


def test_shapes_are_checked():
    x = tf.constant([1.0, 2.0], name="x")
    assert framework.with_shape([2], x) is x
    with pytest.raises(ValueError, match=r"Invalid shape for tensor x:0, expected \[3\]"):
        framework.with_shape([3], x)
    unknown = tf.placeholder(tf.float32, name="unknown")
    checked = framework.with_shape([2], unknown)
    same = framework.with_same_shape(unknown, x)
    assert checked.shape.as_list() == [2]
    with tf.Session() as session:
        assert session.run(checked, {unknown: [1, 2]}).tolist() == [1, 2]
        for wrong in ([1, 2, 3], [[1, 2]]):
            with pytest.raises(tf.errors.InvalidArgumentError, match="Wrong shape for unknown"):
                session.run(checked, {unknown: wrong})
        with pytest.raises(tf.errors.InvalidArgumentError, match="Wrong shape for x"):
            session.run(same, {unknown: [1]})


def test_small_helpers():
    assert framework.assert_scalar_int(tf.constant(1)).shape.as_list() == []
    with pytest.raises(ValueError, match="Expected integer type"):
        framework.assert_scalar_int(tf.constant(1.0))
    with tf.Session() as session:
        assert session.run(framework.reduce_sum_n([tf.ones([2]), tf.constant(3.0)])) == 5
    assert framework.smart_case([(False, lambda: 1), (True, lambda: 2)]) == 2
    x = tf.placeholder(tf.float32)
    assert framework.get_placeholders(x.graph) == [x]
    with tf.name_scope("a"):
        assert framework.get_name_scope() == "a"


# ---- Layers ----


def test_outputs_have_names():
    x = tf.ones([2, 4])
    x = layers.fully_connected(x, 3, outputs_collections="ends", scope="one")
    x = layers.fully_connected(x, 3, outputs_collections="ends", scope="two")
    from tfsession.contrib.layers.python.layers import utils

    ends = utils.convert_collection_to_dict("ends", clear_collection=True)
    assert list(ends) == ["one", "two"]
    assert ends["two"] is x
    assert x.aliases == ["two"]
    assert tf.get_collection("ends") == []


REFUSED = [
    (lambda x: layers.fully_connected(x, "3"), "num_outputs type should be one of"),
    (lambda x: layers.conv2d(x, 3, 3), "Convolution expects input with rank 4, got 2"),
    (lambda x: layers.convolution(x, 3, 3, data_format="foo"), "Invalid data_format: 'foo'"),
    (lambda x: layers.batch_norm(x, data_format="foo"), "has to be either NCHW or NHWC."),
    (
        lambda x: layers.batch_norm(x, renorm=True, updates_collections=None),
        "renorm is not supported with batch_weights, updates_collections or",
    ),
    (
        lambda x: layers.layer_norm(x, begin_norm_axis=2),
        r"begin_params_axis \(-1\) and begin_norm_axis \(2\) must be < rank\(inputs\) \(2\)",
    ),
    (lambda x: layers.group_norm(x, 3, reduction_axes=()), "is not commensurate with 3 groups"),
    (lambda x: layers.group_norm(x, reduction_axes=()), "Invalid groups 32 for 4 channels."),
    (lambda x: layers.group_norm(x, 2, 9), "Axis is out of bounds."),
    (lambda x: layers.group_norm(x, 2, reduction_axes=(-1,)), "must be mutually exclusive"),
    (lambda x: layers.unit_norm(x, 5), "dim must be positive but smaller than the input rank."),
    (lambda x: layers.maxout(x, 3), r"number of features\(4\) is not a multiple"),
    (lambda x: layers.embed_sequence(x, 5), "Must specify vocab size and embedding dimension"),
    (lambda x: layers.stack(x, layers.relu, 3), "stack_args need to be a list or tuple"),
    (lambda x: layers.bias_add(x, data_format="NCHW"), "NCHW only supports 4D Tensor"),
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_layers_refuse(number):
    build, text = REFUSED[number]
    with pytest.raises(ValueError, match=text):
        build(tf.placeholder(tf.float32, [None, 4]))


def test_initializers_refuse():
    with pytest.raises(TypeError, match="non-floating point type"):
        layers.xavier_initializer(dtype=tf.int32)
    with pytest.raises(TypeError, match="Unknown mode"):
        layers.variance_scaling_initializer(mode="foo")


# ---- optimize_loss ----


def trained(steps=1, **arguments):
    """The variable after steps from 1, and the tags of the summaries."""
    w = tf.get_variable("w", initializer=np.ones(2, np.float32))
    step = tf.train.get_or_create_global_step()
    given = {"learning_rate": 0.1, "optimizer": "SGD", **arguments}
    train = layers.optimize_loss(tf.reduce_sum(w * w), step, **given)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(steps):
            session.run(train)
        assert session.run(step) == steps
        return session.run(w).tolist(), [t.op.name for t in tf.get_collection("summaries")]


def test_a_step_with_summaries():
    value, summaries = trained(clip_gradients=1.0)
    assert value == pytest.approx([1 - 0.1 / 2**0.5] * 2)
    assert summaries == [
        "OptimizeLoss/global_norm/gradient_norm",
        "OptimizeLoss/loss",
        "OptimizeLoss/global_norm/clipped_gradient_norm",
    ]


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        ({"summaries": ["gradients", "gradient_norm"], "gradient_multipliers": {"w:0": 2.0}}, 0.6),
        ({"learning_rate_decay_fn": lambda rate, step: rate * 0.5}, 0.9),
        ({"learning_rate": None, "optimizer": tf.train.GradientDescentOptimizer(0.2)}, 0.6),
        ({"learning_rate": None, "optimizer": lambda: tf.train.MomentumOptimizer(0.2, 0.9)}, 0.6),
        ({"optimizer": tf.train.AdamOptimizer}, 0.9),
        ({"clip_gradients": lambda pairs: [(2 * g, v) for g, v in pairs]}, 0.6),
        ({"gradient_noise_scale": 0.0}, 0.8),
        ({"clip_gradients": tf.contrib.slim.adaptive_clipping_fn()}, 0.9255161),
    ],
)
def test_steps(arguments, value):
    assert trained(**arguments)[0] == pytest.approx([value] * 2, rel=1e-5)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"optimizer": "Foo"}, r"one of \[Adagrad, Adam, Ftrl, Momentum, RMSProp, SGD\]"),
        ({"learning_rate": "x"}, "Learning rate should be 0d Tensor or float. Got x of type"),
        ({"summaries": ["x"]}, "Summaries should be one of"),
        ({"learning_rate": None}, r"should be specified if optimizer is string \(SGD\)"),
        ({"optimizer": 3}, "Unrecognized optimizer: should be string"),
        ({"clip_gradients": 1}, "Unknown type <class 'int'> for clip_gradients"),
    ],
)
def test_steps_that_are_refused(arguments, text):
    with pytest.raises(ValueError, match=text):
        trained(**arguments)


def test_updates_run_before_the_loss():
    x = tf.placeholder_with_default(np.ones((4, 2), np.float32), [None, 2])
    y = layers.batch_norm(layers.fully_connected(x, 2))
    train = layers.optimize_loss(tf.reduce_sum(y), None, 0.1, "SGD", summaries=[])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        (variance,) = framework.get_variables_by_name("moving_variance")
        session.run(train)
        assert session.run(variance).max() < 1


def test_activations_are_summarized():
    x = tf.placeholder(tf.float32, [None, 2])
    summary = layers.summarize_activation(tf.nn.relu6(x))
    assert summary.op.name == "Relu6/activation"
    found = [tensor.op.name for tensor in tf.get_collection("summaries")]
    assert found == ["Relu6/zeros", "Relu6/sixes", "Relu6/activation"]
    scalar = layers.summarize_tensor(tf.constant(1.0, name="c"))
    assert (scalar.op.name, scalar.op.type) == ("c_summary", "ScalarSummary")
