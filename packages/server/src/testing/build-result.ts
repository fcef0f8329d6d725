import { randomUUID } from "node:crypto";
import type { BuildJob, BuildResult } from "@hearth/provisioner";
import { agent, resource } from "./declarations.ts";

/** What a worker answers: one agent with a token of its own for a start that is no claim. */
export function buildResult(job: BuildJob, given: Partial<BuildResult> = {}): BuildResult {
  const token = job.stage === "claim" ? undefined : randomUUID();
  return {
    type: "workspace_build",
    resources: job.transition === "start" ? [resource([agent({ token })], "main")] : [],
    state: Buffer.from(JSON.stringify({ build: job.buildId })),
    dailyCost: 0,
    timings: [],
    identityOnlyClaim: job.stage === "claim",
    ...given,
  };
}
