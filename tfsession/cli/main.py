"""The command line: `tfsession <command>`, or `python -m tfsession <command>`.

A script may stand in the place of a command: `python -m tfsession train.py --steps 10` runs it
with tfsession as its tensorflow. What a command needs is imported when it is chosen, so that
neither a script nor the list of devices waits for the rest.
"""

from __future__ import annotations

import argparse
import difflib
import io
import os
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

COMMANDS = ("devices", "doctor", "check", "config", "place", "saved-model", "run")

_EPILOG = """\
A script in the place of a command runs with tfsession as its tensorflow:
  python -m tfsession train.py --steps 10
  python -m tfsession -m my_package.train --steps 10
"""

_DEVICES = """\
Shows the CPU and every GPU of the machine, and which of them a session of this
process gets. TFSESSION_SIMULATED_GPUS=8x24GiB plays GPUs that are not there.
"""

_PLACE = """\
Places a graph on devices that need not be there, and computes nothing.

A script runs, its output on stderr, until one of its sessions is asked for
more than initial values; initializers are skipped. What is placed is the graph
of that session, with the options that the script gave it where there is no
--config. Where no session runs anything, it is the graph of the last session,
and without a session the default graph. The script sees the GPUs of --devices;
its own arguments stand behind --:
  tfsession place train.py --devices gpu:8x24GiB -- --batch-size 32

Each operation has one line where the output is a file or a pipe; a terminal, or
COLUMNS, sets the width at which the last column wraps. Names are never broken.
The copies between devices are those of one step that runs every operation.
"""

_PROGRESS = re.compile(r"--progress(?:=(.*))?")

_SAVED_MODEL = """\
Shows the graphs of a SavedModel by their tags, with the inputs and outputs of
their signatures; or runs one of these on inputs that are given:
  tfsession saved-model model
  tfsession saved-model model --inputs 'x=x.npy;y=data.npz[y]'
  tfsession saved-model model --input-exprs 'x=np.ones([1, 2])' --outdir out

Several inputs stand between semicolons. Files are .npy, or .npz with the name
of an array; nothing is unpickled. The options of TensorFlow's saved_model_cli
(--tag_set, --signature_def, --input_exprs, --input_examples) are known, too.
"""

_JSON = "print JSON; the keys are listed in the docstring of"


