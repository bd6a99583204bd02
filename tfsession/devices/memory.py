"""GPU memory: how much a session may take, and the pools that keep it there.

A process has one `Budget` per (virtual) GPU. Every session has a pool of its own inside it, so
that closing the session gives its memory back to the driver. The pool is CuPy's; what it takes
from the driver goes through the budget.

```
  kernel ── SessionPool.malloc ── cupy MemoryPool ── Budget.take ── cudaMalloc, or a part of the
            peak, out of memory    cached blocks      limit          region reserved beforehand
```
"""

from __future__ import annotations

import bisect
import gc
import logging
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Hashable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from tfsession import errors
from tfsession.devices.device import DeviceMemoryError
from tfsession.resources.live import LiveObjects

if TYPE_CHECKING:
    from tfsession.protos import GPUOptions

_LOGGER = logging.getLogger("tfsession")

#: Environment variable that overrides `GPUOptions.allow_growth`.
FORCE_ALLOW_GROWTH = "TF_FORCE_GPU_ALLOW_GROWTH"

_MEBIBYTE = 1 << 20

#: What CuPy's pool rounds every request to, and what cudaMalloc aligns to at least.
_ALIGNMENT = 512

_OUT_OF_MEMORY = 2  # cudaErrorMemoryAllocation
_DRIVER_UNLOADING = 4  # cudaErrorCudartUnloading

#: A pointer of `size` bytes from the driver; raises DeviceMemoryError where there is none.
Malloc = Callable[[int], int]
Free = Callable[[int], None]


# ---- how much ----


