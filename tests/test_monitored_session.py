"""Managed sessions: hooks, checkpoints, recovery. Orders and texts are TensorFlow 1.15's."""

import logging
import re

import numpy as np
import pytest

import tfsession as tf
from tfsession import errors


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph
    tf.summary.FileWriterCache.clear()


@pytest.fixture
def messages(caplog):
    caplog.set_level(logging.INFO, logger="tensorflow")
    return lambda: [record.getMessage() for record in caplog.records]


def counter():
    """An operation that counts the global step up."""
    return tf.assign_add(tf.train.get_or_create_global_step(), 1)


class Recorder(tf.train.SessionRunHook):
    """Notes what it is told, after its name."""

    def __init__(self, name, calls, request=None, fail=None):
        self.name, self.calls, self.request, self.fail = name, calls, request, fail

    def begin(self):
        assert not tf.get_default_graph().finalized
        self.calls.append(f"{self.name} begin")

    def after_create_session(self, session, coord):
        assert isinstance(session, tf.Session)
        assert isinstance(coord, tf.train.Coordinator)
        assert session.graph.finalized
        self.calls.append(f"{self.name} created")

    def before_run(self, run_context):
        self.calls.append(f"{self.name} before")
        return self.request

    def after_run(self, run_context, run_values):
        self.calls.append(f"{self.name} after {run_values.results}")
        if self.fail is not None:
            failure, self.fail = self.fail, None
            raise failure

    def end(self, session):
        assert not session._closed
        self.calls.append(f"{self.name} end")


# ---- Hooks ----


def test_hooks_are_called_in_their_order():
    calls = []
    count = counter()
    seven = tf.constant(7)
    request = tf.train.SessionRunArgs({"seven": seven})
    with tf.train.MonitoredSession(
        hooks=[Recorder("a", calls), Recorder("b", calls, request)]
    ) as session:
        assert session.run([count, {"x": seven}]) == [1, {"x": 7}]
        assert session.graph is tf.get_default_graph()
        assert session.graph.finalized
    assert calls == [
        *("a begin", "b begin", "a created", "b created", "a before", "b before"),
        *("a after None", "b after {'seven': np.int32(7)}", "a end", "b end"),
    ]
    assert not tf.get_default_graph().finalized


def test_hooks_do_not_end_after_an_error():
    calls = []
    counter()
    with pytest.raises(KeyError), tf.train.MonitoredSession(hooks=[Recorder("a", calls)]):
        raise KeyError("mine")
    assert calls == ["a begin", "a created"]


@pytest.mark.parametrize("end", [errors.OutOfRangeError(None, None, "end"), StopIteration()])
def test_the_end_of_the_input_is_no_error(end):
    calls = []
    counter()
    with tf.train.MonitoredSession(hooks=[Recorder("a", calls)]) as session:
        raise end
    assert calls[-1] == "a end"
    assert session.should_stop()


def test_what_hooks_feed():
    x = tf.placeholder(tf.float32, name="x")
    args = tf.train.SessionRunArgs
    two = Recorder("two", [], args(None, {x: 2.0}))
    feeder = tf.train.FeedFnHook(lambda: {x: 3.0})
    with tf.train.MonitoredSession(hooks=[two]) as session:
        assert session.run(x) == 2
        with pytest.raises(RuntimeError, match=r"Same tensor is fed by a SessionRunHook and user."):
            session.run(x, {x: 1.0})
    with (
        tf.train.MonitoredSession(hooks=[two, feeder]) as session,
        pytest.raises(RuntimeError, match=r"Same tensor is fed by two hooks. Conflict"),
    ):
        session.run(x)
    with tf.train.MonitoredSession(hooks=[feeder]) as session:
        assert session.run(x) == 3


