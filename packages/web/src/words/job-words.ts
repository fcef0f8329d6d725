import type { ProvisionerJob } from "@hearth/sdk";
import type { StateWords } from "./workspace-words.ts";

const jobs: Readonly<Record<ProvisionerJob["status"], StateWords>> = {
  pending: { word: "Waiting", tone: "busy", isMoving: true },
  running: { word: "Running", tone: "busy", isMoving: true },
  succeeded: { word: "Done", tone: "good", isMoving: false },
  canceling: { word: "Canceling", tone: "busy", isMoving: true },
  canceled: { word: "Canceled", tone: "quiet", isMoving: false },
  failed: { word: "Failed", tone: "bad", isMoving: false },
  unknown: { word: "Unknown", tone: "quiet", isMoving: false },
};

/** The state of a build's or an import's job. */
export function jobWords(job: Pick<ProvisionerJob, "status">): StateWords {
  return jobs[job.status];
}
