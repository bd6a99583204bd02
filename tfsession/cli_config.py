"""`tfsession config`: is a ConfigProto text file right, and what does each field of it do?

`--json` prints `{"file", "valid", "errors": [{"line", "column", "message"}], "fields": [{"name",
"value", "status", "meaning"}]}`; a line or column that is not known is null.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from google.protobuf import text_format
from google.protobuf.message import Message
from rich import box
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from tfsession import errors
from tfsession.config_fields import explain_field
from tfsession.devices.lister import SimulatedLister, create_devices
from tfsession.protos import ConfigProto, RunOptions

#: GPUs that are assumed to be there at most; a list that names more is not looked into.
_MOST_GPUS = 4096


@dataclass(frozen=True)
class ConfigError:
    """What is wrong with a file, and where, counted from 1."""

    message: str
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True)
class SetField:
    """A field that a file sets.

    Attributes:
        name: path with indices, such as `gpu_options.experimental.virtual_devices[0]`.
        value: as the text format writes it.
        status: `honoured`, `accepted` or `refused`.
        meaning: what it is for.
    """

    name: str
    value: str
    status: str
    meaning: str


# ---- reading ----


def parse_config(text: str) -> tuple[ConfigProto, ConfigError | None]:
    """Returns the config that `text` describes, or the first error in it."""
    config = ConfigProto()
    try:
        text_format.Parse(text, config)
    except text_format.ParseError as error:
        message = re.sub(r"^\d+:\d+ ?: ?", "", str(error)).strip()
        found = ConfigError(message + _nearest(message), error.GetLine(), error.GetColumn())
        return ConfigProto(), found
    except UnicodeEncodeError as error:
        return ConfigProto(), ConfigError(str(error))
    return config, None


def _nearest(message: str) -> str:
    """Returns a hint for a field or an enum value that does not exist."""
    if match := re.search(r'type "([\w.]+)" (?:has|does not have).* field named "(\w+)"', message):
        descriptor = _message_descriptors(ConfigProto.DESCRIPTOR).get(match[1])
        names = [] if descriptor is None else [field.name for field in descriptor.fields]
        if match[2] in RunOptions.DESCRIPTOR.fields_by_name and descriptor is not None:
            if descriptor.full_name == ConfigProto.DESCRIPTOR.full_name:
                return " It is a field of RunOptions, an argument of session.run."
        close = difflib.get_close_matches(match[2], names, n=1)
        if close:
            return f" Did you mean {close[0]!r}?"
        places = [
            name
            for name, other in _field_paths(ConfigProto.DESCRIPTOR)
            if name.rpartition(".")[2] == match[2]
        ]
        return f" There is {places[0]!r}." if places else f" Its fields: {', '.join(names)}."
    if match := re.search(r'type "([\w.]+)" has no value (?:named|with number) (\S+)', message):
        values = _enum_values(ConfigProto.DESCRIPTOR).get(match[1], [])
        close = difflib.get_close_matches(match[2].strip('".'), values, n=1)
        return f" Did you mean {close[0]}?" if close else f" Its values: {', '.join(values)}."
    return ""


def _message_descriptors(descriptor: Any) -> dict[str, Any]:
    """Returns the messages inside a message, and itself, by full name."""
    found: dict[str, Any] = {}
    waiting = [descriptor]
    while waiting:
        one = waiting.pop()
        if one.full_name not in found:
            found[one.full_name] = one
            waiting += [f.message_type for f in one.fields if f.message_type is not None]
    return found


def _enum_values(descriptor: Any) -> dict[str, list[str]]:
    return {
        field.enum_type.full_name: [value.name for value in field.enum_type.values]
        for message in _message_descriptors(descriptor).values()
        for field in message.fields
        if field.enum_type is not None
    }


def _field_paths(descriptor: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yields the fields that have an explanation, outer ones first."""
    for field in descriptor.fields:
        path = prefix + field.name
        if explain_field(path) is None:
            continue
        yield path, field
        if field.message_type is not None and not field.message_type.GetOptions().map_entry:
            yield from _field_paths(field.message_type, path + ".")


# ---- explaining ----


def set_fields(config: ConfigProto) -> list[SetField]:
    """Returns the fields that a config sets, in the order of their numbers."""
    return list(_set_fields(config, "", ""))


def _set_fields(message: Message, shown: str, path: str) -> Iterator[SetField]:
    for field, value in message.ListFields():
        name, full = shown + field.name, path + field.name
        status, meaning = explain_field(full) or ("accepted", "")
        if field.message_type is None:
            values = list(value) if field.is_repeated else [value]
            texts = [_scalar(field, one) for one in values]
            text = f"[{', '.join(texts)}]" if field.is_repeated else texts[0]
            yield SetField(name, text, status, meaning)
        elif field.message_type.GetOptions().map_entry:
            for key in sorted(value):
                entry = value[key]
                text = _line(entry) if isinstance(entry, Message) else json.dumps(entry)
                yield SetField(f"{name}[{json.dumps(key)}]", text, status, meaning)
        else:
            parts = list(value) if field.is_repeated else [value]
            for index, part in enumerate(parts):
                inside = f"{name}[{index}]" if field.is_repeated else name
                below = list(_set_fields(part, inside + ".", full + "."))
                if any(explain_field(f"{full}.{one.name}") for one, _ in part.ListFields()):
                    yield from below
                elif field.is_repeated or part.ListFields():
                    yield SetField(inside, "{" + _line(part) + "}", status, meaning)


