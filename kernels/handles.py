"""Handles: how queues, readers and tables travel through a step.

A handle is a scalar array of objects that holds the resource, so that handles can be stacked and
gathered as other values are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError
from tfsession.resources.handles import behind as behind


def made_handle(resource: Any) -> Any:
    """The handle of a resource."""
    handle = np.empty((), object)
    handle[()] = resource
    return handle


def of_node(op: Any, error: InvalidArgumentError) -> InvalidArgumentError:
    """The error of an op that cannot make its resource, while the step is compiled."""
    return InvalidArgumentError.of(f"{error.message}\n\t [[{{{{node {op.name}}}}}]]")
