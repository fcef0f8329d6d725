import { hostname } from "node:os";
import { closing, type Capability } from "../ground/lifecycle/index.ts";
import { startDaemons, type DaemonHostDeps } from "./daemon-host.ts";
import { hostIdOf } from "./host-id.ts";
import { DatabaseJobSource } from "./job-source.ts";
import { sealOldSecrets } from "./job-secrets.ts";
import { runReaper } from "./reaper.ts";
import { provisioningRoutes } from "./routes.ts";

export type JobsDeps = Omit<DaemonHostDeps, "jobs" | "hostId" | "hostname" | "accessUrl" | "signal"> & {
  /** Says who this host is. */
  readonly dataDir: string;
  /** Seals what jobs are told in confidence. */
  readonly sealKey: Buffer;
};

/** The queue, and the workers of this server. Theirs are the kinds of jobs that others queue. */
export function createJobs(deps: JobsDeps): Capability {
  const source = new DatabaseJobSource(deps);
  return {
    name: "jobs",
    routes: provisioningRoutes(deps),
    sealers: { job_secrets: sealOldSecrets(deps.sealKey) },
    loops: [{ name: "reaper", run: (signal) => runReaper(deps, signal) }],
    openedForWork: [closing("acquisition", 10_000, source)],
    async start({ accessUrl, signal }) {
      const hostId = await hostIdOf(deps.dataDir);
      const host = await startDaemons({ ...deps, jobs: source, hostId, hostname: hostname(), accessUrl, signal });
      return closing("workers and workspaces", deps.graceMs + 20_000, host);
    },
  };
}
