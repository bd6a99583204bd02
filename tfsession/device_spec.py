"""Device names: the user's `DeviceSpec`, and the names that the placer compares.

There are two grammars, as in TensorFlow. Python's is forgiving and is what `tf.device` and
`DeviceSpec` read: `"gpu:0"`, `"/GPU"`, extra slashes. The runtime's is strict and reads the device
of a NodeDef: `parse_runtime_name` gives a `DeviceName`, in which None stands for "any".
"""

from __future__ import annotations

import dataclasses
import functools
import re
from typing import Any, Final, TypeAlias

_Components: TypeAlias = tuple[str | None, int | None, int | None, str | None, int | None]

# The kinds that may be written without "device:" before them.
_SHORT_KINDS: Final = ("CPU", "GPU")


# ---- DeviceSpec ----


class DeviceSpec:
    """A device, or the part of its name that is given.

    Attributes:
      job: the name of the job, or None.
      replica: the number of the replica, or None.
      task: the number of the task, or None.
      device_type: the kind, `"CPU"`, `"GPU"`, ..., or None. `"cpu"` and `"gpu"` become upper-case.
      device_index: the number of the device within its kind, or None.

    Source: TensorFlow 1.15, python/framework/device_spec.py `DeviceSpecV1`.

    >>> DeviceSpec(job="ps", device_type="gpu", device_index=0).to_string()
    '/job:ps/device:GPU:0'
    """

    __slots__ = ("_device_type", "device_index", "job", "replica", "task")

    job: str | None
    replica: int | None
    task: int | None
    device_index: int | None

    def __init__(
        self,
        job: str | None = None,
        replica: int | None = None,
        task: int | None = None,
        device_type: str | None = None,
        device_index: int | None = None,
    ) -> None:
        """Makes a spec of the given parts.

        Raises:
          ValueError: a number is text that int() refuses.
        """
        self.job = None if job is None else str(job)
        self.replica = None if replica is None else int(replica)
        self.task = None if task is None else int(task)
        self.device_type = None if device_type is None else str(device_type)
        self.device_index = None if device_index is None else int(device_index)

    @property
    def device_type(self) -> str | None:
        """The kind of the device, or None."""
        return self._device_type

    @device_type.setter
    def device_type(self, device_type: str | None) -> None:
        self._device_type = _canonical_kind(device_type)

    @classmethod
    def from_string(cls, spec: str | None) -> DeviceSpec:
        """Returns the spec that a text such as `"/job:ps/task:1/device:GPU:0"` describes.

        Args:
          spec: parts between slashes: `job:<name>`, `replica:<n>`, `task:<n>`, `device:<KIND>:<n>`,
            `cpu:<n>`, `gpu:<n>`, where `<n>` of a device may be `*` for any. None and `""` are
            empty.

        Raises:
          ValueError: a part is unknown, a number is none, or two kinds are given.
        """
        return cls(*_parse(spec))

    def parse_from_string(self, spec: str | None) -> DeviceSpec:
        """Overwrites all parts by those of `spec`, and returns this object; see `from_string`."""
        self.job, self.replica, self.task, self.device_type, self.device_index = _parse(spec)
        return self

    def merge_from(self, dev: DeviceSpec) -> None:
        """Overwrites, part by part, what `dev` gives."""
        parts = self._merged_parts(dev)
        self.job, self.replica, self.task, self.device_type, self.device_index = parts

    def make_merged_spec(self, dev: DeviceSpec) -> DeviceSpec:
        """Returns a new spec with the parts of `dev`, and of this one where `dev` has none."""
        return self.__class__(*self._merged_parts(dev))

    def replace(self, **kwargs: Any) -> DeviceSpec:
        """Returns a new spec with the given parts in place of this one's."""
        parts: dict[str, Any] = dict(zip(_PARTS, self._parts(), strict=True))
        return self.__class__(**{**parts, **kwargs})

    def to_string(self) -> str:
        """Returns the canonical text; a kind without a number is written `/device:GPU:*`."""
        return _format(*self._parts())

    def _parts(self) -> _Components:
        return self.job, self.replica, self.task, self.device_type, self.device_index

    def _merged_parts(self, dev: DeviceSpec) -> _Components:
        return (
            self.job if dev.job is None else dev.job,
            self.replica if dev.replica is None else dev.replica,
            self.task if dev.task is None else dev.task,
            self.device_type if dev.device_type is None else dev.device_type,
            self.device_index if dev.device_index is None else dev.device_index,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DeviceSpec):
            return NotImplemented
        return self.to_string() == other.to_string()

    def __hash__(self) -> int:
        return hash(self.to_string())

    def __repr__(self) -> str:
        parts = zip(_PARTS, self._parts(), strict=True)
        return f"<DeviceSpec({', '.join([f'{name}={value}' for name, value in parts])})>"


