"""`tf.app`: the entry point of a program with flags, that of `absl.app`."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from absl import app as absl_app

from tfsession import flags, logging
from tfsession.names.absent import explain_in as _explain_in


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
    absl_app.run(main=main, argv=list(argv or sys.argv), flags_parser=_parse)


def _parse(argv: Sequence[str]) -> list[str]:
    try:
        rest = flags.FLAGS(argv, known_only=True)
    except flags.Error as error:
        text = f"FATAL Flags parsing error:\n  {error}\n"
        sys.stderr.write(f"{text}Pass --helpshort or --helpfull to see help on flags.\n")
        sys.exit(1)
    for argument in rest[1 : rest.index("--") if "--" in rest else None]:
        name = argument.lstrip("-").partition("=")[0]
        near = difflib.get_close_matches(name, flags.FLAGS, n=1, cutoff=0.75)
        if argument.startswith("--") and near:
            logging.warning("Unknown flag --%s is ignored. Did you mean --%s?", name, near[0])
    return list(rest)


__all__ = ["flags", "run"]


_explain_in(__name__)
