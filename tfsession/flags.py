"""`tf.flags`: the flags of a command line.

A script defines flags, and reads them as attributes of `FLAGS`::

    flags.DEFINE_integer("batch_size", 32, "Examples in a step.")
    ...
    flags.FLAGS.batch_size

``--name=value``, ``--name value``, ``--train`` and ``--notrain`` are understood, with one dash or
two; ``--`` ends the flags, and ``--flagfile=path`` reads more of them from a file.
"""

from __future__ import annotations

import copy
import csv
import difflib
import os
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

_HELP_WIDTH = 80
_TRUE, _FALSE = ("true", "t", "1"), ("false", "f", "0")


# ---- Errors ----


class Error(Exception):
    """Something is wrong with a flag."""


class DuplicateFlagError(Error):
    """A flag is defined twice."""


class IllegalFlagValueError(Error):
    """A flag cannot take a value."""


class UnrecognizedFlagError(Error):
    """A flag does not exist.

    Attributes:
      flagname: its name.
      flagvalue: the value that it was given.
    """

    def __init__(self, flagname: str, flagvalue: str = "", suggestions: Sequence[str] = ()) -> None:
        self.flagname, self.flagvalue = flagname, flagvalue
        hint = f". Did you mean: {', '.join(suggestions)} ?" if suggestions else ""
        super().__init__(f"Unknown command line flag '{flagname}'{hint}")


class UnparsedFlagAccessError(Error):
    """A flag was read before the command line was parsed."""


class ValidationError(Error):
    """A checker of flags says why it refuses a value."""


# ---- Values ----


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f'flag value must be a string, found "{type(value)}"')
    return value


def _integer(value: Any) -> int:
    if isinstance(value, str):
        base = {"0x": 16, "0o": 8}.get(value[:2], 10)
        return int(value, base)
    if isinstance(value, int) or hasattr(value, "__index__"):
        return int(value)
    raise TypeError(f"Expect argument to be a string or int, found {type(value)}")


def _floating(value: Any) -> float:
    if isinstance(value, (str, int, float)) or hasattr(value, "__float__"):
        return float(value)
    raise TypeError(f"Expect argument to be a string, int, or float, found {type(value)}")


def _boolean(value: Any) -> bool:
    if isinstance(value, str):
        if value.lower() in _TRUE:
            return True
        if value.lower() in _FALSE:
            return False
    elif value in (0, 1):
        return bool(value)
    raise ValueError("Non-boolean argument to boolean flag", value)


def _items(value: Any) -> list[str]:
    if isinstance(value, (list, tuple)):
        return list(value)
    if not value:
        return []
    return [item.strip() for item in next(csv.reader([value], strict=True))]


def _words(value: Any) -> list[str]:
    return list(value) if isinstance(value, (list, tuple)) else (value or "").split()


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


