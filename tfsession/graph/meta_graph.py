"""MetaGraphDefs: a graph with its collections, the ops that it uses and its Saver, as one message.

Source: TensorFlow 1.15, python/framework/meta_graph.py.
"""

from __future__ import annotations

import contextlib
import logging
import operator
import os
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from tfsession import protos, registry
from tfsession.graph.graph import Graph
from tfsession.graph.importer import import_graph_def
from tfsession.graph.messages import op_def_message, set_attr_value
from tfsession.graph.proto_functions import ProtoFunctions, proto_functions_of
from tfsession.graph.scopes import (
    GraphKeys,
    get_default_graph,
    prepend_name_scope,
    strip_name_scope,
)
from tfsession.protos import CollectionDef, GraphDef, MetaGraphDef, NodeDef, OpList, SaverDef
from tfsession.version import GIT_VERSION, VERSION

__all__ = [
    "add_collection_def",
    "create_meta_graph_def",
    "export_scoped_meta_graph",
    "import_scoped_meta_graph",
    "import_scoped_meta_graph_with_return_elements",
    "ops_used_by_graph_def",
    "read_meta_graph_file",
    "strip_graph_default_valued_attrs",
    "stripped_op_list_for_graph",
    "write_meta_graph_file",
]

logger = logging.getLogger("tfsession")

# In a part of a graph: what begins the name of an input that is not in the part.
UNBOUND_INPUT_PREFIX = "$unbound_inputs_"
UNBOUND_INPUTS = "unbound_inputs"

# Collections in which the same variable may be: it is made once.
_VARIABLE_COLLECTIONS = frozenset(
    (
        GraphKeys.GLOBAL_VARIABLES,
        GraphKeys.LOCAL_VARIABLES,
        GraphKeys.METRIC_VARIABLES,
        GraphKeys.MODEL_VARIABLES,
        GraphKeys.TRAINABLE_VARIABLES,
        GraphKeys.MOVING_AVERAGE_VARIABLES,
        GraphKeys.CONCATENATED_VARIABLES,
        GraphKeys.TRAINABLE_RESOURCE_VARIABLES,
    )
)


# ---- Ops of a graph ----


def ops_used_by_graph_def(graph_def: GraphDef) -> list[str]:
    """The types of the nodes of a graph and of its functions, sorted."""
    nodes = [*graph_def.node, *(n for f in graph_def.library.function for n in f.node_def)]
    functions = {function.signature.name for function in graph_def.library.function}
    return sorted({node.op for node in nodes} - functions)


def stripped_op_list_for_graph(graph_def: GraphDef) -> OpList:
    """The definitions of the ops that a graph uses.

    Raises:
      ValueError: an op is not known.
    """
    result = OpList()
    for name in ops_used_by_graph_def(graph_def):
        result.op.append(op_def_message(registry.get(name)))
    return result


def strip_graph_default_valued_attrs(meta_graph_def: MetaGraphDef) -> None:
    """Removes attributes of nodes that have their default value: older programs can read the rest.

    Args:
      meta_graph_def: is changed; its list of ops says what the defaults are.
    """
    definitions = {op.name: op for op in meta_graph_def.meta_info_def.stripped_op_list.op}
    for node in meta_graph_def.graph_def.node:
        definition = definitions.get(node.op)
        for attribute in definition.attr if definition is not None else ():
            is_default = attribute.HasField("default_value") and attribute.name in node.attr
            if is_default and node.attr[attribute.name] == attribute.default_value:
                del node.attr[attribute.name]
    meta_graph_def.meta_info_def.stripped_default_attrs = True


# ---- Collections to messages ----


