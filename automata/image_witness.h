// Words that prove how hard a language is: short words that permute one image set.
#pragma once

#include "automata/image_orbits.h"
#include "automata/image_sets.h"
#include "automata/image_walk.h"
#include "automata/moore.h"

namespace anser::automata {

/// A witness for a component whose group is known to be non-trivial (kAc0), to differ on words of equal
/// length (kAcc0), not to be solvable (kNc1Complete): see ImageWitness. Words are loops "tree to B, a letter,
/// shortest way back to A" and their products, shortest first; so short, but not shortest. InternalError when
/// the component is not of that kind.
[[nodiscard]] ImageWitness image_witness(const Moore& machine, const ImageSets& sets, ImageWalk& walk,
                                         std::int32_t component, LanguageClass kind);

}  // namespace anser::automata
