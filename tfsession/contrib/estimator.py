"""`tf.contrib.estimator`: what was added to estimators before it had a public name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tfsession.estimator.estimator import Estimator
from tfsession.estimator.receivers import (
    build_raw_supervised_input_receiver_fn,
    build_supervised_input_receiver_fn_from_input_fn,
)
from tfsession.names import absent

__all__ = [
    "build_raw_supervised_input_receiver_fn",
    "build_supervised_input_receiver_fn_from_input_fn",
    "export_all_saved_models",
    "export_saved_model_for_mode",
]


def export_saved_model_for_mode(
    estimator: Estimator,
    export_dir_base: str,
    input_receiver_fn: Callable[[], Any],
    assets_extra: Mapping[str, str] | None = None,
    as_text: bool = False,
    checkpoint_path: str | None = None,
    mode: str = "infer",
) -> bytes:
    """Writes a SavedModel of one mode: `Estimator.export_saved_model`.

    Source: TensorFlow 1.15 `tf.contrib.estimator.export_saved_model_for_mode`.
    """
    return estimator.export_saved_model(
        export_dir_base, input_receiver_fn, assets_extra, as_text, checkpoint_path, mode
    )


def export_all_saved_models(
    estimator: Estimator,
    export_dir_base: str,
    input_receiver_fn_map: Mapping[str, Callable[[], Any]],
    assets_extra: Mapping[str, str] | None = None,
    as_text: bool = False,
    checkpoint_path: str | None = None,
) -> bytes:
    """Writes a SavedModel of several modes: `Estimator.experimental_export_all_saved_models`.

    Source: TensorFlow 1.15 `tf.contrib.estimator.export_all_saved_models`.
    """
    return estimator.experimental_export_all_saved_models(
        export_dir_base, input_receiver_fn_map, assets_extra, as_text, checkpoint_path
    )


absent.explain_in(__name__)
