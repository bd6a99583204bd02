"""Runs small session programs on tfsession and on TensorFlow, and prints where they differ.

Not part of the test suite: it needs a Python with TensorFlow 2.21, and takes a minute.

    python tests/oracle/compare.py --tensorflow /path/to/python/with/tensorflow [pattern]

Values are compared with dtypes and shapes, errors by class, text, operation and by whether the
session runs afterwards. Texts that TensorFlow 2 has reworded are first turned into those of 1.15.
Differences that are meant are in `MEANT`.
"""

from __future__ import annotations

import argparse
import ast
import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SECONDS = 30

# Before each result in what a child prints.
MARK = "=result="

# Program -> why the results differ.
MEANT: dict[str, str] = {
    "life/static": "1.15 refuses to extend such a graph; 2.21 runs it",
    "fetches/attrs": "needs the package attrs in both Pythons",
    "feeds/sparse-short": "2.21 fails inside itself where 1.15 names the placeholder",
    "handles/wrong-dtype": "2.21 dies",
    "handles/unknown": "2.21 dies",
    "fetches/sess.run(rv.handle).dtype": "as older releases of NumPy understood (..., 1)",
    "run/sess.run(u + tf.constant([1.0, 2.0]), {u: [1, 2, 3]})": (
        "TensorFlow's optimiser moves the constant to the front"
    ),
    "make_callable/sess.make_callable(pq)()": (
        "of two placeholders without value the first one is named, always"
    ),
    "callable/dtype": "the text of 1.15",
    "callable/unknown-fetch": "class and text of 1.15",
    "callable/unknown-feed": "class and text of 1.15",
    "callable/bad-index": "class and text of 1.15",
    "callable/feed-device-cpu": "a device may be named in short",
    "callable/fetch-device-skip": "a device may be named in short",
    "handles/bad-device": "the text of 1.15",
    "feeds/sess.run(y, {x: [a, a]})": "the text of 1.15",
    "queues/float-for-int": "the text of 1.15",
    "queues/wrong-tensor": "the text of 1.15",
    "queues/priority-int32": "the text of 1.15",
    "mistake/a resource as a feed": "newer releases of NumPy confuse 2.21",
    "mistake/unknown target": "2.21 prints the whole config",
    "mistake/reset of an unknown target": "2.21 prints the whole config",
    "mistake/a static graph": "1.15 refuses to extend such a graph; 2.21 runs it",
    "mistake/an unknown fetch": "class and text of 1.15",
    "mistake/an unknown feed": "class and text of 1.15",
    "mistake/a bad output": "class and text of 1.15",
    "mistake/another dtype": "the text of 1.15",
    "mistake/an operation that fails": "TensorFlow's session is cancelled for good, ours runs on",
    "mistake/a key of the setup that is no tensor": "the text that 1.15 meant to give",
    "mistake/reading as another dtype": "2.21 leaves the operation out",
    "mistake/an unknown tensor handle": "2.21 dies",
    "mistake/deleting an unknown tensor handle": "2.21 dies",
    "mistake/a tensor handle on no device": "the text of 1.15",
    "mistake/a resource variable without a value": "the text of 1.15",
    "mistake/fewer than none": "2.21 adds attributes and inputs to the text",
    "mistake/a damaged TFRecord file": "2.21 adds a question to the text",
    "mistake/header_bytes": "2.21 dies",
    "mistake/footer_bytes": "2.21 dies",
    "mistake/hop_bytes": "2.21 dies",
    "mistake/record_bytes": "2.21 dies",
    "mistake/the error of a runner": "TensorFlow's runners leave the operation out",
    "mistake/a pipeline without its local variables": "TensorFlow's runners leave it out",
}

