"""Reading GraphDefs: `import_graph_def` adds their nodes to a Graph."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from typing import Any

from tfsession import registry
from tfsession.dtypes import DType
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.device_scopes import open_scope
from tfsession.graph.graph import OP_NAME, Graph
from tfsession.graph.messages import attribute_value
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import get_default_graph, name_scope
from tfsession.protos import AttrValue, DataType, GraphDef, NodeDef, OpList
from tfsession.registry import MOST_TENSORS, Argument, Attribute
from tfsession.shapes import Dims, format_dims, merge_dims
from tfsession.version import GRAPH_DEF_VERSION

__all__ = ["import_graph_def"]


def import_graph_def(
    graph_def: GraphDef,
    input_map: dict[str, Any] | None = None,
    return_elements: Sequence[str] | None = None,
    name: str | None = None,
    op_dict: Any = None,
    producer_op_list: OpList | None = None,
) -> list[Any] | None:
    """Adds the nodes of a GraphDef to the default graph.

    Args:
      graph_def: the nodes, in any order.
      input_map: name of a tensor in `graph_def` ("a:0", "a"; "^a" for a control input) to the
        Tensor that is read in its place.
      return_elements: names of operations ("a") and tensors ("a:0") in `graph_def`.
      name: prefix of the names of all new operations, "import" when None, none when "".
      op_dict: not used.
      producer_op_list: definitions of the ops as the program that wrote `graph_def` knew them;
        attributes that only it knew are dropped where they have their default value.

    Returns:
      The Operations and Tensors that `return_elements` names, or None without it.

    Raises:
      TypeError: an argument is of the wrong type.
      ValueError: `graph_def` cannot be read: an op, an input or an attribute is unknown, missing or
        of the wrong type, shapes do not fit, or nodes form a cycle that is no loop. The graph is
        unchanged then.

    Source: TensorFlow 1.15 `tf.import_graph_def`. There, attributes that an op does not define are
      an error; here they stay with the operation, so that files of later versions can be read.
    """
    if not isinstance(graph_def, GraphDef):
        raise TypeError("graph_def must be a GraphDef proto.")
    if input_map is None:
        input_map = {}
    elif not (isinstance(input_map, dict) and all(isinstance(k, (str, bytes)) for k in input_map)):
        raise TypeError("input_map must be a dictionary mapping strings to Tensor objects.")
    if return_elements is not None:
        if not all(isinstance(element, (str, bytes)) for element in return_elements):
            raise TypeError("return_elements must be a list of strings.")
        return_elements = [_text(element) for element in return_elements]
    inputs = list(input_map.values())
    graph = get_default_graph()
    with graph.all_or_nothing(), name_scope(name, "import", inputs) as scope:
        mapped = _mapped_inputs(input_map, scope)
        reader = _Reader(graph, graph_def, mapped, scope, producer_op_list)
        reader.create_all()
        if return_elements is None:
            return None
        return [reader.element(element) for element in return_elements]


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else name


def _tensor_key(name: str) -> tuple[str, int]:
    """Node and output index of an input's name; index -1 for a control input."""
    if name.startswith("^"):
        return name[1:], -1
    node, colon, index = name.rpartition(":")
    return (node, int(index)) if colon and index.isdigit() else (name, 0)


def _mapped_inputs(input_map: dict[str, Any], scope: str) -> dict[tuple[str, int], Tensor]:
    tensors = dict(input_map)
    if not all(isinstance(value, Tensor) for value in tensors.values()):
        if not scope:
            raise ValueError(
                "tf.import_graph_def() requires a non-empty `name` if `input_map` contains "
                "non-Tensor values. Try calling tf.convert_to_tensor() on `input_map` values "
                "before calling tf.import_graph_def()."
            )
        with name_scope("_inputs"):
            tensors = {
                key: value.outputs[0] if isinstance(value, Operation) else convert_to_tensor(value)
                for key, value in tensors.items()
            }
    return {_tensor_key(_text(key)): value for key, value in tensors.items()}


