#include "store/schema.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

namespace duologue::store {

namespace {

using base::ErrorKind;
using base::fail;

// Sizes count here: a turn's row costs its text and about 60 bytes more. Rows are only ever added, and in
// order of time, so that pages fill up whole however many conversations are recorded at once; `entry_by_seq`
// finds a branch's entries.
constexpr std::array kObjects{
    Object{"experiment", R"(CREATE TABLE experiment(
  id INTEGER PRIMARY KEY CHECK(id = 1),
  uid TEXT NOT NULL,            -- 32 hexadecimal digits, of this file alone
  name TEXT NOT NULL,
  seed INTEGER NOT NULL,        -- 64 bits, as a signed number
  created_ms INTEGER NOT NULL   -- milliseconds since 1970, UTC, as everywhere here
) STRICT)"},
    Object{"run", R"(CREATE TABLE run(
  id INTEGER PRIMARY KEY,       -- 1 made the file, the others resumed it
  started_ms INTEGER NOT NULL,
  first_entry INTEGER NOT NULL, -- entries from this id on were made by this run (or a later one)
  duologue_version TEXT NOT NULL,
  determinism TEXT NOT NULL,
  build TEXT NOT NULL,
  instrument TEXT NOT NULL,
  spec TEXT NOT NULL            -- JSON
) STRICT)"},
    Object{"trial", R"(CREATE TABLE trial(
  id INTEGER PRIMARY KEY,
  opening TEXT NOT NULL,
  opening_raw BLOB,             -- ..._raw: the exact bytes, where they aren't UTF-8 without U+0000
  repeat INTEGER NOT NULL,
  head_branch INTEGER NOT NULL REFERENCES branch(id),
  created_ms INTEGER NOT NULL,
  end_cause TEXT,               -- NULL: running, or cut off
  end_detail TEXT,
  ended_ms INTEGER
) STRICT)"},
    Object{"participant", R"(CREATE TABLE participant(
  trial INTEGER NOT NULL REFERENCES trial(id),
  position INTEGER NOT NULL,    -- from 0, in speaking order
  name TEXT NOT NULL,
  asked_model TEXT NOT NULL,    -- as the user gave it
  model INTEGER NOT NULL REFERENCES model(id),
  system_prompt TEXT NOT NULL,
  system_prompt_raw BLOB,
  memory TEXT NOT NULL,         -- full | last | window:N
  reasoning TEXT NOT NULL,      -- strip | own | share
  prompting TEXT NOT NULL,      -- chat | raw
  params INTEGER NOT NULL REFERENCES params(id),
  PRIMARY KEY(trial, position)
) STRICT, WITHOUT ROWID)"},
    Object{"branch", R"(CREATE TABLE branch(
  id INTEGER PRIMARY KEY,
  trial INTEGER NOT NULL REFERENCES trial(id),
  parent INTEGER REFERENCES branch(id),
  fork_seq INTEGER NOT NULL,    -- entries before this one are the parent's
  created_ms INTEGER NOT NULL
) STRICT)"},
    Object{"branch_by_trial", "CREATE INDEX branch_by_trial ON branch(trial)"},
    Object{"model", R"(CREATE TABLE model(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,           -- what the asked name became
  identity TEXT NOT NULL,       -- the weights' hash, or the provider's version
  UNIQUE(name, identity)
) STRICT)"},
    Object{"params", R"(CREATE TABLE params(
  id INTEGER PRIMARY KEY,
  json TEXT NOT NULL UNIQUE     -- every sampler value
) STRICT)"},
    Object{"author", R"(CREATE TABLE author(
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,           -- model | human | moderator | harness
  name TEXT NOT NULL,
  name_raw BLOB
) STRICT)"},
    Object{"tokenizer", R"(CREATE TABLE tokenizer(
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE
) STRICT)"},
    Object{"metric", R"(CREATE TABLE metric(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT)"},
    Object{"entry", R"(CREATE TABLE entry(
  id INTEGER PRIMARY KEY,
  branch INTEGER NOT NULL REFERENCES branch(id),
  seq INTEGER NOT NULL,         -- from 0, position in the chain
  kind INTEGER NOT NULL,        -- 1 turn, 2 injection, 3 configuration change
  turn INTEGER NOT NULL,        -- of a turn its number, from 1; of others the number of turns before
  participant INTEGER,          -- whose turn; to whom (NULL: everybody); whose configuration
  author INTEGER NOT NULL REFERENCES author(id),
  placing INTEGER,              -- of an injection: 0 appended, 1 replacing
  stop_reason INTEGER,          -- of a turn: see v_turn
  created_ms INTEGER NOT NULL,
  hash BLOB NOT NULL,
  tokenizer INTEGER REFERENCES tokenizer(id),
  tokens BLOB,                  -- LEB128 numbers
  text TEXT NOT NULL,
  text_raw BLOB,
  reasoning TEXT,
  reasoning_raw BLOB,
  tool_calls TEXT,              -- JSON
  config TEXT                   -- JSON
) STRICT)"},
    Object{"entry_by_seq", "CREATE UNIQUE INDEX entry_by_seq ON entry(branch, seq)"},
    Object{"entry_by_hash", "CREATE INDEX entry_by_hash ON entry(substr(hash, 1, 8))"},
    Object{"call", R"(CREATE TABLE call(
  entry INTEGER PRIMARY KEY REFERENCES entry(id),
  participant INTEGER NOT NULL,
  model INTEGER NOT NULL REFERENCES model(id),
  params INTEGER NOT NULL REFERENCES params(id),
  seed INTEGER NOT NULL,        -- 64 bits, as a signed number
  view_hash BLOB NOT NULL,
  prompt_hash BLOB,             -- NULL: the provider hides the prompt
  prompt_tokens INTEGER NOT NULL,
  new_prompt_tokens INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  first_token_ms REAL NOT NULL,
  total_ms REAL NOT NULL,
  entropy_bits REAL,
  surprisal_bpb REAL,
  cost_usd REAL                 -- by the prices of its time; NULL: unknown, which isn't 0
) STRICT)"},
    Object{"listener", R"(CREATE TABLE listener(
  entry INTEGER NOT NULL REFERENCES entry(id),
  participant INTEGER NOT NULL, -- who listened
  surprisal_bpb REAL,           -- NULL: not a number
  PRIMARY KEY(entry, participant)
) STRICT, WITHOUT ROWID)"},
    Object{"measurement", R"(CREATE TABLE measurement(
  entry INTEGER NOT NULL REFERENCES entry(id),
  metric INTEGER NOT NULL REFERENCES metric(id),
  participant INTEGER NOT NULL, -- -1: of the conversation
  value REAL,                   -- NULL: missing, which isn't 0
  PRIMARY KEY(entry, metric, participant)
) STRICT, WITHOUT ROWID)"},
    Object{"detection", R"(CREATE TABLE detection(
  id INTEGER PRIMARY KEY,
  entry INTEGER NOT NULL REFERENCES entry(id),  -- the turn that completed it
  label TEXT NOT NULL,
  kind TEXT NOT NULL,
  onset INTEGER NOT NULL,       -- these three: turn numbers
  detected_at INTEGER NOT NULL,
  quote_turn INTEGER NOT NULL,
  period INTEGER,               -- in turns
  quote TEXT NOT NULL,
  quote_raw BLOB,
  shown_by TEXT NOT NULL        -- what showed it, in words: a way of the instrument's rules
) STRICT)"},
    Object{"detection_by_entry", "CREATE INDEX detection_by_entry ON detection(entry)"},
    Object{"event", R"(CREATE TABLE event(
  id INTEGER PRIMARY KEY,
  branch INTEGER NOT NULL REFERENCES branch(id),
  seq INTEGER NOT NULL,         -- the chain had this many entries once it was recorded
  turn INTEGER NOT NULL,
  kind TEXT NOT NULL,
  detail TEXT NOT NULL,
  created_ms INTEGER NOT NULL
) STRICT)"},
    Object{"event_by_branch", "CREATE INDEX event_by_branch ON event(branch, seq)"},
    // A cache, as all of it can be computed again: vectors of texts, by what computed them.
    Object{"embedder", R"(CREATE TABLE embedder(
  id INTEGER PRIMARY KEY,
  identity TEXT NOT NULL,       -- of weights and recipe, each once
  dimensions INTEGER NOT NULL
) STRICT)"},
    Object{"embedding", R"(CREATE TABLE embedding(
  id INTEGER PRIMARY KEY,
  embedder INTEGER NOT NULL REFERENCES embedder(id),
  text_hash BLOB NOT NULL,      -- SHA-256 of the text's bytes
  vector BLOB NOT NULL          -- of length 1; 32-bit floats, little-endian
) STRICT)"},
    Object{"embedding_by_text", "CREATE UNIQUE INDEX embedding_by_text ON embedding(embedder, text_hash)"},
};
// Version 2 began with these, as they stand here.
constexpr std::array<std::string_view, 5> kMadeFor2 = {"embedder", "embedding", "embedding_by_text",
                                                       "detection", "detection_by_entry"};

