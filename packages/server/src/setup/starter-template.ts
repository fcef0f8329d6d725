import type { Clock, Logger } from "@hearth/base";
import { ArchiveThreads } from "@hearth/provisioner";
import { provisionerType, zeroUuid } from "@hearth/sdk";
import { releaseSessionLock, tryTakeSessionLock, type Database, type Db } from "../ground/database/index.ts";
import { authorize, createContext, type Context, type UserActor } from "../access/index.ts";
import { findUser, getDefaultOrganization, openSealKey } from "../identity/index.ts";
import { findJobs, isActive, matchedProvisioners } from "../jobs/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import {
  authorizeNewTemplate,
  createTemplate,
  createVersion,
  hasTemplates,
  readExample,
  storeBytes,
} from "../templates/index.ts";

interface StarterDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly pubsub: PubSub;
  readonly log: Logger;
}

export interface Waiting {
  readonly signal: AbortSignal;
  /** Nobody is there who may import it: it is done when somebody comes. */
  readonly onWait: () => void;
}

const starterName = "starter";
const importTimeoutMs = 60_000;
/** Behind the bell. */
const importPollMs = 1_000;
/** While nobody is there who may import it. */
const waitPollMs = 30_000;

/**
 * Imports the starter template for its owner, and waits until it is there. Nothing happens when the deployment has a
 * template, or had one, or while another replica imports it. Where nobody is there who may import it, `onWait` is told, and it
 * is waited for until somebody comes.
 * @throws Error when the import fails, with what it said
 */
export async function ensureStarterTemplate(
  database: Database,
  deps: Omit<StarterDeps, "db">,
  ownerId: string,
  { signal, onWait }: Waiting,
): Promise<boolean> {
  const client = await database.pool.connect();
  try {
    if (!(await tryTakeSessionLock(client, "starterTemplate"))) return false;
    try {
      return await importStarter({ ...deps, db: database.db }, ownerId, { signal, onWait });
    } finally {
      await releaseSessionLock(client, "starterTemplate");
    }
  } finally {
    client.release();
  }
}

async function importStarter(deps: StarterDeps, ownerId: string, waiting: Waiting): Promise<boolean> {
  const { db } = deps;
  const { signal } = waiting;
  if (await hasTemplates(db)) return false;
  const sealKey = await openSealKey(db, deps.clock.now());
  const templates = { ...deps, sealKey, archives: new ArchiveThreads(deps) };
  const archive = await readExample(starterName);
  if (archive === undefined) throw new Error("The starter template is not in this installation.");
  const ctx = await ownerContext(deps, ownerId, signal);
  const organization = await getDefaultOrganization(db);
  const file = await storeBytes(ctx, deps, authorize(ctx, "file:create", { ownerId }), archive);
  const granted = authorizeNewTemplate(ctx, organization);
  const version = await createVersion(ctx, templates, granted, {
    storage_method: "file",
    file_id: file.id,
    provisioner: provisionerType,
    message: "The starter template that comes with Hearth",
    template_id: zeroUuid,
  });
  await importEnded(deps, version.job.id, waiting);
  await createTemplate(ctx, templates, granted, {
    name: starterName,
    display_name: "Starter",
    description: "A shell on this machine",
    template_version_id: version.id,
  });
  return true;
}

async function importEnded(deps: StarterDeps, jobId: string, { signal, onWait }: Waiting): Promise<void> {
  const { db, clock } = deps;
  for (;;) {
    using bell = bellOf(deps, jobId);
    const job = (await findJobs(db, [jobId])).get(jobId);
    if (job?.job_status !== "pending" || (await matchedProvisioners(db, job, clock.now())).available > 0) break;
    onWait();
    await Promise.race([bell.rung, clock.sleep(waitPollMs, { signal, tag: "starter-import" })]);
  }
  using deadline = clock.timeout(importTimeoutMs, { signal });
  for (;;) {
    using bell = bellOf(deps, jobId);
    const job = (await findJobs(db, [jobId])).get(jobId);
    if (job !== undefined && !isActive(job)) {
      if (job.job_status === "succeeded") return;
      throw new Error(`The starter template could not be imported: ${job.error ?? job.job_status}`);
    }
    await Promise.race([bell.rung, clock.sleep(importPollMs, { signal: deadline.signal, tag: "starter-import" })]);
  }
}

/** Rings when the job's log has news, or is over. */
function bellOf({ pubsub }: StarterDeps, jobId: string): Disposable & { readonly rung: Promise<void> } {
  const { promise: rung, resolve } = Promise.withResolvers<void>();
  const ring = () => resolve();
  const subscription = pubsub.subscribe("job_logs", jobId, { onMessage: ring, onDropped: ring });
  return { rung, [Symbol.dispose]: () => subscription[Symbol.dispose]() };
}

/** The owner acts, as if by hand: no power of the system is needed. */
async function ownerContext({ db, log }: StarterDeps, ownerId: string, signal: AbortSignal): Promise<Context> {
  const user = await findUser(db, { id: ownerId });
  if (user === undefined) throw new Error("the owner vanished");
  const actor: UserActor = {
    kind: "user",
    userId: user.id,
    username: user.username,
    roles: [...user.roles, "member"],
    organizationRoles: new Map(user.organization_ids.map((id) => [id, ["organization-member"]])),
    customRoles: [],
    groupIds: [],
    keyId: "",
    scopes: ["coder:all"],
    allowList: ["*:*"],
  };
  return createContext(actor, log, signal);
}
