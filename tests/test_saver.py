"""`tf.train.Saver`: its operations are TensorFlow's, and what it saves comes back."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tfsession as tf
from tests.stored_values import PARTS, VALUES
from tfsession.formats import tensor_bundle
from tfsession.formats.tensor_proto import make_ndarray

GOLDEN = Path(__file__).parent / "golden" / "checkpoints"
RECORDED = json.loads((GOLDEN / "savers.json").read_text())

# What record_checkpoints.py makes Savers with.
SAVERS = {
    "plain": {},
    "sharded": {"sharded": True},
    "reshape": {"reshape": True, "name": "mine"},
    "sequential": {"restore_sequentially": True, "max_to_keep": None},
    "list": {"filename": "there"},
    "dict": {"max_to_keep": 3},
    "old": {"write_version": tf.train.SaverDef.V1},
    "old sharded": {"write_version": tf.train.SaverDef.V1, "sharded": True, "reshape": True},
}

RESTORING = "Restoring from checkpoint failed. This is most likely due to "


def described(op):
    """An operation as record_checkpoints.py describes it."""
    attrs = {}
    for key in ("_class", "dtypes", "validate_shape", "delete_old_dirs"):
        if key in op.node_def.attr:
            attrs[key] = str(op.get_attr(key))
    if op.type == "Const":
        value = make_ndarray(op.get_attr("value")).tolist()
        attrs["value"] = re.sub("_temp_[0-9a-f]{32}", "_temp_", str(value))
    inputs = [tensor.name for tensor in op.inputs]
    controls = sorted(control.name for control in op.control_inputs)
    return [op.type, op.name, inputs, controls, op.device, attrs]


@pytest.mark.parametrize("case", SAVERS)
def test_operations_are_those_of_tensorflow(graph, case):
    with tf.device("/cpu:0"):
        v = tf.get_variable("a/v", [2, 3], use_resource=False)
        tf.get_variable("r", initializer=5, use_resource=True)
    with tf.device("/cpu:1"):
        w = tf.get_variable("w", [2], use_resource=False)
    parts = tf.get_variable("p", [4, 2], partitioner=tf.fixed_size_partitioner(2))
    known = {"list": [w, v], "dict": {"x": v, "q": list(parts)}}
    before = len(graph.get_operations())
    saver_def = tf.train.Saver(known.get(case), **SAVERS[case]).saver_def
    found = [described(op) for op in graph.get_operations()[before:]]
    assert found == RECORDED[case]["operations"]
    fields = "filename_tensor_name save_tensor_name restore_op_name max_to_keep sharded version"
    assert [getattr(saver_def, f) for f in fields.split()] == RECORDED[case]["saver_def"]


def variables_of_tensorflow():
    """The variables of the recorded checkpoints."""
    for name, value in sorted(VALUES.items()):
        tf.get_variable(name, initializer=value, use_resource=name == "int32")
    tf.get_variable("bfloat16", initializer=tf.zeros([2], tf.bfloat16))
    parts = tf.fixed_size_partitioner(2, axis=1)
    tf.get_variable("parts", PARTS.shape, partitioner=parts)


@pytest.mark.parametrize("release", ["tensorflow1", "tensorflow2"])
@pytest.mark.parametrize("name", ["v2", "sharded", "v1"])
def test_checkpoints_of_tensorflow_are_restored(session, release, name):
    variables_of_tensorflow()
    is_old = name == "v1"
    variables = [v for v in tf.global_variables() if not (is_old and v.op.name == "bfloat16")]
    tf.train.Saver(variables).restore(session, str(GOLDEN / release / name))
    for key, value in VALUES.items():
        with tf.variable_scope("", reuse=True):
            found = session.run(tf.get_variable(key, value.shape, tf.as_dtype(value.dtype)))
        assert np.array_equal(found, value)


@pytest.mark.parametrize("name", ["v2", "v1"])
def test_checkpoints_have_the_bytes_of_tensorflow(session, tmp_path, name):
    variables_of_tensorflow()
    variables = [v for v in tf.global_variables() if not (name == "v1" and "bf" in v.name)]
    version = tf.train.SaverDef.V1 if name == "v1" else tf.train.SaverDef.V2
    saver = tf.train.Saver(variables, write_version=version)
    source = str(GOLDEN / "tensorflow1" / name)
    saver.restore(session, source)
    path = saver.save(session, str(tmp_path / "copy"))
    for suffix in ("",) if name == "v1" else (".index", ".data-00000-of-00001"):
        assert Path(path + suffix).read_bytes() == Path(source + suffix).read_bytes()


# ---- Saving ----


@pytest.fixture
def one(session):
    """A variable with a value, and its Saver."""
    v = tf.get_variable("v", initializer=[1.0, 2.0], use_resource=False)
    session.run(v.initializer)
    return v, tf.train.Saver()


def test_what_is_saved_comes_back(session, tmp_path):
    v = tf.get_variable("v", initializer=[1.0, 2.0], use_resource=False)
    r = tf.get_variable("r", initializer=[[3]], use_resource=True)
    p = tf.get_variable("p", [5, 2], partitioner=tf.fixed_size_partitioner(2))
    session.run(tf.global_variables_initializer())
    values = session.run([v, r, p.as_tensor()])
    for arguments in ({}, {"sharded": True}, {"write_version": tf.train.SaverDef.V1}):
        saver = tf.train.Saver(**arguments)
        path = saver.save(session, str(tmp_path / "m"))
        session.run([tf.assign(v, [0.0, 0.0]), r.assign([[0]]), *p.assign(tf.zeros([5, 2]))])
        saver.restore(session, path)
        for found, value in zip(session.run([v, r, p.as_tensor()]), values, strict=True):
            assert np.array_equal(found, value)


def test_restored_variables_are_independent_of_each_other(session, tmp_path):
    """The array that is read becomes the variable's memory: of one variable only."""
    v = tf.get_variable("v", initializer=[1.0, 2.0])
    twin = tf.get_variable("twin", initializer=[0.0, 0.0], use_resource=True)
    session.run(v.initializer)
    path = tf.train.Saver([v]).save(session, str(tmp_path / "m"))
    restored = tf.raw_ops.RestoreV2(
        prefix=path, tensor_names=["v"], shape_and_slices=[""], dtypes=[tf.float32]
    )
    restored = restored[0] if isinstance(restored, (list, tuple)) else restored
    with tf.Session(graph=v.graph) as fresh:
        both = [tf.assign(v, restored).op, twin.assign(restored, read_value=False)]
        _, fetched = fresh.run([both, restored])
        fresh.run(tf.assign_add(v, [10.0, 10.0]))
        fresh.run(twin.assign_sub([1.0, 1.0], read_value=False))
        assert fetched.tolist() == [1.0, 2.0]
        assert fresh.run(v).tolist() == [11.0, 12.0]
        assert fresh.run(twin).tolist() == [0.0, 1.0]