def test_options_of_hooks_and_caller_are_joined():
    got = []

    class Traces(tf.train.SessionRunHook):
        def before_run(self, run_context):
            assert run_context.original_args.options is None
            return tf.train.SessionRunArgs(
                None, options=tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
            )

        def after_run(self, run_context, run_values):
            got.append((run_values.options, run_values.run_metadata))

    count = counter()
    metadata = tf.RunMetadata()
    with tf.train.MonitoredSession(hooks=[Traces()]) as session:
        session.run(count, options=tf.RunOptions(timeout_in_ms=5000), run_metadata=metadata)
    ((options, seen),) = got
    assert (options.trace_level, options.timeout_in_ms) == (tf.RunOptions.FULL_TRACE, 5000)
    assert seen is metadata
    assert metadata.step_stats.dev_stats


def test_stop_at_step():
    count = counter()
    for hook, wanted in (
        (tf.train.StopAtStepHook(num_steps=3), 3),
        (tf.train.StopAtStepHook(last_step=2), 2),
    ):
        with tf.train.MonitoredSession(hooks=[hook]) as session:
            while not session.should_stop():
                last = session.run(count)
            with pytest.raises(RuntimeError, match=r"Run called even after should_stop requested."):
                session.run(count)
        assert last == wanted


def test_log_of_tensors(messages):
    count = counter()
    step = tf.train.get_global_step()
    loss = tf.identity(tf.cast(count, tf.float32) * 0.5, name="loss")
    Log = tf.train.LoggingTensorHook
    hooks = [
        Log({"step": step, "loss": loss}, every_n_iter=2),
        Log(["loss:0"], every_n_iter=10, formatter=lambda values: f"<{values['loss:0']:.1f}>"),
        Log({"last": step}, at_end=True),
    ]
    with tf.train.MonitoredSession(hooks=hooks) as session:
        for _ in range(3):
            session.run(count)
    lines = [line for line in messages() if "=" in line or "<" in line]
    assert lines[0] == "loss = 0.5, step = 1"
    assert lines[1] == "<0.5>"
    assert re.fullmatch(r"loss = 1.5, step = 3 \(\d+\.\d{3} sec\)", lines[2])
    assert lines[3:] == ["last = 3"]


def test_nan(messages):
    x = tf.placeholder(tf.float32)
    with (
        tf.train.MonitoredSession(hooks=[tf.train.NanTensorHook(x)]) as session,
        pytest.raises(tf.train.NanLossDuringTrainingError, match=r"^NaN loss during training.$"),
    ):
        session.run(x, {x: np.nan})
    with tf.train.MonitoredSession(hooks=[tf.train.NanTensorHook(x, False)]) as session:
        session.run(x, {x: 1.0})
        assert not session.should_stop()
        session.run(x, {x: np.nan})
        assert session.should_stop()
    assert messages().count("Model diverged with loss = NaN.") == 2


def test_final_ops():
    count = counter()
    hook = tf.train.FinalOpsHook({"step": tf.train.get_global_step()})
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        session.run(count)
        assert hook.final_ops_values is None
    assert hook.final_ops_values == {"step": 1}


def test_waiting_for_a_step(messages):
    count = counter()
    hook = tf.train.GlobalStepWaiterHook(1)
    scaffold = tf.train.Scaffold(init_fn=lambda scaffold, session: session.run(count))
    with tf.train.MonitoredSession(tf.train.ChiefSessionCreator(scaffold), [hook]) as session:
        assert session.run(count) == 2
        session.run(count)
    waits = [line for line in messages() if line.startswith("Waiting")]
    assert waits == ["Waiting for global step 1 before starting training."]


def test_timelines(tmp_path):
    count = counter()
    hook = tf.train.ProfilerHook(save_steps=2, output_dir=str(tmp_path))
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        for _ in range(3):
            session.run(count)
    (file,) = tmp_path.glob("timeline-*.json")
    assert file.name == "timeline-3.json"
    assert "traceEvents" in file.read_text()


