// NVML: the same cards, with names, memory and PCI ids.
#include "state.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace emu;
static int physical() {
  const char* text = getenv("CUDA_ON_CPU_DEVICES");
  return text ? atoi(text) : 2;
}
static size_t total() {
  const char* text = getenv("CUDA_ON_CPU_MIB");
  return (text ? atoll(text) : 4096ll) << 20;
}
static int index_of(void* handle) { return int(reinterpret_cast<uintptr_t>(handle)) - 1; }
extern "C" {
struct Pci {
  char legacy[16];
  unsigned domain, bus, device, id, subsystem;
  char bus_id[32];
};
struct Memory {
  unsigned long long total, free, used;
};
struct Memory2 {
  unsigned version;
  unsigned long long total, reserved, free, used;
};
struct Utilization {
  unsigned gpu, memory;
};
int nvmlInit_v2() { return 0; }
int nvmlInitWithFlags(unsigned) { return 0; }
int nvmlShutdown() { return 0; }
const char* nvmlErrorString(int) { return "CUDA on CPU: not emulated"; }
int nvmlSystemGetDriverVersion(char* text, unsigned n) {
  snprintf(text, n, "575.00");
  return 0;
}
int nvmlSystemGetNVMLVersion(char* text, unsigned n) {
  snprintf(text, n, "12.575.00");
  return 0;
}
int nvmlSystemGetCudaDriverVersion_v2(int* version) {
  *version = 12090;
  return 0;
}
int nvmlSystemGetCudaDriverVersion(int* version) {
  *version = 12090;
  return 0;
}
int nvmlDeviceGetCount_v2(unsigned* count) {
  *count = physical();
  return 0;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** handle) {
  if (int(index) >= physical()) return 2;
  *handle = reinterpret_cast<void*>(uintptr_t(index) + 1);
  return 0;
}
int nvmlDeviceGetName(void*, char* text, unsigned n) {
  snprintf(text, n, "CUDA on CPU");
  return 0;
}
int nvmlDeviceGetUUID(void* handle, char* text, unsigned n) {
  snprintf(text, n, "GPU-01020304-0506-0708-090a-0b0c0d0e0f%02x", index_of(handle));
  return 0;
}
int nvmlDeviceGetPciInfo_v3(void* handle, Pci* pci) {
  memset(pci, 0, sizeof *pci);
  pci->bus = 0x10 + index_of(handle);
  snprintf(pci->bus_id, sizeof pci->bus_id, "00000000:%02X:00.0", pci->bus);
  snprintf(pci->legacy, sizeof pci->legacy, "0000:%02X:00.0", pci->bus);
  return 0;
}
int nvmlDeviceGetMemoryInfo(void*, Memory* memory) {
  *memory = {total(), total(), 0};
  return 0;
}
int nvmlDeviceGetCudaComputeCapability(void*, int* major, int* minor) {
  *major = 9, *minor = 0;
  return 0;
}
int nvmlDeviceGetUtilizationRates(void*, Utilization* use) {
  *use = {0, 0};
  return 0;
}
int nvmlDeviceGetTemperature(void*, int, unsigned* degrees) {
  *degrees = 30;
  return 0;
}
int nvmlDeviceGetPowerUsage(void*, unsigned* milliwatts) {
  *milliwatts = 70000;
  return 0;
}
int nvmlDeviceGetEnforcedPowerLimit(void*, unsigned* milliwatts) {
  *milliwatts = 700000;
  return 0;
}
// Nobody but this process: no list of processes.
int nvmlDeviceGetComputeRunningProcesses_v3(void*, unsigned* count, void*) {
  *count = 0;
  return 0;
}
int nvmlDeviceGetGraphicsRunningProcesses_v3(void*, unsigned* count, void*) {
  *count = 0;
  return 0;
}
int nvmlDeviceGetMemoryInfo_v2(void*, Memory2* memory) {
  memory->total = memory->free = total(), memory->reserved = memory->used = 0;
  return 0;
}
}
