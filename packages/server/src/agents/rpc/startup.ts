import type { MessageShape } from "@hearth/wire";
import type { StartupSchema } from "@hearth/wire/agent-proto";
import type { Db } from "../../ground/database/index.ts";
import type { GrantedAgent } from "../access/agent-grant.ts";
import type { AgentSession } from "../sessions/agent-session.ts";
import type { StartupFacts } from "../sessions/store.ts";
import { refuse } from "./refusals.ts";
import { subsystemOf } from "./words.ts";

/** @see https://semver.org, with the `v` that agents put before it */
const semver =
  /^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

/** What an agent says of itself, checked. Pure. @throws DrpcError for a version or subsystem that is none */
export function readStartup(
  startup: Pick<MessageShape<typeof StartupSchema>, "version" | "expandedDirectory" | "subsystems">,
): Omit<StartupFacts, "apiVersion"> {
  if (!semver.test(startup.version)) throw refuse(`"${startup.version}" is not a version, such as v1.2.3.`);
  const names = startup.subsystems.map((value) => {
    const name = subsystemOf(value);
    if (name === undefined) throw refuse(`Subsystem ${value} is not known.`);
    return name;
  });
  return {
    version: startup.version,
    expandedDirectory: startup.expandedDirectory,
    subsystems: [...new Set(names)].sort(),
  };
}

/** Stores it, unless the row has it already: an agent that reconnects says what it said before. */
export async function storeStartup(
  db: Db,
  granted: GrantedAgent<"workspace:update_agent">,
  session: Pick<AgentSession, "apiVersion" | "startup">,
  startup: Omit<StartupFacts, "apiVersion">,
  nowMs: number,
): Promise<void> {
  const facts: StartupFacts = { ...startup, apiVersion: session.apiVersion };
  if (isSame(session.startup, facts)) return;
  await db
    .updateTable("workspace_agents")
    .set({
      version: facts.version,
      expanded_directory: facts.expandedDirectory,
      api_version: facts.apiVersion,
      subsystems: [...facts.subsystems],
      updated_at: new Date(nowMs),
    })
    .where("id", "=", granted.object.agentId)
    .execute();
  session.startup = facts;
}

function isSame(a: StartupFacts, b: StartupFacts): boolean {
  return (
    a.version === b.version &&
    a.expandedDirectory === b.expandedDirectory &&
    a.apiVersion === b.apiVersion &&
    a.subsystems.join() === b.subsystems.join()
  );
}
