# Written by tfsession/python/stubs.py.
from tfsession.python.internals import executing_eagerly as executing_eagerly
from tfsession.python.internals import graph_mode as graph_mode
from tfsession.python.internals import num_gpus as num_gpus
from tfsession.python.internals import GRAPH_MODE as GRAPH_MODE
from tfsession.python.internals import EAGER_MODE as EAGER_MODE
