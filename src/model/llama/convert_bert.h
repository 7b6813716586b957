// A sentence-BERT from its published form (safetensors, vocab.txt) to a GGUF that llama.cpp runs: matrices as
// F16, everything else as F32, mean pooling, attention over all of a text. Any thread. Under a second for
// MiniLM's 22 million parameters.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace duologue::model::llama {

struct BertSource {
  std::string safetensors;  // tensors as transformers' BertModel names them
  std::string vocabulary;   // vocab.txt: a token a line, uncased; [PAD] [UNK] [CLS] [SEP] [MASK] among them
  std::string name;         // general.name of the GGUF
  std::uint32_t heads = 0;  // of attention: not told by the tensors' shapes
  std::uint32_t max_tokens =
      0;  // positions kept: what the model was made to read, which may be less than it has
};

// Writes `target` whole or not at all: to a file beside it first, then renamed. The same source gives the
// same bytes. kNotFound, kModel (a tensor missing, unknown or of another shape, a weight that F16 can't
// hold), kIo.
base::Status convert_bert(const BertSource& source, const std::string& target);

}  // namespace duologue::model::llama
