// deployment: what there is to know about the server itself, the dashboard's files, and the API's description.
export { buildVersion, hearthVersion } from "./version.ts";
export { createDeployment } from "./create-deployment.ts";
