"""The op registry: what every op is, and the kernels that compute it.

An op is written once, in TensorFlow's own words::

    op("MatMul(a: T, b: T) -> product: T",
       "T: {float32, float64}; transpose_a: bool = false")

and everything else attaches to its name: a shape function, a gradient or the statement that it
has none, and kernels. The registries are plain dictionaries, so tests can ask what is missing.

Whoever has to treat some ops otherwise than others asks for a fact that is declared here, with the
op or with its kernel, and has no list of their names.
"""

from __future__ import annotations

import difflib
import functools
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from tfsession import dtypes
from tfsession.dtypes import DType

Function = TypeVar("Function", bound=Callable[..., Any])


# An operation with more inputs or outputs than this is a mistake, and would not fit into memory.
MOST_TENSORS = 2**20


def check_int32(attribute: str, value: int) -> None:
    """Raises ValueError where the value of an attribute is not an int32."""
    if not -(2**31) <= value < 2**31:
        raise ValueError(f"Attr {attribute} has value {value} out of range for an int32")


@dataclass(frozen=True)
class Argument:
    """One input or output of an op.

    Exactly one of `dtype`, `type_attr` and `type_list_attr` says what it holds; `number_attr`
    makes it a list of tensors of one dtype.
    """

    name: str
    dtype: DType | None = None
    type_attr: str | None = None
    type_list_attr: str | None = None
    number_attr: str | None = None
    is_ref: bool = False

    @property
    def is_list(self) -> bool:
        """Whether the argument is a list of tensors."""
        return self.number_attr is not None or self.type_list_attr is not None

    def count(self, attrs: Mapping[str, Any]) -> int:
        """How many tensors the argument stands for in an operation with attributes `attrs`.

        Raises:
          ValueError: more than an operation can have.
        """
        if self.number_attr is not None:
            number: int = attrs[self.number_attr]
            check_int32(self.number_attr, number)
            return number
        return len(attrs[self.type_list_attr]) if self.type_list_attr is not None else 1

    def types(self, attrs: Mapping[str, Any]) -> Sequence[DType]:
        """The dtypes of these tensors."""
        if self.type_list_attr is not None:
            listed: Sequence[DType] = attrs[self.type_list_attr]
            return listed
        dtype = self.dtype if self.dtype is not None else attrs[self.type_attr or ""]
        if self.is_ref:
            dtype = dtype._as_ref
        if self.count(attrs) > MOST_TENSORS:
            raise ValueError(f"Number of outputs is too big: {self.count(attrs)}")
        return [dtype] * self.count(attrs)


@dataclass(frozen=True)
class Attribute:
    """One attribute of an op: its type in TensorFlow's spelling, default and constraint."""

    name: str
    type: str
    default: Any = None
    has_default: bool = False
    allowed: tuple[Any, ...] | None = None
    minimum: int | None = None


