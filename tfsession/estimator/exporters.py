"""`tf.estimator`'s exporters: what `train_and_evaluate` writes behind evaluations."""

from __future__ import annotations

import abc
import glob
import inspect
import os
import shutil
from collections.abc import Callable, Mapping
from typing import Any

from tfsession.estimator.model_fn import LOSS_METRIC_KEY
from tfsession.formats.events import summary_iterator
from tfsession.logging import info, warning

__all__ = ["BestExporter", "Exporter", "FinalExporter", "LatestExporter"]


class Exporter(abc.ABC):
    """Writes a model behind an evaluation.

    Source: TensorFlow 1.15 `tf.estimator.Exporter`.
    """

    @property
    @abc.abstractmethod
    def name(self) -> str:
        """The name of its folder."""

    @abc.abstractmethod
    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: str,
        eval_result: dict[str, Any],
        is_the_final_export: bool,
    ) -> Any:
        """Writes the model where it is time for that.

        Args:
          estimator: the Estimator.
          export_path: the folder of this exporter.
          checkpoint_path: the checkpoint that was evaluated.
          eval_result: what the evaluation found.
          is_the_final_export: whether training has ended.

        Returns:
          The path of the model, or None.
        """


class _SavedModelExporter(Exporter):
    """Writes each time it is asked to."""

    def __init__(
        self,
        name: str,
        serving_input_receiver_fn: Callable[[], Any] | None,
        assets_extra: Mapping[str, str] | None,
        as_text: bool,
    ) -> None:
        self._name = name
        self._serving_input_receiver_fn = serving_input_receiver_fn
        self._assets_extra = assets_extra
        self._as_text = as_text

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self._name

    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: str,
        eval_result: dict[str, Any],
        is_the_final_export: bool,
    ) -> Any:
        """Writes the model."""
        return estimator.export_saved_model(
            export_path,
            self._serving_input_receiver_fn,
            assets_extra=self._assets_extra,
            as_text=self._as_text,
            checkpoint_path=checkpoint_path,
        )


class FinalExporter(_SavedModelExporter):
    """Writes a SavedModel at the end of training.

    Source: TensorFlow 1.15 `tf.estimator.FinalExporter`.
    """

    def __init__(
        self,
        name: str,
        serving_input_receiver_fn: Callable[[], Any],
        assets_extra: Mapping[str, str] | None = None,
        as_text: bool = False,
    ) -> None:
        """Creates an exporter.

        Args:
          name: the name of its folder.
          serving_input_receiver_fn, assets_extra, as_text: as of `Estimator.export_saved_model`.
        """
        super().__init__(name, serving_input_receiver_fn, assets_extra, as_text)

    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: str,
        eval_result: dict[str, Any],
        is_the_final_export: bool,
    ) -> Any:
        """Writes the model where training has ended."""
        if not is_the_final_export:
            return None
        info("Performing the final export in the end of training.")
        return super().export(estimator, export_path, checkpoint_path, eval_result, True)


class LatestExporter(_SavedModelExporter):
    """Writes a SavedModel behind each evaluation, and keeps the latest ones.

    Source: TensorFlow 1.15 `tf.estimator.LatestExporter`.
    """

    def __init__(
        self,
        name: str,
        serving_input_receiver_fn: Callable[[], Any],
        assets_extra: Mapping[str, str] | None = None,
        as_text: bool = False,
        exports_to_keep: int | None = 5,
    ) -> None:
        """Creates an exporter.

        Args:
          name: the name of its folder.
          serving_input_receiver_fn, assets_extra, as_text: as of `Estimator.export_saved_model`.
          exports_to_keep: how many models are kept; None for all.

        Raises:
          ValueError: `exports_to_keep` is not positive.
        """
        super().__init__(name, serving_input_receiver_fn, assets_extra, as_text)
        self._exports_to_keep = exports_to_keep
        if exports_to_keep is not None and exports_to_keep <= 0:
            raise ValueError("`exports_to_keep`, if provided, must be positive number")

    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: str,
        eval_result: dict[str, Any],
        is_the_final_export: bool,
    ) -> Any:
        """Writes the model, and removes old ones."""
        made = super().export(
            estimator, export_path, checkpoint_path, eval_result, is_the_final_export
        )
        _remove_old(export_path, self._exports_to_keep)
        return made


