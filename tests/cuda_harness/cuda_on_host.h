// Runs CUDA C++ kernels on the CPU, for tests: one block after the other, its threads in turns.
//
// With HARNESS_FIBERS the threads of a block are fibers that take turns at barriers and shuffles; a
// barrier that some threads of a block never reach is an error. Without it the threads simply run
// one after the other, and barriers do not compile.

#pragma once

#include <ucontext.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <utility>
#include <vector>

#define __global__
#define __device__
#define __shared__ static
#define __launch_bounds__(threads)

struct dim3 {
  unsigned x, y, z;
};

static dim3 gridDim, blockDim, blockIdx, threadIdx;

using std::exp;
using std::log;
using std::max;
using std::min;
using std::pow;
using std::sqrt;
// Not `using`: <cmath> leaves a double version in the global namespace.
inline float sin(float x) { return std::sin(x); }
inline float cos(float x) { return std::cos(x); }

template <typename T>
T atomicAdd(T* place, T x) {
  const T before = *place;
  *place += x;
  return before;
}

template <typename T>
T atomicCAS(T* place, T expected, T x) {
  const T before = *place;
  if (before == expected) *place = x;
  return before;
}

using std::memcpy;

namespace harness {

static std::function<void()> body;

#ifdef HARNESS_FIBERS

enum class State { ready, at_block_barrier, at_warp_barrier, done };

struct Fiber {
  ucontext_t context;
  std::vector<char> stack;
  State state;
  dim3 index;
};

static std::vector<Fiber> fibers;
static ucontext_t scheduler;
static int current;
static uint64_t exchanged[1024];

inline void enter() {
  body();
  fibers[current].state = State::done;
}

inline void wait(State state) {
  fibers[current].state = state;
  swapcontext(&fibers[current].context, &scheduler);
}

// Lets the fibers [begin, end) go on if all that are left wait at the same kind of barrier.
inline bool release(int begin, int end, State state) {
  bool any = false;
  for (int i = begin; i < end; ++i) {
    if (fibers[i].state == State::done) continue;
    if (fibers[i].state != state) return false;
    any = true;
  }
  for (int i = begin; any && i < end; ++i) {
    if (fibers[i].state == state) fibers[i].state = State::ready;
  }
  return any;
}

inline int run_block() {
  const int count = blockDim.x * blockDim.y * blockDim.z;
  fibers.resize(std::max<size_t>(fibers.size(), count));
  for (int i = 0; i < count; ++i) {
    Fiber& fiber = fibers[i];
    fiber.stack.resize(32 << 10);
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
    for (int warp = 0; warp < count; warp += 32) {
      released |= release(warp, std::min(warp + 32, count), State::at_warp_barrier);
    }
    if (!released) return 1;
  }
}

template <typename T>
T exchange(T value, int lane_mask) {
  const int own = current;
  std::memcpy(&exchanged[own], &value, sizeof(T));
  wait(State::at_warp_barrier);
  T result;
  std::memcpy(&result, &exchanged[own ^ lane_mask], sizeof(T));
  wait(State::at_warp_barrier);
  return result;
}

#else

inline int run_block() {
  for (threadIdx.z = 0; threadIdx.z < blockDim.z; ++threadIdx.z) {
    for (threadIdx.y = 0; threadIdx.y < blockDim.y; ++threadIdx.y) {
      for (threadIdx.x = 0; threadIdx.x < blockDim.x; ++threadIdx.x) body();
    }
  }
  return 0;
}

#endif

// Returns 0, or 1 where a barrier was not reached by all threads.
template <typename... A, size_t... I>
int launch(void (*kernel)(A...), const unsigned* sizes, void** arguments,
           std::index_sequence<I...>) {
  gridDim = {sizes[0], sizes[1], sizes[2]};
  blockDim = {sizes[3], sizes[4], sizes[5]};
  body = [=] { kernel(*static_cast<A*>(arguments[I])...); };
  for (blockIdx.z = 0; blockIdx.z < gridDim.z; ++blockIdx.z) {
    for (blockIdx.y = 0; blockIdx.y < gridDim.y; ++blockIdx.y) {
      for (blockIdx.x = 0; blockIdx.x < gridDim.x; ++blockIdx.x) {
        if (run_block()) return 1;
      }
    }
  }
  return 0;
}

template <typename... A>
int start(void (*kernel)(A...), const unsigned* sizes, int count, void** arguments) {
  if (count != sizeof...(A)) return 2;
  return launch(kernel, sizes, arguments, std::index_sequence_for<A...>());
}

}  // namespace harness

#ifdef HARNESS_FIBERS
inline void __syncthreads() { harness::wait(harness::State::at_block_barrier); }
template <typename T>
T __shfl_xor_sync(unsigned, T value, int lane_mask) {
  return harness::exchange(value, lane_mask);
}
#endif

// One function that starts a kernel: grid and block sizes, number of arguments, their addresses.
#define HARNESS_KERNEL(name, ...)                                                    \
  extern "C" int name(const unsigned* sizes, int count, void** arguments) {          \
    return harness::start(&__VA_ARGS__, sizes, count, arguments);                    \
  }
