// The CUDA runtime API for one host: devices are numbers, device memory is host memory.
//
// Streams run their work at once, or, with CUDA_ON_CPU_LAZY=1, only when somebody waits for it,
// which shows what reads or reuses memory too early, or, with CUDA_ON_CPU_LAZY=2, at random moments
// before. What CUDA forbids while a stream is captured is refused. Each address that a launch or a
// copy uses is noted with its stream: two streams that use it without an order are a fault.
#include "state.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <set>

namespace emu {

std::recursive_mutex lock;
Counters counters{};
thread_local int current_device = 0;
static thread_local cudaError_t last_error = cudaSuccess;
std::map<uintptr_t, Block> blocks;
static std::set<Stream*> streams;
static std::set<Event*> events;

static bool flag(const char* name) {
  const char* text = getenv(name);
  return text && *text && strcmp(text, "0");
}
int lazy = flag("CUDA_ON_CPU_LAZY") ? std::max(1, atoi(getenv("CUDA_ON_CPU_LAZY"))) : 0;
bool skip = flag("CUDA_ON_CPU_SKIP");

bool forked = false;
static void note_forks() {
  static const bool noted = !pthread_atfork(nullptr, nullptr, [] { forked = true; });
  (void)noted;
}

static std::vector<int> visible() {
  const char* text = getenv("CUDA_ON_CPU_DEVICES");
  const int physical = text ? atoi(text) : 2;
  std::vector<int> all;
  const char* list = getenv("CUDA_VISIBLE_DEVICES");
  if (!list) {
    for (int i = 0; i < physical; ++i) all.push_back(i);
    return all;
  }
  for (const char* p = list; *p;) {
    char* end;
    long number = strtol(p, &end, 10);
    if (end == p || number < 0 || number >= physical) break;
    for (int seen : all)
      if (seen == number) return {};
    all.push_back(number);
    p = *end == ',' ? end + 1 : end;
    if (*end && *end != ',') break;
  }
  return all;
}
static const std::vector<int>& ordinals() {
  static std::vector<int> list = visible();  // like CUDA: read once, at the first call
  return list;
}
int device_count() { return ordinals().size(); }

static size_t total_memory() {
  const char* text = getenv("CUDA_ON_CPU_MIB");
  return (text ? atoll(text) : 4096ll) << 20;
}
static std::map<int, size_t> used;

void fault(const char* format, ...) {
  va_list args;
  va_start(args, format);
  fprintf(stderr, "cuda_on_cpu: ");
  vfprintf(stderr, format, args);
  fprintf(stderr, "\n");
  va_end(args);
  ++counters.faults;
}

static int next_stream() {
  static int last = 0;
  return ++last;
}

static Stream* null_stream(int device) {
  static std::map<int, Stream*> all;
  Stream*& stream = all[device];
  if (!stream) {
    stream = new Stream;
    stream->device = device;
    stream->number = next_stream();
    streams.insert(stream);
  }
  return stream;
}

Stream* stream_of(cudaStream_t stream) {
  if (reinterpret_cast<uintptr_t>(stream) <= 2) return null_stream(current_device);
  auto* found = reinterpret_cast<Stream*>(stream);
  return streams.count(found) ? found : nullptr;
}

// ---- which work happens before which ----

// All threads of the host as one: what a thread has waited for, the others are taken to know.
static Clock host;
struct LastUse {
  int stream;
  uint64_t moment;
  Use use;
};
static std::map<const void*, LastUse> last_uses;  // of addresses in device memory

static void join(Clock& clock, const Clock& other) {
  for (auto& [stream, moment] : other) clock[stream] = std::max(clock[stream], moment);
}

void use(Stream* stream, const void* address, Use use) {
  if (stream->capture) {
    stream->capture->uses.push_back({address, use});
    return;
  }
  Clock known = stream->clock;
  join(known, host);
  auto found = last_uses.find(address);
  if (found != last_uses.end() && found->second.stream != stream->number &&
      found->second.use != Use::read && known[found->second.stream] < found->second.moment)
    fault("%p is used on stream %d, and on stream %d without an order", address,
          found->second.stream, stream->number);
  // The next thing that is enqueued.
  last_uses[address] = {stream->number, stream->clock[stream->number] + 1, use};
}

static void forget_uses(const void* begin, size_t size) {
  last_uses.erase(last_uses.lower_bound(begin),
                  last_uses.lower_bound(static_cast<const char*>(begin) + size));
}

static void host_waits_for(const Stream* stream) { join(host, stream->clock); }

static void host_waits_for_all(int device) {
  for (Stream* stream : streams)
    if (device < 0 || stream->device == device) host_waits_for(stream);
}

static bool is_null(Stream* stream) { return stream == null_stream(stream->device); }

void drain(Stream* stream, uint64_t until) {
  while (stream->done < until && !stream->pending.empty()) {
    Work work = std::move(stream->pending.front());
    stream->pending.pop_front();
    ++stream->done;
    work();
  }
}

// Any stream may go on at any moment, by any number of steps (CUDA_ON_CPU_SEED).
static void go_on_somewhere() {
  static std::mt19937 random(getenv("CUDA_ON_CPU_SEED") ? atoi(getenv("CUDA_ON_CPU_SEED")) : 0);
  std::vector<Stream*> waiting;
  for (Stream* stream : streams)
    if (!stream->pending.empty()) waiting.push_back(stream);
  if (waiting.empty() || random() % 3) return;
  Stream* chosen = waiting[random() % waiting.size()];
  drain(chosen, chosen->done + 1 + random() % 4);
}

void drain_all(int device) {
  for (Stream* stream : std::set<Stream*>(streams))
    if (device < 0 || stream->device == device) drain(stream, stream->enqueued);
  host_waits_for_all(device);
}

void enqueue(Stream* stream, Work work) {
  if (stream->capture) {
    stream->capture->nodes.push_back(std::move(work));
    return;
  }
  join(stream->clock, host);
  ++stream->clock[stream->number];
  if (is_null(stream)) {  // the legacy stream waits for the blocking streams, and they for it
    for (Stream* other : std::set<Stream*>(streams))
      if (other->device == stream->device && !(other->flags & cudaStreamNonBlocking)) {
        drain(other, other->enqueued);
        join(stream->clock, other->clock);
        join(other->clock, stream->clock);
      }
    ++stream->enqueued, ++stream->done;
    work();
    return;
  }
  ++stream->enqueued;
  stream->pending.push_back(std::move(work));
  if (!lazy) drain(stream, stream->enqueued);
  if (lazy == 2) go_on_somewhere();
}

// Whether a call that may not happen during a capture must be refused; the captures break then.
bool any_capture_forbids(bool is_unsafe) {
  bool forbidden = false;
  for (Stream* stream : streams) {
    if (!stream->capture) continue;
    if (is_unsafe && stream->capture->mode == cudaStreamCaptureModeRelaxed) continue;
    stream->capture->broken = forbidden = true;
  }
  return forbidden;
}

const Block* block_of(const void* pointer) {
  auto found = blocks.upper_bound(reinterpret_cast<uintptr_t>(pointer));
  if (found == blocks.begin()) return nullptr;
  --found;
  const uintptr_t offset = reinterpret_cast<uintptr_t>(pointer) - found->first;
  return offset < found->second.size || offset == 0 ? &found->second : nullptr;
}

constexpr size_t GUARD = 256;

static cudaError_t allocate(void** pointer, size_t size, int device) {
  note_forks();
  if (device >= 0 && used[device] + size > total_memory()) return cudaErrorMemoryAllocation;
  void* memory = nullptr;
  if (posix_memalign(&memory, 4096, size + GUARD)) return cudaErrorMemoryAllocation;
  memset(memory, 0xff,
         size + GUARD);  // NaN in every float type: what is read before it is written shows
  blocks[reinterpret_cast<uintptr_t>(memory)] = {size, device};
  if (device >= 0) used[device] += size;
  ++counters.allocations;
  *pointer = memory;
  return cudaSuccess;
}

static cudaError_t release(void* pointer) {
  if (!pointer) return cudaSuccess;
  auto found = blocks.find(reinterpret_cast<uintptr_t>(pointer));
  if (found == blocks.end()) return cudaErrorInvalidValue;
  const auto* guard = static_cast<unsigned char*>(pointer) + found->second.size;
  for (size_t i = 0; i < GUARD; ++i)
    if (guard[i] != 0xff) {
      fault("something wrote past the end of %zu bytes", found->second.size);
      break;
    }
  if (found->second.device >= 0) used[found->second.device] -= found->second.size;
  forget_uses(pointer, found->second.size);
  blocks.erase(found);
  ++counters.frees;
  free(pointer);
  return cudaSuccess;
}

static cudaError_t done(cudaError_t error) {
  if (error) last_error = error;
  return error;
}

static double now() {
  return std::chrono::duration<double, std::milli>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace emu

using namespace emu;
#define LOCKED std::lock_guard<std::recursive_mutex> held(lock)
#define IN_CHILD \
  if (forked) return done(cudaErrorInitializationError)

extern "C" {

// ---- errors ----
const char* cudaGetErrorName(cudaError_t error) {
  switch (int(error)) {
    case 0:
      return "cudaSuccess";
    case 1:
      return "cudaErrorInvalidValue";
    case 3:
      return "cudaErrorInitializationError";
    case 2:
      return "cudaErrorMemoryAllocation";
    case 100:
      return "cudaErrorNoDevice";
    case 101:
      return "cudaErrorInvalidDevice";
    case 400:
      return "cudaErrorInvalidResourceHandle";
    case 600:
      return "cudaErrorNotReady";
    case 719:
      return "cudaErrorLaunchFailure";
    case 801:
      return "cudaErrorNotSupported";
    case 900:
      return "cudaErrorStreamCaptureUnsupported";
    case 901:
      return "cudaErrorStreamCaptureInvalidated";
    case 904:
      return "cudaErrorStreamCaptureUnjoined";
    case 906:
      return "cudaErrorStreamCaptureImplicit";
    default:
      return "cudaErrorUnknown";
  }
}
const char* cudaGetErrorString(cudaError_t error) { return cudaGetErrorName(error); }
cudaError_t cudaGetLastError() {
  auto error = last_error;
  last_error = cudaSuccess;
  return error;
}

// ---- devices ----
cudaError_t cudaDriverGetVersion(int* version) {
  *version = 12090;
  return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = 12090;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceCount(int* count) {
  *count = device_count();
  return done(*count ? cudaSuccess : cudaErrorNoDevice);
}
cudaError_t cudaGetDevice(int* device) {
  *device = current_device;
  return done(device_count() ? cudaSuccess : cudaErrorNoDevice);
}
cudaError_t cudaSetDevice(int device) {
  if (device < 0 || device >= device_count()) return done(cudaErrorInvalidDevice);
  current_device = device;
  return cudaSuccess;
}
cudaError_t cudaDeviceSynchronize() {
  LOCKED;
  IN_CHILD;
  if (any_capture_forbids(false)) return done(cudaErrorStreamCaptureUnsupported);
  ++counters.synchronisations;
  drain_all(current_device);
  return cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  if (device < 0 || device >= device_count()) return done(cudaErrorInvalidDevice);
  switch (attribute) {
    case cudaDevAttrComputeCapabilityMajor:
      *value = 9;
      break;
    case cudaDevAttrComputeCapabilityMinor:
      *value = 0;
      break;
    case cudaDevAttrMultiProcessorCount:
      *value = 132;
      break;
    case cudaDevAttrMaxThreadsPerBlock:
      *value = 1024;
      break;
    case cudaDevAttrWarpSize:
      *value = 32;
      break;
    case cudaDevAttrMaxSharedMemoryPerBlock:
      *value = 49152;
      break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
      *value = 232448;
      break;
    case cudaDevAttrMaxGridDimX:
      *value = 2147483647;
      break;
    case cudaDevAttrMaxGridDimY:
    case cudaDevAttrMaxGridDimZ:
      *value = 65535;
      break;
    case cudaDevAttrMemoryPoolsSupported:
      *value = 1;
      break;
    case cudaDevAttrPciBusId:
      *value = 0x10 + ordinals()[device];
      break;
    default:
      *value = 0;
  }
  return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* p, int device) {
  if (device < 0 || device >= device_count()) return done(cudaErrorInvalidDevice);
  memset(p, 0, sizeof *p);
  snprintf(p->name, sizeof p->name, "CUDA on CPU");
  for (int i = 0; i < 16; ++i) p->uuid.bytes[i] = char(i + 1);
  p->uuid.bytes[15] = char(ordinals()[device]);
  p->totalGlobalMem = total_memory();
  p->sharedMemPerBlock = 49152, p->regsPerBlock = 65536, p->warpSize = 32;
  p->maxThreadsPerBlock = 1024, p->maxThreadsPerMultiProcessor = 2048, p->multiProcessorCount = 132;
  p->maxThreadsDim[0] = p->maxThreadsDim[1] = 1024, p->maxThreadsDim[2] = 64;
  p->maxGridSize[0] = 2147483647, p->maxGridSize[1] = p->maxGridSize[2] = 65535;
  p->major = 9, p->minor = 0, p->l2CacheSize = 50 << 20, p->unifiedAddressing = 1;
  p->pciBusID = 0x10 + ordinals()[device];
  return cudaSuccess;
}
cudaError_t cudaDeviceGetPCIBusId(char* text, int length, int device) {
  if (device < 0 || device >= device_count()) return done(cudaErrorInvalidDevice);
  snprintf(text, length, "0000:%02X:00.0", 0x10 + ordinals()[device]);
  return cudaSuccess;
}
cudaError_t cudaDeviceGetByPCIBusId(int* device, const char* text) {
  unsigned domain = 0, bus = 0;
  if (sscanf(text, "%x:%x", &domain, &bus) == 2)
    for (int i = 0; i < device_count(); ++i)
      if (0x10u + ordinals()[i] == bus) {
        *device = i;
        return cudaSuccess;
      }
  return done(cudaErrorInvalidDevice);
}
cudaError_t cudaDeviceCanAccessPeer(int* can, int device, int peer) {
  *can = device != peer;
  return cudaSuccess;
}
static std::set<std::pair<int, int>> peers;
cudaError_t cudaDeviceEnablePeerAccess(int peer, unsigned) {
  LOCKED;
  return done(peers.insert({current_device, peer}).second ? cudaSuccess
                                                          : cudaErrorPeerAccessAlreadyEnabled);
}
cudaError_t cudaDeviceDisablePeerAccess(int peer) {
  LOCKED;
  peers.erase({current_device, peer});
  return cudaSuccess;
}
cudaError_t cudaDeviceGetLimit(size_t* value, cudaLimit) {
  *value = 1024;
  return cudaSuccess;
}
cudaError_t cudaDeviceSetLimit(cudaLimit, size_t) { return cudaSuccess; }

// ---- memory ----
cudaError_t cudaMalloc(void** pointer, size_t size) {
  LOCKED;
  IN_CHILD;
  if (any_capture_forbids(true)) return done(cudaErrorStreamCaptureUnsupported);
  return done(allocate(pointer, size, current_device));
}
cudaError_t cudaMallocManaged(void** pointer, size_t size, unsigned) {
  LOCKED;
  return done(allocate(pointer, size, current_device));
}
cudaError_t cudaMallocAsync(void** pointer, size_t size, cudaStream_t) {
  LOCKED;
  return done(allocate(pointer, size, current_device));
}
cudaError_t cudaMallocFromPoolAsync(void** pointer, size_t size, cudaMemPool_t, cudaStream_t) {
  LOCKED;
  return done(allocate(pointer, size, current_device));
}
cudaError_t cudaHostAlloc(void** pointer, size_t size, unsigned) {
  LOCKED;
  IN_CHILD;
  if (any_capture_forbids(true)) return done(cudaErrorStreamCaptureUnsupported);
  return done(allocate(pointer, size, -1));
}
cudaError_t cudaHostRegister(void* pointer, size_t size, unsigned) {
  LOCKED;
  blocks[uintptr_t(pointer)] = {size, -1};
  return cudaSuccess;
}
cudaError_t cudaHostUnregister(void* pointer) {
  LOCKED;
  blocks.erase(uintptr_t(pointer));
  return cudaSuccess;
}
cudaError_t cudaFree(void* pointer) {
  LOCKED;
  IN_CHILD;
  if (any_capture_forbids(true)) return done(cudaErrorStreamCaptureUnsupported);
  drain_all(-1);  // cudaFree waits for the device
  return done(release(pointer));
}
cudaError_t cudaFreeHost(void* pointer) {
  LOCKED;
  drain_all(-1);
  return done(release(pointer));
}
cudaError_t cudaFreeAsync(void* pointer, cudaStream_t) {
  LOCKED;
  drain_all(-1);
  return done(release(pointer));
}
cudaError_t cudaMemGetInfo(size_t* free, size_t* total) {
  LOCKED;
  IN_CHILD;
  *total = total_memory(), *free = *total - used[current_device];
  return cudaSuccess;
}
static bool on_device(const void* pointer) {
  auto* block = block_of(pointer);
  return block && block->device >= 0;
}
static bool pinned(const void* pointer) {
  auto* block = block_of(pointer);
  return block && block->device < 0;
}
static void count_copy(const void* to, const void* from) {
  if (on_device(to)) ++(on_device(from) ? counters.copies_on_device : counters.copies_to_device);
  else ++counters.copies_to_host;
}
static cudaError_t check_copy(const void* to, const void* from, size_t size, cudaMemcpyKind kind) {
  for (const void* p : {to, from}) {
    auto found = blocks.upper_bound(uintptr_t(p));
    if (found == blocks.begin()) continue;
    --found;
    const uintptr_t offset = uintptr_t(p) - found->first;
    if (offset < found->second.size && offset + size > found->second.size) {
      fault("a copy of %zu bytes passes the end of a block of %zu at %zu", size, found->second.size,
            size_t(offset));
      return cudaErrorInvalidValue;
    }
  }
  if (kind == cudaMemcpyHostToDevice && (!on_device(to) || on_device(from)))
    return cudaErrorInvalidValue;
  if (kind == cudaMemcpyDeviceToHost && (on_device(to) || !on_device(from)))
    return cudaErrorInvalidValue;
  if (kind == cudaMemcpyDeviceToDevice && (!on_device(to) || !on_device(from)))
    return cudaErrorInvalidValue;
  return cudaSuccess;
}
cudaError_t cudaMemcpy(void* to, const void* from, size_t size, cudaMemcpyKind kind) {
  LOCKED;
  IN_CHILD;
  if (any_capture_forbids(false)) return done(cudaErrorStreamCaptureImplicit);
  if (auto error = check_copy(to, from, size, kind)) return done(error);
  ++counters.synchronisations;
  count_copy(to, from);
  Stream* stream = null_stream(current_device);
  if (on_device(from)) use(stream, from, Use::read);
  if (on_device(to)) use(stream, to, Use::write);
  enqueue(stream, [=] { memmove(to, from, size); });
  host_waits_for(stream);
  return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t size, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  LOCKED;
  IN_CHILD;
  Stream* s = stream_of(stream);
  if (!s) return done(cudaErrorInvalidResourceHandle);
  if (auto error = check_copy(to, from, size, kind)) return done(error);
  count_copy(to, from);
  const bool from_host = !on_device(from), to_host = !on_device(to);
  if (from_host && !pinned(from) && !s->capture) {  // staged before the call returns
    auto staged = std::make_shared<std::vector<char>>(static_cast<const char*>(from),
                                                      static_cast<const char*>(from) + size);
    use(s, to, Use::write);
    enqueue(s, [=] { memcpy(to, staged->data(), size); });
    return cudaSuccess;
  }
  if (s->capture && ((from_host && !pinned(from)) || (to_host && !pinned(to)))) {
    s->capture->broken = true;
    return done(cudaErrorStreamCaptureUnsupported);
  }
  if (!from_host) use(s, from, Use::read);
  if (!to_host) use(s, to, Use::write);
  enqueue(s, [=] { memmove(to, from, size); });
  if (to_host && !pinned(to) && !s->capture) {  // to pageable memory: returns when it is there
    ++counters.synchronisations;
    drain(s, s->enqueued);
    host_waits_for(s);
  }
  return cudaSuccess;
}
cudaError_t cudaMemcpyPeer(void* to, int, const void* from, int, size_t size) {
  return cudaMemcpy(to, from, size, cudaMemcpyDefault);
}
cudaError_t cudaMemcpyPeerAsync(void* to, int, const void* from, int, size_t size,
                                cudaStream_t stream) {
  return cudaMemcpyAsync(to, from, size, cudaMemcpyDefault, stream);
}
static void copy_rows(void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width,
                      size_t height) {
  for (size_t row = 0; row < height; ++row)
    memmove(static_cast<char*>(to) + row * to_pitch,
            static_cast<const char*>(from) + row * from_pitch, width);
}
cudaError_t cudaMemcpy2D(void* to, size_t tp, const void* from, size_t fp, size_t width,
                         size_t height, cudaMemcpyKind) {
  LOCKED;
  if (any_capture_forbids(false)) return done(cudaErrorStreamCaptureImplicit);
  enqueue(null_stream(current_device), [=] { copy_rows(to, tp, from, fp, width, height); });
  return cudaSuccess;
}
cudaError_t cudaMemcpy2DAsync(void* to, size_t tp, const void* from, size_t fp, size_t width,
                              size_t height, cudaMemcpyKind, cudaStream_t stream) {
  LOCKED;
  Stream* s = stream_of(stream);
  if (!s) return done(cudaErrorInvalidResourceHandle);
  enqueue(s, [=] { copy_rows(to, tp, from, fp, width, height); });
  return cudaSuccess;
}
cudaError_t cudaMemset(void* to, int value, size_t size) {
  LOCKED;
  if (any_capture_forbids(false)) return done(cudaErrorStreamCaptureImplicit);
  enqueue(null_stream(current_device), [=] { memset(to, value, size); });
  return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void* to, int value, size_t size, cudaStream_t stream) {
  LOCKED;
  IN_CHILD;
  Stream* s = stream_of(stream);
  if (!s) return done(cudaErrorInvalidResourceHandle);
  if (!block_of(to) && size) return done(cudaErrorInvalidValue);
  use(s, to, Use::write);
  enqueue(s, [=] { memset(to, value, size); });
  return cudaSuccess;
}
cudaError_t cudaMemPrefetchAsync(const void*, size_t, int, cudaStream_t) { return cudaSuccess; }
cudaError_t cudaMemAdvise(const void*, size_t, cudaMemoryAdvise, int) { return cudaSuccess; }
cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t* pool, int) {
  *pool = reinterpret_cast<cudaMemPool_t>(1);
  return cudaSuccess;
}
cudaError_t cudaDeviceGetMemPool(cudaMemPool_t* pool, int) {
  *pool = reinterpret_cast<cudaMemPool_t>(1);
  return cudaSuccess;
}
cudaError_t cudaDeviceSetMemPool(int, cudaMemPool_t) { return cudaSuccess; }
cudaError_t cudaMemPoolCreate(cudaMemPool_t* pool, const cudaMemPoolProps*) {
  *pool = reinterpret_cast<cudaMemPool_t>(2);
  return cudaSuccess;
}
cudaError_t cudaMemPoolDestroy(cudaMemPool_t) { return cudaSuccess; }
cudaError_t cudaMemPoolTrimTo(cudaMemPool_t, size_t) { return cudaSuccess; }
cudaError_t cudaMemPoolGetAttribute(cudaMemPool_t, cudaMemPoolAttr, void* value) {
  *static_cast<uint64_t*>(value) = 0;
  return cudaSuccess;
}
cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t, cudaMemPoolAttr, void*) { return cudaSuccess; }
cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* pointer) {
  LOCKED;
  memset(attributes, 0, sizeof *attributes);
  const Block* block = block_of(pointer);
  attributes->device = block ? block->device : -1;
  attributes->type = !block              ? cudaMemoryTypeUnregistered
                     : block->device < 0 ? cudaMemoryTypeHost
                                         : cudaMemoryTypeDevice;
  attributes->devicePointer = block ? const_cast<void*>(pointer) : nullptr;
  attributes->hostPointer = block && block->device < 0 ? const_cast<void*>(pointer) : nullptr;
  return cudaSuccess;
}

// ---- streams and events ----
cudaError_t cudaStreamCreateWithPriority(cudaStream_t* stream, unsigned flags, int priority) {
  LOCKED;
  IN_CHILD;
  note_forks();
  auto* made = new Stream;
  made->device = current_device, made->flags = flags, made->priority = priority;
  made->number = next_stream();
  streams.insert(made);
  *stream = reinterpret_cast<cudaStream_t>(made);
  return cudaSuccess;
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  return cudaStreamCreateWithPriority(stream, flags, 0);
}
cudaError_t cudaStreamCreate(cudaStream_t* stream) {
  return cudaStreamCreateWithPriority(stream, 0, 0);
}
cudaError_t cudaStreamGetFlags(cudaStream_t stream, unsigned* flags) {
  LOCKED;
  auto* s = stream_of(stream);
  if (!s) return done(cudaErrorInvalidResourceHandle);
  *flags = s->flags;
  return cudaSuccess;
}
cudaError_t cudaStreamGetPriority(cudaStream_t stream, int* priority) {
  LOCKED;
  auto* s = stream_of(stream);
  if (!s) return done(cudaErrorInvalidResourceHandle);
  *priority = s->priority;
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  LOCKED;
  Stream* s = stream_of(stream);
  if (!s) return done(cudaErrorInvalidResourceHandle);
  drain(s, s->enqueued);
  for (Event* event : events)
    if (event->stream == s) event->stream = nullptr;
  streams.erase(s);
  delete s;
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  LOCKED;
  IN_CHILD;
  Stream* s = stream_of(stream);
  if (!s) return done(cudaErrorInvalidResourceHandle);
  if (s->capture) {
    s->capture->broken = true;
    return done(cudaErrorStreamCaptureUnsupported);
  }
  ++counters.synchronisations;
  if (is_null(s)) enqueue(s, [] {});
  else drain(s, s->enqueued);
  host_waits_for(s);
  return cudaSuccess;
}
cudaError_t cudaStreamQuery(cudaStream_t stream) {
  LOCKED;
  IN_CHILD;
  Stream* s = stream_of(stream);
  if (!s) return done(cudaErrorInvalidResourceHandle);
  if (s->capture) {
    s->capture->broken = true;
    return done(cudaErrorStreamCaptureUnsupported);
  }
  if (s->done != s->enqueued) return cudaErrorNotReady;
  host_waits_for(s);
  return cudaSuccess;
}
cudaError_t cudaStreamAddCallback(cudaStream_t stream, cudaStreamCallback_t callback, void* data,
                                  unsigned) {
  LOCKED;
  Stream* s = stream_of(stream);
  enqueue(s, [=] { callback(stream, cudaSuccess, data); });
  return cudaSuccess;
}
cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void* data) {
  LOCKED;
  enqueue(stream_of(stream), [=] { function(data); });
  return cudaSuccess;
}
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
  LOCKED;
  IN_CHILD;
  auto* made = new Event;
  made->flags = flags;
  events.insert(made);
  *event = reinterpret_cast<cudaEvent_t>(made);
  return cudaSuccess;
}
cudaError_t cudaEventCreate(cudaEvent_t* event) { return cudaEventCreateWithFlags(event, 0); }
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  LOCKED;
  events.erase(reinterpret_cast<Event*>(event));
  return cudaSuccess;
}
static Event* event_of(cudaEvent_t event) {
  auto* e = reinterpret_cast<Event*>(event);
  return events.count(e) ? e : nullptr;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  LOCKED;
  IN_CHILD;
  Event* e = event_of(event);
  Stream* s = stream_of(stream);
  if (!e || !s) return done(cudaErrorInvalidResourceHandle);
  e->stream = s;
  e->capture = s->capture;
  enqueue(s, [=] {
    if (events.count(e)) e->milliseconds = now();
  });
  e->sequence = s->enqueued;
  e->clock = s->clock;
  return cudaSuccess;
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  LOCKED;
  IN_CHILD;
  Event* e = event_of(event);
  Stream* s = stream_of(stream);
  if (!e || !s) return done(cudaErrorInvalidResourceHandle);
  if (e->capture && !s->capture) s->capture = e->capture;  // the stream joins the capture
  if (!e->stream || e->capture || s->capture) return cudaSuccess;
  Stream* other = e->stream;
  const uint64_t until = e->sequence;
  join(s->clock, e->clock);
  enqueue(s, [=] {
    if (streams.count(other)) drain(other, until);
  });
  return cudaSuccess;
}
cudaError_t cudaEventQuery(cudaEvent_t event) {
  LOCKED;
  IN_CHILD;
  Event* e = event_of(event);
  if (!e) return done(cudaErrorInvalidResourceHandle);
  if (e->capture) {
    e->capture->broken = true;
    return done(cudaErrorStreamCaptureUnsupported);
  }
  if (e->stream && e->stream->done < e->sequence) return cudaErrorNotReady;
  join(host, e->clock);
  return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  LOCKED;
  IN_CHILD;
  Event* e = event_of(event);
  if (!e) return done(cudaErrorInvalidResourceHandle);
  if (e->capture) {
    e->capture->broken = true;
    return done(cudaErrorStreamCaptureUnsupported);
  }
  ++counters.synchronisations;
  if (e->stream) drain(e->stream, e->sequence);
  join(host, e->clock);
  return cudaSuccess;
}
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  LOCKED;
  Event *a = event_of(start), *b = event_of(end);
  if (!a || !b || ((a->flags | b->flags) & cudaEventDisableTiming))
    return done(cudaErrorInvalidResourceHandle);
  for (Event* e : {a, b})
    if (e->stream && e->stream->done < e->sequence) return done(cudaErrorNotReady);
  *milliseconds = float(b->milliseconds - a->milliseconds);
  return cudaSuccess;
}

