#include "base/yaml.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace duologue::base {
namespace {

std::string error_of(std::string_view text, const YamlLimits& limits = {}) {
  const auto parsed = Yaml::parse(text, "f.yaml", limits);
  return parsed ? "" : parsed.error().message;
}

Yaml parsed(std::string_view text) {
  auto result = Yaml::parse(text, "f.yaml");
  EXPECT_TRUE(result) << result.error().message;
  return *result;
}

TEST(Yaml, ReadsValuesWithTheirPlaces) {
  const Yaml root = parsed("name: é x\nlist: [é, \"2\", 3]\nsub:\n  deep: 0.5\n  yes: true\n");
  EXPECT_EQ(*root.find("name")->text("name"), "é x");
  const auto items = *root.find("list")->list("list");
  ASSERT_EQ(items.size(), 3U);
  EXPECT_EQ(items[1].where(), "f.yaml:2:11") << "columns count characters, not bytes";
  EXPECT_EQ(*items[2].integer("n", 0, 9), 3U);
  EXPECT_EQ(*root.find("sub")->find("deep")->number("deep"), 0.5);
  EXPECT_EQ(root.find("sub")->find("yes")->where(), "f.yaml:5:8");
  EXPECT_TRUE(*root.find("sub")->find("yes")->boolean("yes"));
  EXPECT_EQ(root.find("nothing"), nullptr);
  EXPECT_EQ(items[0].find("x"), nullptr);
}

TEST(Yaml, ReadsJson) {
  const Yaml root =
      parsed("{\n\t\"a\":1,\n\t\"b\":[{\"c\":\"\\/\\ud83c\\udf00\\\\ud83c \\u00e9\\n\"}],\t\"d\":null}");
  EXPECT_EQ(*root.find("a")->integer("a", 0, 9), 1U);
  EXPECT_EQ(*(*root.find("b")->list("b"))[0].find("c")->text("c"), "/🌀\\ud83c é\n");
  EXPECT_EQ(root.find("b")->where(), "f.yaml:3:6");
  EXPECT_EQ(root.find("d")->kind(), YamlKind::kNull);
}

TEST(Yaml, AnEmptyTextIsNothing) {
  EXPECT_EQ(parsed("").kind(), YamlKind::kNull);
  EXPECT_EQ(parsed("# only a comment\n").kind(), YamlKind::kNull);
  EXPECT_EQ(parsed("\xEF\xBB\xBF"
                   "a: 1")
                .find("a")
                ->column(),
            4U)
      << "a byte order mark has no column";
}

TEST(Yaml, FindsFaultsWhereTheyAre) {
  EXPECT_EQ(error_of("a: 1\nb: [2\n"), "f.yaml:3:1: not YAML: end of sequence flow not found");
  EXPECT_EQ(error_of("a: 1\n  b: 2\n"), "f.yaml:2:4: not YAML: illegal map value");
  EXPECT_EQ(error_of("a: 1\nbb: 2\na: 3\n"), "f.yaml:3:1: 'a' is given twice, first on line 1");
  EXPECT_EQ(error_of("a: {x: 1, x: 2}\n"), "f.yaml:1:11: 'x' is given twice, first on line 1");
  EXPECT_EQ(error_of("a: 1\n? [b]\n: 2\n"), "f.yaml:2:3: a key must be a word");
  EXPECT_EQ(error_of("a: 1\n---\nb: 1\n"), "f.yaml:2:1: a second document: a file holds one");
  EXPECT_EQ(error_of("a: !python/object 3\n"), "f.yaml:1:4: tags such as '!python/object' aren't read");
  EXPECT_EQ(error_of("a: &x [*x]\n"), "f.yaml:1:8: an alias inside what it stands for");
  EXPECT_EQ(error_of("a: *x\n"), "f.yaml:1:4: not YAML: the referenced anchor is not defined");
}

TEST(Yaml, RefusesWhatIsNotText) {
  EXPECT_EQ(error_of("a: 1\né: \xff\n"), "f.yaml:2:4: bytes that are not UTF-8; save the file as UTF-8 text");
  EXPECT_EQ(error_of("a: \xC3"), "f.yaml:1:4: bytes that are not UTF-8; save the file as UTF-8 text");
  // The library would take this byte for the end of the file.
  EXPECT_EQ(error_of("a: 1\nb: \x04\nc: 2\n"),
            "f.yaml:2:4: a control character; save the file as UTF-8 text");
  EXPECT_EQ(error_of(std::string_view("a: \0", 4)),
            "f.yaml:1:4: a control character; save the file as UTF-8 text");
}

TEST(Yaml, HasLimits) {
  YamlLimits limits;
  limits.max_bytes = 8;
  EXPECT_EQ(error_of("a: 123456", limits), "f.yaml:1:1: larger than 8 bytes");
  EXPECT_EQ(error_of(std::string(32, '[') + std::string(32, ']')), "");
  EXPECT_EQ(error_of(std::string(33, '[') + std::string(33, ']')), "f.yaml:1:33: more than 32 levels deep");
  EXPECT_EQ(error_of(std::string(900'000, '[')), "f.yaml:1:17: more than 32 levels deep")
      << "the library reads each as a map within a list";
  std::string wide = "[";
  for (int i = 0; i < 100'000; ++i) wide += "1,";
  EXPECT_NE(error_of(wide + "]").find("more than 100000 values"), std::string::npos);
}

TEST(Yaml, BillionLaughs) {
  std::string laughs = "a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n";
  for (int i = 1; i <= 9; ++i) {
    const std::string alias = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + alias;
    for (int k = 1; k < 10; ++k) laughs += ", " + alias;
    laughs += "]\n";
  }
  EXPECT_NE(error_of(laughs).find("f.yaml:5:"), std::string::npos) << error_of(laughs);
  EXPECT_NE(error_of(laughs).find("repeated by aliases"), std::string::npos);
  // Depth through aliases counts too.
  std::string deep = "a0: &a0 [x]\n";
  for (int i = 1; i < 40; ++i) deep += fmt::format("a{}: &a{} [*a{}]\n", i, i, i - 1);
  EXPECT_NE(error_of(deep).find("more than 32 levels deep"), std::string::npos);
  EXPECT_EQ(*parsed("a: &x 5\nb: *x\n").find("b")->integer("b", 0, 9), 5U);
}

TEST(Yaml, TypedValuesSayWhatTheyMustBe) {
  const Yaml root = parsed(
      "w: lst\nn: 1.5x\nb: yes\ni: -1\nq: \"5\"\nl: [1]\nz:\nbig: 18446744073709551615\n"
      "hex: 0xfF\nover: 18446744073709551616\ninf: .inf\nnan: nan\n");
  const auto message = [](const auto& result) {
    return result ? std::string("no error") : result.error().message;
  };
  EXPECT_EQ(message(root.find("w")->word("memory", {"full", "last"})),
            "f.yaml:1:4: memory must be full or last, not 'lst'; did you mean 'last'?");
  EXPECT_EQ(message(root.find("n")->number("top_p")), "f.yaml:2:4: top_p must be a number, not '1.5x'");
  EXPECT_EQ(message(root.find("b")->boolean("raw")), "f.yaml:3:4: raw must be true or false, not 'yes'");
  EXPECT_EQ(message(root.find("i")->integer("turns", 1, 10)),
            "f.yaml:4:4: turns must be a whole number from 1 to 10, not '-1'");
  EXPECT_EQ(message(root.find("q")->integer("turns", 1, ~0ULL)),
            "f.yaml:5:4: turns must be a whole number of 1 or more, not the text '5'");
  EXPECT_EQ(message(root.find("l")->text("name")), "f.yaml:6:4: name must be text, not a list");
  EXPECT_EQ(message(root.find("z")->text("name")), "f.yaml:8:1: name must be text, not nothing");
  EXPECT_EQ(*root.find("big")->integer("seed", 0, ~0ULL), ~0ULL);
  EXPECT_EQ(*root.find("hex")->integer("seed", 0, ~0ULL), 255U);
  EXPECT_EQ(message(root.find("over")->integer("seed", 0, ~0ULL)),
            "f.yaml:10:7: seed must be a whole number that fits in 64 bits, not '18446744073709551616'");
  EXPECT_FALSE(root.find("inf")->number("x"));
  EXPECT_FALSE(root.find("nan")->number("x"));
  EXPECT_EQ(message(root.find("l")->map("opening", {"file"})),
            "f.yaml:6:4: opening must be a map with keys such as 'file', not a list");
}

TEST(Yaml, UnknownKeysComeWithTheNearest) {
  const Yaml root = parsed("turns: 4\nsampling:\n  temprature: 1\n");
  EXPECT_TRUE(root.map("the spec", {"sampling", "turns"}));
  EXPECT_EQ(root.find("sampling")->map("sampling", {"top_k", "temperature"}).error().message,
            "f.yaml:3:3: unknown key 'temprature' in sampling; did you mean 'temperature'?");
  EXPECT_EQ(root.map("the spec", {"sampling"}).error().message,
            "f.yaml:1:1: unknown key 'turns' in the spec");
}

TEST(Yaml, ForeignWordsAreHarmlessInMessages) {
  EXPECT_EQ(in_quotes("a\x1b[31m\nb"), "'a?[31m?b'");
  EXPECT_EQ(in_quotes(fmt::format("{:x>59}é!", "")), fmt::format("'{:x>59}…'", ""));
}

TEST(Yaml, Files) {
  const auto missing = Yaml::parse_file("/nonexistent/f.yaml");
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  const auto folder = Yaml::parse_file("/");
  EXPECT_EQ(folder.error().kind, ErrorKind::kIo);
  const std::string path = testing::TempDir() + "/duologue_yaml_test.yaml";
  std::ofstream(path) << "a: 1\nb: [\n";
  EXPECT_EQ(Yaml::parse_file(path).error().message.substr(0, path.size() + 5), path + ":3:1:");
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace duologue::base
