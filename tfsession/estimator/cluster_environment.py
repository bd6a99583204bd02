"""Which task of a cluster a process is: what the environment variable ``TF_CONFIG`` says."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any

from tfsession.logging import info
from tfsession.protos import ConfigProto, RewriterConfig
from tfsession.train.cluster_spec import ClusterSpec

__all__ = [
    "ClusterEnvironment",
    "TaskType",
    "cluster_session_config",
    "default_session_config",
    "read",
]

_VARIABLE = "TF_CONFIG"
_FROM_VARIABLE = "Note that these values may be coming from the TF_CONFIG environment variable."


class TaskType:
    """The names of the jobs of a cluster.

    Source: TensorFlow 1.15 `tf.contrib.learn.TaskType`.
    """

    MASTER = "master"
    PS = "ps"
    WORKER = "worker"
    CHIEF = "chief"
    EVALUATOR = "evaluator"


@dataclass(frozen=True)
class ClusterEnvironment:
    """The task of this process; by default there is no other.

    Attributes:
      cluster_spec: the cluster, without the job of evaluators' peers.
      task_type, task_id: the job and the number of this task in it.
      master: the target of sessions that train.
      evaluation_master: the target of sessions that evaluate.
      is_chief: whether this task writes checkpoints.
      num_ps_replicas, num_worker_replicas: how many tasks keep variables, and how many train.
      global_id_in_cluster: the number of this task among all; None for an evaluator.
      service: what ``TF_CONFIG`` says of the service.
      model_dir: the folder that ``TF_CONFIG`` names, or None.
    """

    cluster_spec: ClusterSpec = field(default_factory=lambda: ClusterSpec({}))
    task_type: str = TaskType.WORKER
    task_id: int = 0
    master: str = ""
    evaluation_master: str = ""
    is_chief: bool = True
    num_ps_replicas: int = 0
    num_worker_replicas: int = 1
    global_id_in_cluster: int | None = 0
    service: Any = None
    model_dir: str | None = None


def read() -> ClusterEnvironment:
    """What ``TF_CONFIG`` says.

    Raises:
      ValueError: it is no JSON, or contradicts itself.
    """
    config = json.loads(os.environ.get(_VARIABLE) or "{}")
    if config:
        info("TF_CONFIG environment variable: %s", config)
    service = config.get("service")
    if service is not None and not isinstance(service, dict):
        raise TypeError(
            f'If "service" is set in TF_CONFIG, it must be a dict. Given {type(service)}'
        )
    cluster = ClusterSpec(config.get("cluster", {}))
    task = config.get("task", {})
    common = {
        "evaluation_master": config.get("eval_session_master", ""),
        "service": service,
        "model_dir": config.get("model_dir"),
    }
    if not cluster:
        return _alone(task, config.get("session_master", ""), common)
    return _of_cluster(cluster, task, config.get("session_master"), common)


def _alone(task: dict[str, Any], master: str, common: dict[str, Any]) -> ClusterEnvironment:
    if task.get("type", TaskType.WORKER) != TaskType.WORKER:
        raise ValueError('If "cluster" is not set in TF_CONFIG, task type must be WORKER.')
    if int(task.get("index", 0)) != 0:
        raise ValueError('If "cluster" is not set in TF_CONFIG, task index must be 0.')
    return ClusterEnvironment(master=master, **common)


def _of_cluster(
    cluster: ClusterSpec, task: dict[str, Any], master: str | None, common: dict[str, Any]
) -> ClusterEnvironment:
    jobs = cluster.as_dict()
    chief = TaskType.MASTER if TaskType.MASTER in jobs else TaskType.CHIEF
    task_type, task_id = _checked_task(jobs, chief, task)
    if task_type == TaskType.EVALUATOR:
        return ClusterEnvironment(
            task_type=task_type,
            task_id=task_id,
            is_chief=False,
            num_worker_replicas=0,
            global_id_in_cluster=None,
            **common,
        )
    _check_in_cluster(cluster, task_type, task_id)
    return ClusterEnvironment(
        cluster_spec=cluster,
        task_type=task_type,
        task_id=task_id,
        master=_master(cluster, task_type, task_id) if master is None else master,
        is_chief=task_type == chief,
        num_ps_replicas=len(jobs.get(TaskType.PS, ())),
        num_worker_replicas=len(jobs.get(TaskType.WORKER, ())) + 1,
        global_id_in_cluster=_global_id(jobs, chief, task_type, task_id),
        **common,
    )


def _checked_task(jobs: dict[str, Any], chief: str, task: dict[str, Any]) -> tuple[str, int]:
    if not jobs.get(chief):
        raise ValueError('If "cluster" is set in TF_CONFIG, it must have one "chief" node.')
    if len(jobs[chief]) > 1:
        raise ValueError(f'The "cluster" in TF_CONFIG must have only one "{chief}" node.')
    if "type" not in task:
        raise ValueError('If "cluster" is set in TF_CONFIG, task type must be set.')
    if "index" not in task:
        raise ValueError('If "cluster" is set in TF_CONFIG, task index must be set.')
    if int(task["index"]) < 0:
        raise ValueError("Task index must be non-negative number.")
    return task["type"], int(task["index"])


def _check_in_cluster(cluster: ClusterSpec, task_type: str, task_id: int) -> None:
    if task_type not in cluster.jobs:
        raise ValueError(
            f"{task_type} is not a valid task_type in the cluster_spec:\n{cluster}\n\n"
            f"{_FROM_VARIABLE}"
        )
    if task_id not in cluster.task_indices(task_type):
        raise ValueError(
            f"{task_id} is not a valid task_id for task_type {task_type} in the cluster_spec:\n"
            f"{cluster}\n\n{_FROM_VARIABLE}"
        )


def _master(cluster: ClusterSpec, task_type: str, task_id: int) -> str:
    """The target of sessions; a cluster of one task is this process."""
    if sum(cluster.num_tasks(job) for job in cluster.jobs) == 1:
        return ""
    return f"grpc://{cluster.task_address(task_type, task_id)}"


def _global_id(jobs: dict[str, Any], chief: str, task_type: str, task_id: int) -> int | None:
    """The number of a task among all: the chief first, then workers, then those with variables."""
    before = 0
    for job in (chief, TaskType.WORKER, TaskType.PS):
        if job == task_type:
            return before + task_id
        before += len(jobs.get(job, ()))
    return None


def default_session_config(device_filters: list[str] | None = None) -> ConfigProto:
    """What a session of an Estimator is made with, where the program says nothing.

    Args:
      device_filters: which devices of a cluster the session sees.
    """
    config = ConfigProto(allow_soft_placement=True, device_filters=device_filters)
    config.graph_options.rewrite_options.meta_optimizer_iterations = RewriterConfig.ONE
    return config


def cluster_session_config(environment: ClusterEnvironment) -> ConfigProto | None:
    """The configuration of a task of a cluster: it sees itself, and tasks with variables."""
    if not environment.cluster_spec:
        return None
    jobs = {TaskType.MASTER: ["/job:ps", "/job:master"], TaskType.CHIEF: ["/job:ps", "/job:chief"]}
    jobs[TaskType.WORKER] = ["/job:ps", f"/job:worker/task:{environment.task_id}"]
    jobs[TaskType.PS] = ["/job:ps", "/job:worker", "/job:chief", "/job:master"]
    if environment.task_type not in jobs:
        return None
    return default_session_config(jobs[environment.task_type])
