// anser_version, anser_target and the sentence of a status.
#include <cinttypes>
#include <cstdio>

#include "kernels/c_api/anser.h"
#include "kernels/wkv7.h"

const char* anser_version(void) {
  return ANSER_VERSION;
}

const char* anser_target(void) {
  return anser::kernels::cpu::wkv7_target();
}

size_t anser_status_message(anser_status status, char* buffer, size_t size) {
  const int length = status.code == ANSER_OK
                         ? std::snprintf(buffer, size, "ok")
                         : std::snprintf(buffer, size, "%s: %s is %" PRId64 ", wanted %s", status.function,
                                         status.argument, status.value, status.wanted);
  return length < 0 ? 0 : static_cast<size_t>(length);
}
