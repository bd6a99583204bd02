#!/usr/bin/env bash
# Builds the libraries anew in an environment that make.sh has made: rebuild.sh FOLDER
# Programs that run keep the old ones.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
lib=$(cd "$1" && pwd)/lib/cuda_on_cpu
site=$(ls -d "$lib"/../python*/site-packages)
new=$lib/new
rm -rf "$new"
mkdir -p "$new/device/kernel.h.gch"

# build SOURCE LIBRARY [more]
build() {
  local source=$1 name=$2 rest="-L$new -l:libcudart.so.12 -Wl,-rpath,$lib -ldl"
  shift 2
  [ "$name" = libcudart.so.12 ] && rest=
  # shellcheck disable=SC2086
  g++ -std=c++17 -O2 -w -shared -fPIC -I"$here" -I"$lib/toolkit" "$here/$source" "$@" \
    -o "$new/$name" -Wl,-soname,"$name" $rest
}

build runtime.cpp libcudart.so.12
build driver.cpp libcuda.so.1
build nvrtc.cpp libnvrtc.so.12
build nvml.cpp libnvidia-ml.so.1

# The libraries that CuPy expects more of than there is: first alone, which tells stubs.sh what is
# there, then together with what says that it is missing.
for name in cublas cusolver cufft; do build $name.cpp lib$name.so; done
"$here/stubs.sh" "$new" "$site"
for name in cublas.so.12 cusolver.so.11 cufft.so.11; do
  short=${name%%.*}
  build "$short.cpp" "lib$name" "$new/missing_lib$short.cpp" -Wl,--version-script="$new/lib$short.map"
done

if [ ! -e "$lib/toolkit/nv" ]; then
  cp -r "$(dirname "$(find "$site/cupy/_core/include" -path '*nv/target' | head -n 1)")" "$lib/toolkit/"
fi

# The two variants of kernel.h, compiled beforehand: most of the time of a compilation. Kernels that
# were compiled with another kernel.h compute something else, perhaps.
cp "$here/device/kernel.h" "$new/device/"
for variant in "" -DCUDA_ON_CPU_FIBERS=1; do
  # shellcheck disable=SC2086
  g++ -std=c++17 -O1 -w -fpermissive -fno-strict-aliasing -ffp-contract=off -fPIC -DCUDA_ON_CPU \
    $variant -I"$lib/toolkit" -x c++-header "$new/device/kernel.h" \
    -o "$new/device/kernel.h.gch/variant${variant:+_fibers}"
done
if ! cmp -s "$new/device/kernel.h" "$lib/device/kernel.h"; then
  rm -rf "$lib/device" "$lib/../../kernel_cache"
  mv "$new/device" "$lib/"
fi

mv -f "$new"/lib*.so* "$lib/"
cp "$here/cuda_on_cpu.py" "$site/.new.py"
mv -f "$site/.new.py" "$site/cuda_on_cpu.py"
echo "import cuda_on_cpu" > "$site/cuda_on_cpu.pth"
rm -rf "$new"
