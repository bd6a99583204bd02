#!/usr/bin/env bash
# Runs the tests marked gpu on emulated GPUs, in both modes side by side: run.sh FOLDER PARTS
# Of PARTS parts of the records of ops each mode takes another one.
set -u
python=$1/bin/python parts=$2
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# run MODE PART
run() {
  CUDA_ON_CPU_LAZY=$1 PYTHONPATH=. "$python" -m pytest -m gpu -q -p no:cacheprovider \
    -o faulthandler_timeout=900 --records="$2/$parts" > "$results/$1" 2>&1
}

run 0 0 &
at_once=$!
run 1 $((parts > 1)) &
lazily=$!
status=0
wait $at_once || status=1
wait $lazily || status=1
echo "==== work runs at once ===="
cat "$results/0"
echo "==== work runs when somebody waits for it ===="
cat "$results/1"
exit $status
