"""`tfsession config`: is a text file of options right, and what does each field of it do?

The file is a ConfigProto, or else a RunOptions. `--json` prints `{"schema": 1, "file", "message",
"valid", "errors": [{"line", "column", "message"}], "fields": [{"name", "value", "status",
"meaning"}]}`; the `message` of a file is `ConfigProto` or `RunOptions`, null where it is neither; a
line or column that is not known is null.
"""

from __future__ import annotations

import difflib
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from google.protobuf import text_format
from google.protobuf.message import Message
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding

from tfsession import errors
from tfsession.cli.config_fields import explain_entry, explain_field
from tfsession.cli.output import show
from tfsession.devices.lister import SimulatedLister, create_devices
from tfsession.devices.simulated import MOST_DEVICES
from tfsession.protos import ConfigProto, RunOptions

SCHEMA = 1


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
      status: `honoured`, `no effect` or `refused`.
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
    mistake = _parse(text, config)
    return (config, None) if mistake is None else (ConfigProto(), mistake)


def parse_options(text: str) -> tuple[ConfigProto | RunOptions | None, ConfigError | None]:
    """Returns the message that `text` describes, or the first error in it.

    Where it is neither a ConfigProto nor a RunOptions, it is taken for the one that can be read
    further.
    """
    config, options = ConfigProto(), RunOptions()
    of_config = _parse(text, config)
    if of_config is None:
        return config, None
    of_options = _parse(text, options)
    if of_options is None:
        return options, None
    is_options = _place(of_options) > _place(of_config)
    mistake = of_options if is_options else of_config
    names = ("RunOptions", "ConfigProto") if is_options else ("ConfigProto", "RunOptions")
    note = f" (Read as a {names[0]}; it is no {names[1]} either.)"
    return None, replace(mistake, message=mistake.message + note)


def _place(mistake: ConfigError) -> tuple[int, int]:
    return mistake.line or 0, mistake.column or 0


def _parse(text: str, message: Message) -> ConfigError | None:
    """Reads `text` into a message, or returns the first error in it."""
    try:
        text_format.Parse(text, message)
    except text_format.ParseError as error:
        what = re.sub(r"^\d+:\d+ ?: ?", "", str(error)).strip()
        hint = _nearest(what, message.DESCRIPTOR)
        return ConfigError(what + hint, error.GetLine(), error.GetColumn())
    except UnicodeEncodeError as error:
        return ConfigError(str(error))
    return None


def _nearest(message: str, root: Any) -> str:
    """Returns a hint for a field or an enum value that does not exist in the message `root`."""
    if match := re.search(r'type "([\w.]+)" (?:has|does not have).* field named "(\w+)"', message):
        descriptor = _message_descriptors(root).get(match[1])
        names = [] if descriptor is None else [field.name for field in descriptor.fields]
        if match[2] in RunOptions.DESCRIPTOR.fields_by_name and descriptor is not None:
            if descriptor.full_name == ConfigProto.DESCRIPTOR.full_name:
                return " It is a field of RunOptions, an argument of session.run."
        close = difflib.get_close_matches(match[2], names, n=1)
        if close:
            return f" Did you mean {close[0]!r}?"
        places = [name for name, other in _field_paths(root) if name.rpartition(".")[2] == match[2]]
        return f" There is {places[0]!r}." if places else f" Its fields: {', '.join(names)}."
    if match := re.search(r'type "([\w.]+)" has no value (?:named|with number) (\S+)', message):
        values = _enum_values(root).get(match[1], [])
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


def _field_paths(root: Any) -> Iterator[tuple[str, Any]]:
    """Yields the fields of a message that have an explanation, outer ones first."""

    def below(descriptor: Any, prefix: str) -> Iterator[tuple[str, Any]]:
        for field in descriptor.fields:
            path = prefix + field.name
            if explain_field(path, root.name) is None:
                continue
            yield path, field
            if field.message_type is not None and not field.message_type.GetOptions().map_entry:
                yield from below(field.message_type, path + ".")

    yield from below(root, "")


# ---- explaining ----


def set_fields(message: ConfigProto | RunOptions) -> list[SetField]:
    """Returns the fields that a message sets, in the order of their numbers."""
    return list(_set_fields(message, "", "", message.DESCRIPTOR.name))


