#include "mapped-file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace pathact {

MappedFile::~MappedFile() {
  if (data_) munmap(const_cast<uint8_t*>(data_), size_);
}

std::string MappedFile::open(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::string("cannot open it: ") + std::strerror(errno);
  struct stat info;
  std::string error;
  if (fstat(file, &info) != 0) {
    error = std::string("cannot read its size: ") + std::strerror(errno);
  } else if (!S_ISREG(info.st_mode) || info.st_size <= 0) {
    error = "it is empty or not a regular file";
  } else {
    void* data = mmap(nullptr, size_t(info.st_size), PROT_READ, MAP_SHARED, file, 0);
    if (data == MAP_FAILED) {
      error = std::string("cannot map it into memory: ") + std::strerror(errno);
    } else {
      data_ = static_cast<const uint8_t*>(data);
      size_ = size_t(info.st_size);
    }
  }
  close(file);
  return error;
}

void MappedFile::let_go(const uint8_t* from, size_t bytes) const {
  const uintptr_t page = uintptr_t(sysconf(_SC_PAGESIZE)), start = reinterpret_cast<uintptr_t>(from);
  const uintptr_t first = (start + page - 1) / page * page, end = (start + bytes) / page * page;
  if (first < end) madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
}

}  // namespace pathact
