"""The graph of a script: run until a session is asked for more than initial values."""

import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from tfsession.cli.script_graph import graph_of_script
from tfsession.graph.graph import Graph
from tfsession.run.session import BaseSession

ROOT = Path(__file__).parents[1]


@pytest.fixture
def built(tmp_path, monkeypatch):
    """Runs a script; what it changes in the interpreter is put back."""
    for name in ("meta_path", "path", "argv"):
        monkeypatch.setattr(sys, name, list(getattr(sys, name)))

    def run(text, *arguments, **environ):
        path = tmp_path / "script.py"
        path.write_text("import tfsession as tf\n" + textwrap.dedent(text))
        methods = dict(vars(BaseSession))
        # A default graph of its own, away from other tests' operations.
        with Graph().as_default():
            found = graph_of_script(str(path), arguments, environ)
        assert dict(vars(BaseSession)) == methods
        return found

    return run


def names(found):
    return [op.name for op in found.graph.get_operations()]


def test_the_first_run_for_a_value_stops_the_script(built, capsys):
    found = built(
        """
        v = tf.get_variable("v", [3])
        with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as session:
            assert session.run({"a": [tf.global_variables_initializer(), v.initializer]}) == {
                "a": [None, None]
            }
            total = tf.reduce_sum(v, name="total")
            print("before")
            try:
                session.run(total)
            except Exception:
                pass
            raise AssertionError("not stopped")
        """
    )
    assert names(found)[-1] == "total"
    assert found.config.allow_soft_placement
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "before\n")


@pytest.mark.parametrize(
    "run",
    [
        "s.run(v)",
        "s.run(v.initializer, {v.initializer.inputs[1]: 2.0})",
        "s.run(tf.group(v.assign_add(1.0)))",
        "v.eval(session=s)",
        "s.make_callable(v)()",
        "s.partial_run_setup([v], [])",
        "[s.run(v.initializer) for _ in range(3)]",
    ],
)
def test_every_way_to_run_stops(built, run):
    found = built(
        f"""
        v = tf.Variable(1.0, name="v")
        s = tf.Session()
        {run}
        tf.constant(0, name="late")
        """
    )
    assert "v" in names(found)
    assert "late" not in names(found)


def test_a_run_in_another_thread_ends_that_thread_alone(built, monkeypatch):
    ends, before = [], threading.active_count()
    monkeypatch.setattr(threading, "excepthook", lambda end: ends.append(end.exc_type))
    found = built(
        """
        import threading
        x = tf.constant(1.0, name="x")
        s = tf.Session()
        thread = threading.Thread(target=s.run, args=[x])
        thread.start()
        thread.join()
        y = tf.constant(1.0, name="y")
        s.run(y)
        raise AssertionError("not stopped")
        """
    )
    assert names(found) == ["x", "y"]
    # Python's own hook says nothing about it.
    assert ends == [SystemExit]
    assert threading.active_count() == before


# pytest reports the SystemExit that ends a thread, which Python's own hook passes over.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_input_pipelines_are_not_waited_for(built):
    found = built(
        """
        queue = tf.FIFOQueue(2, tf.float32, shapes=[[]])
        tf.train.add_queue_runner(tf.train.QueueRunner(queue, [queue.enqueue(1.0)]))
        step = tf.negative(queue.dequeue(), name="step")
        with tf.Session() as s:
            coordinator = tf.train.Coordinator()
            threads = tf.train.start_queue_runners(s, coordinator)
            try:
                while True:
                    s.run(step)
            finally:
                coordinator.request_stop()
                coordinator.join(threads)
        """
    )
    assert "step" in names(found)


def test_scripts_without_a_run(built):
    found = built(
        """
        import sys
        with tf.Graph().as_default():
            tf.constant(1, name="inside")
            tf.Session(config=tf.ConfigProto(log_device_placement=False))
        sys.exit()
        """
    )
    assert names(found) == ["inside"]
    # Without a session, the default graph.
    assert names(built("tf.constant(1, name='alone')")) == ["alone"]


def test_errors_and_exits_pass(built):
    with pytest.raises(ZeroDivisionError):
        built("1 / 0")
    with pytest.raises(SystemExit, match="no data"):
        built("import sys; sys.exit('no data')")


def test_arguments_and_environment_are_the_scripts(built):
    found = built(
        """
        import os, sys
        for index in range(len(tf.Session().list_devices()) - 1):
            tf.constant(index, name=f"{sys.argv[1]}_{index}")
        assert "CUDA_VISIBLE_DEVICES" not in os.environ
        """,
        "tower",
        TFSESSION_SIMULATED_GPUS="3x1GiB",
        CUDA_VISIBLE_DEVICES=None,
    )
    assert names(found) == ["tower_0", "tower_1", "tower_2"]
    assert "TFSESSION_SIMULATED_GPUS" not in os.environ


def place(*words):
    return subprocess.run(
        [sys.executable, "-m", "tfsession", "place", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200", "TFSESSION_SIMULATED_GPUS": ""},
    )


def test_place_takes_a_script(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(
        "import sys\nimport tensorflow as tf\n"
        "config = tf.ConfigProto(allow_soft_placement=True)\n"
        "print('noise')\n"
        "with tf.device('/gpu:5'):\n"
        "    x = tf.constant(1.0, name=sys.argv[1])\n"
        "tf.Session(config=config).run(x)\n"
    )
    done = place(script, "--devices", "gpu:2x1GiB", "--", "here")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "noise\n"
    assert "here" in done.stdout
    assert "soft placement" in done.stdout
    config = tmp_path / "config.pbtxt"
    config.write_text("allow_soft_placement: false")
    done = place(script, "--devices", "gpu:2x1GiB", "--config", config, "--", "here")
    assert done.returncode == 1
    assert "Cannot assign a device for operation here" in done.stderr


def test_the_traceback_of_a_script_is_its_own(tmp_path):
    script = tmp_path / "train.py"
    script.write_text("def f():\n    return 1 / 0\n\nf()\n")
    plain = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    done = place(script, "--devices", "cpu")
    assert (done.returncode, done.stderr) == (1, plain.stderr)
    script.write_text("import tensorflow\n")
    done = place(script, "--devices", "cpu")
    assert (done.returncode, done.stdout) == (1, "")
    assert "made no operations" in done.stderr
