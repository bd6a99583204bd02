// cuFFT: the plans and transforms that CuPy makes, computed in double precision, in the stream of
// the plan.
#include "state.h"

#include <cmath>
#include <complex>

using namespace emu;

namespace {

using Number = std::complex<double>;
constexpr int R2C = 0x2a, C2R = 0x2c, C2C = 0x29, D2Z = 0x6a, Z2D = 0x6c, Z2Z = 0x69;
constexpr int SUCCESS = 0, INVALID_PLAN = 1, INVALID_TYPE = 3, INVALID_VALUE = 4;

// Where the elements of one side of a plan lie, in elements.
struct Layout {
  std::vector<int64_t> embed;  // sizes of the array in memory that the transform is a part of
  int64_t stride = 1, distance = 0;
};

struct Plan {
  std::vector<int64_t> sizes;  // of the transform in real or complex space, whichever is larger
  Layout in, out;
  int type = 0;
  int64_t batch = 1;
  cudaStream_t stream = nullptr;
};

std::map<int, Plan> plans;

// Sum over j of x[j] exp(sign 2 pi i j k / n) for all k; by halves, thirds ... of the sum.
std::vector<Number> transformed(const std::vector<Number>& x, int sign) {
  const size_t n = x.size();
  size_t factor = 2;
  while (factor <= n && n % factor) ++factor;
  if (n <= 1) return x;
  std::vector<Number> result(n);
  std::vector<std::vector<Number>> parts(factor);
  for (size_t part = 0; part < factor; ++part) {
    std::vector<Number> every;
    for (size_t j = part; j < n; j += factor) every.push_back(x[j]);
    parts[part] = transformed(every, sign);
  }
  for (size_t k = 0; k < n; ++k)
    for (size_t part = 0; part < factor; ++part)
      result[k] += parts[part][k % (n / factor)] *
                   std::polar(1.0, sign * 2 * M_PI * double(part * k % n) / double(n));
  return result;
}

int64_t product(const std::vector<int64_t>& sizes) {
  int64_t count = 1;
  for (int64_t size : sizes) count *= size;
  return count;
}

// The index along each axis of the element at a position of a row-major array.
std::vector<int64_t> indices_of(int64_t position, const std::vector<int64_t>& sizes) {
  std::vector<int64_t> indices(sizes.size());
  for (size_t axis = sizes.size(); axis-- > 0; position /= sizes[axis])
    indices[axis] = position % sizes[axis];
  return indices;
}

int64_t place_of(const std::vector<int64_t>& indices, const std::vector<int64_t>& sizes) {
  int64_t place = 0;
  for (size_t axis = 0; axis < sizes.size(); ++axis) place = place * sizes[axis] + indices[axis];
  return place;
}

void transform_all_axes(std::vector<Number>& values, const std::vector<int64_t>& sizes, int sign) {
  int64_t step = product(sizes);
  for (int64_t size : sizes) {
    step /= size;
    for (int64_t start = 0; start < int64_t(values.size()); ++start) {
      if (start / step % size) continue;
      std::vector<Number> line(size);
      for (int64_t i = 0; i < size; ++i) line[i] = values[start + i * step];
      line = transformed(line, sign);
      for (int64_t i = 0; i < size; ++i) values[start + i * step] = line[i];
    }
  }
}

// T is float or double; elements that are real on a side are single numbers there.
template <typename T>
struct Transform {
  const Plan& plan;
  bool is_real_in, is_real_out;

