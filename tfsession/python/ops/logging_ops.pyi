# Written by tfsession/python/stubs.py.
from tfsession import Print as Print
from tfsession import print as print
from tfsession.ops.summary import audio_summary as audio_summary
from tfsession.ops.summary import histogram_summary as histogram_summary
from tfsession.ops.summary import image_summary as image_summary
from tfsession.ops.summary import merge_all_summaries as merge_all_summaries
from tfsession.ops.summary import merge_summary as merge_summary
from tfsession.ops.summary import scalar_summary as scalar_summary
from tfsession.ops.summary import merge_all_summaries as _merge_all_summaries
get_summary_op = _merge_all_summaries
from collections.abc import Callable
from typing import Any
def __getattr__(name: str) -> Callable[..., Any]: ...
