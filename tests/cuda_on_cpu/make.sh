#!/usr/bin/env bash
# Makes an environment in which the released CuPy runs on the CPU: make.sh FOLDER [PYTHON]
#
# FOLDER/bin/python imports cupy (cupy-cuda12x as published) on emulated GPUs. Only the one module of CuPy
# that has CUDA's runtime linked into it is built anew, from CuPy's own source package of the same version.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$1 python=${2:-python3}
version=14.2.0 cuda=12090
[ -e "$folder/made-$version" ] && exit 0
rm -rf "$folder"
"$python" -m venv "$folder"
folder=$(cd "$folder" && pwd) work=$folder/work lib=$folder/lib/cuda_on_cpu
mkdir -p "$work" "$lib"
command -v g++ > /dev/null || { echo "make.sh: the emulated GPUs need g++" >&2; exit 1; }

pip() {
  "$folder/bin/python" -m pip --disable-pip-version-check -q "$@" || {
    echo "make.sh: no emulated GPUs without CuPy $version and the packages of CUDA 12.9 around it," \
      "which the package index does not give: pip $*" >&2
    exit 1
  }
}

fetch() {
  pip install 'setuptools>=77' 'Cython>=3.2,<3.3' numpy "cupy-cuda12x==$version" cuda-pathfinder
  CUPY_INSTALL_USE_STUB=1 pip download --no-deps --no-binary :all: --no-build-isolation \
    -d "$work" "cupy==$version"
  pip download --no-deps -d "$work" \
    'nvidia-cuda-runtime-cu12>=12.9,<12.10' 'nvidia-cuda-nvcc-cu12>=12.9,<12.10'
  cd "$work"
  tar xzf "cupy-$version.tar.gz"
  for wheel in nvidia*.whl; do "$folder/bin/python" -m zipfile -e "$wheel" .; done
}

# CUDA's headers, where CuPy and the emulated NVRTC look for them.
install_headers() {
  cp -r "$work/nvidia/cuda_runtime/include" "$lib/toolkit"
  cp -r "$work/nvidia/cuda_nvcc/include/crt" "$lib/toolkit/crt"
  cp "$here/include/cuda_profiler_api.h" "$lib/toolkit/"
  ln -sfn toolkit "$lib/include"
}

# cupy_backends.cuda.api.runtime against the emulated runtime.
build_runtime_module() {
  cd "$work/cupy-$version"
  "$folder/bin/python" - 2> /dev/null << PY
import Cython
from Cython.Build import cythonize
from setuptools import Extension

name = "cupy_backends.cuda.api.runtime"
cythonize(
    [Extension(name, [name.replace(".", "/") + ".pyx"], language="c++")],
    language_level=3,
    quiet=True,
    compiler_directives={"embedsignature": True},
    compile_time_env=dict(
        CUPY_CUDA_VERSION=$cuda,
        CUPY_HIP_VERSION=0,
        CUPY_USE_CUDA_PYTHON=False,
        CUPY_CUFFT_STATIC=False,
        CUPY_CYTHON_VERSION=Cython.__version__,
    ),
)
PY
  local site include
  site=$("$folder/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
  include=$("$folder/bin/python" -c 'import sysconfig, numpy
print("-I" + sysconfig.get_paths()["include"], "-I" + numpy.get_include())')
  # shellcheck disable=SC2086
  g++ -std=c++17 -O1 -w -shared -fPIC '-DCYTHON_EXTERN_C=extern "C"' -I"$lib/toolkit" $include \
    cupy_backends/cuda/api/runtime.cpp -o "$(ls "$site"/cupy_backends/cuda/api/runtime.*.so)" \
    -L"$lib" -l:libcudart.so.12 -Wl,-rpath,"$lib"
}

(fetch)
install_headers
"$here/rebuild.sh" "$folder"
(build_runtime_module)
rm -rf "$work"
touch "$folder/made-$version"
