"""`tf.train.ClusterSpec`: which tasks a cluster has, and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfsession.protos import ClusterDef

__all__ = ["ClusterSpec"]


class ClusterSpec:
    """The jobs of a cluster, each with the addresses of its tasks.

    Source: TensorFlow 1.15 `tf.train.ClusterSpec`.
    """

    def __init__(self, cluster: Any) -> None:
        """Creates a description.

        Args:
          cluster: name of a job -> addresses, a list, or a dict by the tasks' numbers; a
            ClusterDef; or another ClusterSpec.

        Raises:
          TypeError: it is none of these, or names and addresses are no strings.
        """
        if isinstance(cluster, Mapping):
            self._tasks = {_name(job): _addresses(job, tasks) for job, tasks in cluster.items()}
        elif isinstance(cluster, ClusterDef):
            self._tasks = {job.name: dict(job.tasks) for job in cluster.job}
        elif isinstance(cluster, ClusterSpec):
            self._tasks = {job: dict(tasks) for job, tasks in cluster._tasks.items()}
        else:
            raise TypeError(
                "`cluster` must be a dictionary mapping one or more job names to lists of network "
                "addresses, or a `ClusterDef` protocol buffer"
            )

    def __bool__(self) -> bool:
        return bool(self._tasks)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ClusterSpec) and self._tasks == other._tasks

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        jobs = ", ".join(f"{job!r}: {tasks!r}" for job, tasks in sorted(self.as_dict().items()))
        return f"ClusterSpec({{{jobs}}})"

    def as_dict(self) -> dict[str, Any]:
        """Name of a job -> its addresses: a list, or a dict where numbers are left out."""
        return {job: _listed(tasks) for job, tasks in sorted(self._tasks.items())}

    def as_cluster_def(self) -> ClusterDef:
        """The same as a message."""
        message = ClusterDef()
        for job, tasks in sorted(self._tasks.items()):
            added = message.job.add(name=job)
            for number, address in sorted(tasks.items()):
                added.tasks[number] = address
        return message

    @property
    def jobs(self) -> list[str]:
        """The names of the jobs."""
        return list(self._tasks)

    def num_tasks(self, job_name: str) -> int:
        """How many tasks a job has.

        Raises:
          ValueError: there is no such job.
        """
        return len(self._job(job_name))

    def task_indices(self, job_name: str) -> list[int]:
        """The numbers of the tasks of a job.

        Raises:
          ValueError: there is no such job.
        """
        return sorted(self._job(job_name))

    def task_address(self, job_name: str, task_index: int) -> str:
        """The address of a task.

        Raises:
          ValueError: there is no such job, or no such task.
        """
        tasks = self._job(job_name)
        if task_index not in tasks:
            raise ValueError(f"No task with index {task_index!r} in job {job_name!r}")
        return tasks[task_index]

    def job_tasks(self, job_name: str) -> list[str | None]:
        """The addresses of a job by the tasks' numbers; None where a number is left out.

        Raises:
          ValueError: there is no such job.
        """
        tasks = self._job(job_name)
        return [tasks.get(number) for number in range(max(tasks, default=-1) + 1)]

    def _job(self, name: str) -> dict[int, str]:
        if name not in self._tasks:
            raise ValueError(f"No such job in cluster: {name!r}")
        return self._tasks[name]


def _name(job: Any) -> str:
    return _text(job, "Job name")


def _text(value: Any, what: str) -> str:
    if not isinstance(value, (str, bytes)):
        raise TypeError(f"{what} {value!r} must be bytes or unicode")
    return value.decode() if isinstance(value, bytes) else value


def _addresses(job: Any, tasks: Any) -> dict[int, str]:
    if isinstance(tasks, (list, tuple)):
        tasks = dict(enumerate(tasks))
    elif not isinstance(tasks, Mapping):
        raise TypeError(
            f"The tasks for job {job!r} must be a list or a dictionary from integers to strings."
        )
    for number in tasks:
        if not isinstance(number, int):
            raise TypeError(
                f"{number!r} has type {type(number).__name__}, but expected one of: int"
            )
    return {number: _text(address, "Task address") for number, address in tasks.items()}


def _listed(tasks: dict[int, str]) -> Any:
    """A list where the numbers are those of one; an empty job is an empty dict."""
    numbers = sorted(tasks)
    if numbers and numbers == list(range(len(numbers))):
        return [tasks[number] for number in numbers]
    return {number: tasks[number] for number in numbers}
