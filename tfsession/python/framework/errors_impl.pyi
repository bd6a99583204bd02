# Written by tfsession/python/stubs.py.
from tfsession.errors import *
from tfsession.errors import InaccessibleTensorError as InaccessibleTensorError
from tfsession.errors import OperatorNotAllowedInGraphError as OperatorNotAllowedInGraphError
