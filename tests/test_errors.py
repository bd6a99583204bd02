"""Errors: classes and codes, the stack in their text, and tags that become a program's lines."""

import os
import pickle
import traceback
from types import SimpleNamespace

import numpy as np
import pytest

import tfsession as tf
from tfsession import errors

CLASSES = [
    (1, "CancelledError", "CANCELLED", "Cancelled"),
    (2, "UnknownError", "UNKNOWN", "Unknown"),
    (3, "InvalidArgumentError", "INVALID_ARGUMENT", "Invalid argument"),
    (4, "DeadlineExceededError", "DEADLINE_EXCEEDED", "Deadline exceeded"),
    (5, "NotFoundError", "NOT_FOUND", "Not found"),
    (6, "AlreadyExistsError", "ALREADY_EXISTS", "Already exists"),
    (7, "PermissionDeniedError", "PERMISSION_DENIED", "Permission denied"),
    (8, "ResourceExhaustedError", "RESOURCE_EXHAUSTED", "Resource exhausted"),
    (9, "FailedPreconditionError", "FAILED_PRECONDITION", "Failed precondition"),
    (10, "AbortedError", "ABORTED", "Aborted"),
    (11, "OutOfRangeError", "OUT_OF_RANGE", "Out of range"),
    (12, "UnimplementedError", "UNIMPLEMENTED", "Unimplemented"),
    (13, "InternalError", "INTERNAL", "Internal"),
    (14, "UnavailableError", "UNAVAILABLE", "Unavailable"),
    (15, "DataLossError", "DATA_LOSS", "Data loss"),
    (16, "UnauthenticatedError", "UNAUTHENTICATED", "Unauthenticated"),
]


def frame(filename, line, name="<module>", text="source()"):
    return traceback.FrameSummary(filename, line, name, line=text)


def operation(name, *frames, inputs=(), original=None, devices=(), colocations=()):
    return SimpleNamespace(
        name=name,
        traceback=list(frames),
        inputs=[SimpleNamespace(op=op) for op in inputs],
        original_op=original,
        device_scopes=list(devices),
        colocation_scopes=list(colocations),
    )


def graph(*ops):
    return SimpleNamespace(operations_by_name={op.name: op for op in ops})


# ---- Classes and codes ----


@pytest.mark.parametrize(("code", "name", "constant", "prefix"), CLASSES)
def test_class_and_code(code, name, constant, prefix):
    error_class = getattr(errors, name)
    error = error_class(None, None, "text")
    assert getattr(errors, constant) == code == error.error_code
    assert errors.exception_type_from_error_code(code) is error_class
    assert errors.error_code_from_exception_type(error_class) == code
    assert isinstance(error, errors.OpError)
    assert error.message == str(error) == "text"
    assert error.op is error.node_def is None
    assert error.args == ()
    assert repr(error) == f"{name}()"
    assert errors.status_text(code, "text") == f"{prefix}: text"
    assert type(errors.make_error(None, None, "text", code)) is error_class
    copied = pickle.loads(pickle.dumps(error))
    assert (type(copied), copied.message, copied.error_code) == (error_class, "text", code)


def test_arguments_by_keyword():
    error = errors.OpError(node_def="n", op=None, message="m", error_code=77)
    assert (error.node_def, error.error_code) == ("n", 77)
    assert pickle.loads(pickle.dumps(error)).error_code == 77
    assert errors.UnknownError(None, None, "m", error_code=99).error_code == 99


def test_code_without_class():
    for code in (0, 99):
        with pytest.raises(KeyError):
            errors.exception_type_from_error_code(code)
    with pytest.warns(UserWarning, match=r"^Unknown error code: 99$"):
        error = errors.make_error(None, None, "m", 99)
    assert type(error) is errors.UnknownError
    assert error.error_code == 99


def test_class_without_code():
    with pytest.warns(UserWarning, match=r"^Unknown class exception$"):
        answer = errors.error_code_from_exception_type(ValueError)
    assert type(answer) is errors.UnknownError


def test_errors_of_building_are_pythons():
    assert issubclass(errors.InaccessibleTensorError, ValueError)
    assert issubclass(errors.OperatorNotAllowedInGraphError, TypeError)


def test_status_raises_at_the_end_of_the_block():
    with errors.raise_exception_on_not_ok_status():
        pass

    def fail(error=None):
        with errors.raise_exception_on_not_ok_status() as status:
            status.code = errors.NOT_FOUND
            status.message = "no such file"
            if error is not None:
                raise error

    with pytest.raises(errors.NotFoundError, match=r"^no such file$"):
        fail()
    with pytest.raises(KeyError):
        fail(KeyError())


# ---- The stack in the text ----


def test_text_shows_where_the_op_was_made():
    op = operation("mm", frame("/p/a.py", 3, text="main()"), frame("/p/lib/b.py", 7, "main"))
    assert str(errors.InvalidArgumentError(None, op, "bad")) == (
        "bad\n\nOriginal stack trace for 'mm':\n"
        '  File "a.py", line 3, in <module>\n    main()\n'
        '  File "lib/b.py", line 7, in main\n    source()\n'
    )


def test_text_shows_the_op_of_a_gradient_and_cuts_what_is_the_same():
    shared = [frame("/p/a.py", line, f"f{line}") for line in range(1, 5)]
    forward = operation("mm", *shared, frame("/p/a.py", 10, "net"))
    backward = operation("mm_grad", *shared, frame("/p/a.py", 20, "train"), original=forward)
    text = str(errors.InternalError(None, backward, "bad"))
    wanted = (
        "\n...which was originally created as op 'mm', defined at:\n"
        '  File "a.py", line 1, in f1\n    source()\n'
        "[elided 2 identical lines from previous traceback]\n"
        '  File "a.py", line 4, in f4\n    source()\n'
        '  File "a.py", line 10, in net\n    source()\n'
    )
    assert text.startswith("bad\n\nOriginal stack trace for 'mm_grad':\n")
    assert text.endswith(wanted)


