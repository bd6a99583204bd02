# Written by tfsession/python/stubs.py.
from tfsession.test import main as main
from tfsession.test import mock as mock
from tfsession.test import TestCase as TestCase
from tfsession.test import Benchmark as Benchmark
from tfsession.test import get_temp_dir as _get_temp_dir
GetTempDir = _get_temp_dir