def test_timer():
    timer = tf.train.SecondOrStepTimer(every_steps=3)
    assert timer.last_triggered_step() is None
    assert timer.should_trigger_for_step(1)
    assert timer.update_last_triggered_step(1) == (None, None)
    assert [timer.should_trigger_for_step(step) for step in (1, 3, 4)] == [False, False, True]
    seconds, steps = timer.update_last_triggered_step(4)
    assert seconds >= 0
    assert steps == 3
    timer.reset()
    assert timer.should_trigger_for_step(4)
    assert tf.train.SecondOrStepTimer(every_secs=0.0).should_trigger_for_step(9)


# ---- Files ----


def train(folder, steps, **options):
    """Trains from where the folder is, and returns the global steps of the runs."""
    with tf.Graph().as_default():
        count = counter()
        tf.summary.scalar("step", count)
        hooks = [tf.train.StopAtStepHook(num_steps=steps)]
        with tf.train.MonitoredTrainingSession(
            checkpoint_dir=str(folder), hooks=hooks, **options
        ) as session:
            seen = []
            while not session.should_stop():
                seen.append(int(session.run(count)))
    tf.summary.FileWriterCache.clear()
    return seen


def events(folder):
    return [
        event
        for file in sorted(folder.glob("events*"))
        for event in tf.train.summary_iterator(str(file))
    ]


def test_training_writes_and_resumes(tmp_path, messages):
    every = {"save_checkpoint_steps": 2, "save_summaries_steps": 2, "log_step_count_steps": 2}
    assert train(tmp_path, 5, **every) == [1, 2, 3, 4, 5]
    saved = [line for line in messages() if line.startswith("Saving checkpoints")]
    path = tmp_path / "model.ckpt"
    assert saved == [f"Saving checkpoints for {step} into {path}." for step in (0, 2, 4, 5)]
    assert {file.name for file in tmp_path.glob("*.index")} == {
        f"model.ckpt-{step}.index" for step in (0, 2, 4, 5)
    }
    assert (tmp_path / "graph.pbtxt").exists()
    written = [
        (event.step, value.tag) for event in events(tmp_path) for value in event.summary.value
    ]
    assert sorted(written) == [
        *((1, "step"), (3, "global_step/sec"), (3, "step"), (5, "global_step/sec"), (5, "step"))
    ]
    logs = [event for event in events(tmp_path) if event.WhichOneof("what") == "session_log"]
    assert [(event.step, event.session_log.status) for event in logs] == [
        *((0, 3), (1, 1), (2, 3), (4, 3), (5, 3))
    ]
    assert train(tmp_path, 2, save_checkpoint_steps=10) == [6, 7]
    assert tf.train.latest_checkpoint(str(tmp_path)) == f"{path}-7"


def test_training_without_files(tmp_path):
    quiet = {"save_checkpoint_secs": None, "save_summaries_steps": 0, "log_step_count_steps": 0}
    assert train(tmp_path, 2, **quiet) == [1, 2]
    assert list(tmp_path.iterdir()) == []


def test_listeners(tmp_path, messages):
    calls = []

    class Listener(tf.train.CheckpointSaverListener):
        def begin(self):
            calls.append("begin")

        def before_save(self, session, global_step_value):
            calls.append(("before", global_step_value))

        def after_save(self, session, global_step_value):
            calls.append(("after", global_step_value))
            return global_step_value >= 1

        def end(self, session, global_step_value):
            calls.append(("end", global_step_value))

    count = counter()
    saver = tf.train.Saver()
    hook = tf.train.CheckpointSaverHook(
        str(tmp_path), save_steps=1, saver=saver, listeners=[Listener()]
    )
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        while not session.should_stop():
            session.run(count)
    assert calls == [
        "begin",
        *(("before", 0), ("after", 0), ("before", 1), ("after", 1), ("end", 1)),
    ]
    assert any(line.startswith("A CheckpointSaverListener requested") for line in messages())