def test_names_and_state_of_checkpoints(one, session, tmp_path):
    _, saver = one
    prefix = str(tmp_path / "m")
    assert saver.save(session, prefix) == prefix
    assert saver.save(session, prefix, global_step=7) == f"{prefix}-7"
    step = tf.constant(8, name="step")
    assert saver.save(session, prefix, global_step=step) == f"{prefix}-8"
    assert sorted(p.name for p in tmp_path.iterdir())[:4] == [
        "checkpoint",
        "m-7.data-00000-of-00001",
        "m-7.index",
        "m-7.meta",
    ]
    assert saver.last_checkpoints == [prefix, f"{prefix}-7", f"{prefix}-8"]
    assert (tmp_path / "checkpoint").read_text().splitlines() == [
        f'model_checkpoint_path: "{prefix}-8"',
        f'all_model_checkpoint_paths: "{prefix}"',
        f'all_model_checkpoint_paths: "{prefix}-7"',
        f'all_model_checkpoint_paths: "{prefix}-8"',
    ]
    assert tf.train.latest_checkpoint(str(tmp_path)) == f"{prefix}-8"
    padded = tf.train.Saver(pad_step_number=True, save_relative_paths=True)
    assert padded.save(session, prefix, global_step=np.int64(12)) == f"{prefix}-00000012"
    assert '"m-00000012"' in (tmp_path / "checkpoint").read_text()


