// CUDA C++ as g++ reads it: one block after the other; with CUDA_ON_CPU_FIBERS its threads are
// fibers that take turns at barriers and shuffles, without it they run one after the other.
#pragma once

#include <ucontext.h>

#include <algorithm>
#include <cfloat>
#include <climits>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <math.h>  // the overloads for float also outside of std, as in CUDA C++: abs(0.5) is no integer
#include <stdlib.h>
#include <type_traits>
#include <utility>
#include <vector>

#undef __global__
#undef __device__
#undef __host__
#undef __shared__
#undef __constant__
#undef __forceinline__
#define __global__
#define __device__
#define __host__
#define __shared__ static
#define __constant__ static
#define __forceinline__ inline
#define __noinline__
#define __restrict__
#define __launch_bounds__(...)
#define __align__(n) alignas(n)
#define __grid_constant__

// Types and half precision, from the toolkit's own headers, which serve host compilers too.
#include <vector_types.h>
#undef __device__
#undef __host__
#define __device__
#define __host__
#include <cuda_fp16.h>
#include <cuda_bf16.h>
#undef __global__
#undef __device__
#undef __host__
#undef __shared__
#undef __constant__
#undef __forceinline__
#undef __launch_bounds__
#define __global__
#define __device__
#define __host__
#define __shared__ static
#define __constant__ static
#define __forceinline__ inline
#define __launch_bounds__(...)

// CuPy's headers ask these.
#define __CUDACC_VER_MAJOR__ 12
#define __CUDACC_VER_MINOR__ 9

static uint3 threadIdx, blockIdx;
static dim3 blockDim, gridDim;
constexpr int warpSize = 32;

using std::isfinite;
using std::isinf;
using std::isnan;
using std::max;
using std::min;
using std::signbit;
inline float rsqrtf(float x) { return 1 / std::sqrt(x); }
inline float rsqrt(float x) { return 1 / std::sqrt(x); }
inline double rsqrt(double x) { return 1 / std::sqrt(x); }
inline float normcdff(float x) { return float(0.5 * std::erfc(-x * 0.70710678118654752440)); }
inline double normcdf(double x) { return 0.5 * std::erfc(-x * 0.70710678118654752440); }
inline double sinpi(double x) { return std::sin(3.14159265358979323846 * std::fmod(x, 2.0)); }
inline double cospi(double x) { return std::cos(3.14159265358979323846 * std::fmod(x, 2.0)); }
inline float sinpif(float x) { return float(sinpi(double(x))); }
inline float cospif(float x) { return float(cospi(double(x))); }
template <typename T>
T __ldg(const T* p) {
  return *p;
}
inline float __fdividef(float x, float y) { return x / y; }
inline float __expf(float x) { return std::exp(x); }
inline float __logf(float x) { return std::log(x); }
inline float __fmul_rn(float x, float y) { return x * y; }
inline float __fadd_rn(float x, float y) { return x + y; }
inline double __dmul_rn(double x, double y) { return x * y; }
inline double __dadd_rn(double x, double y) { return x + y; }
inline float __int_as_float(int x) {
  float y;
  std::memcpy(&y, &x, 4);
  return y;
}
inline int __float_as_int(float x) {
  int y;
  std::memcpy(&y, &x, 4);
  return y;
}
inline unsigned __float_as_uint(float x) {
  unsigned y;
  std::memcpy(&y, &x, 4);
  return y;
}
inline float __uint_as_float(unsigned x) {
  float y;
  std::memcpy(&y, &x, 4);
  return y;
}
inline long long __double_as_longlong(double x) {
  long long y;
  std::memcpy(&y, &x, 8);
  return y;
}
inline double __longlong_as_double(long long x) {
  double y;
  std::memcpy(&y, &x, 8);
  return y;
}
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
inline int __clz(int x) { return x ? __builtin_clz(x) : 32; }
inline int __clzll(long long x) { return x ? __builtin_clzll(x) : 64; }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline unsigned __umulhi(unsigned x, unsigned y) { return unsigned((uint64_t(x) * y) >> 32); }
inline unsigned long long __umul64hi(unsigned long long x, unsigned long long y) {
  return (unsigned long long)((unsigned __int128)(x)*y >> 64);
}
inline void __threadfence() {}
inline void __threadfence_block() {}
inline long long clock64() { return 0; }
inline void __trap() { std::abort(); }

