import { expect, test } from "vitest";
import type { Context } from "../access/index.ts";
import { grantFor } from "../access/testing/index.ts";
import type { Db, Tx } from "../ground/database/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import type { JobRow } from "../jobs/index.ts";
import { listBuildParameters } from "./build-parameters.ts";
import { findBuildState, replaceBuildState } from "./build-state.ts";
import type { BuildWithWorkspace } from "./access.ts";
import { cancelBuild } from "./cancel-build.ts";
import { rememberKey, type IdempotencyKey } from "./idempotency.ts";
import { insertBuild, type NewBuild } from "./insert-build.ts";
import { completeOrphan } from "./orphan-delete.ts";
import type { WorkspaceRow } from "./records.ts";
import { workspaceSettings, type SettingsDeps } from "./settings.ts";
import { shareWorkspace, unshareWorkspace, type SharingDeps } from "./sharing.ts";
import { insertWorkspace, type NewWorkspace } from "./store.ts";

// What makes, builds, changes or shares a workspace does not compile without the grant of it. Nothing here is called.

const mine = { ownerId: "u", organizationId: "o" };
const workspace = { ...mine, id: "w", userAcl: {}, groupAcl: {} };

test("who makes or builds a workspace was granted that", () => {
  const calls = [
    (tx: Tx, given: NewWorkspace) => insertWorkspace(tx, grantFor("workspace:create", mine), given),
    // @ts-expect-error -- whose it is to be must have been asked about
    (tx: Tx, given: NewWorkspace) => insertWorkspace(tx, grantFor("workspace:create", { organizationId: "o" }), given),
    // @ts-expect-error -- who may change one may not make one
    (tx: Tx, given: NewWorkspace) => insertWorkspace(tx, grantFor("workspace:update", workspace), given),
    (tx: Tx, pubsub: PubSub, given: NewBuild) => insertBuild(tx, pubsub, grantFor("workspace:create", mine), given),
    (tx: Tx, pubsub: PubSub, given: NewBuild) => insertBuild(tx, pubsub, grantFor("workspace:stop", workspace), given),
    // @ts-expect-error -- who may see it may not build it
    (tx: Tx, pubsub: PubSub, given: NewBuild) => insertBuild(tx, pubsub, grantFor("workspace:read", workspace), given),
    // @ts-expect-error -- granted to stop workspaces, none in particular
    (tx: Tx, pubsub: PubSub, given: NewBuild) => insertBuild(tx, pubsub, grantFor("workspace:stop", mine), given),
    // @ts-expect-error -- an id is no right to it
    (tx: Tx, pubsub: PubSub, given: NewBuild) => insertBuild(tx, pubsub, workspace, given),
    (tx: Tx, pubsub: PubSub, made: { job: JobRow; buildId: string; nowMs: number }) =>
      // @ts-expect-error -- of no workspace in particular
      completeOrphan(tx, pubsub, grantFor("workspace:delete", mine), made),
    (tx: Tx, key: IdempotencyKey) =>
      // @ts-expect-error -- who may see it remembers no request for it
      rememberKey(tx, grantFor("workspace:read", workspace), key, { buildId: "b", nowMs: 0 }),
  ];

  expect(calls).toHaveLength(10);
});

test("who changes or shares a workspace was granted that", () => {
  const may = grantFor("workspace:update", workspace);
  const maySee = grantFor("workspace:read", workspace);
  const calls = [
    (deps: SettingsDeps) => workspaceSettings(deps).setFavorite(may, true),
    // @ts-expect-error -- who may see it may not mark it
    (deps: SettingsDeps) => workspaceSettings(deps).setFavorite(maySee, true),
    // @ts-expect-error -- nor choose when it starts
    (deps: SettingsDeps, row: WorkspaceRow) => workspaceSettings(deps).setAutostart(maySee, row, undefined),
    // @ts-expect-error -- nor when it stops
    (deps: SettingsDeps, ctx: Context, row: WorkspaceRow) => workspaceSettings(deps).setTtl(ctx, maySee, row, 1),
    // @ts-expect-error -- a row is no right to it
    (deps: SettingsDeps, ctx: Context, row: WorkspaceRow) => workspaceSettings(deps).setDormancy(ctx, row, row, true),
    // @ts-expect-error -- granted to change workspaces, none in particular
    (deps: SettingsDeps) => workspaceSettings(deps).setAutomaticUpdates(grantFor("workspace:update", mine), "always"),
    // @ts-expect-error -- who may change it may not share it
    (deps: SharingDeps, ctx: Context) => shareWorkspace(ctx, deps, may, {}),
    // @ts-expect-error -- nor end that
    (deps: SharingDeps, ctx: Context) => unshareWorkspace(ctx, deps, may),
    (deps: SharingDeps, ctx: Context, build: BuildWithWorkspace) =>
      // @ts-expect-error -- seeing a build is not enough to stop it
      cancelBuild(ctx, deps, build.granted, build, undefined),
    (deps: SharingDeps, ctx: Context, build: BuildWithWorkspace) =>
      // @ts-expect-error -- state is the template's affair
      replaceBuildState(ctx, deps, may, build, new Uint8Array()),
  ];

  expect(calls).toHaveLength(10);
});

test("who reads what an engine remembers has its template's right, or its job in hand", () => {
  const template = { id: "t", organizationId: "o" };
  const calls = [
    (db: Db, key: Buffer) => findBuildState(db, grantFor("template:update", template), key, "b"),
    (db: Db, key: Buffer) => findBuildState(db, grantFor("provisioner_jobs:update", template), key, "b"),
    // @ts-expect-error -- it may hold what the workspace's owner is not told
    (db: Db, key: Buffer) => findBuildState(db, grantFor("workspace:update", workspace), key, "b"),
    // @ts-expect-error -- who may use a template does not see what it keeps
    (db: Db, key: Buffer) => findBuildState(db, grantFor("template:read", template), key, "b"),
  ];

  expect(calls).toHaveLength(4);
});

test("who reads what a build was given, for it alone too, may see its workspace", () => {
  const calls = [
    (db: Db, key: Buffer) => listBuildParameters(db, grantFor("workspace:read", workspace), key, "b"),
    // @ts-expect-error -- of no workspace in particular
    (db: Db, key: Buffer) => listBuildParameters(db, grantFor("workspace:read", mine), key, "b"),
    // @ts-expect-error -- whose template it is may not see it
    (db: Db, key: Buffer) => listBuildParameters(db, grantFor("template:update", workspace), key, "b"),
  ];

  expect(calls).toHaveLength(3);
});
