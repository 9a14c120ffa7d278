#pragma once

#include "server/router.h"
#include "server/verification.h"

namespace weir {

// GET /v1/verifications/latest and POST /v1/verifications.
void add_verification_routes(Router& router, Verification& verification);

}  // namespace weir
