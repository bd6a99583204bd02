"""Place: a device for every operation.

A pure function of operations, devices and options, by TensorFlow's rules: operations joined by
references, resources or `loc:@` classes form colocation groups; a group goes to the best device
that its requests allow and for which every member has a kernel. Every decision carries its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tfsession import dtypes, registry
from tfsession.device_spec import DeviceName, parse_runtime_name
from tfsession.devices.device import Device
from tfsession.errors import InvalidArgumentError
from tfsession.graph import Operation

# Higher comes first where an operation may go to several kinds of device.
KIND_PRIORITY = {"GPU": 210, "CPU": 60}

METADATA_OPS = frozenset(("Shape", "Size", "Rank"))

_ANYWHERE = DeviceName()


@dataclass
class Placement:
    """Where operations run.

    Attributes:
      devices: operation to full device name, in the order of assignment.
      reasons: operation to why it is there, in words.
    """

    devices: dict[Operation, str] = field(default_factory=dict)
    reasons: dict[Operation, str] = field(default_factory=dict)


@dataclass(eq=False)
class _Group:
    """Operations that must share a device."""

    members: list[Operation]
    request: DeviceName
    kinds: frozenset[str]
    resource: DeviceName = _ANYWHERE
    assigned: str = ""


def place(
    operations: Sequence[Operation],
    devices: Sequence[Device],
    allow_soft_placement: bool = False,
    present: Mapping[Operation, str] | None = None,
) -> Placement:
    """Assigns a device to every operation.

    Args:
      operations: what to place, in creation order.
      devices: the session's devices.
      allow_soft_placement: whether a request that cannot be met is relaxed.
      present: operations placed before; they stay where they are.

    Returns:
      The Placement of `operations` alone.

    Raises:
      InvalidArgumentError: a request is malformed or cannot be met, or colocation contradicts
        itself. Texts are TensorFlow's.
    """
    return _Placer(operations, devices, allow_soft_placement, present or {}).run()


class _Placer:
    def __init__(
        self,
        operations: Sequence[Operation],
        devices: Sequence[Device],
        soft: bool,
        present: Mapping[Operation, str],
    ) -> None:
        self._operations = operations
        self._soft = soft
        self._present = present
        ordered = sorted(devices, key=lambda d: (-KIND_PRIORITY.get(d.kind, 0), d.name))
        self._devices = [(d.name, _full_name(d.name)) for d in ordered]
        self._kinds = {full.kind for _, full in self._devices}
        self._groups: dict[Operation, _Group] = {}
        self._candidates_of: dict[tuple[DeviceName, frozenset[str]], list[str]] = {}
        self._result = Placement()

    def run(self) -> Placement:
        for op in self._operations:
            self._groups[op] = self._single(op)
        for op in self._operations:
            self._join_references(op)
        self._join_classes()
        generators = []
        for op in self._operations:
            group = self._groups[op]
            if group.assigned:
                self._assign(op, group.assigned, _colocated(op, group))
            elif _is_generator(op) and len(group.members) == 1:
                generators.append(op)
            else:
                self._decide(op, group)
        for op in generators:
            self._decide_generator(op, self._groups[op])
        return self._result

    # -- Groups --

    def _single(self, op: Operation) -> _Group:
        kinds = supported_kinds(op)
        if not kinds:
            raise _no_kernel(op)
        request = _ANYWHERE
        if op._device:
            parsed = parse_runtime_name(op._device)
            if parsed is None:
                raise InvalidArgumentError(
                    None,
                    None,
                    f"Malformed device specification '{op._device}' in node: {op.node_def}"
                    f"\n\t [[{{{{node {op.name}}}}}]]",
                )
            request = parsed
        group = _Group([op], request, kinds)
        if _is_resource(op):
            group.resource = request
        return group

    def _join_references(self, op: Operation) -> None:
        for tensor, takes_reference in zip(op.inputs, _reference_inputs(op), strict=True):
            if not takes_reference:
                continue
            producer = tensor.op
            group = self._groups[op]
            if producer in self._present:
                self._fix(op, group, self._present[producer])
                continue
            other = self._groups.get(producer)
            if other is None or other is group:
                continue
            if not group.resource.kind and len(group.members) == 1:
                # A consumer of a reference goes where the reference is, whatever it asked for.
                group.request = _ANYWHERE
            try:
                self._merge(other, group, self._soft)
            except ValueError as error:
                raise InvalidArgumentError(
                    None,
                    None,
                    "Nodes were connected by a reference connection (requiring them to be on the "
                    "same device), but the two nodes were assigned two different devices: "
                    f"Cannot colocate nodes {{{{colocation_node {op.name}}}}} and "
                    f"{{{{colocation_node {producer.name}}}}}: {error}",
                ) from None

    def _join_classes(self) -> None:
        first: dict[bytes, Operation] = {}
        classes = [(op, op.attrs["_class"]) for op in self._operations if "_class" in op.attrs]
        if not classes:
            return
        named = {b"loc:@" + op.name.encode(): op for op in (*self._present, *self._operations)}
        for op, names in classes:
            for name in names:
                if not name.startswith(b"loc:@"):
                    continue
                target = named.get(name) or first.setdefault(name, op)
                if target is op:
                    continue
                if target in self._present:
                    self._fix(op, self._groups[op], self._present[target])
                    continue
                group, other = self._groups[op], self._groups[target]
                if group is other:
                    continue
                try:
                    self._merge(other, group, self._soft)
                except ValueError as error:
                    if self._soft:
                        continue
                    raise InvalidArgumentError(
                        None,
                        None,
                        f"Cannot colocate nodes {{{{colocation_node {op.name}}}}} and "
                        f"{{{{colocation_node {target.name}}}}}{error}",
                    ) from None

    def _merge(self, target: _Group, source: _Group, soft: bool) -> None:
        """Makes two groups one.

        Raises:
          ValueError: their requests or kernels have nothing in common.
        """
        if target.assigned and source.assigned and target.assigned != source.assigned:
            raise ValueError(
                f": Cannot merge devices with incompatible ids: '{source.assigned}' and "
                f"'{target.assigned}'"
            )
        try:
            resource = target.resource.merge(source.resource)
            request = target.request.merge(source.request, soft)
        except ValueError as error:
            raise ValueError(f": {error}") from None
        kinds = target.kinds & source.kinds
        if not kinds:
            raise ValueError(
                " because no device type supports both of those nodes and the other nodes "
                "colocated with them." + _debug_info(target) + _debug_info(source)
            )
        small, large = sorted((target, source), key=lambda g: len(g.members))
        large.members.extend(small.members)
        large.request, large.resource, large.kinds = request, resource, kinds
        large.assigned = target.assigned or source.assigned
        for op in small.members:
            self._groups[op] = large

    def _fix(self, op: Operation, group: _Group, device: str) -> None:
        """Joins a group to an operation that an earlier run has placed."""
        if not group.assigned:
            group.assigned = device

    # -- Decisions --

    def _decide(self, op: Operation, group: _Group) -> None:
        candidates, relaxed = self._candidates(op, group)
        device = candidates[0]
        reason = relaxed or _reason(op, group, device, len(self._kinds) > 1)
        if op.type in METADATA_OPS and len(op.inputs) == 1:
            source = op.inputs[0].op
            beside = self._result.devices.get(source) or self._present.get(source)
            if beside in candidates:
                device, reason = beside, f"metadata of {source.name}, beside it"
        if len(group.members) > 1:
            group.assigned = device
        self._assign(op, device, reason)

    def _decide_generator(self, op: Operation, group: _Group) -> None:
        candidates, relaxed = self._candidates(op, group)
        device = candidates[0]
        reason = relaxed or _reason(op, group, device, len(self._kinds) > 1)
        if len(candidates) > 1:
            assigned = self._result.devices
            homes = {assigned.get(c) or self._present.get(c) for c in op.outputs[0]._consumers} - {
                None
            }
            if len(homes) == 1:
                (home,) = homes
                if home in candidates:
                    device, reason = home, "beside its consumers"
        self._assign(op, device, reason)

    def _assign(self, op: Operation, device: str, reason: str) -> None:
        self._result.devices[op] = device
        self._result.reasons[op] = reason

    def _candidates(self, op: Operation, group: _Group) -> tuple[list[str], str]:
        """Devices for a group, best first, and a reason if its request had to be relaxed."""
        found = self._matching(group.request, group.kinds)
        if found:
            return found, ""
        if self._soft:
            open_kind = replace(group.request, kind=None, index=None)
            try:
                kept = open_kind.merge(group.resource)
            except ValueError:
                kept = open_kind
            for relaxed in (kept, open_kind):
                found = self._matching(relaxed, group.kinds)
                if found:
                    return found, f"soft placement: {group.request} {self._unmet(group)}"
        raise self._cannot_assign(op, group)

    def _matching(self, request: DeviceName, kinds: frozenset[str]) -> list[str]:
        key = request, kinds
        found = self._candidates_of.get(key)
        if found is None:
            found = [n for n, full in self._devices if full.kind in kinds and request.matches(full)]
            self._candidates_of[key] = found
        return found

    def _unmet(self, group: _Group) -> str:
        if not any(group.request.matches(full) for _, full in self._devices):
            return "does not exist"
        return f"has no kernel for {group.members[0].type}"

    def _cannot_assign(self, op: Operation, group: _Group) -> InvalidArgumentError:
        start = f"Cannot assign a device for operation {op.name}: "
        end = f"\n\t [[{op.name}]]"
        own = parse_runtime_name(op._device) or _ANYWHERE
        request = op._device or str(group.request)
        names = ", ".join(sorted(name for name, _ in self._devices))
        if not any(group.request.matches(full) for _, full in self._devices):
            text = (
                f"{start}{{{{node {op.name}}}}} was explicitly assigned to {request} but available "
                f"devices are [ {names} ]. Make sure the device specification refers to a valid "
                "device."
            )
            if group.request.kind == "GPU" and "GPU" not in self._kinds:
                text += " The requested device appears to be a GPU, but CUDA is not enabled."
            return InvalidArgumentError(None, None, text + end)
        if op._device and not any(
            own.matches(full) and full.kind in supported_kinds(op) for _, full in self._devices
        ):
            text = (
                f"{start}Could not satisfy explicit device specification '{request}' because no "
                f"supported kernel for {own.kind} devices is available.{_debug_info(group)}\n"
                f"Op: {op.type}\nNode attrs: {_attrs_text(op)}\n"
                f"Registered kernels:\n{_kernels_text(op)}"
            )
            return InvalidArgumentError(None, None, text + f"\n\t [[{{{{node {op.name}}}}}]]")
        text = (
            f"{start}Could not satisfy explicit device specification '{op._device}' because the "
            f"node {{{{colocation_node {op.name}}}}} was colocated with a group of nodes that "
            f"required incompatible device '{group.request}'. All available devices [{names}]. "
            f"{_debug_info(group)}"
        )
        return InvalidArgumentError(None, None, text + f"\n\t [[{{{{node {op.name}}}}}]]")


# ---- Facts about an operation ----


def supported_kinds(op: Operation) -> frozenset[str]:
    """The kinds of device that have a kernel for an operation and its dtypes."""
    kinds = _kinds_of_type(op.type)
    if "GPU" in kinds and (_touches(op, dtypes.string) or _is_int32_variable(op)):
        return kinds - {"GPU"}
    return kinds


_kinds_cache: dict[str, frozenset[str]] = {}


def _kinds_of_type(op_type: str) -> frozenset[str]:
    found = _kinds_cache.get(op_type)
    if found is None:
        found = frozenset(k for k in KIND_PRIORITY if (op_type, k) in registry.KERNELS)
        _kinds_cache[op_type] = found
    return found


# Ops that take or give the text of a tensor's handle, which is on the host on every device.
_BY_HANDLE = frozenset(
    ("GetSessionHandle", "GetSessionHandleV2", "GetSessionTensor", "DeleteSessionTensor")
)


def _touches(op: Operation, dtype: dtypes.DType) -> bool:
    if op.type == "Placeholder":
        return False  # it never runs, and the text of a handle is fed beside its tensor
    if op.type in _BY_HANDLE:
        kept = op.inputs if op.type.startswith("GetSessionHandle") else op.outputs
        return any(t._dtype is dtype for t in kept)
    return any(t._dtype is dtype for t in op.outputs) or any(t._dtype is dtype for t in op.inputs)


def _is_int32_variable(op: Operation) -> bool:
    return op.type in ("VariableV2", "Variable") and op.attrs["dtype"] is dtypes.int32


def _is_generator(op: Operation) -> bool:
    return not op.inputs and len(op.outputs) == 1 and not op.outputs[0].dtype.is_ref_dtype


def _is_resource(op: Operation) -> bool:
    if op.inputs or len(op.outputs) != 1:
        return False
    dtype = op.outputs[0].dtype
    return dtype.is_ref_dtype or dtype is dtypes.resource


def _reference_inputs(op: Operation) -> Iterable[bool]:
    """For each input, whether it takes a reference or a resource."""
    inputs = op.inputs
    if not any(t._dtype.is_ref_dtype or t._dtype is dtypes.resource for t in inputs):
        return [False] * len(inputs)
    takes: list[bool] = []
    for argument in op.op_def_.inputs:
        if argument.number_attr is not None:
            count = op.attrs[argument.number_attr]
        elif argument.type_list_attr is not None:
            count = len(op.attrs[argument.type_list_attr])
        else:
            count = 1
        takes.extend([argument.is_ref] * count)
    return [takes[i] or t._dtype.base_dtype is dtypes.resource for i, t in enumerate(inputs)]


def _full_name(name: str) -> DeviceName:
    parsed = parse_runtime_name(name)
    assert parsed is not None
    return parsed


# ---- Words ----


def _colocated(op: Operation, group: _Group) -> str:
    return f"colocated with {group.members[0].name}"


def _reason(op: Operation, group: _Group, device: str, choice: bool) -> str:
    if op._device:
        return f"requested {op._device}"
    if group.request != _ANYWHERE:
        return f"colocated with {group.members[0].name}, which requests {group.request}"
    if choice and len(group.kinds) == 1:
        (kind,) = group.kinds
        return f"only {kind} has a kernel for {op.type}"
    return "the best device with a kernel"


def _attrs_text(op: Operation) -> str:
    return ", ".join(f"{k}={v!r}" for k, v in op.attrs.items() if not k.startswith("_"))


def _kernels_text(op: Operation) -> str:
    kinds = [k for k in ("CPU", "GPU") if k in supported_kinds(op)]
    return "\n".join(f"  device='{k}'" for k in kinds) + "\n"


def _debug_info(group: _Group) -> str:
    types: dict[str, list[str]] = {}
    for op in group.members:
        types[op.type] = [k for k in KIND_PRIORITY if k in supported_kinds(op)]
    kinds = ", ".join(k for k in KIND_PRIORITY if k in group.kinds)
    lines = [
        "",
        "Colocation Debug Info:",
        "Colocation group had the following types and supported devices: ",
        "Root Member(assigned_device_name_index_=-1 requested_device_name_="
        f"'{group.request}' assigned_device_name_='{group.assigned}' resource_device_name_="
        f"'{group.resource}' supported_device_types_=[{kinds}] possible_devices_=[]",
        *(f"{name}: {' '.join(supported)} " for name, supported in types.items()),
        "",
        "Colocation members, user-requested devices, and framework assigned devices, if any:",
        *(f"  {op.name} ({op.type}) {op._device}" for op in group.members),
        "",
    ]
    return "\n".join(lines)


def _no_kernel(op: Operation) -> InvalidArgumentError:
    return InvalidArgumentError(
        None,
        None,
        f"No OpKernel was registered to support Op '{op.type}' used by {{{{node {op.name}}}}}with "
        f"these attrs: [{_attrs_text(op)}]\nRegistered devices: [CPU, GPU]\nRegistered kernels:\n"
        f"  <no registered kernels>\n\n\t [[{op.name}]]",
    )
