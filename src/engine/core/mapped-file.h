// A file mapped read-only.
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
  // Takes the whole pages of these bytes of the file out of memory; they are read again when they are touched.
  void let_go(const uint8_t* from, size_t bytes) const;

 private:
  const uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace pathact
