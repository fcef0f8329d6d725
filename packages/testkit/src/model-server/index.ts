// A model that says what a test has written down, over the real HTTP of three providers.
export { ModelServer, type ModelRequest, type Script } from "./model-server.ts";
export type { Deed, Ending, ScriptedCall, Turn, UsageNumbers } from "./script.ts";
