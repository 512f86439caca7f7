#include "tasks/registry.h"

#include <algorithm>
#include <cctype>

#include "automata/non_regular.h"
#include "core/base/error.h"
#include "tasks/bhattamishra.h"
#include "tasks/chomsky.h"
#include "tasks/contains_factor.h"
#include "tasks/cycle_navigation.h"
#include "tasks/dfa_task.h"
#include "tasks/flare.h"
#include "tasks/flip_flop.h"
#include "tasks/group_word_problem.h"
#include "tasks/mad.h"
#include "tasks/matrix_product.h"
#include "tasks/mlregtest.h"
#include "tasks/modular_counter.h"
#include "tasks/mqar.h"
#include "tasks/n_back_recall.h"
#include "tasks/permutation_tracking.h"
#include "tasks/random_language.h"
#include "tasks/regbench.h"
#include "tasks/reversal.h"
#include "tasks/semiautomata.h"
#include "tasks/state_prediction.h"
#include "tasks/state_recall.h"
#include "tasks/tomita.h"

namespace anser::tasks {

const std::vector<Family>& families() {
  static const std::vector<Family> list = {
      {"s5",
       {"s5[tokens=swaps+id]",
        "s5",
        "s5[tokens=swaps]",
        "s5[tokens=gens]",
        "s5[tokens=limit3]",
        "s5[tokens=gens,product=left]",
        "s5[tokens=swaps+id,mode=final]",
        "s5[tokens=swaps+id,repeat=2]",
        "s5[tokens=swaps+id,fill=2]",
        "s4[tokens=swaps,hard=4]",
        "a5",
        "a5[tokens=gens]",
        "z60",
        "a4_x_z5",
        "s3",
        "s4",
        "a4",
        "z2",
        "d8",
        "q8",
        "h3"},
       "word problem of a group: s<n> a<n> z<n> d<2m> q8 h3 and products g_x_h",
       GroupWordProblem::make},
      {"parity", {"parity"}, "number of ones, odd or even", make_parity},
      {"mod", {"mod[n=5]"}, "sum of the letters modulo n", make_modular_counter},
      {"contains",
       {"contains[word=aa,letters=7]"},
       "does the word contain a factor (star-free)",
       make_contains_factor},
      {"dfa", {"dfa[file=dfa.json]"}, "language of a given automaton", make_dfa_task},
      {"random_dfa",
       {"random_dfa[n=8,k=2,seed=0]"},
       "language of a uniform random automaton",
       make_random_dfa_task},
      {"chomsky",
       {"chomsky[task=parity,dialect=deepmind,mode=final]", "chomsky[task=parity,dialect=xlstm,mode=final]",
        "chomsky[task=parity,dialect=walker,mode=final]",
        "chomsky[task=even_pairs,dialect=deepmind,mode=final]",
        "chomsky[task=even_pairs,dialect=xlstm,mode=final]",
        "chomsky[task=even_pairs,dialect=walker,mode=final]",
        "chomsky[task=modular_arithmetic,dialect=deepmind,mode=final,mod=5]",
        "chomsky[task=modular_arithmetic,dialect=deepmind,mode=tagging,mod=5]",
        "chomsky[task=modular_arithmetic,dialect=xlstm,mode=final,mod=5]",
        "chomsky[task=modular_arithmetic,dialect=walker,mode=final,mod=5]"},
       "regular tasks of the Chomsky suite in three dialects (flare is the fourth)",
       make_chomsky},
      {"cycle_deepmind", {"cycle_deepmind[mode=final]"}, "cycle navigation on 5 places", make_cycle_deepmind},
      {"cycle_xlstm",
       {"cycle_xlstm[vocab=9,mode=final]", "cycle_xlstm[vocab=10,mode=final]"},
       "cycle navigation on vocab - 4 places",
       make_cycle_xlstm},
      {"cycle_walker", {"cycle_walker[mode=final]"}, "cycle navigation on 5 places", make_cycle_walker},
      {"flare",
       {"flare[language=even-pairs,mode=final,negatives=flare]",
        "flare[language=repeat-01,mode=final,negatives=flare]",
        "flare[language=parity,mode=final,negatives=flare]",
        "flare[language=cycle-navigation,mode=final,negatives=flare]",
        "flare[language=modular-arithmetic-simple,mode=final,negatives=flare]",
        "flare[language=dyck-2-3,mode=final,negatives=flare]",
        "flare[language=first,mode=final,negatives=flare]", "flare[language=dyck-2-3,mode=lm]"},
       "FLaRe's seven regular languages",
       make_flare},
      {"tomita",
       {"tomita[n=1,mode=final,negatives=uniform]", "tomita[n=2,mode=final,negatives=uniform]",
        "tomita[n=3,reading=later,mode=final,negatives=uniform]",
        "tomita[n=3,reading=immediate,mode=final,negatives=uniform]",
        "tomita[n=4,mode=final,negatives=near-miss]", "tomita[n=5,mode=tagging]", "tomita[n=6,mode=lm]",
        "tomita[n=7,mode=next-set]"},
       "Tomita's seven languages",
       make_tomita},
      {"bhattamishra",
       {"bhattamishra[language=aa,mode=next-set]", "bhattamishra[language=abab,mode=next-set]",
        "bhattamishra[language=d2,mode=next-set]", "bhattamishra[language=d4,mode=next-set]",
        "bhattamishra[language=d12,mode=next-set]", "bhattamishra[language=parity,mode=next-set]",
        "bhattamishra[language=tomita3,mode=next-set]"},
       "legal next letters in Bhattamishra's regular languages",
       make_bhattamishra},
      {"liu",
       {"liu[automaton=parity,mode=tagging]", "liu[automaton=gridworld,n=9,mode=tagging]",
        "liu[automaton=abab,mode=tagging]", "liu[automaton=add,mode=tagging]",
        "liu[automaton=cyclic,n=5,actions=2,mode=tagging]", "liu[automaton=dihedral,n=4,mode=tagging]",
        "liu[automaton=quaternion,mode=tagging]", "liu[automaton=symmetric,n=5,actions=3,mode=tagging]",
        "liu[automaton=alternating,n=5,mode=tagging]", "liu[automaton=permutation_reset,n=4,mode=tagging]"},
       "Liu's semiautomata",
       make_liu},
      {"flipflop_monoid",
       {"flipflop_monoid[mode=tagging]"},
       "flip-flop: set, reset, no-op",
       make_flipflop_monoid},
      {"flipflop_semiautomaton",
       {"flipflop_semiautomaton[n=2,mode=tagging]"},
       "flip-flop: Liu's three states",
       make_flipflop_semiautomaton},
      {"flipflop_language",
       {"flipflop_language[p=0.8]", "flipflop_language[p=0.98]", "flipflop_language[p=0.1]"},
       "flip-flop language: write, read, ignore",
       make_flipflop_language},
      {"random_language",
       {"random_language[class=aperiodic,n=6,k=2,seed=0,mode=tagging]",
        "random_language[class=acc0,n=8,k=2,seed=0,mode=tagging]",
        "random_language[class=nc1-complete,n=8,k=2,seed=0,mode=tagging]"},
       "random language of a class that was asked for",
       make_random_language},
      {"mlregtest",
       {"mlregtest[file=language.att,test=SR]", "mlregtest[file=language.att,test=SA]",
        "mlregtest[file=language.att,test=LR]", "mlregtest[file=language.att,test=LA]"},
       "MLRegTest's languages and test kinds",
       make_mlregtest},
      {"state_prediction",
       {"state_prediction[regex=(a|b)*abb]", "state_prediction[regex=\"(a[ab]b?)*\"]"},
       "state of a regular expression's automaton",
       make_state_prediction},
      {"mqar",
       {"mqar[V=8192,K=4,a=0.01]", "mqar[variant=forgetting,V=8192,K=8,updates=4,a=0.01]",
        "mqar[variant=compositional,V=8192,K=4,a=0.01]", "mqar[variant=stacked,V=64,K=8]"},
       "multi-query associative recall and its variants",
       make_mqar},
      {"mad",
       {"mad[task=in_context_recall,V=16]", "mad[task=fuzzy_recall,V=16,motif=3]",
        "mad[task=noisy_recall,V=32,noise=16,p=0.2]", "mad[task=selective_copying,V=16,copy=16]",
        "mad[task=compression,V=16,symbols=31]", "mad[task=memorization,V=256]"},
       "the six synthetic tasks of MAD",
       make_mad},
      {"reversal",
       {"reversal[digits=1..60]", "reversal[digits=any]"},
       "reversal of decimal numbers (RWKV-LM)",
       make_reversal},
      {"regbench",
       {"regbench[mode=lm]", "regbench[mode=next-set]"},
       "texts over an automaton that has to be found out",
       RegBench::make},
      {"matrix_product",
       {"matrix_product[m=2,tokens=elementary,label=11]",
        "matrix_product[m=2,tokens=elementary,label=product]",
        "matrix_product[m=5,tokens=elementary+id,label=11]"},
       "iterated products of 3x3 matrices modulo m",
       make_matrix_product},
      {"permutation_tracking",
       {"permutation_tracking[n=5,r=6,p=0.1,hide=one]", "permutation_tracking[n=5,r=6,p=0.1,hide=both]"},
       "objects swapped in part unseen, with a look now and then",
       make_permutation_tracking},
      {"state_recall",
       {"state_recall[n=5,M=32]"},
       "the bit at which a swapped pointer points",
       make_state_recall},
      {"n_back_recall",
       {"n_back_recall[K=32,V=128,n=2]"},
       "the n-th newest value of a key",
       make_n_back_recall},
  };
  return list;
}

std::unique_ptr<Task> make_task(std::string_view text) {
  Id id = parse_id(text);
  for (char& c : id.name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (GroupWordProblem::matches(id.name)) return GroupWordProblem::make(id);
  std::vector<std::string> names;
  for (const Family& family : families()) {
    if (family.name == id.name) return family.make(id);
    names.push_back(family.name);
  }
  if (const auto reason = automata::why_not_regular(id.name)) fail("tasks::make_task", "{}", *reason);
  fail("tasks::make_task", "unknown task \"{}\"{}", id.name, suggest(id.name, names));
}

std::vector<std::string> known_tasks() {
  std::vector<std::string> ids;
  for (const Family& family : families())
    ids.insert(ids.end(), family.examples.begin(), family.examples.end());
  return ids;
}

}  // namespace anser::tasks