// ---- captures and graphs ----
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  LOCKED;
  Stream* s = stream_of(stream);
  if (!s || is_null(s)) return done(cudaErrorStreamCaptureUnsupported);
  if (s->capture) return done(cudaErrorIllegalState);
  s->capture = std::make_shared<Capture>();
  s->capture->mode = mode;
  s->origin = true;
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  LOCKED;
  Stream* s = stream_of(stream);
  if (!s || !s->capture || !s->origin) return done(cudaErrorIllegalState);
  auto capture = s->capture;
  s->capture.reset();
  s->origin = false;
  for (Stream* other : streams)
    if (other->capture == capture) other->capture.reset();
  if (capture->broken) {
    *graph = nullptr;
    return done(cudaErrorStreamCaptureInvalidated);
  }
  *graph = reinterpret_cast<cudaGraph_t>(new Graph{capture});
  return cudaSuccess;
}
cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
  LOCKED;
  Stream* s = stream_of(stream);
  if (!s) return done(cudaErrorInvalidResourceHandle);
  *status = !s->capture          ? cudaStreamCaptureStatusNone
            : s->capture->broken ? cudaStreamCaptureStatusInvalidated
                                 : cudaStreamCaptureStatusActive;
  return cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* exec, cudaGraph_t graph, unsigned long long) {
  *exec = reinterpret_cast<cudaGraphExec_t>(new Graph(*reinterpret_cast<Graph*>(graph)));
  return cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream) {
  LOCKED;
  IN_CHILD;
  Stream* s = stream_of(stream);
  if (!s) return done(cudaErrorInvalidResourceHandle);
  auto content = reinterpret_cast<Graph*>(exec)->content;
  ++counters.graph_launches;
  for (auto& [address, kind] : content->uses) use(s, address, kind);
  enqueue(s, [content] {
    for (auto& node : content->nodes) node();
  });
  return cudaSuccess;
}
cudaError_t cudaGraphUpload(cudaGraphExec_t, cudaStream_t) { return cudaSuccess; }
cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete reinterpret_cast<Graph*>(graph);
  return cudaSuccess;
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) {
  LOCKED;
  drain_all(-1);
  delete reinterpret_cast<Graph*>(exec);
  return cudaSuccess;
}
cudaError_t cudaGraphDebugDotPrint(cudaGraph_t, const char*, unsigned) { return cudaSuccess; }
cudaError_t cudaProfilerStart() { return cudaSuccess; }
cudaError_t cudaProfilerStop() { return cudaSuccess; }