def test_relative_paths(one, session, tmp_path, monkeypatch):
    _, saver = one
    monkeypatch.chdir(tmp_path)
    assert saver.save(session, "sub/m", global_step=1) == "sub/m-1"
    assert saver.save(session, "m") == "m"
    assert Path("sub/checkpoint").read_text().startswith('model_checkpoint_path: "m-1"')
    assert Path("checkpoint").read_text().splitlines()[1:] == [
        'all_model_checkpoint_paths: "sub/m-1"',
        'all_model_checkpoint_paths: "m"',
    ]
    assert tf.train.latest_checkpoint("sub") == "sub/m-1"


def test_old_checkpoints_go(one, session, tmp_path):
    saver = tf.train.Saver(max_to_keep=2)
    for step in (1, 2, 3, 2):
        saver.save(session, str(tmp_path / "m"), global_step=step)
    assert saver.last_checkpoints == [str(tmp_path / "m-3"), str(tmp_path / "m-2")]
    assert {path.name.partition(".")[0] for path in tmp_path.iterdir()} == {
        "checkpoint",
        "m-2",
        "m-3",
    }
    everything = tf.train.Saver(max_to_keep=0)
    for step in (7, 8):
        everything.save(session, str(tmp_path / "all"), global_step=step)
    assert everything.last_checkpoints == []
    assert (tmp_path / "all-7.index").exists()


def test_one_checkpoint_is_kept_every_so_often(one, session, tmp_path):
    saver = tf.train.Saver(max_to_keep=1, keep_checkpoint_every_n_hours=1.0)
    saver.save(session, str(tmp_path / "a"))
    ((path, written),) = saver._last_checkpoints
    saver.set_last_checkpoints_with_time([(path, written + 3601)])
    for name in "bc":
        saver.save(session, str(tmp_path / name))
    assert sorted(path.name for path in tmp_path.glob("*.index")) == ["a.index", "c.index"]


def test_recovering_what_an_earlier_program_wrote(one, session, tmp_path):
    _, saver = one
    paths = [saver.save(session, str(tmp_path / "m"), global_step=step) for step in (1, 2)]
    other = tf.train.Saver()
    other.recover_last_checkpoints([str(tmp_path / "gone"), *paths])
    assert other.last_checkpoints == paths
    other.set_last_checkpoints(["x"])
    assert other.last_checkpoints == ["x"]


def test_what_is_written_besides_is_asked_for(one, session, tmp_path):
    _, saver = one
    path = saver.save(session, str(tmp_path / "m"), write_meta_graph=False, write_state=False)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m.data-00000-of-00001", "m.index"]
    saver.save(session, path, latest_filename="latest", meta_graph_suffix="graph")
    assert (tmp_path / "m.graph").exists()
    assert tf.train.latest_checkpoint(str(tmp_path), "latest") == path
    assert tf.train.latest_checkpoint(str(tmp_path)) is None


def test_a_saver_that_is_built_later(session, tmp_path):
    saver = tf.train.Saver(defer_build=True)
    with pytest.raises(RuntimeError, match=r"`build\(\)` should be called before save if defer_bu"):
        saver.save(session, str(tmp_path / "m"))
    v = tf.get_variable("v", initializer=1.0)
    session.run(v.initializer)
    saver.build()
    saver.build()
    assert saver.save(session, str(tmp_path / "m")) == str(tmp_path / "m")


def test_a_saver_without_variables(session, tmp_path):
    saver = tf.train.Saver(allow_empty=True)
    assert saver.save(session, str(tmp_path / "m")) is None
    assert [path.name for path in tmp_path.iterdir()] == ["m.meta"]
    saver.restore(session, None)


def test_objects_that_say_what_is_saved(session, tmp_path):
    builder = tf.python.training.saver.BaseSaverBuilder

    class Doubled(builder.SaveableObject):
        def __init__(self, var):
            super().__init__(var, [builder.SaveSpec(var * 2.0, "", "doubled")], "doubled")

        def restore(self, restored_tensors, restored_shapes):
            return tf.assign(self.op, restored_tensors[0] / 2.0)

    v = tf.get_variable("v", initializer=3.0, use_resource=False)
    tf.add_to_collection(tf.GraphKeys.SAVEABLE_OBJECTS, Doubled(v))
    session.run(v.initializer)
    saver = tf.train.Saver(tf.get_collection(tf.GraphKeys.SAVEABLE_OBJECTS))
    path = saver.save(session, str(tmp_path / "m"))
    assert tf.train.load_variable(path, "doubled") == 6.0
    session.run(v.assign(0.0))
    saver.restore(session, path)
    assert session.run(v) == 3.0


