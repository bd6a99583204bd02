"""`tfsession check`, and what a run says of names that are missing."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.programs import ROOT
from tfsession.cli import check, main
from tfsession.names import absent

# A name of a namespace that TensorFlow has and tfsession lacks, whatever has been built since.
LACKED = "audio"

PROGRAM = f"""\
import tensorflow as tf
import tensorflow.compat.v1 as v1
from tensorflow import {LACKED}, train as t
from tensorflow.contrib.learn import ModeKeys as modes
import numpy as np
other = tf.nn
try:
    concat = tf.concat_v2
except AttributeError:
    concat = tf.concat
try:
    tf.unpack
finally:
    pass
tf.pack([1]); tf.scalar_summary("a", 1.0)
def f(q, np):
    tf.Graph().nothing
    return v1.pack, other.rellu(q), {LACKED}.thing.below, t.Optimizer.nothing, tf.Graph.nothing
np.nothing
"""


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "train.py"
    path.write_text(PROGRAM)
    return path


def test_the_word_is_of_a_name_that_is_lacked():
    assert absent.hint("tfsession", LACKED, ())


def test_names_that_are_missing(program):
    report = check.check([str(program)])
    assert [(one.line, one.name, one.guarded) for one in report.missing] == [
        (3, f"tf.{LACKED}", False),
        (8, "tf.concat_v2", True),
        (12, "tf.unpack", False),
        (15, "tf.pack", False),
        (18, "tf.pack", False),
        (18, "tf.nn.rellu", False),
        (18, f"tf.{LACKED}.thing.below", False),
        (18, "tf.train.Optimizer.nothing", False),
        (18, "tf.Graph.nothing", False),
    ]
    advice = {one.name: one.advice for one in report.missing}
    assert "is TensorFlow's, but not part of tfsession" in advice[f"tf.{LACKED}"]
    assert advice["tf.pack"] == (
        "tf.pack is a name of TensorFlow before 1.0, and is tf.stack today"
    )
    assert advice["tf.nn.rellu"] == "tf.nn.relu is there"
    assert "neither tfsession nor TensorFlow" in advice["tf.Graph.nothing"]
    assert (report.files, report.unreadable) == (1, [])


def test_lines_of_the_report(program, capsys):
    assert main.main(["check", str(program)]) == 1
    printed = capsys.readouterr().out.splitlines()
    assert printed[1] == (
        f"{program}:8: tf.concat_v2 (a try catches it): tf.concat_v2 is a name of TensorFlow "
        "before 1.0, and is tf.concat today"
    )
    assert printed[-1].startswith("1 files use ")
    assert printed[-1].endswith("tfsession lacks 8 of them")


def test_a_folder(tmp_path, program, capsys):
    (tmp_path / "old.py").write_text("import tensorflow as tf\nprint 'x'\n")
    (tmp_path / "good.py").write_text("import tensorflow as tf\ntf.Session()\n")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "x.py").write_text("import tensorflow as tf\ntf.pack\n")
    assert main.main(["check", str(tmp_path), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["schema"], found["files"]) == (1, 3)
    assert {one["file"] for one in found["missing"]} == {str(program)}
    (problem,) = found["unreadable"]
    assert (problem["file"], problem["line"]) == (str(tmp_path / "old.py"), 2)
    assert main.main(["check", str(tmp_path / "good.py")]) == 0
    assert "lacks none of them" in capsys.readouterr().out


def test_a_file_that_is_not_there(capsys):
    assert main.main(["check", "/nowhere/x.py"]) == 2
    assert capsys.readouterr().out == (
        "tfsession check: /nowhere/x.py: No such file or directory\n"
    )


def run(*words):
    return subprocess.run(
        [sys.executable, "-m", "tfsession", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )


def test_a_run_that_ends_for_a_missing_name_tells_how_many_there_are(tmp_path):
    path = tmp_path / "train.py"
    path.write_text("import tensorflow as tf\ntf.pack\ntf.unpack\ntf.mul\n")
    done = run(str(path))
    assert done.returncode == 1
    assert done.stderr.endswith(
        f"tfsession: {path} uses 2 more names that tfsession lacks: "
        f"python -m tfsession check {path}\n"
    )
    assert "AttributeError: module 'tfsession' has no attribute 'pack'; tf.pack is" in done.stderr


def test_child_processes_find_tfsession_too(tmp_path):
    path = tmp_path / "parent.py"
    path.write_text(
        "import multiprocessing, subprocess, sys\n"
        "import tensorflow as tf\n"
        "CODE = 'import tensorflow.compat.v1 as tf; print(tf.Session.__module__)'\n"
        "def work(_):\n"
        "    import tensorflow\n"
        "    return tensorflow.__name__\n"
        "if __name__ == '__main__':\n"
        "    subprocess.run([sys.executable, '-c', CODE], check=True)\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        print(*pool.map(work, [0]))\n"
    )
    done = run(str(path))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "tfsession.run.session\ntfsession\n"
