"""`tf.contrib.cluster_resolver`: which machines there are, where a program says so itself."""

from __future__ import annotations

import json
import os
from typing import Any

from tfsession.names import absent
from tfsession.names.paths import register
from tfsession.train.cluster_spec import ClusterSpec

__all__ = [
    "ClusterResolver",
    "SimpleClusterResolver",
    "TFConfigClusterResolver",
    "TPUClusterResolver",
    "UnionClusterResolver",
]


def format_master_url(master: str, rpc_layer: str | None = None) -> str:
    """The target of a session: an address behind its protocol."""
    return f"{rpc_layer}://{master}" if rpc_layer else master


class ClusterResolver:
    """Knows the machines of a cluster; subclasses say how.

    Source: TensorFlow 1.15 `tf.contrib.cluster_resolver.ClusterResolver`.
    """

    task_type: str | None = None
    task_id: int | None = None
    rpc_layer: str | None = None

    def cluster_spec(self) -> ClusterSpec:
        """The cluster.

        Raises:
          NotImplementedError: the class does not say which.
        """
        # As in TensorFlow: a class of a program need only have what is asked for.
        raise NotImplementedError

    def master(
        self,
        task_type: str | None = None,
        task_id: int | None = None,
        rpc_layer: str | None = None,
    ) -> str:
        """The target of sessions of a task.

        Args:
          task_type: the name of its job.
          task_id: its number.
          rpc_layer: the protocol.

        Raises:
          NotImplementedError: the class does not say which.
        """
        # As in TensorFlow: a class of a program need only have what is asked for.
        raise NotImplementedError

    def num_accelerators(
        self,
        task_type: str | None = None,
        task_id: int | None = None,
        config_proto: Any = None,
    ) -> dict[str, int]:
        """How many accelerators a task has: none are known."""
        return {}

    @property
    def environment(self) -> str:
        """Where the program runs."""
        return ""


class SimpleClusterResolver(ClusterResolver):
    """Knows a cluster because it was told.

    Source: TensorFlow 1.15 `tf.contrib.cluster_resolver.SimpleClusterResolver`.
    """

    def __init__(
        self,
        cluster_spec: ClusterSpec,
        master: str = "",
        task_type: str | None = None,
        task_id: int | None = None,
        environment: str = "",
        num_accelerators: dict[str, int] | None = None,
        rpc_layer: str | None = None,
    ) -> None:
        """Creates a resolver.

        Args:
          cluster_spec: the cluster.
          master: the target of sessions.
          task_type, task_id: the task of this process.
          environment: where the program runs.
          num_accelerators: how many accelerators each task has, by their type.
          rpc_layer: the protocol.

        Raises:
          TypeError: `cluster_spec` is none.
        """
        if not isinstance(cluster_spec, ClusterSpec):
            raise TypeError("cluster_spec must be a ClusterSpec.")
        self._cluster_spec = cluster_spec
        self._master = master
        self.task_type = task_type
        self.task_id = task_id
        self._environment = environment
        self._num_accelerators = num_accelerators
        self.rpc_layer = rpc_layer

    def cluster_spec(self) -> ClusterSpec:
        """The cluster."""
        return self._cluster_spec

    def master(
        self,
        task_type: str | None = None,
        task_id: int | None = None,
        rpc_layer: str | None = None,
    ) -> str:
        """The target of sessions, or that of a task."""
        if task_type is None or task_id is None:
            return format_master_url(self._master, rpc_layer or self.rpc_layer)
        address = self._cluster_spec.task_address(task_type, task_id)
        return format_master_url(address, rpc_layer or self.rpc_layer)

    def num_accelerators(
        self,
        task_type: str | None = None,
        task_id: int | None = None,
        config_proto: Any = None,
    ) -> dict[str, int]:
        """How many accelerators each task has."""
        return self._num_accelerators or {}

    @property
    def environment(self) -> str:
        """Where the program runs."""
        return self._environment


class TFConfigClusterResolver(ClusterResolver):
    """Knows what the environment variable ``TF_CONFIG`` says.

    Source: TensorFlow 1.15 `tf.contrib.cluster_resolver.TFConfigClusterResolver`.
    """

    def __init__(
        self,
        task_type: str | None = None,
        task_id: int | None = None,
        rpc_layer: str | None = None,
        environment: str | None = None,
    ) -> None:
        """Creates a resolver; arguments win over the variable."""
        config = json.loads(os.environ.get("TF_CONFIG", "{}"))
        task = config.get("task", {})
        self._config = config
        self.task_type = task_type if task_type is not None else task.get("type")
        number = task_id if task_id is not None else task.get("index")
        self.task_id = None if number is None else int(number)
        self.rpc_layer = rpc_layer or config.get("rpc_layer")
        self._environment = environment or config.get("environment", "")

    def cluster_spec(self) -> ClusterSpec:
        """The cluster; empty where the variable has none."""
        return ClusterSpec(self._config.get("cluster", {}))

    def master(
        self,
        task_type: str | None = None,
        task_id: int | None = None,
        rpc_layer: str | None = None,
    ) -> str:
        """The target of sessions; nothing where there is one task."""
        if self._config.get("session_master") is not None:
            return str(self._config["session_master"])
        cluster = self.cluster_spec()
        if sum(cluster.num_tasks(job) for job in cluster.jobs) <= 1:
            return ""
        job = task_type if task_type is not None else self.task_type
        number = task_id if task_id is not None else self.task_id
        address = cluster.task_address(str(job), int(number or 0))
        return format_master_url(address, rpc_layer or self.rpc_layer or "grpc")

    @property
    def environment(self) -> str:
        """Where the program runs."""
        return str(self._environment)


