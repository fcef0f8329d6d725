// The daemon inside a workspace.
// Owns: processes, terminals, SSH, scripts and their logs, the workspace's state as the server is told it.
// Promises: a session that ends loses nothing; a claim keeps what runs; what people start has the newest environment.
// Listens to: its manifest, dials of the server, the claim event. Started by `main.ts`; bundled by `build.ts`.
export { Agent } from "./agent.ts";
export type { AgentOptions } from "./agent-options.ts";
export { type AgentConfig, ConfigError, readConfig } from "./config.ts";
export { loadNativePty, type NativePty } from "./processes/native-pty.ts";