def _set_fields(message: Message, shown: str, path: str, root: str) -> Iterator[SetField]:
    for field, value in message.ListFields():
        name, full = shown + field.name, path + field.name
        status, meaning = explain_field(full, root) or ("no effect", "")
        if field.message_type is None:
            values = list(value) if field.is_repeated else [value]
            texts = [_scalar(field, one) for one in values]
            text = f"[{', '.join(texts)}]" if field.is_repeated else texts[0]
            yield SetField(name, text, status, meaning)
        elif field.message_type.GetOptions().map_entry:
            for key in sorted(value):
                entry = value[key]
                text = _line(entry) if isinstance(entry, Message) else json.dumps(entry)
                said = explain_entry(full, str(key)) or (status, meaning)
                yield SetField(f"{name}[{json.dumps(key)}]", text, *said)
        else:
            parts = list(value) if field.is_repeated else [value]
            for index, part in enumerate(parts):
                inside = f"{name}[{index}]" if field.is_repeated else name
                below = list(_set_fields(part, inside + ".", full + ".", root))
                if any(explain_field(f"{full}.{one.name}", root) for one, _ in part.ListFields()):
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
    lister = SimulatedLister(str(min(needed, MOST_DEVICES)), {})
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

_COLOURS = {"honoured": "green", "no effect": "dim", "refused": "red"}


def check_config(console: Console, path: str, as_json: bool) -> int:
    """Prints errors and fields of a file and returns the exit code.

    It is 1 where there are errors, 2 where the file cannot be read.
    """
    found: list[ConfigError] = []
    fields: list[SetField] = []
    message: ConfigProto | RunOptions | None = None
    unreadable = ""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        unreadable = str(getattr(error, "strerror", None) or f"no text: {error}")
        found.append(ConfigError(unreadable))
    else:
        message, mistake = parse_options(text)
        found += [mistake] if mistake is not None else []
        refused = refusals(message) if isinstance(message, ConfigProto) else []
        for name, what in refused:
            line = _line_of(text, name.rpartition(".")[2]) if name else None
            found.append(ConfigError(f"{name}: {what}" if name else what, line))
        blamed = {name for name, _ in refused}
        fields = [
            SetField(one.name, one.value, "refused", one.meaning)
            if re.sub(r"\[[^]]*\]", "", one.name) in blamed
            else one
            for one in ([] if message is None else set_fields(message))
        ]
    kind = None if message is None else str(message.DESCRIPTOR.name)
    if as_json:
        report = {
            "schema": SCHEMA,
            "file": path,
            "message": kind,
            "valid": not found,
            "errors": [vars(one) for one in found],
            "fields": [vars(one) for one in fields],
        }
        console.out(json.dumps(report, indent=2), highlight=False)
    elif unreadable:
        sys.stderr.write(f"tfsession config: {path}: {unreadable}\n")
    else:
        _print_report(console, path, kind, found, fields)
    return 2 if unreadable else int(bool(found))


def _print_report(
    console: Console,
    path: str,
    kind: str | None,
    found: list[ConfigError],
    fields: list[SetField],
) -> None:
    for one in found:
        place = ":".join(str(part) for part in (path, one.line, one.column) if part is not None)
        # One line for each error, however long, for programs that read them.
        console.print(
            f"[red]{escape(place)}: {escape(one.message)}[/]", highlight=False, soft_wrap=True
        )
    if kind is None:
        return
    what = {"ConfigProto": "options of a session", "RunOptions": "options of one run"}[kind]
    nothing = "" if fields else ", which sets nothing: every default"
    console.print(f"{escape(path)}: a {kind}, {what}{nothing}", highlight=False, soft_wrap=True)
    if fields:
        show(console, _list(fields))


def _list(fields: list[SetField]) -> Group:
    parts: list[RenderableType] = []
    for one in fields:
        status = f"[{_COLOURS[one.status]}]{one.status}[/]"
        # A name stays whole, so that one can search for it.
        parts.append("")
        parts.append(f"[bold]{escape(one.name)}[/]: {escape(one.value)}")
        meaning = f"{status}: {escape(one.meaning)}" if one.meaning else status
        parts.append(Padding(meaning, (0, 0, 0, 2), expand=False))
    return Group(*parts)
