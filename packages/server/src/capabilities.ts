import type { Engine } from "@hearth/provisioner";
import { createAi } from "./ai/index.ts";
import { authenticateAgent, ClaimedManifests, createAgents, type Agents } from "./agents/index.ts";
import { createAudit } from "./audit/index.ts";
import { createChats } from "./chats/index.ts";
import { buildVersion, createDeployment } from "./deployment/index.ts";
import { collect, type Capability } from "./ground/lifecycle/index.ts";
import { createIdentity, type Identity } from "./identity/index.ts";
import { createJobs, type JobKind } from "./jobs/index.ts";
import type { Ground } from "./open-ground.ts";
import { createPrebuilds } from "./prebuilds/index.ts";
import { createRuns } from "./runs/index.ts";
import { createTemplates } from "./templates/index.ts";
import { createWorkspaces } from "./workspaces/index.ts";

export interface CapabilityOptions {
  readonly engines: readonly Engine[];
  readonly dashboardDir: string;
  /** Where the command line lies that is handed out. */
  readonly programsDir: string;
  /** Another list than the standard one; the queue comes after it, and runs what it has. */
  readonly change: (standard: readonly Capability<JobKind>[], ground: Ground) => readonly Capability<JobKind>[];
}

export interface Capabilities {
  /** What was opened for one ends after what was for those behind it. */
  readonly all: readonly Capability<JobKind>[];
  readonly identity: Identity;
  readonly agents: Agents;
}

/** How long agents have for their stop scripts when the server stops. */
const stopGraceMs = 10_000;

/**
 * What this server can do: each capability, with what it needs of the ground and of the others. What they opened for
 * themselves (`opened`, `openedForWork`) is the caller's to end, also when the start goes no further.
 */
export function createCapabilities(ground: Ground, options: CapabilityOptions): Capabilities {
  const { config, db, replica, organizationId } = ground;
  const { allowUnsandboxed } = config;
  const identity = createIdentity({
    ...ground,
    secureCookies: () => ground.accessUrl().startsWith("https://"),
    authenticateAgent: (token) => authenticateAgent(db, token),
  });
  const prebuilds = createPrebuilds({ ...ground, config: config.prebuilds, allowUnsandboxed });
  const templates = createTemplates(ground);
  const claimed = new ClaimedManifests();
  const making = {
    ...ground,
    claim: prebuilds.claim,
    atOnce: {
      statement: prebuilds.claimAtOnce,
      manifestOf: templates.manifestOf,
      accessUrl: ground.accessUrl,
      claimed,
    },
    allowUnsandboxed,
  };
  const workspaces = createWorkspaces(making);
  const agents = createAgents({ ...ground, claimed, onActivity: (used) => workspaces.noteUse(used) });
  const ai = createAi(ground);
  const standard = [
    createDeployment({ ...ground, ...options, deploymentId: organizationId }),
    createAudit({ ...ground, sink: config.audit }),
    identity,
    templates,
    workspaces,
    agents,
    prebuilds,
    createRuns({ ...making, agents }),
    ai,
    createChats({ ...ground, models: ai }),
  ];
  const queuing = options.change(standard, ground);
  const jobs = createJobs({
    ...ground,
    kinds: collect(queuing).jobKinds,
    engines: options.engines,
    dataDir: config.dataDir,
    workspaces: workspaces.hosted,
    replicaId: replica.id,
    version: buildVersion,
    workerCount: config.provisionerDaemons,
    onIncident: (incident) => agents.recordIncident(incident),
    graceMs: stopGraceMs,
  });
  return { all: [...queuing, jobs], identity, agents };
}
