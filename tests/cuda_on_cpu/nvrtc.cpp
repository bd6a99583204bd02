// NVRTC: CUDA C++ is compiled by g++, with kernel.h in front; the "cubin" is a shared library.
#include <dlfcn.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

extern char** environ;

extern "C" {
typedef int nvrtcResult;
struct _nvrtcProgram {
  std::string source, name, log, image;
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::string> expressions;
};
typedef _nvrtcProgram* nvrtcProgram;
void* cuda_on_cpu_counters();

const char* nvrtcGetErrorString(nvrtcResult result) {
  return result == 6 ? "NVRTC_ERROR_COMPILATION" : result ? "NVRTC_ERROR" : "NVRTC_SUCCESS";
}
nvrtcResult nvrtcVersion(int* major, int* minor) {
  *major = 12, *minor = 9;
  return 0;
}
nvrtcResult nvrtcGetNumSupportedArchs(int* count) {
  *count = 3;
  return 0;
}
nvrtcResult nvrtcGetSupportedArchs(int* archs) {
  archs[0] = 80, archs[1] = 90, archs[2] = 120;
  return 0;
}
nvrtcResult nvrtcCreateProgram(nvrtcProgram* program, const char* source, const char* name,
                               int count, const char* const* headers, const char* const* names) {
  auto* made = new _nvrtcProgram;
  made->source = source, made->name = name ? name : "kernel.cu";
  for (int i = 0; i < count; ++i) made->headers.push_back({names[i], headers[i]});
  *program = made;
  return 0;
}
nvrtcResult nvrtcDestroyProgram(nvrtcProgram* program) {
  delete *program;
  *program = nullptr;
  return 0;
}
nvrtcResult nvrtcAddNameExpression(nvrtcProgram program, const char* text) {
  program->expressions.push_back(text);
  return 0;
}

static std::string folder() {
  Dl_info info;
  dladdr(reinterpret_cast<void*>(&nvrtcVersion), &info);
  std::string path = info.dli_fname;
  return path.substr(0, path.rfind('/'));
}

// Names of the kernels with C linkage, in source with comments taken out.
static std::vector<std::string> plain_kernels(const std::string& source) {
  std::vector<std::string> found;
  static const std::regex kernel(
      R"re(extern\s+"C"\s+(?:\{\s*)?__global__\s+(?:__launch_bounds__\s*\([^)]*\)\s*)?void\s+(?:__launch_bounds__\s*\([^)]*\)\s*)?(\w+)\s*\()re");
  for (auto it = std::sregex_iterator(source.begin(), source.end(), kernel);
       it != std::sregex_iterator(); ++it)
    found.push_back((*it)[1]);
  // The kernels inside an extern "C" { } block.
  size_t at = source.find("extern \"C\" {");
  if (at != std::string::npos) {
    static const std::regex inside(
        R"re(__global__\s+(?:__launch_bounds__\s*\([^)]*\)\s*)?void\s+(\w+)\s*\()re");
    const std::string rest = source.substr(at);
    for (auto it = std::sregex_iterator(rest.begin(), rest.end(), inside);
         it != std::sregex_iterator(); ++it) {
      bool is_new = true;
      for (auto& name : found) is_new = is_new && name != (*it)[1];
      if (is_new) found.push_back((*it)[1]);
    }
  }
  return found;
}

nvrtcResult nvrtcCompileProgram(nvrtcProgram program, int count, const char* const* options) {
  ++static_cast<unsigned long long*>(cuda_on_cpu_counters())[8];
  char pattern[] = "/tmp/cuda_on_cpu_XXXXXX";
  const std::string place = mkdtemp(pattern);
  std::string source = program->source;
  // Dynamic shared memory is an argument of the launch.
  source = std::regex_replace(
      source, std::regex(R"re(extern\s+__shared__\s+([^;\[]+?)\s+(\w+)\s*\[\s*\]\s*;)re"),
      "$1* $2 = static_cast<$1*>(cuda_on_cpu::dynamic_shared());");
  std::ostringstream text;
  const bool fibers =
      source.find("__sync") != std::string::npos || source.find("_sync(") != std::string::npos ||
      source.find("cub::") != std::string::npos || source.find("REDUCE") != std::string::npos;
  text << "#include \"kernel.h\"\n#line 1 \"" << program->name << "\"\n" << source << "\n";
  for (auto& name : plain_kernels(source))
    text << "CUDA_ON_CPU_KERNEL(" << name << ", " << name << ")\n";
  for (size_t i = 0; i < program->expressions.size(); ++i)
    text << "CUDA_ON_CPU_KERNEL(expression_" << i << ", " << program->expressions[i] << ")\n";
  std::ofstream(place + "/kernel.cpp") << text.str();
  for (auto& header : program->headers) {
    const std::string path = place + "/" + header.first;
    system(("mkdir -p '" + path.substr(0, path.rfind('/')) + "'").c_str());
    std::ofstream(path) << header.second;
  }
  std::vector<std::string> command = {"g++",
                                      "-std=c++17",
                                      "-O1",
                                      "-w",
                                      "-fpermissive",
                                      "-fno-strict-aliasing",
                                      "-ffp-contract=off",
                                      "-shared",
                                      "-fPIC",
                                      "-DCUDA_ON_CPU",
                                      "-I" + folder() + "/device",
                                      "-I" + place};
  if (fibers)
    command.push_back("-DCUDA_ON_CPU_FIBERS=1");  // kernel.h.gch/ holds both variants compiled
  for (int i = 0; i < count; ++i) {
    const std::string option = options[i];
    if (option.rfind("-I", 0) == 0 || option.rfind("-D", 0) == 0) command.push_back(option);
    if (option.rfind("--include-path=", 0) == 0) command.push_back("-I" + option.substr(15));
    if (option.rfind("-std=", 0) == 0 || option.rfind("--std=", 0) == 0)
      command[1] = "-std=" + option.substr(option.find('=') + 1);
  }
  command.push_back("-I" + folder() + "/toolkit");
  command.insert(command.end(), {place + "/kernel.cpp", "-o", place + "/kernel.so"});
  std::vector<char*> argv;
  for (auto& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 2, (place + "/log").c_str(), 0x241, 0644);
  pid_t child;
  int status = 1;
  if (!posix_spawnp(&child, "g++", &actions, nullptr, argv.data(), environ))
    waitpid(child, &status, 0);
  posix_spawn_file_actions_destroy(&actions);
  std::stringstream log, image;
  log << std::ifstream(place + "/log").rdbuf();
  program->log = log.str();
  image << std::ifstream(place + "/kernel.so", std::ios::binary).rdbuf();
  char header[33] = "CUDAONCPU";
  snprintf(header + 9, 23, "%016zx", image.str().size());
  program->image = std::string(header, 32) + image.str();
  if (!getenv("CUDA_ON_CPU_KEEP")) system(("rm -r " + place).c_str());
  return status ? 6 : 0;
}

nvrtcResult nvrtcGetCUBINSize(nvrtcProgram program, size_t* size) {
  *size = program->image.size();
  return 0;
}
nvrtcResult nvrtcGetCUBIN(nvrtcProgram program, char* image) {
  memcpy(image, program->image.data(), program->image.size());
  return 0;
}
// CuPy asks for PTX only to learn from its comments which compiler this is.
static const char ptx[] = "// Compiler Build ID: CUDA on CPU 1\n";
nvrtcResult nvrtcGetPTXSize(nvrtcProgram, size_t* size) {
  *size = sizeof ptx;
  return 0;
}
nvrtcResult nvrtcGetPTX(nvrtcProgram, char* image) {
  memcpy(image, ptx, sizeof ptx);
  return 0;
}
nvrtcResult nvrtcGetProgramLogSize(nvrtcProgram program, size_t* size) {
  *size = program->log.size() + 1;
  return 0;
}
nvrtcResult nvrtcGetProgramLog(nvrtcProgram program, char* log) {
  memcpy(log, program->log.c_str(), program->log.size() + 1);
  return 0;
}
nvrtcResult nvrtcGetLoweredName(nvrtcProgram program, const char* expression, const char** name) {
  static std::map<size_t, std::string> names;
  for (size_t i = 0; i < program->expressions.size(); ++i)
    if (program->expressions[i] == expression) {
      *name = (names[i] = "expression_" + std::to_string(i)).c_str();
      return 0;
    }
  return 10;
}
nvrtcResult nvrtcGetLTOIRSize(nvrtcProgram, size_t*) { return 11; }
nvrtcResult nvrtcGetLTOIR(nvrtcProgram, char*) { return 11; }
}