def test_a_saver_of_a_finalized_graph(one, session, tmp_path):
    v, saver = one
    v.graph.finalize()
    saver.restore(session, saver.save(session, str(tmp_path / "m"), global_step=np.int32(1)))
    with pytest.raises(RuntimeError, match="Graph is finalized and cannot be modified"):
        tf.train.Saver()


# ---- Mistakes ----


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (lambda v: tf.train.Saver([]), ValueError, "No variables to save"),
        (
            lambda v: tf.train.Saver([tf.constant(1)]),
            TypeError,
            'Variable to save is not a Variable: Tensor("Const:0", shape=(), dtype=int32)',
        ),
        (
            lambda v: tf.train.Saver({"a": tf.constant(1.0)}),
            TypeError,
            "names_to_saveables must be a dict mapping string names to Tensors/Variables. Not a "
            'variable: Tensor("Const:0", shape=(), dtype=float32)',
        ),
        (
            lambda v: tf.train.Saver("v"),
            TypeError,
            "Variables to save should be passed in a dict or a list: v",
        ),
        (
            lambda v: tf.train.Saver([v, v]),
            ValueError,
            "At least two variables have the same name: v",
        ),
        (
            lambda v: tf.train.Saver({"c": v, "d": v}),
            ValueError,
            "The same saveable will be restored with two names: d",
        ),
        (
            lambda v: tf.train.Saver({1: v}),
            TypeError,
            "names_to_saveables must be a dict mapping string names to trackable operations. Name "
            "is not a string: 1",
        ),
        (
            lambda v: tf.train.Saver({"q": [v]}),
            ValueError,
            "Slices must all be slices: <tf.Variable 'v:0' shape=(2,) dtype=float32_ref>",
        ),
        (
            lambda v: tf.train.Saver([v], defer_build=True),
            ValueError,
            "If `var_list` is provided then build cannot be deferred. Either set defer_build=False "
            "or var_list=None.",
        ),
        (
            lambda v: tf.train.Saver(saver_def=3),
            ValueError,
            "saver_def must be a saver_pb2.SaverDef: 3",
        ),
    ],
)
def test_mistakes_of_making_a_saver(graph, make, kind, text):
    v = tf.get_variable("v", initializer=[1.0, 2.0], use_resource=False)
    with pytest.raises(kind, match=f"^{re.escape(text)}$"):
        make(v)


@pytest.mark.parametrize(
    ("save", "kind", "text"),
    [
        (
            lambda saver, session, path: saver.save(session, path, latest_filename="a/b"),
            ValueError,
            "'latest_filename' must not contain path components",
        ),
        (
            lambda saver, session, path: saver.save(session, f"{path}/checkpoint"),
            ValueError,
            "'latest_filename' collides with 'save_path': 'checkpoint' and '{path}/checkpoint'",
        ),
        (
            lambda saver, session, path: saver.save(session, path.encode()),
            TypeError,
            "Can't mix strings and bytes in path components",
        ),
        (
            lambda saver, session, path: saver.save(3, path),
            TypeError,
            "'sess' must be a Session; 3",
        ),
        (
            lambda saver, session, path: saver.restore(session, None),
            ValueError,
            "Can't load save_path when it is None.",
        ),
        (
            lambda saver, session, path: saver.restore(session, f"{path}/none"),
            ValueError,
            "The passed save_path is not a valid checkpoint: {path}/none",
        ),
    ],
)
def test_mistakes_of_using_a_saver(one, session, tmp_path, save, kind, text):
    v, saver = one
    with pytest.raises(kind, match=f"^{re.escape(text.format(path=tmp_path))}$"):
        save(saver, session, str(tmp_path))
    assert list(tmp_path.iterdir()) == []
    assert session.run(v).tolist() == [1.0, 2.0]


def test_a_folder_that_is_a_file(one, session, tmp_path):
    _, saver = one
    (tmp_path / "file").write_text("")
    path = str(tmp_path / "file" / "m")
    with pytest.raises(ValueError, match=f"^Parent directory of {path} doesn't exist, can't save"):
        saver.save(session, path)


