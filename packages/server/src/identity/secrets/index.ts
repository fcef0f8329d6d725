// secrets: what users' workspaces are given in confidence. Owns `user_secrets` and `user_secret_values`. Promises: a value is
// sealed for its place, and opened for the agents of its owner's workspaces alone; what a user keeps stays below its limits.
export { openSecrets, type SealedSecret } from "./open-secrets.ts";
export { secretRoutes } from "./secret-routes.ts";
