#include "model/embedders/safetensors.h"

#include <sys/stat.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/json.h"

namespace duologue::model {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;

constexpr std::uint64_t kMaxHeaderBytes = std::uint64_t{32} << 20;
constexpr std::size_t kMaxTensors = 4'096;
constexpr std::size_t kMaxDimensions = 8;
constexpr std::uint64_t kMaxElements = std::uint64_t{1} << 36;

static_assert(std::endian::native == std::endian::little, "the format's numbers are little-endian");

struct TypeName {
  std::string_view name;
  TensorType type;
  std::uint64_t bytes;
};
// Of the format's other types only the size is known.
constexpr std::array<TypeName, 15> kTypes = {{{"F64", TensorType::kF64, 8},
                                              {"F32", TensorType::kF32, 4},
                                              {"F16", TensorType::kF16, 2},
                                              {"BF16", TensorType::kBf16, 2},
                                              {"I64", TensorType::kI64, 8},
                                              {"I32", TensorType::kI32, 4},
                                              {"I8", TensorType::kI8, 1},
                                              {"U8", TensorType::kU8, 1},
                                              {"U64", TensorType::kOther, 8},
                                              {"U32", TensorType::kOther, 4},
                                              {"I16", TensorType::kOther, 2},
                                              {"U16", TensorType::kOther, 2},
                                              {"BOOL", TensorType::kOther, 1},
                                              {"F8_E4M3", TensorType::kOther, 1},
                                              {"F8_E5M2", TensorType::kOther, 1}}};

base::Error damaged(const std::string& path, std::string_view what) {
  return {ErrorKind::kModel,
          fmt::format("{}: a damaged safetensors file ({}): copy or fetch it again", path, what),
          std::nullopt};
}

// IEEE 754 binary16. A NaN stays one, an infinity too.
float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = std::uint32_t{half & 0x8000u} << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1Fu;
  const std::uint32_t fraction = half & 0x3FFu;
  if (exponent == 0) {  // zero or subnormal: fraction * 2^-24, exactly
    const float value = static_cast<float>(fraction) * 0x1p-24F;
    return sign != 0 ? -value : value;
  }
  const std::uint32_t wide = exponent == 0x1F ? 0xFFu : exponent + (127 - 15);
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

template <typename Stored, typename Out, typename Convert>
std::vector<Out> converted(const std::string& bytes, Convert convert) {
  std::vector<Out> out(bytes.size() / sizeof(Stored));
  for (std::size_t i = 0; i < out.size(); ++i) {
    Stored stored{};
    std::memcpy(&stored, bytes.data() + i * sizeof(Stored), sizeof(Stored));
    out[i] = convert(stored);
  }
  return out;
}

template <typename Stored>
std::vector<float> as_floats(const std::string& bytes) {
  return converted<Stored, float>(bytes, [](Stored value) { return static_cast<float>(value); });
}

template <typename Stored>
std::vector<std::int64_t> as_integers(const std::string& bytes) {
  return converted<Stored, std::int64_t>(bytes,
                                         [](Stored value) { return static_cast<std::int64_t>(value); });
}

// One tensor of the header; empty: it can't be right.
std::optional<SafeTensor> read_tensor(const base::Json& entry, std::uint64_t data_begin,
                                      std::uint64_t data_bytes) {
  const auto type = base::string_at(entry, "dtype");
  const base::Json* shape = base::member_at(entry, "shape");
  const base::Json* place = base::member_at(entry, "data_offsets");
  if (!type || shape == nullptr || !shape->is_array() || shape->size() > kMaxDimensions) return std::nullopt;
  if (place == nullptr || !place->is_array() || place->size() != 2) return std::nullopt;
  SafeTensor tensor;
  tensor.elements = 1;
  for (const base::Json& size : *shape) {
    if (!size.is_number_unsigned()) return std::nullopt;
    const auto extent = size.get<std::uint64_t>();
    if (extent > kMaxElements || (extent != 0 && tensor.elements > kMaxElements / extent))
      return std::nullopt;
    tensor.elements *= extent;
    tensor.shape.push_back(extent);
  }
  if (!(*place)[0].is_number_unsigned() || !(*place)[1].is_number_unsigned()) return std::nullopt;
  const auto begin = (*place)[0].get<std::uint64_t>();
  const auto end = (*place)[1].get<std::uint64_t>();
  if (begin > end || end > data_bytes) return std::nullopt;
  for (const TypeName& known : kTypes) {
    if (known.name != *type) continue;
    if (tensor.elements * known.bytes != end - begin) return std::nullopt;
    tensor.type = known.type;
  }
  tensor.begin = data_begin + begin;
  tensor.bytes = end - begin;
  return tensor;
}

Result<std::uint64_t> size_of(const std::string& path) {
  struct stat info{};
  if (stat(path.c_str(), &info) != 0) {
    const int error = errno;
    const bool gone = error == ENOENT || error == ENOTDIR;
    return fail(gone ? ErrorKind::kNotFound : ErrorKind::kIo,
                path + ": " + (gone ? "no such file" : std::strerror(error)));
  }
  if (!S_ISREG(info.st_mode)) return fail(ErrorKind::kUsage, path + ": not a regular file");
  return static_cast<std::uint64_t>(info.st_size);
}

}  // namespace

