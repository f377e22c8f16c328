// Each trap of YAML, and of yaml-cpp, that would otherwise change what a file means without a word.
#include <chrono>

#include "spec/source_text.h"
#include "unit/spec_support.h"

namespace gtidops::test {
namespace {

TEST(YamlTrap, DuplicateKeyIsAnErrorNotTheFirstValue) {
  EXPECT_EQ(invalid(two_servers("  primary: db2\n")),
            "t.yaml:11:3: spec.primary: duplicate key; it stands in line 5 already\n");
}

TEST(YamlTrap, DuplicateKeyIsSeenThroughQuotes) {
  EXPECT_EQ(invalid(two_servers("  \"primary\": db2\n")),
            "t.yaml:11:3: spec.primary: duplicate key; it stands in line 5 already\n");
}

TEST(YamlTrap, MergeKeyIsAnErrorNotIgnored) {
  EXPECT_EQ(invalid(two_servers("  failover:\n    <<: {mode: automatic}\n")),
            "t.yaml:12:5: spec.failover[\"<<\"]: a merge key is not allowed; write the keys out\n");
}

TEST(YamlTrap, AliasIsAnErrorNotItsValue) {
  EXPECT_EQ(invalid(two_servers("  suspend: {reason: &r home}\n  tls: {caFile: *r}\n")),
            "t.yaml:11:21: spec.suspend.reason: an anchor is not allowed\n"
            "t.yaml:12:17: spec.tls.caFile: an alias is not allowed; write the value out\n");
}

TEST(YamlTrap, YesAndNoAreNoBooleans) {
  for (const std::string word : {"yes", "Yes", "no", "on", "OFF", "True", "1", "\"true\""}) {
    const std::string lines = invalid(two_servers("  suspend: {enabled: " + word + "}\n"));
    EXPECT_EQ(lines.rfind("t.yaml:11:22: spec.suspend.enabled: expected true or false, not ", 0),
              0U)
        << lines;
  }
}

TEST(YamlTrap, OnAndOffWithoutQuotesAreNoWords) {
  EXPECT_EQ(invalid(two_servers("  gtid: {mode: ON}\n")),
            "t.yaml:11:16: spec.gtid.mode: ON without quotes is a boolean to YAML; write it in "
            "quotes: \"ON\"\n");
  EXPECT_EQ(*valid(two_servers("  gtid: {mode: \"ON\"}\n")).gtid.mode, "ON");
  EXPECT_EQ(*valid(two_servers("  gtid: {mode: 'ON'}\n")).gtid.mode, "ON");
  EXPECT_EQ(*valid(two_servers("  gtid: {mode: ON_PERMISSIVE}\n")).gtid.mode, "ON_PERMISSIVE");
}

TEST(YamlTrap, OctalIsNoNumber) {
  EXPECT_EQ(invalid(two_servers("  failover: {detection: {failures: 017}}\n")),
            "t.yaml:11:36: spec.failover.detection.failures: expected a whole number in plain "
            "decimal digits, "
            "not \"017\"\n");
  EXPECT_EQ(invalid(two_servers("  variables: {all: {back_log: 017}}\n")),
            "t.yaml:11:31: spec.variables.all.back_log: write the number in plain decimal digits, "
            "not \"017\"\n");
}

TEST(YamlTrap, OtherNumbersAreNoNumbersEither) {
  for (const std::string number :
       {"0x1F", "0o17", "0b1", "1_000", "1e3", "+5", "3.0", ".5", ".inf", "-0x1", "00"}) {
    EXPECT_NE(invalid(two_servers("  failover: {maxLostTransactions: " + number + "}\n")), "")
        << number;
  }
}

TEST(YamlTrap, AliasBombIsRefusedUnexpanded) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 40; ++i) {
    const std::string inner = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + inner + ", " + inner +
            ", " + inner + "]\n";
  }
  const std::string lines = invalid(bomb);
  EXPECT_NE(lines.find("an alias is not allowed"), std::string::npos);
  EXPECT_NE(lines.find("more than 100 errors"), std::string::npos);
}

TEST(YamlTrap, DeepNestingIsRefusedWithoutRecursion) {
  for (const std::string open : {"[", "{a: ", "- ", "? ", "[[{"}) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += open;
    const std::string lines = invalid(text);
    const bool refused = lines.find("nested deeper than 64 levels") != std::string::npos ||
                         lines.find("too many keys and values") != std::string::npos;
    EXPECT_TRUE(refused) << open << ": " << lines;
  }
}

