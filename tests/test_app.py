"""tf.app and tf.flags."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.programs import run_python
from tfsession import flags


@pytest.fixture
def values():
    """Flags of every kind."""
    values = flags.FlagValues()
    flags.DEFINE_string("name", "d", "The name.", flag_values=values)
    flags.DEFINE_integer("n", 3, "A number.", lower_bound=0, flag_values=values)
    flags.DEFINE_float("rate", 0.1, "A rate.", flag_values=values)
    flags.DEFINE_boolean("train", True, "Whether to train.", flag_values=values)
    flags.DEFINE_list("layers", ["a", "b"], "Layers.", flag_values=values)
    flags.DEFINE_enum("mode", "x", ["x", "y"], "A mode.", flag_values=values)
    return values


# The expected values were recorded from TensorFlow.
@pytest.mark.parametrize(
    ("arguments", "changed", "rest"),
    [
        ([], {}, []),
        (["--name=q", "rest"], {"name": "q"}, ["rest"]),
        (["--name", "q", "--n", "4", "x"], {"name": "q", "n": 4}, ["x"]),
        (["-name", "w"], {"name": "w"}, []),
        (["--rate=1e-3"], {"rate": 0.001}, []),
        (["--rate=1"], {"rate": 1.0}, []),
        (["--n=0x10"], {"n": 16}, []),
        (["--notrain"], {"train": False}, []),
        (["-notrain"], {"train": False}, []),
        (["--train=false"], {"train": False}, []),
        (["--train=F"], {"train": False}, []),
        (["--train", "false"], {}, ["false"]),
        (["--layers=c, d"], {"layers": ["c", "d"]}, []),
        (["--layers="], {"layers": []}, []),
        (["--mode=y"], {"mode": "y"}, []),
        (["a", "--name=k", "b"], {"name": "k"}, ["a", "b"]),
        (["--", "--name=k"], {}, ["--name=k"]),
        (["-"], {}, ["-"]),
        (["--name=a=b"], {"name": "a=b"}, []),
        (["--name="], {"name": ""}, []),
    ],
)
def test_parsing(values, arguments, changed, rest):
    before = {
        "name": "d",
        "n": 3,
        "rate": 0.1,
        "train": True,
        "layers": ["a", "b"],
        "mode": "x",
    }
    assert values(["program", *arguments]) == ["program", *rest]
    assert values.flag_values_dict() == {**before, **changed}
    for name, value in changed.items():
        assert getattr(values, name) == value
        assert type(getattr(values, name)) is type(value)


@pytest.mark.parametrize(
    ("argument", "error", "message"),
    [
        ("--n=x", flags.IllegalFlagValueError, r"flag --n=x: invalid literal for int\(\)"),
        ("--n=1.0", flags.IllegalFlagValueError, r"flag --n=1.0: invalid literal for int\(\)"),
        ("--n=-1", flags.IllegalFlagValueError, "flag --n=-1: -1 is not a non-negative integer"),
        ("--rate=z", flags.IllegalFlagValueError, "could not convert string to float: 'z'"),
        ("--train=maybe", flags.IllegalFlagValueError, "Non-boolean argument to boolean flag"),
        ("--mode=z", flags.IllegalFlagValueError, r"value should be one of <x\|y>"),
        ("--mode=Y", flags.IllegalFlagValueError, r"value should be one of <x\|y>"),
        ("--notrain=1", ValueError, "--notrain=1 does not take an argument"),
        ("--name", flags.Error, "Missing value for flag --name"),
        ("--Name=y", flags.UnrecognizedFlagError, "Unknown command line flag 'Name'.*name"),
        ("--zzz=1", flags.UnrecognizedFlagError, "^Unknown command line flag 'zzz'$"),
        ("--noname", flags.UnrecognizedFlagError, "Unknown command line flag 'noname'"),
    ],
)
def test_wrong_command_lines(values, argument, error, message):
    with pytest.raises(error, match=message):
        values(["program", argument])


def test_known_only(values):
    rest = values(["p", "--zz", "1", "--name=k", "--yy=3", "--n", "7"], known_only=True)
    assert rest == ["p", "--zz", "1", "--yy=3"]
    assert (values.name, values.n) == ("k", 7)


def test_reading_before_parsing(values):
    with pytest.raises(flags.UnparsedFlagAccessError, match="Trying to access flag --name before"):
        _ = values.name
    values.mark_as_parsed()
    assert values.name == "d"
    values.name = "z"
    values.unparse_flags()
    assert not values.is_parsed()
    assert values["name"].value == "d"


def test_global_flags_parse_themselves_and_are_those_of_absl():
    printed = run_python(
        "import sys; sys.argv = ['program', '--steps=9', '--other=x']\n"
        "import absl.flags, tfsession as tf\n"
        "absl.flags.DEFINE_string('other', 'd', 'Of absl.')\n"
        "tf.flags.DEFINE_integer('steps', 1, 'Steps.')\n"
        "FLAGS = tf.flags.FLAGS\n"
        "print(FLAGS.is_parsed(), FLAGS.steps, absl.flags.FLAGS.is_parsed())\n"
        "FLAGS.steps = 4\n"
        "print(absl.flags.FLAGS.steps, FLAGS.other, 'steps' in FLAGS, FLAGS['steps'].value)\n"
        "print(FLAGS.__flags['steps'].value, 'other' in dir(FLAGS), 'other' in list(FLAGS))\n"
        "del FLAGS.other\n"
        "print('other' in FLAGS, isinstance(FLAGS['steps'], tf.flags.Flag), len(FLAGS) >= 1)\n"
    )
    assert printed == "False 9 True\n4 x True 4\n4 True True\nFalse True True\n"


def test_a_program_may_have_flags_of_the_names_of_absls_own():
    """TensorFlow 1.15 refuses many programs of its time, because absl has `log_dir`, too."""
    printed = run_python(
        "import sys; sys.argv = ['program', '--log_dir=there', '--pdb=high']\n"
        "import absl.logging, tfsession as tf\n"
        "tf.flags.DEFINE_string('log_dir', 'here', 'Where.')\n"
        "tf.flags.DEFINE_string(name='pdb', default='low', help='How much.')\n"
        "tf.app.run(lambda argv: print(tf.flags.FLAGS.log_dir, tf.flags.FLAGS.pdb))\n"
    )
    assert printed == "there high\n"


def test_the_method_of_tensorflow_1_4():
    printed = run_python(
        "import sys; sys.argv = ['program', '--n=2']\n"
        "import tfsession as tf\n"
        "tf.app.flags.DEFINE_integer('n', 1, 'A number.')\n"
        "FLAGS = tf.app.flags.FLAGS\n"
        "FLAGS._parse_flags()\n"
        "print({name: flag.value for name, flag in FLAGS.__flags.items()}['n'])\n"
    )
    assert printed == "2\n"


def test_importing_the_package_loads_no_flags():
    printed = run_python("import sys, tfsession; print('absl' in sys.modules)")
    assert printed == "False\n"


def test_values_can_be_set(values):
    values(["p"])
    values.n = 5
    assert values.n == values["n"].value == 5
    with pytest.raises(flags.IllegalFlagValueError, match="-5 is not a non-negative integer"):
        values.n = -5
    assert values.n == 5
    with pytest.raises(flags.UnrecognizedFlagError, match="nope"):
        values.nope = 1
    with pytest.raises(AttributeError, match="nope"):
        _ = values.nope


def test_flags_can_be_removed_through_the_dict_of_them(values):
    flags.DEFINE_string("temporary", "a", "", flag_values=values)
    # Python changes the names of attributes with two underscores in classes only.
    by_name = values.__flags
    assert isinstance(by_name, dict)
    assert by_name["temporary"].value == "a"
    assert values.__dict__["__flags"] is by_name is values._flags()
    del by_name["temporary"]
    flags.DEFINE_string("temporary", "b", "", flag_values=values)


def test_definitions(values):
    with pytest.raises(flags.DuplicateFlagError, match="The flag 'name' is defined twice"):
        flags.DEFINE_string("name", "x", "again", flag_values=values)
    with pytest.raises(flags.IllegalFlagValueError, match="flag --z=q: invalid literal"):
        flags.DEFINE_integer("z", "q", "h", flag_values=values)
    with pytest.raises(flags.IllegalFlagValueError, match="Expect argument to be a string or int"):
        flags.DEFINE_integer("z", 1.5, "h", flag_values=values)
    with pytest.raises(TypeError, match=r"DEFINE_string.*'help'"):
        flags.DEFINE_string("y", "q", flag_values=values)
    flags.DEFINE_float("whole", 1, "h", flag_values=values)
    flags.DEFINE_bool("unset", None, "h", flag_values=values)
    flags.DEFINE_boolean("text", "false", "h", flag_values=values)
    values(["p"])
    assert (values.whole, values.unset, values.text) == (1.0, None, False)
    assert isinstance(values.whole, float)
    # The argument names of TensorFlow's first flags.
    flags.DEFINE_string(flag_name="old", default_value="v", docstring="h", flag_values=values)
    assert values.old == "v"
    assert "old" in values
    assert list(values)[:2] == ["name", "n"]
    delattr(values, "old")
    assert "old" not in values


def test_required(values):
    flags.DEFINE_string("path", None, "A path.", flag_values=values)
    flags.mark_flag_as_required("path", values)
    text = "flag --path=None: Flag --path must have a value other than None."
    with pytest.raises(flags.IllegalFlagValueError, match=text):
        values(["p"])
    assert values(["p", "--path=x"]) == ["p"]
    with pytest.raises(KeyError):
        flags.mark_flag_as_required("missing", values)


def test_validators(values):
    flags.register_validator("n", lambda n: n % 2 == 1, "must be odd", values)
    with pytest.raises(flags.IllegalFlagValueError, match="flag --n=4: must be odd"):
        values(["p", "--n=4"])
    for name in ("one", "two"):
        flags.DEFINE_string(name, None, "h", flag_values=values)
    flags.mark_flags_as_mutual_exclusive(["one", "two"], flag_values=values)
    with pytest.raises(flags.IllegalFlagValueError, match="At most one of"):
        values(["p", "--n=3", "--one=a", "--two=b"])


def test_several_values():
    values = flags.FlagValues()
    flags.DEFINE_multi_integer("gpu", [0], "A GPU.", flag_values=values)
    flags.DEFINE_multi_string("tag", None, "A tag.", flag_values=values)
    values(["p"])
    assert (values.gpu, values.tag) == ([0], None)
    values(["p", "--gpu=1", "--gpu=2", "--tag=a"])
    assert (values.gpu, values.tag) == ([1, 2], ["a"])


def test_bounds():
    values = flags.FlagValues()
    flags.DEFINE_integer("k", 1, "h", lower_bound=1, upper_bound=4, flag_values=values)
    flags.DEFINE_float("p", 0.5, "h", lower_bound=0, flag_values=values)
    with pytest.raises(flags.IllegalFlagValueError, match=r"not an integer in the range \[1, 4"):
        values(["p", "--k=5"])
    with pytest.raises(flags.IllegalFlagValueError, match=r"-1\.0 is not a non-negative number"):
        values(["p", "--p=-1"])


def test_flag_files(values, tmp_path):
    values(["p", "--name=k", "--notrain", "--layers=u,v"])
    text = values.flags_into_string()
    assert text == "--layers=u,v\n--mode=x\n--n=3\n--name=k\n--rate=0.1\n--notrain\n"
    path = tmp_path / "flags"
    path.write_text("# a comment\n" + text)
    values.unparse_flags()
    assert values(["p", f"--flagfile={path}", "--n=8"]) == ["p"]
    assert (values.name, values.train, values.n) == ("k", False, 8)


def test_help(values):
    text = values.get_help()
    assert "  --[no]train: Whether to train.\n    (default: 'true')" in text
    assert "  --mode: <x|y>: A mode." in text
    assert "  --n: A number.\n    (default: '3')\n    (a non-negative integer)" in text
    assert "(default: 'a,b')\n    (a comma separated list)" in text


# ---- tf.app.run ----

SCRIPT = """
from tfsession import app
flags = app.flags
flags.DEFINE_integer("steps", 1, "How many.")
flags.DEFINE_string("path", None, "Where.")
FLAGS = flags.FLAGS

