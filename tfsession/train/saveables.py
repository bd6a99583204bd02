"""What a Saver saves: variables, parts of variables, and objects that say so themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from tfsession.graph import scopes
from tfsession.graph.build import build, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import GraphKeys, get_default_graph
from tfsession.ops import array
from tfsession.variables.partitions import PartitionedVariable
from tfsession.variables.resource import ResourceVariable
from tfsession.variables.variable import Variable

__all__ = ["SaveSpec", "SaveableObject", "all_saveable_objects", "saveables_of"]

_REFERENCE_TYPES = ("Variable", "VariableV2", "AutoReloadVariable")
_VARIABLE_TYPES = (*_REFERENCE_TYPES, "VarHandleOp", "ReadVariableOp")


class SaveSpec:
    """One tensor that is saved.

    Attributes:
      slice_spec: which part of a larger tensor it is; '' for a whole one.
      name: its name in the checkpoint.
      dtype: its DType.
      device: the device it is on.

    Source: TensorFlow 1.15, python/training/saving/saveable_object.py `SaveSpec`.
    """

    def __init__(
        self,
        tensor: Tensor | Callable[[], Tensor],
        slice_spec: str,
        name: str,
        dtype: Any = None,
        device: str | None = None,
    ) -> None:
        """Creates a specification.

        Args:
          tensor: the tensor, or a function that makes it when it is asked for.
          slice_spec: which part of a larger tensor it is, ``4 3 0,2:0,3``.
          name: its name in the checkpoint.
          dtype: its dtype, where `tensor` is a function.
          device: its device, where `tensor` is a function.

        Raises:
          ValueError: `tensor` is a function, and dtype or device are missing.
        """
        self._tensor = tensor
        self.slice_spec = slice_spec
        self.name = name
        if not callable(tensor):
            self.dtype = tensor.dtype if dtype is None else dtype
            self.device = tensor.device if device is None else device
            return
        if dtype is None or device is None:
            raise ValueError(
                "When passing a callable `tensor` to a SaveSpec, an explicit dtype and device must "
                "be provided."
            )
        self.dtype = dtype
        self.device = device

    @property
    def tensor(self) -> Any:
        """The tensor."""
        return self._tensor() if callable(self._tensor) else self._tensor


class SaveableObject:
    """Something that is saved and restored; programs derive from it for what is no variable.

    Attributes:
      op: what is saved, once in a checkpoint.
      specs: a SaveSpec for each of its tensors.
      name: its name in the checkpoint.

    Source: TensorFlow 1.15, python/training/saving/saveable_object.py `SaveableObject`.
    """

    def __init__(self, op: Any, specs: Sequence[SaveSpec], name: str) -> None:
        self.op = op
        self.specs = specs
        self.name = name

    @property
    def optional_restore(self) -> bool:
        """Whether a checkpoint may lack it."""
        return False

    @property
    def device(self) -> str:
        """The device of its tensors."""
        return self.specs[0].device

    def restore(self, restored_tensors: Sequence[Tensor], restored_shapes: Any) -> Any:
        """Builds what puts restored tensors back.

        Args:
          restored_tensors: a tensor for each of `specs`.
          restored_shapes: the shape that each is to have; None: that which it has.

        Returns:
          The operation.
        """
        raise ValueError("Calling an abstract method.")


class ReferenceVariableSaveable(SaveableObject):
    """A reference variable."""

    def __init__(self, var: Any, slice_spec: str, name: str) -> None:
        spec = SaveSpec(convert_to_tensor(var), slice_spec, name, dtype=var.dtype)
        super().__init__(var, [spec], name)

    def restore(self, restored_tensors: Sequence[Tensor], restored_shapes: Any) -> Any:
        restored = restored_tensors[0]
        if restored_shapes is not None:
            restored = array.reshape(restored, restored_shapes[0])
        is_fixed = restored_shapes is None and self.op.get_shape().is_fully_defined()
        return build("Assign", self.op, restored, validate_shape=is_fixed)


class ResourceVariableSaveable(SaveableObject):
    """A resource variable, or what reads one."""

    def __init__(self, var: Any, slice_spec: str, name: str) -> None:
        if isinstance(var, Tensor):
            self._handle, self._shape, device = var.op.inputs[0], var.shape, var.device
            tensor = var
        else:
            self._handle, self._shape, device = var.handle, var.shape, var.handle.device
            tensor = get_default_graph().as_graph_element(var)  # type: ignore[assignment]
        self._device = self._handle.device
        super().__init__(var, [SaveSpec(tensor, slice_spec, name, device=device)], name)

    def restore(self, restored_tensors: Sequence[Tensor], restored_shapes: Any) -> Any:
        restored = restored_tensors[0]
        if restored_shapes is not None:
            restored = array.reshape(restored, restored_shapes[0])
        with scopes.device(self._device):
            restored = array.identity(restored)
            self._shape.assert_is_compatible_with(restored.shape)
            return build("AssignVariableOp", self._handle, restored)


# ---- From what programs list ----


def all_saveable_objects(scope: str | None = None) -> list[Any]:
    """What a Saver covers by default: the global variables, and the collection of saveables."""
    names = (GraphKeys.GLOBAL_VARIABLES, GraphKeys.SAVEABLE_OBJECTS)
    return [thing for name in names for thing in scopes.get_collection(name, scope)]


def saveables_of(var_list: Any) -> list[SaveableObject]:
    """The saveables of a dict by name, or of a list, in the order of their names.

    Raises:
      TypeError: something is no variable, or a name no text.
      ValueError: a name or a variable occurs twice.
    """
    if not isinstance(var_list, dict):
        var_list = by_name(var_list)
    found: list[SaveableObject] = []
    seen: set[Any] = set()
    for name, thing in sorted(var_list.items(), key=lambda item: item[0]):
        if not isinstance(name, str):
            raise TypeError(
                "names_to_saveables must be a dict mapping string names to trackable operations. "
                f"Name is not a string: {name}"
            )
        for saveable in _saveables(thing, name):
            if saveable.op in seen:
                raise ValueError(
                    f"The same saveable will be restored with two names: {saveable.name}"
                )
            seen.add(saveable.op)
            found.append(saveable)
    return found


def by_name(things: Iterable[Any]) -> dict[str, Any]:
    """Variables by their names in the checkpoint; parts of one variable as a list.

    Raises:
      TypeError: `things` is no list, or something in it no variable.
      ValueError: a name occurs twice.
    """
    if not isinstance(things, (list, tuple, set)):
        raise TypeError(f"Variables to save should be passed in a dict or a list: {things}")
    named: dict[str, Any] = {}
    for thing in sorted(things, key=lambda thing: thing.name):
        part = thing.save_slice_info if isinstance(thing, Variable) else None
        if part is not None:
            present = named.setdefault(part.full_name, [])
            if not isinstance(present, list):
                raise ValueError(f"Mixing slices and non-slices with the same name: {thing.name}")
            present.append(thing)
            continue
        if not isinstance(thing, (SaveableObject, PartitionedVariable)):
            thing = _of_variable(thing, "Variable to save is not a Variable: {}")
            name = thing.op.name
        else:
            name = thing.name
        if name in named:
            raise ValueError(f"At least two variables have the same name: {name}")
        named[name] = thing
    return named


def _of_variable(thing: Any, text: str) -> Any:
    """A variable, or the tensor of one.

    Raises:
      TypeError: it is neither.
    """
    if isinstance(thing, Variable):
        return thing
    tensor = convert_to_tensor(thing, as_ref=True)
    if not (isinstance(tensor, Tensor) and tensor.op.type in _VARIABLE_TYPES):
        raise TypeError(text.format(tensor))
    return tensor


def _saveables(thing: Any, name: str) -> Iterator[SaveableObject]:
    if isinstance(thing, SaveableObject):
        yield thing
    elif isinstance(thing, (list, tuple, PartitionedVariable)):
        yield from _parts(list(thing), name)
    else:
        variable = _of_variable(
            thing,
            "names_to_saveables must be a dict mapping string names to Tensors/Variables. Not a "
            "variable: {}",
        )
        yield _saveable(variable, "", name)


def _saveable(variable: Any, slice_spec: str, name: str) -> SaveableObject:
    if isinstance(variable, ResourceVariable) or variable.op.type not in _REFERENCE_TYPES:
        return ResourceVariableSaveable(variable, slice_spec, name)
    if not slice_spec and isinstance(variable, Variable):
        # A whole variable is read by who saves it, at that moment.
        variable = convert_to_tensor(variable, as_ref=True)
    return ReferenceVariableSaveable(variable, slice_spec, name)


def _parts(parts: list[Any], name: str) -> Iterator[SaveableObject]:
    """The saveables of the parts of one variable."""
    full_name: str | None = None
    for variable in parts:
        if not isinstance(variable, Variable):
            raise ValueError(f"Slices must all be Variables: {variable}")
        part = variable.save_slice_info
        if part is None:
            raise ValueError(f"Slices must all be slices: {variable}")
        if full_name is not None and full_name != part.full_name:
            raise ValueError(
                f"Slices must all be from the same tensor: {full_name} != {part.full_name}"
            )
        full_name = part.full_name
        yield _saveable(variable, part.spec, name)
