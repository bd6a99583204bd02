"""The way back through a graph: which operations it adds, under which names, and its errors.

What gradients compute is tested with the records of the ops. Graphs that are expected literally
were compared with TensorFlow's; where 1.15 and later versions name things differently, 1.15 wins.
"""

from __future__ import annotations

import importlib

import numpy as np
import pytest

import tfsession as tf

pytestmark = pytest.mark.usefixtures("graph")


@pytest.fixture
def register(monkeypatch):
    """Registers gradients that are forgotten after the test."""
    # `tf.gradients`, the function, hides the module of that name.
    module = importlib.import_module("tfsession.autodiff.gradients")
    monkeypatch.setattr(module, "_registered", dict(module._registered))
    monkeypatch.setattr(module, "_places", dict(module._places))
    return tf.RegisterGradient


def place(name, shape=(2,), dtype=tf.float32):
    return tf.placeholder(dtype, shape, name)


def added(graph):
    """(name, type, inputs) of what the walk added, less what belongs to gradient functions."""
    return [
        (op.name, op.type, [t.name for t in op.inputs])
        for op in graph.get_operations()
        if op.name.startswith("gradients/") and op._original_op is None
    ]


# ---- What is added, under which names ----


def test_gradients_start_with_ones(graph):
    a, b = place("a"), place("b")
    da, db = tf.gradients(tf.multiply(a, b, "y"), [a, b])
    assert added(graph) == [
        ("gradients/Shape", "Const", []),
        ("gradients/grad_ys_0", "Const", []),
        ("gradients/Fill", "Fill", ["gradients/Shape:0", "gradients/grad_ys_0:0"]),
    ]
    assert (da.name, db.name) == ("gradients/y_grad/Mul:0", "gradients/y_grad/Mul_1:0")
    assert da.op._original_op.name == "y"


def test_an_unknown_shape_is_taken_at_run_time(graph):
    a = place("a", None)
    tf.gradients(tf.identity(a, name="y"), a)
    assert added(graph)[0] == ("gradients/Shape", "Shape", ["y:0"])


def test_given_gradients_are_checked_in(graph):
    a = place("a")
    (da,) = tf.gradients(tf.identity(a), a, grad_ys=np.ones(2, np.float32))
    assert added(graph) == [
        ("gradients/grad_y_0", "Const", []),
        ("gradients/grad_ys_0", "Identity", ["gradients/grad_y_0:0"]),
    ]
    assert da.name == "gradients/grad_ys_0:0"


def test_gradients_of_several_paths_are_added(graph):
    a = place("a")
    (da,) = tf.gradients([tf.multiply(a, a, "mul"), tf.identity(a)], [a])
    assert da.name == "gradients/AddN:0"
    assert [t.name for t in da.op.inputs] == [
        "gradients/mul_grad/Mul:0",
        "gradients/mul_grad/Mul_1:0",
        "gradients/Fill_1:0",
    ]
    assert da.op.colocation_groups() == [b"loc:@gradients/mul_grad/Mul"]


@pytest.mark.parametrize("method", [1, 2])
def test_gradients_can_be_added_in_pairs(method):
    a = place("a")
    (da,) = tf.gradients(tf.multiply(a, a, "mul") + a, [a], aggregation_method=method)
    assert da.name.startswith("gradients/a_gradient_sum/AddN_1")
    assert da.op.inputs[0].name == "gradients/a_gradient_sum/AddN:0"


def test_outputs_that_nothing_depends_on_get_zeros(graph):
    a = place("a")
    first, _ = tf.split(a, 2, name="sp")
    tf.gradients(tf.identity(first), a)
    assert added(graph)[-1] == ("gradients/zeros_like", "ZerosLike", ["sp:1"])


def test_the_gradient_of_a_tensor_by_itself_is_one():
    a = place("a")
    assert tf.gradients(a, a)[0].name == "gradients/Fill:0"


def test_scopes_nest_and_repeat(graph):
    a = place("a")
    y = tf.square(a, "y")
    with tf.name_scope("opt"):
        assert tf.gradients(y, a, name="gg")[0].name.startswith("opt/gg/y_grad/")
        assert tf.gradients(y, a, name="gg")[0].name.startswith("opt/gg_1/y_grad/")


def test_gradients_can_be_colocated_with_their_operations():
    a = place("a")
    (da,) = tf.gradients(tf.square(a, "y"), a, colocate_gradients_with_ops=True)
    assert b"loc:@y" in da.op.colocation_groups()


