"""`tf.flags`: the flags of a command line, those of `absl.flags`.

A script defines flags, and reads them as attributes of `FLAGS`::

    flags.DEFINE_integer("batch_size", 32, "Examples in a step.")
    ...
    flags.FLAGS.batch_size

Modules that import absl themselves define and read the same flags.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from typing import Any

# absl's own flags are defined before those of programs, which may replace them.
import absl.app  # noqa: F401
from absl import flags as absl_flags
from absl.flags import (
    DEFINE as DEFINE,
    ArgumentParser as ArgumentParser,
    ArgumentSerializer as ArgumentSerializer,
    BaseListParser as BaseListParser,
    BooleanFlag as BooleanFlag,
    BooleanParser as BooleanParser,
    CantOpenFlagFileError as CantOpenFlagFileError,
    CsvListSerializer as CsvListSerializer,
    DEFINE_alias as DEFINE_alias,
    DEFINE_enum as DEFINE_enum,
    DEFINE_enum_class as DEFINE_enum_class,
    DEFINE_flag as DEFINE_flag,
    DEFINE_list as DEFINE_list,
    DEFINE_multi as DEFINE_multi,
    DEFINE_multi_enum as DEFINE_multi_enum,
    DEFINE_multi_enum_class as DEFINE_multi_enum_class,
    DEFINE_multi_float as DEFINE_multi_float,
    DEFINE_multi_integer as DEFINE_multi_integer,
    DEFINE_multi_string as DEFINE_multi_string,
    DEFINE_spaceseplist as DEFINE_spaceseplist,
    DuplicateFlagError as DuplicateFlagError,
    EnumClassFlag as EnumClassFlag,
    EnumClassListSerializer as EnumClassListSerializer,
    EnumClassParser as EnumClassParser,
    EnumClassSerializer as EnumClassSerializer,
    EnumFlag as EnumFlag,
    EnumParser as EnumParser,
    Error as Error,
    Flag as Flag,
    FlagHolder as FlagHolder,
    FlagNameConflictsWithMethodError as FlagNameConflictsWithMethodError,
    FlagValues as FlagValues,
    FloatParser as FloatParser,
    IllegalFlagValueError as IllegalFlagValueError,
    IntegerParser as IntegerParser,
    ListParser as ListParser,
    ListSerializer as ListSerializer,
    MultiEnumClassFlag as MultiEnumClassFlag,
    MultiFlag as MultiFlag,
    UnparsedFlagAccessError as UnparsedFlagAccessError,
    UnrecognizedFlagError as UnrecognizedFlagError,
    ValidationError as ValidationError,
    WhitespaceSeparatedListParser as WhitespaceSeparatedListParser,
    adopt_module_key_flags as adopt_module_key_flags,
    declare_key_flag as declare_key_flag,
    disclaim_key_flags as disclaim_key_flags,
    doc_to_help as doc_to_help,
    flag_dict_to_args as flag_dict_to_args,
    get_help_width as get_help_width,
    mark_bool_flags_as_mutual_exclusive as mark_bool_flags_as_mutual_exclusive,
    mark_flag_as_required as mark_flag_as_required,
    mark_flags_as_mutual_exclusive as mark_flags_as_mutual_exclusive,
    mark_flags_as_required as mark_flags_as_required,
    multi_flags_validator as multi_flags_validator,
    override_value as override_value,
    register_multi_flags_validator as register_multi_flags_validator,
    register_validator as register_validator,
    set_default as set_default,
    text_wrap as text_wrap,
    validator as validator,
)

from tfsession.names import absent

# The argument names of TensorFlow's first flags.
_RENAMED = {"flag_name": "name", "default_value": "default", "docstring": "help"}

# Modules whose calls absl looks through, to find the one that defines a flag.
absl_flags.disclaim_key_flags()


def _with_old_names(define: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(define)
    def with_old_names(*args: Any, **kwargs: Any) -> Any:
        kwargs = {_RENAMED.get(key, key): value for key, value in kwargs.items()}
        if _is_of_absl(args[0] if args else kwargs.get("name")):
            kwargs.setdefault("allow_override", True)
        return define(*args, **kwargs)

    return with_old_names


def _is_of_absl(name: Any) -> bool:
    """Whether this is a plain flag of absl's own, as `log_dir` is, which programs define, too."""
    values = absl_flags.FLAGS
    if name not in values or type(values[name]).__module__.startswith("absl.logging"):
        return False
    return str(values.find_module_defining_flag(name)).startswith("absl.")


