// What the kernels use of CUDA's header of the same name, for the CPU.

#pragma once

#ifdef __aarch64__
typedef __fp16 harness_half;
#else
typedef _Float16 harness_half;
#endif

struct __half {
  harness_half value;
  __half() = default;
  explicit __half(float x) : value(static_cast<harness_half>(x)) {}
};

inline float __half2float(__half x) { return static_cast<float>(x.value); }
inline __half __float2half(float x) { return __half(x); }
