// Weight rows from one tensor type to another, for writing model files.
#pragma once

#include <napi.h>

namespace pathact {

// (from type, to type, rows as bytes, columns) -> the same rows as bytes. Throws TypeError on wrong arguments.
Napi::Value convert_rows(const Napi::CallbackInfo& info);

}  // namespace pathact