def test_a_step_that_stands_still_is_said(messages):
    step = tf.train.get_or_create_global_step()
    with tf.train.MonitoredSession(hooks=[tf.train.StepCounterHook(1)]) as session:
        for _ in range(3):
            session.run(step)
    said = [line for line in messages() if line.startswith("It seems that global step")]
    assert said[0].split(". ")[1] == "Current value (could be stable): 0 vs previous value: 0"


# ---- Recovery ----


@pytest.mark.parametrize("kind", [errors.AbortedError, errors.UnavailableError])
def test_a_lost_session_is_made_anew(kind, messages):
    calls = []
    count = counter()
    hook = Recorder("a", calls, fail=kind(None, None, "gone"))
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        assert [session.run(count), session.run(count)] == [1, 2]
    assert calls == [
        *("a begin", "a created", "a before", "a after None"),
        *("a created", "a before", "a after None", "a before", "a after None", "a end"),
    ]
    assert any(line.endswith("assigned to the job. Error: gone") for line in messages())


def test_recovery_restores_the_latest_checkpoint(tmp_path):
    count = counter()
    lost = Recorder("a", [])
    with tf.train.MonitoredTrainingSession(
        checkpoint_dir=str(tmp_path), save_checkpoint_steps=2, hooks=[lost]
    ) as session:
        assert [session.run(count) for _ in range(4)] == [1, 2, 3, 4]
        lost.fail = errors.AbortedError(None, None, "gone")
        assert session.run(count) == 5
        assert session._sess._sess._sess._sess is session._tf_sess()


def test_a_singular_session_is_not_made_anew():
    count = counter()
    hook = Recorder("a", [], fail=errors.AbortedError(None, None, "gone"))
    with tf.train.SingularMonitoredSession(hooks=[hook]) as session:
        with pytest.raises(errors.AbortedError, match=r"gone"):
            session.run(count)
        assert session.raw_session().run(count) == 2
    assert session.raw_session() is None


def test_a_creator_that_is_preempted_is_asked_again():
    class Creator(tf.train.ChiefSessionCreator):
        left = 2

        def create_session(self):
            self.left -= 1
            if self.left >= 0:
                raise errors.UnavailableError(None, None, "not yet")
            return super().create_session()

    count = counter()
    with tf.train.MonitoredSession(Creator()) as session:
        assert session.run(count) == 1


def test_queue_runners_run_and_their_errors_are_raised():
    queue = tf.FIFOQueue(2, tf.int32, shapes=[])
    put = queue.enqueue([tf.constant(5)])
    tf.train.add_queue_runner(tf.train.QueueRunner(queue, [put]))
    out = queue.dequeue()
    with tf.train.MonitoredSession() as session:
        assert [session.run(out) for _ in range(3)] == [5, 5, 5]

    with tf.Graph().as_default():
        queue = tf.FIFOQueue(2, tf.int32, shapes=[])
        bad = tf.Print(tf.constant([1]), [])[tf.placeholder_with_default(3, [])]
        tf.train.add_queue_runner(tf.train.QueueRunner(queue, [queue.enqueue([bad])]))
        out = queue.dequeue()
        with (
            pytest.raises(errors.InvalidArgumentError, match=r"slice index 3"),
            tf.train.MonitoredSession() as session,
        ):
            session.run(out)


# ---- Steps and the end ----


def test_step_functions():
    calls = []
    count = counter()
    with tf.train.MonitoredSession(hooks=[Recorder("a", calls)]) as session:
        calls.clear()

        def step(step_context):
            return step_context.session.run(count), step_context.run_with_hooks(count)

        assert session.run_step_fn(step) == (1, 2)
        assert calls == ["a before", "a after None"]
        with pytest.raises(StopIteration, match=r"step_fn has requested the iterations to stop."):
            session.run_step_fn(lambda step_context: step_context.request_stop())
        with pytest.raises(ValueError, match=r"^`step_fn` may either .* Got \('x', 'y'\) instead."):
            session.run_step_fn(lambda x, y: None)
        with pytest.raises(TypeError, match=r"unsupported callable"):
            session.run_step_fn(3)


