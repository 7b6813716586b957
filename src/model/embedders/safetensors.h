// A safetensors file (huggingface/safetensors: eight bytes of length, a JSON header, the tensors' data one
// after the other), read as what it is: bytes from somebody else. The header is checked whole when the file
// is opened: sizes, shapes and places fit each other and the file. Immutable once open; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace duologue::model {

// Element types that are read; others are an error where a tensor of theirs is asked for.
enum class TensorType { kF64, kF32, kF16, kBf16, kI64, kI32, kI8, kU8, kOther };

struct SafeTensor {
  TensorType type = TensorType::kOther;
  std::vector<std::uint64_t> shape;  // row-major, the last runs fastest
  std::uint64_t elements = 0;
  std::uint64_t begin = 0;  // in the file
  std::uint64_t bytes = 0;
};

class Safetensors {
 public:
  // kNotFound, kUsage (no plain file), kModel (not such a file, damaged, cut off, past a limit: 32 MiB of
  // header, 4,096 tensors, 8 dimensions), each with the path and the mend.
  static base::Result<Safetensors> open(const std::string& path);

  const std::string& path() const { return path_; }
  const std::map<std::string, SafeTensor, std::less<>>& tensors() const { return tensors_; }
  const SafeTensor* find(std::string_view name) const;  // null: none of that name

  // All elements as numbers of 32 bits; from f64 with rounding, from integers as they are. kModel (a type
  // that isn't read, a file that changed), kIo.
  base::Result<std::vector<float>> floats(const SafeTensor& tensor) const;
  // Of an integer type. kModel, kIo.
  base::Result<std::vector<std::int64_t>> integers(const SafeTensor& tensor) const;

 private:
  base::Result<std::string> bytes_of(const SafeTensor& tensor) const;
  base::Status read_header(std::string_view json, std::uint64_t data_begin, std::uint64_t data_bytes);

  std::string path_;
  std::map<std::string, SafeTensor, std::less<>> tensors_;
};

}  // namespace duologue::model
