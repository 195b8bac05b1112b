#include <cstring>

#include "kernels/kernels.h"

namespace pathact {

namespace scalar {
extern const Kernels kernels;
}
#ifdef PATHACT_X64
namespace avx2 {
extern const Kernels kernels;
}
namespace avx512 {
extern const Kernels kernels;
}

static bool has_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
}

static bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vnni");
}
#endif

bool format_of(uint32_t type, Format& format) {
  format = {};
  switch (TensorType(type)) {
    case TensorType::F32: format = {1, 4}; break;
    case TensorType::F16: format = {1, 2}; break;
    case TensorType::BF16: format = {1, 2}; break;
    case TensorType::Q4_0: format = {32, 18}; break;
    case TensorType::Q4_1: format = {32, 20}; break;
    case TensorType::Q5_0: format = {32, 22}; break;
    case TensorType::Q5_1: format = {32, 24}; break;
    case TensorType::Q8_0: format = {32, 34}; break;
    case TensorType::Q2_K: format = {256, 84}; break;
    case TensorType::Q3_K: format = {256, 110}; break;
    case TensorType::Q4_K: format = {256, 144}; break;
    case TensorType::Q5_K: format = {256, 176}; break;
    case TensorType::Q6_K: format = {256, 210}; break;
    case TensorType::IQ4_NL: format = {32, 18}; break;
    case TensorType::IQ4_XS: format = {256, 136}; break;
    case TensorType::MXFP4: format = {32, 17}; break;
  }
  return format.values > 0;
}

bool has_panels(TensorType type) {
  switch (type) {
    case TensorType::F32:
    case TensorType::F16:
    case TensorType::BF16:
    case TensorType::Q2_K: return false;
    default: return true;
  }
}

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
