# Written by tfsession/python/stubs.py.
from tfsession.python.internals import ENABLE_CONTROL_FLOW_V2 as ENABLE_CONTROL_FLOW_V2
