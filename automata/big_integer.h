// Integers of any size: numbers of words, orders of groups. Exact, so that "uniform" and "order" mean what
// they say.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>

namespace anser::automata {

using BigInteger = boost::multiprecision::cpp_int;

}  // namespace anser::automata