class UnionClusterResolver(ClusterResolver):
    """Knows what several resolvers know.

    Source: TensorFlow 1.15 `tf.contrib.cluster_resolver.UnionClusterResolver`.
    """

    def __init__(self, *args: ClusterResolver, **kwargs: Any) -> None:
        """Creates a resolver.

        Args:
          *args: the resolvers; the first one names the master.
          **kwargs: `task_type`, `task_id` and `rpc_layer`, in place of those of the first one.

        Raises:
          ValueError: there are none.
          TypeError: one is none.
        """
        if not args:
            raise ValueError("At least one ClusterResolver is required.")
        for resolver in args:
            if not isinstance(resolver, ClusterResolver):
                raise TypeError("All arguments must be a sub-class of `ClusterResolver.`")
        self._resolvers = args
        self.task_type = kwargs.get("task_type", args[0].task_type)
        self.task_id = kwargs.get("task_id", args[0].task_id)
        self.rpc_layer = kwargs.get("rpc_layer", args[0].rpc_layer)

    def cluster_spec(self) -> ClusterSpec:
        """All jobs; those of one name are put together, in the order of the resolvers.

        Raises:
          KeyError: two resolvers number the tasks of a job alike.
        """
        merged: dict[str, Any] = {}
        for resolver in self._resolvers:
            for job, tasks in resolver.cluster_spec().as_dict().items():
                if job in merged:
                    tasks = _merged(merged[job], tasks)
                merged[job] = tasks
        return ClusterSpec(merged)

    def master(
        self,
        task_type: str | None = None,
        task_id: int | None = None,
        rpc_layer: str | None = None,
    ) -> str:
        """The target that the first resolver names."""
        return self._resolvers[0].master(task_type, task_id, rpc_layer or self.rpc_layer)

    @property
    def environment(self) -> str:
        """Where the program runs, by the first resolver."""
        return self._resolvers[0].environment


def _merged(first: Any, second: Any) -> Any:
    """Two lists, one behind the other; or dicts of different numbers."""
    if isinstance(first, list) and isinstance(second, list):
        return first + second
    left = dict(enumerate(first)) if isinstance(first, list) else dict(first)
    right = dict(enumerate(second)) if isinstance(second, list) else dict(second)
    if both := set(left) & set(right):
        raise KeyError(f"Duplicate keys detected when merging two ClusterSpecs: {sorted(both)}")
    return {**left, **right}


class TPUClusterResolver(ClusterResolver):
    """Names a TPU by its address; nothing here can run on it.

    Programs make one where they are told to use a TPU.

    Source: TensorFlow 1.15 `tf.contrib.cluster_resolver.TPUClusterResolver`.
    """

    def __init__(
        self,
        tpu: Any = None,
        zone: str | None = None,
        project: str | None = None,
        job_name: str = "worker",
        coordinator_name: str | None = None,
        coordinator_address: str | None = None,
        credentials: Any = "default",
        service: Any = None,
        discovery_url: str | None = None,
    ) -> None:
        """Creates a resolver.

        Args:
          tpu: the address, as ``grpc://10.0.0.1:8470``, or "local".
          zone, project: accepted, as are the next ones: names are not looked up.
          job_name: the name of its job.
          coordinator_name, coordinator_address, credentials, service, discovery_url: accepted.

        Raises:
          ValueError: there is no address.
        """
        name = tpu.decode() if isinstance(tpu, bytes) else tpu
        if name is None or (not name and name != ""):
            raise ValueError("Please provide a TPU Name to connect to.")
        self._tpu = str(name)
        self._job_name = job_name
        self.task_type = job_name
        self.task_id = 0

    def master(
        self,
        task_type: str | None = None,
        task_id: int | None = None,
        rpc_layer: str | None = None,
    ) -> str:
        """The address."""
        return "" if self._tpu in ("", "local") else self._tpu

    def get_master(self) -> str:
        """The address."""
        return self.master()

    def get_job_name(self) -> str:
        """The name of its job."""
        return self._job_name

    def cluster_spec(self) -> ClusterSpec:
        """A cluster of one task; empty where the TPU is local."""
        address = self.master().partition("://")[2]
        return ClusterSpec({self._job_name: [address]} if address else {})


register(
    __name__,
    {"python.training.cluster_resolver": "contrib.cluster_resolver"},
)

absent.explain_in(__name__)
