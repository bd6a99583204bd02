"""`tf.train.Supervisor`: what it makes, writes and raises, as TensorFlow 1.15 does."""

import logging
import threading

import pytest

import tfsession as tf
from tfsession import errors


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


@pytest.fixture
def messages(caplog):
    caplog.set_level(logging.INFO, logger="tensorflow")
    return lambda: [record.getMessage() for record in caplog.records]


def counter():
    """An operation that counts the global step up."""
    return tf.assign_add(tf.train.get_or_create_global_step(), 1)


def test_what_is_missing_is_made(tmp_path, graph):
    counter()
    tf.summary.scalar("x", 1.0)
    supervisor = tf.train.Supervisor(logdir=str(tmp_path))
    assert graph.finalized
    assert supervisor.save_path == f"{tmp_path}/model.ckpt"
    assert supervisor.global_step is tf.train.get_global_step()
    made = {
        "init_op": supervisor.init_op,
        "ready_op": supervisor.ready_op,
        "savers": supervisor.saver,
        "summary_op": supervisor.summary_op,
    }
    assert {key: tf.get_collection(key)[0] for key in made} == made
    assert supervisor.summary_op.name == "Merge/MergeSummary:0"
    assert [op.name for op in tf.get_collection("local_init_op")] == ["group_deps"]
    assert supervisor.ready_for_local_init_op is None
    assert (supervisor.save_model_secs, supervisor.save_summaries_secs) == (600, 120)
    supervisor.stop()


def test_training_writes_and_resumes(tmp_path, messages):
    for first in (1, 4):
        with tf.Graph().as_default():
            count = counter()
            tf.summary.scalar("x", tf.train.get_global_step())
            supervisor = tf.train.Supervisor(logdir=str(tmp_path), save_model_secs=0)
            with supervisor.managed_session() as session:
                assert [session.run(count) for _ in range(3)] == [first, first + 1, first + 2]
                assert not supervisor.should_stop()
                supervisor.saver.save(
                    session, supervisor.save_path, global_step=supervisor.global_step
                )
            assert supervisor.should_stop()
    assert tf.train.latest_checkpoint(str(tmp_path)) == f"{tmp_path}/model.ckpt-6"
    assert (tmp_path / "graph.pbtxt").exists()
    assert [line for line in messages() if "tandard" in line or "queue" in line] == 2 * [
        *("Starting standard services.", "Starting queue runners.")
    ]


def events(folder):
    return [
        event
        for file in sorted(folder.glob("events*"))
        for event in tf.train.summary_iterator(str(file))
    ]


def test_services_write_in_threads(tmp_path):
    """Each writes as soon as it starts."""
    count = counter()
    tf.summary.scalar("x", count)
    wrote = threading.Event()

    class Saver(tf.train.Saver):
        def save(self, *args, **kwargs):
            path = super().save(*args, **kwargs)
            wrote.set()
            return path

    supervisor = tf.train.Supervisor(logdir=str(tmp_path), saver=Saver(), save_summaries_secs=0)
    with supervisor.managed_session() as session:
        assert wrote.wait(60)
        session.run(count)
        supervisor.summary_computed(session, session.run(supervisor.summary_op))
    kinds = [event.WhichOneof("what") for event in events(tmp_path)]
    assert kinds[:4] == ["file_version", "graph_def", "meta_graph_def", "session_log"]
    logs = [event.session_log for event in events(tmp_path) if event.HasField("session_log")]
    assert [log.status for log in logs] == [1, 3, 2]  # start, checkpoint, stop
    assert logs[1].checkpoint_path == supervisor.save_path
    (summary,) = [event for event in events(tmp_path) if event.HasField("summary")]
    assert (summary.step, summary.summary.value[0].tag) == (2, "x")
    assert (tmp_path / "model.ckpt-0.index").exists()


def test_summaries_and_speed(tmp_path):
    counter()
    tf.summary.scalar("x", 1.0)
    supervisor = tf.train.Supervisor(
        logdir=str(tmp_path), save_summaries_secs=1000, save_model_secs=0
    )
    session = supervisor.prepare_or_wait_for_session(start_standard_services=False)
    threads = supervisor.start_standard_services(session)
    assert len(threads) == 2
    # A thread whose interval is long has done its first turn when it is stopped behind it.
    supervisor._write_summaries(session)
    supervisor._write_speed(session)
    supervisor.stop()
    session.close()
    tags = {value.tag for event in events(tmp_path) for value in event.summary.value}
    assert tags == {"x", "global_step/sec"}


def test_errors_are_raised_at_the_end():
    counter()
    supervisor = tf.train.Supervisor()
    with pytest.raises(KeyError, match="mine"), supervisor.managed_session():
        raise KeyError("mine")
    with supervisor.managed_session():
        raise errors.OutOfRangeError(None, None, "the end is no error")
    assert supervisor.should_stop()


def test_loops():
    count = counter()
    supervisor = tf.train.Supervisor()
    with supervisor.managed_session() as session:

        def turn(last):
            if session.run(count) >= last:
                supervisor.request_stop()

        thread = supervisor.loop(None, turn, args=(3,))
        assert isinstance(thread, tf.train.LooperThread)
        supervisor.wait_for_stop()
        assert session.run(supervisor.global_step) == 3


def test_basic_train_loop():
    count = counter()
    supervisor = tf.train.Supervisor()
    seen = []

    def step(session, *args, **kwargs):
        seen.append((int(session.run(count)), args, kwargs))
        if len(seen) == 2:
            supervisor.request_stop()

    tf.train.basic_train_loop(supervisor, step, args=(1,), kwargs={"z": 3})
    assert seen == [(1, (1,), {"z": 3}), (2, (1,), {"z": 3})]


def test_queue_runners_run():
    queue = tf.FIFOQueue(2, tf.int32, shapes=[])
    tf.train.add_queue_runner(tf.train.QueueRunner(queue, [queue.enqueue([tf.constant(5)])]))
    out = queue.dequeue()
    supervisor = tf.train.Supervisor()
    with supervisor.managed_session() as session:
        assert [session.run(out) for _ in range(3)] == [5, 5, 5]


def test_without_a_folder(messages):
    counter()
    supervisor = tf.train.Supervisor()
    assert supervisor.save_path is None
    assert supervisor.summary_writer is None
    with supervisor.managed_session() as session:
        assert supervisor.start_standard_services(session) is None
        with pytest.raises(RuntimeError, match=r"^Writing a summary requires a summary writer.$"):
            supervisor.summary_computed(session, b"")
    assert "Standard services need a 'logdir' passed to the SessionManager" in messages()


def test_a_worker():
    with tf.device("/cpu:0"):
        counter()
    supervisor = tf.train.Supervisor(is_chief=False, logdir="/nowhere")
    assert (supervisor.save_path, supervisor.save_model_secs) == (None, None)
    with pytest.raises(RuntimeError, match=r"^Only chief supervisor can start standard services."):
        supervisor.start_standard_services(None)
    with pytest.raises(errors.DeadlineExceededError, match="Session was not ready"):
        supervisor.prepare_or_wait_for_session(max_wait_secs=0)
    with tf.Graph().as_default():
        counter()
        with pytest.raises(ValueError, match="all Variables must have their device set"):
            tf.train.Supervisor(is_chief=False)


def test_a_session_that_is_not_ready():
    tf.Variable(1.0, name="v")
    supervisor = tf.train.Supervisor(init_op=tf.no_op())
    with pytest.raises(
        RuntimeError, match=r"(?s)Init op: NoOp, .*error: Variables not initialized: v"
    ):
        supervisor.prepare_or_wait_for_session()