constexpr std::array kViews{
    Object{"v_branch_part", R"(CREATE VIEW v_branch_part AS
WITH RECURSIVE line(branch, part, end_seq) AS (
  SELECT id, id, 9223372036854775807 FROM branch
  UNION ALL
  SELECT line.branch, b.parent, b.fork_seq FROM line JOIN branch b ON b.id = line.part
  WHERE b.parent IS NOT NULL)
SELECT b.trial, line.branch, line.part, b.fork_seq AS first_seq, line.end_seq,
  line.branch = t.head_branch AS is_head
FROM line JOIN branch b ON b.id = line.part JOIN trial t ON t.id = b.trial)"},
    Object{"v_entry", R"(CREATE VIEW v_entry AS
SELECT b.trial, e.turn, e.branch, h.part IS NOT NULL AS on_head, e.seq,
  CASE e.kind WHEN 1 THEN 'turn' WHEN 2 THEN 'injection' ELSE 'config' END AS kind,
  p.name AS participant, a.kind AS author_kind, a.name AS author, e.text, e.reasoning, e.tool_calls,
  CASE e.stop_reason WHEN 1 THEN 'end_of_turn' WHEN 2 THEN 'length' WHEN 3 THEN 'stop_sequence'
    WHEN 4 THEN 'tool_call' WHEN 5 THEN 'content_filter' WHEN 6 THEN 'refusal'
    WHEN 7 THEN 'written' END AS stop_reason,
  CASE e.placing WHEN 0 THEN 'appended' WHEN 1 THEN 'replacing' END AS placing, e.config,
  e.created_ms, lower(hex(e.hash)) AS hash,
  (SELECT lower(hex(q.hash)) FROM entry q WHERE q.seq = e.seq - 1
     AND q.branch = CASE WHEN e.seq > b.fork_seq THEN e.branch ELSE b.parent END) AS parent,
  e.text_raw, e.id AS entry
FROM entry e JOIN branch b ON b.id = e.branch JOIN author a ON a.id = e.author
  LEFT JOIN participant p ON p.trial = b.trial AND p.position = e.participant
  LEFT JOIN v_branch_part h ON h.is_head AND h.part = e.branch AND e.seq < h.end_seq)"},
    Object{"v_turn", R"(CREATE VIEW v_turn AS
SELECT v.trial, v.turn, v.branch, v.on_head, v.participant AS speaker, v.author_kind, v.author, v.text,
  v.reasoning, v.tool_calls, v.stop_reason, m.name AS model, s.json AS params,
  CASE WHEN c.entry IS NOT NULL THEN printf('%u', c.seed) END AS seed,
  c.prompt_tokens, c.new_prompt_tokens, c.completion_tokens, c.first_token_ms, c.total_ms, c.entropy_bits,
  c.surprisal_bpb, c.cost_usd, v.created_ms,
  nullif(lower(hex(c.view_hash)), '') AS view_hash, v.hash, v.parent,
  v.text_raw, v.seq, v.entry
FROM v_entry v LEFT JOIN call c ON c.entry = v.entry LEFT JOIN model m ON m.id = c.model
  LEFT JOIN params s ON s.id = c.params
WHERE v.kind = 'turn')"},
    Object{"v_call", R"(CREATE VIEW v_call AS
SELECT v.trial, v.turn, v.branch, v.on_head, p.name AS participant, m.name AS model, m.identity,
  s.json AS params, printf('%u', c.seed) AS seed, lower(hex(c.view_hash)) AS view_hash,
  nullif(lower(hex(c.prompt_hash)), '') AS prompt_hash,
  c.prompt_tokens, c.new_prompt_tokens, c.completion_tokens, c.first_token_ms, c.total_ms, c.entropy_bits,
  c.surprisal_bpb, c.cost_usd, v.entry
FROM call c JOIN v_entry v ON v.entry = c.entry JOIN model m ON m.id = c.model
  JOIN params s ON s.id = c.params
  LEFT JOIN participant p ON p.trial = v.trial AND p.position = c.participant)"},
    Object{"v_measurement", R"(CREATE VIEW v_measurement AS
SELECT v.trial, v.turn, v.branch, v.on_head, x.metric, p.name AS participant, x.value, v.entry
FROM (SELECT m.entry, n.name AS metric, m.participant, m.value FROM measurement m
    JOIN metric n ON n.id = m.metric
  UNION ALL SELECT entry, 'nll_listener', participant, surprisal_bpb FROM listener
  UNION ALL SELECT entry, 'entropy', -1, entropy_bits FROM call
  UNION ALL SELECT entry, 'nll_speaker', -1, surprisal_bpb FROM call) x
  JOIN v_entry v ON v.entry = x.entry
  LEFT JOIN participant p ON p.trial = v.trial AND p.position = x.participant)"},
    Object{"v_detection", R"(CREATE VIEW v_detection AS
SELECT v.trial, v.branch, v.on_head, d.label, d.kind, d.onset, d.detected_at, d.period, d.quote_turn,
  d.quote, d.shown_by, v.entry
FROM detection d JOIN v_entry v ON v.entry = d.entry)"},
    Object{"v_event", R"(CREATE VIEW v_event AS
SELECT b.trial, e.turn, e.branch, h.part IS NOT NULL AS on_head, e.kind, e.detail, e.seq, e.created_ms
FROM event e JOIN branch b ON b.id = e.branch
  LEFT JOIN v_branch_part h ON h.is_head AND h.part = e.branch AND e.seq <= h.end_seq)"},
    Object{"v_trial", R"(CREATE VIEW v_trial AS
SELECT t.id AS trial, t.opening, t.repeat,
  (SELECT group_concat(p.name || '=' || m.name, ' ') FROM participant p JOIN model m ON m.id = p.model
     WHERE p.trial = t.id) AS participants,
  (SELECT max(e.turn) FROM v_branch_part h JOIN entry e ON e.branch = h.part AND e.seq < h.end_seq
     WHERE h.branch = t.head_branch AND e.kind = 1) AS turns,
  t.end_cause, t.end_detail, t.created_ms, t.ended_ms,
  (SELECT min(d.onset) FROM v_detection d WHERE d.trial = t.id AND d.on_head AND d.label = 'converged')
    AS first_converged_onset,
  (SELECT sum(c.cost_usd) FROM branch b JOIN entry e ON e.branch = b.id JOIN call c ON c.entry = e.id
     WHERE b.trial = t.id) AS cost_usd,
  (SELECT group_concat(DISTINCT d.label) FROM v_detection d WHERE d.trial = t.id AND d.on_head) AS labels
FROM trial t)"},
};

