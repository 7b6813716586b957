// The median of all numbers added so far: two heaps, O(log n) for each, four bytes each. A value; one thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace duologue::measure {

class RunningMedian {
 public:
  void add(std::uint32_t number) {
    if (lower_.empty() || number <= lower_.front()) {
      push(lower_, number, std::less<>());
    } else {
      push(upper_, number, std::greater<>());
    }
    if (lower_.size() > upper_.size() + 1) push(upper_, pop(lower_, std::less<>()), std::greater<>());
    if (upper_.size() > lower_.size()) push(lower_, pop(upper_, std::greater<>()), std::less<>());
  }

  std::size_t count() const { return lower_.size() + upper_.size(); }

  // The mean of the two in the middle where the count is even. Null before the first.
  std::optional<double> value() const {
    if (lower_.empty()) return std::nullopt;
    if (lower_.size() > upper_.size()) return lower_.front();
    return (static_cast<double>(lower_.front()) + static_cast<double>(upper_.front())) / 2.0;
  }

 private:
  using Heap = std::vector<std::uint32_t>;

  template <typename Order>
  static void push(Heap& heap, std::uint32_t number, Order order) {
    heap.push_back(number);
    std::push_heap(heap.begin(), heap.end(), order);
  }
  template <typename Order>
  static std::uint32_t pop(Heap& heap, Order order) {
    std::pop_heap(heap.begin(), heap.end(), order);
    const std::uint32_t number = heap.back();
    heap.pop_back();
    return number;
  }

  Heap lower_;  // the smaller half, the largest in front; as many as upper_ or one more
  Heap upper_;  // the larger half, the smallest in front
};

}  // namespace duologue::measure