def test_a_variable_without_value(graph, tmp_path):
    tf.get_variable("v", initializer=1.0, use_resource=False)
    with tf.Session(graph=graph) as session:
        with pytest.raises(
            tf.errors.FailedPreconditionError, match="Attempting to use uninitialized value v"
        ) as caught:
            tf.train.Saver().save(session, str(tmp_path / "m"))
    assert caught.value.op.name == "save/SaveV2"
    assert list(tmp_path.iterdir()) == []


def restored_into(path, names, **arguments):
    """The error of restoring a checkpoint of `v` into other variables."""
    with tf.Graph().as_default(), tf.Session() as session:
        variables = {name: tf.get_variable(name, **given) for name, given in names.items()}
        session.run(tf.global_variables_initializer())
        before = session.run(variables)
        with pytest.raises(tf.errors.OpError) as caught:
            tf.train.Saver(**arguments).restore(session, path)
        after = session.run(variables)
        assert all(np.array_equal(after[name], before[name]) for name in names)
        return caught.value


def test_errors_of_restoring(one, session, tmp_path):
    _, saver = one
    path = saver.save(session, str(tmp_path / "m"))
    zeros = {"initializer": tf.zeros_initializer(), "use_resource": False}
    missing = restored_into(path, {"vv": {"shape": [2], **zeros}})
    assert isinstance(missing, tf.errors.NotFoundError)
    assert missing.message.startswith(
        f"{RESTORING}a Variable name or other graph key that is missing from the checkpoint. "
        "Please ensure that you have not altered the graph expected based on the checkpoint. "
        "Original error:\n\nKey vv not found in checkpoint\n"
    )
    assert "the nearest name in the checkpoint is 'v'" in missing.__notes__
    assert missing.op.name == "save/RestoreV2"
    shape = restored_into(path, {"v": {"shape": [3], **zeros}})
    assert isinstance(shape, tf.errors.InvalidArgumentError)
    assert shape.message.startswith(
        f"{RESTORING}a mismatch between the current graph and the graph"
    )
    assert "Assign requires shapes of both tensors to match. lhs shape= [3] rhs shape= [2]" in (
        shape.message
    )
    assert (
        f"the variable 'v' has the shape [3], the tensor 'v' of {path} the shape [2]"
        in shape.__notes__
    )
    dtype = restored_into(path, {"v": {"shape": [2], "dtype": tf.float64, **zeros}})
    text = "tensor_name = v; expected dtype double does not equal original dtype float"
    assert text in dtype.message
    reshaped = restored_into(path, {"v": {"shape": [3], **zeros}}, reshape=True)
    assert "Input to reshape is a tensor with 2 values, but the requested shape has 3" in (
        reshaped.message
    )


def test_a_shape_with_as_many_elements(one, session, tmp_path):
    _, saver = one
    path = saver.save(session, str(tmp_path / "m"))
    with tf.Graph().as_default(), tf.Session() as other:
        v = tf.get_variable("v", [2, 1])
        tf.train.Saver(reshape=True).restore(other, path)
        assert other.run(v).tolist() == [[1.0], [2.0]]


# ---- Interruptions ----

# Saves again and again, and says after each which number it has saved.
_SAVES = """
import sys
import numpy as np
import tfsession as tf
v = tf.get_variable("v", [200_000], initializer=tf.zeros_initializer())
saver = tf.train.Saver(max_to_keep=2, sharded=sys.argv[2] == "sharded")
with tf.Session() as session:
    session.run(v.initializer)
    for step in range(1, 10_000):
        session.run(v.assign(np.full(200_000, step, np.float32)).op)
        saver.save(session, sys.argv[1], global_step=step)
        print(step, flush=True)
"""