@dataclass(eq=False)
class Flag:
    """One flag.

    Attributes:
      name: how it is called, without dashes.
      default: its value where the command line does not name it.
      help: what it is for.
      parser: from a text, or a value given in code, to the flag's value.
      syntax: what its values are, in words.
      module: the module that defines it; the script's name for the script itself.
      is_multiple: whether it may be given several times, for a list of values.
      present: how often the command line named it.
      value: its value now.
    """

    name: str
    default: Any
    help: str | None
    parser: Callable[[Any], Any]
    syntax: str = ""
    module: str = ""
    is_multiple: bool = False
    present: int = 0
    value: Any = field(init=False)

    def __post_init__(self) -> None:
        self.set_default(self.default)

    @property
    def boolean(self) -> bool:
        """Whether it is given without a value."""
        return self.parser is _boolean

    def parsed(self, value: Any) -> Any:
        """The value for a text.

        Raises:
          IllegalFlagValueError: the flag cannot take it.
        """
        try:
            return self.parser(value)
        except (TypeError, ValueError, csv.Error) as error:
            raise IllegalFlagValueError(f"flag --{self.name}={value}: {error}") from error

    def set_default(self, default: Any) -> None:
        """Changes the default, and the value."""
        if default is not None and self.is_multiple:
            several = default if isinstance(default, (list, tuple)) else [default]
            default = [self.parsed(item) for item in several]
        elif default is not None:
            default = self.parsed(default)
        self.default = default
        self.reset()

    def reset(self) -> None:
        """Gives the flag its default again."""
        # A list must not be shared with the default.
        self.value, self.present = copy.copy(self.default), 0

    def parse(self, text: str) -> None:
        """Takes a value from the command line."""
        value = self.parsed(text)
        if self.is_multiple:
            value = [*self.value, value] if self.present else [value]
        self.value = value
        self.present += 1

    def serialize(self) -> str:
        """The flag as it would stand on a command line; '' where it has no value."""
        if self.value is None:
            return ""
        if self.boolean:
            return f"--{self.name}" if self.value else f"--no{self.name}"
        if self.is_multiple:
            return "\n".join(f"--{self.name}={_as_text(item)}" for item in self.value)
        return f"--{self.name}={_as_text(self.value)}"

    def description(self) -> str:
        """The lines about this flag in the help."""
        name = f"--[no]{self.name}" if self.boolean else f"--{self.name}"
        text = f"{name}: {self.help or '(no help available)'}"
        lines = textwrap.wrap(text, _HELP_WIDTH - 2, subsequent_indent="  ") or [text]
        if self.default is not None:
            lines.append(f"  (default: '{_as_text(self.default)}')")
        if self.syntax:
            lines.append(f"  ({self.syntax})")
        return "\n".join(f"  {line}" for line in lines)


@dataclass(frozen=True)
class _Validator:
    """A condition on the values of some flags."""

    names: tuple[str, ...]
    check: Callable[[dict[str, Any]], Any]
    message: str

    def verify(self, values: FlagValues) -> None:
        """Raises IllegalFlagValueError where the condition does not hold."""
        found = {name: values[name].value for name in self.names}
        message = self.message
        try:
            if self.check(found):
                return
        except ValidationError as error:
            message = str(error)
        flags = ", ".join(f"flag --{name}={value}" for name, value in found.items())
        raise IllegalFlagValueError(f"{flags}: {message}")