Result<Safetensors> Safetensors::open(const std::string& path) {
  TRY_ASSIGN(const std::uint64_t size, size_of(path));
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorKind::kIo, path + ": " + std::strerror(errno));
  std::uint64_t header_bytes = 0;
  if (!file.read(reinterpret_cast<char*>(&header_bytes), sizeof header_bytes))
    return fail(ErrorKind::kModel, path + ": not a safetensors file (it is too short)");
  if (header_bytes > kMaxHeaderBytes) {
    return fail(
        ErrorKind::kModel,
        fmt::format("{}: not a safetensors file, or one with a header of {} bytes: at most {} are read", path,
                    header_bytes, kMaxHeaderBytes));
  }
  const std::uint64_t data_begin = sizeof header_bytes + header_bytes;
  if (data_begin > size) return std::unexpected(damaged(path, "cut off within its header"));
  std::string header(header_bytes, '\0');
  if (!file.read(header.data(), static_cast<std::streamsize>(header_bytes)))
    return fail(ErrorKind::kIo, path + ": can't be read");
  Safetensors out;
  out.path_ = path;
  TRY(out.read_header(header, data_begin, size - data_begin));
  return out;
}

Status Safetensors::read_header(std::string_view json, std::uint64_t data_begin, std::uint64_t data_bytes) {
  const auto header =
      base::parse_json(json, {.max_bytes = kMaxHeaderBytes, .max_depth = 8, .max_keys = kMaxTensors + 1});
  if (!header) return std::unexpected(damaged(path_, "its header: " + header.error().message));
  if (!header->is_object()) return std::unexpected(damaged(path_, "its header is no JSON object"));
  for (const auto& [name, entry] : header->items()) {
    if (name == "__metadata__") continue;
    auto tensor = read_tensor(entry, data_begin, data_bytes);
    if (!tensor) {
      std::string shown = base::dump_json(name.substr(0, 60));
      return std::unexpected(
          damaged(path_, "the tensor " + shown + " doesn't fit the file, or isn't described"));
    }
    tensors_.emplace(name, std::move(*tensor));
  }
  return {};
}

const SafeTensor* Safetensors::find(std::string_view name) const {
  const auto it = tensors_.find(name);
  return it == tensors_.end() ? nullptr : &it->second;
}

Result<std::string> Safetensors::bytes_of(const SafeTensor& tensor) const {
  std::ifstream file(path_, std::ios::binary);
  std::string bytes(tensor.bytes, '\0');
  file.seekg(static_cast<std::streamoff>(tensor.begin));
  if (!file || !file.read(bytes.data(), static_cast<std::streamsize>(bytes.size())))
    return fail(ErrorKind::kIo, path_ + ": can't be read; was it changed?");
  return bytes;
}

Result<std::vector<float>> Safetensors::floats(const SafeTensor& tensor) const {
  if (tensor.type == TensorType::kOther)
    return fail(ErrorKind::kModel,
                path_ + ": a tensor of a number type that isn't read (F64, F32, F16, BF16, I8 are)");
  TRY_ASSIGN(const std::string bytes, bytes_of(tensor));
  switch (tensor.type) {
    case TensorType::kF64:
      return as_floats<double>(bytes);
    case TensorType::kF32:
      return as_floats<float>(bytes);
    case TensorType::kF16:
      return converted<std::uint16_t, float>(bytes, half_to_float);
    case TensorType::kBf16:
      return converted<std::uint16_t, float>(
          bytes, [](std::uint16_t top) { return std::bit_cast<float>(std::uint32_t{top} << 16); });
    case TensorType::kI64:
      return as_floats<std::int64_t>(bytes);
    case TensorType::kI32:
      return as_floats<std::int32_t>(bytes);
    case TensorType::kI8:
      return as_floats<std::int8_t>(bytes);
    case TensorType::kU8:
      return as_floats<std::uint8_t>(bytes);
    case TensorType::kOther:
      break;
  }
  return fail(ErrorKind::kInternal, "a tensor type that isn't handled");
}

Result<std::vector<std::int64_t>> Safetensors::integers(const SafeTensor& tensor) const {
  const bool whole = tensor.type == TensorType::kI64 || tensor.type == TensorType::kI32 ||
                     tensor.type == TensorType::kI8 || tensor.type == TensorType::kU8;
  if (!whole)
    return fail(ErrorKind::kModel, path_ + ": a tensor that should hold whole numbers (I64, I32) doesn't");
  TRY_ASSIGN(const std::string bytes, bytes_of(tensor));
  switch (tensor.type) {
    case TensorType::kI64:
      return as_integers<std::int64_t>(bytes);
    case TensorType::kI32:
      return as_integers<std::int32_t>(bytes);
    case TensorType::kI8:
      return as_integers<std::int8_t>(bytes);
    default:
      return as_integers<std::uint8_t>(bytes);
  }
}

}  // namespace duologue::model
