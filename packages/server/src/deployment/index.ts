// deployment: what there is to know about the server itself, the dashboard's files, and the API's description.
export { buildVersion, hearthVersion } from "./version.ts";
export { deploymentRoutes } from "./routes.ts";
export { serveDashboard } from "./dashboard.ts";
export { openApiDocument } from "./openapi.ts";
export { serveApiDocs } from "./api-docs.ts";
