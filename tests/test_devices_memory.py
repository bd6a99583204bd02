"""Limits, budgets and pools, over memory that exists only as numbers."""

from __future__ import annotations

import functools
import gc
import random
from typing import Any

import pytest

from tfsession import errors
from tfsession.devices import memory
from tfsession.devices.device import DeviceMemoryError
from tfsession.devices.memory import (
    Budget,
    Region,
    SessionPool,
    memory_limit,
    open_budget,
    reserve_at_once,
    system_reserve,
)
from tfsession.protos import GPUOptions

MIB = 1 << 20
GIB = 1 << 30


class FakeDriver:
    """cudaMalloc and cudaFree of a card of `size` bytes."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.live: dict[int, int] = {}
        self.next = 0x1000

    @property
    def taken(self) -> int:
        return sum(self.live.values())

    def malloc(self, size: int) -> int:
        if self.taken + size > self.size:
            raise DeviceMemoryError(size, self.size, self.taken)
        self.next += 1 << 40
        self.live[self.next] = size
        return self.next

    def free(self, pointer: int) -> None:
        del self.live[pointer]


class PoolIsFull(MemoryError):
    """What the fake pool raises."""


class FakePool:
    """CuPy's pool: keeps freed blocks, drops them when memory is short."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.live: dict[int, int] = {}
        self.cached: dict[int, int] = {}

    def malloc(self, size: int) -> int:
        for pointer, cached in self.cached.items():
            if cached == size:
                self.live[pointer] = self.cached.pop(pointer)
                return pointer
        for _ in range(2):
            try:
                pointer = self.budget.take(size)
            except DeviceMemoryError:
                self.free_all_blocks()
                continue
            self.live[pointer] = size
            return pointer
        raise PoolIsFull

    def give(self, pointer: int) -> None:
        self.cached[pointer] = self.live.pop(pointer)

    def trim(self) -> None:
        self.free_all_blocks()

    def free_all_blocks(self) -> None:
        for pointer in list(self.cached):
            del self.cached[pointer]
            self.budget.give(pointer)

    def used_bytes(self) -> int:
        return sum(self.live.values())

    def total_bytes(self) -> int:
        return self.used_bytes() + sum(self.cached.values())


# ---- how much ----


@pytest.mark.parametrize(
    ("free", "expected"),
    [(GIB, 225 * MIB), (2 * GIB, 300 * MIB), (4 * GIB, 300 * MIB), (100 * GIB, 5 * GIB)],
)
def test_reserve_of_the_system(free: int, expected: int) -> None:
    assert system_reserve(free) == expected


def test_limit() -> None:
    assert memory_limit(141 * GIB, 140 * GIB, GPUOptions()) == 133 * GIB
    assert memory_limit(GIB, 100 * MIB, GPUOptions()) == 0
    assert memory_limit(GIB, GIB, GPUOptions(), reserve=0) == GIB
    half = GPUOptions(per_process_gpu_memory_fraction=0.5)
    assert memory_limit(10 * GIB, GIB, half) == 5 * GIB
    assert memory_limit(10 * GIB, GIB, GPUOptions(per_process_gpu_memory_fraction=1)) == 10 * GIB


def test_unified_memory_is_refused() -> None:
    twice = GPUOptions(per_process_gpu_memory_fraction=2)
    with pytest.raises(errors.UnimplementedError, match=r"fraction=2\.0 asks for unified memory"):
        memory_limit(GIB, GIB, twice)
    with pytest.raises(errors.InternalError, match=r"lower than 6\.0 \(pre-Pascal"):
        memory_limit(GIB, GIB, twice, compute_capability=(5, 2))
    unified = GPUOptions()
    unified.experimental.use_unified_memory = True
    with pytest.raises(errors.UnimplementedError, match=r"^use_unified_memory asks"):
        memory_limit(GIB, GIB, unified)


