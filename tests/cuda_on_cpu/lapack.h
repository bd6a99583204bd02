// LAPACK from the OpenBLAS that comes with NumPy (64-bit integers), for small matrices in column
// order.
#pragma once
#include <dlfcn.h>

#include <algorithm>
#include <complex>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <type_traits>
#include <vector>

namespace lapack {

using Int = int64_t;
template <typename T>
struct Real {
  using type = T;
};
template <typename T>
struct Real<std::complex<T>> {
  using type = T;
};
template <typename T>
constexpr bool is_complex = !std::is_same_v<T, typename Real<T>::type>;
template <typename T>
constexpr char letter() {
  return std::is_same_v<T, float>                 ? 's'
         : std::is_same_v<T, double>              ? 'd'
         : std::is_same_v<T, std::complex<float>> ? 'c'
                                                  : 'z';
}
inline void* library() {
  static void* found = getenv("CUDA_ON_CPU_OPENBLAS")
                           ? dlopen(getenv("CUDA_ON_CPU_OPENBLAS"), RTLD_NOW | RTLD_LOCAL)
                           : nullptr;
  return found;
}
// Calls e.g. scipy_dgetrf_64_: all arguments are pointers, as Fortran wants them. Lengths of
// strings are left out.
template <typename... A>
void call(char prefix, const char* name, A... arguments) {
  auto* function = reinterpret_cast<void (*)(A...)>(
      dlsym(library(), (std::string("scipy_") + prefix + name + "_64_").c_str()));
  function(arguments...);
}

template <typename T>
int potrf(char uplo, Int n, T* a, Int lda) {
  Int info = 0;
  call(letter<T>(), "potrf", &uplo, &n, a, &lda, &info);
  return int(info);
}
template <typename T>
int getrf(Int m, Int n, T* a, Int lda, int* pivots) {
  Int info = 0;
  std::vector<Int> wide(std::min(m, n) + 1);
  call(letter<T>(), "getrf", &m, &n, a, &lda, wide.data(), &info);
  for (Int i = 0; pivots && i < std::min(m, n); ++i) pivots[i] = int(wide[i]);
  return int(info);
}
template <typename T>
int getrs(char trans, Int n, Int columns, const T* a, Int lda, const int* pivots, T* b, Int ldb) {
  Int info = 0;
  std::vector<Int> wide(n + 1);
  for (Int i = 0; i < n; ++i) wide[i] = pivots ? pivots[i] : i + 1;
  call(letter<T>(), "getrs", &trans, &n, &columns, a, &lda, wide.data(), b, &ldb, &info);
  return int(info);
}
template <typename T>
int geqrf(Int m, Int n, T* a, Int lda, T* tau) {
  Int info = 0, size = 64 * std::max<Int>(1, n);
  std::vector<T> work(size);
  call(letter<T>(), "geqrf", &m, &n, a, &lda, tau, work.data(), &size, &info);
  return int(info);
}
template <typename T>
int orgqr(Int m, Int n, Int k, T* a, Int lda, const T* tau) {
  Int info = 0, size = 64 * std::max<Int>(1, n);
  std::vector<T> work(size);
  call(letter<T>(), is_complex<T> ? "ungqr" : "orgqr", &m, &n, &k, a, &lda, tau, work.data(), &size,
       &info);
  return int(info);
}
template <typename T, typename R = typename Real<T>::type>
int gesvd(char u_job, char vt_job, Int m, Int n, T* a, Int lda, R* s, T* u, Int ldu, T* vt,
          Int ldvt) {
  Int info = 0, size = 64 * (m + n + 4);
  std::vector<T> work(size);
  std::vector<R> real(5 * (std::min(m, n) + 1));
  ldu = std::max<Int>(ldu, 1), ldvt = std::max<Int>(ldvt, 1);
  if constexpr (is_complex<T>)
    call(letter<T>(), "gesvd", &u_job, &vt_job, &m, &n, a, &lda, s, u, &ldu, vt, &ldvt, work.data(),
         &size, real.data(), &info);
  else
    call(letter<T>(), "gesvd", &u_job, &vt_job, &m, &n, a, &lda, s, u, &ldu, vt, &ldvt, work.data(),
         &size, &info);
  return int(info);
}
template <typename T, typename R = typename Real<T>::type>
int syev(char job, char uplo, Int n, T* a, Int lda, R* w) {
  Int info = 0, size = 64 * (n + 2);
  std::vector<T> work(size);
  std::vector<R> real(3 * n + 2);
  if constexpr (is_complex<T>)
    call(letter<T>(), "heev", &job, &uplo, &n, a, &lda, w, work.data(), &size, real.data(), &info);
  else call(letter<T>(), "syev", &job, &uplo, &n, a, &lda, w, work.data(), &size, &info);
  return int(info);
}

}  // namespace lapack
