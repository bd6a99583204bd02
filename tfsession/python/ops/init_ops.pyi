# Written by tfsession/python/stubs.py.
from tfsession.ops.initializers import *
from tfsession.initializers import *
from tfsession.ops.initializers import Initializer as Initializer
from tfsession.ops.initializers import identity_initializer as identity_initializer
