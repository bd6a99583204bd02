"""`tf.estimator.RunConfig`: how an Estimator runs."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import Any

from tfsession.estimator import cluster_environment
from tfsession.estimator.cluster_environment import TaskType
from tfsession.logging import info
from tfsession.protos import ConfigProto
from tfsession.train.cluster_spec import ClusterSpec

__all__ = ["RunConfig", "TaskType", "takes_only"]

# What is chosen where an argument is not given: None is a choice.
USE_DEFAULT = object()

_REPLACEABLE = (
    "model_dir tf_random_seed save_summary_steps save_checkpoints_steps save_checkpoints_secs "
    "session_config keep_checkpoint_max keep_checkpoint_every_n_hours log_step_count_steps "
    "train_distribute device_fn protocol eval_distribute experimental_distribute "
    "experimental_max_worker_delay_secs session_creation_timeout_secs"
).split()
_SAVING_SECS = 600


class RunConfig:
    """How an Estimator runs: its folder, how often it saves, and its place in a cluster.

    Source: TensorFlow 1.15 `tf.estimator.RunConfig`.
    """

    _model_dir: Any
    _tf_random_seed: int | None
    _save_summary_steps: int | None
    _save_checkpoints_steps: int | None
    _save_checkpoints_secs: float | None
    _session_config: ConfigProto | None
    _keep_checkpoint_max: int | None
    _keep_checkpoint_every_n_hours: float
    _log_step_count_steps: int | None
    _train_distribute: Any
    _device_fn: Callable[[Any], str] | None
    _protocol: str | None
    _eval_distribute: Any
    _experimental_distribute: Any
    _experimental_max_worker_delay_secs: float | None
    _session_creation_timeout_secs: float

    def __init__(
        self,
        model_dir: str | None = None,
        tf_random_seed: int | None = None,
        save_summary_steps: int | None = 100,
        save_checkpoints_steps: Any = USE_DEFAULT,
        save_checkpoints_secs: Any = USE_DEFAULT,
        session_config: Any = None,
        keep_checkpoint_max: int | None = 5,
        keep_checkpoint_every_n_hours: float = 10000,
        log_step_count_steps: int | None = 100,
        train_distribute: Any = None,
        device_fn: Callable[[Any], str] | None = None,
        protocol: str | None = None,
        eval_distribute: Any = None,
        experimental_distribute: Any = None,
        experimental_max_worker_delay_secs: float | None = None,
        session_creation_timeout_secs: float = 7200,
    ) -> None:
        """Creates a configuration.

        Args:
          model_dir: the folder of checkpoints; that of ``TF_CONFIG``, or a new one, when None.
          tf_random_seed: the graph's seed; None for none.
          save_summary_steps: steps between summaries.
          save_checkpoints_steps, save_checkpoints_secs: steps or seconds between checkpoints; 600
            seconds where neither is given, no checkpoints where both are None.
          session_config: a ConfigProto.
          keep_checkpoint_max: how many checkpoints are kept; None or 0 for all.
          keep_checkpoint_every_n_hours: hours between checkpoints that are kept for good.
          log_step_count_steps: steps between messages of loss and speed; None for none.
          train_distribute, eval_distribute, experimental_distribute: must be None: there is one
            machine.
          device_fn: a function of an Operation that gives its device.
          protocol: "grpc" or "grpc+verbs"; None for "grpc".
          experimental_max_worker_delay_secs: how long workers wait before they start, in seconds.
          session_creation_timeout_secs: how long a worker waits for the chief, in seconds.

        Raises:
          ValueError: a value is out of its range, or ``TF_CONFIG`` contradicts itself.
        """
        if save_checkpoints_steps is USE_DEFAULT and save_checkpoints_secs is USE_DEFAULT:
            save_checkpoints_steps, save_checkpoints_secs = None, _SAVING_SECS
        elif save_checkpoints_secs is USE_DEFAULT:
            save_checkpoints_secs = None
        elif save_checkpoints_steps is USE_DEFAULT:
            save_checkpoints_steps = None
        if save_checkpoints_steps is not None and save_checkpoints_secs is not None:
            raise ValueError(
                "`save_checkpoints_steps` and `save_checkpoints_secs` cannot be both set."
            )
        environment = cluster_environment.read()
        model_dir = _model_dir(model_dir, environment.model_dir)
        values = {name: value for name, value in locals().items() if name in _REPLACEABLE}
        self._set({name: values[name] for name in _REPLACEABLE})
        if session_config is None:
            self._session_config = cluster_environment.cluster_session_config(environment)
        self._service = environment.service
        self._cluster_spec = environment.cluster_spec
        self._task_type = environment.task_type
        self._task_id = environment.task_id
        self._global_id_in_cluster = environment.global_id_in_cluster
        self._master = environment.master
        self._evaluation_master = environment.evaluation_master
        self._is_chief = environment.is_chief
        self._num_ps_replicas = environment.num_ps_replicas
        self._num_worker_replicas = environment.num_worker_replicas

    def _set(self, values: dict[str, Any]) -> None:
        """Checks values, and takes them over."""
        _check(values)
        for name, value in values.items():
            setattr(self, f"_{name}", value)

    def replace(self, **kwargs: Any) -> RunConfig:
        """A copy with other values.

        Args:
          **kwargs: values of arguments of the class; one of the two intervals between checkpoints
            unsets the other.

        Raises:
          ValueError: a name is unknown, or a value is out of its range.
        """
        for name in kwargs:
            if name not in _REPLACEABLE:
                raise ValueError(
                    f"Replacing {name} is not supported. Allowed properties are {_REPLACEABLE}."
                )
        steps, secs = "save_checkpoints_steps", "save_checkpoints_secs"
        if kwargs.get(steps) is not None and kwargs.get(secs) is not None:
            raise ValueError(f"`{steps}` and `{secs}` cannot be both set.")
        made = copy.deepcopy(self)
        if steps in kwargs and secs not in kwargs:
            kwargs[secs] = None
        elif secs in kwargs and steps not in kwargs:
            kwargs[steps] = None
        made._set(kwargs)
        return made

    @property
    def cluster_spec(self) -> ClusterSpec:
        """The cluster; empty where there is one process."""
        return self._cluster_spec

    @property
    def device_fn(self) -> Callable[[Any], str] | None:
        """A function of an Operation that gives its device, or None."""
        return self._device_fn

    @property
    def eval_distribute(self) -> Any:
        """None."""
        return self._eval_distribute

    @property
    def evaluation_master(self) -> str:
        """The target of sessions that evaluate."""
        return self._evaluation_master

    @property
    def experimental_max_worker_delay_secs(self) -> float | None:
        """How long workers wait before they start, in seconds, or None."""
        return self._experimental_max_worker_delay_secs

    @property
    def global_id_in_cluster(self) -> int | None:
        """The number of this task among all; None for an evaluator."""
        return self._global_id_in_cluster

    @property
    def is_chief(self) -> bool:
        """Whether this task writes checkpoints."""
        return self._is_chief

    @property
    def keep_checkpoint_every_n_hours(self) -> float:
        """Hours between checkpoints that are kept for good."""
        return self._keep_checkpoint_every_n_hours

    @property
    def keep_checkpoint_max(self) -> int | None:
        """How many checkpoints are kept."""
        return self._keep_checkpoint_max

    @property
    def log_step_count_steps(self) -> int | None:
        """Steps between messages of loss and speed."""
        return self._log_step_count_steps

    @property
    def master(self) -> str:
        """The target of sessions that train."""
        return self._master

    @property
    def model_dir(self) -> Any:
        """The folder of checkpoints."""
        return self._model_dir

    @property
    def num_ps_replicas(self) -> int:
        """How many tasks keep variables."""
        return self._num_ps_replicas

    @property
    def num_worker_replicas(self) -> int:
        """How many tasks train."""
        return self._num_worker_replicas

    @property
    def protocol(self) -> str | None:
        """The protocol between tasks, or None."""
        return self._protocol

    @property
    def save_checkpoints_secs(self) -> float | None:
        """Seconds between checkpoints, or None."""
        return self._save_checkpoints_secs

    @property
    def save_checkpoints_steps(self) -> int | None:
        """Steps between checkpoints, or None."""
        return self._save_checkpoints_steps

    @property
    def save_summary_steps(self) -> int | None:
        """Steps between summaries."""
        return self._save_summary_steps

    @property
    def service(self) -> Any:
        """What ``TF_CONFIG`` says of the service."""
        return self._service

    @property
    def session_config(self) -> ConfigProto | None:
        """What sessions are made with."""
        return self._session_config

    @property
    def session_creation_timeout_secs(self) -> float:
        """How long a worker waits for the chief, in seconds."""
        return self._session_creation_timeout_secs

    @property
    def task_id(self) -> int:
        """The number of this task in its job."""
        return self._task_id

    @property
    def task_type(self) -> str:
        """The job of this task."""
        return self._task_type

    @property
    def tf_random_seed(self) -> int | None:
        """The graph's seed, or None."""
        return self._tf_random_seed

    @property
    def train_distribute(self) -> Any:
        """None."""
        return self._train_distribute