#define CUDA_ON_CPU_ATOMIC(name, expression) \
  template <typename T, typename U>          \
  T name(T* place, U operand) {              \
    const T before = *place;                 \
    const T x = T(operand);                  \
    *place = expression;                     \
    return before;                           \
  }
CUDA_ON_CPU_ATOMIC(atomicAdd, T(before + x))
CUDA_ON_CPU_ATOMIC(atomicSub, T(before - x))
CUDA_ON_CPU_ATOMIC(atomicExch, x)
CUDA_ON_CPU_ATOMIC(atomicMax, before > x ? before : x)
CUDA_ON_CPU_ATOMIC(atomicMin, before < x ? before : x)
CUDA_ON_CPU_ATOMIC(atomicAnd, T(before& x))
CUDA_ON_CPU_ATOMIC(atomicOr, T(before | x))
CUDA_ON_CPU_ATOMIC(atomicXor, T(before ^ x))
template <typename T, typename U, typename V>
T atomicCAS(T* place, U expected, V x) {
  const T before = *place;
  if (before == T(expected)) *place = T(x);
  return before;
}

namespace cuda_on_cpu {

static std::function<void()> body;
static std::vector<char> shared_memory;
inline void* dynamic_shared() { return shared_memory.data(); }

#ifdef CUDA_ON_CPU_FIBERS
enum class State { ready, at_block_barrier, at_warp_barrier, done };
struct Fiber {
  ucontext_t context;
  std::vector<char> stack;
  State state;
  uint3 index;
};
static std::vector<Fiber> fibers;
static ucontext_t scheduler;
static int current;
static unsigned char exchanged[1024][64];
static int predicates[1024];

inline void enter() {
  body();
  fibers[current].state = State::done;
}
inline void wait(State state) {
  fibers[current].state = state;
  swapcontext(&fibers[current].context, &scheduler);
}
inline bool release(int begin, int end, State state) {
  bool any = false;
  for (int i = begin; i < end; ++i) {
    if (fibers[i].state == State::done) continue;
    if (fibers[i].state != state) return false;
    any = true;
  }
  for (int i = begin; any && i < end; ++i)
    if (fibers[i].state == state) fibers[i].state = State::ready;
  return any;
}
inline int run_block() {
  const int count = blockDim.x * blockDim.y * blockDim.z;
  if (int(fibers.size()) < count) fibers.resize(count);
  for (int i = 0; i < count; ++i) {
    Fiber& fiber = fibers[i];
    fiber.stack.resize(64 << 10);
    fiber.state = State::ready;
    fiber.index = {i % blockDim.x, i / blockDim.x % blockDim.y, i / (blockDim.x * blockDim.y)};
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.data();
    fiber.context.uc_stack.ss_size = fiber.stack.size();
    fiber.context.uc_link = &scheduler;
    makecontext(&fiber.context, enter, 0);
  }
  for (;;) {
    bool is_done = true;
    for (current = 0; current < count; ++current) {
      if (fibers[current].state == State::ready) {
        threadIdx = fibers[current].index;
        swapcontext(&scheduler, &fibers[current].context);
      }
      is_done = is_done && fibers[current].state == State::done;
    }
    if (is_done) return 0;
    bool released = release(0, count, State::at_block_barrier);
    for (int warp = 0; warp < count; warp += 32)
      released |= release(warp, std::min(warp + 32, count), State::at_warp_barrier);
    if (!released) return 1;
  }
}
template <typename T>
T from_lane(T value, int lane) {
  static_assert(sizeof(T) <= 64, "too large to shuffle");
  const int own = current;
  std::memcpy(exchanged[own], &value, sizeof(T));
  wait(State::at_warp_barrier);
  T result;
  std::memcpy(&result, exchanged[own / 32 * 32 + lane], sizeof(T));
  wait(State::at_warp_barrier);
  return result;
}
#else
inline int run_block() {
  for (threadIdx.z = 0; threadIdx.z < blockDim.z; ++threadIdx.z)
    for (threadIdx.y = 0; threadIdx.y < blockDim.y; ++threadIdx.y)
      for (threadIdx.x = 0; threadIdx.x < blockDim.x; ++threadIdx.x) body();
  return 0;
}
#endif

template <typename... A, size_t... I>
int launch(void (*kernel)(A...), const unsigned* sizes, void** arguments,
           std::index_sequence<I...>) {
  gridDim = dim3{sizes[0], sizes[1], sizes[2]};
  blockDim = dim3{sizes[3], sizes[4], sizes[5]};
  body = [=] { kernel(*static_cast<std::remove_reference_t<A>*>(arguments[I])...); };
  for (blockIdx.z = 0; blockIdx.z < gridDim.z; ++blockIdx.z)
    for (blockIdx.y = 0; blockIdx.y < gridDim.y; ++blockIdx.y)
      for (blockIdx.x = 0; blockIdx.x < gridDim.x; ++blockIdx.x)
        if (run_block()) return 1;
  return 0;
}
template <typename... A>
int start(void (*kernel)(A...), const unsigned* sizes, size_t shared, void** arguments) {
  shared_memory.assign(shared + 64, char(0xff));
  return launch(kernel, sizes, arguments, std::index_sequence_for<A...>());
}
template <typename T>
struct Sizes;
template <typename... A>
struct Sizes<void (*)(A...)> {
  static constexpr size_t values[] = {sizeof(std::remove_reference_t<A>)..., size_t(-1)};
};
template <typename T>
constexpr size_t Sizes_at(size_t i) {
  return Sizes<T>::values[i];
}

}  // namespace cuda_on_cpu