DEFINE_string = _with_old_names(absl_flags.DEFINE_string)
DEFINE_boolean = _with_old_names(absl_flags.DEFINE_boolean)
DEFINE_bool = DEFINE_boolean
DEFINE_float = _with_old_names(absl_flags.DEFINE_float)
DEFINE_integer = _with_old_names(absl_flags.DEFINE_integer)


class _Flags:
    """absl's flags; the command line is parsed when one of them is read before `tf.app.run`.

    Source: TensorFlow 1.15 `tf.flags.FLAGS`.
    """

    def __getattr__(self, name: str) -> Any:
        values = absl_flags.FLAGS
        # Methods, and the dict of the flags, `__flags`, are read without a command line.
        if not hasattr(FlagValues, name) and name not in vars(values):
            self._parse_flags()
        return getattr(values, name)

    def _parse_flags(self, args: Any = None) -> None:
        """Parses the command line, if that is still to be done; TensorFlow 1.4 had this method."""
        if not absl_flags.FLAGS.is_parsed():
            absl_flags.FLAGS(sys.argv if args is None else [sys.argv[0], *args])

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(absl_flags.FLAGS, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(absl_flags.FLAGS, name)

    def __dir__(self) -> list[str]:
        return dir(absl_flags.FLAGS)

    def __call__(self, *args: Any, **kwargs: Any) -> list[str]:
        return absl_flags.FLAGS(*args, **kwargs)

    def __getitem__(self, name: str) -> Any:
        return absl_flags.FLAGS[name]

    def __setitem__(self, name: str, flag: Any) -> None:
        absl_flags.FLAGS[name] = flag

    def __contains__(self, name: str) -> bool:
        return name in absl_flags.FLAGS

    def __iter__(self) -> Iterator[str]:
        return iter(absl_flags.FLAGS)

    def __len__(self) -> int:
        return len(absl_flags.FLAGS)

    def __str__(self) -> str:
        return str(absl_flags.FLAGS)


FLAGS: Any = _Flags()

absent.explain_in(__name__)

__all__ = [
    "DEFINE",
    "FLAGS",
    "ArgumentParser",
    "ArgumentSerializer",
    "BaseListParser",
    "BooleanFlag",
    "BooleanParser",
    "CantOpenFlagFileError",
    "CsvListSerializer",
    "DEFINE_alias",
    "DEFINE_bool",
    "DEFINE_boolean",
    "DEFINE_enum",
    "DEFINE_enum_class",
    "DEFINE_flag",
    "DEFINE_float",
    "DEFINE_integer",
    "DEFINE_list",
    "DEFINE_multi",
    "DEFINE_multi_enum",
    "DEFINE_multi_enum_class",
    "DEFINE_multi_float",
    "DEFINE_multi_integer",
    "DEFINE_multi_string",
    "DEFINE_spaceseplist",
    "DEFINE_string",
    "DuplicateFlagError",
    "EnumClassFlag",
    "EnumClassListSerializer",
    "EnumClassParser",
    "EnumClassSerializer",
    "EnumFlag",
    "EnumParser",
    "Error",
    "Flag",
    "FlagHolder",
    "FlagNameConflictsWithMethodError",
    "FlagValues",
    "FloatParser",
    "IllegalFlagValueError",
    "IntegerParser",
    "ListParser",
    "ListSerializer",
    "MultiEnumClassFlag",
    "MultiFlag",
    "UnparsedFlagAccessError",
    "UnrecognizedFlagError",
    "ValidationError",
    "WhitespaceSeparatedListParser",
    "adopt_module_key_flags",
    "declare_key_flag",
    "disclaim_key_flags",
    "doc_to_help",
    "flag_dict_to_args",
    "get_help_width",
    "mark_bool_flags_as_mutual_exclusive",
    "mark_flag_as_required",
    "mark_flags_as_mutual_exclusive",
    "mark_flags_as_required",
    "multi_flags_validator",
    "override_value",
    "register_multi_flags_validator",
    "register_validator",
    "set_default",
    "text_wrap",
    "validator",
]
