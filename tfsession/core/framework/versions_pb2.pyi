# Written by tfsession/python/stubs.py.
from tfsession.protos.versions_pb2 import *
