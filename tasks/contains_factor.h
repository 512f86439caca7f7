// contains[word=aa,letters=7]: has the prefix read so far the word as a factor? Star-free, so in AC0; the
// machine is that of Knuth, Morris and Pratt with an accepting sink. Letters are a, b, c, ...; many letters
// make the word rare enough that "yes" and "no" are both frequent at the usual lengths (aa with 7 letters:
// about half of the words of length 32).
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

/// word: 1..64 letters among the first `letters` of the alphabet (aa when absent); letters: 1..26 (7 when
/// absent).
std::unique_ptr<Task> make_contains_factor(const Id& id);

}  // namespace anser::tasks
