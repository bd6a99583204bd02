"""Lower: from placed operations to a Program.

Every op becomes one instruction with its attributes bound. What TensorFlow leaves implicit becomes
explicit here: copies between devices, reads of reference variables, constants and handles.

Branches and loops are found in the graph itself, not in what built it. A Switch adds its condition
to the guard of all that depends on it; a Merge writes one value under several guards; a frame
becomes a Loop, whose variables are the Merges that NextIteration leads to.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.compile.binding import (
    Binding,
    Bound,
    binding_of,
    input_arguments,
    output_arguments,
)
from tfsession.compile.guards import Guards, disjunction
from tfsession.compile.kernel_table import load_kernels
from tfsession.compile.memory import Memory, root_of, written_by
from tfsession.compile.program import (
    CONDITION,
    COPY,
    HOST,
    LOOP,
    MERGE_VALUE,
    NOWHERE,
    READ,
    ROUND,
    Guard,
    Instruction,
    Loop,
    Program,
    Value,
    united,
)
from tfsession.control_flow.frames import (
    CONTROL_FLOW,
    ENTER,
    EXIT,
    LOOP_CONDITION,
    MERGE,
    NEXT_ITERATION,
    SWITCH,
    Frame,
    find_frames,
)
from tfsession.devices.device import Device
from tfsession.errors import (
    UNKNOWN,
    InvalidArgumentError,
    OpError,
    UnimplementedError,
    make_error,
)
from tfsession.graph.operation import Operation, Tensor
from tfsession.registry import Kernel
from tfsession.resources.containers import ResourceManager
from tfsession.resources.variables import VariableCell
from tfsession.shapes import Dims


def lower(
    operations: Sequence[Operation],
    fetches: Sequence[Tensor],
    feeds: Sequence[Tensor],
    placement: Mapping[Operation, str],
    devices: Mapping[str, Device],
    resources: ResourceManager,
    places: Mapping[Tensor, str] | None = None,
    required: Iterable[Operation] = (),
) -> Program:
    """Makes the Program of a step.

    Args:
      operations: what must run, in running order.
      fetches: the tensors to return, on the host.
      feeds: the tensors whose values arrive as arguments, on the host.
      placement: operation to full device name.
      devices: full device name to Device.
      resources: the session's resources; what ops keep between steps is made there.
      places: for feeds that arrive, and fetches that stay, on a device: its full name.
      required: operations that are asked for as such: they run although nobody reads their outputs.

    Returns:
      A Program that has not been optimised.

    Raises:
      InvalidArgumentError: an op has no kernel on its device, takes a reference that is fed, or a
        loop is malformed.
    """
    load_kernels(operations)
    _check_fed_references(operations, feeds)
    lowering = _Lowering(
        placement,
        devices,
        resources,
        Memory(operations),
        required={*required, *_checks(operations)},
        has_branches=any(op.type in SWITCH for op in operations),
    )
    places = places or {}
    for tensor in feeds:
        lowering.feed(tensor, places.get(tensor, HOST))
    lowering.members(find_frames(operations, feeds).members)
    return lowering.finish(fetches, places)


def _check_fed_references(operations: Sequence[Operation], feeds: Sequence[Tensor]) -> None:
    """Refuses what would write a fed value as if it were a variable."""
    fed = {tensor for tensor in feeds if tensor.dtype.is_ref_dtype}
    if not fed:
        return
    for op in operations:
        for index, (argument, tensor) in enumerate(
            zip(input_arguments(op), op.inputs, strict=True)
        ):
            if argument.is_ref and tensor in fed:
                position = sorted(t.name for t in feeds).index(tensor.name)
                dtype = tensor.dtype.base_dtype.runtime_name
                raise InvalidArgumentError.of(
                    f"Input {index} of node {op.name} was passed {dtype} from "
                    f"_arg_{tensor.op.name}_{tensor.value_index}_{position}:0 incompatible with "
                    f"expected {dtype}_ref."
                )


def _checks(operations: Sequence[Operation]) -> Iterable[Operation]:
    """Operations that users put into a graph so that a step fails: they must not be dropped."""
    for op in operations:
        if op.op_def_.checks:
            yield op
        for control in op.controls:
            # Reading a reference fails where the variable has no value.
            if control.op_def_.renames and control.inputs[0].dtype.is_ref_dtype:
                yield control


class _Lowering:
    """The Program under construction."""

    def __init__(
        self,
        placement: Mapping[Operation, str],
        devices: Mapping[str, Device],
        resources: ResourceManager,
        memory: Memory,
        required: set[Operation],
        has_branches: bool,
    ) -> None:
        # These stay the same: where every operation of the step is, and on which devices; what ops
        # keep between steps is looked up, and made, in `resources`.
        self._placement = placement
        self._devices = devices
        self._resources = resources
        # What is known of each value; its number is the position here.
        self._values: list[Value] = []
        # Values that are known before the run: no instruction writes them.
        self._constants: dict[int, Any] = {}
        # Those of the loop that is being lowered, or else of the program; each reads only values
        # that are constants or fed, or were written before it.
        self._instructions: list[Instruction] = []
        # The values that arrive as arguments, in order.
        self._feeds: list[int] = []
        # The tensors that they are the values of: no operation gives these another one.
        self._fed: set[Tensor] = set()
        # The value of each tensor, where it lives. Tensors of references have handles.
        self._of_tensor: dict[Tensor, int] = {}
        # A value and another place, to its copy there. Its guard is that of the value, so it is for
        # all readers; but those that a loop makes are forgotten behind it.
        self._copies: dict[tuple[int, str], int] = {}
        # The operation that gave a value, which others may hand on: what it waited for, so does a
        # copy. None: fed. Copies, and what the compiler adds, have no entry.
        self._maker: dict[int, Operation | None] = {}
        # The device of what lives nowhere: where a handle's variable or other resource is.
        self._resource_device: dict[int, Device] = {}
        # For operations that wait, and for what depends on these: which ones, as a bit set.
        self._waits: dict[Operation, int] = {}
        # How many operations wait themselves: the next one's bit.
        self._blocking = 0
        self._memory = memory
        # The blocking operations that come before what writes variables.
        self._write_waits = 0
        # For values that are looked at last: the blocking operations that come before.
        self._last_waits: dict[int, int] = {}
        # What has been read of a reference between two writes, under a guard, in a strand.
        self._reads: dict[Any, int] = {}
        # For conditions that lie in a variable's memory: what they were when first asked for.
        self._conditions: dict[Tensor, int] = {}
        # Operations that run although nobody reads what they compute.
        self._required = required
        # Where there are no branches, nothing has a guard.
        self._has_branches = has_branches
        self._guards = Guards()
        # When the operation runs that is being lowered.
        self._guard: Guard = ()
        # Conditions of Switches that are checked to be scalars, to what comes out of the check;
        # as with copies, those of a loop are forgotten behind it.
        self._scalar_conditions: dict[int, int] = {}
        # Values of loops that have been left: nothing outside reads them.
        self._gone: set[int] = set()

    # -- Values --

    def _new(self, value: Value) -> int:
        self._values.append(value)
        return len(self._values) - 1

    def feed(self, tensor: Tensor, where: str = HOST) -> None:
        """Adds an argument of the step."""
        number = self._new(Value(tensor.dtype.base_dtype, tensor.dims, where))
        self._of_tensor[tensor] = number
        self._feeds.append(number)
        self._maker[number] = None
        self._fed.add(tensor)
        self._guards.add_fed(tensor)

    def _constant(self, dtype: dtypes.DType, dims: Dims, where: str, content: Any) -> int:
        number = self._new(Value(dtype, dims, where))
        self._constants[number] = content
        return number

    def _at(self, number: int, where: str, reader: Operation) -> int:
        """The value, copied to where it is read if it lives elsewhere."""
        value = self._values[number]
        if value.where in (where, NOWHERE):
            return number
        present = self._copies.get((number, where))
        if present is not None:
            return present
        if number in self._constants:
            # A constant is uploaded when the program is made, not in every run.
            copy = self._constant(value.dtype, value.dims, where, self._constants[number])
        else:
            copy = self._new(Value(value.dtype, value.dims, where))
            maker = self._maker.get(number)
            waits = 0 if maker is None else self._waits.get(maker, 0)
            waits |= self._last_waits.get(number, 0)
            self._instructions.append(self._copy_instruction(number, copy, reader, waits))
        self._copies[number, where] = copy
        return copy

    def _copy_instruction(
        self, source: int, target: int, reader: Operation, waits: int
    ) -> Instruction:
        origin, destination = self._values[source].where, self._values[target].where
        function: Callable[..., Any]
        if origin == HOST:
            function, device = self._devices[destination].copy_in, destination
        elif destination == HOST:
            function, device = self._devices[origin].copy_out, origin
        else:
            function = functools.partial(
                self._devices[destination].copy_from, source=self._devices[origin]
            )
            device = destination
        key = ("Copy", origin, destination)
        # A copy is made where its source is: other branches may read it too.
        guard = self._guards.of_value(source)
        self._guards.note_value(target, guard)
        return Instruction(
            COPY,
            function,
            (source,),
            (target,),
            device,
            reader,
            key=key,
            waits=waits,
            guard=guard,
        )

    def _read(self, number: int, tensor: Tensor, reader: Operation) -> int:
        """The memory of a reference variable, for an operation that reads it now.

        Args:
          number: the reference.
          tensor: a tensor that hands it on.
          reader: the operation.
        """
        root = root_of(tensor)
        waits = self._waits.get(reader, 0)
        key = (number, self._memory.version(root), self._guard, waits)
        present = self._reads.get(key)
        if present is None:
            present = self._reads[key] = self._new_read(number, tensor, reader, waits)
            self._memory.note_value(present, [root])
        return present

    def _read_last(self, number: int, tensor: Tensor) -> int:
        """The memory of a reference variable, looked at when all has run that writes variables."""
        if not self._memory.is_written(root_of(tensor)):
            return self._read(number, tensor, tensor.op)
        # Not what others have read: in a partial run they may wait for feeds.
        waits = self._write_waits | self._waits.get(tensor.op, 0)
        last = self._new_read(number, tensor, tensor.op, waits)
        self._last_waits[last] = waits
        return last

    def _new_read(self, number: int, tensor: Tensor, reader: Operation, waits: int) -> int:
        cell = self._constants.get(number)
        device = self._resource_device.get(number)
        where = HOST if device is None or device.on_host else device.name
        name = self._placement[tensor.op] if device is None else device.name
        target = self._new(Value(tensor.dtype.base_dtype, tensor.dims, where))
        function = _read_cell if cell is None else cell.read
        inputs = (number,) if cell is None else ()
        self._maker[target] = reader
        self._guards.note_value(target, self._guard)
        self._instructions.append(
            Instruction(
                READ,
                function,
                inputs,
                (target,),
                name,
                # A variable without value is found out by the operation that reads it.
                reader if tensor.dtype.is_ref_dtype else tensor.op,
                is_pure=False,
                waits=waits,
                guard=self._guard,
            )
        )
        return target

    # -- Operations --

    def members(self, members: Iterable[Operation | Frame]) -> None:
        """Adds what operations and loops do, in running order."""
        for member in members:
            if isinstance(member, Frame):
                self._loop(member)
            else:
                self.operation(member)

    def operation(self, op: Operation) -> None:
        """Adds what one operation does."""
        if self._has_branches:
            self._guard = self._guards.before(op)
        if op.type in CONTROL_FLOW:
            self._control_flow(op)
        elif op.op_def_.is_constant:
            if self._waits:
                self._note_waits(op, None)
            dims = op.outputs[0].dims
            number = self._constant(op.attrs["dtype"], dims, HOST, op.attrs["value"])
            self._set_outputs(op, [number])
        else:
            self._computed(op)

    def _computed(self, op: Operation) -> None:
        """Adds what a kernel computes, unless that is known or there already."""
        binding = binding_of(op, self._devices[self._placement[op]])
        if binding.kernel.blocks or self._waits:
            self._note_waits(op, binding.kernel)
        if op.op_def_.renames and self._is_reference(op.inputs[0]) and op not in self._required:
            # A plain read is the variable's memory: who reads it reads that.
            self._set_outputs(op, [self._of_tensor[op.inputs[0]]])
            return
        bound = self._bound(binding)
        if binding.makes_handle:
            handle = op.outputs[0]
            number = self._constant(handle.dtype, handle.dims, NOWHERE, bound.function())
            self._resource_device[number] = binding.device
            self._set_outputs(op, [number])
            return
        self._call(binding, bound)

    def _call(self, binding: Binding, bound: Bound) -> None:
        """Adds the call of a kernel."""
        op, inputs = binding.op, self._inputs(binding)
        outputs, key = self._outputs(binding), bound.key
        versions = self._memory.versions(inputs)
        if versions:
            key = (*key, versions)
            if binding.kernel.aliases:
                for number in outputs:
                    self._memory.note_value(number, (root for root, _ in versions))
        function = bound.function
        if binding.kernel.brings:
            function = self._bringing(function, inputs)
        self._note_writes(op)
        self._set_outputs(op, outputs)
        self._instructions.append(
            Instruction(
                binding.kernel,
                function,
                tuple(inputs),
                tuple(outputs),
                binding.device.name,
                op,
                is_pure=binding.is_pure and op not in self._required,
                key=key,
                host_function=bound.host_function,
                uses_blas=binding.uses_blas,
                counting=binding.counting,
                waits=self._waits.get(op, 0),
                guard=self._guard,
            )
        )

    def _bringing(self, function: Callable[..., Any], inputs: Sequence[int]) -> Callable[..., Any]:
        """A kernel whose inputs on other devices are copied when it looks at them."""
        places = [self._values[number].where for number in inputs]
        copies = [None if p in (HOST, NOWHERE) else self._devices[p].copy_out for p in places]

        def call(*values: Any) -> Any:
            pairs = zip(values, copies, strict=True)
            return function(*(v if copy is None else _OnDevice(v, copy) for v, copy in pairs))

        return call if any(copies) else function

    def _bound(self, binding: Binding) -> Bound:
        """A kernel with all but its inputs; an error says whose attributes are wrong."""
        try:
            return binding.bound(self._resources)
        except OpError as error:
            if "[[" in error.message:
                raise
            text = f"{error.message}\n\t [[{{{{node {binding.op.name}}}}}]]"
            raise make_error(None, None, text, error.error_code or UNKNOWN) from error

    def _outputs(self, binding: Binding) -> list[int]:
        """New values for the outputs of an operation."""
        op, numbers = binding.op, []
        for argument, tensor in zip(output_arguments(op), op.outputs, strict=True):
            where = NOWHERE if tensor.dtype.is_handle else binding.place_of(argument.name)
            number = self._new(Value(tensor.dtype, tensor.dims, where))
            if where == NOWHERE:
                self._resource_device[number] = binding.device
            self._guards.note_value(number, self._guard)
            numbers.append(number)
        return numbers

    # -- Branches --

    def _control_flow(self, op: Operation) -> None:
        if self._waits:
            self._note_waits(op, None)
        if op.type in SWITCH:
            self._switch(op)
        elif op.type in MERGE:
            self._merge(op)
        else:
            # What only marks a place of the graph hands its value on.
            self._set_outputs(op, [self._data(op)])

    def _data(self, op: Operation) -> int:
        """The first input; a value where the operation takes no reference."""
        tensor: Tensor = op.inputs[0]
        number = self._of_tensor[tensor]
        if self._is_reference(tensor) and not op.op_def_.takes_references:
            return self._read(number, tensor, op)
        return number

    def _switch(self, op: Operation) -> None:
        number, condition = self._data(op), self._condition(op)
        for tensor, wanted in zip(op.outputs, (False, True), strict=True):
            self._guards.note_branch(tensor, self._guard, condition, wanted)
        self._set_outputs(op, [number, number])

    def _condition(self, op: Operation) -> int:
        """The condition of a Switch, as a scalar on the host."""
        tensor = self._origin(op.inputs[1])
        number = self._of_tensor[tensor]
        if self._is_reference(tensor):
            number = self._read(number, tensor, op)
        number = self._at(number, HOST, op)
        if self._memory.roots_of(number):
            # All Switches of a branch must see one value, whatever the branch writes.
            number = self._conditions.setdefault(op.inputs[1], number)
        elif tensor.dims == ():
            return number
        present = self._scalar_conditions.get(number)
        if present is None:
            present = self._new(Value(dtypes.bool, (), HOST))
            self._scalar_conditions[number] = present
            guard = self._guards.of_value(number)
            self._guards.note_value(present, guard)
            self._hand_on(op, CONDITION, number, present, guard)
        return present

    def _origin(self, tensor: Tensor) -> Tensor:
        """The tensor whose value a condition is: equal conditions must be seen to be equal."""
        while tensor not in self._fed:
            op = tensor.op
            is_constant = op.type in ENTER and op.attrs["is_constant"]
            is_same = is_constant or op.type in SWITCH or op.op_def_.renames
            if not is_same or op.inputs[0].dtype.is_ref_dtype:
                break
            tensor = op.inputs[0]
        return tensor

    def _hand_on(
        self, op: Operation, kernel: Kernel, source: int, target: int, guard: Guard
    ) -> None:
        """Adds an instruction that gives a value to another one."""
        self._instructions.append(
            Instruction(
                kernel,
                kernel.function,
                (source,),
                (target,),
                self._placement[op],
                op,
                waits=self._waits.get(op, 0),
                guard=guard,
            )
        )

    def _merge(self, op: Operation) -> None:
        output, _ = op.outputs
        where = self._where(op)
        number = self._new(Value(output.dtype, output.dims, where))
        position = self._new(Value(dtypes.int32, (), HOST))
        if where == NOWHERE:
            self._resource_device[number] = self._devices[self._placement[op]]
        guards = []
        for count, tensor in enumerate(op.inputs):
            guard = self._guard = self._guards.of_tensor(tensor)
            guards.append(guard)
            source = self._of_tensor[tensor]
            if self._is_reference(tensor) and not op.op_def_.takes_references:
                source = self._read(source, tensor, op)
            source = self._at(source, where, op)
            self._memory.note_value(number, self._memory.roots_of(source))
            chosen = self._constant(dtypes.int32, (), HOST, np.int32(count))
            self._hand_on(op, MERGE_VALUE, source, number, guard)
            self._hand_on(op, MERGE_VALUE, chosen, position, guard)
        guard = self._any_of(op, guards)
        if guard:
            self._guards.note_value(number, guard)
            self._guards.note_value(position, guard)
            self._guards.note(op, guard)
        self._set_outputs(op, [number, position])

    def _any_of(self, op: Operation, guards: Sequence[Guard]) -> Guard:
        """When at least one of several guards holds."""
        simple = disjunction([frozenset(guard) for guard in guards])
        if len(simple) == 1:
            return tuple(sorted(simple[0]))
        # No conjunction says so: a value of its own does.
        alive = self._new(Value(dtypes.bool, (), HOST))
        outside = tuple(sorted(frozenset.intersection(*simple)))
        self._guards.note_value(alive, outside)
        no, yes = (self._constant(dtypes.bool, (), HOST, np.bool_(b)) for b in (False, True))
        self._hand_on(op, MERGE_VALUE, no, alive, outside)
        for guard in simple:
            self._hand_on(op, MERGE_VALUE, yes, alive, tuple(sorted(guard)))
        return united([outside, ((alive, True),)])

    def _where(self, op: Operation) -> str:
        """Where the output of a control flow operation lives."""
        if op.outputs[0].dtype.is_handle:
            return NOWHERE
        return binding_of(op, self._devices[self._placement[op]]).place_of("output")

    # -- Loops --

    def _loop(self, frame: Frame) -> None:
        """Adds a loop: what enters it, its rounds, and what leaves it."""
        operations = [op for op in frame.members if isinstance(op, Operation)]
        guard = self._enter([op for op in operations if op.type in ENTER])
        headers = [op for op in operations if op.type in MERGE and _is_header(op)]
        self._guard = guard
        initial: list[int] = []
        following: list[Tensor] = []
        for op in headers:
            entering, coming = _sources(op)
            initial += self._round_values(op, entering)
            following.append(coming)
        outside, self._instructions = self._instructions, []
        copies, conditions = dict(self._copies), dict(self._scalar_conditions)
        reads = dict(self._reads)
        first_number = len(self._values)
        variables: list[int] = []
        own = {*headers, *(op for op in operations if op.type in ENTER)}
        with self._memory.loop(frame) as written, self._guards.given(guard):
            for op, number in zip(headers, initial[::2], strict=True):
                numbers = self._variable(op)
                # It may come round as the memory of whatever the rounds write.
                self._memory.note_value(numbers[0], self._memory.roots_of(number) | written)
                variables += numbers
            self.members([member for member in frame.members if member not in own])
        goes_on = self._goes_on(frame, following)
        next_values = []
        for op, tensor in zip(headers, following, strict=True):
            next_values += self._round_values(op, tensor)
        exits = [op for op in operations if op.type in EXIT]
        inner = [self._of_tensor[op.inputs[0]] for op in exits]
        body, self._instructions = self._instructions, outside
        self._copies, self._scalar_conditions, self._reads = copies, conditions, reads
        self._guard = guard
        rounds = [self._ends_when_cancelled(operations), *body]
        loop = Loop(tuple(variables), rounds, tuple(next_values), goes_on, tuple(inner))
        captured = [v for v in loop.captured() if v not in self._constants]
        self._gone.update(range(first_number, len(self._values)))
        self._gone.difference_update(self._constants)
        waits = 0
        for op in operations:
            waits |= self._waits.get(op, 0)
        outputs = [
            self._leave(op, number, guard, waits) for op, number in zip(exits, inner, strict=True)
        ]
        device = self._placement[operations[0]]
        self._instructions.append(
            Instruction(
                LOOP,
                LOOP.function,
                (*initial, *captured),
                tuple(outputs),
                device,
                exits[0] if exits else operations[0],
                is_pure=all(instruction.is_pure for instruction in body),
                uses_blas=any(instruction.uses_blas for instruction in body),
                waits=waits,
                guard=guard,
                loop=loop,
            )
        )

    def _ends_when_cancelled(self, operations: Sequence[Operation]) -> Instruction:
        """What ends a loop between two rounds when its session is closed."""
        op = next((op for op in operations if op.type in LOOP_CONDITION), operations[0])
        host = next(name for name, device in self._devices.items() if device.on_host)
        return Instruction(ROUND, ROUND.function, (), (), host, op, is_pure=False)

    def _enter(self, operations: Sequence[Operation]) -> Guard:
        """Hands on what enters a loop; returns when it is entered."""
        guards = []
        for op in operations:
            if self._has_branches:
                self._guard = self._guards.before(op)
                guards.append(self._guard)
            if self._waits:
                self._note_waits(op, None)
            self._set_outputs(op, [self._data(op)])
            # Inside, all of this is there.
            self._guards.forget(op)
        return united(guards)

    def _variable(self, op: Operation) -> list[int]:
        """The values of the outputs of a Merge that begins the rounds of a loop."""
        output, _ = op.outputs
        where = self._where(op)
        number = self._new(Value(output.dtype, output.dims, where))
        position = self._new(Value(dtypes.int32, (), HOST))
        if where == NOWHERE:
            self._resource_device[number] = self._devices[self._placement[op]]
        self._set_outputs(op, [number, position])
        return [number, position]

    def _round_values(self, op: Operation, tensor: Tensor) -> list[int]:
        """What the outputs of such a Merge are in the round that `tensor` leads to."""
        number, where = self._of_tensor[tensor], self._where(op)
        if where != NOWHERE and self._is_reference(tensor):
            number = self._read(number, tensor, op)
        number = self._at(number, where, op)
        index = list(op.inputs).index(tensor)
        return [number, self._constant(dtypes.int32, (), HOST, np.int32(index))]

    def _goes_on(self, frame: Frame, following: Sequence[Tensor]) -> Guard:
        guards = {self._guards.of_tensor(tensor) for tensor in following}
        if len(guards) > 1:
            raise UnimplementedError.of(
                f"The values of the loop {frame.name!r} go on under different conditions: "
                f"{', '.join(sorted(tensor.op.name for tensor in following))}",
            )
        return guards.pop() if guards else ((self._never(), True),)

    def _never(self) -> int:
        return self._constant(dtypes.bool, (), HOST, np.bool_(False))

    def _leave(self, op: Operation, number: int, guard: Guard, waits: int) -> int:
        """The value of an Exit outside the loop."""
        inner = self._values[number]
        outer = self._new(Value(op.outputs[0].dtype, op.outputs[0].dims, inner.where))
        if inner.where == NOWHERE and number in self._resource_device:
            self._resource_device[outer] = self._resource_device[number]
        self._memory.note_value(outer, self._memory.roots_of(number))
        self._set_outputs(op, [outer])
        self._guards.forget(op)
        if guard:
            self._guards.note_value(outer, guard)
            self._guards.note(op, guard)
        if waits:
            self._waits[op] = waits
        return outer

    def _note_waits(self, op: Operation, kernel: Kernel | None) -> None:
        """Records which blocking operations come before an operation."""
        waits = 0
        for tensor in op.inputs:
            # A fed tensor waits for nobody.
            if tensor not in self._fed:
                waits |= self._waits.get(tensor.op, 0)
        for control in op.controls:
            waits |= self._waits.get(control, 0)
        if kernel is not None and kernel.blocks:
            waits |= 1 << self._blocking
            self._blocking += 1
        if waits:
            self._waits[op] = waits

    def _set_outputs(self, op: Operation, numbers: Sequence[int]) -> None:
        for tensor, number in zip(op.outputs, numbers, strict=True):
            # A fed tensor keeps the fed value, though its operation runs.
            if tensor not in self._fed:
                self._of_tensor[tensor] = number
                self._maker.setdefault(number, op)

    def _note_writes(self, op: Operation) -> None:
        if roots := written_by(op):
            self._memory.note_writes(roots)
            self._write_waits |= self._waits.get(op, 0)

    def _is_reference(self, tensor: Tensor) -> bool:
        """Whether a tensor is a reference, or a plain read of one."""
        return self._values[self._of_tensor[tensor]].dtype.is_ref_dtype

    def _inputs(self, binding: Binding) -> list[int]:
        """The values of the inputs, where the operation reads them."""
        op, numbers = binding.op, []
        for argument, tensor in zip(input_arguments(op), op.inputs, strict=True):
            number = self._of_tensor[tensor]
            if self._is_reference(tensor) and not argument.is_ref:
                number = self._read(number, tensor, op)
            is_brought = argument.name in binding.kernel.brings
            if self._values[number].where != NOWHERE and not is_brought:
                number = self._at(number, binding.place_of(argument.name), op)
            numbers.append(number)
        return numbers

    def finish(self, fetches: Sequence[Tensor], places: Mapping[Tensor, str]) -> Program:
        """Brings fetched values to their places, mostly the host; references are read last."""
        numbers = []
        guards = []
        for tensor in fetches:
            number = self._of_tensor[tensor]
            if number in self._gone:
                raise InvalidArgumentError.of(
                    f"{{{{node {tensor.op.name}}}}} is in a loop; only what leaves the loop can be "
                    "fetched.",
                )
            self._guard = self._guards.of_tensor(tensor)
            guards.append(self._guard)
            if self._values[number].dtype.is_ref_dtype:
                number = self._read_last(number, tensor)
            numbers.append(self._at(number, places.get(tensor, HOST), tensor.op))
        return Program(
            self._values,
            self._constants,
            tuple(self._feeds),
            tuple(numbers),
            self._memory.settle(self._instructions, numbers, not self._blocking),
            tuple(guards) if any(guards) else (),
        )


def _is_header(op: Operation) -> bool:
    return any(tensor.op.type in NEXT_ITERATION for tensor in op.inputs)


def _sources(op: Operation) -> tuple[Tensor, Tensor]:
    """Of a Merge that begins the rounds of a loop: what comes first, and what comes next."""
    first = [t for t in op.inputs if t.op.type not in NEXT_ITERATION]
    following = [t for t in op.inputs if t.op.type in NEXT_ITERATION]
    if len(first) != 1 or len(following) != 1 or first[0].op.type not in ENTER:
        raise UnimplementedError.of(
            f"{{{{node {op.name}}}}} merges other than one Enter and one NextIteration.",
        )
    return first[0], following[0]


class _OnDevice:
    """An array of a device; NumPy gets a copy of it each time that it asks."""

    def __init__(self, array: Any, copy_out: Callable[[Any], np.ndarray]) -> None:
        self._array = array
        self._copy_out = copy_out

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self._copy_out(self._array)


def _read_cell(cell: VariableCell) -> Any:
    return cell.read()
