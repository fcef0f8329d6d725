import { expect, test } from "vitest";
import type { Context } from "../access/index.ts";
import { grantFor } from "../access/testing/index.ts";
import type { Tx } from "../ground/database/index.ts";
import type { TemplateRow } from "../templates/index.ts";
import type { ClaimPrebuild } from "../workspaces/index.ts";
import { claimPrebuild } from "./claim.ts";
import { invalidatePools, type PoolRequestDeps } from "./invalidate.ts";
import { changeSettings } from "./prebuilds-settings.ts";

// What gives a warm workspace away, or changes pools, does not compile without the grant of it. Nothing here is called.

type Request = Parameters<ClaimPrebuild>[2];
const mine = { ownerId: "u", organizationId: "o" };
const template = { id: "t", organizationId: "o" };

test("who claims or changes pools was granted that", () => {
  const calls = [
    (tx: Tx, request: Request) => claimPrebuild(tx, grantFor("workspace:create", mine), request),
    // @ts-expect-error -- whose it becomes must have been asked about
    (tx: Tx, request: Request) => claimPrebuild(tx, grantFor("workspace:create", { organizationId: "o" }), request),
    // @ts-expect-error -- who may change workspaces claims none
    (tx: Tx, request: Request) => claimPrebuild(tx, grantFor("workspace:update", mine), request),
    // @ts-expect-error -- whose it becomes is in the grant, and is no right by itself
    (tx: Tx, request: Request) => claimPrebuild(tx, mine, request),
    (deps: PoolRequestDeps, ctx: Context, row: TemplateRow) =>
      // @ts-expect-error -- who may see a template does not make its pools stale
      invalidatePools(ctx, deps, grantFor("template:read", template), row),
    (deps: PoolRequestDeps, ctx: Context) =>
      // @ts-expect-error -- who may see the settings may not change them
      changeSettings(ctx, deps, grantFor("prebuilds_settings:read", {}), { reconciliation_paused: true }),
  ];

  expect(calls).toHaveLength(6);
});