_PARTS: Final = ("job", "replica", "task", "device_type", "device_index")


def _canonical_kind(kind: str | None) -> str | None:
    """Returns "CPU" and "GPU" for "cpu" and "gpu"; every other spelling is left as it is."""
    return kind.upper() if kind in ("cpu", "gpu") else kind


@functools.lru_cache(maxsize=1024)
def _parse(spec: str | None) -> _Components:
    """Returns the parts of a text in Python's grammar; see `DeviceSpec.from_string`."""
    job: str | None = None
    numbers: dict[str, int] = {}
    kind: str | None = None
    index: str | None = None
    for part in (spec or "").split("/"):
        match part.split(":"):
            case ["job", name]:
                job = name
            case ["replica" | "task" as field, number]:
                numbers[field] = int(number)
            case [short, *rest] if short.upper() in _SHORT_KINDS and len(rest) < 2:
                _check_single_kind(kind, spec)
                kind, index = short.upper(), rest[0] if rest else "*"
            case ["device", long, number]:
                _check_single_kind(kind, spec)
                kind, index = long, number
            case ["", *_]:
                pass
            case [unknown, *_]:
                raise ValueError(f"Unknown attribute: '{unknown}' in '{spec}'")
    device_index = None if index is None or index == "*" else int(index)
    return job, numbers.get("replica"), numbers.get("task"), _canonical_kind(kind), device_index


def _check_single_kind(kind: str | None, spec: str | None) -> None:
    if kind is not None:
        raise ValueError(f"Cannot specify multiple device types: {spec}")


def _format(
    job: str | None, replica: int | None, task: int | None, kind: str | None, index: int | None
) -> str:
    """Returns the canonical text of the parts; an index without a kind is left out."""
    text = "" if job is None else f"/job:{job}"
    if replica is not None:
        text += f"/replica:{replica}"
    if task is not None:
        text += f"/task:{task}"
    if kind is not None:
        text += f"/device:{kind}:{'*' if index is None else index}"
    return text


def canonical_name(device: DeviceSpec | str | None) -> str:
    """Returns the canonical text of a device; `""` for None.

    Raises:
      ValueError: the text is no device.
      AttributeError: it is neither text nor a spec, as in TensorFlow.
    """
    if device is None:
        return ""
    if not isinstance(device, (DeviceSpec, str)):
        raise AttributeError(f"{type(device).__name__!r} object has no attribute 'split'")
    spec = device if isinstance(device, DeviceSpec) else DeviceSpec.from_string(device)
    return spec.to_string()


class MergeDevice:
    """A device function that fills in what an operation's device leaves open.

    Source: TensorFlow 1.15, python/framework/device.py `MergeDevice`.
    """

    __slots__ = ("_text", "spec")

    def __init__(self, spec: DeviceSpec | str | None) -> None:
        """Makes the function of a spec, or of its text.

        Raises:
          ValueError: the text is no device.
          AttributeError: it is neither text nor a spec.
        """
        self._text = canonical_name(spec)
        self.spec = spec if isinstance(spec, DeviceSpec) else DeviceSpec.from_string(spec)

    def __call__(self, node: Any) -> DeviceSpec:
        """Returns the device of `node` (an Operation or a NodeDef) with this spec's parts added."""
        return self.spec.make_merged_spec(DeviceSpec.from_string(node.device or ""))

    def shortcut_string_merge(self, node: Any) -> str:
        """Returns the text of what a call returns."""
        return self._text if not node.device else self(node).to_string()

    @property
    def is_null_merge(self) -> bool:
        """Whether the function adds nothing."""
        return not self._text

    def __repr__(self) -> str:
        return f"MergeDevice({self._text!r})"


def merge_device(spec: MergeDevice | DeviceSpec | str | None) -> MergeDevice:
    """Returns the device function that fills in the parts of `spec`; itself if it is one.

    Raises:
      ValueError: the text is no device.
      AttributeError: it is neither text nor a spec.
    """
    return spec if isinstance(spec, MergeDevice) else MergeDevice(spec)


# ---- Names in the runtime ----


