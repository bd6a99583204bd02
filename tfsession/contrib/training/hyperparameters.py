"""`HParams`: hyperparameters with types, which command lines can set."""

from __future__ import annotations

import json
import numbers
import re
from collections.abc import Callable
from typing import Any

__all__ = ["HParams", "parse_values"]

# ---- Text ----

_ASSIGNMENT = re.compile(
    r"""
    (?P<name>[a-zA-Z][\w\.]*)
    (\[\s*(?P<index>\d+)\s*\])?
    \s*=\s*
    ((?P<value>[^,\[]*) | \[(?P<values>[^\]]*)\])
    ($|,\s*)
    """,
    re.VERBOSE,
)

_BOOLS = {"true": True, "True": True, "1": True, "false": False, "False": False, "0": False}


def parse_values(
    values: str, type_map: dict[str, Any], ignore_unknown: bool = False
) -> dict[str, Any]:
    """Reads assignments to hyperparameters, such as ``rate=0.1,sizes=[3,4],weights[2]=0.5``.

    Args:
      values: the text.
      type_map: name -> type of its values.
      ignore_unknown: whether other names are left out.

    Returns:
      Name -> value; a list for a list, and index -> value for elements.

    Raises:
      ValueError: the text cannot be read, a name is not known or assigned to twice.

    Source: TensorFlow 1.15 `tf.contrib.training.parse_values`.
    """
    found: dict[str, Any] = {}
    position = 0
    while position < len(values):
        match = _ASSIGNMENT.match(values, position)
        if match is None:
            raise ValueError(f"Malformed hyperparameter value: {values[position:]}")
        position = match.end()
        name = match["name"]
        if name not in type_map:
            if ignore_unknown:
                continue
            raise ValueError(f"Unknown hyperparameter type for {name}")
        _assign(found, match, _parser(type_map[name], name, values), values)
    return found


def _parser(kind: Any, name: str, values: str) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        try:
            return _BOOLS[text] if kind is bool else kind(text)
        except (KeyError, ValueError):
            raise ValueError(
                f"Could not parse hparam '{name}' of type '{kind.__name__}' with value '{text}' in "
                f"{values}"
            ) from None

    return parse


def _assign(
    found: dict[str, Any], match: re.Match[str], parse: Callable[[str], Any], values: str
) -> None:
    name, index = match["name"], match["index"]
    twice = f"Multiple assignments to variable '{name}' in {values}"
    if match["value"] is not None and index is not None:
        elements = found.setdefault(name, {})
        if not isinstance(elements, dict):
            raise ValueError(twice)
        if int(index) in elements:
            raise ValueError(f"Multiple assignments to variable '{name}[{index}]' in {values}")
        elements[int(index)] = parse(match["value"])
        return
    if name in found:
        raise ValueError(twice)
    if match["value"] is not None:
        found[name] = parse(match["value"])
    elif index is not None:
        raise ValueError(f"Assignment of a list to a list index in {values}")
    else:
        texts = [text for text in re.split(r"[ ,]+", match["values"]) if text]
        found[name] = _parsed_list(texts, parse, match["values"])


def _parsed_list(texts: list[str], parse: Callable[[str], Any], whole: str) -> list[Any]:
    try:
        return [parse(text) for text in texts]
    except ValueError:
        # The message is about the list.
        parse(whole)
        raise


def _cast(name: str, kind: Any, value: Any) -> Any:
    """A value as one of a type; numbers become floats, and nothing else changes.

    Raises:
      ValueError: it is of another kind.
    """
    if kind is type(None):
        return value
    is_wrong = (
        (issubclass(kind, (str, bytes)) and not isinstance(value, (str, bytes)))
        or issubclass(kind, bool) != isinstance(value, bool)
        or (issubclass(kind, numbers.Integral) and not isinstance(value, numbers.Integral))
        or (issubclass(kind, numbers.Number) and not isinstance(value, numbers.Number))
    )
    if is_wrong:
        raise ValueError(f"Could not cast hparam '{name}' of type '{kind}' from value {value!r}")
    return kind(value)


# ---- Hyperparameters ----


