# Written by tfsession/python/stubs.py.
from tfsession.testing.graph_modes import *
from tfsession.test import TestCase as _TestCase
TensorFlowTestCase = _TestCase
from tfsession.test import assert_equal_graph_def as assert_equal_graph_def
from tfsession.test import gpu_device_name as gpu_device_name
from tfsession.test import is_gpu_available as is_gpu_available
from tfsession.test import is_built_with_rocm as _is_built_with_rocm
IsBuiltWithROCm = _is_built_with_rocm
from tfsession.test import is_gpu_available as _is_gpu_available
IsGoogleCudaEnabled = _is_gpu_available
from tfsession.test import is_gpu_available as _is_gpu_available
CudaSupportsHalfMatMulAndConv = _is_gpu_available
from tfsession.test import is_gpu_available as _is_gpu_available
GpuSupportsHalfMatMulAndConv = _is_gpu_available