#ifdef CUDA_ON_CPU_FIBERS
inline void __syncthreads() { cuda_on_cpu::wait(cuda_on_cpu::State::at_block_barrier); }
inline void __syncwarp(unsigned = 0xffffffffu) {
  cuda_on_cpu::wait(cuda_on_cpu::State::at_warp_barrier);
}
inline int cuda_on_cpu_lane() { return cuda_on_cpu::current % 32; }
template <typename T>
T __shfl_xor_sync(unsigned, T x, int mask, int = 32) {
  return cuda_on_cpu::from_lane(x, cuda_on_cpu_lane() ^ mask);
}
template <typename T>
T __shfl_sync(unsigned, T x, int lane, int width = 32) {
  return cuda_on_cpu::from_lane(x, cuda_on_cpu_lane() / width * width + lane % width);
}
template <typename T>
T __shfl_down_sync(unsigned, T x, unsigned by, int width = 32) {
  const int lane = cuda_on_cpu_lane(), to = lane + int(by);
  return cuda_on_cpu::from_lane(x, to / width == lane / width ? to : lane);
}
template <typename T>
T __shfl_up_sync(unsigned, T x, unsigned by, int width = 32) {
  const int lane = cuda_on_cpu_lane(), to = lane - int(by);
  return cuda_on_cpu::from_lane(x, to >= lane / width * width ? to : lane);
}
inline unsigned __ballot_sync(unsigned, int predicate) {
  unsigned all = 0;
  for (int lane = 0; lane < 32; ++lane) {
    // Every lane takes part in each exchange; lanes that do not exist answer 0.
    (void)lane;
  }
  const int own = cuda_on_cpu::current;
  cuda_on_cpu::predicates[own] = predicate != 0;
  cuda_on_cpu::wait(cuda_on_cpu::State::at_warp_barrier);
  const int count = blockDim.x * blockDim.y * blockDim.z;
  for (int lane = 0; lane < 32 && own / 32 * 32 + lane < count; ++lane)
    all |= unsigned(cuda_on_cpu::predicates[own / 32 * 32 + lane]) << lane;
  cuda_on_cpu::wait(cuda_on_cpu::State::at_warp_barrier);
  return all;
}
inline int __any_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) != 0; }
inline unsigned __activemask() { return 0xffffffffu; }
#endif

#define CUDA_ON_CPU_KERNEL(symbol, ...)                                                   \
  extern "C" int start_##symbol(const unsigned* sizes, size_t shared, void** arguments) { \
    return cuda_on_cpu::start(&__VA_ARGS__, sizes, shared, arguments);                    \
  }                                                                                       \
  extern "C" const size_t* const pointer_##symbol =                                       \
      cuda_on_cpu::Sizes<decltype(&__VA_ARGS__)>::values;
