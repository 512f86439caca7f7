// Trains the tiny model in a folder: the program that the kill test kills.    train_once FOLDER
#include <cstdio>

#include "tests/core/tiny_training.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    anser::train::RunConfig config = anser::tests::tiny_config();
    config.steps = 3000;
    config.log_every = 10;
    config.checkpoint_every = 25;
    anser::train::run(config, anser::tests::sum_words(), argv[1], anser::tests::tiny_setup());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