def test_gated_gradients_wait_for_each_other(graph):
    a, b = place("a"), place("b")
    da, db = tf.gradients(tf.multiply(a, b, "y"), [a, b], gate_gradients=True)
    assert da.name == "gradients/y_grad/tuple/control_dependency:0"
    assert db.name == "gradients/y_grad/tuple/control_dependency_1:0"
    group = graph.get_operation_by_name("gradients/y_grad/tuple/group_deps")
    assert {op.name for op in group.control_inputs} == {
        "gradients/y_grad/Mul",
        "gradients/y_grad/Mul_1",
    }


# ---- What is connected ----


def test_what_ys_do_not_depend_on_has_no_gradient():
    a, b = place("a"), place("b")
    assert tf.gradients(tf.square(a), [b]) == [None]
    assert tf.gradients([], [a]) == [None]
    _, db = tf.gradients(tf.square(a), [a, b], unconnected_gradients="zero")
    assert db.shape.as_list() == [2]
    assert tf.gradients(tf.square(a), b, unconnected_gradients=tf.UnconnectedGradients.ZERO) != [
        None
    ]


def test_gradients_end_at_integers():
    a = place("a", dtype=tf.int32)
    assert tf.gradients(tf.square(a), a) == [None]
    b = place("b")
    whole = tf.cast(b, tf.int32)
    assert tf.gradients(tf.cast(whole, tf.float32), b) == [None]


def test_gradients_stop_where_they_are_told_to():
    a = place("a")
    b = tf.square(a, "b")
    da, db = tf.gradients(tf.square(b), [a, b], stop_gradients=[b])
    assert da is None
    assert db is not None
    assert tf.gradients(tf.square(tf.stop_gradient(a)), a) == [None]


def test_ops_without_a_gradient_send_none():
    a = place("a")
    assert tf.gradients(tf.zeros_like(tf.placeholder(tf.float32)), a) == [None]


def test_x_between_other_xs_and_ys_is_passed_through():
    a = place("a")
    b = tf.square(a, "b")
    da, db = tf.gradients(tf.square(b, "c"), [a, b])
    assert da.name.startswith("gradients/b_grad/")
    assert db.name.startswith("gradients/c_grad/")


# ---- Slices ----


def slices_of(values, indices, shape=(4, 2)):
    return tf.IndexedSlices(
        tf.constant(values, tf.float32), tf.constant(indices), tf.constant(list(shape))
    )


def test_slices_are_joined(graph, register):
    @register("FirstRows")
    def gradient(op, dy):
        return slices_of([[1.0, 1.0]], [0])

    a = place("a", (4, 2))
    with graph.gradient_override_map({"Square": "FirstRows"}):
        ys = [tf.square(a), tf.square(a)]
    (da,) = tf.gradients(ys, a)
    assert isinstance(da, tf.IndexedSlices)
    assert (da.values.name, da.indices.name) == ("gradients/concat:0", "gradients/concat_1:0")
    assert da.values.shape.as_list() == [2, 2]


def test_indices_of_different_types_are_joined_as_int64(graph, register):
    @register("Narrow")
    def narrow(op, dy):
        return slices_of([[1.0, 1.0]], np.array([0], np.int32))

    @register("Wide")
    def wide(op, dy):
        return slices_of([[1.0, 1.0]], np.array([0], np.int64))

    a = place("a", (4, 2))
    with graph.gradient_override_map({"Square": "Narrow"}):
        y = tf.square(a)
    with graph.gradient_override_map({"Square": "Wide"}):
        z = tf.square(a)
    (da,) = tf.gradients([y, z], a)
    assert da.indices.dtype == tf.int64


def test_slices_and_tensors_add_up_to_a_tensor():
    a = place("a", (4, 2))
    (da,) = tf.gradients([tf.gather(a, [0, 1]), tf.square(a)], a)
    assert isinstance(da, tf.Tensor)
    assert (da.name, da.op.inputs[0].op.type) == ("gradients/AddN:0", "UnsortedSegmentSum")


def test_slices_can_be_given(graph):
    a = place("a", (4, 2))
    (da,) = tf.gradients(tf.identity(a), a, grad_ys=[slices_of([[1.0, 1.0]], [0])])
    assert da.values.name == "gradients/grad_ys_0_values:0"


# ---- Registration ----


def test_programs_override_gradients(graph, register):
    @register("Triple")
    def triple(op, dy):
        return dy * 3.0

    a = place("a")
    with graph.gradient_override_map({"Square": "Triple"}):
        y = tf.square(a, "s")
    (da,) = tf.gradients(y, a)
    assert da.name == "gradients/s_grad/mul:0"
    with pytest.raises(
        KeyError,
        match=r"Registering two gradient with name 'Triple'! \(Previous registration was in ",
    ):
        register("Triple")(triple)


def test_registration_checks_names(register):
    with pytest.raises(TypeError, match=r"^op_type must be a string$"):
        tf.RegisterGradient(3)
    with pytest.raises(TypeError, match=r"^op_type must be a string$"):
        tf.NotDifferentiable(3)
    with pytest.raises(KeyError, match="Registering two gradient with name 'Mul'! "):
        tf.NoGradient("Mul")


