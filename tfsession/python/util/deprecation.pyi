# Written by tfsession/python/stubs.py.
from tfsession.python.internals import deprecated as deprecated
from tfsession.python.internals import silence as silence
