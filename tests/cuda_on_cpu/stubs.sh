#!/usr/bin/env bash
# For every function that CuPy's modules expect of a CUDA library and the emulator lacks, one that
# says so: stubs.sh LIBRARIES SITE-PACKAGES
set -eu
lib=$1 site=$2

# stub LIBRARY MODULE: the source of what the library lacks
stub() {
  local have=nothing
  [ -e "$lib/$1.so" ] && have=$(nm -D --defined-only "$lib/$1.so" | awk '{print $3}')
  {
    echo '#include <cstdio>'
    nm -D --undefined-only "$2" |
      awk '$1 == "U" && $2 ~ /^cu/ {sub(/@.*/, "", $2); print $2}' |
      grep -vxF "$have" |
      awk '{
        printf "extern \"C\" int %s() { ", $1
        printf "fprintf(stderr, \"cuda_on_cpu: %s is not emulated\\n\"); return 15; }\n", $1
      }' || true
  } > "$lib/missing_$1.cpp"
}

# make LIBRARY SONAME: symbols carry the library's name as version, as NVIDIA's do
make() {
  echo "$2 { global: *; };" > "$lib/$1.map"
  g++ -w -O1 -shared -fPIC "$lib/missing_$1.cpp" -o "$lib/$2" -Wl,-soname,"$2" \
    -Wl,--version-script="$lib/$1.map"
}

libs=$site/cupy_backends/cuda/libs
stub libcublas "$(ls "$libs"/cublas.*.so)"
make libcublas libcublas.so.12
stub libcusolver "$(ls "$libs"/cusolver.*.so)"
make libcusolver libcusolver.so.11
stub libcusparse "$(ls "$libs"/cusparse.*.so)"
make libcusparse libcusparse.so.12
stub libcurand "$(ls "$libs"/curand.*.so)"
make libcurand libcurand.so.10
stub libcufft "$(ls "$site"/cupy/cuda/cufft.*.so)"
make libcufft libcufft.so.11
for empty in libcublasLt.so.12 libnvJitLink.so.12; do
  echo 'extern "C" int cuda_on_cpu_nothing() { return 15; }' |
    g++ -x c++ -w -shared -fPIC - -o "$lib/$empty" -Wl,-soname,$empty
done
