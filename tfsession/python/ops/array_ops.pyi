# Written by tfsession/python/stubs.py.
from tfsession.ops.array import *
from tfsession.ops.rearrange import *
from tfsession.ops.indexing import *
from tfsession.ops.partition import *
from tfsession.ops.array import prevent_gradient as prevent_gradient
from tfsession import edit_distance as edit_distance
from tfsession import dynamic_partition as dynamic_partition
from tfsession import dynamic_stitch as dynamic_stitch
from tfsession import extract_image_patches as extract_image_patches
from collections.abc import Callable
from typing import Any
def __getattr__(name: str) -> Callable[..., Any]: ...
