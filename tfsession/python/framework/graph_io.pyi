# Written by tfsession/python/stubs.py.
from tfsession.graph.graph_def import write_graph as write_graph
