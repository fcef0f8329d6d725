import { isDeepStrictEqual } from "node:util";
import type { WorkerIdentity } from "@hearth/provisioner";
import { untagged, type JobRow } from "./job-row.ts";

/** What a job requires of the daemon that runs it: columns of its row. Null requires nothing. */
export type Requirement = Pick<JobRow, "organization_id" | "tags" | "language" | "engine" | "host_id">;

/** Of a job that any daemon of its organization with its tags may run. */
export const anywhere = { language: null, engine: null, host_id: null } as const;

/** What a daemon offers. */
export type Offer = Pick<WorkerIdentity, "organizationId" | "tags" | "languages" | "engines" | "hostId">;

/**
 * Whether a daemon may run a job: it is of the job's organization, has the job's tags (work without tags goes to daemons
 * without any), knows its template's language, has its engine, and is on the host that holds its workspace.
 *
 * Pure. The database has the same rule as `may_run(d, j)`, which acquisition, the queue's places, counts of daemons and
 * the reaper use; a test holds the two together.
 * @see spec/builds.md §8.3, §9.1
 */
export function mayRun(offer: Offer, job: Requirement): boolean {
  const tags: Readonly<Record<string, string>> = { ...untagged, ...offer.tags };
  return (
    offer.organizationId === job.organization_id &&
    Object.entries(job.tags).every(([name, value]) => Object.hasOwn(tags, name) && tags[name] === value) &&
    (!isDeepStrictEqual(job.tags, untagged) || isDeepStrictEqual(tags, untagged)) &&
    (job.language === null || offer.languages.includes(job.language)) &&
    (job.engine === null || Object.hasOwn(offer.engines, job.engine)) &&
    (job.host_id === null || job.host_id === offer.hostId)
  );
}

/** Those that require the same: they have the same place in the queue, and the same daemons. */
export function requirementKey({ organization_id, tags, language, engine, host_id }: Requirement): string {
  // The database gives the keys of a jsonb in one order.
  return JSON.stringify([organization_id, tags, language, engine, host_id]);
}

/** Daemons that offer the same are served alike: a domain. @see spec/builds.md §9.2 */
export function offerKey({ organizationId, tags, languages, engines, hostId }: Offer): string {
  const byName = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1);
  return JSON.stringify([
    organizationId,
    Object.entries(tags).toSorted(byName),
    languages.toSorted(),
    Object.entries(engines).toSorted(byName),
    hostId,
  ]);
}