def killed_while_saving(folder, kind, rng, after):
    """Kills a program that saves at some moment; returns the last number it had saved."""
    program = subprocess.Popen(
        [sys.executable, "-c", _SAVES, str(folder / "m"), kind],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    with program:
        assert program.stdout is not None
        lines = []
        while len(lines) < after:
            lines.append(program.stdout.readline())
        # Any moment of the next save.
        for _ in range(rng.randrange(200)):
            os.stat(folder)
        program.send_signal(signal.SIGKILL)
        lines += program.stdout.readlines()
    return int(lines[-1])


def check_latest(folder, at_least):
    path = tf.train.latest_checkpoint(str(folder))
    assert path is not None
    step = int(path.rpartition("-")[2])
    assert step in (at_least, at_least + 1)
    assert set(tf.train.load_variable(path, "v").tolist()) == {float(step)}


@pytest.mark.parametrize("kind", ["plain", "sharded"])
def test_a_program_that_is_killed_leaves_a_whole_checkpoint(tmp_path, kind):
    rng = random.Random(kind)
    last = killed_while_saving(tmp_path, kind, rng, after=rng.randrange(1, 4))
    check_latest(tmp_path, last)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["plain", "sharded"])
@pytest.mark.parametrize("seed", range(20))
def test_programs_that_are_killed_leave_whole_checkpoints(tmp_path, kind, seed):
    rng = random.Random(seed)
    for number in range(5):
        folder = tmp_path / str(number)
        folder.mkdir()
        check_latest(folder, killed_while_saving(folder, kind, rng, rng.randrange(1, 9)))


# ---- State files ----


def test_state_files(tmp_path):
    folder = str(tmp_path)
    assert tf.train.get_checkpoint_state(folder) is None
    assert tf.train.latest_checkpoint(str(tmp_path / "none")) is None
    tf.train.update_checkpoint_state(folder, "m-2", ["m-1", "m-2"])
    state = tf.train.get_checkpoint_state(folder)
    assert state.model_checkpoint_path == f"{folder}/m-2"
    assert list(state.all_model_checkpoint_paths) == [f"{folder}/m-1", f"{folder}/m-2"]
    assert tf.train.latest_checkpoint(folder) is None  # the files are not there
    made = tf.train.generate_checkpoint_state_proto("sub", "sub/m", ["sub/x"], [1.5, 2.5], 2.5)
    assert list(made.all_model_checkpoint_paths) == ["x", "m"]
    assert list(made.all_model_checkpoint_timestamps) == [1.5, 2.5]
    with pytest.raises(ValueError, match="Checkpoint timestamps, if provided, must match checkpo"):
        tf.train.generate_checkpoint_state_proto(folder, "m", ["m"], [1.0, 2.0])


def test_damaged_state_files(tmp_path, caplog):
    (tmp_path / "checkpoint").write_text("no: such field")
    assert tf.train.get_checkpoint_state(str(tmp_path)) is None
    assert "Checkpoint ignored" in caplog.text
    (tmp_path / "checkpoint").write_text("")
    with pytest.raises(ValueError, match=f"^Invalid checkpoint state loaded from {tmp_path}$"):
        tf.train.get_checkpoint_state(str(tmp_path))


def test_files_of_checkpoints(one, session, tmp_path):
    _, saver = one
    path = saver.save(session, str(tmp_path / "m"))
    assert tf.train.checkpoint_exists(path)
    assert not tf.train.checkpoint_exists(str(tmp_path / "n"))
    assert len(tf.train.get_checkpoint_mtimes([path, "nowhere"])) == 1
    assert tf.train.list_variables(str(tmp_path)) == [("v", [2])]
    assert tf.train.load_variable(path, "v:0").tolist() == [1.0, 2.0]
    tf.train.remove_checkpoint(path)
    tf.train.remove_checkpoint(path)
    assert [p.name for p in tmp_path.iterdir()] == ["checkpoint"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="Couldn't find 'checkpoint' file or checkpoints in given"):
        tf.train.load_checkpoint(str(tmp_path / "empty"))


def test_new_checkpoints_are_waited_for(one, session, tmp_path):
    _, saver = one
    found = tf.train.checkpoints_iterator(str(tmp_path), timeout=0)
    saver.save(session, str(tmp_path / "m"), global_step=1)
    assert next(found) == str(tmp_path / "m-1")
    saver.save(session, str(tmp_path / "m"), global_step=2)
    assert list(found) == [str(tmp_path / "m-2")]
    calls = []
    waited = tf.train.checkpoints_iterator(
        str(tmp_path / "none"), timeout=0, timeout_fn=lambda: calls.append(1) or len(calls) > 1
    )
    assert list(waited) == []
    assert len(calls) == 2


