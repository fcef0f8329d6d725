import { randomUUID } from "node:crypto";
import { packFiles } from "../archive/index.ts";
import type { BuildJob, ImportJob } from "../protocol.ts";

/** For tests: an archive with these files, under an id of its own. */
export function archiveOf(files: Readonly<Record<string, string>>): BuildJob["file"] {
  const contents = Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)] as const);
  return {
    id: randomUUID(),
    async *read() {
      yield await packFiles(new Map(contents));
    },
  };
}

/** A template that is as small as one can be. */
export const smallManifest = "workspace: { engine: process }\nagents: [{ name: main }]\n";

/** What every job has. */
function anyJob() {
  return {
    id: randomUUID(),
    epoch: 1,
    organizationId: randomUUID(),
    initiatorId: randomUUID(),
    file: archiveOf({ "hearth.yaml": smallManifest }),
  };
}

/** For tests: a build of the small template. */
export function buildJob(more: Partial<BuildJob> = {}): BuildJob {
  return {
    ...anyJob(),
    type: "workspace_build",
    buildId: randomUUID(),
    transition: "start",
    stage: "none",
    startCount: 1,
    workspace: { id: randomUUID(), name: "dev" },
    template: { id: randomUUID(), name: "starter", version: "v1" },
    owner: {
      id: randomUUID(),
      name: "alice",
      fullName: "Alice",
      email: "alice@hearth.test",
      groups: [],
      sshPublicKey: "",
      mayRunUnsandboxed: true,
    },
    isPrebuild: false,
    parameters: [],
    variables: [],
    state: undefined,
    accessUrl: "http://hearth.test",
    logLevel: "",
    ...more,
  };
}

/** For tests: an import of the small template. */
export function importJob(more: Partial<ImportJob> = {}): ImportJob {
  return {
    ...anyJob(),
    type: "template_version_import",
    templateVersionId: randomUUID(),
    variables: [],
    ...more,
  };
}
