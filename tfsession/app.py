"""`tf.app`: the entry point of a program with flags."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from tfsession import flags, logging

_HELP = ("--help", "-help", "--helpshort", "-helpshort", "--helpfull", "-helpfull")


def run(main: Callable[..., Any] | None = None, argv: Sequence[str] | None = None) -> NoReturn:
    """Parses the flags, calls `main(argv)`, and exits with what it returns.

    Flags that the program does not define are handed on to `main` with the other arguments; what
    looks like a misspelt flag is reported on the way. After `--help` the flags are shown.

    Args:
      main: takes the list of arguments that are no flags, the program's name first; by default the
        function `main` of the script.
      argv: the command line; default `sys.argv`.

    Raises:
      SystemExit: always; with code 1 after `--help` and for values that a flag cannot take.

    Source: TensorFlow 1.15 `tf.app.run`; there a bad value ends in a traceback.
    """
    main = main or sys.modules["__main__"].main
    arguments = list(sys.argv if argv is None else argv)
    before_stop = arguments[1 : arguments.index("--")] if "--" in arguments else arguments[1:]
    if any(argument in _HELP for argument in before_stop):
        _usage(any("full" in argument for argument in before_stop))
    try:
        rest = flags.FLAGS(arguments, known_only=True)
    except (flags.Error, ValueError) as error:
        text = f"FATAL Flags parsing error:\n  {error}\n"
        sys.stderr.write(f"{text}Pass --helpshort or --helpfull to see help on flags.\n")
        sys.exit(1)
    _report_misspelt(rest, before_stop)
    sys.exit(main(rest))


def _usage(everything: bool) -> NoReturn:
    """Shows what the script is and which flags it has."""
    module = sys.modules["__main__"]
    text = (module.__doc__ or f"\nUSAGE: {sys.argv[0]} [flags]").strip("\n")
    shown = flags.FLAGS.get_help() if everything else flags.FLAGS.main_module_help()
    hint = "" if everything else "\n\nTry --helpfull to get a list of all flags."
    sys.stdout.write(f"\n{text}\nflags:\n{shown}{hint}\n")
    sys.exit(1)


def _report_misspelt(rest: Sequence[str], before_stop: Sequence[str]) -> None:
    """Warns of arguments that look like flags of this program, but for a letter or two."""
    for argument in rest[1:]:
        name = argument.lstrip("-").partition("=")[0]
        if not argument.startswith("--") or argument not in before_stop:
            continue
        near = difflib.get_close_matches(name, flags.FLAGS, n=1, cutoff=0.75)
        if near:
            logging.warning("Unknown flag --%s is ignored. Did you mean --%s?", name, near[0])


__all__ = ["flags", "run"]
