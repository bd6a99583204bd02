# Written by tfsession/python/stubs.py.
from tfsession.python.internals import enabled as _enabled
control_flow_v2_enabled = _enabled