class FlagValues:
    """Flags by name; their values are attributes.

    Args:
      parses_on_access: whether reading a flag parses `sys.argv` if nothing has been parsed yet.

    >>> values = FlagValues()
    >>> DEFINE_integer("steps", 10, "How many steps.", flag_values=values)
    >>> values(["train.py", "--steps=20", "data.csv"])
    ['train.py', 'data.csv']
    >>> values.steps
    20
    """

    _by_name: dict[str, Flag]
    _validators: list[_Validator]
    _parsed: bool
    _parses_on_access: bool

    def __init__(self, parses_on_access: bool = False) -> None:
        # __setattr__ is for flags.
        self.__dict__.update(
            _by_name={}, _validators=[], _parsed=False, _parses_on_access=parses_on_access
        )
        # Notebooks that define their flags anew remove the old ones from here, or by `_flags()`.
        self.__dict__["__flags"] = self._by_name

    # -- Flags as attributes and items --

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if not self._parsed and self._parses_on_access:
            self(sys.argv)
        flag = self._by_name.get(name)
        if flag is None:
            near = self._near(name)
            raise AttributeError(f"{name}. Did you mean: {near[0]} ?" if near else name)
        if not self._parsed:
            raise UnparsedFlagAccessError(
                f"Trying to access flag --{name} before flags were parsed."
            )
        return flag.value

    def __setattr__(self, name: str, value: Any) -> None:
        flag = self._by_name.get(name)
        if flag is None:
            raise UnrecognizedFlagError(name, value, self._near(name))
        previous, flag.value = flag.value, value
        try:
            for validator in self._validators:
                if name in validator.names:
                    validator.verify(self)
        except IllegalFlagValueError:
            flag.value = previous
            raise

    def __delattr__(self, name: str) -> None:
        if name not in self._by_name:
            raise AttributeError(name)
        del self._by_name[name]
        self._validators[:] = [v for v in self._validators if name not in v.names]

    def __getitem__(self, name: str) -> Flag:
        return self._by_name[name]

    def __setitem__(self, name: str, flag: Flag) -> None:
        present = self._by_name.get(name)
        if present is not None and present is not flag:
            raise DuplicateFlagError(
                f"The flag '{name}' is defined twice. First from {present.module}, Second from "
                f"{flag.module}.  Description from first occurrence: {present.help}"
            )
        self._by_name[name] = flag

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._by_name))

    def __len__(self) -> int:
        return len(self._by_name)

    def __dir__(self) -> list[str]:
        return sorted([*super().__dir__(), *self._by_name])

    def __str__(self) -> str:
        return self.get_help()

    def _near(self, name: str) -> list[str]:
        return difflib.get_close_matches(name, self._by_name, n=1, cutoff=0.75)

    def _flags(self) -> dict[str, Flag]:
        return self._by_name

    # -- Parsing --

    def __call__(self, argv: Sequence[str], known_only: bool = False) -> list[str]:
        """Parses a command line.

        Args:
          argv: the program's name and its arguments.
          known_only: whether flags that are not defined are no error.

        Returns:
          What is left: the program's name and the arguments that are no flags.

        Raises:
          UnrecognizedFlagError: a flag is not defined.
          IllegalFlagValueError: a flag cannot take its value, or a required one is missing.
          Error: a flag has no value.
        """
        if isinstance(argv, (str, bytes)):
            raise TypeError("argv should be a tuple/list of strings, not bytes or string.")
        if not argv:
            raise ValueError("argv cannot be an empty list, and must contain the program name.")
        arguments = iter(self.read_flags_from_files(argv[1:]))
        unknown: list[UnrecognizedFlagError] = []
        rest = [argv[0]]
        for argument in arguments:
            if argument == "--":
                rest += arguments
            elif not argument.startswith("-") or argument == "-":
                rest.append(argument)
            elif not self._take(argument, arguments):
                name, _, value = argument.lstrip("-").partition("=")
                unknown.append(UnrecognizedFlagError(name, value, self._near(name)))
                rest.append(argument)
        if unknown and not known_only:
            raise unknown[0]
        self.mark_as_parsed()
        self.validate_all_flags()
        return rest

    def _take(self, argument: str, following: Iterator[str]) -> bool:
        """Gives a flag its value; False where the flag is not defined."""
        name, equals, text = argument.removeprefix("-").removeprefix("-").partition("=")
        flag = self._by_name.get(name)
        if flag is None:
            flag = self._by_name.get(name[2:]) if name.startswith("no") else None
            if flag is None or not flag.boolean:
                return False
            if equals:
                raise ValueError(f"{argument} does not take an argument")
            flag.parse("false")
        elif equals:
            flag.parse(text)
        elif flag.boolean:
            flag.parse("true")
        else:
            value = next(following, None)
            if value is None:
                raise Error(f"Missing value for flag {argument}")
            flag.parse(value)
        return True

    def read_flags_from_files(self, argv: Iterable[str]) -> list[str]:
        """The arguments with those in the files that ``--flagfile=path`` names in its place."""
        found: list[str] = []
        arguments = iter(argv)
        for argument in arguments:
            name, equals, path = argument.lstrip("-").partition("=")
            if argument == "--":
                found += [argument, *arguments]
            elif argument.startswith("-") and name == "flagfile" and "flagfile" not in self:
                with open(os.path.expanduser(path if equals else next(arguments))) as file:
                    lines = [line.strip() for line in file]
                kept = [line for line in lines if line and not line.startswith(("#", "//"))]
                found += self.read_flags_from_files(kept)
            else:
                found.append(argument)
        return found

    def is_parsed(self) -> bool:
        """Whether a command line has been parsed."""
        return self._parsed

    def mark_as_parsed(self) -> None:
        """Lets flags be read without a command line."""
        self.__dict__["_parsed"] = True

    def unparse_flags(self) -> None:
        """Gives every flag its default, and refuses reading until flags are parsed anew."""
        for flag in self._by_name.values():
            flag.reset()
        self.__dict__["_parsed"] = False

    def validate_all_flags(self) -> None:
        """Raises IllegalFlagValueError where a flag has a value that its checkers refuse."""
        for validator in self._validators:
            validator.verify(self)

    # -- Everything at once --

    def flag_values_dict(self) -> dict[str, Any]:
        """Every flag's value by name."""
        return {name: flag.value for name, flag in self._by_name.items()}

    def set_default(self, name: str, value: Any) -> None:
        """Changes the default of a flag, and its value unless the command line named it."""
        if name not in self._by_name:
            raise UnrecognizedFlagError(name, value, self._near(name))
        flag = self._by_name[name]
        kept, present = flag.value, flag.present
        flag.set_default(value)
        if present:
            flag.value, flag.present = kept, present

    def flags_into_string(self) -> str:
        """The flags as a file that ``--flagfile`` reads."""
        texts = [self._by_name[name].serialize() for name in sorted(self._by_name)]
        return "".join(f"{text}\n" for text in texts if text)

    def get_help(self) -> str:
        """What every flag is for, by the module that defines it; the script comes first."""
        script = _module_name("__main__")
        modules = {flag.module for flag in self._by_name.values()}
        return "\n".join(map(self._help_of, sorted(modules, key=lambda m: (m != script, m))))

    def main_module_help(self) -> str:
        """What the flags of the script are for."""
        return self._help_of(_module_name("__main__"))

    def _help_of(self, module: str) -> str:
        flags = [self._by_name[n] for n in sorted(self._by_name)]
        shown = [flag.description() for flag in flags if flag.module == module]
        return "\n".join([f"\n{module}:", *shown]) if shown else ""