@dataclass(frozen=True)
class OpDef:
    """The definition of an op; its parts are read from the text when somebody asks for them.

    Attributes:
      name: the op.
      signature: inputs and outputs, as given to `op`.
      attribute_text: attributes, as given to `op`.
      is_stateful: it has an effect or a memory.
      family: the module of tfsession.ops that defines it; its kernels are in the same of kernels/.
      is_fed: its output has a value only where that is fed.
      is_variable: its output stands for a variable, of the attributes `shape` and `dtype`.
      initializes: it gives a variable or a table its first value.
      asks_variable: it takes a variable itself; an initial value that does so is left as it is.
      hands_on: its outputs have the values of its inputs, one for one.
      renames: its output is its input by another name: of a reference to a variable, it is what the
        variable holds when the output is read.
      is_metadata: it needs to know of its input nothing but the shape.
      is_light: it hands on, keeps, reads or parses: nobody needs a GPU for that.
      checks: it is there to fail, so it runs although nobody reads its output.
      is_storage: it writes tensors to files, or reads them.
      runs_always: it runs also where what it depends on is in a branch that is not taken.
      keeps_tensor: it keeps its input in the session; fetched, its output is a TensorHandle.
      is_constant: its output is its attribute `value`.
    """

    name: str
    signature: str
    attribute_text: str
    is_stateful: bool
    family: str
    is_fed: bool = False
    is_variable: bool = False
    initializes: bool = False
    asks_variable: bool = False
    hands_on: bool = False
    renames: bool = False
    is_metadata: bool = False
    is_light: bool = False
    checks: bool = False
    is_storage: bool = False
    runs_always: bool = False
    keeps_tensor: bool = False
    is_constant: bool = False

    @functools.cached_property
    def attributes(self) -> dict[str, Attribute]:
        """The attributes by name, in the order of the definition."""
        return {a.name: a for a in map(_attribute, _split(self.attribute_text, ";"))}

    @functools.cached_property
    def _sides(self) -> tuple[str, str]:
        match = _SIGNATURE.match(self.signature.strip())
        if match is None:
            raise ValueError(f"op: {self.signature!r} is not of the form 'Name(a: T) -> b: T'")
        return match.group(2), match.group(3) or ""

    @functools.cached_property
    def inputs(self) -> tuple[Argument, ...]:
        """The inputs, in order."""
        return tuple(_argument(text, self.attributes) for text in _split(self._sides[0], ","))

    @functools.cached_property
    def outputs(self) -> tuple[Argument, ...]:
        """The outputs, in order."""
        return tuple(_argument(text, self.attributes) for text in _split(self._sides[1], ","))

    @functools.cached_property
    def inferred(self) -> frozenset[str]:
        """Attributes that follow from the inputs: types and list lengths."""
        return frozenset(
            attr
            for arg in self.inputs
            for attr in (arg.type_attr, arg.type_list_attr, arg.number_attr)
            if attr is not None
        )

    @functools.cached_property
    def takes_references(self) -> bool:
        """Whether an input is a reference to a variable."""
        return any(arg.is_ref for arg in self.inputs)

    @functools.cached_property
    def only_orders(self) -> bool:
        """Whether it is there for its control dependencies: it has nothing else."""
        return not (self.inputs or self.outputs or self.is_stateful)


@dataclass(frozen=True)
class Kernel:
    """What computes an op on a kind of device.

    Attributes:
      op: the op; what only the compiler makes has a name here that is no op's.
      function: ``function(xp, *inputs, **attrs)``; with `device` "GPU" or `takes_device` the first
        argument is the Device instead of its array library.
      attrs: the attributes that the function takes, by name.
      device: "CPU", "GPU" or None for both.
      is_maker: the function is called once, when a program is made, as ``function(xp, **attrs)``
        and returns the function of the arrays.
      ufunc: name of a function of the array library that computes the op as it is, taking `out`.
      expression: C expression over x, y, z in the element type, for fused GPU kernels.
      writes_out: the function accepts ``out=`` (an array of the result's shape and dtype, which
        may be one of the inputs that has that shape).
      like: the number of the input whose shape the result always has; None: none has.
      aliases: the result may share memory with an input.
      keeps: the number of an input that the function may keep instead of a copy, where it is told
        so by ``given=True``: nobody else has that array.
      brings: names of inputs that the function, which runs on the host, takes one after the other
        with `numpy.asarray`: what is on a GPU is copied then, and not all of it before.
      host: names of inputs and outputs that stay in host memory on a GPU.
      host_types: values of the attribute `T`, or else `dtype`, for which all of them stay there:
        int32 where the op works on shapes, sizes and indices, so that no step waits for the GPU to
        learn a shape. Source: TensorFlow's GPU kernels with HostMemory for every argument.
      cpu_types: values of these attributes for which there is no kernel on a GPU.
      state: ``state(resources, op) -> object`` makes what the op keeps between steps, once per
        session; the kernel receives it as the keyword `state`.
      capturable: whether the kernel may run inside a CUDA graph.
      blocks: whether the kernel may wait for another run, so that what does not depend on it must
        not wait with it.
      uses_blas: whether the kernel multiplies matrices on the CPU.
      takes_device: whether the kernel asks the Device alone, of whatever kind it is.
    """

    op: str
    function: Callable[..., Any]
    attrs: tuple[str, ...] = ()
    device: str | None = None
    is_maker: bool = False
    ufunc: str | None = None
    expression: str | None = None
    writes_out: bool = False
    like: int | None = None
    aliases: bool = False
    keeps: int | None = None
    brings: tuple[str, ...] = ()
    host: tuple[str, ...] = ()
    host_types: tuple[DType, ...] = ()
    cpu_types: tuple[DType, ...] = ()
    state: Callable[..., Any] | None = None
    capturable: bool = True
    blocks: bool = False
    uses_blas: bool = False
    takes_device: bool = False

    @property
    def is_broadcast(self) -> bool:
        """Whether the shape of the result is that of all inputs broadcast together."""
        return self.ufunc is not None or self.expression is not None


