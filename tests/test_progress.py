"""`tfsession run --progress`."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import tfsession as tf
from tfsession.cli import main as cli, progress as progress_module
from tfsession.cli.progress import Progress, shown
from tfsession.run.session import BaseSession


def test_rates_are_of_the_time_since_the_last_line(monkeypatch):
    # Sessions that other tests have left open are told, too.
    monkeypatch.setattr(progress_module, "_memory", lambda: iter(()))
    progress = Progress(100.0)
    for _ in range(30):
        progress.ran()
    assert progress.line(102.0) == "tfsession: 30 runs, 15.0 a second"
    progress.ran()
    assert progress.line(104.0) == "tfsession: 31 runs, 0.5 a second"
    assert progress.line(131.0, is_last=True) == "tfsession: 31 runs, 1.0 a second"


def test_memory_and_scalars_are_told(graph, monkeypatch, tmp_path):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "1x1GiB")
    own, lines, told = BaseSession.run, [], threading.Event()
    with tf.device("/gpu:0"):
        v = tf.Variable(tf.zeros([256, 1024]))
    summaries = tf.summary.merge([tf.summary.scalar(f"s{n}", float(n)) for n in range(6)])

    def wait(ended, seconds):
        assert seconds == 7.0
        # One line once all has run, and then the end.
        return bool(lines) or not told.wait(60)

    def write(line):
        lines.append(line)

    with shown(7.0, write, wait), tf.Session() as session:
        session.run(v.initializer)
        with tf.summary.FileWriter(str(tmp_path)) as writer:
            writer.add_summary(session.run(summaries), 12)
        told.set()
        while not lines:
            session.run(summaries)
    assert BaseSession.run is own
    expected = (
        r"tfsession: \d+ runs, [\d.]+ a second; GPU:0 [12].0 MiB of 1.0 GiB; "
        r"step 12: s0 0, s1 1, s2 2, s3 3, and 2 more"
    )
    assert re.fullmatch(expected, lines[0])
    assert len(lines) == 2


SCRIPT = """
import sys
import tensorflow as tf

with tf.Session() as session:
    for _ in range(3):
        session.run(tf.constant(1))
print(sys.argv[1:])
sys.exit(3)
"""


def test_a_script_runs_as_without_it(tmp_path: Path):
    (tmp_path / "train.py").write_text(SCRIPT)
    for words in (["train.py"], ["-m", "train"]):
        command = [sys.executable, "-m", "tfsession", "run", "--progress=60", *words, "a"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (3, "['a']\n")
        assert done.stderr.startswith("tfsession: 3 runs, ")


@pytest.mark.parametrize(
    "words", [["--progress"], ["--progress=x", "train.py"], ["--progress=0", "a"]]
)
def test_wrong_words_end_with_two(words, capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(["run", *words])
    assert exit_.value.code == 2
    assert "usage: tfsession" in capsys.readouterr().err
