// What every reader of automata promises about what it read.
#pragma once

#include "automata/equivalence.h"
#include "automata/formats/partial_machine.h"
#include "tests/fuzz/fuzz.h"

namespace anser::fuzz {

inline void promise_same(const automata::Moore& x, const automata::Moore& y) {
  promise(x.start == y.start && x.next == y.next && x.label == y.label && x.letter_names == y.letter_names &&
              x.label_names == y.label_names,
          "printing and reading give the same machine");
}

/// Well-formed, within reach, and repaired exactly where notes say so.
inline void promise_well_read(const automata::ReadMachine& read) {
  promise(parses([&] { check(read.machine); }), "a machine that was read is well-formed");
  promise(!read.arcs_were_missing || !read.notes.empty(), "a repair is noted");
  for (const auto& note : read.notes)
    promise(note.size() < 2000 && note.find('\n') == std::string::npos, "a note is a short line");
  automata::PartialMachine again{read.machine, {}};
  promise(parses([&] { (void)complete(again, {.strict = true}, "again"); }),
          "a machine that was read is whole");
}

}  // namespace anser::fuzz
