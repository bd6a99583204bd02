"""`Model`: a network that is trained, evaluated and used."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.keras import optimizers
from tfsession.keras.backend.state import GraphFunction
from tfsession.keras.engine import data, loops
from tfsession.keras.engine.compiled import Compiled
from tfsession.keras.engine.network import Network
from tfsession.layers.nodes import unpacked
from tfsession.layers.phase import learning_phase

__all__ = ["Model"]

Batch = tuple[list[Any], list[Any], list[Any]]


class Model(Network):
    """Layers from inputs to outputs, with what trains, evaluates and uses them.

    Args:
      *args: `inputs` and `outputs`, tensors or structures of them; none for a subclass, which
        makes its layers in its constructor and calls them in `call`.
      **kwargs: the same; `name`.

    Source: TensorFlow 1.15 `tf.keras.Model`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.optimizer: Any = None
        self.loss: Any = None
        self.stop_training = False
        self.history: Any = None
        self.compiled: Compiled | None = None
        self.compile_arguments: dict[str, Any] | None = None
        self._predict_function: GraphFunction | None = None

    def _tracked(self) -> dict[str, Any]:
        left_out = ("compiled", "compile_arguments", "optimizer", "loss", "history")
        return {k: v for k, v in super()._tracked().items() if k not in left_out}

    def layer_metrics(self) -> list[Any]:
        return super().metrics

    # ---- Compiling ----

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        metrics: Any = None,
        loss_weights: Any = None,
        sample_weight_mode: Any = None,
        weighted_metrics: Any = None,
        target_tensors: Any = None,
        distribute: Any = None,
        **kwargs: Any,
    ) -> None:
        """Says how the model is trained.

        Args:
          optimizer: an optimizer of Keras or of `tf.train`, or its name.
          loss: a loss, a function or a name; a list or a dict of these for several outputs.
          metrics: a list of metrics, functions or names; a list of lists or a dict for outputs.
          loss_weights: the factors of the losses of outputs.
          sample_weight_mode: "temporal" where each step of a sequence has a weight.
          weighted_metrics: metrics that take the weights of samples.
          target_tensors: tensors to take as targets instead of what is fed.
          distribute: not possible.
          **kwargs: `run_eagerly`, False; `options` and `run_metadata` of `Session.run`.

        Raises:
          ValueError: an argument is not known, or does not fit the outputs.
        """
        if kwargs.pop("run_eagerly", None):
            raise ValueError("compile: run_eagerly=True; models run as graphs here; want False")
        before = dict(vars(self))
        try:
            self._compile(
                optimizers.get(optimizer),
                loss,
                metrics,
                loss_weights,
                sample_weight_mode,
                weighted_metrics,
                target_tensors,
                kwargs,
            )
        except Exception:
            # What was compiled before still trains.
            vars(self).clear()
            vars(self).update(before)
            raise

    def _compile(
        self,
        optimizer: Any,
        loss: Any,
        metrics: Any,
        loss_weights: Any,
        sample_weight_mode: Any,
        weighted_metrics: Any,
        target_tensors: Any,
        kwargs: dict[str, Any],
    ) -> None:
        self.optimizer = optimizer
        self.loss = loss or {}
        self.loss_weights = loss_weights
        self.sample_weight_mode = sample_weight_mode
        self.compile_arguments = {
            "loss": loss,
            "metrics": metrics,
            "loss_weights": loss_weights,
            "sample_weight_mode": sample_weight_mode,
            "weighted_metrics": weighted_metrics,
            "target_tensors": target_tensors,
            **kwargs,
        }
        self.compiled = None
        if self.outputs:
            self._connect_compiled()

    def _connect_compiled(self) -> None:
        self.collected_trainable_weights = self.trainable_weights
        self.compiled = Compiled(self, self.optimizer, **(self.compile_arguments or {}))
        self._predict_function = None

    @property
    def total_loss(self) -> Any:
        """The tensor of the loss."""
        return self._known().total_loss

    @property
    def metrics(self) -> list[Any]:
        """The metrics that were compiled, and those of layers."""
        return self.layer_metrics() if self.compiled is None else self.compiled.metrics

    @property
    def metrics_names(self) -> list[str]:
        """ "loss", and the names of the metrics."""
        return ["loss"] if self.compiled is None else self.compiled.metrics_names

    @property
    def targets(self) -> list[Any]:
        """The tensors that outputs are compared with."""
        return [output.target for output in self._known().trained]

    @property
    def sample_weights(self) -> list[Any]:
        """The tensors of the weights of samples."""
        return [output.sample_weight for output in self._known().trained]

    @property
    def run_eagerly(self) -> bool:
        """False: models run as graphs."""
        return False

    def reset_metrics(self) -> None:
        """Lets all metrics begin anew."""
        for metric in self.metrics:
            metric.reset_states()

    def _known(self) -> Compiled:
        if self.compiled is None:
            raise RuntimeError(
                "You must compile your model before training/testing. Use `model.compile(optimizer,"
                " loss)`."
            )
        return self.compiled

    def _check_compiled(self) -> None:
        if self.optimizer is None:
            self._known()

    # ---- Arrays ----

    def _set_inputs(self, x: Any) -> None:
        """Builds a model that was not told of its inputs, of the shapes of arrays."""
        if self.inputs:
            return
        listed = x if isinstance(x, (list, tuple)) else [x]
        feeds = (
            {k: _like(v) for k, v in x.items()}
            if isinstance(x, dict)
            else [_like(v) for v in listed]
        )
        inputs = feeds if isinstance(feeds, dict) else unpacked(feeds)
        outputs = self(inputs)
        flat = list(feeds.values()) if isinstance(feeds, dict) else feeds
        self.inputs = flat
        self.outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        names = (
            list(feeds) if isinstance(feeds, dict) else [f"input_{i + 1}" for i in range(len(flat))]
        )
        self.input_names = self.feed_input_names = names
        self.output_names = [f"output_{i + 1}" for i in range(len(self.outputs))]
        self.feed_inputs = flat
        self.feed_input_shapes = [tuple(t.shape.as_list()) for t in flat]
        self.built = True
        if self.compile_arguments is not None and self.compiled is None:
            self._connect_compiled()

    def arrays_of(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None
    ) -> Batch:
        """Inputs, targets and weights in their order, checked."""
        self._check_compiled()
        self._set_inputs(x)
        compiled = self._known()
        inputs = data.in_order(x, self.feed_input_names, self.feed_input_shapes, "input")
        outputs = compiled.feed_outputs
        names = [output.name for output in outputs]
        shapes = [output.target_shape() for output in outputs]
        targets = data.in_order(y, names, shapes, "target")
        _check_losses(targets, outputs)
        each = _by_output(sample_weight, names, "sample_weight")
        classes = _by_output(class_weight, names, "class_weight", is_class_weight=True)
        weights = [
            data.weights_of(target, w, c, output.weight_mode)
            for target, w, c, output in zip(targets, each, classes, outputs, strict=True)
        ]
        data.check_lengths(inputs, targets, weights)
        if any(w is not None for w in weights):
            compiled.use_sample_weights()
        if any(output.sample_weight is not None for output in outputs):
            weights = [
                w if w is not None else _ones(target, output)
                for w, target, output in zip(weights, targets, outputs, strict=True)
            ]
        else:
            weights = []
        if self.stateful and inputs and inputs[0] is not None:
            self._check_stateful(inputs)
        return inputs, targets, weights

    def _check_stateful(self, inputs: list[Any]) -> None:
        shapes: list[Any] = self.feed_input_shapes
        size = shapes[0][0]
        if size and inputs[0].shape[0] % size:
            raise ValueError(
                "In a stateful network, you should only pass inputs with a number of samples that "
                "can be divided by the batch size. Found: "
                f"{inputs[0].shape[0]} samples. Batch size: {size}."
            )

    # ---- One batch ----

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        reset_metrics: bool = True,
    ) -> Any:
        """Trains on a batch; returns the loss, or the list of loss and metrics."""
        batch = self.arrays_of(x, y, sample_weight, class_weight)
        values = self.train_arrays(batch)
        if reset_metrics:
            self.reset_metrics()
        return unpacked(values)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, reset_metrics: bool = True
    ) -> Any:
        """The loss of a batch, or the list of loss and metrics."""
        batch = self.arrays_of(x, y, sample_weight)
        values = self.test_arrays(batch)
        if reset_metrics:
            self.reset_metrics()
        return unpacked(values)

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs of a batch."""
        return unpacked(self.predict_arrays(self.inputs_of(x)))

    def train_arrays(self, batch: Batch) -> list[Any]:
        return _run(self._known().train_function(), batch, 1)

    def test_arrays(self, batch: Batch) -> list[Any]:
        return _run(self._known().test_function(), batch, 0)

    def inputs_of(self, x: Any) -> list[Any]:
        self._set_inputs(x)
        inputs = data.in_order(x, self.feed_input_names, self.feed_input_shapes, "input")
        if len(data.lengths(inputs)) > 1:
            data.check_lengths(inputs, [], [])
        return inputs

    def predict_arrays(self, inputs: list[Any]) -> list[Any]:
        if self._predict_function is None:
            feeds = list(self.feed_inputs)
            phase = learning_phase()
            feeds += [] if isinstance(phase, int) else [phase]
            with name_scope("predict"):
                self._predict_function = GraphFunction(
                    feeds, self.outputs, updates=self.state_updates, name="predict_function"
                )
        return _run(self._predict_function, (inputs, [], []), 0)

    # ---- Loops ----

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int = 1,
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: Any = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_freq: Any = 1,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Trains on arrays, a data set, a generator or a `Sequence`.

        Args:
          x: the inputs, or what gives batches of (inputs, targets) or of these and weights.
          y: the targets.
          batch_size: samples per update; 32 when None.
          epochs: up to which epoch it trains.
          verbose: 0 prints nothing, 1 a progress bar, 2 a line per epoch.
          callbacks: a list of Callbacks.
          validation_split: the share of the samples, at the end, that the model is validated on.
          validation_data: inputs and targets, or these and weights, that it is validated on.
          shuffle: whether samples are shuffled before each epoch; "batch" keeps batches.
          class_weight: class -> weight.
          sample_weight: the weights of samples.
          initial_epoch: from which epoch on it trains.
          steps_per_epoch: batches per epoch, where `x` has no length.
          validation_steps: batches per validation, likewise.
          validation_freq: after how many epochs, or after which ones, it is validated.
          max_queue_size, workers, use_multiprocessing: kept; batches are made one after the other.
          **kwargs: `nb_epoch`, the old name of `epochs`.

        Returns:
          A History.

        Raises:
          RuntimeError: the model was not compiled.
          ValueError: shapes or lengths do not fit.
          TypeError: an argument is not known.
        """
        if "nb_epoch" in kwargs:
            epochs = kwargs.pop("nb_epoch")
        if kwargs:
            raise TypeError(f"Unrecognized keyword arguments: {kwargs}")
        self._check_compiled()
        plan = loops.Training(
            epochs=epochs,
            initial_epoch=initial_epoch,
            verbose=verbose,
            callbacks=callbacks,
            validation_freq=validation_freq,
            shuffle=shuffle,
        )
        if loops.gives_batches(x):
            source = loops.Source(self, x, steps_per_epoch, class_weight, y, shuffle=shuffle)
            validation = loops.validation_source(
                self, validation_data, validation_steps, batch_size
            )
            return loops.fit_batches(self, source, validation, plan)
        return loops.fit_arrays(
            self,
            (x, y, sample_weight, class_weight),
            loops.batch_size_of(self, batch_size),
            validation_split,
            loops.validation_source(self, validation_data, validation_steps, batch_size),
            plan,
            steps_per_epoch,
        )

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int = 1,
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
    ) -> Any:
        """The loss, or the list of loss and metrics, of arrays or of what gives batches.

        Args:
          x, y, batch_size, sample_weight: as of `fit`.
          verbose: 0 prints nothing, 1 a progress bar.
          steps: the number of batches, where `x` has no length.
          callbacks: a list of Callbacks.
          max_queue_size, workers, use_multiprocessing: kept, without effect.
        """
        self._check_compiled()
        if loops.gives_batches(x):
            source: Any = loops.Source(self, x, steps)
        else:
            batch = self.arrays_of(x, y, sample_weight)
            source = loops.ArraySource(self, batch, loops.batch_size_of(self, batch_size))
        return unpacked(loops.evaluate(self, source, verbose, callbacks))

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int = 0,
        steps: int | None = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
    ) -> Any:
        """The outputs of arrays or of what gives batches, as arrays.

        Args:
          x, batch_size: as of `fit`.
          verbose: 0 prints nothing, 1 a progress bar.
          steps: the number of batches, where `x` has no length.
          callbacks: a list of Callbacks.
          max_queue_size, workers, use_multiprocessing: kept, without effect.
        """
        if loops.gives_batches(x):
            source: Any = loops.Source(self, x, steps, is_prediction=True)
        else:
            inputs = self.inputs_of(x)
            source = loops.ArraySource(
                self, (inputs, [], []), loops.batch_size_of(self, batch_size)
            )
        return unpacked(loops.predict(self, source, verbose, callbacks))

    def fit_generator(
        self,
        generator: Any,
        steps_per_epoch: int | None = None,
        epochs: int = 1,
        verbose: int = 1,
        callbacks: Any = None,
        validation_data: Any = None,
        validation_steps: int | None = None,
        validation_freq: Any = 1,
        class_weight: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        shuffle: bool = True,
        initial_epoch: int = 0,
    ) -> Any:
        """Trains on batches of a generator or a `Sequence`; the arguments are those of `fit`."""
        return self.fit(
            generator,
            steps_per_epoch=steps_per_epoch,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_data=validation_data,
            validation_steps=validation_steps,
            validation_freq=validation_freq,
            class_weight=class_weight,
            max_queue_size=max_queue_size,
            workers=workers,
            use_multiprocessing=use_multiprocessing,
            shuffle=shuffle,
            initial_epoch=initial_epoch,
        )

    def evaluate_generator(
        self,
        generator: Any,
        steps: int | None = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        verbose: int = 0,
    ) -> Any:
        """Evaluates on the batches of a generator; the arguments are those of `evaluate`."""
        return self.evaluate(generator, steps=steps, callbacks=callbacks, verbose=verbose)

    def predict_generator(
        self,
        generator: Any,
        steps: int | None = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        verbose: int = 0,
    ) -> Any:
        """The outputs of the batches of a generator; the arguments are those of `predict`."""
        return self.predict(generator, steps=steps, callbacks=callbacks, verbose=verbose)

    # ---- Losses and metrics that are added ----

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Adds losses; tensors of a network of layers become layers of it."""
        super().add_loss(losses, inputs=inputs)
        if self.compiled is not None and self.compile_arguments is not None:
            self._connect_compiled()


def _run(function: GraphFunction, batch: Batch, phase: int) -> list[Any]:
    inputs, targets, weights = batch
    feeds = [*inputs, *targets, *weights]
    if len(feeds) < len(function.inputs):
        feeds.append(np.asarray(bool(phase)))
    values: list[Any] = function(feeds)
    return values


def _like(x: Any) -> Any:
    """A placeholder for arrays like one."""
    x = data.as_array(x)
    if isinstance(x, Tensor):
        return x
    from tfsession.keras.backend.tensors import placeholder
    from tfsession.layers.settings import floatx

    is_float = np.issubdtype(x.dtype, np.floating)
    return placeholder((None, *x.shape[1:]), dtype=floatx() if is_float else x.dtype.name)


def _ones(target: Any, output: Any) -> Any:
    axes = 2 if output.weight_mode == "temporal" else 1
    return np.ones(target.shape[:axes], dtype="float32")


def _by_output(given: Any, names: list[str], what: str, is_class_weight: bool = False) -> list[Any]:
    """Weights in the order of outputs: one for all is for the only output."""
    if given is None or (isinstance(given, (list, dict)) and not len(given)):
        return [None] * len(names)
    if len(names) == 1:
        if isinstance(given, (list, tuple)) and len(given) == 1:
            return list(given)
        if isinstance(given, dict) and names[0] in given:
            return [given[names[0]]]
        return [given]
    if isinstance(given, (list, tuple)):
        if len(given) != len(names):
            raise ValueError(
                f"Provided `{what}` was a list of {len(given)} elements, but the model has "
                f"{len(names)} outputs. You should provide one `{what}`array per model output."
            )
        return list(given)
    if isinstance(given, dict):
        unknown = set(given) - set(names)
        if unknown and not is_class_weight:
            raise ValueError(
                f"Unknown entries in {what} dictionary: {sorted(unknown)}. Only expected following "
                f"keys: {names}"
            )
        return [given.get(name) for name in names]
    raise TypeError(
        f"The model has multiple outputs, so `{what}` should be either a list or a dict. Provided "
        f"`{what}` type not understood: {given}"
    )


def _check_losses(targets: list[Any], outputs: list[Any]) -> None:
    """Refuses targets of one column where a loss compares classes."""
    from tfsession.keras import losses

    for target, output in zip(targets, outputs, strict=True):
        function = getattr(output.loss, "fn", None)
        if target is None or isinstance(target, Tensor):
            continue
        if function is losses.categorical_crossentropy and target.shape[-1] == 1:
            raise ValueError(
                f"You are passing a target array of shape {target.shape} while using as loss "
                "`categorical_crossentropy`. `categorical_crossentropy` expects targets to be "
                "binary matrices (1s and 0s) of shape (samples, classes). If your targets are "
                "integer classes, you can convert them to the expected format via:\n```\nfrom "
                "keras.utils import to_categorical\ny_binary = to_categorical(y_int)\n```\n\n"
                "Alternatively, you can use the loss function `sparse_categorical_crossentropy` "
                "instead, which does expect integer targets."
            )
