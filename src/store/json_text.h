// base/json_text.h by the store's name: how every text stands in what the store writes and reads as JSON.
#pragma once

#include "base/json_text.h"

namespace duologue::store {

using base::base64_decode;
using base::base64_encode;
using base::put_text;
using base::take_text;

}  // namespace duologue::store