  std::vector<int64_t> half() const {
    auto sizes = plan.sizes;
    sizes.back() = sizes.back() / 2 + 1;
    return sizes;
  }
  int64_t address(const Layout& layout, int64_t batch, const std::vector<int64_t>& indices) const {
    return batch * layout.distance + place_of(indices, layout.embed) * layout.stride;
  }
  Number read(const T* in, int64_t batch, std::vector<int64_t> indices) const {
    if (is_real_in) return in[address(plan.in, batch, indices)];
    const bool is_mirrored = is_real_out && indices.back() > plan.sizes.back() / 2;
    if (is_mirrored)
      for (size_t axis = 0; axis < indices.size(); ++axis)
        indices[axis] = (plan.sizes[axis] - indices[axis]) % plan.sizes[axis];
    const int64_t at = address(plan.in, batch, indices);
    const Number value(in[2 * at], in[2 * at + 1]);
    return is_mirrored ? std::conj(value) : value;
  }
  void write(T* out, int64_t batch, const std::vector<int64_t>& indices, Number value) const {
    const int64_t at = address(plan.out, batch, indices);
    if (is_real_out) {
      out[at] = T(value.real());
      return;
    }
    out[2 * at] = T(value.real()), out[2 * at + 1] = T(value.imag());
  }
  void operator()(const T* in, T* out, int sign) const {
    const auto written = is_real_in ? half() : plan.sizes;
    for (int64_t batch = 0; batch < plan.batch; ++batch) {
      std::vector<Number> values(product(plan.sizes));
      for (size_t i = 0; i < values.size(); ++i)
        values[i] = read(in, batch, indices_of(i, plan.sizes));
      transform_all_axes(values, plan.sizes, sign);
      for (int64_t i = 0; i < product(written); ++i) {
        const auto indices = indices_of(i, written);
        write(out, batch, indices, values[place_of(indices, plan.sizes)]);
      }
    }
  }
};

template <typename T>
int execute(int handle, const void* in, void* out, int sign, int type) {
  std::lock_guard<std::recursive_mutex> held(lock);
  auto found = plans.find(handle);
  if (found == plans.end()) return INVALID_PLAN;
  const Plan plan = found->second;
  if (plan.type != type) return INVALID_TYPE;
  for (const void* pointer : {in, static_cast<const void*>(out)})
    if (!block_of(pointer) || block_of(pointer)->device < 0) {
      fault("cufft: an operand is not in device memory");
      return INVALID_VALUE;
    }
  Stream* stream = stream_of(plan.stream);
  if (!stream) return INVALID_VALUE;
  ++counters.launches;
  use(stream, in, Use::read);
  use(stream, out, Use::write);
  const bool is_real_in = type == R2C || type == D2Z, is_real_out = type == C2R || type == Z2D;
  enqueue(stream, [=] {
    if (!skip)
      Transform<T>{plan, is_real_in, is_real_out}(static_cast<const T*>(in), static_cast<T*>(out),
                                                  sign);
  });
  return SUCCESS;
}

Layout layout_of(const std::vector<int64_t>& sizes, const int* embed, int stride, int distance) {
  if (!embed) return {sizes, 1, product(sizes)};
  return {std::vector<int64_t>(embed, embed + sizes.size()), stride, distance};
}

}  // namespace

extern "C" {
int cufftGetVersion(int* version) {
  *version = 11400;
  return SUCCESS;
}
int cufftCreate(int* handle) {
  std::lock_guard<std::recursive_mutex> held(lock);
  static int last = 0;
  plans[*handle = ++last];
  return SUCCESS;
}
int cufftDestroy(int handle) {
  std::lock_guard<std::recursive_mutex> held(lock);
  return plans.erase(handle) ? SUCCESS : INVALID_PLAN;
}
int cufftSetAutoAllocation(int, int) { return SUCCESS; }
int cufftSetWorkArea(int, void*) { return SUCCESS; }
int cufftSetStream(int handle, cudaStream_t stream) {
  std::lock_guard<std::recursive_mutex> held(lock);
  if (!plans.count(handle)) return INVALID_PLAN;
  plans[handle].stream = stream;
  return SUCCESS;
}
int cufftMakePlanMany(int handle, int rank, int* sizes, int* in_embed, int in_stride,
                      int in_distance, int* out_embed, int out_stride, int out_distance, int type,
                      int batch, size_t* work) {
  std::lock_guard<std::recursive_mutex> held(lock);
  if (!plans.count(handle)) return INVALID_PLAN;
  Plan& plan = plans[handle];
  plan.sizes.assign(sizes, sizes + rank);
  plan.type = type, plan.batch = batch;
  auto half = plan.sizes;
  half.back() = half.back() / 2 + 1;
  plan.in =
      layout_of(type == C2R || type == Z2D ? half : plan.sizes, in_embed, in_stride, in_distance);
  plan.out = layout_of(type == R2C || type == D2Z ? half : plan.sizes, out_embed, out_stride,
                       out_distance);
  *work = 0;
  return SUCCESS;
}
int cufftMakePlan1d(int handle, int size, int type, int batch, size_t* work) {
  return cufftMakePlanMany(handle, 1, &size, nullptr, 1, 0, nullptr, 1, 0, type, batch, work);
}
int cufftExecC2C(int handle, void* in, void* out, int sign) {
  return execute<float>(handle, in, out, sign, C2C);
}
int cufftExecR2C(int handle, void* in, void* out) {
  return execute<float>(handle, in, out, -1, R2C);
}
int cufftExecC2R(int handle, void* in, void* out) {
  return execute<float>(handle, in, out, 1, C2R);
}
int cufftExecZ2Z(int handle, void* in, void* out, int sign) {
  return execute<double>(handle, in, out, sign, Z2Z);
}
int cufftExecD2Z(int handle, void* in, void* out) {
  return execute<double>(handle, in, out, -1, D2Z);
}
int cufftExecZ2D(int handle, void* in, void* out) {
  return execute<double>(handle, in, out, 1, Z2D);
}
}
