// The verbs below `anser language`, each in the file that its group names.
#pragma once

#include <CLI/CLI.hpp>

namespace anser::cli {

// language_words.cpp
void add_language_accepts(CLI::App& verb);
void add_language_words(CLI::App& verb);
void add_language_count(CLI::App& verb);
void add_language_conformance(CLI::App& verb);

// language_machines.cpp
void add_language_convert(CLI::App& verb);
void add_language_minimize(CLI::App& verb);
void add_language_compare(CLI::App& verb, int& exit_code);
void add_language_draw(CLI::App& verb);

// language_random.cpp
void add_language_random(CLI::App& verb);

}  // namespace anser::cli