FLAGS = FlagValues(parses_on_access=True)


# ---- Definitions ----


def _module_name(name: str) -> str:
    return sys.argv[0] if name == "__main__" and sys.argv else name


def _define(
    arguments: Sequence[Any],
    keywords: dict[str, Any],
    parser: Callable[[Any], Any],
    syntax: str = "",
    is_multiple: bool = False,
) -> Flag:
    """Defines a flag from the arguments of a DEFINE function, under their old names too."""
    renamed = {"flag_name": "name", "default_value": "default", "docstring": "help"}
    given = {renamed.get(key, key): value for key, value in keywords.items()}
    given.update(zip(("name", "default", "help", "flag_values"), arguments, strict=False))
    missing = [name for name in ("name", "default", "help") if name not in given]
    if missing:
        function = sys._getframe(1).f_code.co_name
        raise TypeError(f"{function}() missing required argument: {missing[0]!r}")
    values = given.get("flag_values", FLAGS)
    module = _module_name(sys._getframe(2).f_globals.get("__name__", "__main__"))
    flag = Flag(given["name"], given["default"], given["help"], parser, syntax, module, is_multiple)
    values[flag.name] = flag
    if given.get("required"):
        mark_flag_as_required(flag.name, values)
    return flag


def _bounded(flag: Flag, keywords: dict[str, Any], lower: Any, upper: Any) -> None:
    """Refuses numbers out of bounds, also as default and when assigned."""
    if lower is None and upper is None:
        return

    def check(value: Any) -> bool:
        low = lower is None or value is None or value >= lower
        return low and (upper is None or value is None or value <= upper)

    flag.syntax = syntax = _range_text(flag.syntax, lower, upper)
    convert = flag.parser

    def parser(value: Any) -> Any:
        number = convert(value)
        if not check(number):
            raise ValueError(f"{number} is not {syntax}")
        return number

    flag.parser = parser
    values = keywords.get("flag_values", FLAGS)

    def verify(found: dict[str, Any]) -> bool:
        numbers = found[flag.name] if flag.is_multiple else [found[flag.name]]
        for number in numbers or ():
            if not check(number):
                raise ValidationError(f"{number} is not {syntax}")
        return True

    values._validators.append(_Validator((flag.name,), verify, ""))
    flag.set_default(flag.default)


