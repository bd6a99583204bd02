// cuSOLVER: the dense solvers that CuPy's linalg calls, by LAPACK, run in the stream of the handle.
#include "state.h"

#include "lapack.h"

using namespace emu;

namespace {
struct Handle {
  cudaStream_t stream = nullptr;
};
using c64 = std::complex<float>;
using c128 = std::complex<double>;
template <typename T>
using Real = typename lapack::Real<T>::type;
constexpr int FAILED = 6;

template <typename F>
int in_stream(void* handle, F work) {
  std::lock_guard<std::recursive_mutex> held(lock);
  Stream* stream = stream_of(static_cast<Handle*>(handle)->stream);
  if (!stream) return 1;
  ++counters.launches;
  enqueue(stream, [=] {
    if (!skip) work();
  });
  return 0;
}
char part(int uplo) { return uplo == 0 ? 'L' : 'U'; }
char operation(int trans) { return "NTC"[trans]; }

// V, not its adjoint, as gesvdj returns it.
template <typename T>
int gesvdj(bool vectors, bool economy, int m, int n, T* a, int lda, Real<T>* s, T* u, int ldu, T* v,
           int ldv) {
  const int k = std::min(m, n), rows = economy ? k : n;
  std::vector<T> vt(size_t(rows) * n + 1), none(1);
  const char job = !vectors ? 'N' : economy ? 'S' : 'A';
  const int info = lapack::gesvd(job, job, m, n, a, lda, s, vectors ? u : none.data(), ldu,
                                 vt.data(), std::max(rows, 1));
  if (vectors)
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < n; ++j) {
        if constexpr (lapack::is_complex<T>)
          v[j + size_t(i) * ldv] = std::conj(vt[i + size_t(j) * rows]);
        else v[j + size_t(i) * ldv] = vt[i + size_t(j) * rows];
      }
  return info;
}
}  // namespace

