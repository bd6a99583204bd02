// Pooling of images, [images, height, width, channels].
//
// One thread an element of the result, channels next to each other, so that memory is read in full
// lines. Gradients gather from the windows that cover an element of the input instead of scattering
// from the windows: no atomics, the same sum in every run.

#include "element.cuh"

// Range of input positions under a window.
__device__ inline int window_begin(int window, int stride, int before) {
  return max(window * stride - before, 0);
}
__device__ inline int window_end(int window, int stride, int before, int taps, int size) {
  return min(window * stride - before + taps, size);
}

// Range of windows over an input position.
__device__ inline int first_window(int position, int stride, int before, int taps) {
  const int reach = position + before - taps;
  return reach < 0 ? 0 : reach / stride + 1;
}
__device__ inline int last_window(int position, int stride, int before, int windows) {
  return min((position + before) / stride, windows - 1);
}

template <typename T>
__global__ void max_pool(const T* x, T* y, long long count, int height, int width, int channels,
                         int out_height, int out_width, int taps_height, int taps_width,
                         int stride_height, int stride_width, int before_height,
                         int before_width) {
  for (long long i = first_element(); i < count; i += element_step()) {
    long long image = i;
    const int channel = split_last(image, channels);
    const int column = split_last(image, out_width);
    const int row = split_last(image, out_height);
    const int top = window_begin(row, stride_height, before_height);
    const int left = window_begin(column, stride_width, before_width);
    const int bottom = window_end(row, stride_height, before_height, taps_height, height);
    const int right = window_end(column, stride_width, before_width, taps_width, width);
    const T* source = x + image * height * width * channels + channel;
    typename Wide<T>::type best = least(T());
    for (int h = top; h < bottom; ++h) {
      for (int w = left; w < right; ++w) {
        // NaN is not greater than anything.
        const auto value = widen(source[(static_cast<long long>(h) * width + w) * channels]);
        if (value > best) best = value;
      }
    }
    narrow(best, y + i);
  }
}

template <typename T>
__global__ void max_pool_gradient(const T* x, const T* y, const T* dy, T* dx, long long count,
                                  int height, int width, int channels, int out_height,
                                  int out_width, int taps_height, int taps_width,
                                  int stride_height, int stride_width, int before_height,
                                  int before_width) {
  for (long long i = first_element(); i < count; i += element_step()) {
    long long image = i;
    const int channel = split_last(image, channels);
    const int column = split_last(image, width);
    const int row = split_last(image, height);
    const T* source = x + image * height * width * channels + channel;
    const long long windows = image * out_height * out_width * channels + channel;
    typename Wide<T>::type total = 0;
    const typename Wide<T>::type own = widen(x[i]);
    const int last_row = last_window(row, stride_height, before_height, out_height);
    const int last_column = last_window(column, stride_width, before_width, out_width);
    for (int oh = first_window(row, stride_height, before_height, taps_height); oh <= last_row;
         ++oh) {
      for (int ow = first_window(column, stride_width, before_width, taps_width);
           ow <= last_column; ++ow) {
        const long long window = windows + (static_cast<long long>(oh) * out_width + ow) * channels;
        const int top = window_begin(oh, stride_height, before_height);
        const int left = window_begin(ow, stride_width, before_width);
        const auto first = widen(source[(static_cast<long long>(top) * width + left) * channels]);
        // A NaN that comes first stays the maximum, as nothing is greater.
        bool is_chosen = row == top && column == left;
        if (first == first) {
          is_chosen = own == widen(y[window]) || own < least(T());
          const int bottom = window_end(oh, stride_height, before_height, taps_height, height);
          const int right = window_end(ow, stride_width, before_width, taps_width, width);
          for (int h = top; is_chosen && h < bottom; ++h) {
            for (int w = left; is_chosen && w < right; ++w) {
              const auto value = widen(source[(static_cast<long long>(h) * width + w) * channels]);
              // Of equal numbers the first one is chosen.
              const bool is_before = h < row || (h == row && w < column);
              is_chosen = !(is_before ? value >= own : value > own);
            }
          }
        }
        if (is_chosen) total += widen(dy[window]);
      }
    }
    narrow(total, dx + i);
  }
}

template <typename T>
__global__ void average_pool(const T* x, T* y, long long count, int height, int width,
                             int channels, int out_height, int out_width, int taps_height,
                             int taps_width, int stride_height, int stride_width,
                             int before_height, int before_width) {
  for (long long i = first_element(); i < count; i += element_step()) {
    long long image = i;
    const int channel = split_last(image, channels);
    const int column = split_last(image, out_width);
    const int row = split_last(image, out_height);
    const int top = window_begin(row, stride_height, before_height);
    const int left = window_begin(column, stride_width, before_width);
    const int bottom = window_end(row, stride_height, before_height, taps_height, height);
    const int right = window_end(column, stride_width, before_width, taps_width, width);
    const T* source = x + image * height * width * channels + channel;
    typename Wide<T>::type total = 0;
    for (int h = top; h < bottom; ++h) {
      for (int w = left; w < right; ++w) {
        total += widen(source[(static_cast<long long>(h) * width + w) * channels]);
      }
    }
    narrow(total / ((bottom - top) * (right - left)), y + i);
  }
}

template <typename T>
__global__ void average_pool_gradient(const T* dy, T* dx, long long count, int height, int width,
                                      int channels, int out_height, int out_width,
                                      int taps_height, int taps_width, int stride_height,
                                      int stride_width, int before_height, int before_width) {
  for (long long i = first_element(); i < count; i += element_step()) {
    long long image = i;
    const int channel = split_last(image, channels);
    const int column = split_last(image, width);
    const int row = split_last(image, height);
    const T* gradients = dy + image * out_height * out_width * channels + channel;
    typename Wide<T>::type total = 0;
    const int last_row = last_window(row, stride_height, before_height, out_height);
    const int last_column = last_window(column, stride_width, before_width, out_width);
    for (int oh = first_window(row, stride_height, before_height, taps_height); oh <= last_row;
         ++oh) {
      const int rows = window_end(oh, stride_height, before_height, taps_height, height) -
                       window_begin(oh, stride_height, before_height);
      for (int ow = first_window(column, stride_width, before_width, taps_width);
           ow <= last_column; ++ow) {
        const int columns = window_end(ow, stride_width, before_width, taps_width, width) -
                            window_begin(ow, stride_width, before_width);
        const long long window = (static_cast<long long>(oh) * out_width + ow) * channels;
        total += widen(gradients[window]) / (rows * columns);
      }
    }
    narrow(total, dx + i);
  }
}
