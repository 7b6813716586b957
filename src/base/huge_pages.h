// An allocator for tables that are looked up at random and grow larger than the processor's caches: large
// blocks are kept in huge pages where the system has some, since otherwise nearly every look costs a walk
// through the page tables besides. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace duologue::base {

inline constexpr std::size_t kHugePage = std::size_t{2} << 20;  // bytes
// Blocks from this size on: of a smaller one the page that is only begun would be too much of it.
inline constexpr std::size_t kLeastHugeBlock = 4 * kHugePage;

template <typename T>
class HugePageAllocator {
 public:
  using value_type = T;

  HugePageAllocator() = default;
  template <typename U>
  HugePageAllocator(const HugePageAllocator<U>& /*other*/) {}

  T* allocate(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);
    void* const block = ::operator new(bytes);
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (bytes >= kLeastHugeBlock) {
      // The whole huge pages inside it. A wish: it works without.
      const auto begin = reinterpret_cast<std::uintptr_t>(block);
      const std::uintptr_t first = (begin + kHugePage - 1) / kHugePage * kHugePage;
      const std::uintptr_t last = (begin + bytes) / kHugePage * kHugePage;
      (void)madvise(static_cast<char*>(block) + (first - begin), last - first, MADV_HUGEPAGE);
    }
#endif
    return static_cast<T*>(block);
  }
  void deallocate(T* block, std::size_t /*count*/) { ::operator delete(block); }

  bool operator==(const HugePageAllocator& /*other*/) const { return true; }
};

}  // namespace duologue::base
