# Written by tfsession/python/stubs.py.
from tfsession.ops.random import get_seed as get_seed
from tfsession.graph.scopes import set_random_seed as set_random_seed