@pytest.mark.parametrize(
    ("forced", "option", "expected", "logged"),
    [
        (None, None, False, ""),
        (None, False, True, ""),
        (None, True, False, ""),
        ("false", False, True, ""),
        ("false", True, True, "Original config value was 1."),
        ("true", False, False, "Original config value was 0."),
        ("yes", None, False, "'yes' is not a value"),
    ],
)
def test_growth(
    forced: str | None,
    option: bool | None,
    expected: bool,
    logged: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    environ = {} if forced is None else {"TF_FORCE_GPU_ALLOW_GROWTH": forced}
    assert reserve_at_once(GPUOptions(allow_growth=option), environ) is expected
    assert logged in caplog.text
    assert bool(logged) == bool(caplog.messages)


# ---- the budget ----


def test_region_joins_neighbours() -> None:
    region = Region(4096, 2048)
    first, second, third = region.take(512), region.take(1), region.take(512)
    assert (first, second, third) == (4096, 4608, 5120)
    region.give(4096)
    region.give(5120)
    assert region.take(1024) == 5120
    assert region.take(1024) is None
    region.give(4608)
    assert region.take(1024) == 4096


def test_region_takes_the_smallest_part_that_fits() -> None:
    region = Region(0, 512 * 10)
    for _ in range(10):
        region.take(512)
    for place in (0, 1, 2, 5):
        region.give(place * 512)
    assert region.take(512) == 5 * 512


def test_region_never_overlaps_and_ends_whole() -> None:
    numbers = random.Random(1)
    region, live = Region(0, 64 * 512), {}
    for _ in range(2000):
        size = numbers.randrange(1, 8 * 512)
        start = region.take(size)
        if start is None or len(live) > 12:
            region.give(live.popitem()[0] if start is None else start)
            continue
        assert all(start >= end or start + size <= begin for begin, end in live.items())
        live[start] = start + size
        if numbers.random() < 0.5:
            gone = numbers.choice(list(live))
            del live[gone]
            region.give(gone)
    for start in live:
        region.give(start)
    assert region.take(64 * 512) == 0


def test_budget_enforces_its_limit() -> None:
    driver = FakeDriver(10_000)
    budget = Budget(1000, driver.malloc, driver.free)
    pointer = budget.take(800)
    with pytest.raises(DeviceMemoryError) as caught:
        budget.take(300)
    assert (caught.value.size, caught.value.limit, caught.value.in_use) == (300, 1000, 800)
    budget.give(pointer)
    assert (budget.taken, driver.taken) == (0, 0)


def test_a_full_card_leaves_the_budget_unchanged() -> None:
    driver = FakeDriver(500)
    budget = Budget(1000, driver.malloc, driver.free)
    with pytest.raises(DeviceMemoryError):
        budget.take(600)
    assert budget.taken == 0


def test_a_reserved_budget_takes_everything_at_once_and_gives_it_back() -> None:
    driver = FakeDriver(10_240)
    budget = Budget(4096, driver.malloc, driver.free, reserve=True)
    assert driver.taken == 4096
    first, second = budget.take(2048), budget.take(2048)
    assert second - first == 2048
    budget.give(first)
    assert (budget.taken, driver.taken) == (2048, 4096)
    del budget
    gc.collect()
    assert driver.taken == 0


def test_a_reserved_budget_goes_back_with_the_last_session() -> None:
    driver = FakeDriver(10_240)
    budget = open_budget("last", 4096, driver.malloc, driver.free, reserve=True)
    first, second = FakePool(budget), FakePool(budget)
    budget.join(first)
    budget.join(second)
    kept = budget.take(512)
    budget.leave(first)
    budget.give(kept)
    assert driver.taken == 4096
    kept = budget.take(512)
    budget.leave(second)
    # An array may outlive its session.
    assert (driver.taken, budget.is_retired) == (4096, False)
    assert open_budget("last", 1024, driver.malloc, driver.free) is budget
    budget.give(kept)
    assert (driver.taken, budget.is_retired) == (0, True)
    following = open_budget("last", 1024, driver.malloc, driver.free)
    assert following.limit == 1024
    del budget
    gc.collect()
    assert driver.taken == 0


def test_a_budget_is_left_while_this_thread_takes_of_it() -> None:
    pools = [FakePool]

    def malloc(size: int) -> int:
        if pools:
            budget.leave(pools.pop())
        return size

    freed: list[int] = []
    budget: Any = Budget(1000, malloc, freed.append)
    budget.join(pools[0])
    pointer = budget.take(100)
    assert not budget.is_retired
    budget.give(pointer)
    assert (budget.is_retired, freed) == (True, [100])


def test_a_reserved_budget_backs_off_to_what_there_is() -> None:
    budget = Budget(10_240, FakeDriver(8_500).malloc, lambda pointer: None, reserve=True)
    assert 10_240 * 3 // 4 < budget.limit <= 8_500
    with pytest.raises(DeviceMemoryError):
        Budget(10_240, FakeDriver(1_000).malloc, lambda pointer: None, reserve=True)


def test_sessions_share_a_budget_and_the_first_limit_stays() -> None:
    driver = FakeDriver(10_000)
    first = open_budget(("bus", 0), 1000, driver.malloc, driver.free)
    assert open_budget(("bus", 0), 5000, driver.malloc, driver.free) is first
    assert open_budget(("bus", 1), 5000, driver.malloc, driver.free).limit == 5000
    del first
    gc.collect()
    assert open_budget(("bus", 0), 5000, driver.malloc, driver.free).limit == 5000


def test_a_part_of_a_region_changes_hands_after_all_work_is_done() -> None:
    driver, log = FakeDriver(10_000), []
    wait = functools.partial(log.append, "wait")
    budget = Budget(4096, driver.malloc, driver.free, wait=wait, reserve=True)
    first, second = budget.take(1024), budget.take(1024)
    assert log == []
    budget.give(first)
    budget.give(second)
    assert log == []
    budget.take(2048)
    assert log == ["wait"]
    budget.take(1024)
    assert log == ["wait"]


# ---- pools ----


def session_pool(budget: Budget) -> tuple[SessionPool, FakePool]:
    fake = FakePool(budget)
    return SessionPool(budget, fake, PoolIsFull), fake


def test_pool_knows_its_peak() -> None:
    driver = FakeDriver(10_000)
    pool, fake = session_pool(Budget(1000, driver.malloc, driver.free))
    fake.give(pool.malloc(400))
    pool.malloc(100)
    pool.malloc(200)
    assert (pool.in_use, pool.peak, pool.reserved) == (300, 400, 700)
    pool.close()
    assert pool.reserved == 300


def test_a_short_pool_drops_what_other_sessions_keep() -> None:
    driver = FakeDriver(10_000)
    budget = Budget(1000, driver.malloc, driver.free)
    idle, idle_fake = session_pool(budget)
    busy, _ = session_pool(budget)
    idle_fake.give(idle.malloc(800))
    assert busy.malloc(900)
    assert idle.reserved == 0


def test_out_of_memory_tells_size_limit_and_use_and_keeps_nothing_alive() -> None:
    driver = FakeDriver(10_000)
    pool, _ = session_pool(Budget(1000, driver.malloc, driver.free))
    pool.malloc(600)
    with pytest.raises(DeviceMemoryError) as caught:
        pool.malloc(500)
    assert (caught.value.size, caught.value.limit, caught.value.in_use) == (500, 1000, 600)
    assert caught.value.__context__ is None
    assert pool.malloc(400)


def test_a_closed_pool_is_no_longer_asked() -> None:
    driver = FakeDriver(10_000)
    budget: Any = Budget(1000, driver.malloc, driver.free)
    pool, _ = session_pool(budget)
    pool.close()
    assert budget.pools.all() == []


def test_a_pool_outlives_its_session_until_it_is_empty() -> None:
    driver = FakeDriver(10_000)
    budget = Budget(1000, driver.malloc, driver.free)
    pool, fake = session_pool(budget)
    first, second = pool.malloc(400), pool.malloc(300)
    fake.give(first)
    pool.close()
    assert driver.taken == 300
    del pool
    fake.give(second)
    gc.collect()
    assert driver.taken == 0
    assert budget.is_retired
    assert fake not in [left.pool for left in memory._left]


def test_a_pool_in_a_circle_gives_back_what_it_keeps() -> None:
    driver = FakeDriver(10_000)
    budget = Budget(1000, driver.malloc, driver.free)
    pool, fake = session_pool(budget)
    fake.give(pool.malloc(400))
    circle: list[Any] = [pool]
    circle.append(circle)
    del pool, circle
    gc.collect()
    assert driver.taken == 0


def test_a_short_session_is_given_what_sessions_that_are_gone_have_left() -> None:
    driver = FakeDriver(10_000)
    budget = Budget(1000, driver.malloc, driver.free)
    (gone, fake), (pool, _) = session_pool(budget), session_pool(budget)
    block = gone.malloc(800)
    gone.close()
    fake.give(block)
    assert driver.taken == 800
    assert pool.malloc(900)