def parser() -> argparse.ArgumentParser:
    """Returns the parser of all commands; a script in the place of a command is not its matter."""
    raw = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser(
        "tfsession",
        description="Runs TensorFlow-1 programs on today's GPUs.",
        epilog=_EPILOG,
        formatter_class=raw,
    )
    top.add_argument("--version", action=_Version, help="print the version and exit")
    commands = top.add_subparsers(dest="command", metavar="command")

    devices = commands.add_parser(
        "devices",
        help="which CPU and GPUs there are, and which of them a session gets",
        description=_DEVICES,
        formatter_class=raw,
    )
    devices.add_argument("--json", action="store_true", help=f"{_JSON} tfsession.cli.devices")
    devices.add_argument(
        "--watch",
        nargs="?",
        type=_seconds,
        const=2.0,
        metavar="SECONDS",
        help="show them again and again, every 2 seconds by default, until Ctrl-C",
    )

    doctor = commands.add_parser(
        "doctor", help="which versions are installed, what does not fit, and what to do about it"
    )
    doctor.add_argument("--json", action="store_true", help=f"{_JSON} tfsession.cli.doctor")
    doctor.add_argument(
        "--self-test",
        action="store_true",
        help="a minute of checks on each GPU: kernels, training, memory, captures, copies",
    )

    check = commands.add_parser(
        "check",
        help="which names of TensorFlow a program uses and tfsession lacks",
        description="Reads programs, without running them, and says which names of TensorFlow they "
        "use and tfsession lacks, where, and what to do instead.",
    )
    check.add_argument(
        "paths", metavar="FILE", nargs="+", help="a script, or a folder with all that is in it"
    )
    check.add_argument("--json", action="store_true", help=f"{_JSON} tfsession.cli.check")

    config = commands.add_parser(
        "config", help="check a text file of options, and explain what it sets"
    )
    config.add_argument(
        "file",
        metavar="FILE",
        help="a ConfigProto or a RunOptions in text form, such as configs/allow_growth.pbtxt",
    )
    config.add_argument("--json", action="store_true", help=f"{_JSON} tfsession.cli.config")

    place = commands.add_parser(
        "place",
        help="on which device each operation of a graph would run, and why",
        usage="tfsession place [OPTION ...] GRAPH|SCRIPT.py [-- ARGUMENT ...]",
        description=_PLACE,
        formatter_class=raw,
    )
    place.add_argument(
        "graph", metavar="GRAPH", help="a GraphDef, .pb or text in .pbtxt; or a script, .py"
    )
    place.add_argument(
        "--devices",
        metavar="LIST",
        help="what to place on, as cpu:1,gpu:8x24GiB; a GPU without a size has 16 GiB, as in "
        "gpu:2; default: the devices of this machine",
    )
    place.add_argument("--config", metavar="FILE", help="a ConfigProto text file")
    place.add_argument("--svg", metavar="FILE", help="draw the graph, coloured by device")
    place.add_argument(
        "--html", metavar="FILE", help="draw it as a page whose name scopes open by a click"
    )
    place.add_argument("--totals", action="store_true", help="leave the single operations out")
    place.add_argument("--json", action="store_true", help=f"{_JSON} tfsession.cli.place")

    model = commands.add_parser(
        "saved-model",
        help="what a SavedModel takes and gives, or a run of it on given inputs",
        usage="tfsession saved-model DIR [OPTION ...]",
        description=_SAVED_MODEL,
        formatter_class=raw,
    )
    model.add_argument("folder", metavar="DIR", help="the folder with saved_model.pb")
    for flags, what, text in (
        (("--tags", "--tag_set"), "TAGS", "of the graph, between commas"),
        (("--signature", "--signature_def"), "KEY", "default: the only one, or serving_default"),
        (("--inputs",), "NAME=FILE", "arrays in files"),
        (("--input-exprs", "--input_exprs"), "NAME=EXPR", "lists and numbers, or calls of np"),
        (("--input-examples", "--input_examples"), "NAME=LIST", "dicts, which become Examples"),
        (("--outdir",), "FOLDER", "write each output to a file there, <output>.npy"),
    ):
        model.add_argument(*flags, metavar=what, help=text)
    model.add_argument("--overwrite", action="store_true", help="write files that exist")
    model.add_argument("--run", action="store_true", help="run a signature that takes no inputs")
    model.add_argument("--json", action="store_true", help=f"{_JSON} tfsession.cli.saved_model")

    run = commands.add_parser(
        "run",
        help="run a script that imports tensorflow",
        usage="tfsession run [--progress[=SECONDS]] SCRIPT [ARGUMENT ...]\n"
        "       tfsession run [--progress[=SECONDS]] -m MODULE [ARGUMENT ...]",
        description="Runs a script that imports tensorflow; it gets tfsession instead.",
    )
    run.add_argument(
        "--progress",
        nargs="?",
        metavar="SECONDS",
        help="say every 10 seconds, or so many, on stderr: runs a second, memory of GPUs, and "
        "the last scalars that were summarised",
    )
    run.add_argument("script", metavar="SCRIPT", help="a file, or a folder with a __main__.py")
    for command in commands.choices.values():
        command.set_defaults(parser=command)
    return top


