#include "thread-pool.h"

#include <chrono>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace pathact {

namespace {

constexpr uint64_t open_bit = uint64_t(1) << 31;
constexpr uint64_t entered_mask = open_bit - 1;
constexpr auto spin_time = std::chrono::microseconds(60);

uint32_t region_of(uint64_t state) { return uint32_t(state >> 32); }

void relax() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Spins until `ready()` or until the time is up; true when ready.
template <class Ready>
bool spin(const Ready& ready) {
  const auto end = std::chrono::steady_clock::now() + spin_time;
  do {
    for (int i = 0; i < 64; i++) {
      if (ready()) return true;
      relax();
    }
  } while (std::chrono::steady_clock::now() < end);
  return ready();
}

}  // namespace

ThreadPool::ThreadPool(int threads) : runs_(size_t(threads)) {
  for (int worker = 1; worker < threads; worker++) threads_.emplace_back([this, worker] { work(worker); });
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

// A thread that the system has not scheduled yet finds the region closed and nobody waits for it: the caller
// waits only for those that entered.
void ThreadPool::share(int tasks, Call call, const void* context) {
  call_ = call;
  context_ = context;
  const int threads = size();
  for (int i = 0; i < threads; i++) {
    runs_[size_t(i)].next.store(int(int64_t(tasks) * i / threads), std::memory_order_relaxed);
    runs_[size_t(i)].end = int(int64_t(tasks) * (i + 1) / threads);
  }
  left_.store(0, std::memory_order_relaxed);
  const uint32_t region = region_of(state_.load(std::memory_order_relaxed)) + 1;
  state_.store(uint64_t(region) << 32 | open_bit);
  if (parked_.load() > 0) {
    std::lock_guard lock(mutex_);
    wake_.notify_all();
  }
  take_tasks(0);
  const uint32_t entered = uint32_t(state_.fetch_and(~open_bit) & entered_mask);
  const auto done = [&] { return left_.load(std::memory_order_acquire) == entered; };
  while (!spin(done)) std::this_thread::yield();
}

void ThreadPool::take_tasks(int worker) {
  for (size_t i = 0; i < runs_.size(); i++) {
    Run& run = runs_[(size_t(worker) + i) % runs_.size()];
    for (int task; (task = run.next.fetch_add(1, std::memory_order_relaxed)) < run.end;) call_(context_, task, worker);
  }
}

bool ThreadPool::enter(uint32_t region) {
  uint64_t state = state_.load();
  while (region_of(state) == region && (state & open_bit)) {
    if (state_.compare_exchange_weak(state, state + 1)) return true;
  }
  return false;
}

uint32_t ThreadPool::next_region(uint32_t seen) {
  const auto ready = [&] { return region_of(state_.load()) != seen || stopping_.load(); };
  if (!spin(ready)) {
    std::unique_lock lock(mutex_);
    parked_++;
    wake_.wait(lock, ready);
    parked_--;
  }
  return region_of(state_.load());
}

void ThreadPool::work(int worker) {
  for (uint32_t seen = 0; !stopping_.load();) {
    seen = next_region(seen);
    if (!enter(seen)) continue;
    take_tasks(worker);
    left_.fetch_add(1, std::memory_order_release);
  }
}

}  // namespace pathact
