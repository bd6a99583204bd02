"""`python -m tfsession`: scripts that import tensorflow run on tfsession, as Python runs them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def tfsession(*words, cwd=None, **environ):
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).strip(os.pathsep)
    return subprocess.run(
        [sys.executable, "-m", "tfsession", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": path, **environ},
    )


@pytest.fixture
def script(tmp_path):
    def write(text, name="train.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return write


def output(*words, **options):
    done = tfsession(*words, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_tensorflow_is_tfsession_under_both_names(script, tmp_path):
    # A TensorFlow that is installed, and one beside the script, are not looked at.
    script("raise AssertionError('not this one')", "tensorflow.py")
    path = script(
        """
import tensorflow as tf
import tensorflow.errors
import tensorflow.devices.nvml as by_alias
from tensorflow import errors
from tensorflow.devices import lister
import tfsession, tfsession.devices.nvml, tfsession.errors, tfsession.devices.lister
assert tf is tfsession and tf.errors is errors is tfsession.errors
assert by_alias is tfsession.devices.nvml and lister is tfsession.devices.lister
assert errors.__spec__.name == errors.__name__ == "tfsession.errors"
try:
    raise errors.OutOfRangeError(None, None, "end")
except tfsession.errors.OpError:
    print("caught")
"""
    )
    assert output(path) == "caught\n"


def test_the_stack_of_an_operation_begins_with_the_script(script):
    path = script(
        "import tensorflow as tf\n"
        "y = tf.reshape(tf.constant([1, 2]), tf.placeholder(tf.int32, [1]))\n"
        "feeds = {y.op.inputs[1]: [3]}\n"
        "try: tf.Session().run(y, feeds)\n"
        "except tf.errors.InvalidArgumentError as error: print(error)\n"
        "for _ in range(2):\n"
        "    try: tf.get_variable('v', [])\n"
        "    except ValueError as error: print(error)\n"
    )
    text = output(path)
    stack = text.partition("Original stack trace for 'Reshape':\n")[2].splitlines()
    assert stack[0].endswith('train.py", line 2, in <module>')
    origin = text.partition("Originally defined at:\n\n")[2].splitlines()
    assert origin[0].endswith('train.py", line 7, in <module>')
    assert text.count('  File "') == 2


def test_absent_modules_are_explained(script):
    path = script(
        "for line in ('from tensorflow.contrib import tensorrt', 'from tensorflow import lite',\n"
        "             'import tensorflow.audio.experimental'):\n"
        "    try: exec(line)\n"
        "    except ImportError as error: print(error)\n"
    )
    lines = output(path).splitlines()
    for line, name in zip(lines, ("tf.contrib.tensorrt", "tf.lite", "tf.audio"), strict=True):
        assert f"; {name} is TensorFlow's, but not part of tfsession 0.1 yet" in line


def test_who_asks_whether_there_is_a_module_of_tensorflow_is_told(script):
    path = script(
        "from importlib.util import find_spec\n"
        "names = 'nn', 'keraz', 'contrib.bayesflow', 'python.debug'\n"
        "print([find_spec('tensorflow.' + name) is not None for name in names])\n"
    )
    assert output(path) == "[True, False, False, False]\n"


def test_a_missing_module_is_named(script):
    path = script("import tensorflow.estimators.inputs")
    done = tfsession(path)
    assert done.returncode == 1
    assert done.stderr.endswith(
        "ModuleNotFoundError: No module named 'tfsession.estimators'; tf.estimator is there\n"
    )
    path = script("import tensorflow.devises")
    assert "tf.devices is there" in tfsession(path).stderr
    path = script(
        "try:\n    from tensorflow.nowhere import x\nexcept ImportError as e: print(e.name)"
    )
    assert output(path) == "tensorflow.nowhere\n"


def test_a_script_sees_what_python_gives_it(script, tmp_path):
    script("value = 5", "beside.py")
    path = script(
        """
import sys, pickle, beside
class Local: pass
assert isinstance(pickle.loads(pickle.dumps(Local())), Local)
assert sys.modules["__main__"].Local is Local
print(__name__, __file__, __spec__, sys.argv, sys.path[0], beside.value)
"""
    )
    arguments = ["--steps", "10", "devices", "-h"]
    other = tmp_path / "elsewhere"
    other.mkdir()
    plain = subprocess.run(
        [sys.executable, path, *arguments], capture_output=True, text=True, check=True, cwd=other
    ).stdout
    assert output(path, *arguments, cwd=other) == plain
    assert output("run", path, *arguments, cwd=other) == plain


@pytest.mark.parametrize(
    "text",
    [
        "import sys; sys.exit(7)",
        "import sys; sys.exit('a reason')",
        "raise SystemExit",
        "def f():\n    return 1 / 0\n\nf()",
        "def f(:",
        "try:\n    {}['a']\nexcept KeyError as error:\n    raise ValueError('b') from error",
        "import os; os._exit(3)",
        "import atexit; atexit.register(print, 'bye'); print('hello')",
    ],
)
def test_exit_codes_and_tracebacks_are_those_of_python(script, text):
    path = script(text)
    plain = subprocess.run(
        [sys.executable, path], capture_output=True, text=True, check=False, timeout=60
    )
    done = tfsession(path)
    assert (done.returncode, done.stdout, done.stderr) == (
        *(plain.returncode, plain.stdout, plain.stderr),
    )


def test_a_missing_script_exits_as_python_does(tmp_path):
    done = tfsession("absent.py", cwd=tmp_path)
    assert done.returncode == 2
    assert f"can't open file '{tmp_path}/absent.py': [Errno 2] No such file" in done.stderr


def test_folders_and_modules_run_too(script, tmp_path):
    text = "import sys, tensorflow; print(tensorflow.__name__, sys.argv[1:], __name__)"
    script(text, "package/__main__.py")
    expected = "tfsession ['-m', 'x'] __main__\n"
    assert output(tmp_path / "package", "-m", "x") == expected
    assert output("-m", "package", "-m", "x", cwd=tmp_path) == expected
    assert output("run", "-m", "package", "-m", "x", cwd=tmp_path) == expected


def test_devices_start_without_cupy(script):
    path = script(
        """
import sys
import tfsession.cli.main
assert tfsession.cli.main.main(["devices"]) == 0
assert not {"cupy", "cuda", "tfsession.cli.place"} & set(sys.modules)
""",
        "start.py",
    )
    done = subprocess.run(
        [sys.executable, path],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("CPU:0 ")


def test_output_is_plain_where_nobody_looks():
    text = output("devices", COLUMNS="80")
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_line_of_a_notebook_makes_tensorflow_mean_tfsession():
    program = (
        "import tfsession\n"
        "tfsession.load_ipython_extension(None)\n"
        "import tensorflow as tf\n"
        "assert tf is tfsession\n"
        "assert 'load_ipython_extension' not in dir(tf)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
