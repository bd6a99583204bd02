# Written by tfsession/python/stubs.py.
from tfsession.autodiff.functions import Defun as Defun
from tfsession.autodiff.functions import _DefinedFunction as _DefinedFunction