extern "C" {
int cusolverDnCreate(void** handle) {
  *handle = new Handle;
  return 0;
}
int cusolverDnDestroy(void* handle) {
  delete static_cast<Handle*>(handle);
  return 0;
}
int cusolverDnSetStream(void* handle, cudaStream_t stream) {
  static_cast<Handle*>(handle)->stream = stream;
  return 0;
}
int cusolverDnGetStream(void* handle, cudaStream_t* stream) {
  *stream = static_cast<Handle*>(handle)->stream;
  return 0;
}
int cusolverGetProperty(int type, int* value) {
  const int version[] = {11, 7, 5};
  *value = version[type];
  return 0;
}
int cusolverDnCreateParams(void** params) {
  *params = new int;
  return 0;
}
int cusolverDnDestroyParams(void* params) {
  delete static_cast<int*>(params);
  return 0;
}
int cusolverDnCreateGesvdjInfo(void** info) {
  *info = new int;
  return 0;
}
int cusolverDnDestroyGesvdjInfo(void* info) {
  delete static_cast<int*>(info);
  return 0;
}
int cusolverDnCreateSyevjInfo(void** info) {
  *info = new int;
  return 0;
}
int cusolverDnDestroySyevjInfo(void* info) {
  delete static_cast<int*>(info);
  return 0;
}

#define SOLVERS(L, T, ORGQR, SYEVD, SYEVJ)                                                         \
  int cusolverDn##L##potrf_bufferSize(void*, int, int, T*, int, int* size) {                       \
    *size = 1;                                                                                     \
    return 0;                                                                                      \
  }                                                                                                \
  int cusolverDn##L##potrf(void* h, int uplo, int n, T* a, int lda, T*, int, int* info) {          \
    return in_stream(h, [=] { *info = lapack::potrf(part(uplo), n, a, lda); });                    \
  }                                                                                                \
  int cusolverDn##L##potrfBatched(void* h, int uplo, int n, T** a, int lda, int* info,             \
                                  int count) {                                                     \
    return in_stream(h, [=] {                                                                      \
      for (int i = 0; i < count; ++i) info[i] = lapack::potrf(part(uplo), n, a[i], lda);           \
    });                                                                                            \
  }                                                                                                \
  int cusolverDn##L##getrf_bufferSize(void*, int, int, T*, int, int* size) {                       \
    *size = 1;                                                                                     \
    return 0;                                                                                      \
  }                                                                                                \
  int cusolverDn##L##getrf(void* h, int m, int n, T* a, int lda, T*, int* pivots, int* info) {     \
    return in_stream(h, [=] { *info = lapack::getrf(m, n, a, lda, pivots); });                     \
  }                                                                                                \
  int cusolverDn##L##getrs(void* h, int trans, int n, int columns, const T* a, int lda,            \
                           const int* pivots, T* b, int ldb, int* info) {                          \
    return in_stream(                                                                              \
        h, [=] { *info = lapack::getrs(operation(trans), n, columns, a, lda, pivots, b, ldb); });  \
  }                                                                                                \
  int cusolverDn##L##geqrf_bufferSize(void*, int, int, T*, int, int* size) {                       \
    *size = 1;                                                                                     \
    return 0;                                                                                      \
  }                                                                                                \
  int cusolverDn##L##geqrf(void* h, int m, int n, T* a, int lda, T* tau, T*, int, int* info) {     \
    return in_stream(h, [=] { *info = lapack::geqrf(m, n, a, lda, tau); });                        \
  }                                                                                                \
  int cusolverDn##ORGQR##_bufferSize(void*, int, int, int, const T*, int, const T*, int* size) {   \
    *size = 1;                                                                                     \
    return 0;                                                                                      \
  }                                                                                                \
  int cusolverDn##ORGQR(void* h, int m, int n, int k, T* a, int lda, const T* tau, T*, int,        \
                        int* info) {                                                               \
    return in_stream(h, [=] { *info = lapack::orgqr(m, n, k, a, lda, tau); });                     \
  }                                                                                                \
  int cusolverDn##L##gesvd_bufferSize(void*, int, int, int* size) {                                \
    *size = 1;                                                                                     \
    return 0;                                                                                      \
  }                                                                                                \
  int cusolverDn##L##gesvd(void* h, signed char u_job, signed char vt_job, int m, int n, T* a,     \
                           int lda, Real<T>* s, T* u, int ldu, T* vt, int ldvt, T*, int, Real<T>*, \
                           int* info) {                                                            \
    if (m < n) {                                                                                   \
      fault("gesvd: %d rows, %d columns", m, n);                                                   \
      return 3;                                                                                    \
    }                                                                                              \
    return in_stream(                                                                              \
        h, [=] { *info = lapack::gesvd(u_job, vt_job, m, n, a, lda, s, u, ldu, vt, ldvt); });      \
  }                                                                                                \
  int cusolverDn##L##gesvdj_bufferSize(void*, int, int, int, int, const T*, int, const Real<T>*,   \
                                       const T*, int, const T*, int, int* size, void*) {           \
    *size = 1;                                                                                     \
    return 0;                                                                                      \
  }                                                                                                \
  int cusolverDn##L##gesvdj(void* h, int jobz, int economy, int m, int n, T* a, int lda,           \
                            Real<T>* s, T* u, int ldu, T* v, int ldv, T*, int, int* info, void*) { \
    return in_stream(                                                                              \
        h, [=] { *info = gesvdj(jobz == 1, economy, m, n, a, lda, s, u, ldu, v, ldv); });          \
  }                                                                                                \
  int cusolverDn##L##gesvdjBatched_bufferSize(void*, int, int, int, T*, int, Real<T>*, T*, int,    \
                                              T*, int, int* size, void*, int) {                    \
    *size = 1;                                                                                     \
    return 0;                                                                                      \
  }                                                                                                \
  int cusolverDn##L##gesvdjBatched(void* h, int jobz, int m, int n, T* a, int lda, Real<T>* s,     \
                                   T* u, int ldu, T* v, int ldv, T*, int, int* info, void*,        \
                                   int count) {                                                    \
    return in_stream(h, [=] {                                                                      \
      const int k = std::min(m, n);                                                                \
      for (int i = 0; i < count; ++i)                                                              \
        info[i] = gesvdj(jobz == 1, false, m, n, a + size_t(i) * lda * n, lda, s + size_t(i) * k,  \
                         u + size_t(i) * ldu * m, ldu, v + size_t(i) * ldv * n, ldv);              \
    });                                                                                            \
  }                                                                                                \
  int cusolverDn##SYEVD##_bufferSize(void*, int, int, int, const T*, int, const Real<T>*,          \
                                     int* size) {                                                  \
    *size = 1;                                                                                     \
    return 0;                                                                                      \
  }                                                                                                \
  int cusolverDn##SYEVD(void* h, int jobz, int uplo, int n, T* a, int lda, Real<T>* w, T*, int,    \
                        int* info) {                                                               \
    return in_stream(h,                                                                            \
                     [=] { *info = lapack::syev(jobz ? 'V' : 'N', part(uplo), n, a, lda, w); });   \
  }                                                                                                \
  int cusolverDn##SYEVJ##_bufferSize(void*, int, int, int, const T*, int, const Real<T>*,          \
                                     int* size, void*) {                                           \
    *size = 1;                                                                                     \
    return 0;                                                                                      \
  }                                                                                                \
  int cusolverDn##SYEVJ(void* h, int jobz, int uplo, int n, T* a, int lda, Real<T>* w, T*, int,    \
                        int* info, void*) {                                                        \
    return in_stream(h,                                                                            \
                     [=] { *info = lapack::syev(jobz ? 'V' : 'N', part(uplo), n, a, lda, w); });   \
  }                                                                                                \
  int cusolverDn##SYEVJ##Batched_bufferSize(void*, int, int, int, const T*, int, const Real<T>*,   \
                                            int* size, void*, int) {                               \
    *size = 1;                                                                                     \
    return 0;                                                                                      \
  }                                                                                                \
  int cusolverDn##SYEVJ##Batched(void* h, int jobz, int uplo, int n, T* a, int lda, Real<T>* w,    \
                                 T*, int, int* info, void*, int count) {                           \
    return in_stream(h, [=] {                                                                      \
      for (int i = 0; i < count; ++i)                                                              \
        info[i] = lapack::syev(jobz ? 'V' : 'N', part(uplo), n, a + size_t(i) * lda * n, lda,      \
                               w + size_t(i) * n);                                                 \
    });                                                                                            \
  }
