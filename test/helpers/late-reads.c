// Preloaded into a process: every positioned read and write waits a while of its own and may come back short, so that
// threads' accesses to files overtake one another.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static __thread unsigned seed;

static size_t delayed(size_t count) {
  if (seed == 0) seed = (unsigned)(size_t)&seed ^ (unsigned)atoi(getenv("LATE_READS_SEED"));
  usleep((useconds_t)(rand_r(&seed) % 3000));
  return count > 1 && rand_r(&seed) % 4 == 0 ? count / 2 : count;
}

ssize_t pread64(int file, void* into, size_t count, off64_t at) {
  static ssize_t (*real)(int, void*, size_t, off64_t);
  if (!real) real = (ssize_t(*)(int, void*, size_t, off64_t))dlsym(RTLD_NEXT, "pread64");
  return real(file, into, delayed(count), at);
}

ssize_t pwrite64(int file, const void* from, size_t count, off64_t at) {
  static ssize_t (*real)(int, const void*, size_t, off64_t);
  if (!real) real = (ssize_t(*)(int, const void*, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
  return real(file, from, delayed(count), at);
}

ssize_t pread(int file, void* into, size_t count, off_t at) { return pread64(file, into, count, at); }
ssize_t pwrite(int file, const void* from, size_t count, off_t at) { return pwrite64(file, from, count, at); }
