// What only tests need. Test files import it; sources never.
export { createTestDatabase, type TestDatabase, type TestDatabaseOptions } from "./database/test-database.ts";
export { columnsThatHold } from "./database/find-text.ts";
export { Deployment, type DeploymentOptions } from "./deployment.ts";
export { codeOf } from "./code-of.ts";
export { freePort } from "./free-port.ts";
export { logIn } from "./log-in.ts";
export { findProgram, needs } from "./needs.ts";
export { ConnectionRefused, SimulatedAgent, type SimulatedAgentOptions } from "./fleet/simulated-agent.ts";
export { endOfLog, pushTemplate } from "./push-template.ts";
export { RealServer } from "./real-server.ts";
export { SmallDisk } from "./small-disk.ts";
export { forgedZip, type ForgedFile } from "./forged-zip.ts";
export { engineOf, simulatedEngine } from "./fleet/simulated-engine.ts";
export { fleetHome, SimulatedFleet } from "./fleet/simulated-fleet.ts";
export { TwoServers } from "./two-servers.ts";
export { untilOverEvents } from "./until-over-events.ts";
export { upgradeStatus } from "./upgrade-status.ts";
