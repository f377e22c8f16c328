// sections: the parts that the plan, the report of an apply and the status show alike.
//
// Thread-safety: pure functions. Errors: none. Every section ends in a newline, and is empty when
// there is nothing to tell.
#pragma once

#include <string>
#include <vector>

#include "model/plan.h"
#include "model/spec.h"
#include "report/style.h"

namespace gtidops {

// Sections are kept apart by an empty line.
void add_section(std::string& text, const std::string& section);

// "Topology orders (orders.yaml, commit 3f786850e387, sha256:0beec7b5ea3f), observed ..."
std::string header_line(const Plan& plan, const Style& style);

// Grouped by server in the specification's order, the topology first, strangers last:
// + is new, ~ changes (observed -> desired), - goes away.
std::string differences_section(const Spec& spec, const std::vector<Difference>& differences,
                                const Style& style);

// Server, rule and why; the hint beneath it. `title` is painted with `paint`, as is what marks each
// finding.
std::string findings_section(const std::string& title, Paint paint, const Plan& plan,
                             const std::vector<Finding>& findings, const Style& style);

}  // namespace gtidops