OPS: dict[str, OpDef] = {}
SHAPES: dict[str, Callable[..., Any]] = {}
RANKS: dict[str, dict[str, int]] = {}
RUN_RANKS: dict[str, list[tuple[str, range, str]]] = {}
GRADIENTS: dict[str, Callable[..., Any] | None] = {}
UNDEFINED_GRADIENTS: set[str] = set()
KERNELS: dict[tuple[str, str], Kernel] = {}
STATIC_VALUES: dict[str, Callable[..., Any]] = {}
STATIC_ELEMENTS: dict[str, Callable[..., Any]] = {}

# Families that few programs use: their modules of tfsession.ops load with the first name of theirs
# that is asked for, by `names.late` or by `find`.
LATE_FAMILIES = (
    "accumulators",
    "beam_search",
    "bessel",
    "boxes",
    "candidates",
    "compression",
    "ctc",
    "dataset",
    "edit_distance",
    "fractional_pooling",
    "image_files",
    "incomplete",
    "matrix_functions",
    "morphology",
    "printing",
    "script",
    "sets",
    "spectral",
    "staging",
)

# Attributes of 32 bits; other integers have 64.
_INT32_ATTRIBUTES = frozenset(
    "axis batch_dims begin_mask block_size dilations ellipsis_mask end_mask ksize ksizes "
    "new_axis_mask rates shrink_axis_mask squeeze_dims strides".split()
)

# What each shape function asks for: (input or attribute name, ...), read off its signature.
SHAPE_PARAMETERS: dict[str, tuple[str, ...]] = {}


@functools.cache
def int32_attributes(op_type: str) -> tuple[str, ...]:
    """The attributes of an op that have 32 bits, but for numbers of inputs and outputs."""
    return tuple(name for name in get(op_type).attributes if name in _INT32_ATTRIBUTES)


# ---- Definitions ----

_SIGNATURE = re.compile(r"^(\w+)\((.*?)\)(?:\s*->\s*(.*))?$", re.DOTALL)
_PLAIN_TYPES = {"string", "int", "float", "bool", "type", "shape", "tensor", "func"}


def family(**facts: bool) -> None:
    """States facts of all ops of the module that calls it; `op` states those of one."""
    _FAMILY_FACTS[_family_of_caller()] = facts


_FAMILY_FACTS: dict[str, dict[str, bool]] = {}


def _family_of_caller() -> str:
    """The last part of the name of the module that calls the caller of this function."""
    name: str = sys._getframe(2).f_globals["__name__"]
    return name.rpartition(".")[2]


def op(signature: str, attributes: str = "", stateful: bool = False, **facts: bool) -> OpDef:
    """Defines an op.

    Args:
      signature: ``Name(input: type, ...) -> output: type, ...``; a type is a dtype, an attribute
        of type `type` or `list(type)`, ``N * T`` for a list, or ``Ref(T)``.
      attributes: ``name: type = default`` separated by semicolons; a type is one of TensorFlow's
        attribute types, ``{float32, int32}`` for a choice of dtypes, ``{'SAME', 'VALID'}`` for a
        choice of strings, ``list(...)`` of these, each optionally with ``>= minimum``. The default
        of a tensor is written ``uint8[255, 0]``.
      stateful: the op has an effect or a memory, so it is never folded, merged or dropped.
      **facts: what else holds of it, by the names of the attributes of `OpDef`.

    Raises:
      ValueError: the op is already defined; reading the definition, that it is malformed.
    """
    name = signature.partition("(")[0].strip()
    if name in OPS:
        raise ValueError(f"op: {name!r} is already defined")
    family = _family_of_caller()
    facts = _FAMILY_FACTS.get(family, {}) | facts
    OPS[name] = OpDef(name, signature, attributes, stateful, family, **facts)
    return OPS[name]


def _split(text: str, separator: str) -> list[str]:
    """Splits at separators that are not inside braces, parentheses or brackets."""
    parts, depth, start = [], 0, 0
    for position, letter in enumerate(text):
        depth += (letter in "{([") - (letter in "})]")
        if letter == separator and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]


