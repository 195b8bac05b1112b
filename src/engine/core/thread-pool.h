// Persistent threads that share the tasks of one parallel region after another.
// A waiting thread spins for a short while, then parks: on two cores nothing may hold a core that it does not use.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace pathact {

class ThreadPool {
 public:
  // The caller of run() is one of the `threads`; threads - 1 are started.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const { return int(threads_.size()) + 1; }

  // Calls job(task, worker) once for every task in [0, tasks); worker < size(). Returns when all are done.
  // Each thread starts on a run of neighbouring tasks of its own (their memory is prefetched) and then helps the
  // others. Which worker gets a task is a race, so a task's result may depend on its number only.
  template <class Job>
  void run(int tasks, const Job& job) {
    if (tasks <= 1 || threads_.empty()) {
      for (int task = 0; task < tasks; task++) job(task, 0);
      return;
    }
    share(
        tasks, [](const void* context, int task, int worker) { (*static_cast<const Job*>(context))(task, worker); },
        &job);
  }

 private:
  using Call = void (*)(const void* context, int task, int worker);
  struct alignas(64) Run {
    std::atomic<int> next{0};
    int end = 0;
  };

  void share(int tasks, Call call, const void* context);
  void work(int worker);
  void take_tasks(int worker);
  bool enter(uint32_t region);
  uint32_t next_region(uint32_t seen);

  Call call_ = nullptr;
  const void* context_ = nullptr;
  std::vector<Run> runs_;  // one a thread
  // Region number in the high half; below it whether threads may still enter, and how many have.
  alignas(64) std::atomic<uint64_t> state_{0};
  alignas(64) std::atomic<uint32_t> left_{0};
  std::atomic<int> parked_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::thread> threads_;
};

}  // namespace pathact