# ---- Initial values ----


@pytest.fixture
def stored(tmp_path):
    """A checkpoint with tensors in scopes."""
    values = {"a/w": [1.0, 2.0], "a/b/u": [[3.0], [4.0]], "top": [9.0]}
    prefix = str(tmp_path / "m")
    with tensor_bundle.BundleWriter(prefix) as writer:
        for name, value in values.items():
            writer.add(name, np.float32(value), tf.float32)
    return prefix


@pytest.mark.parametrize("use_resource", [False, True])
@pytest.mark.parametrize(
    "assignments", [{"a/": "x/"}, {"a/w": "x/w", "a/b/u": "x/b/u"}, {"a/w": None, "a/b/": "x/b/"}]
)
def test_initial_values_from_a_checkpoint(session, stored, assignments, use_resource):
    w = tf.get_variable("x/w", [2], use_resource=use_resource)
    u = tf.get_variable("x/b/u", [2, 1], use_resource=use_resource)
    tf.train.init_from_checkpoint(stored, {k: v or w for k, v in assignments.items()})
    session.run(tf.global_variables_initializer())
    assert session.run([w, u])[0].tolist() == [1.0, 2.0]
    assert session.run(u).tolist() == [[3.0], [4.0]]
    assert w.initial_value.op.name.startswith("checkpoint_initializer")


def test_initial_values_of_parts(session, tmp_path):
    with tensor_bundle.BundleWriter(str(tmp_path / "m")) as writer:
        writer.add("p", np.arange(8, dtype=np.float32).reshape(4, 2), tf.float32)
    whole = tf.get_variable("q", [4, 2], partitioner=tf.fixed_size_partitioner(2))
    tf.train.init_from_checkpoint(str(tmp_path / "m"), {"p": "q"})
    session.run(tf.global_variables_initializer())
    assert session.run(whole.as_tensor()).ravel().tolist() == list(range(8))


@pytest.mark.parametrize(
    ("assignments", "kind", "text"),
    [
        ({"zz": "x/w"}, ValueError, "Tensor zz is not found in {path} checkpoint {{'a/b/u'"),
        ({"zz/": "x/"}, ValueError, "Tensor zz/w (w in zz/) is not found in {path} checkpoint"),
        (
            {"a/w": "x/"},
            ValueError,
            "Assignment map with scope only name x should map to scope only a/w. Should be "
            "'scope/': 'other_scope/'.",
        ),
        (
            {"a/b/u": "x/w"},
            ValueError,
            "Shape of variable x/w:0 ((2,)) doesn't match with shape of tensor a/b/u ([2, 1]) from "
            "checkpoint reader.",
        ),
        ({"a/w": 3}, TypeError, "init_from_checkpoint: 3 is no variable, nor the name of one"),
    ],
)
def test_mistakes_of_initial_values(graph, stored, assignments, kind, text):
    tf.get_variable("x/w", [2])
    with pytest.raises(kind, match=f"^{re.escape(text.format(path=stored))}"):
        tf.train.init_from_checkpoint(stored, assignments)


# ---- GPUs ----


@pytest.fixture
def two_gpus(monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "2x64MiB")


@pytest.mark.parametrize("arguments", [{}, {"sharded": True}])
def test_variables_on_gpus_come_to_the_host_one_by_one(graph, two_gpus, tmp_path, arguments):
    variables = []
    for number in range(4):
        with tf.device(f"/gpu:{number % 2}"):
            use_resource = number > 1
            initial = tf.fill([1000], float(number))
            variables.append(
                tf.get_variable(f"v{number}", initializer=initial, use_resource=use_resource)
            )
    saver = tf.train.Saver(**arguments)
    with tf.Session(graph=graph) as session:
        session.run(tf.global_variables_initializer())
        save = saver.saver_def.save_tensor_name
        assert "Copy" not in session.explain(save).partition("def step")[0]
        path = saver.save(session, str(tmp_path / "m"))
        before = session.run(variables)
        session.run([tf.assign(v, tf.zeros([1000])) for v in variables[:2]])
        saver.restore(session, path)
        assert np.array_equal(session.run(variables), before)
    assert {float(tf.train.load_variable(path, f"v{n}")[0]) for n in range(4)} == {0, 1, 2, 3}
