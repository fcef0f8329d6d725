import { expect, test } from "vitest";
import type { CreateTemplateRequest, CreateTemplateVersionRequest } from "@hearth/sdk";
import { grantFor, ownerContext } from "../access/testing/index.ts";
import { searchTemplates } from "./template-query.ts";
import type { Db, Tx } from "../ground/database/index.ts";
import type { TemplateRow, TemplateVersionRow } from "./rows.ts";
import { createTemplate } from "./create-template.ts";
import { storeBytes } from "./file-store.ts";
import { invalidatePresets } from "./invalidate-presets.ts";
import { shareTemplate } from "./sharing.ts";
import type { ListedVersion } from "./store.ts";
import { deleteTemplate, updateTemplate } from "./template-writes.ts";
import { unarchiveVersion } from "./version-writes.ts";
import { archiveUnused, archiveVersion, createVersion, promoteVersion, type TemplateDeps } from "./versions.ts";

// What changes or lists templates does not compile without the grant of it. Nothing here is called.

const template = { id: "t", organizationId: "o" };

const ctx = ownerContext();

test("who changes or lists a template was granted that", () => {
  const calls = [
    (deps: TemplateDeps) => updateTemplate(ctx, deps, grantFor("template:update", template), { name: "x" }),
    // @ts-expect-error -- granted to look
    (deps: TemplateDeps) => updateTemplate(ctx, deps, grantFor("template:read", template), { name: "x" }),
    (deps: TemplateDeps) =>
      // @ts-expect-error -- who may make templates there changes none
      updateTemplate(ctx, deps, grantFor("template:create", { organizationId: "o" }), { name: "x" }),
    // @ts-expect-error -- who may change it may not delete it
    (deps: TemplateDeps) => deleteTemplate(ctx, deps, grantFor("template:update", template)),
    // @ts-expect-error -- an id is no right to it
    (deps: TemplateDeps) => deleteTemplate(ctx, deps, "t"),
    // @ts-expect-error -- who may see versions archives none
    (db: Db) => archiveUnused(db, grantFor("template:read", template), ["v"], 0),
    (deps: TemplateDeps, version: TemplateVersionRow) =>
      // @ts-expect-error -- nor brings any back
      unarchiveVersion(deps, grantFor("template:read", template), version),
    (deps: TemplateDeps, version: ListedVersion) =>
      // @ts-expect-error -- nor takes one away
      archiveVersion(deps, grantFor("template:read", template), version),
    (deps: TemplateDeps, row: TemplateRow, version: TemplateVersionRow) =>
      // @ts-expect-error -- nor makes one active
      promoteVersion(ctx, deps, grantFor("template:read", template), row, version),
    (deps: TemplateDeps, request: CreateTemplateRequest) =>
      // @ts-expect-error -- who may change a template makes no other
      createTemplate(ctx, deps, grantFor("template:update", template), request),
    (deps: TemplateDeps, request: CreateTemplateVersionRequest) =>
      // @ts-expect-error -- where it is to be must have been asked about
      createVersion(ctx, deps, grantFor("template:create", {}), request),
    // @ts-expect-error -- who may see a template shares it with nobody
    (deps: TemplateDeps) => shareTemplate(ctx, deps, grantFor("template:read", template), {}),
    // @ts-expect-error -- who may read a file stores none
    (deps: TemplateDeps) => storeBytes(ctx, deps, grantFor("file:read", { id: "f", ownerId: "u" }), new Uint8Array()),
    // @ts-expect-error -- who may see a template does not make its pools stale
    (tx: Tx) => invalidatePresets(tx, grantFor("template:read", template), "v", 0),
    // @ts-expect-error -- one template's right lists no others
    (db: Db) => searchTemplates(db, "", { visible: grantFor("template:read", template), callerId: "u" }),
  ];

  expect(calls).toHaveLength(15);
});
