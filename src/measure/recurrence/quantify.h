// Recurrence quantification of a whole conversation. Pure; any thread.
#pragma once

#include "measure/recurrence/matrix.h"
#include "measure/recurrence/measures.h"

namespace duologue::measure {

// All measures. Up to 3 threads are of use; their number changes nothing in the result.
RecurrenceMeasures quantify(const Recurrence& recurrence, int threads = 1);

// rr and det are XRR and XDET. Diagonals include the main one; vertical lines are those of the columns (one
// turn of the second series, successive turns of the first).
RecurrenceMeasures quantify(const CrossRecurrence& recurrence, int threads = 1);

}  // namespace duologue::measure
