"""How an Estimator's graphs become a SavedModel."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from typing import Any

from tfsession import errors
from tfsession.estimator.export_outputs import ExportOutput
from tfsession.estimator.mode_keys import ModeKeys
from tfsession.estimator.model_fn import EXPORT_TAGS, EstimatorSpec, export_outputs_for_mode
from tfsession.graph import scopes
from tfsession.graph.scopes import GraphKeys
from tfsession.logging import info, warning
from tfsession.protos import SignatureDef
from tfsession.run.session import Session
from tfsession.saved_model import signature_constants, signature_def_utils
from tfsession.saved_model.builder import SavedModelBuilder
from tfsession.train.saver import Saver
from tfsession.train.scaffold import Scaffold

__all__ = ["MODES", "add_graph", "folder"]

#: The modes in the order in which their graphs are written.
MODES = (ModeKeys.TRAIN, ModeKeys.EVAL, ModeKeys.PREDICT)

_TRAIN_OP_KEY = "saved_model_train_op"
_EXTRA = "assets.extra"
# Kind of signature -> what its method is called.
_METHODS = {
    "Classify": signature_constants.CLASSIFY_METHOD_NAME,
    "Regress": signature_constants.REGRESS_METHOD_NAME,
    "Predict": signature_constants.PREDICT_METHOD_NAME,
    "Train": "tensorflow/supervised/training",
    "Eval": "tensorflow/supervised/eval",
}


@contextlib.contextmanager
def folder(
    base: str, assets_extra: Mapping[str, str] | None, as_text: bool
) -> Iterator[tuple[SavedModelBuilder, bytes]]:
    """A builder in a new folder named by the time, which gets its name when all is written.

    Args:
      base: the folder above.
      assets_extra: path below ``assets.extra`` -> a file to copy there.
      as_text: whether the graph is written as text.

    Yields:
      The builder, and the path of the folder.
    """
    base = os.fsdecode(base)
    there = _free_folder(base)
    temporary = os.path.join(base, f"temp-{os.path.basename(there)}")
    builder = SavedModelBuilder(temporary)
    yield builder, os.fsencode(there)
    builder.save(as_text)
    for target, source in (assets_extra or {}).items():
        path = os.path.join(temporary, _EXTRA, target)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copyfile(source, path)
    os.rename(temporary, there)


def _free_folder(base: str) -> str:
    """The first second from now on that no folder is named by."""
    seconds = int(time.time())
    while os.path.exists(os.path.join(base, str(seconds))):
        seconds += 1
    return os.path.join(base, str(seconds))


def add_graph(
    builder: SavedModelBuilder,
    receiver: Any,
    spec: EstimatorSpec,
    mode: str,
    checkpoint_path: str,
    session_config: Any,
    save_variables: bool,
    strip_default_attrs: bool,
    tags: list[str] | None = None,
) -> None:
    """Adds the default graph to a SavedModel.

    Args:
      builder: the model.
      receiver: what the inputs are.
      spec: what the model function returned.
      mode: what it was built for.
      checkpoint_path: where the values of variables are.
      session_config: a ConfigProto.
      save_variables: whether variables are written, as the first graph's are.
      strip_default_attrs: whether attributes that have their default value are left out.
      tags: what the graph is for; by default as the mode says.

    Raises:
      ValueError: the checkpoint lacks a variable.
    """
    outputs = export_outputs_for_mode(
        mode, spec.export_outputs, spec.predictions, spec.loss, spec.eval_metric_ops
    )
    signatures = _signatures(receiver, outputs, serving_only=mode == ModeKeys.PREDICT)
    with Session(config=session_config) as session:
        main_op = spec.scaffold.local_init_op or Scaffold.default_local_init_op()
        saver = spec.scaffold.saver or Saver(sharded=True)
        _restore(saver, session, checkpoint_path)
        if mode == ModeKeys.TRAIN:
            scopes.add_to_collection(_TRAIN_OP_KEY, spec.train_op)
        add = builder.add_meta_graph
        if save_variables:
            add = _with_session(builder, session)
        add(
            tags=EXPORT_TAGS[mode] if tags is None else tags,
            signature_def_map=signatures,
            assets_collection=scopes.get_collection(GraphKeys.ASSET_FILEPATHS),
            main_op=main_op,
            saver=saver,
            strip_default_attrs=strip_default_attrs,
        )


def _with_session(builder: SavedModelBuilder, session: Any) -> Any:
    def add(**arguments: Any) -> None:
        builder.add_meta_graph_and_variables(session, **arguments)

    return add


def _restore(saver: Any, session: Any, checkpoint_path: str) -> None:
    try:
        saver.restore(session, checkpoint_path)
    except errors.NotFoundError as error:
        raise ValueError(
            "Could not load all requested variables from checkpoint. Please make sure your "
            "model_fn does not expect variables that were not saved in the checkpoint.\n\n"
            f"Encountered error: {error}"
        ) from error


# ---- Signatures ----


def _signatures(
    receiver: Any, outputs: Mapping[str, ExportOutput], serving_only: bool
) -> dict[str, SignatureDef]:
    """The signatures of all outputs for all inputs; those that cannot be are logged."""
    made: dict[str, SignatureDef] = {}
    excluded: dict[str, str] = {}
    for name, output in outputs.items():
        try:
            made[str(name or "None")] = output.as_signature_def(receiver.receiver_tensors)
        except ValueError as error:
            excluded[str(name or "None")] = str(error)
    alternatives = getattr(receiver, "receiver_tensors_alternatives", None) or {}
    for receiver_name, tensors in alternatives.items():
        for name, output in outputs.items():
            key = f"{receiver_name or 'None'}:{name or 'None'}"
            try:
                made[key] = output.as_signature_def(tensors)
            except ValueError as error:
                excluded[key] = str(error)
    _report(made, excluded)
    if not serving_only:
        return made
    return {
        name: signature
        for name, signature in made.items()
        if signature_def_utils.is_valid_signature(signature)
    }


def _report(signatures: Mapping[str, SignatureDef], excluded: Mapping[str, str]) -> None:
    for kind, method in _METHODS.items():
        found = [name for name, x in signatures.items() if x.method_name == method]
        info("Signatures INCLUDED in export for %s: %s", kind, found or None)
    if excluded:
        info(
            "Signatures EXCLUDED from export because they cannot be be served via TensorFlow "
            "Serving APIs:"
        )
        for name, message in excluded.items():
            info("'%s' : %s", name, message)
    if not signatures:
        warning("Export includes no signatures!")
    elif signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY not in signatures:
        warning("Export includes no default signature!")
