#include "tasks/shortcut_audit.h"
namespace anser::tasks {}
