"""Runs a script that imports tensorflow on tfsession, as `python script.py` would.

For the process that runs it, `tensorflow` and everything below it are the modules of tfsession:

```
  import tensorflow as tf                              tfsession
  import tensorflow.compat.v1 as tf                    tfsession.compat.v1
  from tensorflow.python.client import device_lib      tfsession.python.client.device_lib
```
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pkgutil
import runpy
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, TracebackType

from tfsession.names import absent

ALIAS = "tensorflow"
PACKAGE = "tfsession"


class _AliasLoader(Loader):
    """Hands out a module that is already there under its own name."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._spec = module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Returns the module."""
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        """Gives the module its own spec back, which the import has replaced by the alias's."""
        module.__spec__ = self._spec


class TensorflowFinder(MetaPathFinder):
    """Finds `tensorflow` and `tensorflow.X` as `tfsession` and `tfsession.X`.

    The same module object stands under both names, so that classes are the same on both ways. An
    installed TensorFlow is never looked at.
    """

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Returns the spec of the alias; None for other packages.

        Raises:
          ModuleNotFoundError: it is imported, and tfsession has no such module; no other finder
            may look on, since it would load tfsession's files a second time.
        """
        head, _, below = fullname.partition(".")
        if head != ALIAS:
            return None
        name = f"{PACKAGE}.{below}" if below else PACKAGE
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            missing = error.name or ""
            # A package that is missing inside the module is another matter.
            is_own = bool(missing) and f"{name}.".startswith(f"{missing}.")
            if (is_own or missing == fullname) and absent.is_only_asked_for():
                return None
            if not is_own:
                raise
            raise ModuleNotFoundError(_missing(fullname, missing), name=fullname) from None
        spec = ModuleSpec(fullname, _AliasLoader(module), origin=getattr(module, "__file__", None))
        spec.submodule_search_locations = getattr(module, "__path__", None)
        return spec


def _missing(fullname: str, missing: str) -> str:
    """Returns what to say about a module that is not there."""
    above, _, last = missing.rpartition(".")
    package = sys.modules.get(above)
    names = [found.name for found in pkgutil.iter_modules(getattr(package, "__path__", []))]
    hint = absent.hint(above, last, names)
    return f"No module named {fullname!r}: tfsession has no {missing!r}{hint}"


def install_alias() -> None:
    """Makes `import tensorflow` mean tfsession for the rest of the process."""
    if any(isinstance(finder, TensorflowFinder) for finder in sys.meta_path):
        return
    for name in [one for one in sys.modules if one.partition(".")[0] == ALIAS]:
        del sys.modules[name]
    sys.meta_path.insert(0, TensorflowFinder())


def _alias_in_children() -> None:
    """Lets Python processes that the program starts find tfsession as `tensorflow`."""
    above = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([_CHILDREN, *([above] if above else [])])
    # Children of `multiprocessing` have the path of their parent.
    sys.path.insert(1, _CHILDREN)


# A folder with a package `tensorflow` that hands over to tfsession.
_CHILDREN = str(Path(__file__).parent / "children")


def run_script(path: str, arguments: Sequence[str]) -> int:
    """Runs a file, or a folder or archive with a `__main__.py`, as Python does.

    Args:
      path: the script.
      arguments: what it finds in `sys.argv[1:]`.

    Returns:
      The exit code: 0, 1 after an exception (its traceback is on stderr), 2 where the file
      cannot be opened. SystemExit and KeyboardInterrupt pass through.
    """
    try:
        with open(path, "rb"):
            pass
    except IsADirectoryError:
        pass
    except OSError as error:
        text = f"tfsession: can't open file {os.path.abspath(path)!r}: [Errno {error.errno}]"
        sys.stderr.write(f"{text} {error.strerror}\n")
        return 2
    return finish(lambda: execute_script(path, arguments))


def execute_script(path: str, arguments: Sequence[str]) -> None:
    """Runs a script to its end in this process; what it raises passes through."""
    install_alias()
    sys.argv = [path, *arguments]
    # runpy puts folders and archives on the path itself.
    archive = pkgutil.get_importer(path) is not None
    if not sys.flags.safe_path:
        sys.path[:1] = [] if archive else [str(Path(path).resolve().parent)]
    _alias_in_children()
    runpy.run_path(path, run_name="__main__")


def run_module(name: str, arguments: Sequence[str]) -> int:
    """Runs a module as `python -m` does; arguments and result as for `run_script`."""
    install_alias()
    sys.argv = [name, *arguments]
    if not sys.flags.safe_path:
        sys.path[:1] = [os.getcwd()]
    _alias_in_children()
    return finish(lambda: runpy.run_module(name, run_name="__main__", alter_sys=True))


def finish(run: Callable[[], object]) -> int:
    """Runs a program and returns its exit code: 0, or 1 after an exception.

    The exception is shown as the interpreter would show it, without our frames.
    """
    try:
        run()
    except Exception as error:
        # The hook prints the exception's own traceback, whatever it is given.
        error.__traceback__ = _of_the_script(error.__traceback__)
        sys.excepthook(type(error), error, error.__traceback__)
        if isinstance(error, (AttributeError, ImportError)):
            _point_to_check(error.__traceback__)
        return 1
    return 0


def _point_to_check(trace: TracebackType | None) -> None:
    """Says how many more names the script uses that tfsession lacks."""
    from tfsession.cli.check import check

    path = "" if trace is None else trace.tb_frame.f_code.co_filename
    if not os.path.isfile(path):
        return
    with contextlib.suppress(OSError):
        count = len({one.name for one in check([path]).missing if not one.guarded})
        if count > 1:
            sys.stderr.write(
                f"tfsession: {path} uses {count - 1} more names that tfsession lacks: "
                f"python -m tfsession check {path}\n"
            )


def _of_the_script(trace: TracebackType | None) -> TracebackType | None:
    python = {"<frozen runpy>", runpy.__file__, "<frozen importlib._bootstrap>"}
    here = os.path.dirname(__file__)
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name not in python and os.path.dirname(name) != here:
            break
        trace = trace.tb_next
    return trace