def takes_only(function: Any, names: tuple[str, ...]) -> bool:
    """Whether a function takes arguments of these names, and no others."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
    return tuple(parameters) == names


# ---- Checks ----


def _model_dir(given: Any, of_environment: str | None) -> Any:
    if given is not None and not given:
        raise ValueError("model_dir should be non-empty.")
    if of_environment is None:
        return given
    if of_environment == "":
        raise ValueError("model_dir in TF_CONFIG should be non-empty.")
    if given is not None and given != of_environment:
        raise ValueError(
            "`model_dir` provided in RunConfig construct, if set, must have the same value as the "
            f"model_dir in TF_CONFIG. model_dir: {given}\n"
            f'TF_CONFIG["model_dir"]: {of_environment}.\n'
        )
    info("Using model_dir in TF_CONFIG: %s", of_environment)
    return of_environment


_NOT_NEGATIVE = (
    "save_summary_steps",
    "save_checkpoints_steps",
    "save_checkpoints_secs",
    "keep_checkpoint_max",
)
_POSITIVE = (
    "keep_checkpoint_every_n_hours",
    "log_step_count_steps",
    "session_creation_timeout_secs",
)


def _check(values: dict[str, Any]) -> None:
    """Raises the error of the first value that is out of its range."""

    def require(name: str, holds: Callable[[Any], bool], message: str) -> None:
        if values.get(name) is not None and not holds(values[name]):
            raise ValueError(message)

    require("model_dir", bool, "model_dir should be non-empty")
    for name in _NOT_NEGATIVE:
        require(name, lambda x: x >= 0, f"{name} should be >= 0")
    require(
        "session_config",
        lambda x: isinstance(x, ConfigProto),
        "session_config must be instance of ConfigProto",
    )
    for name in _POSITIVE:
        require(name, lambda x: x > 0, f"{name} should be > 0")
    require("tf_random_seed", lambda x: isinstance(x, int), "tf_random_seed must be integer.")
    require(
        "device_fn",
        lambda x: takes_only(x, ("op",)),
        'device_fn must be callable with exactly one argument "op".',
    )
    require(
        "protocol", lambda x: x in ("grpc", "grpc+verbs"), "protocol should be grpc or grpc+verbs"
    )
    for name in ("train_distribute", "eval_distribute", "experimental_distribute"):
        require(name, lambda x: False, f"{name} should be None: tfsession trains on one machine.")
