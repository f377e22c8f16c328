# Copies one source file of reconciler/decide so that each thing that a rule or a part of the planner does can be left out,
# one at a time, while the program runs (mutants.h): that a rule is called, that it refuses, warns, names a difference or
# plans a step, that it forbids to touch a server. The copy says the same as the file unless something is left out.
#
# usage: awk -f mutants.awk FILE.cc >COPY.cc
function file(    name) {
  name = FILENAME
  sub(/.*\//, "", name)
  return name
}

# A name of its own: several files may be compiled as one.
function mutants(    name) {
  name = file()
  sub(/\.cc$/, "", name)
  return "mutants_of_" name
}

function left_out(text) {
  sub(/^ +/, "", text)
  sites = sites "    {" FNR ", R\"~(" text ")~\"},\n"
  return mutants() ".left_out(" count++ ") ? void() : "
}

# What forbids something is made to say so only.
function harmless(line, found,    parts) {
  if (split(found, parts, ".") != 2 || parts[1] != "draft" || parts[2] !~ /^refuse/) return found
  left_out(line)
  sub(/\($/, "", parts[2])
  return "(draft.*" mutants() ".harmless(" count - 1 ", &Draft::" parts[2] ", &Draft::object))("
}

BEGIN {
  # What does something and gives nothing back, where a statement begins.
  before = "(^ +|\\) |else |return |: |\\{ )"
  finding = "([a-z_]+\\.)*(refuse|refuse_attach|refuse_replication|object|warn|differs|step)\\("
  call = "(rules?_on_|rule_|plan_|judge_|refuse_|warn_of_|withhold_|not_yet|expect|compare)[a-z_]*\\("
  value = "(plan_for|compare_[a-z_]+)\\("  # these give something back
  mark = "([a-z_]+\\.)+((blocked|maintained|unattachable)\\.insert\\(|(excused|others)\\.push_back\\(|(all_blocked|detach_first) = )"
}

# What is defined or declared begins at the left.
!/^[ ]*\/\// && /^ / && $0 !~ value {
  if (match($0, before "(" finding "|" call ")")) {
    head = substr($0, 1, RSTART - 1)
    found = substr($0, RSTART, RLENGTH)
    tail = substr($0, RSTART + RLENGTH)
    match(found, before)
    line = $0
    head = head substr(found, 1, RLENGTH) left_out(line)
    found = substr(found, RLENGTH + 1)
    $0 = head harmless(line, found) tail
  } else if (/;$/ && match($0, before mark)) {
    head = substr($0, 1, RSTART - 1)
    rest = substr($0, RSTART)
    match(rest, before)
    $0 = head substr(rest, 1, RLENGTH) left_out($0) "void(" substr(rest, RLENGTH + 1, length(rest) - RLENGTH - 1) ");"
  } else if (match($0, "[a-z_]\\.(refuse|refuse_attach|refuse_replication|object|warn|differs|step)\\(")) {
    print FILENAME ":" FNR ": this cannot be left out, as it is written: " $0 >"/dev/stderr"
    bad = 1
  }
}

{ text = text $0 "\n" }

END {
  if (bad) exit 1
  print "#include \"mutation/mutants.h\""
  if (count > 0) print "static gtidops::mutation::Mutants " mutants() "(\"" file() "\", {\n" sites "});"
  print "#line 1 \"" FILENAME "\""
  printf "%s", text
}
