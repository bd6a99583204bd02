"""`tf.estimator.tpu.RunConfig` and TPUConfig: how a TPUEstimator runs, here on the local device."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from tfsession.estimator import run_config

__all__ = ["InputPipelineConfig", "RunConfig", "TPUConfig", "check_positive_integer"]

_CORES_PER_REPLICA = (1, 2, 4, 8, 16, 32, 64, 128)


class InputPipelineConfig:
    """How input reaches the cores of TPUs; on a local device each is the same.

    Source: TensorFlow 1.15 `tf.estimator.tpu.InputPipelineConfig`.
    """

    PER_SHARD_V1 = 1
    PER_HOST_V1 = 2
    PER_HOST_V2 = 3
    BROADCAST = 4
    SLICED = 5


def check_positive_integer(value: Any, name: str) -> None:
    """Raises where a value is no positive int.

    Raises:
      TypeError: it is no int.
      ValueError: it is not positive.
    """
    if not isinstance(value, int):
        raise TypeError(f"{name} must be int, got {type(value)}")
    if value <= 0:
        raise ValueError(f"{name} must be positive, got {value}")


class _Fields(NamedTuple):
    iterations_per_loop: Any
    num_shards: int | None
    num_cores_per_replica: int | None
    per_host_input_for_training: int
    tpu_job_name: str | None
    initial_infeed_sleep_secs: int | None
    input_partition_dims: Any
    eval_training_input_configuration: int
    experimental_host_call_every_n_steps: int


class TPUConfig(_Fields):
    """Options of TPUs, of which a local device heeds `iterations_per_loop` alone, for its log.

    Source: TensorFlow 1.15 `tf.estimator.tpu.TPUConfig`.
    """

    __slots__ = ()

    def __new__(
        cls,
        iterations_per_loop: Any = 2,
        num_shards: int | None = None,
        num_cores_per_replica: int | None = None,
        per_host_input_for_training: Any = True,
        tpu_job_name: str | None = None,
        initial_infeed_sleep_secs: int | None = None,
        input_partition_dims: Any = None,
        eval_training_input_configuration: int = InputPipelineConfig.PER_HOST_V1,
        experimental_host_call_every_n_steps: int = 1,
    ) -> TPUConfig:
        """Creates options.

        Args:
          iterations_per_loop: how many steps a TPU takes before it answers, or for how long, as
            "90s"; a local device takes one.
          num_shards: how many cores.
          num_cores_per_replica: how many of them run one model.
          per_host_input_for_training: one of InputPipelineConfig; True for PER_HOST_V1, False for
            PER_SHARD_V1.
          tpu_job_name: the job of a cluster that has the TPUs.
          initial_infeed_sleep_secs: how long input waits at the start, in seconds.
          input_partition_dims: how each input is divided.
          eval_training_input_configuration: one of InputPipelineConfig.
          experimental_host_call_every_n_steps: how often the host call runs.

        Raises:
          ValueError, TypeError: a value is out of its range, or of another type.
        """
        _check_iterations(iterations_per_loop)
        if num_shards is not None:
            check_positive_integer(num_shards, "TPUConfig num_shards")
        if input_partition_dims is not None:
            if per_host_input_for_training != InputPipelineConfig.PER_HOST_V2:
                raise ValueError("input_partition_dims is only supported in PER_HOST_V2 mode.")
        if num_cores_per_replica is not None and num_cores_per_replica not in _CORES_PER_REPLICA:
            known = ", ".join(map(str, _CORES_PER_REPLICA))
            raise ValueError(f"num_cores_per_replica must be {known}; got {num_cores_per_replica}")
        known_for_evaluation = (InputPipelineConfig.PER_HOST_V1, InputPipelineConfig.SLICED)
        if eval_training_input_configuration not in known_for_evaluation:
            raise ValueError(
                "eval_training_input_configuration must be PER_HOST_V1 or SLICED; got "
                f"{eval_training_input_configuration}"
            )
        if per_host_input_for_training is True:
            per_host_input_for_training = InputPipelineConfig.PER_HOST_V1
        elif per_host_input_for_training is False:
            per_host_input_for_training = InputPipelineConfig.PER_SHARD_V1
        if initial_infeed_sleep_secs:
            check_positive_integer(initial_infeed_sleep_secs, "TPUConfig initial_infeed_sleep_secs")
        return super().__new__(
            cls,
            iterations_per_loop,
            num_shards,
            num_cores_per_replica,
            per_host_input_for_training,
            tpu_job_name,
            initial_infeed_sleep_secs,
            input_partition_dims,
            eval_training_input_configuration,
            experimental_host_call_every_n_steps,
        )


def _check_iterations(value: Any) -> None:
    if isinstance(value, str) and re.fullmatch(r"[1-9]\d*[smh]", value):
        return
    if not isinstance(value, int) or value < 1:
        raise ValueError(
            "Invalid TPUConfig `iterations_per_loop` value. Value must be positive integer value "
            "or time-based value `<N><s|m|h>` where <N> is anypositive integer and `s`, `m`, `h` "
            "are unit of time in seconds, minutes, hours respectively. Examples of valid values: "
            "`3600s`, `60m`, `1h`."
        )


class RunConfig(run_config.RunConfig):
    """How a TPUEstimator runs.

    Source: TensorFlow 1.15 `tf.estimator.tpu.RunConfig`.
    """

    def __init__(
        self,
        tpu_config: TPUConfig | None = None,
        evaluation_master: str | None = None,
        master: str | None = None,
        cluster: Any = None,
        **kwargs: Any,
    ) -> None:
        """Creates a configuration.

        Args:
          tpu_config: options of TPUs.
          evaluation_master: the target of sessions that evaluate; `master` when None.
          master: the target of sessions that train.
          cluster: a ClusterResolver that knows them.
          **kwargs: arguments of `tf.estimator.RunConfig`.
        """
        super().__init__(**kwargs)
        self._tpu_config = tpu_config or TPUConfig()
        self._cluster = cluster
        if master is not None and cluster is not None:
            raise ValueError("Both master and cluster are set.")
        if cluster:
            self._master = cluster.master()
            if evaluation_master is None:
                evaluation_master = self._master
        elif master is not None:
            self._master = master
        if evaluation_master is not None:
            self._evaluation_master = evaluation_master
        elif master is not None:
            self._evaluation_master = master

    @property
    def evaluation_master(self) -> str:
        """The target of sessions that evaluate."""
        return self._evaluation_master

    @property
    def master(self) -> str:
        """The target of sessions that train."""
        return self._master

    @property
    def tpu_config(self) -> TPUConfig:
        """Options of TPUs."""
        return self._tpu_config

    @property
    def cluster(self) -> Any:
        """The ClusterResolver, or None."""
        return self._cluster

    def replace(self, **kwargs: Any) -> RunConfig:
        """A copy with other values.

        Args:
          **kwargs: `tpu_config`, and what `tf.estimator.RunConfig.replace` takes.

        Raises:
          ValueError: a name is unknown, or a value is out of its range.
        """
        tpu_config = kwargs.pop("tpu_config", None)
        made = super().replace(**kwargs)
        assert isinstance(made, RunConfig)
        if tpu_config is not None:
            made._tpu_config = tpu_config
        return made