// ---- not emulated ----
#define NOT_EMULATED(name) \
  cudaError_t name { return done(cudaErrorNotSupported); }
NOT_EMULATED(cudaIpcCloseMemHandle(void*))
NOT_EMULATED(cudaIpcGetEventHandle(cudaIpcEventHandle_t*, cudaEvent_t))
NOT_EMULATED(cudaIpcGetMemHandle(cudaIpcMemHandle_t*, void*))
NOT_EMULATED(cudaIpcOpenEventHandle(cudaEvent_t*, cudaIpcEventHandle_t))
NOT_EMULATED(cudaIpcOpenMemHandle(void**, cudaIpcMemHandle_t, unsigned))
NOT_EMULATED(cudaMalloc3DArray(cudaArray_t*, const cudaChannelFormatDesc*, cudaExtent, unsigned))
NOT_EMULATED(cudaMallocArray(cudaArray_t*, const cudaChannelFormatDesc*, size_t, size_t, unsigned))
NOT_EMULATED(cudaFreeArray(cudaArray_t))
NOT_EMULATED(cudaMemcpy2DFromArray(void*, size_t, cudaArray_const_t, size_t, size_t, size_t, size_t,
                                   cudaMemcpyKind))
NOT_EMULATED(cudaMemcpy2DFromArrayAsync(void*, size_t, cudaArray_const_t, size_t, size_t, size_t,
                                        size_t, cudaMemcpyKind, cudaStream_t))