def test_not_differentiable_ends_gradients(graph, register):
    tf.NotDifferentiable("Ends")
    a = place("a")
    with graph.gradient_override_map({"Square": "Ends"}):
        assert tf.gradients(tf.square(a), a) == [None]


def test_an_undefined_gradient_names_the_operation(graph):
    a = place("a")
    with graph.gradient_override_map({"Square": "Nowhere"}):
        y = tf.square(a, "x")
    with pytest.raises(LookupError) as raised:
        tf.gradients(y, a)
    assert str(raised.value) == "No gradient defined for operation 'x' (op type: Square)"


UNDEFINED = {
    "AdjustContrastv2": lambda x: tf.image.adjust_contrast(x, 2.0),
    "AdjustHue": lambda x: tf.image.adjust_hue(x, 0.1),
    "ResizeArea": lambda x: tf.image.resize_area(x, [2, 2]),
    "Unique": lambda x: tf.unique(tf.reshape(x, [-1]))[0],
    "ListDiff": lambda x: tf.setdiff1d(tf.reshape(x, [-1]), [0.0])[0],
    "TruncateMod": lambda x: tf.truncatemod(x, 2.0),
    "LRNGrad": lambda x: tf.gradients(tf.nn.lrn(x), x)[0],
    "ResizeNearestNeighborGrad": lambda x: tf.gradients(
        tf.square(tf.image.resize_nearest_neighbor(x, [2, 2])), x
    )[0],
}


@pytest.mark.parametrize("name", UNDEFINED)
def test_a_term_without_gradient_is_refused_and_not_left_out(graph, name):
    x = tf.placeholder(tf.float32, [1, 4, 4, 3])
    y = tf.reduce_sum(UNDEFINED[name](x)) + tf.reduce_sum(x)
    with pytest.raises(LookupError, match=f"No gradient defined for operation .*{name}"):
        tf.gradients(y, x)


def test_a_program_may_define_what_is_undefined(graph, register):
    x = tf.placeholder(tf.float32, [1, 4, 4, 3])
    register("AdjustHue")(lambda op, dy: [2 * dy, None])
    assert tf.gradients(tf.image.adjust_hue(x, 0.1), x)[0].op.type == "Mul"


# ---- Errors ----


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (
            lambda op, dy: tf.concat([dy, dy], 0),
            "Incompatible shapes between op input and calculated input gradient.  Forward "
            "operation: s.  Input index: 0. Original input shape: (2,).  Calculated input gradient "
            "shape: (4,)",
        ),
        (lambda op, dy: (dy, dy), 'Num gradients 2 generated for op name: "s"'),
    ],
)
def test_gradients_that_do_not_fit_are_refused(graph, register, function, text):
    register("Bad")(function)
    a = place("a")
    with graph.gradient_override_map({"Square": "Bad"}):
        y = tf.square(a, "s")
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # the text is compared below
        tf.gradients(y, a)
    assert str(raised.value).startswith(text)


def test_a_gradient_that_is_no_tensor_is_refused(graph, register):
    register("Text")(lambda op, dy: "text")
    a = place("a")
    with graph.gradient_override_map({"Square": "Text"}):
        y = tf.square(a, "s")
    with pytest.raises(TypeError, match=r"^gradients have to be either all Tensors or all Indexed"):
        tf.gradients(y, a)


def test_complex_ys_need_given_gradients():
    a = place("a", dtype=tf.complex64)
    with pytest.raises(
        TypeError,
        match=r"^Gradients of complex tensors must set grad_ys \(y\.dtype = tf\.complex64\)$",
    ):
        tf.gradients(tf.identity(a), a)


@pytest.mark.parametrize(
    ("dtype", "given", "text"),
    [
        (
            tf.float32,
            np.ones(2, np.complex64),
            "Gradient type complex64 generated for real or integer-valued tensor "
            'Tensor("y:0", shape=(2,), dtype=float32) with type float32 must be real or integer',
        ),
        (
            tf.complex64,
            np.ones(2, np.float32),
            "Gradient type float32 generated for complex-valued tensor "
            'Tensor("y:0", shape=(2,), dtype=complex64) with type complex64 must be real',
        ),
        (
            tf.string,
            np.ones(2, np.float32),
            'Tensor Tensor("y:0", shape=(2,), dtype=string) with type string must be numeric to '
            "obtain a default gradient",
        ),
    ],
)
def test_given_gradients_of_another_kind_are_refused(dtype, given, text):
    a = place("a", dtype=dtype)
    with pytest.raises(TypeError) as raised:
        tf.gradients(tf.identity(a, name="y"), a, grad_ys=[given])
    assert str(raised.value) == text


