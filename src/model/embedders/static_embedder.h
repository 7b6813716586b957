// Static embeddings in the format of model2vec: a folder with model.safetensors (`embeddings`, and where they
// are there `weights`, `mapping`) and tokenizer.json. A text's vector is the mean of its tokens' rows, each
// times its token's weight; tokens that the vocabulary doesn't know are left out; then it is brought to
// length 1. The order of words plays no part: never the only witness of a change of meaning. Differs from
// model2vec's `encode` in two things: nothing is cut after 512 tokens, and special tokens in a text are plain
// text. Source: github.com/MinishLab/model2vec. Owned by the caller; immutable, any thread, without waiting.
#pragma once

#include <memory>
#include <string>

#include "model/embedder.h"

namespace duologue::model {

// Whether the folder looks like one: both files are there.
bool is_static_folder(const std::string& folder);

// `name` as the user gave it. Reads the whole table into memory, as 32-bit floats. kNotFound, kModel
// (damaged, sizes that don't fit each other, a tokenizer of another kind, past a limit: 8 GiB of table), kIo.
base::Result<std::unique_ptr<Embedder>> open_static_embedder(const std::string& folder,
                                                             const std::string& name);

}  // namespace duologue::model
