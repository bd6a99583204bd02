# Written by tfsession/python/stubs.py.
from tfsession.protos.cluster_pb2 import *
