// Patches of images for convolution by matrix products.
//
//   images   [images, height, width, channels]
//   patches  [images, out height, out width, taps height, taps width, channels]

#include "element.cuh"

// Copies the patches of images; what lies outside an image is zero. `count` is that of patches.
template <typename T>
__global__ void images_to_patches(const T* x, T* patches, long long count, int height, int width,
                                  int channels, int out_height, int out_width, int taps_height,
                                  int taps_width, int stride_height, int stride_width,
                                  int gap_height, int gap_width, int before_height,
                                  int before_width) {
  for (long long i = first_element(); i < count; i += element_step()) {
    long long image = i;
    const int channel = split_last(image, channels);
    const int tap_column = split_last(image, taps_width);
    const int tap_row = split_last(image, taps_height);
    const int column = split_last(image, out_width);
    const int row = split_last(image, out_height);
    const int h = row * stride_height + tap_row * gap_height - before_height;
    const int w = column * stride_width + tap_column * gap_width - before_width;
    T value = T(0.0f);
    if (h >= 0 && h < height && w >= 0 && w < width) {
      value = x[((image * height + h) * width + w) * channels + channel];
    }
    patches[i] = value;
  }
}

// Adds patches where they came from: the transpose of the above. `count` is that of images. Each
// element gathers its own sum, so there are no atomics and every run gives the same.
template <typename T>
__global__ void patches_to_images(const T* patches, T* x, long long count, int height, int width,
                                  int channels, int out_height, int out_width, int taps_height,
                                  int taps_width, int stride_height, int stride_width,
                                  int gap_height, int gap_width, int before_height,
                                  int before_width) {
  for (long long i = first_element(); i < count; i += element_step()) {
    long long image = i;
    const int channel = split_last(image, channels);
    const int column = split_last(image, width);
    const int row = split_last(image, height);
    typename Wide<T>::type total = 0;
    for (int tap_row = 0; tap_row < taps_height; ++tap_row) {
      const int h = row + before_height - tap_row * gap_height;
      if (h < 0 || h % stride_height) continue;
      const int oh = h / stride_height;
      if (oh >= out_height) continue;
      for (int tap_column = 0; tap_column < taps_width; ++tap_column) {
        const int w = column + before_width - tap_column * gap_width;
        if (w < 0 || w % stride_width) continue;
        const int ow = w / stride_width;
        if (ow >= out_width) continue;
        const long long place = (image * out_height + oh) * out_width + ow;
        const long long tap = (place * taps_height + tap_row) * taps_width + tap_column;
        total += widen(patches[tap * channels + channel]);
      }
    }
    narrow(total, x + i);
  }
}
