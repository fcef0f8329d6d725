import { endpoints, type Pool, type Preset, type Template } from "@hearth/sdk";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { invalidate, q } from "./query.ts";
import { useClient } from "./use-client.ts";

const { templates, templateVersions, hearth } = endpoints;

/** Templates that the caller may use. */
export const templateList = q(templates.listTemplates, {});

/** A template by name, in the organization of that name; `default` is the first one. */
export function templateByName(name: string, organization = "default") {
  return q(templates.getTemplateByName, { params: { organization, templatename: name } });
}

export function templateVersionList(templateId: string) {
  return q(templates.listTemplateVersions, { params: { template: templateId } });
}

export function templateVersion(versionId: string) {
  return q(templateVersions.getTemplateVersion, { params: { templateversion: versionId } });
}

export function presetList(versionId: string) {
  return q(templateVersions.listTemplateVersionPresets, { params: { templateversion: versionId } });
}

export function parameterList(versionId: string) {
  return q(templateVersions.listTemplateVersionParameters, { params: { templateversion: versionId } });
}

/**
 * The pools of the active version. Their workspaces belong to nobody the caller may see, so not everyone is told when
 * one is taken: while they are on screen they are read again now and then.
 */
export function poolList(templateId: string) {
  return { ...q(hearth.listPools, { params: { template: templateId } }), refetchInterval: 5_000 };
}

/** A preset with what its pool has ready. */
export interface PresetWithPool {
  readonly preset: Preset;
  readonly pool: Pool | undefined;
}

/** Presets with their pools: the default one first, then by name. */
export function withPools(presets: readonly Preset[], pools: readonly Pool[]): PresetWithPool[] {
  const poolOf = new Map(pools.map((pool) => [pool.preset_id, pool]));
  return presets
    .map((preset) => ({ preset, pool: poolOf.get(preset.ID) }))
    .toSorted(
      (a, b) => Number(b.preset.Default) - Number(a.preset.Default) || a.preset.Name.localeCompare(b.preset.Name),
    );
}

/** Makes a version the one that new workspaces are of. */
export function usePromote(template: Template) {
  const client = useClient();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (versionId: string) =>
      client.call(templates.promoteTemplateVersion, { params: { template: template.id }, body: { id: versionId } }),
    onSuccess: () =>
      invalidate(
        queryClient,
        templates.getTemplateByName,
        templates.listTemplates,
        templates.listTemplateVersions,
        hearth.listPools,
      ),
  });
}