@dataclasses.dataclass(frozen=True, slots=True)
class DeviceName:
    """A device in the runtime's terms, complete or in part; None stands for "any".

    Attributes:
      job: the name of the job.
      replica: the number of the replica.
      task: the number of the task.
      kind: `"CPU"`, `"GPU"`, ...; case matters.
      index: the number of the device within its kind.
    """

    job: str | None = None
    replica: int | None = None
    task: int | None = None
    kind: str | None = None
    index: int | None = None

    def __str__(self) -> str:
        return _format(self.job, self.replica, self.task, self.kind, self.index)

    def matches(self, full: DeviceName) -> bool:
        """Whether every part that is given here is the same in `full`."""
        return (
            (self.job is None or self.job == full.job)
            and (self.replica is None or self.replica == full.replica)
            and (self.task is None or self.task == full.task)
            and (self.kind is None or self.kind == full.kind)
            and (self.index is None or self.index == full.index)
        )

    def merge(self, other: DeviceName, allow_soft: bool = False) -> DeviceName:
        """Returns the name that has the parts of both.

        Args:
          other: the name to add.
          allow_soft: where the kinds differ, leave kind and index open; where the indices differ,
            leave the index open.

        Raises:
          ValueError: both give a part, and differently.

        Source: TensorFlow 1.15, core/util/device_name_utils.cc `MergeDevNames`.
        """
        if other == self or other == _ANYWHERE:  # by far the most names
            return self
        merged = self
        for field, word in (("job", "jobs"), ("replica", "replicas"), ("task", "tasks")):
            if merged._differs(other, field):
                raise merged._incompatible(word, other)
            merged = merged._with_part(other, field)
        if merged._differs(other, "kind"):
            if allow_soft:
                return dataclasses.replace(merged, kind=None, index=None)
            raise merged._incompatible("types", other)
        merged = merged._with_part(other, "kind")
        if merged._differs(other, "index"):
            if allow_soft:
                return dataclasses.replace(merged, index=None)
            raise merged._incompatible("ids", other)
        return merged._with_part(other, "index")

    def _differs(self, other: DeviceName, field: str) -> bool:
        mine, others = getattr(self, field), getattr(other, field)
        return mine is not None and others is not None and mine != others

    def _with_part(self, other: DeviceName, field: str) -> DeviceName:
        part = getattr(other, field)
        return self if part is None else dataclasses.replace(self, **{field: part})

    def _incompatible(self, word: str, other: DeviceName) -> ValueError:
        return ValueError(f"Cannot merge devices with incompatible {word}: '{self}' and '{other}'")


_ANYWHERE: Final = DeviceName()

_RUNTIME_PART: Final = re.compile(
    r"/job:(?P<job>\*|[A-Za-z][A-Za-z0-9_]*)"
    r"|/replica:(?P<replica>\*|[0-9]+)"
    r"|/task:(?P<task>\*|[0-9]+)"
    r"|/device:(?P<kind>\*|[A-Za-z][A-Za-z0-9_]*)(?::(?P<index>\*|[0-9]+))?"
    r"|/(?P<short>cpu|CPU|gpu|GPU):(?P<short_index>\*|[0-9]+)"
)


@functools.lru_cache(maxsize=4096)
def parse_runtime_name(name: str) -> DeviceName | None:
    """Returns the device of a NodeDef's text, or None where the text is malformed.

    The grammar is stricter than `DeviceSpec`'s: every part starts with one slash, nothing but
    `/cpu:`, `/CPU:`, `/gpu:` and `/GPU:` is short for a device, and case matters otherwise. A part
    that is given twice counts as it is given last.

    Source: TensorFlow 1.15, core/util/device_name_utils.cc `ParseFullName`.

    >>> str(parse_runtime_name("/job:ps/cpu:0"))
    '/job:ps/device:CPU:0'
    """
    if name == "/":
        return DeviceName()
    parts: dict[str, Any] = {}
    position = 0
    while position < len(name):
        match = _RUNTIME_PART.match(name, position)
        # A part such as "/job:a-b" matches up to the dash, where no next part begins.
        if match is None:
            return None
        position = match.end()
        found = match.groupdict()
        if found["job"] is not None:
            parts["job"] = None if found["job"] == "*" else found["job"]
        elif found["kind"] is not None:
            parts["kind"] = None if found["kind"] == "*" else found["kind"]
            parts["index"] = _number(found["index"])
        elif found["short"] is not None:
            parts["kind"] = found["short"].upper()
            parts["index"] = _number(found["short_index"])
        else:
            field = "task" if found["replica"] is None else "replica"
            parts[field] = _number(found[field])
    return DeviceName(**parts)


def _number(text: str | None) -> int | None:
    return None if text is None or text == "*" else int(text)