def test_common_folder_is_cut_at_a_slash():
    op = operation("a", frame("/p/model_a.py", 1), frame("/p/model_b.py", 2))
    assert '"model_a.py"' in str(errors.InternalError(None, op, "bad"))
    op = operation("a", frame("<stdin>", 1), frame("/p/b.py", 2))
    assert '"/p/b.py"' in str(errors.InternalError(None, op, "bad"))


# ---- Tags ----


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ("bad\n\t [[{{node a/mm}}]]", "a/mm"),
        ("bad\n\t [[a/mm]]", "a/mm"),
        ("bad\n\t [[Node: a/mm = MatMul[T=DT_FLOAT]]]", "a/mm"),
        ("bad\n\t [[{{node a}}, {{node b}}]]", "a"),
        ("no node", None),
    ],
)
def test_failed_node_name(message, wanted):
    assert errors.failed_node_name(message) == wanted


def test_node_tag_becomes_the_line_and_lists_its_inputs():
    p = operation("pp", frame("/home/e1.py", 3))
    same_line = operation("c", frame("/home/e1.py", 4))
    mm = operation("sc/mm", frame("/home/e1.py", 4), inputs=[p, p, same_line])
    assert errors.interpolate("bad: In[1]: [1,1]\n\t [[{{node sc/mm}}]]", graph(p, mm)) == (
        "bad: In[1]: [1,1]\n\t [[node sc/mm (defined at e1.py:4) ]]\n\n"
        "Errors may have originated from an input operation.\n"
        "Input Source operations connected to node sc/mm:\n"
        " pp (defined at e1.py:3)"
    )


def test_several_inputs_are_joined_by_tab_and_newline():
    inputs = [operation(name, frame("e.py", line)) for name, line in (("p", 1), ("q", 2))]
    op = operation("mm", frame("e.py", 3), inputs=inputs)
    text = errors.interpolate("[[{{node mm}}]]", graph(op))
    assert text.endswith("node mm:\n p (defined at e.py:1)\t\n q (defined at e.py:2)")


def test_unknown_nodes_and_types_stay_and_functions_go():
    text = "{{node no}} {{other a}} {{function_node f}}{{node a}} {{node}} {{}}"
    a = operation("a", frame("e.py", 1))
    assert errors.interpolate(text, graph(a)) == (
        "{{node no}} {{other a}} node a (defined at e.py:1)  {{node}} {{}}"
    )


def test_defined_at_is_the_innermost_line_of_the_user():
    package = os.path.dirname(errors.__file__)
    kernels = os.path.join(os.path.dirname(package), "kernels")
    op = operation(
        "a",
        frame("/user/outer.py", 1),
        frame("/user/inner.py", 2),
        frame(os.path.join(package, "ops", "math.py"), 3),
        frame(os.path.join(kernels, "math.py"), 4),
    )
    # Nothing but the root is common to the folders, so its slash is what is cut.
    assert errors.interpolate("{{node a}}", graph(op)) == "node a (defined at user/inner.py:2) "
    assert not errors.is_framework_file(package + "_of_somebody_else/x.py")
    assert errors.user_frame([]) is None


def test_colocation_tag_tells_what_placed_the_node():
    a = operation(
        "a",
        frame("/p/e.py", 1),
        devices=[("/gpu:0", "/p/e.py", 8)],
        colocations=[("b", "/p/e.py", 9)],
    )
    assert errors.interpolate("Cannot colocate {{colocation_node a}}.", graph(a)) == (
        "Cannot colocate node a (defined at e.py:1) placed on device "
        "Device assignments active during op 'a' creation:\n"
        "  with tf.device(/gpu:0): <e.py:8> ."
        "\n\nAdditional information about colocations:\n"
        "Node-device colocations active during op 'a' creation:\n"
        "  with tf.colocate_with(b): <e.py:9>\n"
        "Device assignments active during op 'a' creation:\n"
        "  with tf.device(/gpu:0): <e.py:8>"
    )


def test_colocation_tag_without_scopes():
    text = errors.interpolate("{{colocation_node a}}", graph(operation("a", frame("e.py", 1))))
    assert text.startswith(
        "node a (defined at e.py:1) placed on device "
        "No device assignments were active during op 'a' creation. "
    )
    assert "No node-device colocations were active during op 'a' creation." in text


def test_text_without_tags_is_unchanged():
    assert errors.interpolate("plain {text}", graph()) == "plain {text}"


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (TypeError, errors.InvalidArgumentError),
        (ValueError, errors.InvalidArgumentError),
        (StopIteration, errors.OutOfRangeError),
        (MemoryError, errors.ResourceExhaustedError),
        (NotImplementedError, errors.UnimplementedError),
        (KeyError, errors.UnknownError),
    ],
)
def test_what_a_py_func_raises(session, raised, kind):
    def fail():
        raise raised("told")

    failing = tf.py_func(fail, [], tf.float32)
    with pytest.raises(kind, match=rf"{raised.__name__}: '?told") as caught:
        session.run(failing)
    assert "in fail" in caught.value.message
    other = tf.py_func(lambda: np.int64(1), [], tf.float32)
    text = r"0-th value returned by pyfunc_\d+ is int64, but expects float"
    with pytest.raises(errors.InvalidArgumentError, match=text):
        session.run(other)
