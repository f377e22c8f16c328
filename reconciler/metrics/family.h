// SeriesFamily: the counters or histograms of one name, by topology.
//
// Thread-safety: none; the caller holds a lock. Errors: none.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <string>
#include <type_traits>
#include <utility>

namespace gtidops {

using SeriesLabels = std::map<std::string, std::string>;

// Keeps the series of one family by topology, so that those of one topology can be removed.
template <class Series>
class SeriesFamily {
 public:
  SeriesFamily(prometheus::Registry& registry, const char* name, const char* help)
      : family_(build(registry, name, help)) {}

  template <class... More>
  Series& at(const std::string& topology, SeriesLabels labels, const More&... more) {
    if (!topology.empty()) labels.emplace("topology", topology);
    auto& known = by_topology_[topology];
    const auto found = known.find(labels);
    if (found != known.end()) return *found->second;
    Series& made = family_.Add(labels, more...);
    known.emplace(std::move(labels), &made);
    return made;
  }

  void forget(const std::string& topology) {
    const auto found = by_topology_.find(topology);
    if (found == by_topology_.end()) return;
    for (const auto& [labels, series] : found->second) family_.Remove(series);
    by_topology_.erase(found);
  }

 private:
  static prometheus::Family<Series>& build(prometheus::Registry& registry, const char* name,
                                           const char* help) {
    if constexpr (std::is_same_v<Series, prometheus::Counter>)
      return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
    else
      return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }

  prometheus::Family<Series>& family_;
  std::map<std::string, std::map<SeriesLabels, Series*>> by_topology_;
};

}  // namespace gtidops
