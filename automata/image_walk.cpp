#include "automata/image_walk.h"

#include <algorithm>

namespace anser::automata {

ImageWalk::ImageWalk(const Moore& machine, const ImageSets& sets, const ImageComponents& components)
    : machine_(machine),
      sets_(sets),
      components_(components),
      number_(static_cast<std::size_t>(sets.size()), kOutside),
      place_(static_cast<std::size_t>(machine.num_states), 0) {}

void ImageWalk::begin(std::int32_t component) {
  for (const auto set : order_) number_[static_cast<std::size_t>(set)] = kOutside;
  component_ = component;
  order_.clear();
  parent_.clear();
  parent_letter_.clear();
  distance_.clear();
  transports_.clear();
  const auto first =
      components_.sets[static_cast<std::size_t>(components_.begin[static_cast<std::size_t>(component)])];
  moved_ = sets_.members(first);
  rank_ = moved_.size();
  permutation_.resize(rank_);
  add(first, -1, 0);
}

void ImageWalk::add(ImageSets::Set set, Index parent, std::size_t letter) {
  number_[static_cast<std::size_t>(set)] = size();
  order_.push_back(set);
  distance_.push_back(parent < 0 ? 0 : distance_[static_cast<std::size_t>(parent)] + 1);
  parent_.push_back(parent);
  parent_letter_.push_back(static_cast<std::int32_t>(letter));
  transports_.insert(transports_.end(), moved_.begin(), moved_.end());
}

ImageWalk::Index ImageWalk::follow(Index from, std::size_t letter) {
  const auto to = sets_.next(set(from), letter);
  if (to == ImageSets::kUnknown || components_.of[static_cast<std::size_t>(to)] != component_)
    return kOutside;
  const Letter s = sets_.letters()[letter];
  const auto states = transport(from);
  for (std::size_t p = 0; p < rank_; ++p) moved_[p] = machine_.step(states[p], s);
  const Index number = number_[static_cast<std::size_t>(to)];
  if (number >= 0) return number;
  add(to, from, letter);
  return kFresh;
}

void ImageWalk::place(Index to) {
  const auto states = transport(to);
  for (std::size_t p = 0; p < rank_; ++p)
    place_[static_cast<std::size_t>(states[p])] = static_cast<std::int32_t>(p);
}

std::vector<Letter> ImageWalk::word(Index i) const {
  std::vector<Letter> word;
  for (; i > 0; i = parent_[static_cast<std::size_t>(i)])
    word.push_back(sets_.letters()[static_cast<std::size_t>(parent_letter_[static_cast<std::size_t>(i)])]);
  std::reverse(word.begin(), word.end());
  return word;
}

ImageWalk::Index ImageWalk::find(ImageSets::Set set) const {
  return set == ImageSets::kUnknown ? kOutside : number_[static_cast<std::size_t>(set)];
}

}  // namespace anser::automata