class _Reader:
    """One import: the nodes by name, and what has been created of them."""

    def __init__(
        self,
        graph: Graph,
        message: GraphDef,
        mapped: dict[tuple[str, int], Tensor],
        scope: str,
        producer_op_list: OpList | None,
    ) -> None:
        self.graph = graph
        self.message = message
        self.nodes = list(message.node)
        self.mapped = mapped
        self.scope = scope
        self.producer_ops = {op.name: op for op in producer_op_list.op} if producer_op_list else {}
        self.operations: dict[str, Operation] = {}
        self.created: list[Operation] = []
        self.index = {node.name: position for position, node in enumerate(self.nodes)}
        # (Merge operation, input position, NextIteration node, output index) of loops.
        self.back_edges: list[tuple[Operation, int, str, int]] = []
        self.names: dict[str, str] = {}
        self._check()

    # -- Before anything is created --

    def _check(self) -> None:
        required = self.message.versions.min_consumer
        if required > GRAPH_DEF_VERSION:
            raise ValueError(
                f"GraphDef min consumer version {required} above current version "
                f"{GRAPH_DEF_VERSION} for TensorFlow 1.15.0.  Please upgrade TensorFlow."
            )
        if self.message.versions.producer < 0:
            raise ValueError(
                f"GraphDef producer version {self.message.versions.producer} below min producer 0 "
                "supported by TensorFlow 1.15.0.  Please regenerate your graph."
            )
        seen: set[str] = set()
        for node in self.nodes:
            if OP_NAME.match(node.name) is None:
                raise ValueError(f"Node '{node.name}': Node name contains invalid characters")
            if node.name in seen:
                raise ValueError(f"Node '{node.name}' is not unique")
            seen.add(node.name)
            if registry.find(node.op) is None:
                raise ValueError(f"No op named {node.op} in defined operations.")
            self._check_inputs(node)
        self._check_map()
        self._choose_names()

    def _check_inputs(self, node: NodeDef) -> None:
        is_control = False
        for text in node.input:
            source, index = _tensor_key(text)
            if is_control and index >= 0:
                raise ValueError(
                    f"Node '{node.name}': Control dependencies must come after regular dependencies"
                )
            is_control = index < 0
            if source not in self.index and (source, index) not in self.mapped:
                raise ValueError(f"Node '{node.name}': Unknown input node '{text}'")
        for group in node.attr["_class"].list.s if "_class" in node.attr else ():
            target = group.removeprefix(b"loc:@").decode(errors="replace")
            if group.startswith(b"loc:@") and target not in self.index:
                raise ValueError(
                    f"Node '{node.name}' expects to be colocated with unknown node '{target}'"
                )

    def _check_map(self) -> None:
        if not self.mapped:
            return
        used = {_tensor_key(text) for node in self.nodes for text in node.input}
        missing = [
            f"^{name}" if index < 0 else f"{name}:{index}"
            for name, index in self.mapped
            if (name, index) not in used and not self._has_output(name, index)
        ]
        if missing:
            raise ValueError(
                f"Attempted to map inputs that were not found in graph_def: [{', '.join(missing)}]"
            )

    def _has_output(self, name: str, index: int) -> bool:
        if name not in self.index:
            return False
        return index < len(self._output_types(self.nodes[self.index[name]]))

    def _output_types(self, node: NodeDef) -> list[DType]:
        definition = registry.OPS[node.op]
        return registry.flat_types(definition.outputs, self._attributes(node, definition))

    def _choose_names(self) -> None:
        """Gives each node a name that is free in the graph."""
        taken = self.graph.operations_by_name
        scopes: set[str] | None = None
        for node in self.nodes:
            name = wished = self.scope + node.name
            if self.graph.operations:
                scopes = _scopes_below(self.graph, self.scope) if scopes is None else scopes
            count = 0
            while name in taken or (scopes and name in scopes) or (count and self._is_own(name)):
                count += 1
                name = f"{wished}_{count}"
            self.names[node.name] = name

    def _is_own(self, name: str) -> bool:
        return name.startswith(self.scope) and name[len(self.scope) :] in self.index

    # -- Creation --

    def create_all(self) -> None:
        """Creates the operations, inputs before readers and otherwise in order of the message.

        Raises:
          ValueError: a node does not fit its op or its inputs, or nodes form a cycle.
        """
        self.graph.check_not_finalized()
        waiting, readers = self._dependencies()
        ready = [position for position, count in enumerate(waiting) if count == 0]
        while ready:
            position = heapq.heappop(ready)
            node = self.nodes[position]
            operation = self._create(node)
            self.operations[node.name] = operation
            for reader in readers.get(position, ()):
                waiting[reader] -= 1
                if waiting[reader] == 0:
                    heapq.heappush(ready, reader)
        if len(self.created) < len(self.nodes):
            raise ValueError(f"{len(self.nodes) - len(self.created)} nodes in a cycle")
        for merge, position, source, index in self.back_edges:
            tensor = self._output(merge.name, source, index)
            self._check_type(merge.name, position, tensor, merge.inputs[position].dtype.base_dtype)
            merge.replace_input(position, tensor)
        self._place_colocated()
        self._merge_versions()

    def _dependencies(self) -> tuple[list[int], dict[int, list[int]]]:
        """How many nodes each node waits for, and which nodes wait for it."""
        waiting = [0] * len(self.nodes)
        readers: dict[int, list[int]] = {}
        for position, node in enumerate(self.nodes):
            for text in node.input:
                key = _tensor_key(text)
                if key not in self.mapped and not self._is_back_edge(node, key):
                    waiting[position] += 1
                    readers.setdefault(self.index[key[0]], []).append(position)
        return waiting, readers

    def _is_back_edge(self, node: NodeDef, key: tuple[str, int]) -> bool:
        """Whether an input closes a loop: what NextIteration hands to Merge."""
        if node.op not in ("Merge", "RefMerge") or key[1] < 0 or key in self.mapped:
            return False
        return self.nodes[self.index[key[0]]].op in ("NextIteration", "RefNextIteration")

    def _create(self, node: NodeDef) -> Operation:
        definition = registry.OPS[node.op]
        name = self.names[node.name]
        attrs = self._attributes(node, definition)
        inputs, later = self._inputs(node)
        count = sum(argument.count(attrs) for argument in definition.inputs)
        if count > MOST_TENSORS:
            raise ValueError(f"Number of inputs is too big: {count}")
        wanted = registry.flat_types(definition.inputs, attrs)
        if len(inputs) != len(wanted):
            expected = ", ".join(dtype.runtime_name for dtype in wanted)
            raise ValueError(
                f"NodeDef expected inputs '{expected}' do not match {len(inputs)} inputs "
                f"specified; {_op_def_text(definition)}; NodeDef: {{{{node {name}}}}}"
            )
        for position, (tensor, dtype) in enumerate(zip(inputs, wanted, strict=True)):
            self._check_type(name, position, tensor, dtype)
        control = [self._control_input(text) for text in node.input if text.startswith("^")]
        shapes = attrs.pop("_output_shapes", None)
        types = registry.flat_types(definition.outputs, attrs)
        dims: list[Dims] | None = None
        if later:
            # What comes round the loop may have another shape than what enters it.
            dims = [None] * (len(types) - 1) + [()]
        elif node.op == "Placeholder" and self._has_no_shape(attrs):
            dims = [None]
        operation = self._add(node, definition, name, inputs, attrs, types, dims, control)
        self.created.append(operation)
        self.back_edges += [(operation, *edge) for edge in later]
        if shapes is not None:
            self._refine(operation, shapes)
        return operation

    def _has_no_shape(self, attrs: dict[str, Any]) -> bool:
        """Whether a placeholder says nothing: an empty shape meant so before version 22."""
        return attrs.get("shape") == () and self.message.versions.producer < 22

    def _add(
        self,
        node: NodeDef,
        definition: registry.OpDef,
        name: str,
        inputs: list[Tensor],
        attrs: dict[str, Any],
        types: list[DType],
        dims: list[Dims] | None,
        control: list[Operation],
    ) -> Operation:
        """Creates one operation under the scopes around the import, which differ from a call's.

        A colocated node takes no device from scopes. Control dependencies reach every node, also
        those that already wait for another node of the import.
        """
        graph, scopes = self.graph, self.graph.scopes
        devices, controllers = scopes.devices, scopes.control
        if scopes.colocation:
            attrs.pop("_class", None)
        scopes.control = []
        if "_class" in attrs:
            scopes.devices = []
        elif node.device:
            outer = devices[-1] if devices else None
            scope = open_scope(node.device, outer, "", 0)
            scopes.devices = devices if scope is None else [scope]
        try:
            operation = graph.add_operation(definition, name + "/", inputs, attrs, types, dims)
        finally:
            scopes.devices, scopes.control = devices, controllers
        graph.mark_name_as_used(name)
        for controller in controllers:
            control += controller.operations
            controller.seen.add(operation)
        operation.controls = list(dict.fromkeys([*control, *operation.controls]))
        return operation

    def _attributes(self, node: NodeDef, definition: registry.OpDef) -> dict[str, Any]:
        attrs: dict[str, Any] = {}
        for key, message in node.attr.items():
            attribute = definition.attributes.get(key)
            if attribute is None and self._is_producers_default(node, key, message):
                continue
            try:
                attrs[key] = attribute_value(message, attribute)
                if attribute is not None:
                    _check_allowed(attribute, attrs[key])
            except ValueError as error:
                raise ValueError(f"{error}\n\t; {self._context(node, definition)}") from error
        for key, attribute in definition.attributes.items():
            if key not in attrs:
                if not attribute.has_default:
                    raise ValueError(
                        f"NodeDef missing attr '{key}' from {_op_def_text(definition)}; NodeDef: "
                        f"{{{{node {self.names.get(node.name, node.name)}}}}}"
                    )
                attrs[key] = attribute.default
        if "_class" in attrs:
            groups = attrs["_class"]
            if not (isinstance(groups, list) and all(isinstance(one, bytes) for one in groups)):
                raise ValueError(f"Node '{node.name}': attr '_class' is no list of strings")
            attrs["_class"] = sorted(map(self._renamed_group, groups))
        return attrs

    def _context(self, node: NodeDef, definition: registry.OpDef) -> str:
        name = self.names.get(node.name, node.name)
        return f"NodeDef: {{{{node {name}}}}}; {_op_def_text(definition)}"

    def _renamed_group(self, group: bytes) -> bytes:
        target = group.removeprefix(b"loc:@").decode(errors="replace")
        if not group.startswith(b"loc:@") or target not in self.names:
            return group
        return b"loc:@" + self.names[target].encode()

    def _is_producers_default(self, node: NodeDef, key: str, message: AttrValue) -> bool:
        producer = self.producer_ops.get(node.op)
        return producer is not None and any(
            attribute.name == key
            and attribute.HasField("default_value")
            and attribute.default_value == message
            for attribute in producer.attr
        )

    def _inputs(self, node: NodeDef) -> tuple[list[Tensor], list[tuple[int, str, int]]]:
        """The data inputs, and those (position, node, output) that a loop brings later."""
        inputs: list[Tensor] = []
        later: list[tuple[int, str, int]] = []
        texts = [text for text in node.input if not text.startswith("^")]
        for position, text in enumerate(texts):
            key = _tensor_key(text)
            if self._is_back_edge(node, key):
                later.append((position, *key))
            elif key in self.mapped:
                inputs.append(self.mapped[key])
            else:
                inputs.append(self._output(node.name, *key))
        if later and not inputs:
            raise ValueError(f"{len(self.nodes) - len(self.created)} nodes in a cycle")
        for position, _, _ in later:
            inputs.insert(position, inputs[0])  # stands there until the loop is closed
        return inputs, later

    def _output(self, reader: str, source: str, index: int) -> Tensor:
        outputs = self.operations[source].outputs
        if index >= len(outputs):
            raise ValueError(
                f"Node '{reader}': Connecting to invalid output {index} of source node {source} "
                f"which has {len(outputs)} outputs."
            )
        return outputs[index]

    def _control_input(self, text: str) -> Operation:
        key = _tensor_key(text)
        return self.mapped[key].op if key in self.mapped else self.operations[key[0]]

    def _check_type(self, name: str, position: int, tensor: Tensor, wanted: DType) -> None:
        if not wanted.is_compatible_with(tensor.dtype):
            raise ValueError(
                f"Input {position} of node {name} was passed {tensor.dtype.runtime_name} from "
                f"{tensor.name} incompatible with expected {wanted.runtime_name}."
            )

    def _refine(self, operation: Operation, shapes: list[Dims]) -> None:
        """Adds what the message says of the shapes to what the op's shape function found."""
        for tensor, dims in zip(operation.outputs, shapes, strict=False):
            try:
                tensor.dims = merge_dims(tensor.dims, dims)
            except ValueError as error:
                raise ValueError(
                    f"Node '{operation.name}' has an _output_shapes attribute inconsistent with "
                    f"the GraphDef for output #{tensor.value_index}: {error}"
                ) from error

    def _place_colocated(self) -> None:
        """Colocated operations take the device of what they are colocated with."""
        for operation in self.created:
            for group in operation.attrs.get("_class", ()):
                target = self.graph.operations_by_name.get(
                    group.removeprefix(b"loc:@").decode(errors="replace")
                )
                if group.startswith(b"loc:@") and target is not None and target.requested_device:
                    operation.requested_device = target.requested_device
                    break

    def _merge_versions(self) -> None:
        present, imported = self.graph.graph_def_versions, self.message.versions
        present.producer = min(present.producer, imported.producer)
        present.min_consumer = max(present.min_consumer, imported.min_consumer)
        bad = sorted({*present.bad_consumers, *imported.bad_consumers})
        del present.bad_consumers[:]
        present.bad_consumers.extend(bad)

    # -- Afterwards --

    def element(self, name: str) -> Tensor | Operation:
        """The Operation or Tensor of a name in the message."""
        if ":" not in name:
            if name not in self.operations:
                raise ValueError(f"Requested return node '{name}' not found in graph def")
            return self.operations[name]
        key = _tensor_key(name)
        if key in self.mapped:
            return self.mapped[key]
        if key[0] not in self.operations:
            raise ValueError(f"Requested return tensor '{name}' not found in graph def")
        outputs = self.operations[key[0]].outputs
        if key[1] >= len(outputs):
            raise ValueError(
                f"Invalid return output {key[1]} of node '{key[0]}', which has {len(outputs)} "
                "output(s)"
            )
        return outputs[key[1]]


