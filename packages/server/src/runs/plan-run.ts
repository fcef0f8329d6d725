import { randomBytes } from "node:crypto";
import { ApiError } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import type { Context } from "../access/index.ts";
import type { Db } from "../ground/database/index.ts";
import { findUuid, parseUuid } from "../ground/http/index.ts";
import { getTemplate, getTemplateByName, getVersion, listPresets } from "../templates/index.ts";

/**
 * What a run's workspace is to be, with the names of template and preset resolved; without a preset it is the template's
 * default one, without a name one is made up.
 * @throws ApiError `validation_failed`, `not_found`
 */
export async function planRun(
  ctx: Context,
  db: Db,
  { template, preset, name, ...given }: api.RunWorkspace,
): Promise<api.CreateWorkspaceRequest> {
  const named = template === undefined ? undefined : await findNamed(ctx, db, template);
  if (named !== undefined && (given.template_id ?? given.template_version_id) !== undefined) {
    refuse("template", "give this, template_id or template_version_id, and one of them");
  }
  const isPlain = given.template_id !== undefined || given.template_version_id !== undefined;
  if (named === undefined && !isPlain) refuse("template", "say of which template the workspace is to be");
  let presetId = given.template_version_preset_id;
  // With ids alone nothing is looked up here: the creation itself does.
  if (presetId === undefined || preset !== undefined) {
    const versionId = named?.active_version_id ?? (await versionOf(ctx, db, given));
    presetId = await presetOf(db, versionId, preset);
  }
  return {
    ...given,
    ...(named === undefined ? {} : { template_id: named.id }),
    ...(presetId === undefined ? {} : { template_version_preset_id: presetId }),
    name: name ?? `run-${randomBytes(6).toString("hex")}`,
  };
}

/** The version whose presets are looked through, which the caller may read. */
async function versionOf(ctx: Context, db: Db, given: api.RunWorkspace): Promise<string> {
  if (given.template_version_id !== undefined) return (await getVersion(ctx, db, given.template_version_id)).id;
  return (await getTemplate(ctx, db, given.template_id ?? "")).active_version_id;
}

async function findNamed(ctx: Context, db: Db, text: string) {
  return findUuid(text) === undefined
    ? await getTemplateByName(ctx, db, "default", text)
    : await getTemplate(ctx, db, parseUuid(text));
}

async function presetOf(db: Db, versionId: string, wanted: string | undefined): Promise<string | undefined> {
  const presets = await listPresets(db, versionId);
  if (wanted === undefined) return presets.find(({ isDefault }) => isDefault)?.id;
  const found = presets.find(({ id, name }) => id === wanted || name === wanted);
  if (found !== undefined) return found.id;
  const names = presets.map(({ name }) => name).join(", ");
  return refuse("preset", names === "" ? "the template has none" : `there is none of that name; there are: ${names}`);
}

function refuse(field: string, detail: string): never {
  throw new ApiError("validation_failed", "Validation failed.", { validations: [{ field, detail }] });
}