# What TensorFlow 2.21 writes, and what 1.15 wrote.
REWORDED: list[tuple[str, str]] = [
    (
        r"^Argument `fetch` = None has invalid type \"NoneType\"\. Cannot be None$",
        "Fetch argument None has invalid type <class 'NoneType'>",
    ),
    (
        r"^Argument `fetch` = (.*) has invalid type \"(\w+)\" must be a string or Tensor\. ",
        r"Fetch argument \1 has invalid type \2, must be a string or Tensor. ",
    ),
    (
        r"^Argument `fetch` = (.*) cannot be interpreted as a Tensor\. ",
        r"Fetch argument \1 cannot be interpreted as a Tensor. ",
    ),
    (r"^Argument `(graph|target|config)` must be", r"\1 must be"),
    (r"but got \"(\w+)\"", r"but got \1"),
    (r"passed to the argument `feed_dict` with key", "passed to the feed with key"),
    (
        r"^Argument `feed_list` must be a list or tuple\. Received: .*$",
        "`feed_list` must be a list or tuple.",
    ),
    (r"which has shape (\(.*\))$", r"which has shape '\1'"),
    (r"empty\. Add operations", "empty.  Add operations"),
    (r"goo\.gle/\w+\s*\n", ""),
    (r"\(Operation (\S+) has been marked", r"(Operation '\1' has been marked"),
    (r"^Operation ([^' ]+) has been marked", r"Operation '\1' has been marked"),
    (r"Use return values, explicit", "Use return values,explicit"),
    (r"^FlattenDictItems: .*", "input must be a dictionary"),
    (
        r"^Cannot flatten dict because this key is not unique: (.*)$",
        r"Could not flatten dictionary: key \1 is not unique.",
    ),
    (r"for Tensor '?([^' ]+?)'?, which has shape", r"for Tensor \1, which has shape"),
    (r"^Tensor (?:Tensor\(\")?([^ \"]+).* may not be fed\.$", r"Tensor \1 may not be fed."),
    (r"^partial_run\(\) requires empty .*", "partial_run() requires empty target_list."),
    # NumPy and Python differ in these from one release to the next.
    (r"np\.str_\('(.*)'\)", r"'\1'"),
    (r"^[\w.<>]+\(\) (takes|got)", r"f() \1"),
]


# ---- In the child ----


def described(value: Any) -> Any:
    """A value as JSON that tells dtype, shape and type."""
    import numpy as np

    if isinstance(value, np.ndarray):
        content = value.astype(str).tolist() if value.dtype.hasobject else value.tolist()
        return ["array", str(value.dtype), list(value.shape), str(content)]
    if isinstance(value, np.generic):
        return ["scalar", str(value.dtype), str(value.item())]
    if isinstance(value, dict):
        return [type(value).__name__, [[str(k), described(v)] for k, v in value.items()]]
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, [described(v) for v in value]]
    if isinstance(value, (bool, int, float, str, bytes, type(None), np.dtype)):
        return repr(value)
    return type(value).__name__


def outcome(source: str, prelude: str, tf: Any, folder: str) -> Any:
    """What a program comes to: its value, or class, text and operation of its error."""
    import numpy as np
    from tensorflow.core.protobuf.config_pb2 import CallableOptions
    from tensorflow.python.client.session import register_session_run_conversion_functions

    names: dict[str, Any] = {
        "tf": tf,
        "np": np,
        "collections": collections,
        "CallableOptions": CallableOptions,
        "register": register_session_run_conversion_functions,
        "folder": folder,
    }
    try:
        with tf.Graph().as_default():
            exec(prelude, names)
            tree = ast.parse(source)
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, "<program>", "exec"), names)
            if last is None:
                return ["value", None]
            value = eval(compile(ast.Expression(last.value), "<program>", "eval"), names)
            return ["value", described(value)]
    except Exception as error:
        text = str(getattr(error, "message", None) or error)
        op = getattr(error, "op", None)
        return ["error", type(error).__name__, text, op and op.name, runs(names)]


def runs(names: dict[str, Any]) -> str:
    """Whether the session of a program runs, or the class of the error that it gives instead."""
    try:
        names["sess"].run(names["a"])
    except Exception as error:
        return f"afterwards {type(error).__name__}"
    return "runs afterwards"


def child(library: str) -> None:
    """Runs the programs that arrive on stdin, each in a thread, which has its own defaults."""
    if library == "tfsession":
        import tfsession as tf
        from tfsession import protos, python

        modules = sys.modules
        modules["tensorflow"] = tf
        for name, module in list(modules.items()):
            if name.startswith("tfsession.python"):
                modules["tensorflow" + name.removeprefix("tfsession")] = module
        for path in ("tensorflow.core", "tensorflow.core.protobuf"):
            modules[path] = python
        modules["tensorflow.core.protobuf.config_pb2"] = protos
    else:
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
        import tensorflow.compat.v1 as tf

        tf.disable_v2_behavior()
        tf.logging.set_verbosity(tf.logging.FATAL)
    from programs import PRELUDE, programs

    names = json.load(sys.stdin)
    sources = programs()
    folder = tempfile.mkdtemp()
    for name in names:
        found: list[Any] = []
        thread = threading.Thread(
            target=lambda name=name, found=found: found.append(
                outcome(sources[name], PRELUDE, tf, folder)
            ),
            daemon=True,
        )
        thread.start()
        thread.join(SECONDS)
        result = found[0] if found else ["hangs"]
        print(f"{MARK}{json.dumps([name, result])}", flush=True)  # noqa: T201  # a script
    shutil.rmtree(folder)
    os._exit(0)  # threads that hang