def _scopes_below(graph: Graph, prefix: str) -> set[str]:
    """All scopes that contain operations of `graph`, inside the scope `prefix` ("" or "a/")."""
    scopes: set[str] = set()
    for name in graph.operations_by_name:
        if name.startswith(prefix):
            while (name := name.rpartition("/")[0]) and name not in scopes:
                scopes.add(name)
    return scopes


def _check_allowed(attribute: Attribute, value: Any) -> None:
    if attribute.minimum is not None:
        is_list = isinstance(value, list)
        if (len(value) if is_list else value) < attribute.minimum:
            what = (
                f"Length for attr '{attribute.name}' of {len(value)}"
                if is_list
                else (f"Value for attr '{attribute.name}' of {value}")
            )
            raise ValueError(f"{what} must be at least minimum {attribute.minimum}")
    for element in value if isinstance(value, list) else [value]:
        if attribute.allowed is not None and element not in attribute.allowed:
            choices = ", ".join(
                a.runtime_name if isinstance(a, DType) else f'"{a.decode()}"'
                for a in attribute.allowed
            )
            shown = element.runtime_name if isinstance(element, DType) else f'"{element.decode()}"'
            raise ValueError(
                f"Value for attr '{attribute.name}' of {shown} is not in the list of allowed "
                f"values: {choices}"
            )