def add_collection_def(
    meta_graph_def: MetaGraphDef,
    key: str,
    graph: Graph | None = None,
    export_scope: str | None = None,
    exclude_nodes: Collection[str] = (),
) -> None:
    """Adds a collection of a graph to a MetaGraphDef; warns where its elements cannot be written.

    Args:
      meta_graph_def: is changed.
      key: the name of the collection.
      graph: the graph; the default graph when None.
      export_scope: only elements of this name scope, under their names in it.
      exclude_nodes: names of operations, which are left out.

    Raises:
      TypeError: `graph` is no Graph.
    """
    if graph is not None and not isinstance(graph, Graph):
        raise TypeError(f"graph must be of type Graph, not {type(graph)}")
    if not isinstance(key, (str, bytes)):
        logger.warning(
            "Only collections with string type keys will be serialized. This key has %s", type(key)
        )
        return
    graph = graph or get_default_graph()
    collected = graph.get_collection(key)
    elements = [element for element in collected if not _is_excluded(element, exclude_nodes)]
    if not elements:
        return
    try:
        message = _collection_def(elements, proto_functions_of(key), export_scope)
    except Exception as error:
        logger.warning(
            "Issue encountered when serializing %s.\nType is unsupported, or the types of the "
            "items don't match field type in CollectionDef. Note this is a warning and probably "
            "safe to ignore.\n%s",
            key,
            error,
        )
        return
    meta_graph_def.collection_def[key].CopyFrom(message)


def _is_excluded(element: Any, names: Collection[str]) -> bool:
    """Whether an element is a node that is left out, or a tensor or variable of one."""
    name = getattr(element, "name", None) if names else None
    return isinstance(name, str) and name.partition(":")[0] in names


def _collection_def(
    elements: Sequence[Any], functions: ProtoFunctions | None, scope: str | None
) -> CollectionDef:
    from google.protobuf.any_pb2 import Any as AnyMessage

    message = CollectionDef()
    if functions is not None and functions.to_proto is not None:
        message.bytes_list.SetInParent()
        for element in elements:
            made = functions.to_proto(element, export_scope=scope)
            if made is not None:
                message.bytes_list.value.append(made.SerializeToString())
        return message
    first = elements[0]
    if isinstance(first, AnyMessage):
        message.any_list.value.extend(elements)
    elif isinstance(first, (str, bytes)):
        encoded = [e if isinstance(e, bytes) else e.encode() for e in elements]
        message.bytes_list.value.extend(encoded)
    elif isinstance(first, int):
        message.int64_list.value.extend(map(operator.index, elements))
    elif isinstance(first, float):
        message.float_list.value.extend(elements)
    else:
        message.node_list.SetInParent()
        names = [element.name for element in elements]
        within = [name for name in names if not scope or name.startswith(scope)]
        message.node_list.value.extend(strip_name_scope(name, scope) for name in within)
    return message


# ---- Graphs to messages ----


def create_meta_graph_def(
    meta_info_def: Any = None,
    graph_def: GraphDef | None = None,
    saver_def: SaverDef | None = None,
    collection_list: Iterable[Any] | None = None,
    graph: Graph | None = None,
    export_scope: str | None = None,
    exclude_nodes: Collection[str] = (),
    clear_extraneous_savers: bool = False,
    strip_default_attrs: bool = False,
) -> MetaGraphDef:
    """Makes a MetaGraphDef.

    Args:
      meta_info_def: a MetaInfoDef to begin with.
      graph_def: the graph as a message; that of `graph` when None.
      saver_def: the SaverDef of a Saver.
      collection_list: names of collections; all when None.
      graph: the graph; the default graph when None.
      export_scope: only what is in this name scope.
      exclude_nodes: names of operations that collections leave out.
      clear_extraneous_savers: leaves out the collection of Savers, except that of `saver_def`.
      strip_default_attrs: removes attributes that have their default value.

    Raises:
      TypeError: an argument is of another class.
    """
    for what, value, kind in (
        ("graph", graph, Graph),
        ("meta_info_def", meta_info_def, MetaGraphDef.MetaInfoDef),
        ("graph_def", graph_def, GraphDef),
        ("saver_def", saver_def, SaverDef),
    ):
        if value is not None and not isinstance(value, kind):
            # TensorFlow hands the class to the exception, and does not put it into the text.
            raise TypeError(f"{what} must be of type {kind.__name__}, not %s", type(value))
    graph = graph or get_default_graph()
    message = MetaGraphDef()
    if meta_info_def is not None:
        message.meta_info_def.MergeFrom(meta_info_def)
    message.meta_info_def.tensorflow_version = VERSION
    message.meta_info_def.tensorflow_git_version = GIT_VERSION
    message.graph_def.MergeFrom(
        graph.as_graph_def(add_shapes=True) if graph_def is None else graph_def
    )
    message.graph_def.SetInParent()
    if not message.meta_info_def.HasField("stripped_op_list"):
        operations = stripped_op_list_for_graph(message.graph_def)
        message.meta_info_def.stripped_op_list.MergeFrom(operations)
        message.meta_info_def.stripped_op_list.SetInParent()
    if strip_default_attrs:
        strip_graph_default_valued_attrs(message)
    if saver_def is not None:
        message.saver_def.MergeFrom(saver_def)
    keys = graph.get_all_collection_keys() if collection_list is None else collection_list
    for key in keys:
        if not (clear_extraneous_savers and key == GraphKeys.SAVERS):
            add_collection_def(message, key, graph, export_scope, exclude_nodes)
        elif saver_def is not None:
            message.collection_def[key].bytes_list.value.append(saver_def.SerializeToString())
    return message


