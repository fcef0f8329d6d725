import type { Capability } from "../ground/lifecycle/index.ts";
import { serveApiDocs } from "./api-docs.ts";
import { serveDashboard } from "./dashboard.ts";
import { openApiDocument } from "./openapi.ts";
import { deploymentRoutes, type DeploymentDeps } from "./routes.ts";

/** What the server says of itself: facts, the description of its API, the dashboard. */
export function createDeployment(deps: DeploymentDeps & { readonly dashboardDir: string }): Capability {
  return {
    name: "deployment",
    routes: deploymentRoutes(deps),
    pages(app, routes) {
      serveApiDocs(app, openApiDocument(routes));
      serveDashboard(app, deps.dashboardDir);
    },
  };
}