# ---- Definitions of ops, as messages of errors show them ----


def _op_def_text(definition: registry.OpDef) -> str:
    """The definition as the runtime's messages show it."""

    def arguments(items: Iterable[Argument]) -> str:
        texts = []
        for item in items:
            kind = item.type_attr or item.type_list_attr
            if item.dtype is not None:
                kind = item.dtype.runtime_name
            if item.number_attr is not None:
                kind = f"{item.number_attr}*{kind}"
            texts.append(f"{item.name}:" + (f"Ref({kind})" if item.is_ref else str(kind)))
        return ", ".join(texts)

    attributes = ""
    for attribute in definition.attributes.values():
        attributes += f"; attr={attribute.name}:{attribute.type}"
        if attribute.has_default:
            attributes += f",default={_attr_text(attribute.default)}"
        if attribute.minimum is not None:
            attributes += f",min={attribute.minimum}"
        if attribute.allowed is not None:
            attributes += f",allowed={_attr_text(list(attribute.allowed))}"
    stateful = "; is_stateful=true" if definition.is_stateful else ""
    return (
        f"Op<name={definition.name}; signature={arguments(definition.inputs)} -> "
        f"{arguments(definition.outputs)}{attributes}{stateful}>"
    )


def _attr_text(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_attr_text, value))}]"
    if isinstance(value, DType):
        return _datatype_name(value)
    if isinstance(value, bytes):
        return f'"{value.decode(errors="replace")}"'
    if isinstance(value, (tuple, type(None))):
        return "<unknown>" if value is None else format_dims(value)
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _datatype_name(dtype: DType) -> str:
    return str(DataType.Name(dtype.as_datatype_enum))
