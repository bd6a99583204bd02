// What the parts of the emulator share: devices, memory, streams, captures and loaded modules.
#pragma once
#include <cuda.h>
#include <cuda_runtime_api.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace emu {

using Work = std::function<void()>;

// The order in which work is known to happen: how far each stream, by its number, has come.
using Clock = std::map<int, uint64_t>;

enum class Use { read, write, kernel };  // a kernel may do both

// A recorded step: what a captured graph runs, in the order in which it was enqueued.
struct Capture {
  std::vector<Work> nodes;
  std::vector<std::pair<const void*, Use>> uses;
  bool broken = false;
  int mode = 0;
};

struct Stream {
  int device = 0;
  unsigned flags = 0;
  int priority = 0;
  std::deque<Work> pending;
  uint64_t enqueued = 0, done = 0;
  std::shared_ptr<Capture> capture;
  bool origin = false;  // whether the capture began here
  int number = 0;
  Clock clock;  // what is done when the work enqueued last runs
};

struct Event {
  Stream* stream = nullptr;
  uint64_t sequence = 0;
  double milliseconds = 0;
  unsigned flags = 0;
  std::shared_ptr<Capture> capture;
  Clock clock;
};

struct Block {
  size_t size = 0;
  int device = -1;  // -1: host
};

struct Graph {
  std::shared_ptr<Capture> content;
};

// Counters that a test may read (`cuda_on_cpu.counters()`).
struct Counters {
  uint64_t launches, copies_to_device, copies_to_host, copies_on_device, synchronisations,
      allocations, frees, graph_launches, compiled, faults;
};

extern std::recursive_mutex lock;
extern Counters counters;
extern int lazy;   // 1: work runs only when somebody waits for it; 2: or at a random moment before
extern bool skip;  // kernels are not executed: only the host's side is measured
extern thread_local int current_device;
extern std::map<uintptr_t, Block> blocks;

int device_count();
extern bool forked;  // a child of the process that made the context: CUDA does not work there
Stream* stream_of(cudaStream_t stream);  // the null stream of the current device for 0, 1 and 2
void enqueue(Stream* stream, Work work);
// Notes what the work that is enqueued next uses. An address that is used on two streams without an
// order between them is a fault; two reads are not.
void use(Stream* stream, const void* address, Use use);
void drain(Stream* stream, uint64_t until);
void drain_all(int device);
bool any_capture_forbids(bool is_unsafe);
void fault(const char* format, ...);
const Block* block_of(const void* pointer);

}  // namespace emu