TEST(YamlTrap, DepthJustBelowTheLimitIsRead) {
  const std::string open(kMaxDepth, '[');
  const std::string close(kMaxDepth, ']');
  EXPECT_FALSE(read_yaml(open + close).problem);
  EXPECT_TRUE(read_yaml("[" + open + close + "]").problem);
}

TEST(YamlTrap, HugeFileIsRefusedAtOnce) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(invalid(std::string(std::size_t{10} << 20, 'a')),
            "t.yaml:1:1: the file is larger than 8 MiB\n");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
}

TEST(YamlTrap, FileOfTokensIsRefusedBeforeTheyTakeMemory) {
  for (const std::string part : {"{", "a, ", "? ", ": ", "&a,"}) {
    std::string text = "[";
    while (text.size() < (std::size_t{4} << 20)) text += part;
    EXPECT_NE(invalid(text).find("too many keys and values for one file"), std::string::npos)
        << part;
  }
}

TEST(YamlTrap, ManyNodesAreRefused) {
  std::string text;
  for (std::size_t i = 0; i <= kMaxNodes; ++i) text += "- a\n";
  EXPECT_NE(invalid(text).find("too many keys and values for one file"), std::string::npos);
}

TEST(YamlTrap, BinaryFileIsRefused) {
  EXPECT_EQ(invalid(std::string("\x7F"
                                "ELF\x02\x01\x01\0\0",
                                9)),
            "t.yaml:1:1: a control character: this is not a text file\n");
  EXPECT_EQ(invalid("\x89PNG\r\n\x1A\n"), "t.yaml:1:1: not UTF-8 text; save the file as UTF-8\n");
}

TEST(YamlTrap, NulByteIsRefusedNotTheEndOfTheText) {
  EXPECT_EQ(invalid(std::string("kind: T\n\0more", 12)),
            "t.yaml:2:1: a NUL byte: this is not a text file\n");
}

TEST(YamlTrap, EscapedNulInAValueIsRefused) {
  EXPECT_EQ(
      invalid(two_servers("  suspend: {reason: \"a\\0b\"}\n")),
      "t.yaml:11:21: spec.suspend.reason: must not hold a line break or a control character\n");
}

TEST(YamlTrap, InvalidUtf8IsRefused) {
  for (const std::string bytes :
       {"\xFF", "\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE2\x82"})
    EXPECT_EQ(invalid("# \xC3\xA9\n# ab" + bytes),
              "t.yaml:2:5: not UTF-8 text; save the file as UTF-8\n");
}

TEST(YamlTrap, ByteOrderMarkIsSkippedAndMovesNoColumn) {
  EXPECT_EQ(*valid("\xEF\xBB\xBF" + two_servers()).name, "orders");
  EXPECT_EQ(invalid("\xEF\xBB\xBFkind: 1"),
            "t.yaml:1:7: kind: 1 without quotes is a number to YAML; write it in quotes: \"1\"\n");
}

TEST(YamlTrap, Utf16IsRefused) {
  EXPECT_EQ(invalid(std::string("\xFF\xFEk\0", 4)),
            "t.yaml:1:1: UTF-16 text; save the file as UTF-8\n");
}

TEST(YamlTrap, CarriageReturnsBeforeLineFeedsAreLineEnds) {
  std::string text;
  for (const char c : two_servers("  primary: db2\n"))
    text += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_EQ(invalid(text),
            "t.yaml:11:3: spec.primary: duplicate key; it stands in line 5 already\n");
  EXPECT_EQ(invalid("kind: a\rb: c\n"),
            "t.yaml:1:8: a control character: this is not a text file\n");
}

TEST(YamlTrap, ColumnsCountCharacters) {
  EXPECT_EQ(invalid(two_servers("  suspend: {reason: \"\xC3\xA9\xE2\x82\xAC\", untill: null}\n")),
            "t.yaml:11:27: spec.suspend.untill: unknown key \"untill\"; did you mean \"until\"?\n");
}

TEST(YamlTrap, EmptyFilesAreErrors) {
  for (const std::string text : {"", "\n\n", "# only a remark\n", "\xEF\xBB\xBF"})
    EXPECT_EQ(invalid(text), "t.yaml:1:1: the file is empty; expected a topology\n");
}

TEST(YamlTrap, EmptyDocumentsAreErrors) {
  EXPECT_EQ(invalid("---\n"), "t.yaml:2:1: the document is empty; expected a topology\n");
  EXPECT_EQ(invalid(two_servers("---\n")),
            "t.yaml:12:1: the document is empty; expected a topology\n");
}

