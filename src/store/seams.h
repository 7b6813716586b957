// What tests replace of the store's surroundings. Values.
#pragma once

#include "base/clock.h"

namespace duologue::store {

struct Format;  // store/schema.h

struct Seams {
  const char* vfs = nullptr;  // the name of one registered with SQLite; null: the default one
  const base::Clock* clock = &base::Clock::system();
  const Format* format = nullptr;  // null: the one this program writes
};

}  // namespace duologue::store