def _argument(text: str, attrs: dict[str, Attribute]) -> Argument:
    name, _, kind = (part.strip() for part in text.partition(":"))
    is_ref = kind.startswith("Ref(")
    if is_ref:
        kind = kind[4:-1].strip()
    number_attr = None
    if "*" in kind:
        number_attr, kind = (part.strip() for part in kind.split("*"))
    if kind not in attrs:
        return Argument(name, dtype=dtypes.as_dtype(kind), number_attr=number_attr, is_ref=is_ref)
    if attrs[kind].type == "list(type)":
        return Argument(name, type_list_attr=kind, is_ref=is_ref)
    return Argument(name, type_attr=kind, number_attr=number_attr, is_ref=is_ref)


def _attribute(text: str) -> Attribute:
    name, _, rest = (part.strip() for part in text.partition(":"))
    kind, has_default, default = (part.strip() for part in rest.partition(" = "))
    minimum = None
    if ">=" in kind:
        kind, bound = (part.strip() for part in kind.split(">="))
        minimum = int(bound)
    allowed = None
    choice = re.search(r"\{(.*)\}", kind, re.DOTALL)
    if choice is not None:
        words = [word.strip() for word in choice.group(1).split(",")]
        is_string = words[0][0] in "'\""
        allowed = tuple(w[1:-1].encode() if is_string else dtypes.as_dtype(w) for w in words)
        kind = kind.replace(choice.group(0), "string" if is_string else "type")
    element = kind[5:-1] if kind.startswith("list(") else kind
    if element not in _PLAIN_TYPES:
        raise ValueError(f"op: attribute {text!r} has no known type")
    value = _default(kind, element, default) if has_default else None
    return Attribute(name, kind, value, bool(has_default), allowed, minimum)


def _default(kind: str, element: str, text: str) -> Any:
    if kind != element:
        return [_default(element, element, part) for part in _split(text[1:-1], ",")]
    if element == "string":
        return text[1:-1].encode()
    if element == "bool":
        return text == "true"
    if element == "type":
        return dtypes.as_dtype(text)
    if element == "tensor":
        dtype, _, elements = text[:-1].partition("[")
        return np.array(elements.split(","), dtype)
    if element == "shape":
        return None if text == "unknown" else tuple(int(n) for n in text[1:-1].split(",") if n)
    return int(text) if element == "int" else float(text)


def load_late_families() -> None:
    """Loads the families that load late, so that `OPS` has every op."""
    for family in LATE_FAMILIES:
        importlib.import_module(f"tfsession.ops.{family}")


def find(name: str) -> OpDef | None:
    """The definition of the op called `name`, None if there is none."""
    if name not in OPS:
        load_late_families()
    return OPS.get(name)


def get(name: str) -> OpDef:
    """The definition of the op called `name`.

    Raises:
      ValueError: there is no such op; the message names the nearest one.
    """
    definition = find(name)
    if definition is not None:
        return definition
    near = difflib.get_close_matches(name, OPS, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"Op type not registered {name!r} in tfsession.{hint}")


# ---- Attributes and dtypes of an operation ----


def complete_attributes(definition: OpDef, values: dict[str, Any]) -> None:
    """Fills in the defaults of attributes that are not given.

    Raises:
      TypeError: an attribute without default is missing.
    """
    for name, attribute in definition.attributes.items():
        if name not in values:
            if not attribute.has_default:
                if attribute.type == "shape":
                    values[name] = None  # an unknown shape
                    continue
                raise TypeError(f"{definition.name}: missing attribute {name!r}")
            values[name] = attribute.default


def flat_arguments(arguments: Iterable[Argument], attrs: Mapping[str, Any]) -> list[Argument]:
    """For each tensor that inputs or outputs stand for, its argument."""
    return [argument for argument in arguments for _ in range(argument.count(attrs))]


def flat_types(arguments: Iterable[Argument], attrs: Mapping[str, Any]) -> list[DType]:
    """The dtypes of all tensors that inputs or outputs stand for."""
    return [dtype for argument in arguments for dtype in argument.types(attrs)]


# ---- What attaches to an op ----


def shape(*names: str) -> Callable[[Function], Function]:
    """Registers the static shape function of ops.

    The function's parameters are named after inputs, which arrive as Tensors (lists for list
    arguments), and attributes, which arrive as values. It returns the dims of the output, a tuple
    of int and None or None for unknown rank, or for several outputs a list of them.
    """

    def register(function: Function) -> Function:
        code = function.__code__
        parameters = code.co_varnames[: code.co_argcount]
        for name in names:
            _add(SHAPES, name, function, "shape function")
            SHAPE_PARAMETERS[name] = parameters
        return function

    return register


