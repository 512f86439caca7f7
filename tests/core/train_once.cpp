// Trains a small RWKV-7 in a folder: the program that the kill test kills.    train_once FOLDER
#include <cstdio>

#include "tests/core/tiny_training.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    anser::train::RunConfig config = anser::tests::tiny_config();
    config.model = "rwkv7[L=1,D=16,N=8,c=2,ranks=8]";
    config.steps = 600;
    config.log_every = 10;
    config.checkpoint_every = 15;
    anser::train::run(config, anser::tests::sum_words(), argv[1]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
