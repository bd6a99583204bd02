# Written by tfsession/python/stubs.py.
from tfsession.ops.session_ops import *
from tfsession.run.handles import *
