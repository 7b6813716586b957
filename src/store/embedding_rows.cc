#include "store/embedding_rows.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "store/codec.h"

namespace duologue::store {

namespace {

struct EmbedderRow {
  std::int64_t id = 0;
  std::int64_t dimensions = 0;
};

base::Result<std::optional<EmbedderRow>> find_embedder(Connection& connection, std::string_view identity) {
  TRY_ASSIGN(Statement row, connection.prepare("SELECT id, dimensions FROM embedder WHERE identity = ?"));
  row.bind_text(1, identity);
  TRY_ASSIGN(const bool found, row.step());
  if (!found) return std::optional<EmbedderRow>();
  return std::optional(EmbedderRow{row.integer(0), row.integer(1)});
}

base::Result<EmbedderRow> found_or_added(Connection& connection, std::string_view identity,
                                         std::int64_t dimensions) {
  TRY_ASSIGN(const std::optional<EmbedderRow> known, find_embedder(connection, identity));
  if (known) return *known;
  TRY_ASSIGN(Statement insert, connection.prepare("INSERT INTO embedder(identity, dimensions) VALUES(?, ?)"));
  insert.bind_text(1, identity).bind(2, dimensions);
  TRY(insert.run());
  return EmbedderRow{connection.last_insert_id(), dimensions};
}

}  // namespace

base::Status add_embedding_rows(Connection& connection, std::string_view embedder,
                                std::span<const StoredEmbedding> embeddings) {
  if (embeddings.empty()) return {};
  const auto dimensions = static_cast<std::int64_t>(embeddings.front().vector.size());
  TRY_ASSIGN(const EmbedderRow of, found_or_added(connection, embedder, dimensions));
  TRY_ASSIGN(
      Statement insert,
      connection.prepare("INSERT OR IGNORE INTO embedding(embedder, text_hash, vector) VALUES(?, ?, ?)"));
  for (const StoredEmbedding& embedding : embeddings) {
    if (static_cast<std::int64_t>(embedding.vector.size()) != of.dimensions) {
      return base::fail(base::ErrorKind::kInternal,
                        fmt::format("a vector of {} elements, where its embedder has {}",
                                    embedding.vector.size(), of.dimensions));
    }
    const std::string vector = encode_vector(embedding.vector);
    insert.bind(1, of.id).bind_blob(2, bytes_of(embedding.text)).bind_blob(3, vector);
    TRY(insert.run());
  }
  return {};
}

base::Result<std::vector<std::vector<float>>> load_embedding_rows(Connection& connection,
                                                                  std::string_view embedder,
                                                                  std::span<const base::Hash> texts) {
  std::vector<std::vector<float>> found(texts.size());
  TRY_ASSIGN(const std::optional<EmbedderRow> of, find_embedder(connection, embedder));
  if (!of) return found;
  TRY_ASSIGN(Statement row,
             connection.prepare("SELECT vector FROM embedding WHERE embedder = ? AND text_hash = ?"));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    row.bind(1, of->id).bind_blob(2, bytes_of(texts[i]));
    TRY_ASSIGN(const bool there, row.step());
    if (!there) continue;
    const bool possible = of->dimensions > 0 && of->dimensions <= kMaxValueBytes;
    auto vector =
        possible ? decode_vector(row.blob(0), static_cast<std::uint32_t>(of->dimensions)) : std::nullopt;
    row.reset();
    if (!vector) return std::unexpected(damaged_error("an embedding", connection.path()));
    found[i] = std::move(*vector);
  }
  return found;
}

}  // namespace duologue::store
