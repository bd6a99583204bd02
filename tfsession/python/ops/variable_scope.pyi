# Written by tfsession/python/stubs.py.
from tfsession.variables.scope import *
from tfsession.variables.scope import _store as __store
_get_default_variable_store = __store
