// Ids of recall, copying, tracking and products: every member and variant, at sizes that tests can afford.
#pragma once

#include <string>
#include <vector>

#include "tasks/task.h"

namespace anser::tests {

struct SequenceCase {
  std::string id;
  int length;  // a usual one
};

inline const std::vector<SequenceCase>& sequence_cases() {
  static const std::vector<SequenceCase> list = {
      {"mqar[V=8192,K=4,a=0.01]", 64},
      {"mqar[V=64,K=8,a=0.01]", 64},
      {"mqar[V=40,K=16,a=2.5]", 64},
      {"mqar[variant=forgetting,V=64,K=8,updates=5,a=0.01]", 96},
      {"mqar[variant=compositional,V=96,K=9,a=0.01]", 64},
      {"mqar[variant=stacked,V=16,K=5]", 20},
      {"mad[task=in_context_recall,V=16]", 127},
      {"mad[task=in_context_recall,V=17,mode=lm]", 127},
      {"mad[task=noisy_recall,V=32,noise=16,p=0.2]", 127},
      {"mad[task=noisy_recall,V=24,noise=16,p=0.8,mode=lm]", 127},
      {"mad[task=fuzzy_recall,V=16,motif=3]", 128},
      {"mad[task=fuzzy_recall,V=16,motif=3,mode=lm]", 128},
      {"mad[task=selective_copying,V=16,copy=16]", 256},
      {"mad[task=compression,V=16,symbols=31]", 64},
      {"mad[task=memorization,V=256]", 32},
      {"reversal[digits=1..60]", 128},
      {"reversal[digits=1..3,mode=lm]", 10},
      {"reversal[digits=any]", 64},
      {"regbench[mode=lm]", 400},
      {"regbench[mode=next-set]", 400},
      {"matrix_product[m=2,tokens=elementary,label=11]", 64},
      {"matrix_product[m=3,tokens=elementary+id,label=product]", 64},
      {"matrix_product[m=5,tokens=inverses,label=23]", 64},
      {"matrix_product[m=6,tokens=random,r=3,seed=1,label=32]", 64},
      {"permutation_tracking[n=5,r=6,p=0.1,hide=one]", 128},
      {"permutation_tracking[n=4,r=5,p=0.3,hide=both]", 128},
      {"permutation_tracking[n=3,r=3,p=0,hide=one]", 32},
      {"state_recall[n=5,M=32]", 64},
      {"state_recall[n=12,M=20]", 64},
      {"n_back_recall[K=32,V=128,n=2]", 192},
      {"n_back_recall[K=3,V=4,n=3]", 64},
  };
  return list;
}

inline tasks::Example sample_of(const tasks::Task& task, std::uint64_t seed, std::uint64_t index, int length,
                                tasks::Split split = tasks::Split::train) {
  tasks::Example example;
  example.input.resize(static_cast<std::size_t>(length));
  example.target.resize(static_cast<std::size_t>(length));
  task.sample(seed, split, index, example.input, example.target);
  return example;
}

}  // namespace anser::tests
