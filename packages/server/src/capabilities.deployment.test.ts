import { expect, test } from "vitest";
import { z } from "zod";
import { recordingLogger } from "@hearth/base/recording-logger";
import { endpoints } from "@hearth/sdk";
import { createTestDatabase, Deployment } from "@hearth/testkit";
import { authorize } from "./access/index.ts";
import { contextOfSystem } from "./access/testing/index.ts";
import { transaction, type Db } from "./ground/database/index.ts";
import { route } from "./ground/http/index.ts";
import { collect, type Capability } from "./ground/lifecycle/index.ts";
import { addEffect, handleEffect } from "./ground/outbox/index.ts";
import type { JobContent } from "./jobs/index.ts";
import type { PubSub } from "./ground/pubsub/index.ts";

const prebuildRoute = { params: { template: "00000000-0000-4000-8000-000000000000" } };

/** A capability with all that one can have, and what became of it. */
function createTwelfth({ db, pubsub }: { db: Db; pubsub: PubSub }) {
  const happened: string[] = [];
  const delivered = Promise.withResolvers<unknown>();
  const kind = { name: "twelfth", schema: z.object({ word: z.string() }) };
  const note = (what: string) => () => void happened.push(what);
  const capability: Capability = {
    name: "twelfth",
    routes: [
      route(endpoints.prebuilds.getPrebuildsSettings)({
        access: "prebuilds_settings:read",
        async handle({ ctx }) {
          const granted = authorize(ctx, "prebuilds_settings:read", {});
          return await Promise.resolve({ status: 200, granted, body: { reconciliation_paused: true } });
        },
      }),
    ],
    loops: [
      {
        name: "twelfth",
        async run(signal) {
          await transaction(contextOfSystem("setup"), db, { name: "test" }, async (tx) => {
            await addEffect(tx, pubsub, kind, { key: "", payload: { word: "hello" }, nowMs: 0 });
          });
          const ended = Promise.withResolvers<void>();
          signal.addEventListener("abort", () => ended.resolve());
          await ended.promise;
          note("loop ended")();
        },
      },
    ],
    effects: [handleEffect(kind, async ({ payload }) => await Promise.resolve(delivered.resolve(payload)))],
    opened: [{ name: "twelfth's", limitMs: 1_000, end: note("closed") }],
    openedForWork: [{ name: "twelfth's for work", limitMs: 1_000, end: note("closed for work") }],
    async start({ accessUrl }) {
      happened.push(`started at ${accessUrl}`);
      return await Promise.resolve({ name: "twelfth's start", limitMs: 1_000, end: note("stopped") });
    },
    pages: (app) => void app.get("/twelfth", async () => await Promise.resolve("a page")),
  };
  return { capability, happened, delivered: delivered.promise };
}

/** A type that is missing here does not compile. */
const jobTypes = { template_version_import: true, workspace_build: true } satisfies Record<JobContent["type"], true>;

/** The end of whatever stop: what was opened, in reverse. */
const closing = [
  "acquisition",
  "twelfth's for work",
  "requests",
  "what is held open",
  "twelfth's",
  "chat episodes",
  "runs",
  "agent sessions",
  "activity",
  "lease",
  "relay",
  "announcements",
  "database connections",
];

test("a capability that is taken out of the list is not there, one that is added is, and nothing else changes", async () => {
  const log = recordingLogger();
  const jobKinds: string[] = [];
  const made: ReturnType<typeof createTwelfth>[] = [];
  await using deployment = await Deployment.create({
    log,
    capabilities(standard, ground) {
      jobKinds.push(...Object.keys(collect(standard).jobKinds));
      const twelfth = createTwelfth(ground);
      made.push(twelfth);
      return [...standard.filter(({ name }) => name !== "prebuilds"), twelfth.capability];
    },
  });
  const { client, url } = deployment;
  const [twelfth] = made;

  expect(jobKinds.toSorted()).toEqual(Object.keys(jobTypes).toSorted());
  expect(await twelfth?.delivered).toEqual({ word: "hello" });
  expect(await client.call(endpoints.prebuilds.getPrebuildsSettings, {})).toEqual({ reconciliation_paused: true });
  await expect(client.call(endpoints.hearth.listPools, prebuildRoute)).rejects.toMatchObject({
    code: "route_not_found",
  });
  expect(await (await fetch(`${url}/twelfth`)).text()).toBe("a page");
  // The queue runs what is left in the list.
  await deployment.pushTemplate("small", "name: small\nworkspace: { engine: process }\nagents: [{ name: main }]\n");
  await deployment[Symbol.asyncDispose]();

  expect(log.lines.filter(({ message }) => message === "stopped").map(({ fields }) => fields["phase"])).toEqual([
    "readiness",
    "workers and workspaces",
    "twelfth's start",
    "loops",
    ...closing,
  ]);
  expect(twelfth?.happened).toEqual([`started at ${url}`, "stopped", "loop ended", "closed for work", "closed"]);
});

test("a start that fails while what lay open is sealed ends all that it had opened", async () => {
  const log = recordingLogger();
  await using database = await createTestDatabase();
  {
    await using deployment = await Deployment.create({ database });
    const row = { kind: "build_state", id: prebuildRoute.params.template, content: Buffer.from("open") } as const;
    await deployment.server.database.db.insertInto("unsealed").values(row).execute();
  }
  const made: ReturnType<typeof createTwelfth>[] = [];
  const started = Deployment.create({
    database,
    log,
    capabilities(standard, ground) {
      const twelfth = createTwelfth(ground);
      made.push(twelfth);
      const sealers = { build_state: () => Promise.reject(new Error("the disk is full")) };
      return [
        ...standard
          .filter(({ name }) => name !== "prebuilds")
          .map((one) => (one.name === "workspaces" ? { ...one, sealers } : one)),
        twelfth.capability,
      ];
    },
  });

  await expect(started).rejects.toThrow("the disk is full");

  expect(made[0]?.happened).toEqual(["closed for work", "closed"]);
  expect(log.lines.filter(({ message }) => message === "stopped").map(({ fields }) => fields["phase"])).toEqual(
    closing,
  );
});
