// runs: a workspace and a command in one request. Owns runs. Promises: what is to be deleted with its run is deleted, whoever
// is lost in between; a request with a key does it once. Listens to workspace_owner. Workspaces are made and deleted by the
// doors of that capability, commands started by that of agents.
export { createRuns } from "./create-runs.ts";
