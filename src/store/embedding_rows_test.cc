// The cache of embeddings, through the doors that the rest of the house uses.
#include "store/embedding_rows.h"

#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "store/reader.h"
#include "store/store.h"
#include "store/testing/sample.h"

namespace duologue::store {
namespace {

using base::ErrorKind;
using base::hash_bytes;

const std::vector<float> kEast{1.0F, 0.0F};
const std::vector<float> kNorth{0.0F, 1.0F};

std::vector<std::vector<float>> ask(Reader& reader, const std::string& embedder,
                                    std::vector<base::Hash> texts) {
  auto found = reader.embeddings(embedder, texts);
  EXPECT_TRUE(found) << found.error().message;
  return found ? *found : std::vector<std::vector<float>>();
}

class EmbeddingRows : public testing::Test {
 protected:
  void SetUp() override {
    store_ = made(path_);
    must(store_->add_embeddings(
        "a", std::vector<StoredEmbedding>{{hash_bytes("x"), kEast}, {hash_bytes("y"), kNorth}}));
  }
  void damage(const char* sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &db), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    sqlite3_close(db);
  }

  const TempFolder folder_{true};
  const std::string path_ = folder_ / "a.duo";
  std::unique_ptr<Store> store_;
};

TEST_F(EmbeddingRows, AreFoundByTextAndEmbedder) {
  const auto reader = reading(path_);
  EXPECT_EQ(ask(*reader, "a", {hash_bytes("y"), hash_bytes("z"), hash_bytes("x")}),
            (std::vector<std::vector<float>>{kNorth, {}, kEast}));
  EXPECT_EQ(ask(*reader, "b", {hash_bytes("x")}), (std::vector<std::vector<float>>{{}}));
  EXPECT_TRUE(ask(*reader, "a", {}).empty());
  // Another embedder's vectors are another matter, of another size too; an open reader sees them come.
  must(store_->add_embeddings("b", std::vector<StoredEmbedding>{{hash_bytes("x"), {0.0F, 0.6F, 0.8F}}}));
  EXPECT_EQ(ask(*reader, "b", {hash_bytes("x")})[0], (std::vector<float>{0.0F, 0.6F, 0.8F}));
  EXPECT_EQ(ask(*reader, "a", {hash_bytes("x")})[0], kEast);
}

TEST_F(EmbeddingRows, StayAsTheyWereFirst) {
  must(store_->add_embeddings("a", std::vector<StoredEmbedding>{{hash_bytes("x"), kNorth}}));
  EXPECT_EQ(ask(*reading(path_), "a", {hash_bytes("x")})[0], kEast);
  must(store_->add_embeddings("a", {}));
}

TEST_F(EmbeddingRows, OfAnotherSizeAreRefusedWithAllThatCameAlong) {
  const auto refused = store_->add_embeddings(
      "a", std::vector<StoredEmbedding>{{hash_bytes("new"), kEast}, {hash_bytes("bad"), {1.0F}}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInternal);
  EXPECT_TRUE(ask(*reading(path_), "a", {hash_bytes("new")})[0].empty());
  must(store_->add_embeddings("a", std::vector<StoredEmbedding>{{hash_bytes("new"), kEast}}));
}

TEST_F(EmbeddingRows, ComeFromManyThreads) {
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 25; ++i) {
          const base::Hash text = hash_bytes(std::to_string((t + i) % 40));
          EXPECT_TRUE(store_->add_embeddings("c", std::vector<StoredEmbedding>{{text, kEast}}));
        }
      });
    }
  }
  const auto reader = reading(path_);
  for (int i = 0; i < 28; ++i) EXPECT_EQ(ask(*reader, "c", {hash_bytes(std::to_string(i))})[0], kEast) << i;
}

TEST_F(EmbeddingRows, ThatCantBeRightAreDamage) {
  store_.reset();
  for (const char* sql :
       {"UPDATE embedding SET vector = x'0000803F'", "UPDATE embedding SET vector = zeroblob(8)",
        "UPDATE embedder SET dimensions = -1"}) {
    damage(sql);
    const auto found = reading(path_)->embeddings("a", std::vector{hash_bytes("x")});
    ASSERT_FALSE(found) << sql;
    EXPECT_EQ(found.error().kind, ErrorKind::kStore);
    EXPECT_NE(found.error().message.find("an embedding"), std::string::npos) << found.error().message;
  }
}

// It is a cache: whoever wants the room takes it.
TEST_F(EmbeddingRows, CanBeEmptied) {
  store_.reset();
  damage("DELETE FROM embedding; DELETE FROM embedder");
  EXPECT_TRUE(ask(*reading(path_), "a", {hash_bytes("x")})[0].empty());
  auto store = Store::open(path_, Durability::kNormal);
  ASSERT_TRUE(store) << store.error().message;
  must((*store)->add_embeddings("a", std::vector<StoredEmbedding>{{hash_bytes("x"), kNorth}}));
  EXPECT_EQ(ask(*reading(path_), "a", {hash_bytes("x")})[0], kNorth);
}

}  // namespace
}  // namespace duologue::store