def test_arguments_are_checked():
    a = place("a")
    with pytest.raises(ValueError, match=r"^Passed 2 grad_ys for 1 ys$"):
        tf.gradients(tf.square(a), a, grad_ys=[None, None])
    with pytest.raises(ValueError, match=r"^Unknown value for unconnected_gradients: 'foo'$"):
        tf.gradients(tf.square(a), a, unconnected_gradients="foo")
    with pytest.raises(ValueError, match=r"^Invalid aggregation_method specified 7\.$"):
        tf.gradients(tf.square(a), a, aggregation_method=7)


# ---- Size ----


def test_long_chains_do_not_recurse():
    y = a = place("a")
    for _ in range(3000):
        y = tf.identity(y)
    assert tf.gradients(y, a)[0] is not None


def test_shared_parts_are_visited_once(graph):
    """Doubling 60 times has 2**60 paths; each operation is visited once."""
    y = a = place("a")
    for _ in range(60):
        y = tf.add_n([y, y])
    tf.gradients(y, a)
    assert len(graph.get_operations()) < 200


# ---- Second derivatives ----


def test_hessians_have_the_shape_twice():
    a = place("a", (3,))
    (hessian,) = tf.hessians(a * tf.square(a), a)
    assert hessian.shape.as_list() == [3, 3]


def test_hessians_need_a_known_shape():
    a = place("a", None)
    with pytest.raises(ValueError, match=r"^hessians: the shape <unknown> of"):
        tf.hessians(tf.square(a), a)


def test_a_single_tensor_may_stop_gradients():
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.constant(3.0)
        y = x * x
        z = y * x
        assert session.run(tf.gradients(z, x, stop_gradients=y)) == [9.0]


ROWS = {
    "a number": lambda m: m * 2.0 + 1.0,
    "from a number": lambda m: 1.0 - m,
    "a row": lambda m: m + np.float32([1, 2]),
    "before a row": lambda m: [1.0, 2.0] - m,
    "itself": lambda m: m - m,
    "negative": lambda m: -m,
    "bias": lambda m: tf.nn.bias_add(m, [1.0]),
    "sum": lambda m: tf.add_n([m, m]),
    "rows": lambda m: tf.gather(m, [1, 0]),
    "elements": lambda m: tf.gather_nd(m, [[1], [0]]),
    "concat": lambda m: tf.concat([m, m], 0),
    "normalized": lambda m: tf.nn.batch_normalization(m, 0.5, 4.0, 0.1, 2.0, 0.1),
    "map": lambda m: tf.map_fn(lambda x: x * 2.0, m),
}


@pytest.mark.parametrize("name", ROWS)
def test_slices_reach_any_operation(name):
    """The gradient of a gather is that of a slice, whatever the gather reads."""
    m = tf.constant([[1.0], [2.0]])
    y = ROWS[name](m)

    def gradient(of):
        dm = tf.gradients(of, m)[0]
        if isinstance(dm, tf.IndexedSlices):
            return tf.unsorted_segment_sum(dm.values, dm.indices, 2)
        return dm

    with tf.Session() as session:
        expected, found = session.run([gradient(y[:1]), gradient(tf.gather(y, [0]))])
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_slices_of_a_concatenation_stay_slices(axis: int) -> None:
    """Each of the joined tensors gets those of its own rows, or its columns of all rows."""
    x, y = tf.constant(np.ones([2, 2]), tf.float32), tf.constant(np.ones([3, 2]), tf.float32)
    parts = [x, y] if axis == 0 else [x, x]
    rows = tf.gather(tf.concat(parts, axis), [1, 0, 1])
    slices = tf.gradients(rows * [[1.0], [10.0], [100.0]], parts[:1] if axis else parts)
    assert all(isinstance(part, tf.IndexedSlices) for part in slices)
    with tf.Session() as session:
        found = session.run([tf.convert_to_tensor(part) for part in slices])
    one = 1 if axis == 0 else 2  # x is joined with itself along the columns
    np.testing.assert_array_equal(found[0], [[10 * one] * 2, [101 * one] * 2])
    if axis == 0:
        np.testing.assert_array_equal(found[1], np.zeros([3, 2]))


def test_slices_of_a_concatenation_along_an_unknown_axis_are_refused() -> None:
    x = tf.placeholder(tf.float32)
    rows = tf.gather(tf.concat([x, x], tf.placeholder(tf.int32, [])), [0])
    with pytest.raises(ValueError, match="statically-known concat_dim"):
        tf.gradients(rows, x)
    rows = tf.gather(tf.concat([x, x], -1), [0])
    with pytest.raises(ValueError, match="negative concat_dim when first value rank"):
        tf.gradients(rows, x)
