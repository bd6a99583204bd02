# Written by tfsession/python/stubs.py.
from tfsession.ops.summary import summary_scope as summary_scope