def main(argv):
    print(argv[1:], FLAGS.steps)
    return 3 if FLAGS.steps == 7 else None

if __name__ == "__main__":
    {before}
    app.run()
"""


@pytest.fixture
def run(tmp_path):
    def run_script(*arguments, before="pass"):
        path = tmp_path / "train.py"
        path.write_text(SCRIPT.format(before=before))
        command = [sys.executable, str(path), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run_script


def test_run(run):
    done = run("--steps=5", "data.csv")
    assert (done.returncode, done.stdout, done.stderr) == (0, "['data.csv'] 5\n", "")
    assert run("--steps=7").returncode == 3


def test_run_hands_unknown_flags_on(run):
    done = run("--zz=3", "--stepz=4")
    assert (done.returncode, done.stdout) == (0, "['--zz=3', '--stepz=4'] 1\n")
    assert "Unknown flag --stepz is ignored. Did you mean --steps?\n" in done.stderr
    assert done.stderr.count("\n") == 1


def test_run_refuses_wrong_values(run):
    done = run("--steps=x")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("FATAL Flags parsing error:\n  flag --steps=x: invalid literal")
    assert "Pass --helpshort or --helpfull to see help on flags." in done.stderr


def test_run_wants_required_flags(run):
    done = run(before="flags.mark_flag_as_required('path')")
    assert done.returncode == 1
    assert "Flag --path must have a value other than None." in done.stderr


@pytest.mark.parametrize("argument", ["--help", "--helpshort", "--helpfull"])
def test_run_shows_help(run, argument):
    done = run(argument)
    assert done.returncode == 1
    assert "train.py [flags]" in done.stdout
    assert "train.py:\n  --path: Where.\n  --steps: How many.\n    (default: '1')" in done.stdout


def test_unknown_flags_are_errors_where_nobody_takes_them(run):
    done = run("--zz=3", before="FLAGS.steps")
    assert done.returncode == 1
    assert "UnrecognizedFlagError: Unknown command line flag 'zz'" in done.stderr


def test_run_with_arguments():
    printed = run_python(
        "from tfsession import app; app.run(main=print, argv=['program', 'a', 'b'])"
    )
    assert printed == "['program', 'a', 'b']\n"
