// A claim: a folder experiments/claims/<id> with a README, suite.toml (what is run) and accept.toml (what
// must come out). No code lives there; this file reads them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/train/run.h"

namespace anser::runner {

/// A line of the suite that trains one model on one task with several seeds.
struct Architecture {
  std::string name;      // "rwkv7_c2": what accept.toml refers to
  std::string title;     // "RWKV-7, c = 2"
  bool control = false;  // trained on a task of its own, kept out of the comparison
  train::RunConfig run;  // everything but the seed
};

/// A line of accept.toml. Which members are used depends on the kind (experiments/runner/judge.h).
struct AcceptLine {
  std::string name;
  std::string kind;
  std::string precision;
  std::string architecture;
  std::int64_t states = 0;
  std::int64_t length = 0;
  double accuracy = 0;
  double at_least = -1;  // fraction of seeds; < 0: no lower bound
  double at_most = -1;   // fraction of seeds; < 0: no upper bound
  double margin = 0;

  std::vector<Field> fields();
};

struct Claim {
  std::string id;
  std::string title;
  std::string statement;
  std::string task;
  std::string preset;
  std::string mode;  // of the compiler
  std::int64_t construction_tokens = 0;
  std::vector<std::string> precisions;
  std::vector<std::int64_t> seeds;
  std::vector<Architecture> architectures;  // the compared ones, then the controls
  std::vector<AcceptLine> accept;
  std::string hash;  // of the suite as resolved for this preset, and of accept.toml
};

/// Folder that holds the claims: ANSER_HOME, else the source tree that this program was built from.
std::filesystem::path claims_folder();

/// Ids of all claims.
std::vector<std::string> known_claims();

/// Reads a claim for a preset ("quick", "paper"). InputError naming the nearest known claim, preset or key.
Claim load_claim(const std::string& id, const std::string& preset);

}  // namespace anser::runner
