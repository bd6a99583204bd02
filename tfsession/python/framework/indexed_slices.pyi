# Written by tfsession/python/stubs.py.
from tfsession.graph.composites import IndexedSlices as IndexedSlices
from tfsession.graph.composites import IndexedSlicesValue as IndexedSlicesValue