def export_scoped_meta_graph(
    filename: str | None = None,
    graph_def: GraphDef | None = None,
    graph: Graph | None = None,
    export_scope: str | None = None,
    as_text: bool = False,
    unbound_inputs_col_name: str | None = UNBOUND_INPUTS,
    clear_devices: bool = False,
    saver_def: SaverDef | None = None,
    clear_extraneous_savers: bool = False,
    strip_default_attrs: bool = False,
    save_debug_info: bool = False,
    **kwargs: Any,
) -> tuple[MetaGraphDef, dict[str, Any]]:
    """Writes a graph, or the part of it in a name scope, with its collections.

    Args:
      filename: a file to write, or None.
      graph_def: the graph as a message; that of `graph` when None.
      graph: the graph; the default graph when None.
      export_scope: only what is in this name scope; inputs of outside become unbound.
      as_text: text in place of bytes.
      unbound_inputs_col_name: the collection that names unbound inputs.
      clear_devices: forgets the devices of operations.
      saver_def: the SaverDef of a Saver.
      clear_extraneous_savers: leaves out the operations of all other Savers.
      strip_default_attrs: removes attributes that have their default value.
      save_debug_info: accepted for compatibility; stacks are not written.
      **kwargs: further arguments of `create_meta_graph_def`.

    Returns:
      The MetaGraphDef, and the variables of the scope by their names in it.

    Raises:
      TypeError: an argument is of another class, or not known.
      OSError: the file cannot be written.
    """
    graph = graph or get_default_graph()
    exclude_nodes: set[str] = set()
    unbound: list[str] = []
    if export_scope or clear_extraneous_savers or clear_devices:
        whole = graph.as_graph_def(add_shapes=True) if graph_def is None else graph_def
        if clear_extraneous_savers:
            exclude_nodes = _nodes_of_other_savers(whole, saver_def)
        graph_def = _part(whole, export_scope, exclude_nodes, clear_devices, unbound)
    message = create_meta_graph_def(
        graph_def=graph_def,
        graph=graph,
        export_scope=export_scope,
        exclude_nodes=exclude_nodes,
        clear_extraneous_savers=clear_extraneous_savers,
        saver_def=saver_def,
        strip_default_attrs=strip_default_attrs,
        **kwargs,
    )
    if unbound and unbound_inputs_col_name:
        names = message.collection_def[unbound_inputs_col_name].bytes_list.value
        names.extend(name.encode() for name in dict.fromkeys(unbound))
    if filename:
        folder, name = os.path.split(filename)
        write_meta_graph_file(message, folder, name, as_text)
    return message, _variables_by_name(graph, export_scope)


def _variables_by_name(graph: Graph, scope: str | None) -> dict[str, Any]:
    pattern = None if not scope else re.escape(scope.rstrip("/")) + "/"
    variables = graph.get_collection(GraphKeys.GLOBAL_VARIABLES, scope=pattern)
    return {strip_name_scope(v.name, scope): v for v in variables}


def _nodes_of_other_savers(graph_def: GraphDef, saver_def: SaverDef | None) -> set[str]:
    """The nodes in name scopes in which something is saved or restored, but those of a Saver."""
    names = {node.name for node in graph_def.node}
    scopes = {
        node.name.rpartition("/")[0]
        for node in graph_def.node
        if node.op in registry.OPS and registry.OPS[node.op].is_storage
    }
    kept = set()
    if saver_def is not None:
        for name in (saver_def.save_tensor_name, saver_def.restore_op_name):
            kept.add(name.partition(":")[0].rpartition("/")[0])
    prefixes = tuple(f"{scope}/" for scope in scopes - names - kept if scope)
    return {name for name in names if name.startswith(prefixes)} if prefixes else set()


