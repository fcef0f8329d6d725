// The daemon inside a workspace.
// Owns: processes, terminals, SSH, scripts and their logs, the workspace's state as the server is told it.
// Promises: a session that ends loses nothing; a claim keeps what runs; what people start has the newest environment.
// Listens to: its manifest, dials of the server, the claim event. Bundled by `build.ts`.
import { runProcess } from "#run-process.ts";

await runProcess();