std::string quoted(std::string_view word) { return fmt::format("'{}'", word); }

}  // namespace

const Format& current_format() {
  static const std::string to_2 = [] {
    // A new column makes another table: ALTER TABLE would leave a definition that isn't ours to the letter.
    std::string sql = "DROP INDEX detection_by_entry;\nALTER TABLE detection RENAME TO detection_1;\n";
    for (const Object& object : kObjects) {
      if (std::ranges::find(kMadeFor2, object.name) != kMadeFor2.end())
        sql += std::string(object.sql) + ";\n";
    }
    return sql + "INSERT INTO detection SELECT *, '' FROM detection_1;\nDROP TABLE detection_1;\n";
  }();
  static const std::string to_3 = [] {
    const auto call = std::ranges::find(kObjects, "call", &Object::name);
    return "ALTER TABLE call RENAME TO call_2;\n" + std::string(call->sql) +
           ";\nINSERT INTO call SELECT *, NULL FROM call_2;\nDROP TABLE call_2;\n";
  }();
  static const std::array migrations{Migration{1, to_2.c_str()}, Migration{2, to_3.c_str()}};
  static const Format format{kFormatVersion, kObjects, kViews, migrations};
  return format;
}

base::Status create_schema(Connection& connection, const Format& format) {
  for (const Object& object : format.objects) TRY(connection.exec(std::string(object.sql)));
  for (const Object& view : format.views) TRY(connection.exec(std::string(view.sql)));
  return connection.exec(
      fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId, format.version));
}

