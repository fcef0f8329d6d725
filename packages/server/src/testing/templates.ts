import { randomUUID } from "node:crypto";
import { packFiles, type ParameterDeclaration } from "@hearth/provisioner";
import type { EngineName } from "@hearth/sdk";
import { toParameterRow } from "../templates/index.ts";
import { declare } from "./declare.ts";
import type { World } from "./world.ts";

export interface PresetFixture {
  readonly name: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly instances?: number | null;
  readonly isDefault?: boolean;
  readonly ttlSeconds?: number;
  readonly timezone?: string;
  readonly schedules?: readonly { cron: string; instances: number }[];
}

export interface TemplateFixture {
  readonly id: string;
  readonly versionId: string;
  readonly fileId: string;
  /** By name. */
  readonly presets: Readonly<Record<string, string>>;
}

export interface VersionGiven {
  readonly parameters?: readonly Partial<ParameterDeclaration>[];
  readonly presets?: readonly PresetFixture[];
  readonly engine?: EngineName;
  /** `hearth.yaml`, in a real archive. @default an empty file, which nobody can read */
  readonly manifest?: string;
  readonly importStatus?: "succeeded" | "running" | "failed" | "canceled";
  readonly tags?: Readonly<Record<string, string>>;
  readonly isActive?: boolean;
  readonly authorId: string;
  /** @default the author */
  readonly promoterId?: string | null;
}

export interface TemplateGiven extends Omit<VersionGiven, "isActive" | "promoterId"> {
  readonly name?: string;
  /** Columns of the template. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

type Worldly = Pick<World, "db" | "organizationId">;

const zero = new Date(0);

/** A template whose active version was imported as said. */
export async function insertTemplate(world: Worldly, given: TemplateGiven): Promise<TemplateFixture> {
  const templateId = randomUUID();
  const name = given.name ?? `template-${templateId.slice(0, 8)}`;
  await world.db
    .insertInto("templates")
    .values({
      id: templateId,
      organization_id: world.organizationId,
      name,
      active_version_id: randomUUID(),
      created_by: given.authorId,
      group_acl: JSON.stringify({ [world.organizationId]: ["use"] }),
      created_at: zero,
      updated_at: zero,
      ...given.settings,
    })
    .execute();
  return await insertVersion(world, templateId, { ...given, isActive: true });
}

/** Another version of it; `isActive` makes it the one that new workspaces get. */
export async function insertVersion(world: Worldly, templateId: string, given: VersionGiven): Promise<TemplateFixture> {
  const versionId = randomUUID();
  const fileId = randomUUID();
  const jobId = randomUUID();
  const status = given.importStatus ?? "succeeded";
  const ended = status !== "running";
  await world.db
    .insertInto("files")
    .values({
      id: fileId,
      hash: Buffer.from(fileId),
      created_by: given.authorId,
      mimetype: "application/x-tar",
      data: Buffer.from(given.manifest === undefined ? "" : await archiveOf(given.manifest)),
      created_at: zero,
    })
    .execute();
  await world.db
    .insertInto("provisioner_jobs")
    .values({
      id: jobId,
      organization_id: world.organizationId,
      initiator_id: given.authorId,
      type: "template_version_import",
      file_id: fileId,
      input: "{}",
      tags: JSON.stringify({ scope: "organization", owner: "", ...given.tags }),
      created_at: zero,
      updated_at: zero,
      started_at: zero,
      completed_at: ended ? zero : null,
      canceled_at: status === "canceled" ? zero : null,
      error: status === "failed" ? "no such file" : null,
    })
    .execute();
  await world.db
    .insertInto("template_versions")
    .values({
      id: versionId,
      template_id: templateId,
      organization_id: world.organizationId,
      name: versionId.slice(0, 8),
      job_id: jobId,
      created_by: given.authorId,
      promoted_by: given.promoterId === undefined ? given.authorId : given.promoterId,
      language: "native",
      engine: given.engine ?? "process",
      created_at: zero,
      updated_at: zero,
    })
    .execute();
  for (const [order, parameter] of (given.parameters ?? []).entries())
    await addParameter(world, versionId, parameter, order);
  const presets: Record<string, string> = {};
  for (const preset of given.presets ?? []) presets[preset.name] = await addPreset(world, versionId, preset);
  if (given.isActive === true) await promoteVersion(world, templateId, versionId);
  return { id: templateId, versionId, fileId, presets };
}

async function archiveOf(manifest: string): Promise<Uint8Array> {
  return await packFiles(new Map([["hearth.yaml", new TextEncoder().encode(manifest)]]));
}

/** Makes a version the active one. */
export async function promoteVersion(world: Worldly, templateId: string, versionId: string): Promise<void> {
  await world.db.updateTable("templates").set({ active_version_id: versionId }).where("id", "=", templateId).execute();
}

async function addParameter(
  world: Worldly,
  versionId: string,
  given: Partial<ParameterDeclaration>,
  order: number,
): Promise<void> {
  const row = { ...toParameterRow(versionId, declare(given)), display_order: order };
  await world.db.insertInto("template_version_parameters").values(row).execute();
}

async function addPreset(world: Worldly, versionId: string, given: PresetFixture): Promise<string> {
  const id = randomUUID();
  await world.db
    .insertInto("template_version_presets")
    .values({
      id,
      template_version_id: versionId,
      name: given.name,
      is_default: given.isDefault ?? false,
      desired_instances: given.instances ?? null,
      invalidate_after_secs: given.ttlSeconds ?? null,
      scheduling_timezone: given.timezone ?? "",
      created_at: zero,
    })
    .execute();
  for (const [name, value] of Object.entries(given.parameters ?? {})) {
    await world.db.insertInto("template_version_preset_parameters").values({ preset_id: id, name, value }).execute();
  }
  for (const [position, schedule] of (given.schedules ?? []).entries()) {
    await world.db
      .insertInto("template_version_preset_prebuild_schedules")
      .values({
        id: randomUUID(),
        preset_id: id,
        cron_expression: schedule.cron,
        desired_instances: schedule.instances,
        position,
      })
      .execute();
  }
  return id;
}