def test_a_closed_session():
    counter()
    session = tf.train.MonitoredSession()
    assert not session.should_stop()
    session.close()
    assert session.should_stop()
    assert session.graph is None
    with pytest.raises(AttributeError, match=r"'NoneType' object has no attribute 'run'"):
        session.run("global_step:0")
    with pytest.raises(RuntimeError, match=r"Session is already closed."):
        session.close()


# ---- Scaffold and SessionManager ----


def test_scaffold_makes_what_is_missing(graph):
    tf.Variable(1.0, name="v")
    tf.get_local_variable("w", initializer=2.0)
    scaffold = tf.train.Scaffold()
    assert scaffold.init_op is None
    assert scaffold.finalize() is scaffold
    assert graph.finalized
    found = {key: tf.get_collection(key)[0] for key in ("init_op", "local_init_op", "savers")}
    assert found == {
        "init_op": scaffold.init_op,
        "local_init_op": scaffold.local_init_op,
        "savers": scaffold.saver,
    }
    assert scaffold.init_op.name == "group_deps"
    assert [scaffold.ready_op.name, scaffold.ready_for_local_init_op.name] == [
        *("concat:0", "concat_1:0")
    ]
    assert scaffold.summary_op is None
    with tf.Session() as session:
        assert session.run(scaffold.ready_op).tolist() == [b"v", b"w"]
        assert session.run(scaffold.ready_for_local_init_op).tolist() == [b"v"]
        session.run(scaffold.init_op)
        session.run(scaffold.local_init_op)
        assert session.run(scaffold.ready_op).tolist() == []


def test_scaffold_hands_on_what_it_is_given():
    x = tf.placeholder(tf.float32, [])
    v = tf.Variable(x, name="v")
    seen = []
    first = tf.train.Scaffold(
        init_feed_dict={x: 4.0}, init_fn=lambda scaffold, session: seen.append(scaffold)
    )
    second = tf.train.Scaffold(copy_from_scaffold=first)
    with tf.train.MonitoredSession(tf.train.ChiefSessionCreator(second)) as session:
        assert session.run(v) == 4
    assert seen == [second]
    for _ in range(2):
        tf.add_to_collection("ready_op", tf.constant([], tf.string))
    with pytest.raises(RuntimeError, match=r"More than one item in the collection"):
        tf.train.Scaffold().finalize()


def test_manager():
    v = tf.Variable(1.0, name="v")
    w = tf.get_local_variable("w", initializer=2.0)
    ready = tf.report_uninitialized_variables()
    init, local = tf.global_variables_initializer(), tf.local_variables_initializer()
    Manager = tf.train.SessionManager
    with pytest.raises(
        RuntimeError, match=r"Model is not initialized and no init_op or init_fn or"
    ):
        Manager().prepare_session("")
    with pytest.raises(
        RuntimeError, match=r"Init op: init, init fn: None, local_init_op: None, err"
    ):
        Manager(ready_op=ready).prepare_session("", init_op=init)
    with pytest.raises(
        RuntimeError, match=r"ready for local_init.  Init op: init_1, init fn: None"
    ):
        Manager(local, ready, tf.report_uninitialized_variables([v])).prepare_session("", local)
    with Manager(local, ready).prepare_session("", init_op=init) as session:
        assert session.run([v, w]) == [1, 2]
    with pytest.raises(
        errors.DeadlineExceededError, match=r"Session was not ready after waiting 0"
    ):
        Manager(local, ready).wait_for_session("", max_wait_secs=0)
    with Manager(init, tf.report_uninitialized_variables([v])).wait_for_session("") as session:
        assert session.run(v) == 1


