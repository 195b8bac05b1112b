#include <cstring>

#include "kernels/kernels.h"

namespace pathact {

namespace scalar { extern const Kernels kernels; }
#ifdef PATHACT_X64
namespace avx2 { extern const Kernels kernels; }
namespace avx512 { extern const Kernels kernels; }

static bool has_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
}

static bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vnni");
}
#endif

const Kernels* select_kernels(const char* level) {
  const bool any = std::strcmp(level, "auto") == 0;
#ifdef PATHACT_X64
  if ((any || std::strcmp(level, "avx512") == 0) && has_avx512()) return &avx512::kernels;
  if ((any || std::strcmp(level, "avx2") == 0) && has_avx2()) return &avx2::kernels;
#endif
  if (any || std::strcmp(level, "scalar") == 0) return &scalar::kernels;
  return nullptr;
}

}  // namespace pathact
