// cuBLAS: products of matrices in column order, run in the stream of the handle: small ones as
// plain loops, large ones by the OpenBLAS that comes with NumPy (CUDA_ON_CPU_OPENBLAS names its
// file).
#include "lapack.h"
#include "state.h"

#include <dlfcn.h>

#include <algorithm>
#include <complex>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace emu;

namespace {
struct Handle {
  cudaStream_t stream = nullptr;
  int math = 0;
  int mode = 0;
  int device = 0;
};
enum { R_16F = 2, R_16BF = 14, R_32F = 0, R_64F = 1, C_32F = 4, C_64F = 5, R_8I = 3, R_32I = 10 };

float half_to_float(uint16_t bits) {
  _Float16 x;
  memcpy(&x, &bits, 2);
  return float(x);
}
uint16_t float_to_half(float x) {
  _Float16 y = _Float16(x);
  uint16_t bits;
  memcpy(&bits, &y, 2);
  return bits;
}
float bf16_to_float(uint16_t bits) {
  uint32_t wide = uint32_t(bits) << 16;
  float x;
  memcpy(&x, &wide, 4);
  return x;
}
uint16_t float_to_bf16(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  if (x != x) return 0x7fc0;
  return uint16_t((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

struct F32 {
  using T = float;
  using A = float;
  static A get(T x) { return x; }
  static T put(A x) { return x; }
};
struct F64 {
  using T = double;
  using A = double;
  static A get(T x) { return x; }
  static T put(A x) { return x; }
};
struct C64 {
  using T = std::complex<float>;
  using A = T;
  static A get(T x) { return x; }
  static T put(A x) { return x; }
};
struct C128 {
  using T = std::complex<double>;
  using A = T;
  static A get(T x) { return x; }
  static T put(A x) { return x; }
};
struct H {
  using T = uint16_t;
  using A = float;
  static A get(T x) { return half_to_float(x); }
  static T put(A x) { return float_to_half(x); }
};
struct B {
  using T = uint16_t;
  using A = float;
  static A get(T x) { return bf16_to_float(x); }
  static T put(A x) { return float_to_bf16(x); }
};

template <typename A>
A conj_if(A x, bool) {
  return x;
}
template <typename T>
std::complex<T> conj_if(std::complex<T> x, bool conjugate) {
  return conjugate ? std::conj(x) : x;
}

template <typename A>
struct Large {
  static constexpr const char* name = nullptr;
};
template <>
struct Large<float> {
  static constexpr const char* name = "scipy_cblas_sgemm64_";
};
template <>
struct Large<double> {
  static constexpr const char* name = "scipy_cblas_dgemm64_";
};

// Whether OpenBLAS has computed the product.
template <typename T>
bool large(int ta, int tb, int64_t m, int64_t n, int64_t k, T alpha, const T* a, int64_t lda,
           const T* b, int64_t ldb, T beta, T* c, int64_t ldc) {
  using Gemm = void (*)(int, int, int, int64_t, int64_t, int64_t, T, const T*, int64_t, const T*,
                        int64_t, T, T*, int64_t);
  static const Gemm gemm = [] {
    const char* file = getenv("CUDA_ON_CPU_OPENBLAS");
    void* library = file ? dlopen(file, RTLD_NOW | RTLD_LOCAL) : nullptr;
    return reinterpret_cast<Gemm>(library ? dlsym(library, Large<T>::name) : nullptr);
  }();
  if (!gemm || double(m) * n * k < 1e6) return false;
  gemm(102, ta ? 112 : 111, tb ? 112 : 111, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  return true;
}

template <typename I, typename O>
void product(int ta, int tb, int64_t m, int64_t n, int64_t k, typename O::A alpha, const void* a_,
             int64_t lda, const void* b_, int64_t ldb, typename O::A beta, void* c_, int64_t ldc) {
  auto* a = static_cast<const typename I::T*>(a_);
  auto* b = static_cast<const typename I::T*>(b_);
  auto* c = static_cast<typename O::T*>(c_);
  if constexpr (Large<typename I::T>::name && std::is_same_v<I, O>)
    if (large(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)) return;
  for (int64_t j = 0; j < n; ++j)
    for (int64_t i = 0; i < m; ++i) {
      typename O::A sum = 0;
      for (int64_t l = 0; l < k; ++l)
        sum += conj_if(typename O::A(I::get(ta ? a[l + i * lda] : a[i + l * lda])), ta == 2) *
               conj_if(typename O::A(I::get(tb ? b[j + l * ldb] : b[l + j * ldb])), tb == 2);
      auto& place = c[i + j * ldc];
      place = O::put(beta == typename O::A(0) ? alpha * sum : alpha * sum + beta * O::get(place));
    }
}

template <typename A>
A scalar(const void* p) {
  A x;
  memcpy(&x, p, sizeof x);
  return x;
}

int gemm(void* handle_, int ta, int tb, int64_t m, int64_t n, int64_t k, const void* alpha,
         const void* a, int at, int64_t lda, int64_t sa, const void* b, int bt, int64_t ldb,
         int64_t sb, const void* beta, void* c, int ct, int64_t ldc, int64_t sc, int64_t count) {
  std::lock_guard<std::recursive_mutex> held(lock);
  auto* handle = static_cast<Handle*>(handle_);
  Stream* stream = stream_of(handle->stream);
  if (!stream) return 14;
  if (m < 0 || n < 0 || k < 0 || at != bt) return 7;
  if (lda < std::max<int64_t>(1, ta ? k : m) || ldb < std::max<int64_t>(1, tb ? n : k) ||
      ldc < std::max<int64_t>(1, m)) {
    fault("gemm: leading dimensions %lld %lld %lld do not fit", (long long)lda, (long long)ldb,
          (long long)ldc);
    return 7;
  }
  for (const void* p : {a, b, (const void*)c})
    if (m && n && k && (!block_of(p) || block_of(p)->device < 0)) {
      fault("gemm: an operand is not in device memory");
      return 13;
    }
  ++counters.launches;
  use(stream, a, Use::read), use(stream, b, Use::read), use(stream, c, Use::write);
  auto each = [=](auto run, size_t in, size_t out) {
    enqueue(stream, [=] {
      if (skip) return;
      for (int64_t i = 0; i < count; ++i)
        run(static_cast<const char*>(a) + i * sa * in, static_cast<const char*>(b) + i * sb * in,
            static_cast<char*>(c) + i * sc * out);
    });
    return 0;
  };
#define CASE(in, out, I, O)                                                                     \
  if (at == in && ct == out) {                                                                  \
    const auto x = scalar<typename O::A>(alpha), y = scalar<typename O::A>(beta);               \
    return each([=](const void* p, const void* q,                                               \
                    void* r) { product<I, O>(ta, tb, m, n, k, x, p, lda, q, ldb, y, r, ldc); }, \
                sizeof(typename I::T), sizeof(typename O::T));                                  \
  }
  CASE(R_32F, R_32F, F32, F32)
  CASE(R_64F, R_64F, F64, F64)
  CASE(C_32F, C_32F, C64, C64)
  CASE(C_64F, C_64F, C128, C128)
  CASE(R_16F, R_16F, H, H)
  CASE(R_16F, R_32F, H, F32)
  CASE(R_16BF, R_16BF, B, B)
  CASE(R_16BF, R_32F, B, F32)
  fault("gemm: types %d and %d are not emulated", at, ct);
  return 15;
}
template <typename F>
int in_stream(void* handle, F work) {
  std::lock_guard<std::recursive_mutex> held(lock);
  Stream* stream = stream_of(static_cast<Handle*>(handle)->stream);
  if (!stream) return 14;
  ++counters.launches;
  enqueue(stream, [=] {
    if (!skip) work();
  });
  return 0;
}
}  // namespace

extern "C" {
int cublasCreate_v2(void** handle) {
  auto* h = new Handle;
  h->device = current_device;
  *handle = h;
  return 0;
}
int cublasDestroy_v2(void* handle) {
  delete static_cast<Handle*>(handle);
  return 0;
}
int cublasGetVersion_v2(void*, int* version) {
  *version = 120900;
  return 0;
}
int cublasGetProperty(int type, int* value) {
  const int version[] = {12, 9, 0};
  *value = version[type];
  return 0;
}
int cublasSetStream_v2(void* handle, cudaStream_t stream) {
  static_cast<Handle*>(handle)->stream = stream;
  return 0;
}
int cublasGetStream_v2(void* handle, cudaStream_t* stream) {
  *stream = static_cast<Handle*>(handle)->stream;
  return 0;
}
int cublasSetWorkspace_v2(void*, void*, size_t) { return 0; }
int cublasSetPointerMode_v2(void* handle, int mode) {
  static_cast<Handle*>(handle)->mode = mode;
  return 0;
}
int cublasGetPointerMode_v2(void* handle, int* mode) {
  *mode = static_cast<Handle*>(handle)->mode;
  return 0;
}
int cublasSetMathMode(void* handle, int mode) {
  static_cast<Handle*>(handle)->math = mode;
  return 0;
}
int cublasGetMathMode(void* handle, int* mode) {
  *mode = static_cast<Handle*>(handle)->math;
  return 0;
}

// The scalars have the compute type, which is that of C for the types emulated, float for halves.
int cublasGemmEx_64(void* h, int ta, int tb, int64_t m, int64_t n, int64_t k, const void* alpha,
                    const void* a, int at, int64_t lda, const void* b, int bt, int64_t ldb,
                    const void* beta, void* c, int ct, int64_t ldc, int, int) {
  return gemm(h, ta, tb, m, n, k, alpha, a, at, lda, 0, b, bt, ldb, 0, beta, c, ct, ldc, 0, 1);
}
int cublasGemmEx(void* h, int ta, int tb, int m, int n, int k, const void* alpha, const void* a,
                 int at, int lda, const void* b, int bt, int ldb, const void* beta, void* c, int ct,
                 int ldc, int, int) {
  return gemm(h, ta, tb, m, n, k, alpha, a, at, lda, 0, b, bt, ldb, 0, beta, c, ct, ldc, 0, 1);
}
int cublasGemmStridedBatchedEx_64(void* h, int ta, int tb, int64_t m, int64_t n, int64_t k,
                                  const void* alpha, const void* a, int at, int64_t lda, int64_t sa,
                                  const void* b, int bt, int64_t ldb, int64_t sb, const void* beta,
                                  void* c, int ct, int64_t ldc, int64_t sc, int64_t count, int,
                                  int) {
  return gemm(h, ta, tb, m, n, k, alpha, a, at, lda, sa, b, bt, ldb, sb, beta, c, ct, ldc, sc,
              count);
}
int cublasGemmStridedBatchedEx(void* h, int ta, int tb, int m, int n, int k, const void* alpha,
                               const void* a, int at, int lda, long long sa, const void* b, int bt,
                               int ldb, long long sb, const void* beta, void* c, int ct, int ldc,
                               long long sc, int count, int, int) {
  return gemm(h, ta, tb, m, n, k, alpha, a, at, lda, sa, b, bt, ldb, sb, beta, c, ct, ldc, sc,
              count);
}
#define GEMM(letter, T, code)                                                                    \
  int cublas##letter##gemm_v2(void* h, int ta, int tb, int m, int n, int k, const T* alpha,      \
                              const T* a, int lda, const T* b, int ldb, const T* beta, T* c,     \
                              int ldc) {                                                         \
    return gemm(h, ta, tb, m, n, k, alpha, a, code, lda, 0, b, code, ldb, 0, beta, c, code, ldc, \
                0, 1);                                                                           \
  }
#define GEMM_BATCHED(letter, T, K)                                                               \
  int cublas##letter##gemmBatched(void* h, int ta, int tb, int m, int n, int k, const T* alpha,  \
                                  const T** a, int lda, const T** b, int ldb, const T* beta,     \
                                  T** c, int ldc, int count) {                                   \
    const T x = *alpha, y = *beta;                                                               \
    return in_stream(h, [=] {                                                                    \
      for (int i = 0; i < count; ++i)                                                            \
        product<K, K>(ta, tb, m, n, k, x, a[i], lda, b[i], ldb, y, c[i], ldc);                   \
    });                                                                                          \
  }                                                                                              \
  int cublas##letter##gemmStridedBatched(void* h, int ta, int tb, int m, int n, int k,           \
                                         const T* alpha, const T* a, int lda, long long sa,      \
                                         const T* b, int ldb, long long sb, const T* beta, T* c, \
                                         int ldc, long long sc, int count) {                     \
    const T x = *alpha, y = *beta;                                                               \
    return in_stream(h, [=] {                                                                    \
      for (int i = 0; i < count; ++i)                                                            \
        product<K, K>(ta, tb, m, n, k, x, a + i * sa, lda, b + i * sb, ldb, y, c + i * sc, ldc); \
    });                                                                                          \
  }
GEMM_BATCHED(S, float, F32)
GEMM_BATCHED(D, double, F64)
GEMM_BATCHED(C, std::complex<float>, C64)
GEMM_BATCHED(Z, std::complex<double>, C128)
GEMM(S, float, R_32F)
GEMM(D, double, R_64F)
GEMM(C, std::complex<float>, C_32F)
GEMM(Z, std::complex<double>, C_64F)

// The batched solvers of small matrices; without pivots (null) the matrices are not permuted.
#define SOLVERS(letter, T)                                                                         \
  int cublas##letter##getrfBatched(void* h, int n, T** a, int lda, int* pivots, int* info,         \
                                   int count) {                                                    \
    return in_stream(h, [=] {                                                                      \
      for (int i = 0; i < count; ++i)                                                              \
        info[i] = lapack::getrf(n, n, a[i], lda, pivots ? pivots + size_t(i) * n : nullptr);       \
    });                                                                                            \
  }                                                                                                \
  int cublas##letter##getrsBatched(void* h, int trans, int n, int columns, const T** a, int lda,   \
                                   const int* pivots, T** b, int ldb, int* info, int count) {      \
    *info = 0;                                                                                     \
    return in_stream(h, [=] {                                                                      \
      for (int i = 0; i < count; ++i)                                                              \
        lapack::getrs("NTC"[trans], n, columns, a[i], lda,                                         \
                      pivots ? pivots + size_t(i) * n : nullptr, b[i], ldb);                       \
    });                                                                                            \
  }                                                                                                \
  int cublas##letter##getriBatched(void* h, int n, const T** a, int lda, int* pivots, T** c,       \
                                   int ldc, int* info, int count) {                                \
    return in_stream(h, [=] {                                                                      \
      for (int i = 0; i < count; ++i) {                                                            \
        info[i] = 0;                                                                               \
        for (int j = 0; j < n && !info[i]; ++j)                                                    \
          if (a[i][j + size_t(j) * lda] == T(0)) info[i] = j + 1;                                  \
        if (info[i]) continue;                                                                     \
        for (int j = 0; j < n; ++j)                                                                \
          for (int l = 0; l < n; ++l) c[i][l + size_t(j) * ldc] = T(l == j);                       \
        lapack::getrs('N', n, n, a[i], lda, pivots ? pivots + size_t(i) * n : nullptr, c[i], ldc); \
      }                                                                                            \
    });                                                                                            \
  }
SOLVERS(S, float)
SOLVERS(D, double)
SOLVERS(C, std::complex<float>)
SOLVERS(Z, std::complex<double>)
}
