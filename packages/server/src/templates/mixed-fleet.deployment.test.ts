import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { silentLogger, systemClock } from "@hearth/base";
import { packFiles, type AcquiredJob, type WorkerIdentity } from "@hearth/provisioner";
import { endpoints, provisionerType, type TemplateVersion } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";
import { grantFor } from "../access/testing/index.ts";
import { DatabaseJobSource, upsertDaemon } from "../jobs/index.ts";
import { importResult } from "../testing/index.ts";
import { importJobKind } from "./import-kind.ts";

const native = { "hearth.yaml": "name: plain\nworkspace: { engine: process }\nagents: [{ name: main }]\n" };
const terraform = { "main.tf": 'terraform {\n  required_providers { coder = { source = "coder/coder" } }\n}\n' };

async function push(deployment: Deployment, files: Readonly<Record<string, string>>): Promise<TemplateVersion> {
  const { client } = deployment;
  const encoded = Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)] as const);
  const { hash } = await client.call(endpoints.files.uploadFile, { body: await packFiles(new Map(encoded)) });
  const organization = (await client.call(endpoints.organizations.listOrganizations, {}))[0]?.id ?? "";
  return await client.call(endpoints.templateVersions.createTemplateVersion, {
    params: { organization },
    body: { storage_method: "file", file_id: hash, provisioner: provisionerType },
  });
}

/** A daemon of another host, as a replica of its own would have it. */
async function addDaemon(
  deployment: Deployment,
  organizationId: string,
): Promise<{ source: DatabaseJobSource; worker: WorkerIdentity }> {
  const { database, pubsub } = deployment.server;
  const deps = { db: database.db, pubsub, clock: systemClock, log: silentLogger };
  const kinds = { template_version_import: importJobKind({ ...deps, sealKey: await sealKeyOf(deployment) }) };
  const worker: WorkerIdentity = {
    daemonId: randomUUID(),
    name: "terraform-host",
    organizationId,
    tags: {},
    languages: ["terraform"],
    engines: { terraform: { livesOnHost: false } },
    hostId: undefined,
  };
  const granted = grantFor("provisioner_daemon:create", { organizationId });
  await upsertDaemon(deps.db, granted, worker, { replicaId: randomUUID(), version: "test" }, Date.now());
  return { source: new DatabaseJobSource({ ...deps, kinds }), worker };
}

async function sealKeyOf({ server }: Deployment): Promise<Buffer> {
  const row = await server.database.db
    .selectFrom("deployment_keys")
    .select("secret")
    .where("name", "=", "seal")
    .executeTakeFirstOrThrow();
  return row.secret;
}

test("an import goes to a daemon that serves its language, and waits for one where there is none", async () => {
  await using deployment = await Deployment.create();
  const { client } = deployment;
  const read = async ({ id }: TemplateVersion) =>
    await client.call(endpoints.templateVersions.getTemplateVersion, { params: { templateversion: id } });

  // This host's daemon knows native templates alone.
  const waiting = await push(deployment, terraform);
  expect(waiting).toMatchObject({
    job: { status: "pending" },
    matched_provisioners: { count: 0, available: 0, most_recently_seen: null },
  });
  const here = await push(deployment, native);
  await deployment.until(
    "the native one is imported",
    () => read(here),
    ({ job }) => job.status === "succeeded",
  );
  expect((await read(waiting)).job).toMatchObject({ status: "pending", queue_position: 0, queue_size: 0 });
  const logs = await client.call(endpoints.templateVersions.getTemplateVersionLogs, {
    params: { templateversion: waiting.id },
    query: {},
  });
  expect(logs.map(({ output }) => output)).toEqual([
    expect.stringMatching(
      /^Waiting\. There is no provisioner with .* and the template language terraform: start one\.$/,
    ),
  ]);

  // Another comes that knows Terraform alone: it is given the one that waits, and never a native one.
  const { source, worker } = await addDaemon(deployment, waiting.organization_id ?? "");
  await using _source = source;
  expect(await read(waiting)).toMatchObject({
    job: { status: "pending", queue_position: 1, queue_size: 1 },
    matched_provisioners: { count: 1, available: 1 },
  });
  const taken = await source.acquire(worker, new AbortController().signal);
  expect(taken).toMatchObject({ type: "template_version_import", templateVersionId: waiting.id });
  await source.complete(taken, { ...importResult(), language: "terraform", engine: "terraform" });
  expect((await read(waiting)).job.status).toBe("succeeded");

  const second = await push(deployment, native);
  const third = await push(deployment, terraform);
  const next: AcquiredJob = await source.acquire(worker, new AbortController().signal);
  expect(next).toMatchObject({ templateVersionId: third.id });
  await deployment.until(
    "the native one is imported",
    () => read(second),
    ({ job }) => job.status === "succeeded",
  );
  expect((await read(second)).job.worker_id).not.toBe(worker.daemonId);
});

test.for<[what: string, files: Readonly<Record<string, string>>, error: string]>([
  ["no template", { "README.md": "" }, "neither hearth.yaml nor *.tf"],
  ["two", { "hearth.yaml": "", "main.tf": "" }, "both hearth.yaml and main.tf"],
])("an archive that holds %s is anybody's, who says what is wrong", async ([, files, error]) => {
  await using deployment = await Deployment.create();

  const version = await push(deployment, files);

  const { job } = await deployment.until(
    "its import has ended",
    () =>
      deployment.client.call(endpoints.templateVersions.getTemplateVersion, {
        params: { templateversion: version.id },
      }),
    ({ job: { status } }) => status === "failed",
  );
  expect(job.error).toContain(error);
});
