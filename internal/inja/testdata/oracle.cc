// Answers whether Inja accepts templates, one after the other. It is compiled
// against an Inja header, see doc.go.
//
// stdin: for each function "f NAME ARGUMENTS\n" (-1: any number), then for each
// template "t NOTATION BYTES\n" and its bytes; NOTATION is dot or pointer.
// stdout: for each template "ok\n", or "no " and Inja's message.
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include <inja/inja.hpp>

#ifndef SET_POINTER
#define SET_POINTER(env, on) env.set_element_notation((on) ? inja::ElementNotation::Pointer : inja::ElementNotation::Dot)
#endif

int main() {
  std::vector<std::pair<std::string, int>> functions;
  std::string word;
  while (std::cin >> word) {
    if (word == "f") {
      std::string name;
      int arguments;
      std::cin >> name >> arguments;
      functions.emplace_back(name, arguments);
      continue;
    }
    std::string notation;
    size_t size;
    std::cin >> notation >> size;
    std::cin.get();
    std::string text(size, '\0');
    std::cin.read(&text[0], size);

    inja::Environment env;
    env.set_search_included_templates_in_files(false);
    SET_POINTER(env, notation == "pointer");
    for (const auto& f : functions) {
      env.add_callback(f.first, f.second, [](inja::Arguments&) { return inja::json(""); });
    }
    std::string answer = "ok";
    try {
      env.parse(text);
    } catch (const std::exception& e) {
      answer = std::string("no ") + e.what();
    }
    for (auto& c : answer) {
      if (c == '\n') c = ' ';
    }
    std::cout << answer << std::endl;
  }
}