def loss_smaller(best_eval_result: dict[str, Any], current_eval_result: dict[str, Any]) -> bool:
    """Whether the loss of an evaluation is smaller than that of the best one.

    Raises:
      ValueError: one of them has no loss.
    """
    key = LOSS_METRIC_KEY
    if not best_eval_result or key not in best_eval_result:
        raise ValueError("best_eval_result cannot be empty or no loss is found in it.")
    if not current_eval_result or key not in current_eval_result:
        raise ValueError("current_eval_result cannot be empty or no loss is found in it.")
    return bool(best_eval_result[key] > current_eval_result[key])


class BestExporter(_SavedModelExporter):
    """Writes a SavedModel behind each evaluation that is better than all before.

    Source: TensorFlow 1.15 `tf.estimator.BestExporter`.
    """

    def __init__(
        self,
        name: str = "best_exporter",
        serving_input_receiver_fn: Callable[[], Any] | None = None,
        event_file_pattern: str | None = "eval/*.tfevents.*",
        compare_fn: Callable[..., bool] = loss_smaller,
        assets_extra: Mapping[str, str] | None = None,
        as_text: bool = False,
        exports_to_keep: int | None = 5,
    ) -> None:
        """Creates an exporter.

        Args:
          name: the name of its folder.
          serving_input_receiver_fn, assets_extra, as_text: as of `Estimator.export_saved_model`.
          event_file_pattern: which event files below the Estimator's folder have evaluations of
            earlier runs; None: earlier runs do not count.
          compare_fn: a function of `best_eval_result` and `current_eval_result`: whether the second
            one is better.
          exports_to_keep: how many models are kept; None for all.

        Raises:
          ValueError: `exports_to_keep` is not positive, or `compare_fn` is None or has other
            arguments.
        """
        super().__init__(name, serving_input_receiver_fn, assets_extra, as_text)
        if compare_fn is None:
            raise ValueError("`compare_fn` must not be None.")
        _check_compare_fn(compare_fn)
        if exports_to_keep is not None and exports_to_keep <= 0:
            raise ValueError(
                f"`exports_to_keep`, if provided, must be a positive number. Got {exports_to_keep}"
            )
        self._compare_fn = compare_fn
        self._event_file_pattern = event_file_pattern
        self._exports_to_keep = exports_to_keep
        self._has_exported = False
        self._best: dict[str, Any] | None = None

    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: str,
        eval_result: dict[str, Any],
        is_the_final_export: bool,
    ) -> Any:
        """Writes the model where it is the best one."""
        if not self._has_exported and self._event_file_pattern:
            # The first evaluation of this run is among those of the files.
            pattern = os.path.join(estimator.model_dir, self._event_file_pattern)
            self._best = self._best_of(pattern)
        self._has_exported = True
        if self._best is not None and not self._compare_fn(
            best_eval_result=self._best, current_eval_result=eval_result
        ):
            return None
        info("Performing best model export.")
        self._best = eval_result
        made = super().export(
            estimator, export_path, checkpoint_path, eval_result, is_the_final_export
        )
        _remove_old(export_path, self._exports_to_keep)
        return made

    def _best_of(self, pattern: str) -> dict[str, Any] | None:
        """The best evaluation of event files, or None."""
        info("Loading best metric from event files.")
        best: dict[str, Any] | None = None
        for path in sorted(glob.glob(pattern)):
            for event in summary_iterator(path):
                if event.WhichOneof("what") != "summary":
                    continue
                found = {
                    value.tag: value.simple_value
                    for value in event.summary.value
                    if value.HasField("simple_value")
                }
                if found and (best is None or self._compare_fn(best, found)):
                    best = found
        return best


def _check_compare_fn(compare_fn: Callable[..., bool]) -> None:
    """Raises where a function does not take the two evaluations."""
    if not callable(compare_fn):
        raise TypeError("unsupported callable")
    names = set(inspect.signature(compare_fn).parameters)
    for name in ("best_eval_result", "current_eval_result"):
        if name not in names:
            raise ValueError(f"compare_fn ({compare_fn}) must include {name} argument.")
    unknown = list(names - {"best_eval_result", "current_eval_result"})
    if unknown:
        raise ValueError(f"compare_fn ({compare_fn}) has following not expected args: {unknown}")


def _remove_old(folder: str, keep: int | None) -> None:
    """Removes all but the latest models of a folder; their names are times."""
    if keep is None or not os.path.isdir(folder):
        return
    names = sorted((name for name in os.listdir(folder) if name.isdigit()), key=int)
    for name in names[:-keep]:
        try:
            shutil.rmtree(os.path.join(folder, name))
        except OSError as error:
            warning("Can not delete %s recursively: %s", os.path.join(folder, name), error)
