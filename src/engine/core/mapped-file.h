// A file mapped read-only. Weights are used where they lie; the page cache holds them once for all processes.
// A file that somebody shortens while it is mapped ends the process (SIGBUS): `models pull` therefore replaces
// files by renaming and never writes into them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace pathact {

class MappedFile {
 public:
  MappedFile() = default;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  // Empty when it worked, else what went wrong.
  std::string open(const std::string& path);
  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  const uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace pathact
