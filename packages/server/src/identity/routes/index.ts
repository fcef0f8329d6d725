import type { Route } from "../../ground/http/index.ts";
import { authRoutes } from "./auth-routes.ts";
import { groupRoutes } from "../groups/index.ts";
import type { IdentityDeps } from "./deps.ts";
import { secretRoutes } from "../secrets/index.ts";
import { organizationRoutes } from "./organization-routes.ts";
import { tokenRoutes } from "./token-routes.ts";
import { userRoutes } from "./user-routes.ts";

/** Every route of this capability. */
export function identityRoutes(deps: IdentityDeps): Route[] {
  return [
    ...authRoutes(deps),
    ...tokenRoutes(deps),
    ...userRoutes(deps),
    ...secretRoutes(deps),
    ...organizationRoutes(deps),
    ...groupRoutes(deps),
  ];
}
