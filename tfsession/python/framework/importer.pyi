# Written by tfsession/python/stubs.py.
from tfsession.graph.importer import import_graph_def as import_graph_def