def system_reserve(free: int) -> int:
    """Returns the bytes of `free` that are left to the driver and to libraries.

    Source: TensorFlow 1.15 `MinSystemMemory`.
    """
    if free < 2048 * _MEBIBYTE:
        return 225 * _MEBIBYTE
    return max(300 * _MEBIBYTE, free // 20)


def memory_limit(
    total: int,
    free: int,
    options: GPUOptions,
    *,
    compute_capability: tuple[int, int] = (9, 0),
    reserve: int | None = None,
) -> int:
    """Returns the bytes that a session may take of a GPU that is not split into virtual ones.

    Args:
      total: bytes of the card.
      free: bytes that no process has taken.
      options: `experimental.memory_limit_bytes`, or `per_process_gpu_memory_fraction` of the
        total, the smaller one where both are set; all that is free except a reserve where
        none is.
      compute_capability: of the card.
      reserve: bytes of `free` not to be taken where no fraction is given; default TensorFlow's.

    Raises:
      InternalError: unified memory is asked for on a card older than Pascal.
      UnimplementedError: unified memory is asked for.
      InvalidArgumentError: the fraction or the limit in bytes is negative, or no number.
    """
    fraction = options.per_process_gpu_memory_fraction
    if fraction > 1 or options.experimental.use_unified_memory:
        _refuse_unified_memory(fraction, compute_capability)
    if not fraction >= 0:
        raise errors.InvalidArgumentError.of(
            f"per_process_gpu_memory_fraction={fraction!r} is no share of a GPU's memory;"
            " want 0 to 1, where 0 stands for all that is free",
        )
    stated = stated_limit(total, options)
    if stated is not None:
        return stated
    return max(0, free - (system_reserve(free) if reserve is None else reserve))


def stated_limit(total: int, options: GPUOptions) -> int | None:
    """Returns the bytes of a card that the options name, as a number or as a fraction, or None.

    Args:
      total: bytes of the card.
      options: as for `memory_limit`.

    Raises:
      InvalidArgumentError: the limit in bytes is negative.
    """
    in_bytes = options.experimental.memory_limit_bytes
    if in_bytes < 0:
        raise errors.InvalidArgumentError.of(
            f"memory_limit_bytes={in_bytes!r} is no amount of memory;"
            " want a positive number of bytes, or 0 for no limit of this kind",
        )
    stated = [min(in_bytes, total)] if in_bytes else []
    if options.per_process_gpu_memory_fraction > 0:
        stated.append(int(total * options.per_process_gpu_memory_fraction))
    return min(stated, default=None)


def _refuse_unified_memory(fraction: float, compute_capability: tuple[int, int]) -> None:
    if compute_capability < (6, 0):
        raise errors.InternalError.of(
            "Unified memory on GPUs with compute capability lower than 6.0 (pre-Pascal class GPUs)"
            " does not support oversubscription.",
        )
    asked = f"per_process_gpu_memory_fraction={fraction}" if fraction > 1 else "use_unified_memory"
    raise errors.UnimplementedError.of(
        f"{asked} asks for unified memory, which is not offered: it pages between host and GPU at"
        " a fraction of the GPU's speed and its limit cannot be enforced;"
        " want a fraction of at most 1",
    )


def reserve_at_once(options: GPUOptions, environ: Mapping[str, str]) -> bool:
    """Says whether a session takes its whole limit at once rather than when it needs it.

    It does where `allow_growth` is set to false, or `TF_FORCE_GPU_ALLOW_GROWTH` says so. Left
    unset, memory grows on demand; TensorFlow 1.15 takes the whole limit then.
    """
    forced = environ.get(FORCE_ALLOW_GROWTH, "")
    if forced in ("true", "false"):
        if (forced == "true") != options.allow_growth:
            _LOGGER.warning(
                "Overriding allow_growth setting because the %s environment variable is set."
                " Original config value was %d.",
                FORCE_ALLOW_GROWTH,
                options.allow_growth,
            )
        return forced == "false"
    if forced:
        _LOGGER.error("%s: %r is not a value; want 'true' or 'false'", FORCE_ALLOW_GROWTH, forced)
    return options.HasField("allow_growth") and not options.allow_growth


# ---- the budget of the process ----


class Region:
    """Parts of one block of memory: best fit, and neighbours join when they are given back."""

    def __init__(self, base: int, size: int) -> None:
        self._free = [(base, size)]  # sorted by address, no two of them adjacent
        self._taken: dict[int, int] = {}

    def take(self, size: int) -> int | None:
        """Returns the address of `size` bytes, or None where no free part is large enough."""
        size = -(-size // _ALIGNMENT) * _ALIGNMENT
        fitting = [(length, start) for start, length in self._free if length >= size]
        if not fitting:
            return None
        length, start = min(fitting)
        place = bisect.bisect_left(self._free, (start, length))
        self._free[place : place + 1] = [(start + size, length - size)] if length > size else []
        self._taken[start] = size
        return start

    def give(self, address: int) -> None:
        """Takes back what `take` gave."""
        size = self._taken.pop(address)
        place = bisect.bisect_left(self._free, (address, 0))
        before, after = place - 1, place
        if after < len(self._free) and self._free[after][0] == address + size:
            size += self._free.pop(after)[1]
        if before >= 0 and sum(self._free[before]) == address:
            start, length = self._free[before]
            self._free[before] = (start, length + size)
        else:
            self._free.insert(place, (address, size))


class Pool(Protocol):
    """What a session has of a budget."""

    def trim(self) -> None:
        """Gives back what is not in use."""


class Budget:
    """What all sessions of the process together may take of one (virtual) GPU.

    It lasts as long as a session is open, or an array of one is there; the limit and the way of
    growing that it was opened with stay in force for that time, as in TensorFlow. Then it is
    retired: what it reserved goes back to the driver, and the next session makes a new one.

    Attributes:
      limit: bytes.
      overhead: bytes of the limit that are taken beside the pools, by the CUDA context.
      pools: the open pools of sessions, asked to drop cached blocks when memory is short.
      is_retired: whether its time is over.
    """

    def __init__(
        self,
        limit: int,
        malloc: Malloc,
        free: Free,
        *,
        wait: Callable[[], None] = lambda: None,
        reserve: bool = False,
        overhead: int = 0,
    ) -> None:
        """Makes a budget, and takes all of it from the driver now if `reserve` is set.

        Args:
          limit: bytes.
          malloc: takes from the driver.
          free: gives back to the driver, and waits for what still uses the memory.
          wait: waits for all work of the GPU, which is current.
          reserve: whether to take the whole limit now.
          overhead: bytes of the limit that are taken beside the pools.

        Raises:
          DeviceMemoryError: `reserve` is set and the driver has not even half of the limit.
        """
        self.pools: LiveObjects[Pool] = LiveObjects()
        self.overhead = min(overhead, limit)
        self.is_retired = False
        self._is_abandoned = False
        self._malloc = malloc
        self._free = free
        self._wait = wait
        # Whether work of the streams of those who gave a part of the region back may use it still.
        self._may_be_used = False
        self._lock = threading.Lock()
        # Memory goes back whenever the collector finds it, also while this thread holds the lock
        # and is in the middle of a change: it is only noted then.
        self._returned: deque[int] = deque()
        self._sizes: dict[int, int] = {}
        self._taken = 0
        self._region: Region | None = None
        if reserve:
            size, base = _reserve(limit - self.overhead, malloc)
            self._region = Region(base, size)
            self._free_region = weakref.finalize(self, free, base)
            self._free_region.atexit = False
            limit = self.overhead + size
        self.limit = limit

    @property
    def is_reserved(self) -> bool:
        """Whether all of it has been taken from the driver beforehand."""
        return self._region is not None

    @property
    def taken(self) -> int:
        """Bytes that pools and arrays hold, cached blocks included."""
        self._settle()
        return self._taken

    def join(self, pool: Pool) -> None:
        """Notes the pool of a session that opens."""
        self._is_abandoned = False
        self.pools.add(pool)

    def leave(self, pool: Pool) -> None:
        """Forgets the pool of a session that closes; finalizers may call it at any moment."""
        self.pools.discard(pool)
        if not self.pools.all():
            self._is_abandoned = True
            self._settle()

    def take(self, size: int) -> int:
        """Returns a pointer to `size` bytes.

        Raises:
          DeviceMemoryError: the limit would be passed, or the driver has no more.
        """
        try:
            with self._lock:
                self._put_back()
                return self._take(size)
        finally:
            self._settle()

    def give(self, pointer: int) -> None:
        """Takes back what `take` gave; finalizers may call it at any moment."""
        self._returned.append(pointer)
        self._settle()

    def holds(self, address: int) -> bool:
        """Says whether an address is in memory that was taken from this budget."""
        return any(start <= address < start + size for start, size in list(self._sizes.items()))

    def _take(self, size: int) -> int:
        used = self.overhead + self._taken
        if used + size > self.limit:
            raise DeviceMemoryError(size, self.limit, used)
        if self._region is None:
            pointer = self._malloc(size)
        else:
            part = self._region.take(size)
            if part is None:
                raise DeviceMemoryError(size, self.limit, used)
            pointer = part
            if self._may_be_used:
                # The stream of the taker does not know the streams of those who gave it back.
                self._may_be_used = False
                self._wait()
        self._sizes[pointer] = size
        self._taken += size
        return pointer

    def _settle(self) -> None:
        """Puts back what was returned, unless somebody holds the lock, who then does it."""
        while (self._returned or self._is_over()) and self._lock.acquire(blocking=False):
            try:
                self._put_back()
            finally:
                self._lock.release()

    def _put_back(self) -> None:
        while self._returned:
            pointer = self._returned.popleft()
            self._taken -= self._sizes.pop(pointer)
            if self._region is None:
                self._free(pointer)
            else:
                self._region.give(pointer)
                self._may_be_used = True
        if self._is_over():
            self.is_retired = True
            if self._region is not None:
                self._region = None
                self._free_region()

    def _is_over(self) -> bool:
        return self._is_abandoned and not self._taken and not self.is_retired


def _reserve(limit: int, malloc: Malloc) -> tuple[int, int]:
    """Returns the size and address of the largest region up to `limit`, in steps of a tenth."""
    size = limit
    while True:
        size -= size % _ALIGNMENT
        try:
            return size, malloc(size)
        except DeviceMemoryError:
            if size <= limit // 2:
                raise
            size = size * 9 // 10


_budgets: weakref.WeakValueDictionary[Hashable, Budget] = weakref.WeakValueDictionary()
_budgets_lock = threading.Lock()


def open_budget(
    key: Hashable,
    limit: int,
    malloc: Malloc,
    free: Free,
    *,
    wait: Callable[[], None] = lambda: None,
    reserve: bool = False,
    overhead: int = 0,
) -> Budget:
    """Returns the budget of `key`, such as (PCI bus id, part), making it where none is in use."""
    with _budgets_lock:
        budget = _budgets.get(key)
        if budget is None or budget.is_retired:
            budget = _budgets[key] = Budget(
                limit, malloc, free, wait=wait, reserve=reserve, overhead=overhead
            )
        return budget


# ---- pools of sessions that are gone ----

# CuPy 14 never gives back what a pool holds that dies, and a pool that the collector finds loses
# its blocks before anybody is told. So a pool outlives its session until it is empty: it is asked
# again after each collection, and where a session opens or memory is short.
_left: list[_LeftPool] = []


@dataclass(frozen=True)
class _LeftPool:
    """A pool of CuPy whose session is gone while arrays of it were there.

    Attributes:
      pool: of CuPy.
      current: makes the GPU of the pool current.
    """

    pool: Any
    current: Callable[[], AbstractContextManager[Any]]

    def empty(self) -> bool:
        """Gives back what no array holds any more; says whether that was all."""
        with self.current():
            self.pool.free_all_blocks()
            return not self.pool.total_bytes()


def _leave_pool(pool: Any, current: Callable[[], AbstractContextManager[Any]]) -> None:
    left = _LeftPool(pool, current)
    if not left.empty():
        _left.append(left)
        if _after_collection not in gc.callbacks:
            gc.callbacks.append(_after_collection)


def empty_left_pools() -> None:
    """Gives back what pools of sessions that are gone no longer need."""
    for left in list(_left):
        if left.empty():
            with suppress(ValueError):  # another thread may have been faster
                _left.remove(left)


def _after_collection(phase: str, info: Mapping[str, int]) -> None:
    if phase == "stop" and _left and not sys.is_finalizing():
        empty_left_pools()


# ---- CuPy ----


def cuda_wait() -> None:
    """Waits for all work of the current GPU."""
    from cupy.cuda import runtime

    runtime.deviceSynchronize()


def cuda_malloc(size: int) -> int:
    """Returns `size` bytes of the current GPU.

    Raises:
      DeviceMemoryError: the driver has no more.
    """
    from cupy.cuda import runtime

    try:
        return int(runtime.malloc(size))
    except runtime.CUDARuntimeError as error:
        if error.status != _OUT_OF_MEMORY:
            raise
        free, total = runtime.memGetInfo()
        raise DeviceMemoryError(size, total, total - free) from None


def cuda_free(pointer: int, *, ending: Callable[[], bool] = sys.is_finalizing) -> None:
    """Gives memory of any GPU back to the driver, which takes it by itself when Python ends."""
    if ending():
        return
    from cupy.cuda import runtime

    try:
        runtime.free(pointer)
    except runtime.CUDARuntimeError as error:
        # The driver may be gone first, and has then freed everything.
        if error.status != _DRIVER_UNLOADING:
            raise


def pool_within(budget: Budget, hold: list[Any] | None = None) -> Any:
    """Returns a `cupy.cuda.MemoryPool` that takes its memory from `budget`.

    Args:
      budget: of the GPU that the pool will be used on.
      hold: if given, keeps every block of the pool from the driver until the list is dropped,
        whatever the pool frees; what has been added since tells whether the pool grew.
    """
    import cupy
    from cupy.cuda import runtime

    def take(size: int, device: int) -> int:
        try:
            return budget.take(size)
        except DeviceMemoryError:
            # The error that makes the pool drop its cached blocks and ask again.
            raise runtime.CUDARuntimeError(_OUT_OF_MEMORY) from None

    def give(pointer: int, device: int) -> None:
        budget.give(pointer)

    source = cupy.cuda.PythonFunctionAllocator(take, give)
    if hold is None:
        return cupy.cuda.MemoryPool(source.malloc)

    def keep(size: int) -> Any:
        pointer = source.malloc(size)
        hold.append(pointer.mem)
        return pointer

    return cupy.cuda.MemoryPool(keep)


class SessionPool:
    """The memory of one session on one (virtual) GPU, with its peak.

    `malloc` is a CuPy allocator, to be used with the GPU current.
    """

    def __init__(
        self,
        budget: Budget,
        pool: Any,
        out_of_memory: type[BaseException],
        current: Callable[[], AbstractContextManager[Any]] = nullcontext,
    ) -> None:
        """Makes an empty pool.

        Args:
          budget: where the memory comes from.
          pool: a `cupy.cuda.MemoryPool`, as `pool_within(budget)` makes.
          out_of_memory: what `pool.malloc` raises where there is none,
            `cupy.cuda.memory.OutOfMemoryError`.
          current: makes the GPU of the pool current.
        """
        empty_left_pools()
        self.budget = budget
        self.peak = 0
        self._pool = pool
        self._out_of_memory = out_of_memory
        self._leave = weakref.finalize(self, _leave_pool, pool, current)
        self._leave.atexit = False
        budget.join(self)

    def malloc(self, size: int) -> Any:
        """Returns a `cupy.cuda.MemoryPointer` to `size` bytes.

        Raises:
          DeviceMemoryError: there is no room, also after all sessions dropped cached blocks.
        """
        pointer = self._try_malloc(size)
        if pointer is None:
            # CuPy's pool has already dropped its own blocks; other sessions may keep some.
            empty_left_pools()
            for pool in self.budget.pools.all():
                pool.trim()
            pointer = self._try_malloc(size)
        if pointer is None:
            # Raised outside of `except`: a chained error would keep alive what the step holds.
            raise DeviceMemoryError(size, self.budget.limit, self.in_use)
        in_use = self._pool.used_bytes()
        if in_use > self.peak:
            self.peak = in_use
        return pointer

    @property
    def in_use(self) -> int:
        """Bytes of live arrays."""
        return int(self._pool.used_bytes())

    @property
    def reserved(self) -> int:
        """Bytes taken from the budget, cached blocks included."""
        return int(self._pool.total_bytes())

    def trim(self) -> None:
        """Gives cached blocks back."""
        self._pool.free_all_blocks()

    def close(self) -> None:
        """Gives cached blocks back; what live arrays hold follows after they have gone."""
        self._leave()
        self.budget.leave(self)

    def _try_malloc(self, size: int) -> Any:
        try:
            return self._pool.malloc(size)
        except self._out_of_memory:
            return None