def _part(
    graph_def: GraphDef,
    scope: str | None,
    exclude_nodes: Collection[str],
    clear_devices: bool,
    unbound: list[str],
) -> GraphDef:
    """The nodes of a name scope, without its name in theirs; adds to `unbound` what they lack."""
    result = GraphDef(library=graph_def.library, versions=graph_def.versions)
    prefix = f"{scope.rstrip('/')}/" if scope else ""
    for node in graph_def.node:
        if node.name in exclude_nodes or not node.name.startswith(prefix):
            continue
        added = result.node.add()
        added.CopyFrom(node)
        if clear_devices:
            added.device = ""
        if prefix:
            _move_out(added, prefix, unbound)
    return result


def _move_out(node: NodeDef, prefix: str, unbound: list[str]) -> None:
    """Takes a node out of a name scope."""
    node.name = node.name.removeprefix(prefix)
    inputs = list(node.input)
    del node.input[:]
    for text in inputs:
        mark = "^" if text.startswith("^") else ""
        source = text.removeprefix("^")
        if source.startswith(prefix):
            node.input.append(mark + source.removeprefix(prefix))
        else:
            name = UNBOUND_INPUT_PREFIX + source
            node.input.append(mark + name)
            if not mark:
                unbound.append(name)
    if "_class" in node.attr:
        groups = [group.decode().removeprefix("loc:@") for group in node.attr["_class"].list.s]
        kept = [f"loc:@{g.removeprefix(prefix)}" for g in groups if g.startswith(prefix)]
        set_attr_value(node.attr["_class"], [], None)
        del node.attr["_class"].list.s[:]
        node.attr["_class"].list.s.extend(group.encode() for group in kept)


# ---- Files ----


def write_meta_graph_file(
    meta_graph_def: MetaGraphDef, folder: str, name: str, as_text: bool = False
) -> str:
    """Writes a message to a file under another name, and renames it; returns the path.

    Raises:
      OSError: it cannot be written.
    """
    from google.protobuf import text_format

    if folder:
        os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    temporary = f"{path}.{os.getpid()}.tmp"
    with open(temporary, "wb") as file:
        if as_text:
            file.write(text_format.MessageToString(meta_graph_def).encode())
        else:
            file.write(meta_graph_def.SerializeToString())
    os.replace(temporary, path)
    return path


def read_meta_graph_file(filename: Any) -> MetaGraphDef:
    """Reads a MetaGraphDef from a file, as bytes or as text.

    Raises:
      OSError: there is no such file, or it is neither.
      TypeError: `filename` is no path.
    """
    from google.protobuf import text_format
    from google.protobuf.message import DecodeError

    if not isinstance(filename, (str, bytes, os.PathLike)):
        raise TypeError(f"Expected binary or unicode string, got {filename!r}")
    path = os.fsdecode(filename)
    if not os.path.exists(path):
        raise OSError(f"File {path} does not exist.")
    with open(path, "rb") as file:
        content = file.read()
    with contextlib.suppress(DecodeError):
        return MetaGraphDef.FromString(content)
    try:
        return text_format.Parse(content.decode(), MetaGraphDef())
    except (text_format.ParseError, UnicodeDecodeError) as error:
        raise OSError(f"Cannot parse file {path}: {error}.") from None


# ---- Messages to graphs ----


def import_scoped_meta_graph(
    meta_graph_or_file: Any,
    clear_devices: bool = False,
    graph: Graph | None = None,
    import_scope: str | None = None,
    input_map: dict[str, Any] | None = None,
    unbound_inputs_col_name: str = UNBOUND_INPUTS,
    restore_collections_predicate: Callable[[str], bool] = lambda key: True,
) -> dict[str, Any]:
    """Adds the graph and the collections of a MetaGraphDef to a graph.

    The arguments are those of `import_scoped_meta_graph_with_return_elements`.

    Returns:
      The variables, by their names in the message.
    """
    return import_scoped_meta_graph_with_return_elements(
        meta_graph_or_file,
        clear_devices,
        graph,
        import_scope,
        input_map,
        unbound_inputs_col_name,
        restore_collections_predicate,
    )[0]


