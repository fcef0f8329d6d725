// What only tests need. Test files import it; sources never.
export { createTestDatabase, type TestDatabase, type TestDatabaseOptions } from "./database/test-database.ts";
export { findProgram, needs } from "./needs.ts";
export { ConnectionRefused, reportUse, SimulatedAgent, type SimulatedAgentOptions } from "./simulated-agent.ts";
