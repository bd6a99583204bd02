"""`Network`: layers that are connected, called as one."""

from __future__ import annotations

from typing import Any

from tfsession import nest
from tfsession.graph.operation import Tensor
from tfsession.keras.engine import config as configs
from tfsession.keras.engine.operations import connect_operations
from tfsession.keras.engine.summary import print_summary
from tfsession.keras.engine.topology import Topology, topology
from tfsession.keras.saving import files
from tfsession.layers.abstract import Layer, leads_from_keras
from tfsession.layers.calls import calls, depends_on
from tfsession.layers.nodes import Node, unpacked
from tfsession.variables.variable import Variable

__all__ = ["Network"]


class Network(Layer):
    """Layers, from input tensors to output tensors; or those that a subclass has as attributes.

    Args:
      *args: `inputs` and `outputs`, tensors or structures of them.
      **kwargs: the same; `name`, `trainable` and `dtype`.

    Source: TensorFlow 1.15 `tf.keras.Model`.
    """

    _computes_masks = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._is_graph_network = _is_functional(args, kwargs)
        if self._is_graph_network:
            inputs, outputs = _inputs_and_outputs(args, kwargs)
            super().__init__(name=kwargs.get("name"), trainable=kwargs.get("trainable", True))
            self._init_graph_network(inputs, outputs)
        else:
            super().__init__(
                name=kwargs.pop("name", None) if kwargs else (args[0] if args else None),
                **{key: kwargs[key] for key in ("trainable", "dtype", "dynamic") if key in kwargs},
            )
            self.inputs: Any = None
            self.outputs: Any = None

    # ---- The graph of layers ----

    def _init_graph_network(self, inputs: Any, outputs: Any) -> None:
        """Takes the layers between tensors; of all other calls of these layers it knows nothing.

        Raises:
          ValueError: they are not connected, or are no results of layers of Keras.
        """
        self._is_graph_network = True
        # The structures of what it is called on and returns.
        self.nested_inputs = _single(inputs)
        self.nested_outputs = _single(outputs)
        self.inputs = nest.flatten(inputs)
        self.outputs = nest.flatten(outputs)
        if leads_from_keras(self.outputs) and not calls.stack:
            connect_operations(self.outputs)
        self._check_tensors()
        found = topology(self.inputs, self.outputs)
        self.topology: Topology = found
        self._all_layers = found.layers
        self.built = True
        self.input_names = [x._keras_history.layer.name for x in self.inputs]
        self.output_names = _unique([x._keras_history.layer.name for x in self.outputs])
        self._input_layers = [x._keras_history.layer for x in self.inputs]
        self.feed_inputs = [
            x for x in self.inputs if getattr(x._keras_history.layer, "is_placeholder", False)
        ]
        self.feed_input_names = [x._keras_history.layer.name for x in self.feed_inputs]
        self.feed_input_shapes = [
            None if x.shape.ndims is None else tuple(x.shape.as_list()) for x in self.feed_inputs
        ]
        Node(self, self.nested_inputs, self.nested_outputs, connects=False)

    def _check_tensors(self) -> None:
        if len({id(x) for x in self.inputs}) != len(self.inputs):
            raise ValueError(
                "The list of inputs passed to the model is redundant. All inputs should only "
                f"appear once. Found: {self.inputs}"
            )
        for x in self.inputs:
            if not hasattr(x, "_keras_history"):
                raise ValueError(
                    f"Input tensors to a {type(self).__name__} must come from "
                    f"`tf.keras.Input`. Received: {x} (missing previous layer metadata)."
                )
        for x in self.outputs:
            if not hasattr(x, "_keras_history"):
                raise ValueError(
                    f"Output tensors to a {type(self).__name__} must be the output of a "
                    f"TensorFlow `Layer` (thus holding past layer metadata). Found: {x}"
                )

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Calls the layers on other inputs.

        Raises:
          NotImplementedError: the subclass does not define it, and has no graph of layers.
        """
        if not self._is_graph_network:
            raise NotImplementedError(
                "When subclassing the `Model` class, you should implement a `call` method."
            )
        values = dict(zip(map(id, self.inputs), nest.flatten(inputs), strict=False))
        for tensor, given in zip(nest.flatten(inputs), nest.flatten(mask), strict=False):
            if mask is not None:
                tensor._keras_mask = given
        for nodes in self.topology.nodes_by_depth.values():
            for node in nodes:
                self._run(node, values, training)
        missing = [x for x in self.outputs if id(x) not in values]
        assert not missing, f"Could not compute output {missing[0]}"
        outputs = [values[id(x)] for x in self.outputs]
        return nest.pack_sequence_as(self.nested_outputs, outputs)

    @staticmethod
    def _run(node: Node, values: dict[int, Any], training: Any) -> None:
        """Calls a layer, if what it needs is there."""
        needed = nest.flatten(node.input_tensors)
        if not nest.flatten(node.inbound_layers) or any(id(x) not in values for x in needed):
            return
        inputs = nest.pack_sequence_as(node.input_tensors, [values[id(x)] for x in needed])
        arguments = {
            name: nest.map_structure(lambda x: values.get(id(x), x), value)
            for name, value in node.arguments.items()
        }
        if training is not None:
            arguments.pop("training", None)
        outputs = node.outbound_layer(inputs, **arguments)
        values.update(
            zip(map(id, nest.flatten(node.output_tensors)), nest.flatten(outputs), strict=True)
        )

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The masks of the results."""
        if not self._is_graph_network:
            return None
        return nest.map_structure(
            lambda x: getattr(x, "_keras_mask", None), self.call(inputs, mask=mask)
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shapes of the results, as the layers say.

        Raises:
          NotImplementedError: there is no graph of layers.
        """
        if not self._is_graph_network:
            return super().compute_output_shape(input_shape)
        from tfsession.keras.engine.shapes import shapes_of_outputs

        return shapes_of_outputs(self, input_shape)

    # ---- Layers and variables ----

    @property
    def layers(self) -> list[Layer]:
        """The layers: those of a graph in the order of their depth, others as they were set."""
        return list(self._all_layers) if self._is_graph_network else self._nested()

    def _nested(self) -> list[Layer]:
        if not self._is_graph_network:
            return [x for x in super()._nested() if not getattr(x, "_is_metric", False)]
        own = list(self._all_layers)
        return own + [x for x in super()._nested() if x not in own and not _is_metric(x)]

    def _tracked(self) -> dict[str, Any]:
        left_out = ("topology", "_input_layers", "_all_layers", "inputs", "outputs")
        return {k: v for k, v in super()._tracked().items() if k not in left_out}

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """A layer, by its name or its number.

        Raises:
          ValueError: there is none, or neither was given.
        """
        if index is not None:
            if len(self.layers) <= index:
                raise ValueError(
                    f"Was asked to retrieve layer at index {index} but model only has "
                    f"{len(self.layers)} layers."
                )
            return self.layers[index]
        if not name:
            raise ValueError("Provide either a layer name or layer index.")
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ValueError(f"No such layer: {name}")

    @property
    def trainable_weights(self) -> list[Any]:
        """The variables that are trained, layer by layer."""
        self._assert_weights_created()
        return super().trainable_weights

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The variables that are not trained, layer by layer."""
        self._assert_weights_created()
        return super().non_trainable_weights

    @property
    def weights(self) -> list[Any]:
        """All variables, layer by layer, and last those of the network itself."""
        self._assert_weights_created()
        of_layers = [w for layer in self._nested() for w in layer.weights]
        own = self._trainable_weights + self._non_trainable_weights
        return of_layers + own + self._attributes_of(True) + self._attributes_of(False)

    def _assert_weights_created(self) -> None:
        if self._is_graph_network or self.built:
            return
        if "build" in type(self).__dict__ and type(self).__name__ not in ("Model", "Sequential"):
            raise ValueError(
                f"Weights for model {self.name} have not yet been created. Weights are created "
                "when the Model is first called on inputs or `build()` is called with an "
                "`input_shape`."
            )

    @property
    def stateful(self) -> bool:  # type: ignore[override]
        """Whether a layer keeps states from one batch to the next."""
        return any(getattr(layer, "stateful", False) for layer in self.layers)

    @property
    def state_updates(self) -> list[Any]:
        """The updates of the layers that keep states."""
        return [
            u for layer in self.layers if getattr(layer, "stateful", False) for u in layer.updates
        ]

    def reset_states(self) -> None:
        """Sets the states of all layers that keep them to zero."""
        for layer in self.layers:
            if hasattr(layer, "reset_states") and getattr(layer, "stateful", False):
                layer.reset_states()

    @property
    def losses(self) -> list[Tensor]:
        """The losses of the layers on the network's inputs, and those that depend on none."""
        pairs = self._own_losses()
        if not self.inputs:
            return [loss for loss, _ in pairs]
        return [loss for loss, is_free in pairs if is_free or depends_on(loss, self.inputs)]

    @property
    def updates(self) -> list[Any]:
        """The updates of the layers on the network's inputs, and those that depend on none."""
        if not self.trainable and not self.stateful:
            return []
        own = self._own_updates()
        if not self.inputs:
            return [u.thing for u in own]
        free = [u.thing for u in own if not depends_on(u.thing, u.inputs)]
        bound = [u.thing for u in own if u.thing not in free and depends_on(u.thing, self.inputs)]
        return [u.thing for u in own if u.thing in free or u.thing in bound]

    def build(self, input_shape: Any) -> None:
        """Makes the variables of a subclass, by calling it on a placeholder of a shape.

        Args:
          input_shape: the shape with the batch, or a list or dict of these.

        Raises:
          ValueError: it is no shape.
        """
        if self._is_graph_network:
            self.built = True
            return
        from tfsession.keras.engine.shapes import placeholders_of

        if input_shape is None:
            raise ValueError(
                "Input shape must be defined when calling build on a model subclass network."
            )
        self.call(placeholders_of(input_shape))
        self.built = True

    # ---- Description ----

    def get_config(self) -> dict[str, Any]:
        """The layers and how they are connected.

        Raises:
          NotImplementedError: there is no graph of layers.
        """
        if not self._is_graph_network:
            # As in TensorFlow: what a subclass computes is code, which no configuration holds.
            raise NotImplementedError
        return configs.network_config(self)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The network that `get_config` described, with new variables."""
        inputs, outputs, _ = configs.reconstruct(config, custom_objects)
        return cls(inputs=inputs, outputs=outputs, name=config.get("name"))

    def to_json(self, **kwargs: Any) -> str:
        """The description of the network as JSON; the arguments are those of `json.dumps`."""
        return configs.to_json(self, **kwargs)

    def to_yaml(self, **kwargs: Any) -> str:
        """The description of the network as YAML; needs the package `pyyaml`."""
        return configs.to_yaml(self, **kwargs)

    def summary(
        self, line_length: int | None = None, positions: Any = None, print_fn: Any = None
    ) -> None:
        """Prints the layers, their shapes and their numbers of parameters.

        Args:
          line_length: the width in characters.
          positions: where the columns end, as shares of the width or in characters.
          print_fn: is called with each line, instead of printing it.

        Raises:
          ValueError: the network has not been built.
        """
        if not self.built:
            raise ValueError(
                "This model has not yet been built. Build the model first by calling `build()` or "
                "calling `fit()` with some data, or specify an `input_shape` argument in the first "
                "layer(s) for automatic build."
            )
        print_summary(self, line_length, positions, print_fn)

    # ---- Files ----

    def checkpoint_children(self) -> dict[str, Any]:
        """The layers by their numbers, and the attributes, as checkpoints of objects keep them."""
        found: dict[str, Any] = {}
        with_weights = 0
        for number, layer in enumerate(self.layers):
            if layer.weights:
                found[f"layer_with_weights-{with_weights}"] = layer
                with_weights += 1
            found[f"layer-{number}"] = layer
        for name, value in vars(self).items():
            known = isinstance(value, (Layer, Variable)) or hasattr(value, "checkpoint_children")
            if name[0] != "_" and known:
                found[name] = value
        return found

    def save(
        self,
        filepath: str,
        overwrite: bool = True,
        include_optimizer: bool = True,
        save_format: str | None = None,
        signatures: Any = None,
        options: Any = None,
    ) -> None:
        """Writes layers, variables and the optimizer to a file, as `models.save_model` does."""
        from tfsession.keras.saving.models import save_model

        save_model(self, filepath, overwrite, include_optimizer, save_format, signatures, options)

    def save_weights(
        self, filepath: str, overwrite: bool = True, save_format: str | None = None
    ) -> None:
        """Writes the variables to a file.

        Args:
          filepath: its path; HDF5 where it ends in ".h5" or ".keras", else a checkpoint's.
          overwrite: whether a file that exists is replaced without a question.
          save_format: "h5" or "tf", whatever the path.

        Raises:
          ValueError: the format is neither.
          ImportError: the package `h5py` is missing.
        """
        self._assert_weights_created()
        files.save_weights(self, filepath, overwrite, save_format)

    def load_weights(self, filepath: str, by_name: bool = False) -> Any:
        """Reads the variables from a file of `save_weights`, or of `save`.

        Args:
          filepath: its path.
          by_name: whether layers are found by their names, not by their order; HDF5 only.

        Returns:
          The status of a checkpoint; None of HDF5.

        Raises:
          ValueError: layers or shapes do not fit.
          NotImplementedError: a checkpoint is to be loaded by name.
        """
        return files.load_weights(self, filepath, by_name)


def _is_metric(layer: Any) -> bool:
    return bool(getattr(layer, "_is_metric", False))


def _is_functional(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return (
        len(args) == 2
        or (len(args) == 1 and "outputs" in kwargs)
        or ("inputs" in kwargs and "outputs" in kwargs)
    )


def _inputs_and_outputs(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
    inputs = args[0] if args else kwargs["inputs"]
    outputs = args[1] if len(args) > 1 else kwargs["outputs"]
    return inputs, outputs


def _single(tensors: Any) -> Any:
    """A list of one tensor as that tensor."""
    if isinstance(tensors, (list, tuple)):
        return unpacked(list(tensors))
    return tensors


def _unique(names: list[str]) -> list[str]:
    """Names, with a number where one comes again: `dense`, `dense_1`."""
    given: dict[str, int] = {}
    result = []
    for name in names:
        count = given.get(name, 0)
        given[name] = count + 1
        result.append(f"{name}_{count}" if count else name)
    return result