class HParams:
    """Hyperparameters as attributes, each of the type of its first value, or a list of one type.

    Args:
      hparam_def: accepted for compatibility; must be None.
      model_structure: anything that belongs to them.
      **kwargs: names and values.

    Raises:
      ValueError: a name is taken, or a list is empty.

    Source: TensorFlow 1.15 `tf.contrib.training.HParams`.
    """

    _HAS_DYNAMIC_ATTRIBUTES = True

    def __init__(self, hparam_def: None = None, model_structure: Any = None, **kwargs: Any) -> None:
        if hparam_def is not None:
            raise TypeError(f"HParams: hparam_def={hparam_def!r}; want None, and values by name")
        self._hparam_types: dict[str, tuple[Any, bool]] = {}
        self._model_structure = model_structure
        for name, value in kwargs.items():
            self.add_hparam(name, value)

    def add_hparam(self, name: str, value: Any) -> None:
        """Adds one.

        Raises:
          ValueError: the name is taken, or the value is an empty list.
        """
        if getattr(self, name, None) is not None:
            raise ValueError(f"Hyperparameter name is reserved: {name}")
        if isinstance(value, (list, tuple)):
            if not value:
                raise ValueError(f"Multi-valued hyperparameters cannot be empty: {name}")
            self._hparam_types[name] = (type(value[0]), True)
        else:
            self._hparam_types[name] = (type(value), False)
        setattr(self, name, value)

    def set_hparam(self, name: str, value: Any) -> None:
        """Gives one that exists a new value.

        Raises:
          KeyError: there is none of that name.
          ValueError: the value is of another type.
        """
        kind, is_list = self._hparam_types[name]
        if isinstance(value, list):
            if not is_list:
                raise ValueError(f"Must not pass a list for single-valued parameter: {name}")
            setattr(self, name, [_cast(name, kind, element) for element in value])
        else:
            if is_list:
                raise ValueError(f"Must pass a list for multi-valued parameter: {name}.")
            setattr(self, name, _cast(name, kind, value))

    def del_hparam(self, name: str) -> None:
        """Takes one away, if it is there."""
        if hasattr(self, name):
            delattr(self, name)
            del self._hparam_types[name]

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a name, or `default`.

        Raises:
          ValueError: there is one, and `default` is of another type.
        """
        if key not in self._hparam_types:
            return default
        if default is not None:
            self._check_default(key, default)
        return getattr(self, key)

    def _check_default(self, key: str, default: Any) -> None:
        kind, is_list = self._hparam_types[key]
        described = f"list<{kind}>" if is_list else str(kind)
        text = f"Hparam '{key}' of type '{described}' is incompatible with default={default}"
        if is_list and not isinstance(default, list):
            raise ValueError(text)
        try:
            for element in default if is_list else [default]:
                _cast(key, kind, element)
        except ValueError as error:
            raise ValueError(f"{text}. {error}") from None

    def parse(self, values: str) -> HParams:
        """Sets what a text says; see `parse_values`.

        Raises:
          ValueError: the text cannot be read, or a value is of another type.
        """
        kinds = {name: kind for name, (kind, _) in self._hparam_types.items()}
        return self.override_from_dict(parse_values(values, kinds))

    def parse_json(self, values_json: str) -> HParams:
        """Sets what a JSON object says.

        Raises:
          KeyError: there is none of a name.
          ValueError: a value is of another type.
        """
        return self.override_from_dict(json.loads(values_json))

    def override_from_dict(self, values_dict: dict[str, Any]) -> HParams:
        """Sets several.

        Raises:
          KeyError: there is none of a name.
          ValueError: a value is of another type.
        """
        for name, value in values_dict.items():
            self.set_hparam(name, value)
        return self

    def set_from_map(self, values_map: dict[str, Any]) -> HParams:
        """The old name of `override_from_dict`."""
        return self.override_from_dict(values_map)

    def set_model_structure(self, model_structure: Any) -> None:
        """Sets what belongs to them."""
        self._model_structure = model_structure

    def get_model_structure(self) -> Any:
        """What belongs to them."""
        return self._model_structure

    def values(self) -> dict[str, Any]:
        """Name -> value."""
        return {name: getattr(self, name) for name in self._hparam_types}

    def to_json(
        self,
        indent: int | str | None = None,
        separators: tuple[str, str] | None = None,
        sort_keys: bool = False,
    ) -> str:
        """A JSON object of all; arguments as of `json.dumps`."""
        return json.dumps(self.values(), indent=indent, separators=separators, sort_keys=sort_keys)

    def __contains__(self, key: str) -> bool:
        return key in self._hparam_types

    def __str__(self) -> str:
        return ",".join(f"{name}={value}" for name, value in self.values().items())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({sorted(self.values().items())})"

    # Type checkers see no names that are given while a program runs.
    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
