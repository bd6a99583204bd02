// What the kernels use of CUDA's header of the same name, for the CPU.

#pragma once

#include <cstdint>
#include <cstring>

struct __nv_bfloat16 {
  uint16_t bits;
  __nv_bfloat16() = default;
  explicit __nv_bfloat16(float x) {
    uint32_t wide;
    std::memcpy(&wide, &x, sizeof wide);
    // To nearest, the even one of two; NaN stays NaN.
    bits = x != x ? 0x7FC0 : (wide + 0x7FFF + (wide >> 16 & 1)) >> 16;
  }
};

inline float __bfloat162float(__nv_bfloat16 x) {
  const uint32_t wide = static_cast<uint32_t>(x.bits) << 16;
  float result;
  std::memcpy(&result, &wide, sizeof result);
  return result;
}
inline __nv_bfloat16 __float2bfloat16(float x) { return __nv_bfloat16(x); }
