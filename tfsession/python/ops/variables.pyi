# Written by tfsession/python/stubs.py.
from tfsession.variables.variable import *
from tfsession.variables.collections import *
from tfsession.variables.variable import Variable as _Variable
VariableV1 = _Variable
from tfsession.variables.partitions import PartitionedVariable as PartitionedVariable
