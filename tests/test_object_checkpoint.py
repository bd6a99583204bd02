"""`tf.train.Checkpoint` and its manager: variables under the names of what they belong to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import tfsession as tf
from tfsession.protos import TrackableObjectGraph
from tfsession.train.object_graph import OBJECT_GRAPH_KEY

GOLDEN = Path(__file__).parent / "golden" / "checkpoints"


def trained(session):
    """Variables and an optimizer after a step, as record_checkpoints.py makes them."""
    v = tf.get_variable("sc/v", initializer=[1.0, 2.0], use_resource=False)
    r = tf.get_variable("r", initializer=5, use_resource=True)
    optimizer = tf.train.AdamOptimizer(0.1)
    step = optimizer.minimize(tf.reduce_sum(v * v))
    session.run(tf.global_variables_initializer())
    session.run(step)
    inner = tf.train.Checkpoint(w=v)
    return v, step, tf.train.Checkpoint(v=v, r=r, opt=optimizer, inner=inner)


def test_names_and_objects_are_those_of_tensorflow(session, tmp_path):
    _, _, checkpoint = trained(session)
    path = checkpoint.save(str(tmp_path / "objects"), session=session)
    assert path == str(tmp_path / "objects-1")
    ours = tf.train.NewCheckpointReader(path)
    theirs = tf.train.NewCheckpointReader(str(GOLDEN / "tensorflow1" / "objects-1"))
    assert ours.debug_string() == theirs.debug_string()
    graphs = [
        TrackableObjectGraph.FromString(r.get_tensor(OBJECT_GRAPH_KEY)) for r in (ours, theirs)
    ]
    assert graphs[0] == graphs[1]
    for name in theirs.get_variable_to_shape_map():
        if name != OBJECT_GRAPH_KEY:
            np.testing.assert_allclose(ours.get_tensor(name), theirs.get_tensor(name), rtol=1e-6)


@pytest.mark.parametrize("folder", ["tensorflow1", None])
def test_objects_are_restored(tmp_path, folder):
    path = str(GOLDEN / "tensorflow1" / "objects-1")
    if folder is None:
        with tf.Graph().as_default(), tf.Session() as session:
            path = trained(session)[2].save(str(tmp_path / "m"), session=session)
    with tf.Graph().as_default(), tf.Session() as session:
        v, step, checkpoint = trained(session)
        session.run([step, step])
        status = checkpoint.restore(path)
        status.assert_consumed().assert_existing_objects_matched().run_restore_ops(session)
        np.testing.assert_allclose(session.run(v), [0.9, 1.9], rtol=1e-6)
        slot = checkpoint.opt.get_slot(v, "m")
        np.testing.assert_allclose(session.run(slot), [0.2, 0.4], rtol=1e-6)


def test_a_saver_restores_a_checkpoint_of_objects(session, tmp_path):
    v, _, checkpoint = trained(session)
    path = checkpoint.save(str(tmp_path / "m"), session=session)
    session.run(v.assign([9.0, 9.0]))
    saver = tf.train.Saver([v])
    for _ in range(2):
        saver.restore(session, path)
        np.testing.assert_allclose(session.run(v), [0.9, 1.9], rtol=1e-6)


def test_checkpoints_of_savers_are_restored_by_name(session, tmp_path):
    v = tf.get_variable("v", initializer=3.0)
    session.run(v.initializer)
    path = tf.train.Saver([v]).save(session, str(tmp_path / "m"))
    session.run(v.assign(0.0))
    status = tf.train.Checkpoint(any_name=v).restore(path)
    status.assert_consumed().run_restore_ops(session)
    assert session.run(v) == 3.0


def test_a_program_that_has_changed(session, tmp_path):
    v, _, checkpoint = trained(session)
    path = checkpoint.save(str(tmp_path / "m"), session=session)
    new = tf.get_variable("new", initializer=7.0)
    other = tf.train.Checkpoint(v=v, new=new)
    status = other.restore(path)
    with pytest.raises(AssertionError, match=r"^Unresolved object in checkpoint \(root\)\.inner"):
        status.assert_consumed()
    with pytest.raises(AssertionError, match="Some Python objects were not bound to checkpointed"):
        status.assert_existing_objects_matched()
    session.run(v.assign([0.0, 0.0]))
    status.expect_partial().assert_nontrivial_match().initialize_or_restore(session)
    assert session.run(new) == 7.0
    np.testing.assert_allclose(session.run(v), [0.9, 1.9], rtol=1e-6)
    nothing = tf.train.Checkpoint(x=new).restore(path)
    with pytest.raises(AssertionError, match="Nothing except the root object matched"):
        tf.train.Checkpoint().restore(path).assert_nontrivial_match()
    assert nothing.expect_partial() is nothing


def test_objects_that_come_later(session, tmp_path):
    v = tf.get_variable("v", initializer=3.0)
    session.run(v.initializer)
    path = tf.train.Checkpoint(v=v).save(str(tmp_path / "m"), session=session)
    checkpoint = tf.train.Checkpoint()
    status = checkpoint.restore(path)
    checkpoint.v = tf.get_variable("late", initializer=0.0)
    status.run_restore_ops(session)
    assert session.run(checkpoint.v) == 3.0


def test_layers_lists_and_dicts(session, tmp_path):
    layer = tf.layers.Dense(2)
    layer(tf.zeros([1, 3]))
    a, b = (tf.get_variable(name, initializer=1.0) for name in "ab")
    session.run(tf.global_variables_initializer())
    checkpoint = tf.train.Checkpoint(layer=layer, many=[a, b], named={"x.y/z": a})
    path = checkpoint.write(str(tmp_path / "m"), session=session)
    names = [name for name, _ in tf.train.list_variables(path)]
    ending = "/.ATTRIBUTES/VARIABLE_VALUE"
    assert [name.removesuffix(ending) for name in names if name.endswith(ending)] == [
        "layer/bias",
        "layer/kernel",
        "many/0",
        "many/1",
    ]
    assert not (tmp_path / "checkpoint").exists()


def test_mistakes(session, tmp_path):
    with pytest.raises(ValueError, match="`Checkpoint` was expecting a trackable object"):
        tf.train.Checkpoint(a=3)
    checkpoint = tf.train.Checkpoint(v=tf.get_variable("v", initializer=1.0))
    status = checkpoint.restore(None)
    for check in (status.assert_consumed, status.run_restore_ops, status.assert_nontrivial_match):
        with pytest.raises(AssertionError, match="No checkpoint specified"):
            check()
    status.initialize_or_restore(session)
    assert session.run(checkpoint.v) == 1.0
    with pytest.raises(tf.errors.NotFoundError):
        checkpoint.restore(str(tmp_path / "none"))
    with pytest.raises(ValueError, match="positive integer or `None` for `max_to_max_to_keep`, go"):
        tf.train.CheckpointManager(checkpoint, str(tmp_path), max_to_keep=0)


def test_a_manager_keeps_the_latest(session, tmp_path):
    v = tf.get_variable("v", initializer=1.0)
    session.run(v.initializer)
    checkpoint = tf.train.Checkpoint(v=v)
    manager = tf.train.CheckpointManager(checkpoint, str(tmp_path), max_to_keep=2)
    assert manager.latest_checkpoint is None
    with session.as_default():
        paths = [manager.save() for _ in range(3)]
        paths.append(manager.save(checkpoint_number=77))
    assert paths == [str(tmp_path / f"ckpt-{number}") for number in (1, 2, 3, 77)]
    assert manager.checkpoints == paths[2:]
    assert manager.latest_checkpoint == tf.train.latest_checkpoint(str(tmp_path)) == paths[3]
    assert {p.name.partition(".")[0] for p in tmp_path.iterdir()} == {
        "checkpoint",
        "ckpt-3",
        "ckpt-77",
    }
    state = tf.train.get_checkpoint_state(str(tmp_path))
    assert len(state.all_model_checkpoint_timestamps) == 2
    assert state.last_preserved_timestamp > 0
    assert '"ckpt-77"' in (tmp_path / "checkpoint").read_text()
    again = tf.train.CheckpointManager(checkpoint, str(tmp_path), max_to_keep=1)
    assert again.checkpoints == paths[2:]
    again.save(session=session)
    assert len(list(tmp_path.glob("*.index"))) == 1


def test_a_manager_keeps_one_every_so_often(session, tmp_path):
    v = tf.get_variable("v", initializer=1.0)
    session.run(v.initializer)
    checkpoint = tf.train.Checkpoint(v=v)
    manager = tf.train.CheckpointManager(
        checkpoint, str(tmp_path), max_to_keep=1, keep_checkpoint_every_n_hours=0.0
    )
    for _ in range(3):
        manager.save(session=session)
    assert len(list(tmp_path.glob("*.index"))) == 3
    assert len(manager.checkpoints) == 1
