import type { Capability } from "../ground/lifecycle/index.ts";
import { serveApiDocs } from "./api-docs.ts";
import { serveDashboard } from "./dashboard.ts";
import { serveDownloads } from "./downloads.ts";
import { openApiDocument } from "./openapi.ts";
import { deploymentRoutes, type DeploymentDeps } from "./routes.ts";

/** What the server says of itself: facts, the description of its API, the dashboard. */
export function createDeployment(
  deps: DeploymentDeps & { readonly dashboardDir: string; readonly programsDir: string },
): Capability {
  return {
    name: "deployment",
    routes: deploymentRoutes(deps),
    pages(app, routes) {
      serveApiDocs(app, openApiDocument(routes));
      serveDownloads(app, deps.programsDir, deps.accessUrl);
      serveDashboard(app, deps.dashboardDir);
    },
  };
}