TEST(YamlTrap, SecondDocumentNeedsItsDashes) {
  EXPECT_NE(invalid("{kind: Topology} more").find("t.yaml:1:18: the document ended before this"),
            std::string::npos);
  EXPECT_NE(invalid("kind: T\n...\nkind: T\n").find("t.yaml:3:1: the document ended before this"),
            std::string::npos);
}

TEST(YamlTrap, QuoteThatIsNeverClosedDoesNotEndWithTheFile) {
  EXPECT_EQ(invalid("kind: \"Topology\n"), "t.yaml:1:7: this quote is never closed\n");
  EXPECT_EQ(invalid("kind: 'it''s\n"), "t.yaml:1:7: this quote is never closed\n");
}

TEST(YamlTrap, TabsInTheIndentationAreErrors) {
  EXPECT_EQ(invalid("spec:\n\tprimary: db1\n"),
            "t.yaml:2:1: a tab in the indentation; YAML takes spaces only\n");
  // This one yaml-cpp reads without a word.
  const std::string lines = invalid("apiVersion: gtidops/v1alpha1\nkind:\n\tTopology\n");
  EXPECT_NE(lines.find("t.yaml:3:2: kind: a tab in the indentation"), std::string::npos) << lines;
}

TEST(YamlTrap, TagsAreErrorsNotTypes) {
  EXPECT_EQ(invalid(two_servers("  gtid: {mode: !!str ON}\n")),
            "t.yaml:11:16: spec.gtid.mode: a tag is not allowed\n");
  EXPECT_EQ(invalid(two_servers("  gtid: {mode: ! ON}\n")),
            "t.yaml:11:16: spec.gtid.mode: a tag is not allowed\n");
}

TEST(YamlTrap, LineThatBeginsWithAPercentSignIsAnErrorNotDropped) {
  EXPECT_EQ(invalid("kind: Topology\n%metadata: {name: x}\n"),
            "t.yaml:2:1: a line must not begin with %: directives are not allowed\n");
  EXPECT_EQ(*valid("%YAML 1.2\n---\n" + two_servers()).name, "orders");
}

TEST(YamlTrap, StarWithoutQuotesIsExplained) {
  EXPECT_EQ(invalid("users: {*.*: [SELECT]}\n"),
            "t.yaml:1:9: not valid YAML: a text that begins with * needs quotes; an alias is not "
            "allowed\n");
}

TEST(YamlTrap, ValueOfOneLineMustNotRunIntoTheNext) {
  EXPECT_EQ(invalid("apiVersion: gtidops/v1alpha1\nkind: Topology\n  and more\n")
                .find("t.yaml:2:7: kind: "),
            0U);
}

TEST(YamlTrap, ErrorsShowNoControlCharacters) {
  const std::string lines = invalid(two_servers("  \"\\e[2Jx\": 1\n"));
  EXPECT_NE(lines.find("spec[\"\\x1B[2Jx\"]: unknown key \"\\x1B[2Jx\""), std::string::npos)
      << lines;
  EXPECT_EQ(lines.find('\x1B'), std::string::npos);
}

TEST(YamlTrap, LongTextsAreCutInErrors) {
  EXPECT_LT(invalid(two_servers("  gtid: {mode: " + std::string(10'000, 'x') + "}\n")).size(),
            400U);
}

TEST(SourceText, FindsPositions) {
  const std::string text = "ab\n\xC3\xA9x\n";
  EXPECT_EQ(position_at(text, 0), (Position{1, 1}));
  EXPECT_EQ(position_at(text, 2), (Position{1, 3}));
  EXPECT_EQ(position_at(text, 3), (Position{2, 1}));
  EXPECT_EQ(position_at(text, 5), (Position{2, 2}));
  EXPECT_EQ(position_at(text, 99), (Position{3, 1}));
}

TEST(SourceText, ShowsTextsSafely) {
  EXPECT_EQ(show("a\"b\\c"), "\"a\\\"b\\\\c\"");
  EXPECT_EQ(show("\xC3\xA9\n\x7F\xFF\xC2\x9B"), "\"\xC3\xA9\\x0A\\x7F\\xFF\\xC2\\x9B\"");
  EXPECT_EQ(show("\xE2\x80\xAE"), "\"\\xE2\\x80\\xAE\"");
}

}  // namespace
}  // namespace gtidops::test