def _scalar(field: Any, value: Any) -> str:
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return str(value) if known is None else str(known.name)
    return json.dumps(value.decode(errors="replace") if isinstance(value, bytes) else value)


def _line(message: Message) -> str:
    return text_format.MessageToString(message, as_one_line=True).strip()


# ---- what a session would refuse ----


def refusals(config: ConfigProto) -> list[tuple[str, str]]:
    """Returns what a session refuses in a config, on a machine with as many GPUs as it names.

    Returns:
        Pairs of a field's path, empty where no single field is to blame, and the error's text.
    """
    error = _refusal(config)
    if error is None:
        return []
    blamed = [
        path
        for path, clear in _leaves(config)
        if explain_field(path) is not None and _refusal(clear()) is None
    ]
    text = f"{type(error).__name__}: {error.message}"
    return [(blamed[0] if blamed else "", text)]


def _refusal(config: ConfigProto) -> errors.OpError | None:
    """Returns the error of a session's devices; simulated ones, so that nothing is taken."""
    options = config.gpu_options
    listed = [int(one) for one in re.findall(r"\d+", options.visible_device_list)]
    needed = max([*(one + 1 for one in listed), len(options.experimental.virtual_devices), 1])
    if options.experimental.virtual_devices and not listed:
        needed = len(options.experimental.virtual_devices)
    lister = SimulatedLister(str(min(needed, _MOST_GPUS)), {})
    try:
        for device in create_devices(config, lister, {}):
            device.close()
    except errors.OpError as error:
        return error
    return None


def _leaves(config: ConfigProto) -> Iterator[tuple[str, Callable[[], ConfigProto]]]:
    """Yields the path of each set field, with a function that returns the config without it."""

    def without(path: tuple[str, ...]) -> ConfigProto:
        copy = ConfigProto()
        copy.CopyFrom(config)
        message: Any = copy
        for name in path[:-1]:
            message = getattr(message, name)
        message.ClearField(path[-1])
        return copy

    def below(message: Message, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        for field, value in message.ListFields():
            path = (*above, field.name)
            if field.message_type is not None and not field.is_repeated:
                yield from below(value, path)
            else:
                yield path

    for path in below(config, ()):
        yield ".".join(path), partial(without, path)


def _line_of(text: str, name: str) -> int | None:
    """Returns the first line that writes a field, comments aside."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.search(rf"\b{name}\b\s*[:{{\[]", line.partition("#")[0]):
            return number
    return None


# ---- the command ----

#: Columns for the meaning of a field and the space between columns, beside which a table is best.
_LEAST_MEANING = 42
_COLOURS = {"honoured": "green", "accepted": "dim", "refused": "red"}


def check_config(console: Console, path: str, as_json: bool) -> int:
    """Prints errors and fields of a file and returns the exit code.

    It is 1 where there are errors, 2 where the file cannot be read.
    """
    found: list[ConfigError] = []
    fields: list[SetField] = []
    unreadable = False
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        unreadable = True
        found.append(ConfigError(str(getattr(error, "strerror", None) or f"no text: {error}")))
    else:
        config, mistake = parse_config(text)
        found += [mistake] if mistake is not None else []
        refused = refusals(config)
        for name, message in refused:
            line = _line_of(text, name.rpartition(".")[2]) if name else None
            found.append(ConfigError(f"{name}: {message}" if name else message, line))
        blamed = {name for name, _ in refused}
        fields = [
            SetField(one.name, one.value, "refused", one.meaning)
            if re.sub(r"\[[^]]*\]", "", one.name) in blamed
            else one
            for one in set_fields(config)
        ]
    if as_json:
        report = {
            "file": path,
            "valid": not found,
            "errors": [vars(one) for one in found],
            "fields": [vars(one) for one in fields],
        }
        console.out(json.dumps(report, indent=2), highlight=False)
        return 2 if unreadable else int(bool(found))
    for one in found:
        place = ":".join(str(part) for part in (path, one.line, one.column) if part is not None)
        # One line for each error, however long, for programs that read them.
        console.print(
            f"[red]{escape(place)}: {escape(one.message)}[/]", highlight=False, soft_wrap=True
        )
    if fields:
        # A name is not broken where the meaning has room beside it or below.
        needed = sum(max(map(len, column)) for column in zip(*map(_words, fields), strict=True))
        is_wide = needed + _LEAST_MEANING <= console.width
        console.print(_table(fields) if is_wide else _list(fields), highlight=False)
    elif not found:
        console.print(f"{escape(path)} sets nothing: a session with every default.")
    return 2 if unreadable else int(bool(found))


def _words(field: SetField) -> tuple[str, str, str]:
    return field.name, field.value, field.status


def _list(fields: list[SetField]) -> Group:
    parts: list[RenderableType] = []
    for one in fields:
        status = f"[{_COLOURS[one.status]}]{one.status}[/]"
        parts.append(f"[bold]{escape(one.name)}[/]: {escape(one.value)}")
        meaning = f"{status}: {escape(one.meaning)}" if one.meaning else status
        parts.append(Padding(meaning, (0, 0, 0, 2), expand=False))
    return Group(*parts)


def _table(fields: list[SetField]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("Field", "Value", "Status"):
        table.add_column(name, no_wrap=True)
    table.add_column("Meaning", overflow="fold")
    for one in fields:
        status = f"[{_COLOURS[one.status]}]{one.status}[/]"
        table.add_row(escape(one.name), escape(one.value), status, escape(one.meaning))
    return table
