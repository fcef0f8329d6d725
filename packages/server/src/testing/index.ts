// For tests: a real database with as much of a server over it as a test needs. `World` is the ground, on which the others
// stand: `BuildingWorld` for workspaces and their builds, `QueueWorld` for jobs, `ServedWorld` for agents over HTTP. It is
// here and not in the testkit because it calls what capabilities keep inside the server.
export { buildResult } from "./build-result.ts";
export { insertWorkspaceRow, type BuildFixture, type WorkspaceFixture } from "./build-rows.ts";
export { BuildingWorld } from "./building-world.ts";
export { ChatWorld, type ChatReplica } from "./chat-world.ts";
export { agent, resource, script } from "./declarations.ts";
export type { User } from "./people.ts";
export { importResult, line, QueueWorld } from "./queue-world.ts";
export { refusalOf } from "./refusal-of.ts";
export type { ServedReplica } from "./served-replica.ts";
export { ServedWorld } from "./served-world.ts";
export { calling, modelId, saying, unusableModelId } from "./scripted-models.ts";
export { shapeDifferences } from "./shape.ts";
export { SocketFrames } from "./socket-frames.ts";
export { someoneWaitsForALock } from "./someone-waits.ts";
export { insertTemplate, type PresetFixture, type TemplateFixture } from "./templates.ts";
export { WatchedStatements } from "./watched-statements.ts";
export { openGround, World } from "./world.ts";
