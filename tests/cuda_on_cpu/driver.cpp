// The CUDA driver API that CuPy calls: modules are shared libraries, kernels are functions in them.
#include "state.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>

using namespace emu;
#define LOCKED std::lock_guard<std::recursive_mutex> held(lock)

namespace {
struct Function {
  int (*start)(const unsigned* sizes, size_t shared, void** arguments);
  const size_t* sizes;  // of the arguments, ended by -1
  std::string name;
};
struct Module {
  void* library;
  std::map<std::string, Function*> functions;
};
}  // namespace

extern "C" {

CUresult cuInit(unsigned) { return CUDA_SUCCESS; }
CUresult cuDriverGetVersion(int* version) {
  *version = 12090;
  return CUDA_SUCCESS;
}
CUresult cuGetErrorName(CUresult error, const char** text) {
  *text = error == 719   ? "CUDA_ERROR_LAUNCH_FAILED"
          : error == 500 ? "CUDA_ERROR_NOT_FOUND"
                         : "CUDA_ERROR";
  return CUDA_SUCCESS;
}
CUresult cuGetErrorString(CUresult error, const char** text) { return cuGetErrorName(error, text); }
CUresult cuCtxGetCurrent(CUcontext* context) {
  *context = reinterpret_cast<CUcontext>(uintptr_t(current_device) + 1);
  return CUDA_SUCCESS;
}
CUresult cuCtxSetCurrent(CUcontext context) {
  if (context) current_device = int(reinterpret_cast<uintptr_t>(context)) - 1;
  return CUDA_SUCCESS;
}
CUresult cuCtxGetDevice(CUdevice* device) {
  *device = current_device;
  return CUDA_SUCCESS;
}
CUresult cuDevicePrimaryCtxRelease_v2(CUdevice) { return CUDA_SUCCESS; }
CUresult cuStreamGetCtx(CUstream, CUcontext* context) { return cuCtxGetCurrent(context); }

CUresult cuModuleLoadData(CUmodule* module, const void* image) {
  LOCKED;
  const char* bytes = static_cast<const char*>(image);
  if (memcmp(bytes, "CUDAONCPU", 9)) return CUDA_ERROR_INVALID_IMAGE;
  const size_t size = strtoull(bytes + 9, nullptr, 16);
  char path[] =
      "/tmp/cuda_on_cpu_module_XXXXXX";  // a name of its own: dlopen knows libraries by name
  const int file = mkstemp(path);
  if (file < 0 || write(file, bytes + 32, size) != ssize_t(size)) return CUDA_ERROR_INVALID_IMAGE;
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  close(file);
  unlink(path);
  if (!library) {
    fault("%s", dlerror());
    return CUDA_ERROR_INVALID_IMAGE;
  }
  *module = reinterpret_cast<CUmodule>(new Module{library, {}});
  return CUDA_SUCCESS;
}
CUresult cuModuleLoad(CUmodule*, const char*) { return CUDA_ERROR_NOT_SUPPORTED; }
CUresult cuModuleUnload(CUmodule) { return CUDA_SUCCESS; }
CUresult cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name) {
  LOCKED;
  auto* m = reinterpret_cast<Module*>(module);
  Function*& found = m->functions[name];
  if (!found) {
    auto start = reinterpret_cast<int (*)(const unsigned*, size_t, void**)>(
        dlsym(m->library, (std::string("start_") + name).c_str()));
    auto* pointer = static_cast<const size_t* const*>(
        dlsym(m->library, (std::string("pointer_") + name).c_str()));
    const size_t* sizes = pointer ? *pointer : nullptr;
    if (!start || !sizes) {
      m->functions.erase(name);
      return CUDA_ERROR_NOT_FOUND;
    }
    found = new Function{start, sizes, name};
  }
  *function = reinterpret_cast<CUfunction>(found);
  return CUDA_SUCCESS;
}
CUresult cuModuleGetGlobal_v2(CUdeviceptr* pointer, size_t* size, CUmodule module,
                              const char* name) {
  void* found = dlsym(reinterpret_cast<Module*>(module)->library, name);
  if (!found) return CUDA_ERROR_NOT_FOUND;
  *pointer = reinterpret_cast<CUdeviceptr>(found);
  if (size) *size = 0;
  return CUDA_SUCCESS;
}

