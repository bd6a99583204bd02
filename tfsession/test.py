"""`tf.test`: a test case that runs graphs, and gradients compared with finite differences."""

from unittest import mock

from tfsession.names.absent import explain_in as _explain_in
from tfsession.testing.case import TestCase, assert_equal_graph_def, get_temp_dir, main
from tfsession.testing.gradient_check import compute_gradient, compute_gradient_error
from tfsession.testing.machine import (
    Benchmark,
    gpu_device_name,
    is_built_with_cuda,
    is_built_with_gpu_support,
    is_built_with_rocm,
    is_built_with_xla,
    is_gpu_available,
)

_explain_in(__name__)

__all__ = [
    "Benchmark",
    "TestCase",
    "assert_equal_graph_def",
    "compute_gradient",
    "compute_gradient_error",
    "get_temp_dir",
    "gpu_device_name",
    "is_built_with_cuda",
    "is_built_with_gpu_support",
    "is_built_with_rocm",
    "is_built_with_xla",
    "is_gpu_available",
    "main",
    "mock",
]
