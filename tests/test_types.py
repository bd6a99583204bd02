"""What type checkers see of tfsession, as mypy tells it: every public name, and no other."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import tfsession as tf
from tests.programs import ROOT
from tfsession import core, python


def complaints(tmp_path, *lines):
    """What mypy says of a program, by line, under the strict settings of the tree."""
    program = tmp_path / "program.py"
    program.write_text("\n".join(lines))
    result = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", str(program)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert result.stderr == ""
    return result.stdout.splitlines()


NAMESPACES = {
    name: module for name in tf.__all__ if isinstance(module := getattr(tf, name), ModuleType)
}


def public_names():
    """The names of the package, and those of its namespaces that say which are public."""
    names = [f"tf.{name}" for name in tf.__all__]
    for above, module in NAMESPACES.items():
        names += [f"tf.{above}.{name}" for name in getattr(module, "__all__", ())]
    return names


def test_public_names_are_there(tmp_path):
    assert len(public_names()) > 800
    assert complaints(tmp_path, "import tfsession as tf", *public_names()) == []


def test_missing_names_are_errors(tmp_path):
    # Every op is a name of raw_ops, and ops register themselves while the program runs.
    modules = ["tf", *(f"tf.{name}" for name in NAMESPACES if name != "raw_ops"), "tf.compat.v1"]
    found = complaints(tmp_path, "import tfsession as tf", *(f"{m}.no_such_name" for m in modules))
    assert [line for line in found if not line.endswith('"no_such_name"  [attr-defined]')] == []
    assert len(found) == len(modules)


def test_paths_of_tensorflow_are_there(tmp_path):
    paths = [f"tfsession.core.{path}" for path in core.PATHS]
    paths += [f"tfsession.python.{path}" for path in python.PATHS]
    assert complaints(tmp_path, *(f"import {path}" for path in paths)) == []
    (missing,) = complaints(tmp_path, "from tfsession.python.framework import no_such_path")
    assert "no_such_path" in missing


PROGRAM = """
import tfsession as tf
from tfsession.python.client import timeline

x = tf.placeholder(tf.float32, [None, 3])
v = tf.Variable(1.0)
y: tf.Tensor = tf.nn.sigmoid(1 - (v + 1) * x)
step: tf.Operation = tf.train.AdamOptimizer(0.1).minimize(y)
with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as session:
    session.run([step, y], feed_dict={x: [[1.0, 2.0, 3.0]]})
trace: timeline.Timeline = timeline.Timeline(tf.RunMetadata().step_stats)
"""


def test_a_program_is_well_typed(tmp_path):
    assert complaints(tmp_path, PROGRAM) == []
    (wrong,) = complaints(tmp_path, PROGRAM, "w: tf.Variable = v + 1")
    assert '"Tensor"' in wrong