# ---- In the parent ----


def normalised(result: list[Any]) -> list[Any]:
    """A result without what differs between versions and between places in files."""
    if result[0] != "error":
        return result
    text = result[2]
    text = re.sub(r"^Graph execution error:\n\n", "", text)
    text = re.sub(r"^Detected at node .*?\nNode: '[^']*'\n", "", text, flags=re.DOTALL)
    text = re.sub(r"\{\{function_node [^}]*\}\}", "", text)
    text = re.sub(r"\n\nErrors may have originated from.*", "", text, flags=re.DOTALL)
    text = re.sub(
        r"\[\[(?:\{\{)?node (\S+?)(?:\}\})?(?: \(defined at [^)]*\) )?\]\]", r"[[\1]]", text
    )
    text = re.sub(r" at 0x[0-9a-f]+", "", text)
    for pattern, replacement in REWORDED:
        text = re.sub(pattern, replacement, text, flags=re.DOTALL)
    text = re.sub(r"<class '(?:\w+\.)*(\w+)'>", r"\1", text)
    # What is fetched is quoted by repr in 1.15 and by str in 2.21.
    text = re.sub(
        r"^Fetch argument .* cannot be interpreted", "Fetch argument ...", text, flags=re.S
    )
    text = re.sub(
        r"^Fetch argument .* has invalid", "Fetch argument ... has invalid", text, flags=re.S
    )
    text = re.sub(r"Original stack trace.*", "", text, flags=re.DOTALL)
    text = re.sub(r"'_\d+_", "'_0_", text)
    return ["error", result[1], text.strip(), *result[3:]]


def run(python: str, library: str, names: list[str]) -> dict[str, Any]:
    """The results of all programs on one library."""
    results: dict[str, Any] = {}
    while len(results) < len(names):
        left = [name for name in names if name not in results]
        found = subprocess.run(
            [python, __file__, "--child", library],
            input=json.dumps(left),
            capture_output=True,
            text=True,
            check=False,
            cwd=HERE.parents[1],
            env={**os.environ, "PYTHONPATH": f"{HERE}{os.pathsep}{HERE.parents[1]}"},
        )
        lines = [line.partition(MARK)[2] for line in found.stdout.splitlines() if MARK in line]
        if not lines and not results:
            raise SystemExit(f"{library} gave no results:\n{found.stderr[-3000:]}")
        results.update(json.loads(line) for line in lines)
        if len(lines) < len(left):
            # It took the process with it.
            results[left[len(lines)]] = ["crashes"]
    return results


def main() -> int:
    """Compares, prints, and returns the number of differences that are not meant."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--tensorflow", default="python", help="a Python that has TensorFlow")
    parser.add_argument("pattern", nargs="?", default="", help="part of the programs' names")
    options = parser.parse_args()
    if options.child:
        child(options.child)
    sys.path[:0] = [str(HERE), str(HERE.parents[1])]
    from programs import programs

    names = [name for name in programs() if options.pattern in name]
    ours = run(sys.executable, "tfsession", names)
    theirs = run(options.tensorflow, "tensorflow", names)
    different = 0
    for name in names:
        mine, wanted = normalised(ours[name]), normalised(theirs[name])
        if mine == wanted:
            continue
        if name in MEANT:
            print(f"meant      {name}: {MEANT[name]}")  # noqa: T201  # a script
            continue
        different += 1
        print(f"different  {name}\n  tfsession   {mine}\n  TensorFlow  {wanted}")  # noqa: T201  # a script
    print(f"{len(names)} programs, {different} differences that are not meant")  # noqa: T201  # a script
    return min(different, 1)


if __name__ == "__main__":
    sys.exit(main())
