#include "core/train/run.h"

namespace anser::train {

std::vector<Field> RunConfig::fields() {
  constexpr double kTiny = 1e-300;  // the smallest rate that still is one
  return {{"task", &task, "task id"},
          {"model", &model, "model id"},
          {"seed", &seed, "of initialisation and words", 0, 9e15},
          {"steps", &steps, "optimiser steps", 0, 1e9},
          {"batch", &batch, "B, words a step", 0, 1e6},
          {"length", &length, "T, letters a training word", 0, 1e6},
          {"lr", &lr, "learning rate after warm-up", 0, 1e3},
          {"warmup", &warmup, "steps from 1 % to 100 % of lr", 0, 1e9},
          {"final_lr", &final_lr, "fraction of lr at the end of the cosine", 0, 1},
          {"weight_decay", &weight_decay, "decoupled, of the matrices", 0, 1e3},
          {"beta1", &beta1, "decay of the first moment", 0, 0.999999999},
          {"beta2", &beta2, "decay of the second moment", 0, 0.999999999},
          {"epsilon", &epsilon, "AdamW's epsilon", kTiny, 1},
          {"clip", &clip, "largest global gradient norm, 0: none", 0, 1e9},
          {"l2wrap", &l2wrap, "RWKV-LM's logit regulariser", 0, 1},
          {"log_every", &log_every, "steps between two rows of metrics.jsonl", 1, 1e9},
          {"checkpoint_every", &checkpoint_every, "steps between two checkpoints", 1, 1e9},
          {"eval_lengths", &eval_lengths, "lengths of the sealed words", 0, 1e6},
          {"eval_strings", &eval_strings, "sealed words a length", 0, 1e9},
          {"device", &device, "cpu or cuda"},
          {.name = "kernel",
           .value = &kernel,
           .help = "of the recurrence on cuda: auto, sequential or chunked",
           .unwritten = "auto"}};
}

}  // namespace anser::train
