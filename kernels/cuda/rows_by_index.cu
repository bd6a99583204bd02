// Gather, scatter and one-hot. What only moves takes elements by their size, not by their type.

#include "element.cuh"

struct Sixteen {
  unsigned long long low;
  unsigned long long high;
};

__device__ inline void clear(Sixteen* x) { x->low = x->high = 0; }
template <typename E>
__device__ void clear(E* x) {
  *x = 0;
}

// x [outer, rows, inner] and indices [picked] to y [outer, picked, inner]; an index out of range
// gives zeros, as in TensorFlow.
template <typename E, typename I>
__global__ void gather_rows(const E* x, const I* indices, E* y, long long count, long long rows,
                            long long picked, long long inner) {
  for (long long i = first_element(); i < count; i += element_step()) {
    const long long place = quotient(i, inner);
    const long long outer = quotient(place, picked);
    const long long row = indices[place - outer * picked];
    if (row >= 0 && row < rows) {
      y[i] = x[(outer * rows + row) * inner + (i - place * inner)];
    } else {
      clear(y + i);
    }
  }
}

__device__ inline void add(float* place, float x) { atomicAdd(place, x); }
__device__ inline void add(double* place, double x) { atomicAdd(place, x); }
__device__ inline void add(float* place, __half x) { atomicAdd(place, __half2float(x)); }
__device__ inline void add(float* place, __nv_bfloat16 x) { atomicAdd(place, __bfloat162float(x)); }
__device__ inline void add(unsigned int* place, unsigned int x) { atomicAdd(place, x); }
__device__ inline void add(unsigned long long* place, unsigned long long x) {
  atomicAdd(place, x);
}

// Adds x [picked, inner] to rows of sums [rows, inner]; what is out of range is dropped. Two-byte
// floats are summed in float.
template <typename T, typename Sum, typename I>
__global__ void scatter_add_rows(const T* x, const I* indices, Sum* sums, long long count,
                                 long long rows, long long inner) {
  for (long long i = first_element(); i < count; i += element_step()) {
    const long long place = quotient(i, inner);
    const long long row = indices[place];
    if (row >= 0 && row < rows) add(sums + row * inner + (i - place * inner), x[i]);
  }
}

// indices [outer, inner] to y [outer, depth, inner]; `on` and `off` are single elements.
template <typename E, typename I>
__global__ void one_hot(const I* indices, const E* on, const E* off, E* y, long long count,
                        long long depth, long long inner) {
  for (long long i = first_element(); i < count; i += element_step()) {
    const long long place = quotient(i, inner);
    const long long outer = quotient(place, depth);
    const long long index = indices[outer * inner + (i - place * inner)];
    y[i] = index == place - outer * depth ? *on : *off;
  }
}

// Copies x [picked, inner] over rows of y [rows, inner]; what is out of range is dropped. Where one
// row is named several times, any copy may stay.
template <typename E, typename I>
__global__ void assign_rows(const E* x, const I* indices, E* y, long long count, long long rows,
                            long long inner) {
  for (long long i = first_element(); i < count; i += element_step()) {
    const long long place = quotient(i, inner);
    const long long row = indices[place];
    if (row >= 0 && row < rows) y[row * inner + (i - place * inner)] = x[i];
  }
}

struct Largest {
  template <typename T>
  __device__ T operator()(T a, T b) const {
    return b > a ? b : a;
  }
};
struct Smallest {
  template <typename T>
  __device__ T operator()(T a, T b) const {
    return b < a ? b : a;
  }
};
struct Product {
  template <typename T>
  __device__ T operator()(T a, T b) const {
    return a * b;
  }
};
struct Quotient {
  template <typename T>
  __device__ T operator()(T a, T b) const {
    return a / b;
  }
};

template <int size>
struct Bits;
template <>
struct Bits<4> {
  typedef unsigned int type;
};
template <>
struct Bits<8> {
  typedef unsigned long long type;
};

// Combines x [picked, inner] into rows of y [rows, inner]; what is out of range is dropped.
template <typename T, typename I, typename Combine>
__global__ void combine_rows(const T* x, const I* indices, T* y, long long count, long long rows,
                             long long inner) {
  typedef typename Bits<sizeof(T)>::type B;
  for (long long i = first_element(); i < count; i += element_step()) {
    const long long place = quotient(i, inner);
    const long long row = indices[place];
    if (row < 0 || row >= rows) continue;
    B* target = reinterpret_cast<B*>(y + row * inner + (i - place * inner));
    B seen = *target;
    for (;;) {
      T before;
      memcpy(&before, &seen, sizeof(T));
      const T after = Combine()(before, x[i]);
      B bits;
      memcpy(&bits, &after, sizeof(T));
      if (bits == seen) break;
      const B present = atomicCAS(target, seen, bits);
      if (present == seen) break;
      seen = present;
    }
  }
}
