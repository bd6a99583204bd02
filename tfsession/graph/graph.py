"""The graph that `tf.*` calls build: `Graph`, and the `Operation` and `Tensor` that it is made of.

Messages (NodeDef, GraphDef) are made on request. Building is linear: nothing here walks the graph
when an op is added.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tfsession import protos, registry
from tfsession.dtypes import DType, as_dtype
from tfsession.errors import InaccessibleTensorError
from tfsession.graph.call_stack import call_frames, user_line
from tfsession.graph.collections import Collections
from tfsession.graph.defaults import DefaultStack
from tfsession.graph.device_scopes import DeviceScope, open_scope
from tfsession.graph.element_names import element_by_name
from tfsession.graph.messages import attribute_value
from tfsession.graph.operation import (
    Context,
    Operation,
    Reference,
    Tensor,
    private_name,
)
from tfsession.graph.shape_inference import infer_shapes
from tfsession.shapes import Dims
from tfsession.version import GRAPH_DEF_VERSION

__all__ = ["OP_NAME", "Graph", "Operation", "Reference", "Tensor", "default_graphs"]

# What names of operations look like.
OP_NAME = re.compile(r"^[A-Za-z0-9.][A-Za-z0-9_.\-/]*\Z")
_LIMIT_BYTES = 1 << 31
_SCOPE_NAME = re.compile(r"^[A-Za-z0-9_.\-/]*\Z")


# ---- Scopes of one thread in one graph ----


class _ControlDependencies:
    """One `control_dependencies` scope: its operations, and those created inside it."""

    def __init__(self, operations: list[Operation] | None) -> None:
        self.operations = operations or []
        self.starts_anew = operations is None
        self.seen: set[Operation] = set()
        self.outer: list[_ControlDependencies] = []
        self.outer_context: Context | None = None


class _ThreadScopes(threading.local):
    """The scopes that are per graph and per thread."""

    def __init__(self) -> None:
        # The current name scope, without a trailing '/'.
        self.name = ""
        self.devices: list[DeviceScope] = []
        self.colocation: list[tuple[Operation, str, int]] = []
        self.control: list[_ControlDependencies] = []


# ---- Graph ----


class Graph(Collections):
    """A TensorFlow-1 computation: a set of operations and the tensors between them.

    Users have the methods; the modules that build, compile and run graphs have the fields, too.

    Attributes:
      lock: held while an operation is added.
      operations: all operations, in the order of their creation.
      operations_by_name: the same, by name.
      scopes: the name, device, colocation and control scopes that this thread is in.
      control_flow_context: the branch or loop that is being built, a ControlFlowContext, or None.
      unfeedable: the tensors that may not be fed.
      mutations: the operations changed after their creation, and how: a session that has run them
        does not notice.
      attachments: objects that belong to a graph and are kept by other modules, by name.
    """

    #: Whether the graph is a function's, which captures what it reads of the graph around it.
    building_function = False

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.RLock()
        self.operations: list[Operation] = []
        self.operations_by_name: dict[str, Operation] = {}
        self.scopes = _ThreadScopes()
        self.control_flow_context: Context | None = None
        self.unfeedable: set[Tensor] = set()
        self.mutations: list[tuple[Operation, str]] = []
        self.attachments: dict[str, Any] = {}
        self._names_in_use: dict[str, int] = {}
        self._seed: int | None = None
        self._container = ""
        self._unfetchable: set[Operation] = set()
        self._gradient_override_map: dict[str, str] = {}
        self._op_to_kernel_label_map: dict[str, str] = {}
        self._attr_scope_map: dict[str, Any] = {}
        self._default_original_op: Operation | None = None
        self._graph_def_versions: protos.VersionDef | None = None

    def outside(self, tensor: Tensor) -> Tensor | None:
        """What a tensor of a function's graph stands for that is outside; None: nothing."""
        return None

    # -- Creating operations --

    def add_operation(
        self,
        op_def: registry.OpDef,
        name: str | None,
        inputs: list[Tensor],
        attrs: dict[str, Any],
        output_types: Sequence[DType],
        dims: list[Dims] | None = None,
    ) -> Operation:
        """Adds an operation whose inputs and attributes have been checked already.

        Args:
          op_def: what kind of operation.
          name: a name, made unique; a trailing '/' means: use exactly this.
          inputs: the tensors, flat.
          attrs: attributes as in `Operation.attrs`.
          output_types: the dtypes of all outputs, flat.
          dims: static shapes of the outputs where the caller knows them.

        Raises:
          RuntimeError: the graph is finalized.
          ValueError: an input belongs to another graph, the name is not valid, or the shapes
            contradict the op.
        """
        in_context = False
        for tensor in inputs:
            if tensor.op.graph is not self:
                if inputs[0].op.graph is self:
                    raise ValueError(f"{tensor} must be from the same graph as {inputs[0]}.")
                raise ValueError(f"{tensor!r} is not from the passed-in graph.")
            if tensor.op.control_flow_context is not None:
                in_context = True
        with self.lock:
            self.check_not_finalized()
            name = op_def.name if name is None else name
            if isinstance(name, bytes):
                name = name.decode()
            name = name[:-1] if name.endswith("/") and name != "/" else self.unique_name(name)
            if OP_NAME.match(name) is None:
                raise ValueError(f"'{name}' is not a valid node name")
            if name in self.operations_by_name:
                raise ValueError(f"Duplicate node name in graph: '{name}'")
            operation = Operation(self, op_def, name, inputs, attrs, output_types)
            if dims is not None:
                for tensor, known in zip(operation.outputs, dims, strict=True):
                    tensor.dims = known
            else:
                # Shape functions of ops without outputs check the inputs.
                infer_shapes(operation)
            operation.frames = call_frames()
            operation.original_op = self._default_original_op
            operation.control_flow_context = self.control_flow_context
            if in_context:
                for tensor in inputs:
                    context = tensor.op.control_flow_context
                    if context is not None:
                        context.check_input(operation, tensor.op)
            self._apply_scopes(operation)
            self.operations.append(operation)
            operation.number = len(self.operations)
            self.operations_by_name[name] = operation
            for tensor in inputs:
                tensor.readers.append(operation)
            if self.control_flow_context is not None:
                # What brings its inputs into the context is named after the operation.
                with self.name_scope(name + "/"):
                    self.control_flow_context.AddOp(operation)
            return operation

    @contextlib.contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Leaves the graph as it was, with its collections, where an exception comes out."""
        with self.lock:
            count, names = len(self.operations), dict(self._names_in_use)
            collections, versions = self.kept_collections(), protos.VersionDef()
            versions.CopyFrom(self.graph_def_versions)
            try:
                yield
            except BaseException:
                while len(self.operations) > count:
                    self._remove_last()
                self._names_in_use, self._graph_def_versions = names, versions
                self.set_collections(collections)
                raise

    def _remove_last(self) -> None:
        removed = self.operations.pop()
        del self.operations_by_name[removed.name]
        for tensor in removed.inputs:
            tensor.readers.remove(removed)

    def _apply_scopes(self, operation: Operation) -> None:
        """Gives a new operation what the scopes around its creation ask for."""
        scopes, attrs = self.scopes, operation.attrs
        if self._gradient_override_map and operation.type in self._gradient_override_map:
            attrs["_gradient_op_type"] = self._gradient_override_map[operation.type].encode()
        if self._op_to_kernel_label_map and operation.type in self._op_to_kernel_label_map:
            attrs["_kernel"] = self._op_to_kernel_label_map[operation.type].encode()
        for key, value in self._attr_scope_map.items():
            attrs.setdefault(key, value)
        if scopes.control:
            self._apply_control_dependencies(operation)
        if scopes.devices:
            scopes.devices[-1].apply(operation)
        if self._container and "container" in operation.op_def_.attributes:
            attrs["container"] = attrs.get("container") or self._container.encode()
        if scopes.colocation:
            self._apply_colocation(operation)

    def _apply_control_dependencies(self, operation: Operation) -> None:
        input_ops = {tensor.op for tensor in operation.inputs}
        present = dict.fromkeys(operation.controls)
        for scope in self.scopes.control:
            # An input made inside the scope already waits for the scope's operations.
            if not any(op in scope.seen for op in input_ops):
                present.update((op, None) for op in scope.operations if op not in input_ops)
        operation.controls = list(present)
        for scope in self.scopes.control:
            scope.seen.add(operation)

    def _apply_colocation(self, operation: Operation) -> None:
        groups: set[bytes] = set()
        for target, file, line in self.scopes.colocation:
            groups.update(target.colocation_groups())
            operation.colocation_scopes.append((target.name, file, line))
            if target.requested_device:
                operation.requested_device = target.requested_device
        operation.attrs["_class"] = sorted(groups)

    def create_op(
        self,
        op_type: str,
        inputs: Sequence[Tensor],
        dtypes: Sequence[Any] | None = None,
        input_types: Sequence[Any] | None = None,
        name: str | None = None,
        attrs: dict[str, Any] | None = None,
        op_def: Any = None,
        compute_shapes: bool = True,
        compute_device: bool = True,
    ) -> Operation:
        """Creates an operation from AttrValue messages, as graph-editing scripts do.

        Args:
          op_type: the op's name.
          inputs: its input tensors, flat.
          dtypes: the dtypes of its outputs; taken from the op's definition when None.
          input_types: accepted for compatibility; the inputs carry their dtypes.
          name: a name for the operation.
          attrs: attribute name to AttrValue message.
          op_def: accepted for compatibility; the registry is asked instead.
          compute_shapes: accepted for compatibility; shapes are always inferred.
          compute_device: accepted for compatibility; device scopes always apply.

        Returns:
          The Operation.

        Raises:
          TypeError: an input is not a Tensor.
        """
        for index, tensor in enumerate(inputs):
            if not isinstance(tensor, Tensor):
                raise TypeError(f"Input #{index} is not a tensor: {tensor}")
        definition = registry.get(op_type)
        values = {
            key: attribute_value(value, definition.attributes.get(key))
            for key, value in (attrs or {}).items()
        }
        for argument, tensor in zip(definition.inputs, inputs, strict=False):
            if argument.is_list:
                break
            if argument.type_attr is not None:
                values.setdefault(argument.type_attr, tensor.dtype.base_dtype)
        registry.complete_attributes(definition, values)
        output_types = (
            [as_dtype(d) for d in dtypes]
            if dtypes is not None
            else registry.flat_types(definition.outputs, values)
        )
        return self.add_operation(definition, name, list(inputs), values, output_types)

    # -- Names --

    def unique_name(self, name: str, mark_as_used: bool = True) -> str:
        """A name that no operation or scope of this graph has, inside the current name scope.

        Names that differ only in case count as equal. The first free suffix ``_1``, ``_2``, ... is
        appended.

        Args:
          name: the wished name, without the current scope.
          mark_as_used: whether the result counts as taken from now on.
        """
        if scope := self.scopes.name:
            name = f"{scope}/{name}"
        in_use = self._names_in_use
        key = name.lower()
        count = in_use.get(key, 0)
        if mark_as_used:
            in_use[key] = count + 1
        if count == 0:
            return name
        base = key
        while key in in_use:
            key = f"{base}_{count}"
            count += 1
        if mark_as_used:
            in_use[key] = 1
        return f"{name}_{count - 1}"

    def mark_name_as_used(self, name: str) -> None:
        """Counts a full name as taken, whatever the current name scope."""
        self._names_in_use.setdefault(name.lower(), 1)

    def is_name_in_use(self, name: str) -> bool:
        """Whether a full name is taken, in whatever case."""
        return name.lower() in self._names_in_use

    @contextlib.contextmanager
    def name_scope(self, name: str | None) -> Iterator[str]:
        """Puts a prefix before the names of operations created inside.

        Args:
          name: the scope; made unique, unless it ends with '/': then that very scope is entered
            again. None or '' means the root.

        Yields:
          The scope's full name with a trailing '/', or '' for the root.

        Raises:
          ValueError: the name holds characters that names may not hold.
        """
        scopes = self.scopes
        outer = scopes.name
        if name:
            if isinstance(name, bytes):
                name = name.decode()
            pattern = _SCOPE_NAME if outer else OP_NAME
            if pattern.match(name) is None:
                raise ValueError(f"'{name}' is not a valid scope name")
        if not name:
            inner = ""
        elif name.endswith("/"):
            inner = name[:-1]
        else:
            inner = self.unique_name(name)
        scopes.name = inner
        try:
            yield inner + "/" if name else ""
        finally:
            scopes.name = outer

    def get_name_scope(self) -> str:
        """The current name scope, without a trailing '/'."""
        return self.scopes.name

    # -- Finding things --

    @property
    def version(self) -> int:
        """Counts the operations added so far."""
        return len(self.operations)

    def get_operations(self) -> list[Operation]:
        """All operations, in creation order."""
        return list(self.operations)

    def get_operation_by_name(self, name: str) -> Operation:
        """The operation of that name.

        Raises:
          TypeError: `name` is not a string.
          ValueError: it is the name of a tensor.
          KeyError: there is none.
        """
        if not isinstance(name, str):
            raise TypeError(f"Operation names are strings (or similar), not {type(name).__name__}.")
        operation = self.as_graph_element(name, allow_tensor=False, allow_operation=True)
        assert isinstance(operation, Operation)
        return operation

    def _get_operation_by_name_unsafe(self, name: str) -> Operation:
        return self.get_operation_by_name(name)

    def get_tensor_by_name(self, name: str) -> Tensor:
        """The tensor of that name, ``<operation>:<index>``.

        Raises:
          TypeError: `name` is not a string.
          ValueError: it is the name of an operation, or malformed.
          KeyError: there is none.
        """
        if not isinstance(name, str):
            raise TypeError(f"Tensor names are strings (or similar), not {type(name).__name__}.")
        tensor = self.as_graph_element(name, allow_tensor=True, allow_operation=False)
        assert isinstance(tensor, Tensor)
        return tensor

    def as_graph_element(
        self, obj: Any, allow_tensor: bool = True, allow_operation: bool = True
    ) -> Tensor | Operation:
        """The Tensor or Operation of this graph that `obj` names or is.

        Args:
          obj: a Tensor, an Operation, a name, or an object with `_as_graph_element()`.
          allow_tensor: whether a Tensor will do.
          allow_operation: whether an Operation will do.

        Raises:
          TypeError: `obj` can be neither.
          ValueError: it belongs to another graph, or is malformed or of the wrong kind.
          KeyError: no such name.
        """
        if not (allow_tensor or allow_operation):
            raise ValueError("allow_tensor and allow_operation can't both be False.")
        kinds = " or ".join(
            kind
            for kind, allowed in (("Tensor", allow_tensor), ("Operation", allow_operation))
            if allowed
        )
        convert = getattr(obj, "_as_graph_element", None)
        if convert is not None and (element := convert()) is not None:
            obj = element
        if isinstance(obj, bytes):
            obj = obj.decode()
        if isinstance(obj, str):
            return element_by_name(self.operations_by_name, obj, allow_tensor, allow_operation)
        if isinstance(obj, Tensor) and allow_tensor:
            if obj.graph is not self:
                raise ValueError(f"Tensor {obj} is not an element of this graph.")
            return obj
        if isinstance(obj, Operation) and allow_operation:
            if obj.graph is not self:
                raise ValueError(f"Operation {obj} is not an element of this graph.")
            return obj
        raise TypeError(f"Can not convert a {type(obj).__name__} into a {kinds}.")

    # -- Scopes --

    @contextlib.contextmanager
    def device(self, device_name_or_function: Any) -> Iterator[None]:
        """Requests a device for the operations created inside.

        Args:
          device_name_or_function: a device name, a DeviceSpec, a function of the Operation that
            returns one, or None to ignore the device scopes outside.

        Raises:
          ValueError: the name cannot be read.
          RuntimeError: scopes are left in another order than they were entered.
        """
        stack = self.scopes.devices
        outer = stack[-1] if stack else None
        scope = open_scope(device_name_or_function, outer, *user_line())
        if scope is None:
            yield
            return
        stack.append(scope)
        try:
            yield
        finally:
            if not stack or stack[-1] is not scope:
                raise RuntimeError("Exiting device scope without proper scope nesting.")
            stack.pop()

    @contextlib.contextmanager
    def control_dependencies(self, control_inputs: Any) -> Iterator[None]:
        """Makes the operations created inside wait for others.

        Args:
          control_inputs: a list of Operations, Tensors, or things that convert to either; None
            ignores the control dependencies outside, and leaves control flow.

        Raises:
          TypeError: an element is neither Operation nor Tensor.
        """
        operations: list[Operation] | None = None
        if control_inputs is not None:
            operations = []
            for element in control_inputs:
                is_resource = hasattr(element, "_handle") and hasattr(element, "op")
                if is_resource or (hasattr(element, "values") and hasattr(element, "indices")):
                    # Of a resource variable the update that it stands for; or IndexedSlices.
                    element = element.op
                elif hasattr(element, "_as_graph_element"):
                    element = element._as_graph_element()
                found = self.as_graph_element(element)
                op = found.op if isinstance(found, Tensor) else found
                if op not in operations:
                    operations.append(op)
        scope = _ControlDependencies(operations)
        scopes = self.scopes
        if scope.starts_anew:
            scope.outer, scopes.control = scopes.control, []
            scope.outer_context, self.control_flow_context = self.control_flow_context, None
        scopes.control.append(scope)
        try:
            yield
        finally:
            assert scopes.control[-1] is scope
            scopes.control.pop()
            if scope.starts_anew:
                scopes.control = scope.outer
                self.control_flow_context = scope.outer_context

    @contextlib.contextmanager
    def colocate_with(self, op: Any, ignore_existing: bool = False) -> Iterator[None]:
        """Puts the operations created inside on the device of another.

        Args:
          op: an Operation or Tensor; None, with `ignore_existing`, leaves colocation.
          ignore_existing: whether colocation scopes outside are forgotten.

        Raises:
          ValueError: `op` is None and `ignore_existing` is not set.
        """
        if op is None and not ignore_existing:
            raise ValueError(
                "Trying to reset colocation (op is None) but ignore_existing is not True"
            )
        scopes = self.scopes
        target = None if op is None else self._operation(op)
        outer_devices, scopes.devices = scopes.devices, []
        outer_colocation = scopes.colocation
        scopes.colocation = [] if ignore_existing else list(outer_colocation)
        if target is not None:
            scopes.colocation.append((target, *user_line()))
        try:
            yield
        finally:
            scopes.devices = outer_devices
            scopes.colocation = outer_colocation

    def _operation(self, element: Any) -> Operation:
        """The operation that an Operation, a tensor, a variable or a name leads to."""
        if hasattr(element, "op"):
            element = element.op
        found = self.as_graph_element(element)
        return found.op if isinstance(found, Tensor) else found

    def _colocate_with_for_gradient(
        self, op: Any, gradient_uid: Any = None, ignore_existing: bool = False
    ) -> contextlib.AbstractContextManager[None]:
        return self.colocate_with(op, ignore_existing)

    @contextlib.contextmanager
    def container(self, container_name: str) -> Iterator[str]:
        """Names the resource container of the stateful operations created inside."""
        outer, self._container = self._container, container_name
        try:
            yield container_name
        finally:
            self._container = outer

    @contextlib.contextmanager
    def gradient_override_map(self, op_type_map: dict[str, str]) -> Iterator[None]:
        """Gives operations created inside another gradient.

        Args:
          op_type_map: op type to the name under which a gradient function is registered.

        Raises:
          TypeError: it is not a dict from str to str.
        """
        if not isinstance(op_type_map, dict):
            raise TypeError("op_type_map must be a dictionary mapping strings to strings")
        for op_type, name in op_type_map.items():
            if not (isinstance(op_type, str) and isinstance(name, str)):
                raise TypeError("op_type_map must be a dictionary mapping strings to strings")
        outer = self._gradient_override_map
        self._gradient_override_map = {**outer, **op_type_map}
        try:
            yield
        finally:
            self._gradient_override_map = outer

    @contextlib.contextmanager
    def _kernel_label_map(self, op_to_kernel_label_map: dict[str, str]) -> Iterator[None]:
        outer = self._op_to_kernel_label_map
        self._op_to_kernel_label_map = {**outer, **op_to_kernel_label_map}
        try:
            yield
        finally:
            self._op_to_kernel_label_map = outer

    @contextlib.contextmanager
    def _attr_scope(self, attr_map: dict[str, Any]) -> Iterator[None]:
        """Gives operations made inside extra attributes, from AttrValue messages; None removes."""
        outer = self._attr_scope_map
        inner = dict(outer)
        for name, message in attr_map.items():
            if message is None:
                inner.pop(name, None)
            else:
                inner[name] = attribute_value(message, None)
        self._attr_scope_map = inner
        try:
            yield
        finally:
            self._attr_scope_map = outer

    @contextlib.contextmanager
    def _original_op(self, op: Operation) -> Iterator[None]:
        outer, self._default_original_op = self._default_original_op, op
        try:
            yield
        finally:
            self._default_original_op = outer

    def as_default(self) -> contextlib.AbstractContextManager[Graph]:
        """Makes this the default graph of the thread, inside a `with` block."""
        return default_graphs.pushed(self)

    # -- Properties --

    @property
    def seed(self) -> int | None:
        """The graph-level random seed."""
        return self._seed

    @seed.setter
    def seed(self, seed: int | None) -> None:
        self._seed = seed

    def switch_to_thread_local(self) -> None:
        """Kept for compatibility: scopes are always per thread."""

    def prevent_feeding(self, tensor: Tensor) -> None:
        """Refuses `tensor` as a feed."""
        self.unfeedable.add(tensor)

    def is_feedable(self, tensor: Tensor) -> bool:
        """Whether `tensor` may be fed."""
        return tensor not in self.unfeedable

    def prevent_fetching(self, op: Operation) -> None:
        """Refuses `op` and its outputs as fetches."""
        self._unfetchable.add(op)

    def is_fetchable(self, tensor_or_op: Tensor | Operation) -> bool:
        """Whether this may be fetched."""
        return _operation_of(tensor_or_op) not in self._unfetchable

    def check_fetchable(self, element: Tensor | Operation) -> None:
        """Raises InaccessibleTensorError where `element` may not be fetched."""
        operation = _operation_of(element)
        if operation in self._unfetchable:
            raise InaccessibleTensorError(
                f"Operation {operation.name!r} has been marked as not fetchable. Typically this "
                "happens when it is defined in another function or code block. Use return values,"
                "explicit Python locals or TensorFlow collections to access it."
            )

    def is_function(self, name: str) -> bool:
        """Whether a function of that name is defined in this graph: none ever is."""
        return False

    @property
    def graph_def_versions(self) -> protos.VersionDef:
        """The versions of the GraphDef this graph was imported from, or of our own."""
        if self._graph_def_versions is None:
            self._graph_def_versions = protos.VersionDef(producer=GRAPH_DEF_VERSION)
        return self._graph_def_versions

    def as_graph_def(
        self, from_version: int | None = None, add_shapes: bool = False
    ) -> protos.GraphDef:
        """The GraphDef message of this graph, nodes in creation order.

        Args:
          from_version: only operations added after the graph had this `version`.
          add_shapes: whether nodes carry their static shapes as attribute `_output_shapes`.

        Raises:
          ValueError: the message would take 2 GiB or more.
        """
        message = protos.GraphDef()
        size = 0
        for operation in self.operations[from_version or 0 :]:
            # Before the node is made: what is too large to write may be too large to hold twice.
            size += sum(v.nbytes for v in operation.attrs.values() if isinstance(v, np.ndarray))
            if size >= _LIMIT_BYTES:
                raise ValueError("GraphDef cannot be larger than 2GB.")
            node = operation.node_def
            if add_shapes and operation.outputs:
                shapes = [tensor.get_shape().as_proto() for tensor in operation.outputs]
                node.attr["_output_shapes"].list.shape.extend(shapes)
            message.node.append(node)
        message.versions.CopyFrom(self.graph_def_versions)
        if message.ByteSize() >= _LIMIT_BYTES:
            raise ValueError("GraphDef cannot be larger than 2GB.")
        return message

    def note_mutation(self, operation: Operation, kind: str) -> None:
        """Notes that an operation is changed, if its creation is over."""
        if operation.number:
            self.mutations.append((operation, kind))

    # -- TensorFlow's private names --

    _lock = private_name("lock")
    _nodes_by_name = private_name("operations_by_name")
    _control_flow_context = private_name("control_flow_context")
    _check_not_finalized = Collections.check_not_finalized

    def _get_control_flow_context(self) -> Context | None:
        return self.control_flow_context

    def _set_control_flow_context(self, context: Context | None) -> None:
        self.control_flow_context = context


def _operation_of(element: Any) -> Operation:
    if isinstance(element, Operation):
        return element
    operation = getattr(element, "op", None)
    if not isinstance(operation, Operation):
        raise TypeError(f"Can not convert a {type(element).__name__} into an Operation.")
    return operation


# ---- The default graph ----


class _DefaultGraphs(DefaultStack[Graph]):
    """The stack of default graphs of each thread, with a global one of the thread at its bottom."""

    def __init__(self) -> None:
        super().__init__()
        self._global: Graph | None = None

    def get(self) -> Graph:
        """The default graph of this thread."""
        if self.items:
            return self.items[-1]
        if self._global is None:
            self._global = Graph()
        return self._global

    get_default = get

    def reset(self) -> None:
        """Empties the stack of this thread, and forgets its global graph."""
        super().reset()
        self._global = None


default_graphs = _DefaultGraphs()
