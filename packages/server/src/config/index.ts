// config: what the operator says. Owns the table of options; everything else about them is made from it.
export { ConfigError, readConfig, type Config } from "./config.ts";
export { type Option } from "./options.ts";
