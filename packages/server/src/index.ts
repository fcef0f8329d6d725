// The control plane. `startServer` is the composition root; `runServer` is what `hearth server` does.
export { startServer, type Server, type ServerOptions } from "./main.ts";
export { runServer, type FirstLogIn, type RunServerOptions, type ServerTerminal } from "./run-server.ts";
export { readConfig, type Config, type Option } from "./config/index.ts";