def test_manager_restores(tmp_path, messages):
    v = tf.Variable(1.0, name="v")
    tf.get_local_variable("w", initializer=2.0)
    ready, local = tf.report_uninitialized_variables(), tf.local_variables_initializer()
    saver = tf.train.Saver()
    manager = tf.train.SessionManager(local, ready)
    folder = str(tmp_path)
    session, is_loaded = manager.recover_session("", saver, folder)
    session.close()
    assert not is_loaded
    with tf.Session() as session:
        session.run(v.assign(5.0))
        path = saver.save(session, f"{folder}/m")
    for where in ({"checkpoint_dir": folder}, {"checkpoint_filename_with_path": path}):
        session, is_loaded = manager.recover_session("", saver, **where)
        assert (session.run(v), is_loaded) == (5, True)
        session.close()
    assert f"Restored model from {folder}" in messages()
    session, is_loaded = tf.train.SessionManager(ready_op=ready).recover_session("", saver, folder)
    session.close()
    assert not is_loaded
    assert messages()[-1].endswith("did not make model ready: Variables not initialized: w")
    with pytest.raises(ValueError, match=r"Can not provide both checkpoint_dir and checkpoint_fi"):
        manager.recover_session("", saver, folder, path)


def test_a_worker_waits_for_the_chief():
    counter()
    with pytest.raises(
        errors.DeadlineExceededError, match=r"Session was not ready after waiting 0"
    ):
        tf.train.MonitoredTrainingSession(is_chief=False, max_wait_secs=0)


# ---- Mistakes ----

MISTAKES = [
    (lambda t: t.StopAtStepHook(), "One of num_steps or last_step must be specified."),
    (lambda t: t.StopAtStepHook(1, 2), "Only one of num_steps or last_step can be specified."),
    (
        lambda t: t.LoggingTensorHook([], 1, 2),
        "either at_end and/or exactly one of every_n_iter and every_n_secs must be provided.",
    ),
    (lambda t: t.LoggingTensorHook([], 0), "invalid every_n_iter=0."),
    (lambda t: t.SecondOrStepTimer(), "Either every_secs or every_steps should be provided."),
    (lambda t: t.ProfilerHook(1, 1), "Can not provide both every_secs and every_steps."),
    (
        lambda t: t.CheckpointSaverHook("x", 1, saver=1, scaffold=2),
        "You cannot provide both saver and scaffold.",
    ),
    (
        lambda t: t.StepCounterHook(1, 1),
        "exactly one of every_n_steps and every_n_secs should be provided.",
    ),
    (lambda t: t.SummarySaverHook(1), "Exactly one of scaffold or summary_op must be provided."),
    (
        lambda t: t.SessionManager(ready_for_local_init_op=1),
        "If you pass a ready_for_local_init_op you must also pass a local_init_op , "
        "ready_for_local_init_op [1]",
    ),
]


@pytest.mark.parametrize(("call", "text"), MISTAKES)
def test_mistakes(call, text):
    with pytest.raises(ValueError, match=rf"^{re.escape(text)}$"):
        call(tf.train)


@pytest.mark.parametrize(
    ("hook", "name"),
    [
        (lambda t: t.StopAtStepHook(1), "StopAtStepHook"),
        (lambda t: t.StepCounterHook(), "StepCounterHook"),
        (lambda t: t.SummarySaverHook(1, summary_op=1), "SummarySaverHook"),
        (lambda t: t.GlobalStepWaiterHook(1), "_GlobalStepWaiterHook"),
        (lambda t: t.ProfilerHook(1), "ProfilerHook"),
    ],
)
def test_hooks_that_need_a_global_step(hook, name):
    with pytest.raises(RuntimeError, match=rf"^Global step should be created to use {name}.$"):
        hook(tf.train).begin()


def test_a_scaffold_is_copied_from_a_scaffold():
    with pytest.raises(TypeError, match=r"copy_from_scaffold is not a Scaffold instance."):
        tf.train.Scaffold(copy_from_scaffold=3)
