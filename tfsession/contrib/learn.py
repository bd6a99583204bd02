"""`tf.contrib.learn`: of it, data sets, words as numbers, and the names of modes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfsession.names import absent
from tfsession.names.paths import register

# Type checkers do not see what is registered below.
if TYPE_CHECKING:
    datasets: Any
    preprocessing: Any

__all__ = ["ModeKeys", "datasets", "preprocessing"]


class ModeKeys:
    """What a model is built for.

    Source: TensorFlow 1.15 `tf.contrib.learn.ModeKeys`.
    """

    TRAIN = "train"
    EVAL = "eval"
    INFER = "infer"

    @classmethod
    def validate(cls, key: str) -> None:
        """Checks that it is one of them.

        Raises:
          ValueError: it is not.
        """
        if key not in (cls.TRAIN, cls.EVAL, cls.INFER):
            raise ValueError(f"Invalid mode {key}.")


absent.explain_in(__name__)

#: Below this module there is what it registers.
__path__: list[str] = []

_PATHS = {
    "datasets": "contrib.csv_data:load_iris",
    "datasets.base": "contrib.csv_data",
    "datasets.mnist": "contrib.mnist",
    "estimators.model_fn": "contrib.learn:ModeKeys",
    "preprocessing": "contrib.vocabulary",
    "preprocessing.categorical_vocabulary": "contrib.vocabulary:CategoricalVocabulary",
    "preprocessing.text": "contrib.vocabulary",
}
register(
    __name__,
    {
        **{path: sources for path, sources in _PATHS.items() if "estimators" not in path},
        "python": "",
        "python.learn": "contrib.learn",
        **{f"python.learn.{path}": sources for path, sources in _PATHS.items()},
    },
)