def _range_text(kind: str, lower: Any, upper: Any) -> str:
    noun = kind.split()[-1]
    if lower is not None and upper is not None:
        return f"{kind} in the range [{lower}, {upper}]"
    signs = {(0, None): "non-negative", (1, None): "positive", (None, 0): "non-positive"}
    sign = signs.get((lower, upper))
    if sign is not None and noun == "integer":
        return f"a {sign} integer"
    if sign is not None and (lower, upper) != (1, None):
        return f"a {sign} {noun}"
    return f"{kind} >= {lower}" if lower is not None else f"{kind} <= {upper}"


def DEFINE_string(*args: Any, **kwargs: Any) -> None:
    """Defines a flag whose value is a text.

    Args:
      *args: `name`, `default` and `help`, in this order; TensorFlow's older names `flag_name`,
        `default_value` and `docstring` are understood, too.
      **kwargs: the same by name, and `flag_values`: a FlagValues other than `FLAGS`.

    Raises:
      DuplicateFlagError: the flag is defined already.
      IllegalFlagValueError: the default is no such value.
    """
    _define(args, kwargs, _string)


def DEFINE_integer(
    *args: Any, lower_bound: int | None = None, upper_bound: int | None = None, **kwargs: Any
) -> None:
    """Defines a flag whose value is an int; the arguments are those of `DEFINE_string`.

    Args:
      *args: as there.
      lower_bound: the smallest value.
      upper_bound: the largest value.
      **kwargs: as there.
    """
    flag = _define(args, kwargs, _integer, "an integer")
    _bounded(flag, kwargs, lower_bound, upper_bound)


def DEFINE_float(
    *args: Any, lower_bound: float | None = None, upper_bound: float | None = None, **kwargs: Any
) -> None:
    """Defines a flag whose value is a float; the arguments are those of `DEFINE_integer`."""
    flag = _define(args, kwargs, _floating, "a number")
    _bounded(flag, kwargs, lower_bound, upper_bound)


def DEFINE_boolean(*args: Any, **kwargs: Any) -> None:
    """Defines a flag that is on or off; the arguments are those of `DEFINE_string`."""
    _define(args, kwargs, _boolean)


def DEFINE_bool(*args: Any, **kwargs: Any) -> None:
    """Defines a flag that is on or off; the arguments are those of `DEFINE_string`."""
    _define(args, kwargs, _boolean)


def DEFINE_list(*args: Any, **kwargs: Any) -> None:
    """Defines a flag whose value is a list of texts, with commas between them."""
    _define(args, kwargs, _items, "a comma separated list")


def DEFINE_spaceseplist(*args: Any, **kwargs: Any) -> None:
    """Defines a flag whose value is a list of words."""
    _define(args, kwargs, _words, "a whitespace separated list")


def DEFINE_enum(
    name: str,
    default: str | None,
    enum_values: Sequence[str],
    help: str | None,
    flag_values: FlagValues = FLAGS,
    **kwargs: Any,
) -> None:
    """Defines a flag whose value is one of several texts.

    Args:
      name: how it is called.
      default: its value where the command line does not name it.
      enum_values: the texts.
      help: what it is for.
      flag_values: where it is defined.
      **kwargs: `case_sensitive` False for texts in any case; `required`.
    """
    by_key = {value: value for value in enum_values}
    any_case = not kwargs.pop("case_sensitive", True)
    if any_case:
        by_key = {value.lower(): value for value in enum_values}

    def choice(value: Any) -> str:
        found = by_key.get(value.lower() if any_case else value)
        if found is None:
            raise ValueError(f"value should be one of <{'|'.join(enum_values)}>")
        return found

    text = f"<{'|'.join(enum_values)}>: {help or ''}"
    _define((name, default, text, flag_values), kwargs, choice)