def ranks(*names: str, **inputs: int) -> None:
    """States how many axes inputs of ops have, for shape functions that do not look at them.

    Args:
      *names: ops.
      **inputs: the rank of each input; ops need not have all of these inputs.
    """
    for name in names:
        own = {argument.name for argument in get(name).inputs}
        RANKS[name] = {key: rank for key, rank in inputs.items() if key in own}


def run_ranks(*names: str, **inputs: tuple[int | range, str]) -> None:
    """States in which words a run refuses inputs of ops, whose rank the graph does not know.

    Args:
      *names: ops.
      **inputs: the rank that each input has, and the text otherwise; the first that does not hold
        counts. In the text `{input}` stands for the shape of an input, `{input_rank}` for its rank
        and `{input_count}` for the number of its elements.
    """
    wanted = [
        (argument, range(rank, rank + 1) if isinstance(rank, int) else rank, text)
        for argument, (rank, text) in inputs.items()
    ]
    for name in names:
        RUN_RANKS.setdefault(name, []).extend(wanted)


def gradient(*names: str) -> Callable[[Function], Function]:
    """Registers the gradient of ops: ``gradient(op, *dy)`` returns one value or None an input."""

    def register(function: Function) -> Function:
        for name in names:
            _add(GRADIENTS, name, function, "gradient")
        return function

    return register


def no_gradient(*names: str) -> None:
    """States that ops have no gradient: what they depend on gets none through them."""
    for name in names:
        _add(GRADIENTS, name, None, "gradient")


def undefined_gradient(*names: str) -> None:
    """States that nobody has said what the gradient of ops is: to ask for it is an error."""
    for name in names:
        get(name)
        UNDEFINED_GRADIENTS.add(name)


def static_value(*names: str) -> Callable[[Function], Function]:
    """Registers what ops give where the graph alone determines it, such as the sizes of shapes.

    ``function(op, known)`` asks `known`, a `Known` of `graph.static_values`, for the values of
    inputs. It returns an array, or a list of them for several outputs; None: not known.
    """

    def register(function: Function) -> Function:
        for name in names:
            _add(STATIC_VALUES, name, function, "static value")
        return function

    return register


def static_elements(*names: str) -> Callable[[Function], Function]:
    """Registers which elements of a vector are known where it is not known as a whole.

    ``function(tensor, known)`` is handed an output of the op, and returns the elements as a list,
    None for each that is unknown; or None where not even their number is known.
    """

    def register(function: Function) -> Function:
        for name in names:
            _add(STATIC_ELEMENTS, name, function, "static elements")
        return function

    return register


def kernel(*names: str, **declared: Any) -> Callable[[Function], Function]:
    """Registers a kernel of ops.

    Args:
      *names: the ops.
      **declared: attributes of `Kernel`.
    """

    def register(function: Function) -> Function:
        # Reads through decorators, such as the one that widens 16-bit floats.
        parameters = inspect.signature(function).parameters
        for name in names:
            attrs = tuple(p for p in parameters if p in get(name).attributes)
            _add_kernel(Kernel(name, function, attrs, **declared))
        return function

    return register


def _add_kernel(entry: Kernel) -> None:
    """Enters a kernel; one for one kind of device takes precedence over one for both."""
    kinds = (entry.device,) if entry.device is not None else ("CPU", "GPU")
    for kind in kinds:
        present = KERNELS.get((entry.op, kind))
        if present is not None and present.device is not None and entry.device is None:
            continue
        if present is not None and present.device == entry.device:
            raise ValueError(f"kernel: {entry.op!r} has a kernel for {kind} already")
        KERNELS[entry.op, kind] = entry


def elementwise(name: str, ufunc: str, expression: str, **declared: Any) -> None:
    """Registers a kernel that is a function of the array library, such as ``numpy.add``.

    Args:
      name: the op.
      ufunc: the function's name in NumPy and CuPy; it takes `out`.
      expression: the same in C, over x, y, z in the element type.
      **declared: further attributes of `Kernel`.
    """

    def call(xp: Any, *inputs: Any, out: Any = None) -> Any:
        return getattr(xp, ufunc)(*inputs, out=out)

    call.__name__ = ufunc
    kernel(name, ufunc=ufunc, expression=expression, writes_out=True, **declared)(call)


def _add(table: dict[str, Any], name: str, value: Any, what: str) -> None:
    get(name)
    if name in table:
        raise ValueError(f"{what}: {name!r} has one already")
    table[name] = value
