"""Presets in configs/: each parses into its message, and default.pbtxt has every field."""

import re
from pathlib import Path

import pytest
from google.protobuf import text_format

from tfsession.protos import ConfigProto, RunOptions

CONFIGS = Path(__file__).parent.parent / "configs"
PRESETS = sorted(CONFIGS.glob("*.pbtxt"))


def load(path):
    message = RunOptions() if path.name.startswith("run_options_") else ConfigProto()
    return text_format.Parse(path.read_text(), message)


def leaves(message):
    """Values that are set, at any depth; messages without any are no leaves."""
    for field, value in message.ListFields():
        if field.message_type is not None and not field.is_repeated:
            yield from leaves(value)
        else:
            yield field.full_name, value


def field_names(descriptor, seen=()):
    for field in descriptor.fields:
        yield field.name
        inner = field.message_type
        if inner is not None and inner.file.name.startswith("tfsession/") and inner not in seen:
            # An AttrValue is any value at all: its fields belong to graphs.
            if inner.name != "AttrValue" and not inner.GetOptions().map_entry:
                yield from field_names(inner, (*seen, inner))


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_preset_parses_and_says_what_it_is_for(path):
    message = load(path)
    assert re.fullmatch(r"# [A-Z].*\.", path.read_text().splitlines()[0])
    assert bool(list(leaves(message))) == (path.stem != "default")


def test_each_preset_has_one_purpose():
    """No two presets of a message ask for the same."""
    messages = [
        (type(message), message.SerializeToString(deterministic=True))
        for message in map(load, PRESETS)
    ]
    assert len(set(messages)) == len(messages)


def test_default_has_every_field_in_its_place():
    """A field stands inside its message, once; as a comment where writing it would set it."""
    path, found = [], set()
    for line in (CONFIGS / "default.pbtxt").read_text().splitlines():
        if match := re.match(r"\s*(?:# )?(\w+)(?::| \{)", line):
            name = ".".join([*path, match[1]])
            if not line.strip().startswith("#") or match[1] == "allow_growth":
                assert name not in found
                found.add(name)
            if re.match(r"\s*\w+ \{$", line):
                path.append(match[1])
        elif line.strip() == "}":
            path.pop()

    def wanted(descriptor, prefix, seen):
        for field in descriptor.fields:
            yield prefix + field.name
            inner = field.message_type
            if inner is not None and not field.is_repeated and inner not in seen:
                seen.add(inner)
                yield from wanted(inner, f"{prefix}{field.name}.", seen)

    assert found == set(wanted(ConfigProto.DESCRIPTOR, "", set()))


def test_default_shows_the_fields_of_list_entries():
    words = set(re.findall(r"\w+", (CONFIGS / "default.pbtxt").read_text()))
    assert set(field_names(ConfigProto.DESCRIPTOR)) <= words


def test_default_is_the_config_of_no_config():
    message = load(CONFIGS / "default.pbtxt")
    assert not message.gpu_options.HasField("allow_growth")
    assert not list(leaves(message))


def test_presets_set_what_they_say():
    def values(name):
        return dict(leaves(load(CONFIGS / f"{name}.pbtxt")))

    assert values("cpu_only") == {"tfsession.ConfigProto.device_count": {"GPU": 0}}
    assert values("allow_growth") == {"tfsession.GPUOptions.allow_growth": True}
    limits = "tfsession.GPUOptions.Experimental"
    assert values("memory_limit") == {f"{limits}.memory_limit_bytes": 4 << 30}
    (virtual,) = values("two_virtual_gpus")[f"{limits}.virtual_devices"]
    assert list(virtual.memory_limit_mb) == [2048, 2048]
    assert values("run_options_trace") == {
        "tfsession.RunOptions.trace_level": RunOptions.FULL_TRACE
    }