def DEFINE_multi_string(*args: Any, **kwargs: Any) -> None:
    """Defines a flag that may be given several times; its value is a list of texts."""
    _define(args, kwargs, _string, "", is_multiple=True)


def DEFINE_multi_integer(
    *args: Any, lower_bound: int | None = None, upper_bound: int | None = None, **kwargs: Any
) -> None:
    """Defines a flag that may be given several times; its value is a list of ints."""
    flag = _define(args, kwargs, _integer, "an integer", is_multiple=True)
    _bounded(flag, kwargs, lower_bound, upper_bound)


def DEFINE_multi_float(
    *args: Any, lower_bound: float | None = None, upper_bound: float | None = None, **kwargs: Any
) -> None:
    """Defines a flag that may be given several times; its value is a list of floats."""
    flag = _define(args, kwargs, _floating, "a number", is_multiple=True)
    _bounded(flag, kwargs, lower_bound, upper_bound)


# ---- Conditions ----


def register_validator(
    flag_name: str,
    checker: Callable[[Any], Any],
    message: str = "Flag validation failed",
    flag_values: FlagValues = FLAGS,
) -> None:
    """Refuses values of a flag.

    Args:
      flag_name: the flag.
      checker: takes a value, and returns whether it is right; may raise ValidationError to say why
        it is not.
      message: what is wrong when it returns False.
      flag_values: where the flag is defined.
    """
    validator = _Validator((flag_name,), lambda found: checker(found[flag_name]), message)
    flag_values[flag_name]
    flag_values._validators.append(validator)


def register_multi_flags_validator(
    flag_names: Sequence[str],
    multi_flags_checker: Callable[[dict[str, Any]], Any],
    message: str = "Flags validation failed",
    flag_values: FlagValues = FLAGS,
) -> None:
    """Refuses values of several flags together; the checker takes a dict of values by name."""
    validator = _Validator(tuple(flag_names), multi_flags_checker, message)
    flag_values._validators.append(validator)


def mark_flag_as_required(flag_name: str, flag_values: FlagValues = FLAGS) -> None:
    """Makes a command line without this flag an error, unless it has a default.

    Raises:
      KeyError: the flag is not defined.
    """
    register_validator(
        flag_name,
        lambda value: value is not None,
        f"Flag --{flag_name} must have a value other than None.",
        flag_values,
    )


def mark_flags_as_required(flag_names: Sequence[str], flag_values: FlagValues = FLAGS) -> None:
    """Makes a command line without any of these flags an error."""
    for name in flag_names:
        mark_flag_as_required(name, flag_values)


def mark_flags_as_mutual_exclusive(
    flag_names: Sequence[str], required: bool = False, flag_values: FlagValues = FLAGS
) -> None:
    """Makes it an error to give more than one of these flags.

    Args:
      flag_names: the flags; their defaults should be None.
      required: whether one of them must be given.
      flag_values: where they are defined.
    """

    def check(found: dict[str, Any]) -> bool:
        given = sum(value is not None for value in found.values())
        return given == 1 or (not required and not given)

    which = "Exactly" if required else "At most"
    text = f"{which} one of ({', '.join(flag_names)}) must have a value other than None."
    register_multi_flags_validator(flag_names, check, text, flag_values)


__all__ = [
    "FLAGS",
    "DEFINE_bool",
    "DEFINE_boolean",
    "DEFINE_enum",
    "DEFINE_float",
    "DEFINE_integer",
    "DEFINE_list",
    "DEFINE_multi_float",
    "DEFINE_multi_integer",
    "DEFINE_multi_string",
    "DEFINE_spaceseplist",
    "DEFINE_string",
    "DuplicateFlagError",
    "Error",
    "Flag",
    "FlagValues",
    "IllegalFlagValueError",
    "UnparsedFlagAccessError",
    "UnrecognizedFlagError",
    "ValidationError",
    "mark_flag_as_required",
    "mark_flags_as_mutual_exclusive",
    "mark_flags_as_required",
    "register_multi_flags_validator",
    "register_validator",
]
