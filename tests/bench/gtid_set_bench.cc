// GtidSet by the number of intervals. The counter `allocations` is for one operation; it must not
// grow with the intervals.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>

#include "model/gtid_set.h"

namespace {
// Of this thread: other benches of the same program may have several.
thread_local std::int64_t allocations = 0;
}  // namespace

// Not inlined, or g++ sees malloc on one side of a pair and operator delete on the other, and
// warns.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace gtidops {
namespace {

// Intervals of six numbers in steps of ten. Two whose offsets differ by 3 cut each other at every
// interval: the worst case of a merge.
std::string text(std::int64_t intervals, std::int64_t offset) {
  std::string out = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
  for (std::int64_t i = 0; i < intervals; ++i) {
    const std::int64_t first = 1'000'000 + 10 * i + offset;
    out += ":" + std::to_string(first) + "-" + std::to_string(first + 5);
  }
  return out;
}

GtidSet set(std::int64_t intervals, std::int64_t offset = 0) {
  return GtidSet::parse(text(intervals, offset)).value();
}

template <class Work>
void measure(benchmark::State& state, Work work) {
  const std::int64_t before = allocations;
  for (auto _ : state) benchmark::DoNotOptimize(work());
  const auto made = static_cast<double>(allocations - before);
  state.counters["allocations"] = benchmark::Counter(made, benchmark::Counter::kAvgIterations);
}

void parse(benchmark::State& state) {
  const std::string in = text(state.range(0), 0);
  measure(state, [&] { return GtidSet::parse(in); });
}

// The items in a foreign order, each with its UUID: the slow way through the parser.
void parse_unsorted(benchmark::State& state) {
  std::string in;
  for (std::int64_t i = state.range(0); i > 0; --i) in += text(1, 10 * i) + ",";
  measure(state, [&] { return GtidSet::parse(in); });
}

void print(benchmark::State& state) {
  const GtidSet one = set(state.range(0));
  measure(state, [&] { return one.to_string(); });
}

void united(benchmark::State& state) {
  const GtidSet a = set(state.range(0));
  const GtidSet b = set(state.range(0), 7);
  measure(state, [&] { return a.united(b); });
}

void subtracted(benchmark::State& state) {
  const GtidSet a = set(state.range(0));
  const GtidSet b = set(state.range(0), 3);
  measure(state, [&] { return a.subtracted(b); });
}

// What a look at a healthy replica does: nothing is left.
void subtracted_all(benchmark::State& state) {
  const GtidSet a = set(state.range(0));
  const GtidSet b = a;
  measure(state, [&] { return a.subtracted(b); });
}

void intersected(benchmark::State& state) {
  const GtidSet a = set(state.range(0));
  const GtidSet b = set(state.range(0), 3);
  measure(state, [&] { return a.intersected(b); });
}

void contains(benchmark::State& state) {
  const GtidSet a = set(state.range(0));
  const GtidSet b = a;
  measure(state, [&] { return a.contains(b); });
}

// One interval in the middle of many.
void contains_one(benchmark::State& state) {
  const GtidSet a = set(state.range(0));
  const GtidSet b = set(1, 10 * (state.range(0) / 2));
  measure(state, [&] { return a.contains(b); });
}

void sizes(benchmark::internal::Benchmark* bench) { bench->Arg(1)->Arg(100)->Arg(10'000); }

BENCHMARK(parse)->Name("gtid_set/parse")->Apply(sizes);
BENCHMARK(parse_unsorted)->Name("gtid_set/parse_unsorted")->Apply(sizes);
BENCHMARK(print)->Name("gtid_set/print")->Apply(sizes);
BENCHMARK(united)->Name("gtid_set/united")->Apply(sizes);
BENCHMARK(subtracted)->Name("gtid_set/subtracted")->Apply(sizes);
BENCHMARK(subtracted_all)->Name("gtid_set/subtracted_all")->Apply(sizes);
BENCHMARK(intersected)->Name("gtid_set/intersected")->Apply(sizes);
BENCHMARK(contains)->Name("gtid_set/contains")->Apply(sizes);
BENCHMARK(contains_one)->Name("gtid_set/contains_one")->Apply(sizes);

}  // namespace
}  // namespace gtidops
