# Written by tfsession/python/stubs.py.
from tfsession.ops.queue import *
from tfsession import dynamic_partition as dynamic_partition
from tfsession import dynamic_stitch as dynamic_stitch
from tfsession import ConditionalAccumulator as ConditionalAccumulator
from tfsession import SparseConditionalAccumulator as SparseConditionalAccumulator
from tfsession import QueueBase as QueueBase
from tfsession import FIFOQueue as FIFOQueue
from tfsession import PaddingFIFOQueue as PaddingFIFOQueue
from tfsession import PriorityQueue as PriorityQueue
from tfsession import RandomShuffleQueue as RandomShuffleQueue
from collections.abc import Callable
from typing import Any
def __getattr__(name: str) -> Callable[..., Any]: ...
