# Written by tfsession/python/stubs.py.
from tfsession.version import *
from tfsession import __version__ as __version__
from tfsession.version import GIT_VERSION as _GIT_VERSION
__git_version__ = _GIT_VERSION
from tfsession.version import COMPILER_VERSION as _COMPILER_VERSION
__compiler_version__ = _COMPILER_VERSION
