#include "base/hash.h"

#include <cstdio>
#include <fstream>

#include <gtest/gtest.h>

namespace duologue::base {
namespace {

TEST(Hash, IsSha256) {
  EXPECT_EQ(hash_bytes("abc").hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hash, HexRoundTrip) {
  const Hash hash = hash_bytes("x");
  EXPECT_EQ(Hash::from_hex(hash.hex()).value(), hash);
  EXPECT_FALSE(Hash::from_hex("zz"));
  EXPECT_FALSE(Hash::from_hex(std::string(64, 'g')));
}

TEST(Hasher, FieldsDontRunTogether) {
  Hasher hasher;
  const Hash first = hasher.field("ab").field("c").finish();
  const Hash second = hasher.field("a").field("bc").finish();
  EXPECT_NE(first, second);
  EXPECT_EQ(hasher.field("ab").field("c").finish(), first) << "finish() resets";
}

TEST(HashFile, MatchesItsBytesAndNamesWhatIsMissing) {
  const std::string path = testing::TempDir() + "hash_test_file";
  std::ofstream(path, std::ios::binary) << "abc";
  EXPECT_EQ(hash_file(path).value(), hash_bytes("abc"));
  std::remove(path.c_str());
  const auto missing = hash_file(path);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(missing.error().message.find(path), std::string::npos);
}

}  // namespace
}  // namespace duologue::base