class _Version(argparse.Action):
    """Prints the version, which is looked up only then."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *values: object) -> None:
        from tfsession import __version__

        followed, _, own = __version__.partition("+tfsession.")
        print(f"tfsession {own}, with the behaviour of TensorFlow {followed}")
        parser.exit()


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return value


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit code.

    Args:
      arguments: the words after the program's name; default `sys.argv[1:]`.

    Raises:
      SystemExit: the arguments are wrong (2), help was asked for (0), or a script exits.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words:
        parser().print_help()
        return 0
    script = _script(words)
    if script is not None:
        return _run(script)
    first = words[0]
    if first not in COMMANDS and not first.startswith("-"):
        close = difflib.get_close_matches(first, COMMANDS, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else f": {', '.join(COMMANDS)}"
        parser().error(f"{first!r} is neither a command nor a file{hint}")
    own: list[str] = []
    if first == "place" and "--" in words:
        end = words.index("--")
        words, own = words[:end], words[end + 1 :]
    top = parser()
    options, unknown = top.parse_known_args(words)
    if unknown:
        # The command's parser shows the usage of the command.
        getattr(options, "parser", top).error(f"unrecognized arguments: {' '.join(unknown)}")
    return _command(options, own)


def _script(words: list[str]) -> list[str] | None:
    """Returns a script, or `-m` and a module, with its arguments; None where a command is meant."""
    if words[0] == "run":
        words = words[1:]
        if words and _PROGRESS.fullmatch(words[0]):
            return words if len(words) > 1 and not words[1].startswith("--") else None
        # Its help, and its error for no script at all, are the parser's.
        return words if words and (words[0] == "-m" or not words[0].startswith("-")) else None
    if words[0] == "-m":
        return words
    if words[0] in COMMANDS or words[0].startswith("-"):
        return None
    return words if words[0].endswith(".py") or os.path.exists(words[0]) else None


def _run(words: list[str]) -> int:
    from tfsession.cli.run import run_module, run_script

    if match := _PROGRESS.fullmatch(words[0]):
        from tfsession.cli.progress import SECONDS, shown

        try:
            seconds = SECONDS if match[1] is None else _seconds(match[1])
        except argparse.ArgumentTypeError as error:
            parser().error(f"argument --progress: {error}")
        with shown(seconds):
            return _run(words[1:])
    if words[0] != "-m":
        return run_script(words[0], words[1:])
    if len(words) < 2:
        parser().error("argument expected for the -m option")
    return run_module(words[1], words[2:])


def _command(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    console = _console()
    try:
        if options.command == "devices":
            from tfsession.cli.devices import show_devices, watch_devices

            if options.watch is not None:
                return watch_devices(console, options.json, options.watch)
            return show_devices(console, options.json)
        if options.command == "doctor":
            from tfsession.cli.doctor import show_doctor
            from tfsession.cli.self_test import show_self_test

            if options.self_test:
                return show_self_test(console)
            return show_doctor(console, options.json)
        if options.command == "check":
            from tfsession.cli.check import show_check

            return show_check(console, options.paths, options.json)
        if options.command == "config":
            from tfsession.cli.config import check_config

            return check_config(console, options.file, options.json)
        if options.command == "saved-model":
            return _saved_model(console, options)
        from tfsession.cli.place import PlaceError, show_placement

        try:
            return show_placement(
                console,
                options.graph,
                devices=options.devices,
                config=options.config,
                as_json=options.json,
                only_totals=options.totals,
                arguments=arguments,
                pictures={
                    kind: path
                    for kind, path in (("svg", options.svg), ("html", options.html))
                    if path is not None
                },
            )
        except PlaceError as error:
            _console(stderr=True).print(
                f"tfsession place: {error}", markup=False, highlight=False, soft_wrap=True
            )
            return error.exit_code
    except BrokenPipeError:
        # The reader has seen enough, as in `tfsession place graph.pb | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _saved_model(console: Console, options: argparse.Namespace) -> int:
    from tfsession.cli.saved_model import SavedModelError, Wanted, show_saved_model

    wanted = Wanted(
        tags=options.tags,
        signature=options.signature,
        inputs=options.inputs or "",
        expressions=options.input_exprs or "",
        examples=options.input_examples or "",
        outdir=options.outdir,
        overwrites=options.overwrite,
        runs=options.run,
    )
    try:
        return show_saved_model(console, options.folder, wanted, options.json)
    except SavedModelError as error:
        _console(stderr=True).print(
            f"tfsession saved-model: {error}", markup=False, highlight=False, soft_wrap=True
        )
        return 1


def _console(stderr: bool = False) -> Console:
    from rich.console import Console

    for stream in (sys.stdout, sys.stderr):
        # Names may have letters that the locale does not.
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")
    return Console(stderr=stderr, emoji=False, highlight=False)