NOT_EMULATED(cudaMemcpy2DToArray(cudaArray_t, size_t, size_t, const void*, size_t, size_t, size_t,
                                 cudaMemcpyKind))
NOT_EMULATED(cudaMemcpy2DToArrayAsync(cudaArray_t, size_t, size_t, const void*, size_t, size_t,
                                      size_t, cudaMemcpyKind, cudaStream_t))
NOT_EMULATED(cudaMemcpy3D(const cudaMemcpy3DParms*))
NOT_EMULATED(cudaMemcpy3DAsync(const cudaMemcpy3DParms*, cudaStream_t))
NOT_EMULATED(cudaCreateTextureObject(cudaTextureObject_t*, const cudaResourceDesc*,
                                     const cudaTextureDesc*, const cudaResourceViewDesc*))
NOT_EMULATED(cudaDestroyTextureObject(cudaTextureObject_t))
NOT_EMULATED(cudaGetChannelDesc(cudaChannelFormatDesc*, cudaArray_const_t))
NOT_EMULATED(cudaGetTextureObjectResourceDesc(cudaResourceDesc*, cudaTextureObject_t))
NOT_EMULATED(cudaGetTextureObjectTextureDesc(cudaTextureDesc*, cudaTextureObject_t))
NOT_EMULATED(cudaCreateSurfaceObject(cudaSurfaceObject_t*, const cudaResourceDesc*))
NOT_EMULATED(cudaDestroySurfaceObject(cudaSurfaceObject_t))

Counters* cuda_on_cpu_counters() { return &counters; }
void cuda_on_cpu_set(int is_lazy, int is_skipping) {
  LOCKED;
  drain_all(-1);
  lazy = is_lazy, skip = is_skipping;
}

}  // extern "C"
