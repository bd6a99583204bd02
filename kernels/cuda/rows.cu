// Softmax, cross-entropy and sums over a matrix [rows, columns].
//
// A row belongs to blockDim.x threads: a warp, with several rows in a block, or a whole block where
// it is long. All of them get the result of a reduction, formed in one order in every run. Blocks
// have up to 1024 threads, so the compiler must be sparing with registers.

#include "element.cuh"

struct Largest {
  template <typename A>
  __device__ A operator()(A a, A b) const {
    return a > b || a != a ? a : b;
  }
};

struct Total {
  template <typename A>
  __device__ A operator()(A a, A b) const {
    return a + b;
  }
};

// Combines the values of a row's threads. All of them call it together.
template <typename A, typename Combine>
__device__ A over_row(A value, Combine combine) {
  for (int distance = 16; distance > 0; distance /= 2) {
    value = combine(value, __shfl_xor_sync(0xffffffffu, value, distance));
  }
  if (blockDim.x == 32) return value;
  __shared__ A partial[32];
  // Whoever still reads the result of the call before must be done.
  __syncthreads();
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = value;
  __syncthreads();
  value = partial[0];
  for (int warp = 1; warp < static_cast<int>(blockDim.x) / 32; ++warp) {
    value = combine(value, partial[warp]);
  }
  return value;
}

template <typename T>
__device__ typename Wide<T>::type largest_of_row(const T* row, int columns) {
  // A thread without elements repeats the first one, which changes nothing.
  typename Wide<T>::type best = widen(row[0]);
  for (int c = threadIdx.x; c < columns; c += blockDim.x) best = Largest()(widen(row[c]), best);
  return over_row(best, Largest());
}

template <typename T>
__device__ typename Wide<T>::type exponentials_of_row(const T* row, int columns,
                                                      typename Wide<T>::type shift) {
  typename Wide<T>::type total = 0;
  for (int c = threadIdx.x; c < columns; c += blockDim.x) total += exp(widen(row[c]) - shift);
  return over_row(total, Total());
}

__device__ inline long long first_row() {
  return static_cast<long long>(blockIdx.x) * blockDim.y + threadIdx.y;
}
__device__ inline long long row_step() { return static_cast<long long>(gridDim.x) * blockDim.y; }

template <typename T>
__launch_bounds__(1024)
__global__ void softmax(const T* x, T* y, long long rows, int columns) {
  for (long long r = first_row(); r < rows; r += row_step()) {
    const T* row = x + r * columns;
    const typename Wide<T>::type shift = largest_of_row(row, columns);
    const typename Wide<T>::type total = exponentials_of_row(row, columns, shift);
    for (int c = threadIdx.x; c < columns; c += blockDim.x) {
      narrow(exp(widen(row[c]) - shift) / total, y + r * columns + c);
    }
  }
}

template <typename T>
__launch_bounds__(1024)
__global__ void log_softmax(const T* x, T* y, long long rows, int columns) {
  for (long long r = first_row(); r < rows; r += row_step()) {
    const T* row = x + r * columns;
    const typename Wide<T>::type shift = largest_of_row(row, columns);
    const typename Wide<T>::type level = log(exponentials_of_row(row, columns, shift));
    for (int c = threadIdx.x; c < columns; c += blockDim.x) {
      narrow(widen(row[c]) - shift - level, y + r * columns + c);
    }
  }
}

// Loss of each row and its gradient by the logits; labels are a distribution over the columns.
template <typename T>
__launch_bounds__(1024)
__global__ void cross_entropy(const T* logits, const T* labels, T* loss, T* gradient,
                              long long rows, int columns) {
  for (long long r = first_row(); r < rows; r += row_step()) {
    const T* row = logits + r * columns;
    const typename Wide<T>::type shift = largest_of_row(row, columns);
    const typename Wide<T>::type total = exponentials_of_row(row, columns, shift);
    const typename Wide<T>::type level = log(total);
    typename Wide<T>::type sum = 0;
    for (int c = threadIdx.x; c < columns; c += blockDim.x) {
      const typename Wide<T>::type label = widen(labels[r * columns + c]);
      const typename Wide<T>::type shifted = widen(row[c]) - shift;
      sum += label * (level - shifted);
      narrow(exp(shifted) / total - label, gradient + r * columns + c);
    }
    sum = over_row(sum, Total());
    if (threadIdx.x == 0) narrow(sum, loss + r);
  }
}

// The same with one class a row. A label out of range makes loss and gradient NaN.
template <typename T, typename Label>
__launch_bounds__(1024)
__global__ void sparse_cross_entropy(const T* logits, const Label* labels, T* loss, T* gradient,
                                     long long rows, int columns) {
  for (long long r = first_row(); r < rows; r += row_step()) {
    const T* row = logits + r * columns;
    const typename Wide<T>::type shift = largest_of_row(row, columns);
    const typename Wide<T>::type total = exponentials_of_row(row, columns, shift);
    const long long label = labels[r];
    const bool is_valid = label >= 0 && label < columns;
    const typename Wide<T>::type zero = 0;
    const typename Wide<T>::type wrong = is_valid ? zero : sqrt(zero - 1);
    for (int c = threadIdx.x; c < columns; c += blockDim.x) {
      const typename Wide<T>::type one = c == label ? 1 : 0;
      narrow(exp(widen(row[c]) - shift) / total - one + wrong, gradient + r * columns + c);
    }
    if (threadIdx.x == 0) {
      const typename Wide<T>::type picked = is_valid ? widen(row[label]) - shift : wrong;
      narrow(log(total) - picked, loss + r);
    }
  }
}

// Sums over the rows of a strip: block (32, n), grid (columns / 32, strips); [strips, columns].
template <typename T, typename Sum>
__launch_bounds__(1024)
__global__ void column_sums(const T* x, Sum* sums, long long rows, long long rows_of_strip,
                            long long columns) {
  typedef typename Wide<T>::type A;
  __shared__ A partial[32][33];
  const long long column = static_cast<long long>(blockIdx.x) * 32 + threadIdx.x;
  const long long begin = blockIdx.y * rows_of_strip;
  const long long end = min(begin + rows_of_strip, rows);
  A total = 0;
  if (column < columns) {
    for (long long r = begin + threadIdx.y; r < end; r += blockDim.y) {
      total += widen(x[r * columns + column]);
    }
  }
  partial[threadIdx.y][threadIdx.x] = total;
  __syncthreads();
  if (threadIdx.y != 0 || column >= columns) return;
  for (int y = 1; y < static_cast<int>(blockDim.y); ++y) total += partial[y][threadIdx.x];
  narrow(total, sums + blockIdx.y * columns + column);
}