CUresult cuLaunchKernel(CUfunction function, unsigned gx, unsigned gy, unsigned gz, unsigned bx,
                        unsigned by, unsigned bz, unsigned shared, CUstream stream,
                        void** arguments, void**) {
  LOCKED;
  if (forked) return CUDA_ERROR_NOT_INITIALIZED;
  auto* f = reinterpret_cast<Function*>(function);
  Stream* s = stream_of(reinterpret_cast<cudaStream_t>(stream));
  if (!s) return CUDA_ERROR_INVALID_HANDLE;
  if (!gx || !gy || !gz || !bx || !by || !bz || gy > 65535 || gz > 65535 ||
      size_t(bx) * by * bz > 1024) {
    fault("%s: grid %u %u %u, block %u %u %u cannot be launched", f->name.c_str(), gx, gy, gz, bx,
          by, bz);
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (s->device != current_device && reinterpret_cast<uintptr_t>(stream) > 2) {
    fault("%s: the stream is of device %d, the current device is %d", f->name.c_str(), s->device,
          current_device);
    return CUDA_ERROR_INVALID_HANDLE;
  }
  ++counters.launches;
  struct Bound {
    std::vector<char> bytes;
    std::vector<void*> addresses;
    unsigned sizes[6];
  };
  auto bound = std::make_shared<Bound>();
  size_t total = 0;
  std::vector<size_t> offsets;
  for (const size_t* size = f->sizes; *size != size_t(-1); ++size) {
    offsets.push_back(total);
    total += (*size + 63) / 64 * 64;
  }
  bound->bytes.resize(total + 64);
  char* base = bound->bytes.data();
  base += (64 - uintptr_t(base) % 64) % 64;
  for (size_t i = 0; i < offsets.size(); ++i) {
    memcpy(base + offsets[i], arguments[i], f->sizes[i]);
    bound->addresses.push_back(base + offsets[i]);
  }
  for (size_t word = 0; word + sizeof(void*) <= total; word += sizeof(void*)) {
    const void* address;
    memcpy(&address, base + word, sizeof address);
    const Block* block = block_of(address);
    if (block && block->device >= 0) use(s, address, Use::kernel);
  }
  const unsigned sizes[] = {gx, gy, gz, bx, by, bz};
  memcpy(bound->sizes, sizes, sizeof sizes);
  enqueue(s, [=] {
    if (skip) return;
    if (f->start(bound->sizes, shared, bound->addresses.data()))
      fault("%s: a barrier was not reached by all threads of a block", f->name.c_str());
  });
  return CUDA_SUCCESS;
}
CUresult cuLaunchCooperativeKernel(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx,
                                   unsigned by, unsigned bz, unsigned shared, CUstream stream,
                                   void** arguments) {
  return cuLaunchKernel(f, gx, gy, gz, bx, by, bz, shared, stream, arguments, nullptr);
}
CUresult cuFuncGetAttribute(int* value, CUfunction_attribute attribute, CUfunction) {
  *value = attribute == CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK ? 1024 : 0;
  return CUDA_SUCCESS;
}
CUresult cuFuncSetAttribute(CUfunction, CUfunction_attribute, int) { return CUDA_SUCCESS; }
CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction, int size, size_t) {
  *blocks = 2048 / (size ? size : 1);
  return CUDA_SUCCESS;
}
CUresult cuOccupancyMaxPotentialBlockSize(int* grid, int* block, CUfunction, CUoccupancyB2DSize,
                                          size_t, int limit) {
  *block = limit && limit < 256 ? limit : 256, *grid = 132;
  return CUDA_SUCCESS;
}

}  // extern "C"