SOLVERS(S, float, Sorgqr, Ssyevd, Ssyevj)
SOLVERS(D, double, Dorgqr, Dsyevd, Dsyevj)
SOLVERS(C, c64, Cungqr, Cheevd, Cheevj)
SOLVERS(Z, c128, Zungqr, Zheevd, Zheevj)

int cusolverDnXsyevd_bufferSize(void*, void*, int, int, int64_t, int, const void*, int64_t, int,
                                const void*, int, size_t* device, size_t* host) {
  *device = 1, *host = 1;
  return 0;
}
int cusolverDnXsyevd(void* h, void*, int jobz, int uplo, int64_t n, int type, void* a, int64_t lda,
                     int, void* w, int, void*, size_t, void*, size_t, int* info) {
  const char job = jobz ? 'V' : 'N', triangle = part(uplo);
  switch (type) {
    case 0:
      return in_stream(h,
                       [=] { *info = lapack::syev(job, triangle, n, (float*)a, lda, (float*)w); });
    case 1:
      return in_stream(
          h, [=] { *info = lapack::syev(job, triangle, n, (double*)a, lda, (double*)w); });
    case 4:
      return in_stream(h, [=] { *info = lapack::syev(job, triangle, n, (c64*)a, lda, (float*)w); });
    case 5:
      return in_stream(h,
                       [=] { *info = lapack::syev(job, triangle, n, (c128*)a, lda, (double*)w); });
  }
  return FAILED;
}
}