namespace {

base::Status check_objects(Connection& connection, const Format& format) {
  TRY_ASSIGN(Statement statement, connection.prepare("SELECT sql FROM sqlite_schema WHERE name = ?"));
  for (const Object& object : format.objects) {
    statement.bind_text(1, object.name);
    TRY_ASSIGN(const bool found, statement.step());
    const bool same = found && statement.text(0) == object.sql;
    statement.reset();
    if (same) continue;
    return fail(
        ErrorKind::kStore,
        fmt::format("{}: its table or index {} isn't as duologue makes it, so nothing is read from it: "
                    "use the file as duologue wrote it",
                    connection.path(), quoted(object.name)));
  }
  return {};
}

}  // namespace

base::Result<Age> check_format(Connection& connection, const Format& format) {
  const std::string& path = connection.path();
  TRY_ASSIGN(const std::int64_t application, connection.query_integer("PRAGMA application_id"));
  TRY_ASSIGN(const std::int64_t version, connection.query_integer("PRAGMA user_version"));
  if (application != kApplicationId) {
    TRY_ASSIGN(const std::int64_t objects, connection.query_integer("SELECT count(*) FROM sqlite_schema"));
    return fail(
        ErrorKind::kStore,
        objects == 0
            ? fmt::format("{} is not a .duo file (it is empty): check the name", path)
            : fmt::format("{} is not a .duo file (SQLite, but not made by duologue): check the name", path));
  }
  if (version > format.version) {
    return fail(ErrorKind::kStore,
                fmt::format("{} has format version {}, this duologue knows up to {}: use a newer duologue",
                            path, version, format.version));
  }
  if (version < format.version) return Age::kOlder;
  TRY(check_objects(connection, format));
  return Age::kCurrent;
}

base::Status migrate(Connection& connection, const Format& format) {
  TRY_ASSIGN(std::int64_t version, connection.query_integer("PRAGMA user_version"));
  TRY(connection.exec("BEGIN IMMEDIATE"));
  // First of all, as SQLite looks into every view when a table changes its name.
  for (const Object& view : format.views)
    TRY(connection.exec(fmt::format("DROP VIEW IF EXISTS {}", view.name)));
  while (version < format.version) {
    const Migration* next = nullptr;
    for (const Migration& migration : format.migrations) {
      if (migration.from == version) next = &migration;
    }
    if (next == nullptr) {
      return fail(
          ErrorKind::kStore,
          fmt::format("{} has format version {}, which this duologue (version {}) can't bring up to date",
                      connection.path(), version, format.version));
    }
    TRY(connection.exec(next->sql));
    ++version;
  }
  for (const Object& view : format.views) TRY(connection.exec(std::string(view.sql)));
  TRY(connection.exec(fmt::format("PRAGMA user_version = {}", version)));
  TRY(connection.exec("COMMIT"));
  return check_objects(connection, format);
}

}  // namespace duologue::store