def import_scoped_meta_graph_with_return_elements(
    meta_graph_or_file: Any,
    clear_devices: bool = False,
    graph: Graph | None = None,
    import_scope: str | None = None,
    input_map: dict[str, Any] | None = None,
    unbound_inputs_col_name: str = UNBOUND_INPUTS,
    restore_collections_predicate: Callable[[str], bool] = lambda key: True,
    return_elements: Sequence[str] | None = None,
) -> tuple[dict[str, Any], list[Any] | None]:
    """Adds the graph and the collections of a MetaGraphDef to a graph.

    Args:
      meta_graph_or_file: the message, or a file.
      clear_devices: forgets the devices of operations.
      graph: the graph to add to; the default graph when None.
      import_scope: a name scope for all that is added.
      input_map: name of a tensor in the message to the Tensor that is read in its place.
      unbound_inputs_col_name: the collection that names inputs which have to be in `input_map`.
      restore_collections_predicate: says of the name of a collection whether it is added.
      return_elements: names of operations and tensors in the message.

    Returns:
      The variables, by their names in the message; and the Operations and Tensors that
      `return_elements` names, or None.

    Raises:
      RuntimeError: the graph is finalized.
      OSError: the file cannot be read.
      ValueError: the graph cannot be added, or an input is unbound.
      KeyError: an element of a collection is not in the graph.
    """
    message = meta_graph_or_file
    if not isinstance(message, MetaGraphDef):
        message = read_meta_graph_file(meta_graph_or_file)
    graph = graph or get_default_graph()
    graph.check_not_finalized()
    _check_bound(message, input_map, unbound_inputs_col_name)
    graph_def = message.graph_def
    if clear_devices:
        graph_def = GraphDef()
        graph_def.CopyFrom(message.graph_def)
        for node in graph_def.node:
            node.device = ""
    operations = None
    if message.meta_info_def.HasField("stripped_op_list"):
        operations = message.meta_info_def.stripped_op_list
    with graph.as_default(), graph.all_or_nothing():
        # What the names begin with: the scope gets a number where it is taken.
        scope = graph.unique_name(import_scope or "", mark_as_used=False)
        elements = import_graph_def(
            graph_def, input_map, return_elements, import_scope or scope, None, operations
        )
        predicate = restore_collections_predicate
        _restore_collections(graph, message, scope, unbound_inputs_col_name, predicate)
        return _variables_by_name(graph, scope), elements


def _check_bound(
    message: MetaGraphDef, input_map: dict[str, Any] | None, collection: str | None
) -> None:
    """Raises ValueError where the inputs that have to be given are not."""
    if not collection or collection not in message.collection_def:
        return
    wanted = [name.decode() for name in message.collection_def[collection].bytes_list.value]
    given = {key.decode() if isinstance(key, bytes) else key for key in input_map or {}}
    missing = sorted(set(wanted) - given)
    if missing:
        raise ValueError(
            f"Graph contains unbound inputs: {', '.join(missing)}. Must provide these inputs "
            "through input_map."
        )


def _restore_collections(
    graph: Graph,
    message: MetaGraphDef,
    scope: str,
    unbound: str | None,
    predicate: Callable[[str], bool],
) -> None:
    variables: dict[bytes, Any] = {}
    for key, collection in sorted(message.collection_def.items()):
        if key == unbound or not predicate(key):
            continue
        kind = collection.WhichOneof("kind")
        if kind is None:
            logger.error("Cannot identify data type for collection %s. Skipping.", key)
            continue
        functions = proto_functions_of(key)
        if kind == "bytes_list" and functions is not None and functions.from_proto is not None:
            made = variables if key in _VARIABLE_COLLECTIONS else {}
            for content in collection.bytes_list.value:
                if content not in made:
                    made[content] = _element(functions, content, scope)
                graph.add_to_collection(key, made[content])
        elif kind == "node_list":
            for name in collection.node_list.value:
                element = graph.as_graph_element(prepend_name_scope(name, scope))
                graph.add_to_collection(key, element)
        else:
            for value in getattr(collection, kind).value:
                graph.add_to_collection(key, value)


def _element(functions: ProtoFunctions, content: bytes, scope: str) -> Any:
    kind = functions.message
    kind = getattr(protos, kind) if isinstance(kind, str) else kind
    assert functions.from_proto is not None
    return functions.from_proto(kind.FromString(content), import_scope=scope)
