#include "base/hash.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include <openssl/evp.h>

namespace duologue::base {

namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool Hash::is_zero() const { return *this == Hash{}; }

std::string Hash::hex() const {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (std::uint8_t byte : bytes) {
    out.push_back(kHexDigits[byte >> 4]);
    out.push_back(kHexDigits[byte & 15]);
  }
  return out;
}

std::string Hash::short_hex() const { return hex().substr(0, 12); }

Result<Hash> Hash::from_hex(std::string_view hex) {
  Hash hash;
  if (hex.size() != hash.bytes.size() * 2) {
    return fail(ErrorKind::kBadInput, "a hash has 64 hexadecimal digits, not " + std::to_string(hex.size()));
  }
  for (std::size_t i = 0; i < hash.bytes.size(); ++i) {
    const int high = hex_value(hex[2 * i]);
    const int low = hex_value(hex[2 * i + 1]);
    if (high < 0 || low < 0) return fail(ErrorKind::kBadInput, "not a hexadecimal digit in a hash");
    hash.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return hash;
}

struct Hasher::State {
  // Fields are gathered and digested in one call: OpenSSL's per-call cost exceeds the hashing of a short
  // field.
  std::string buffer;
};

Hasher::Hasher() : state_(std::make_unique<State>()) {}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

Hasher& Hasher::number(std::uint64_t value) {
  char bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(value >> (8 * i));
  state_->buffer.append(bytes, sizeof bytes);
  return *this;
}

Hasher& Hasher::field(std::string_view bytes) {
  number(bytes.size());
  state_->buffer.append(bytes);
  return *this;
}

Hasher& Hasher::field(const Hash& hash) {
  return field(std::string_view(reinterpret_cast<const char*>(hash.bytes.data()), hash.bytes.size()));
}

Hash Hasher::finish() {
  Hash hash = hash_bytes(state_->buffer);
  state_->buffer.clear();
  return hash;
}

namespace {

struct DigestContext {
  EVP_MD_CTX* ctx = EVP_MD_CTX_new();
  EVP_MD* md = EVP_MD_fetch(nullptr, "SHA256",
                            nullptr);  // fetched once: a fetch per digest costs more than the digest
  DigestContext() = default;
  DigestContext(const DigestContext&) = delete;
  DigestContext& operator=(const DigestContext&) = delete;
  ~DigestContext() {
    EVP_MD_free(md);
    EVP_MD_CTX_free(ctx);
  }
};

}  // namespace

Hash hash_bytes(std::string_view bytes) {
  thread_local DigestContext digest;
  Hash hash;
  EVP_DigestInit_ex2(digest.ctx, digest.md, nullptr);
  EVP_DigestUpdate(digest.ctx, bytes.data(), bytes.size());
  EVP_DigestFinal_ex(digest.ctx, hash.bytes.data(), nullptr);
  return hash;
}

Result<Hash> hash_file(const std::string& path) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) {
    return fail(errno == ENOENT ? ErrorKind::kNotFound : ErrorKind::kIo, path + ": " + std::strerror(errno));
  }
  DigestContext digest;
  EVP_DigestInit_ex2(digest.ctx, digest.md, nullptr);
  std::vector<char> buffer(1 << 20);
  while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    EVP_DigestUpdate(digest.ctx, buffer.data(), n);
  }
  if (std::ferror(file.get()) != 0) return fail(ErrorKind::kIo, path + ": reading failed");
  Hash hash;
  EVP_DigestFinal_ex(digest.ctx, hash.bytes.data(), nullptr);
  return hash;
}

}  // namespace duologue::base
