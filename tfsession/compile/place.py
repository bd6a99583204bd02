"""Place: a device for every operation.

A pure function of operations, devices and options, by TensorFlow's rules: operations joined by
references, resources or `loc:@` classes form colocation groups; a group goes to the best device
that its requests allow and for which every member has a kernel. Every decision carries its reason.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tfsession import dtypes, registry
from tfsession.compile import placement_errors
from tfsession.compile.binding import element_type
from tfsession.device_spec import DeviceName, parse_runtime_name
from tfsession.devices.device import Device
from tfsession.graph.operation import Operation, by_creation

# Higher comes first where an operation may go to several kinds of device.
KIND_PRIORITY = {"GPU": 210, "CPU": 60}

_ANYWHERE = DeviceName()

_LOGGER = logging.getLogger("tfsession")


@dataclass
class Placement:
    """Where operations run.

    Attributes:
      devices: operation to full device name, in the order of assignment.
      reasons: operation to why it is there, in words.
      moved: for operations that soft placement put elsewhere than was asked for: what was asked.
    """

    devices: dict[Operation, str] = field(default_factory=dict)
    reasons: dict[Operation, str] = field(default_factory=dict)
    moved: dict[Operation, DeviceName] = field(default_factory=dict)

    def update(self, later: Placement) -> None:
        """Adds what has been placed, or placed anew, since; what stays keeps its reason."""
        for op, device in later.devices.items():
            if self.devices.get(op) == device:
                continue
            self.devices[op], self.reasons[op] = device, later.reasons[op]
            self.moved.pop(op, None)
            if op in later.moved:
                self.moved[op] = later.moved[op]


@dataclass(frozen=True)
class Surroundings:
    """What is around operations that are placed, and stays where it is.

    Attributes:
      devices: where operations are that have been placed before, as if this placement had reached
        them in their turn.
      controls: operations that run after another one, by that one; all that there are.
    """

    devices: Mapping[Operation, str]
    controls: Mapping[Operation, Sequence[Operation]]


@dataclass(eq=False, slots=True)
class _Group:
    """Operations that must share a device.

    Attributes:
      members: the operations, in no order.
      root: the one that the others follow: the first variable, or what else keeps a state.
      request: what all of them ask for together.
      asks: the first one that the kind and index of `request` come from; None: nobody asks for any.
      kinds: the kinds of device for which every member has a kernel.
      limits: the one for which the other kinds have none.
      resource: what asks for it that cannot move.
      assigned: the device, once one is decided.
      leads: the one for which `assigned` was decided; None: for all of them.
      rank: how often groups of one size have become one; errors name the group of the higher first.
      contradiction: what soft placement gave up of requests that differ; empty: nothing.
      relaxed: what it gave up because there is no such device, or no kernel; empty: nothing.
    """

    members: list[Operation]
    root: Operation
    request: DeviceName
    asks: Operation | None
    kinds: frozenset[str]
    limits: Operation
    resource: DeviceName = _ANYWHERE
    assigned: str = ""
    leads: Operation | None = None
    rank: int = 0
    contradiction: str = ""
    relaxed: str = ""


def place(
    operations: Sequence[Operation],
    devices: Sequence[Device],
    allow_soft_placement: bool = False,
    present: Mapping[Operation, str] | None = None,
    around: Surroundings | None = None,
) -> Placement:
    """Assigns a device to every operation.

    Args:
      operations: what to place, in creation order.
      devices: the session's devices.
      allow_soft_placement: whether a request that cannot be met is relaxed.
      present: those of the operations that an earlier run has placed; they stay where they are.
      around: the rest of their graph; None: there is none.

    Returns:
      The Placement of `operations` alone.

    Raises:
      InvalidArgumentError: a request is malformed or cannot be met, or colocation contradicts
        itself. Texts are TensorFlow's.
    """
    return _Placer(operations, devices, allow_soft_placement, present or {}, around).run()


def add_controls(
    controls: dict[Operation, list[Operation]], operations: Iterable[Operation]
) -> None:
    """Notes what each of some operations runs after, as `Surroundings.controls` has it."""
    for op in operations:
        for control in op.controls:
            controls.setdefault(control, []).append(op)


class _Placer:
    def __init__(
        self,
        operations: Sequence[Operation],
        devices: Sequence[Device],
        soft: bool,
        present: Mapping[Operation, str],
        around: Surroundings | None,
    ) -> None:
        # What is asked, and what is there already; these stay the same. `present` and `around` have
        # the devices of operations that are placed and keep their places.
        self._operations = operations
        self._soft = soft
        self._present = present
        self._around = around.devices if around else {}
        # Best first: where several devices do, the first of them is taken.
        ordered = sorted(devices, key=lambda d: (-KIND_PRIORITY.get(d.kind, 0), d.name))
        self._devices = [(d.name, _full_name(d.name)) for d in ordered]
        self._kinds = {device.kind for device in devices}
        # The group of each operation. Groups grow by joining: then all of their members have the
        # same one. When the first operation is decided they are complete.
        self._groups: dict[Operation, _Group] = {}
        # What has been found out once of equal requests and kinds.
        self._candidates_of: dict[tuple[DeviceName, frozenset[str]], list[str]] = {}
        self._relaxed_of: dict[
            tuple[DeviceName, DeviceName, frozenset[str]], tuple[list[str], bool]
        ] = {}
        # Has what is decided, in the order of the decisions.
        self._result = Placement()
        # The operations that wait for each: a generator goes where it is used.
        if around:
            self._controls = around.controls
        else:
            controls: dict[Operation, list[Operation]] = {}
            add_controls(controls, operations)
            self._controls = controls

    def run(self) -> Placement:
        for op in self._operations:
            self._groups[op] = self._single(op)
        for op in self._operations:
            self._join_references(op)
        self._join_classes()
        generators = []
        for op in self._operations:
            if is_generator(op) and op not in self._present:
                generators.append(op)
            else:
                self._decide(op, self._groups[op])
        for op in generators:
            self._decide_generator(op, self._groups[op])
        return self._result

    # -- Groups --

    def _single(self, op: Operation) -> _Group:
        kinds = supported_kinds(op)
        if not kinds & self._kinds:
            raise placement_errors.no_kernel(op, self._kinds, _ordered(kinds))
        kinds &= self._kinds
        present = self._present.get(op)
        if present is not None:
            return _Group([op], op, _full_name(present), op, kinds, op, assigned=present, leads=op)
        request = parse_runtime_name(op.device) if op.device else _ANYWHERE
        if request is None:
            raise placement_errors.malformed(op)
        asks = None if request == _ANYWHERE else op
        resource = request if is_resource(op) else _ANYWHERE
        return _Group([op], op, request, asks, kinds, op, resource)

    def _join_references(self, op: Operation) -> None:
        takes = _reference_inputs(op)
        if not takes:
            return
        for tensor, takes_reference in zip(op.inputs, takes, strict=True):
            other = self._groups.get(tensor.op) if takes_reference else None
            group = self._groups[op]
            if other is None or other is group:
                continue
            _follow_reference(tensor.op, other, op, group)
            try:
                self._merge(other, group, other)
            except ValueError as error:
                text = placement_errors.cannot_colocate(tensor.op, op, str(error))
                raise placement_errors.reference_failed(text) from None

    def _join_classes(self) -> None:
        """Joins each operation to the first that is seen in its `loc:@` groups."""
        classes = {op: op.attrs["_class"] for op in self._operations if "_class" in op.attrs}
        if not classes:
            return
        first: dict[bytes, Operation] = {}
        for op in self._operations:
            # Every operation is in the group of its own name, too.
            for name in (*classes.get(op, ()), b"loc:@" + op.name.encode()):
                if not name.startswith(b"loc:@"):
                    continue
                target = first.setdefault(name, op)
                group, other = self._groups[op], self._groups[target]
                if group is other:
                    continue
                try:
                    self._merge(other, group, group)
                except ValueError as error:
                    if self._soft:
                        continue
                    text = placement_errors.cannot_colocate(op, target, str(error))
                    raise placement_errors.colocation_failed(op, text) from None

    def _merge(self, target: _Group, source: _Group, named: _Group) -> None:
        """Makes two groups one.

        Args:
          target: the group that the other follows.
          source: the other one.
          named: the one of both that is named first in errors where their ranks are equal.

        Raises:
          ValueError: their requests or kernels have nothing in common.
        """
        last = source if named is target else target
        one, two = (last, named) if named.rank < last.rank else (named, last)
        try:
            assigned = _both(_assigned_name(one), _assigned_name(two))
            resource = _both(one.resource, two.resource)
            request = _both(one.request, two.request, self._soft)
        except ValueError as error:
            raise ValueError(f": {error}") from None
        request = _overridden(_overridden(request, assigned), resource)
        kinds = target.kinds & source.kinds
        if not kinds:
            raise ValueError(
                " because no device type supports both of those nodes and the other nodes "
                "colocated with them." + self._debug_info(named) + self._debug_info(last)
            )
        small, large = sorted((target, source), key=lambda g: len(g.members))
        asks = _decisive(target, source).asks
        contradiction = _contradiction(target, source, request)
        large.contradiction = target.contradiction or source.contradiction or contradiction
        large.assigned = target.assigned or source.assigned
        large.leads = target.leads or source.leads
        large.limits = target.limits if kinds == target.kinds else source.limits
        large.rank = one.rank + (one.rank == two.rank)
        large.root = min(target.root, source.root, key=_seniority)
        large.request, large.asks = request, asks
        large.resource, large.kinds = resource, kinds
        large.members.extend(small.members)
        for op in small.members:
            self._groups[op] = large

    # -- Decisions --

    def _decide(self, op: Operation, group: _Group) -> None:
        candidates = self._candidates(op, group)
        device, reason = candidates[0], self._reason(op, group)
        if op.op_def_.is_metadata and len(candidates) > 1:
            source = op.inputs[0].op
            beside = self._decided(source, op)
            if beside in candidates:
                device = beside
                reason = _with_choice(group, reason, f"metadata of {source.name}, beside it")
                group.leads = op
        if len(group.members) > 1:
            group.assigned = device
        self._assign(op, group, device, reason)

    def _decide_generator(self, op: Operation, group: _Group) -> None:
        candidates = self._candidates(op, group)
        device, reason = candidates[0], self._reason(op, group)
        if len(candidates) > 1:
            consumers = (*op.outputs[0].readers, *self._controls.get(op, ()))
            known = (c for c in consumers if c in self._groups or c in self._around)
            homes = {self._decided(consumer, op) for consumer in known}
            (home,) = homes if len(homes) == 1 else (None,)
            if home in candidates:
                device, reason = home, _with_choice(group, reason, "beside its consumers")
                group.leads = op
        group.assigned = device
        self._assign(op, group, device, reason)

    def _decided(self, op: Operation, before: Operation) -> str | None:
        """The device of an operation whose turn comes before that of another one."""
        device = self._result.devices.get(op)
        if device is None and op in self._around and self._turn(op) < self._turn(before):
            return self._around[op]
        return device

    def _turn(self, op: Operation) -> tuple[bool, int]:
        return is_generator(op) and op not in self._present, op.number

    def _assign(self, op: Operation, group: _Group, device: str, reason: str) -> None:
        self._result.devices[op] = device
        self._result.reasons[op] = reason
        if group.relaxed or group.contradiction:
            asked = (parse_runtime_name(op.device) if op.device else None) or group.request
            if not asked.matches(_full_name(device)):
                self._result.moved[op] = asked

    def _candidates(self, op: Operation, group: _Group) -> list[str]:
        """Devices for a group, best first; where its request has to be relaxed, that is noted."""
        if group.assigned:
            return [group.assigned]
        found = self._matching(group.request, group.kinds)
        if found:
            return found
        if self._soft:
            found, moves_resource = self._relaxed(group.request, group.resource, group.kinds)
            if found:
                if moves_resource and _LOGGER.isEnabledFor(logging.DEBUG):
                    self._tell_moved(group, found)
                group.relaxed = f"soft placement: {group.request} {self._unmet(group)}"
                return found
        raise self._cannot_assign(op, group)

    def _relaxed(
        self, request: DeviceName, resource: DeviceName, kinds: frozenset[str]
    ) -> tuple[list[str], bool]:
        """Devices for a request that cannot be met, and whether `resource` is not met either."""
        key = request, resource, kinds
        if key not in self._relaxed_of:
            open_kind = replace(request, kind=None, index=None)
            try:
                kept = self._matching(_both(open_kind, resource), kinds)
            except ValueError:
                kept = self._matching(open_kind, kinds)
            self._relaxed_of[key] = kept or self._matching(open_kind, kinds), not kept
        return self._relaxed_of[key]

    def _matching(self, request: DeviceName, kinds: frozenset[str]) -> list[str]:
        key = request, kinds
        found = self._candidates_of.get(key)
        if found is None:
            found = [n for n, full in self._devices if full.kind in kinds and request.matches(full)]
            self._candidates_of[key] = found
        return found

    def _tell_moved(self, group: _Group, candidates: Sequence[str]) -> None:
        """Soft placement takes a variable, or what else keeps a state, off the device asked for."""
        _LOGGER.debug(
            "Failed to place the graph without changing the devices of some resources. Some of the "
            "operations (that had to be colocated with resource generating operations) are not "
            "supported on the resources' devices. Current candidate devices are [\n  %s].\n"
            "See below for details of this colocation group:%s",
            "\n  ".join(candidates),
            self._debug_info(group),
        )

    def _unmet(self, group: _Group) -> str:
        if not any(group.request.matches(full) for _, full in self._devices):
            return "does not exist"
        limits = group.limits
        whose = "" if limits is group.asks else f" ({limits.name})"
        return f"has no kernel for {_kernel_text(limits)}{whose}"

    def _reason(self, op: Operation, group: _Group) -> str:
        """What decided where a group goes, seen from one of its operations."""
        if group.leads is op and op in self._present:
            return "placed by an earlier run"
        if group.leads is not None:
            return f"colocated with {group.leads.name}"
        if group.relaxed:
            if group.asks is None or group.asks is op:
                return group.relaxed
            return f"colocated with {group.asks.name}; {group.relaxed}"
        if group.contradiction:
            return group.contradiction
        has_choice = group.request.kind is None and len(self._kinds) > 1
        if has_choice and len(group.kinds) == 1:
            return _limit_text(op, group)
        if group.asks is op:
            return f"requested {op.device}"
        if group.asks is not None:
            return f"colocated with {group.asks.name}, which requests {group.asks.device}"
        if group.root is not op:
            return f"colocated with {group.root.name}"
        return "the only device" if len(self._devices) == 1 else "the best device with a kernel"

    def _cannot_assign(self, op: Operation, group: _Group) -> Exception:
        own = parse_runtime_name(op.device) or _ANYWHERE
        names = [name for name, _ in self._devices]
        if own != group.request:
            return placement_errors.group_asks_otherwise(
                op, str(group.request), names, self._debug_info(group)
            )
        if not any(own.matches(full) for _, full in self._devices):
            lacks_cuda = own.kind == "GPU" and "GPU" not in self._kinds
            return placement_errors.missing_device(op, names, lacks_cuda)
        kinds = _ordered(supported_kinds(op))
        return placement_errors.no_kernel_there(op, own.kind, kinds, self._debug_info(group))

    def _debug_info(self, group: _Group) -> str:
        types = {op.type: _ordered(supported_kinds(op) & self._kinds) for op in group.members}
        lines = [
            "",
            "Colocation Debug Info:",
            "Colocation group had the following types and supported devices: ",
            "Root Member(assigned_device_name_index_=-1 requested_device_name_="
            f"'{group.request}' assigned_device_name_='{group.assigned}' resource_device_name_="
            f"'{group.resource}' supported_device_types_=[{', '.join(_ordered(group.kinds))}] "
            "possible_devices_=[]",
            *(f"{name}: {' '.join(kinds)} " for name, kinds in types.items()),
            "",
            "Colocation members, user-requested devices, and framework assigned devices, if any:",
        ]
        for op in sorted(group.members, key=by_creation):
            assigned = self._result.devices.get(op) or self._present.get(op)
            placed = f" framework assigned device={assigned}" if assigned else ""
            lines.append(f"  {op.name} ({op.type}) {op.device}{placed}")
        return "\n".join([*lines, ""])


# ---- Groups ----


def _assigned_name(group: _Group) -> DeviceName:
    return _full_name(group.assigned) if group.assigned else _ANYWHERE


def _overridden(request: DeviceName, by: DeviceName) -> DeviceName:
    """A request with the parts of another name in place of its own."""
    if by is _ANYWHERE:
        return request
    return DeviceName(
        request.job if by.job is None else by.job,
        request.replica if by.replica is None else by.replica,
        request.task if by.task is None else by.task,
        request.kind if by.kind is None else by.kind,
        request.index if by.index is None else by.index,
    )


def _follow_reference(
    producer: Operation, source: _Group, consumer: Operation, target: _Group
) -> None:
    """Lets what takes a reference ask for the device of the reference, where they contradict.

    Raises:
      InvalidArgumentError: it takes another reference that is on another device.
    """
    pairs = {
        "assigned": (_assigned_name(source), _assigned_name(target)),
        "resource": (source.resource, target.resource),
    }
    for what, (one, two) in pairs.items():
        if not _agree(one, two):
            raise placement_errors.references_apart(producer, consumer, what, (one, two))
    if not _agree(source.request, target.request):
        request = _overridden(source.request, _assigned_name(target))
        target.request = _overridden(request, target.resource)
        target.asks = source.asks


def _agree(one: DeviceName, two: DeviceName) -> bool:
    try:
        _both(one, two)
    except ValueError:
        return False
    return True


def _ordered(kinds: Iterable[str]) -> list[str]:
    return sorted(kinds, key=lambda kind: -KIND_PRIORITY[kind])


# ---- Facts about an operation ----


def supported_kinds(op: Operation) -> frozenset[str]:
    """The kinds of device that have a kernel for an operation and its dtypes."""
    kinds = _kinds_of_type(op.type)
    if "GPU" in kinds and _type_of_cpu(op) is not None:
        return kinds - {"GPU"}
    return kinds


@functools.cache
def _kinds_of_type(op_type: str) -> frozenset[str]:
    return frozenset(kind for kind in KIND_PRIORITY if (op_type, kind) in registry.KERNELS)


@functools.cache
def _cpu_types(op_type: str) -> tuple[dtypes.DType, ...]:
    kernel = registry.KERNELS.get((op_type, "GPU"))
    return () if kernel is None else kernel.cpu_types


def _type_of_cpu(op: Operation) -> dtypes.DType | None:
    """The dtype for which a GPU has no kernel, though it has one for the op; None: it has one."""
    cpu_types = _cpu_types(op.type)
    if cpu_types:
        kind = element_type(op)
        if kind in cpu_types:
            return kind
    return dtypes.string if _touches_strings(op) else None


def _touches_strings(op: Operation) -> bool:
    """Whether tensors are strings that could be of another dtype.

    What the op defines as a string, such as the text of a tensor's handle, is on the host anyway.
    """
    string = dtypes.string
    for tensors in (op.outputs, op.inputs):  # plain loops: every operation of a graph comes here
        for tensor in tensors:
            if tensor._dtype is string:
                return _could_be_no_string(op)
    return False


def _could_be_no_string(op: Operation) -> bool:
    """The same of an operation that touches strings."""
    if op.op_def_.is_fed:
        return False  # it never runs, and the text of a handle is fed beside its tensor
    arguments = (*op.op_def_.inputs, *op.op_def_.outputs)
    return any(dtypes.string in a.types(op.attrs) for a in arguments if a.dtype is None)


def is_generator(op: Operation) -> bool:
    """Whether an operation only makes a value, and so goes where that is used."""
    return not op.inputs and len(op.outputs) == 1 and not op.outputs[0].dtype.is_ref_dtype


def is_resource(op: Operation) -> bool:
    """Whether an operation makes what keeps a state, such as a variable or a queue."""
    if op.inputs or len(op.outputs) != 1:
        return False
    return op.outputs[0].dtype.is_handle


def _reference_inputs(op: Operation) -> Sequence[bool]:
    """For each input, whether it takes a reference or a resource; empty where none does."""
    inputs = op.inputs
    for tensor in inputs:
        if tensor.dtype.is_handle:
            break
    else:
        return ()
    arguments = registry.flat_arguments(op.op_def_.inputs, op.attrs)
    return [
        argument.is_ref or tensor.dtype.base_dtype is dtypes.resource
        for argument, tensor in zip(arguments, inputs, strict=True)
    ]


def _full_name(name: str) -> DeviceName:
    parsed = parse_runtime_name(name)
    assert parsed is not None
    return parsed


# ---- Words ----


def _both(a: DeviceName, b: DeviceName, soft: bool = False) -> DeviceName:
    """`a.merge(b)`, faster where there is nothing to merge."""
    if b is _ANYWHERE or a is b:
        return a
    return b if a is _ANYWHERE else a.merge(b, soft)


def _decisive(target: _Group, source: _Group) -> _Group:
    """Of two groups that become one, the one that says more of the kind and the index.

    Where both say the same, it is the one that asked first: a variable, not what an optimizer adds.
    """
    mine, others = target.request, source.request
    adds_kind = mine.kind is None and others.kind is not None
    adds_index = mine.index is None and others.index is not None
    if target.asks is None or adds_kind or adds_index:
        return source
    says_the_same = mine.kind == others.kind and mine.index == others.index
    if source.asks is None or not says_the_same:
        return target
    return source if _seniority(source.asks) < _seniority(target.asks) else target


def _seniority(op: Operation) -> tuple[bool, int]:
    """A key by which the one comes first that the others of a group are thought to follow."""
    return not is_resource(op), op.number


def _contradiction(target: _Group, source: _Group, merged: DeviceName) -> str:
    """What soft placement gives up where two groups that become one ask for different devices."""
    mine, others = target.request, source.request
    if (merged.kind or not (mine.kind or others.kind)) and (
        merged.index is not None or (mine.index is None and others.index is None)
    ):
        return ""
    assert target.asks is not None
    assert source.asks is not None
    return (
        f"soft placement: {target.asks.name} requests {mine}, {source.asks.name}, colocated "
        f"with it, {others}"
    )


def _with_choice(group: _Group, reason: str, choice: str) -> str:
    """Why an operation is where it is, of several candidates; soft placement is not passed over."""
    return f"{reason}; {choice}" if group.relaxed or group.contradiction else choice


def _limit_text(op: Operation, group: _Group) -> str:
    """That a group cannot be but on one kind of device, and for which of its operations."""
    (kind,) = group.kinds
    limits = op if supported_kinds(op) == group.kinds else group.limits
    text = f"only {kind} has a kernel for {_kernel_text(limits)}"
    return text if limits is op else f"colocated with {limits.name}: {text}"


def _kernel_text(op: Operation) -> str:
    """The op type, with the dtype where it is that for which there is no kernel on a GPU."""
    kind = _type_of_cpu(op) if "GPU" in _kinds_of_type(op.type) else None
    return op.type if kind is None else f"{op.type} of {kind.name}"
