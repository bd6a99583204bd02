// Random numbers: Philox 4x32 with 10 rounds, one thread a block of four words.
//
// Keys, counters and the use of the words are those of kernels/random.py, so both give the same
// numbers. The counter of block b is the 128-bit sum of (high, low) and an offset. Source of the
// generator: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.

#include "element.cuh"

struct Words {
  unsigned int word[4];
};

__device__ inline Words philox(unsigned long long key, unsigned long long low,
                               unsigned long long high, unsigned long long offset) {
  const unsigned long long sum = low + offset;
  const unsigned long long carried = high + (sum < low ? 1 : 0);
  unsigned int a = static_cast<unsigned int>(sum);
  unsigned int b = static_cast<unsigned int>(sum >> 32);
  unsigned int c = static_cast<unsigned int>(carried);
  unsigned int d = static_cast<unsigned int>(carried >> 32);
  unsigned int first = static_cast<unsigned int>(key);
  unsigned int second = static_cast<unsigned int>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const unsigned long long even = 0xD2511F53ull * a;
    const unsigned long long odd = 0xCD9E8D57ull * c;
    a = static_cast<unsigned int>(odd >> 32) ^ b ^ first;
    c = static_cast<unsigned int>(even >> 32) ^ d ^ second;
    b = static_cast<unsigned int>(odd);
    d = static_cast<unsigned int>(even);
    first += 0x9E3779B9u;
    second += 0xBB67AE85u;
  }
  Words result = {{a, b, c, d}};
  return result;
}

// Numbers in [0, 1): as many random bits as the mantissa has. All products are exact.
template <typename T>
struct Uniform;
template <>
struct Uniform<__half> {
  static const int count = 4;
  typedef float type;
  __device__ static float of(const Words& w, int i) { return (w.word[i] & 0x3FFu) / 1024.0f; }
};
template <>
struct Uniform<__nv_bfloat16> {
  static const int count = 4;
  typedef float type;
  __device__ static float of(const Words& w, int i) { return (w.word[i] & 0x7Fu) / 128.0f; }
};
template <>
struct Uniform<float> {
  static const int count = 4;
  typedef float type;
  __device__ static float of(const Words& w, int i) { return (w.word[i] & 0x7FFFFFu) / 8388608.0f; }
};
template <>
struct Uniform<double> {
  static const int count = 2;
  typedef double type;
  __device__ static double of(const Words& w, int i) {
    const unsigned long long high = w.word[2 * i] & 0xFFFFFu;
    return (high << 32 | w.word[2 * i + 1]) / 4503599627370496.0;
  }
};

// The normal numbers `2 * pair` and `2 * pair + 1` of a block, by the Box-Muller transform.
template <typename A>
__device__ void normal_pair(const Words& words, int pair, A* sine, A* cosine) {
  const A radius = sqrt(A(-2) * log(max(Uniform<A>::of(words, 2 * pair), A(1e-7))));
  // The product is taken in double precision, as in TensorFlow.
  const A angle = static_cast<A>(Uniform<A>::of(words, 2 * pair + 1) * 6.283185307179586);
  *sine = sin(angle) * radius;
  *cosine = cos(angle) * radius;
}

template <typename T>
__global__ void uniform(T* result, long long count, unsigned long long key,
                        unsigned long long low, unsigned long long high) {
  const int group = Uniform<T>::count;
  const long long blocks = (count + group - 1) / group;
  for (long long b = first_element(); b < blocks; b += element_step()) {
    const Words words = philox(key, low, high, b);
    for (int i = 0; i < group && b * group + i < count; ++i) {
      narrow(Uniform<T>::of(words, i), result + b * group + i);
    }
  }
}

template <typename T>
__global__ void normal(T* result, long long count, unsigned long long key, unsigned long long low,
                       unsigned long long high) {
  typedef typename Wide<T>::type A;
  const int group = Uniform<A>::count;
  const long long blocks = (count + group - 1) / group;
  for (long long b = first_element(); b < blocks; b += element_step()) {
    const Words words = philox(key, low, high, b);
    A numbers[4];
    for (int pair = 0; pair < group / 2; ++pair) {
      normal_pair(words, pair, numbers + 2 * pair, numbers + 2 * pair + 1);
    }
    for (int i = 0; i < group && b * group + i < count; ++i) {
      narrow(numbers[i], result + b * group + i);
    }
  }
}

// Each group of one block's numbers has a stretch of counters of its own and draws from it until it
// is full.
template <typename T>
__global__ void truncated_normal(T* result, long long count, unsigned long long key,
                                 unsigned long long low, unsigned long long high) {
  typedef typename Wide<T>::type A;
  const int group = Uniform<A>::count;
  const int stretch = 256 * group / 4;
  const long long groups = (count + group - 1) / group;
  for (long long g = first_element(); g < groups; g += element_step()) {
    int filled = 0;
    for (int block = 0; block < stretch && filled < group; ++block) {
      const Words words = philox(key, low, high, g * stretch + block);
      for (int pair = 0; pair < group / 2; ++pair) {
        A numbers[2];
        normal_pair(words, pair, numbers, numbers + 1);
        for (int i = 0; i < 2; ++i) {
          if (!(numbers[i] > -2 && numbers[i] < 2) || filled == group) continue;
          const long long place = g * group + filled;
          if (place < count) narrow(numbers[i], result + place);
          ++filled;
        }
      }
    }
  }
}

// Integers in [first, first + width). Sums wrap around, as they do in two's complement.
__global__ void uniform_int32(unsigned int* result, long long count, unsigned long long key,
                              unsigned long long low, unsigned long long high, unsigned int first,
                              unsigned int width) {
  for (long long b = first_element(); b < (count + 3) / 4; b += element_step()) {
    const Words words = philox(key, low, high, b);
    for (int i = 0; i < 4 && b * 4 + i < count; ++i) {
      result[b * 4 + i] = first + words.word[i] % width;
    }
  }
}

__global__ void uniform_int64(unsigned long long* result, long long count, unsigned long long key,
                              unsigned long long low, unsigned long long high,
                              unsigned long long first, unsigned long long width) {
  for (long long b = first_element(); b < (count + 1) / 2; b += element_step()) {
    const Words words = philox(key, low, high, b);
    for (int i = 0; i < 2 && b * 2 + i < count; ++i) {
      const unsigned long long upper = words.word[2 * i + 1];
      result[b * 2 + i] = first + (upper << 32 | words.word[2 * i]) % width;
    }
  }
}
