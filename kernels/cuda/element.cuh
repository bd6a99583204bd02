// Element types: what they are computed in, and index arithmetic that all kernels share.

#include <cuda_bf16.h>
#include <cuda_fp16.h>

// Two-byte floats are computed in float, others in their own precision.
template <typename T>
struct Wide {
  typedef T type;
};
template <>
struct Wide<__half> {
  typedef float type;
};
template <>
struct Wide<__nv_bfloat16> {
  typedef float type;
};

__device__ inline float widen(__half x) { return __half2float(x); }
__device__ inline float widen(__nv_bfloat16 x) { return __bfloat162float(x); }
__device__ inline float widen(float x) { return x; }
__device__ inline double widen(double x) { return x; }

__device__ inline void narrow(float x, __half* y) { *y = __float2half(x); }
__device__ inline void narrow(float x, __nv_bfloat16* y) { *y = __float2bfloat16(x); }
__device__ inline void narrow(float x, float* y) { *y = x; }
__device__ inline void narrow(double x, double* y) { *y = x; }

// The number that no other is below, of the type of the argument.
__device__ inline float least(__half) { return -65504.0f; }
__device__ inline float least(__nv_bfloat16) { return -3.38953139e38f; }
__device__ inline float least(float) { return -3.402823466e38f; }
__device__ inline double least(double) { return -1.7976931348623157e308; }

// The first element of this thread, and the step to its next one. Counts of elements are 64 bits
// wide; a grid covers any count.
__device__ inline long long first_element() {
  return static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
}
__device__ inline long long element_step() {
  return static_cast<long long>(gridDim.x) * blockDim.x;
}

// a / b of numbers that are not negative. A 64-bit division takes a hundred instructions and is
// seldom needed.
__device__ inline long long quotient(long long a, long long b) {
  if ((a | b) >> 32) return a / b;
  return static_cast<unsigned>(a) / static_cast<unsigned>(b);
}

// Splits the last axis, of size `size`, off a flat position: returns the position on that axis and
// leaves that on the others.
__device__ inline int split_last(long long& position, int size) {
  const long long rest = quotient(position, size);
  const int last = static_cast<int>(position - rest * size);
  position = rest;
  return last;
}
