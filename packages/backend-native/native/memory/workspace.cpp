#include "memory/workspace.hpp"

namespace dylora {

Workspace& workspace() {
  static Workspace instance;
  return instance;
}

}  // namespace dylora
