import { expect, test } from "vitest";
import { grantFor, ownerContext } from "../access/testing/index.ts";
import { searchTemplates } from "./template-query.ts";
import type { Db } from "../ground/database/index.ts";
import type { TemplateVersionRow } from "./rows.ts";
import { deleteTemplate, updateTemplate } from "./template-writes.ts";
import { unarchiveVersion } from "./version-writes.ts";
import { archiveUnused, type TemplateDeps } from "./versions.ts";

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
    // @ts-expect-error -- one template's right lists no others
    (db: Db) => searchTemplates(db, "", { visible: grantFor("template:read", template), callerId: "u" }),
  ];

  expect(calls).toHaveLength(8);
});
