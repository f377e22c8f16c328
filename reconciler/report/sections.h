// sections: the parts of the text that plan, apply and status have in common.
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

// Appends the section, after an empty line when it is not the first.
void add_section(std::string& text, const std::string& section);

// "Topology orders (orders.yaml, commit 3f786850e387, sha256:0beec7b5ea3f), observed ..."
std::string header_line(const Plan& plan, const Style& style);

// Grouped by server: the topology, the servers in the specification's order, servers that it does
// not declare. + is new, ~ changes (observed -> desired), - goes away.
std::string differences_section(const Spec& spec, const std::vector<Difference>& differences,
                                const Style& style);

// "db4  from db1  FILE COPY, 66.2 MB of 369 MB".
std::string copies_section(const std::vector<CopyUnderWay>& copies, const Style& style);
// How far a copy is: "FILE COPY, 66.2 MB of 369 MB".
std::string progress_of(const CopyUnderWay& copy);

// Server, rule and why, with the hint beneath. `paint` colours the title and the mark of each
// finding.
std::string findings_section(const std::string& title, Paint paint, const Plan& plan,
                             const std::vector<Finding>& findings, const Style& style);

}  // namespace gtidops
