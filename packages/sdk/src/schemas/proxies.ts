import { z } from "zod";
import { Time, Uuid } from "../scalars.ts";

/** Whether a proxy works: it does, says it does not, does not answer, or never came. */
export const ProxyHealthStatus = z.enum(["ok", "unhealthy", "unreachable", "unregistered"]);
export type ProxyHealthStatus = z.infer<typeof ProxyHealthStatus>;

/** What is wrong with a proxy, in sentences. */
export const ProxyHealthReport = z.object({
  errors: z.array(z.string()),
  warnings: z.array(z.string()),
});
export type ProxyHealthReport = z.infer<typeof ProxyHealthReport>;

/** How a proxy was when it was looked at last. */
export const WorkspaceProxyStatus = z.object({
  status: ProxyHealthStatus,
  report: ProxyHealthReport.optional(),
  checked_at: Time,
});
export type WorkspaceProxyStatus = z.infer<typeof WorkspaceProxyStatus>;

/** An address by which apps of workspaces are reached; `wildcard_hostname` is empty where apps have no subdomains. */
export const Region = z.object({
  id: Uuid,
  name: z.string(),
  display_name: z.string(),
  icon_url: z.string(),
  healthy: z.boolean(),
  path_app_url: z.string(),
  wildcard_hostname: z.string(),
});
export type Region = z.infer<typeof Region>;

/** Every region; the deployment itself is the first. */
export const RegionsResponse = z.object({
  regions: z.array(Region),
});
export type RegionsResponse = z.infer<typeof RegionsResponse>;

/** A server that carries traffic to workspaces elsewhere, as its administrators see it. */
export const WorkspaceProxy = z.object({
  id: Uuid,
  name: z.string(),
  display_name: z.string(),
  icon_url: z.string(),
  healthy: z.boolean(),
  path_app_url: z.string(),
  wildcard_hostname: z.string(),
  derp_enabled: z.boolean(),
  derp_only: z.boolean(),
  status: WorkspaceProxyStatus.optional(),
  created_at: Time,
  updated_at: Time,
  deleted: z.boolean(),
  version: z.string(),
});
export type WorkspaceProxy = z.infer<typeof WorkspaceProxy>;

/** Every proxy, under the word that old clients read. */
export const WorkspaceProxiesResponse = z.object({
  regions: z.array(WorkspaceProxy),
});
export type WorkspaceProxiesResponse = z.infer<typeof WorkspaceProxiesResponse>;

/** A proxy to be let in. */
export const CreateWorkspaceProxyRequest = z.object({
  name: z.string(),
  display_name: z.string().optional(),
  icon: z.string().optional(),
});
export type CreateWorkspaceProxyRequest = z.infer<typeof CreateWorkspaceProxyRequest>;

/** A proxy's names, replaced as a whole, and whether its token so far ends. */
export const PatchWorkspaceProxy = z.object({
  id: Uuid,
  name: z.string(),
  display_name: z.string(),
  icon: z.string(),
  regenerate_token: z.boolean().optional(),
});
export type PatchWorkspaceProxy = z.infer<typeof PatchWorkspaceProxy>;

/** The proxy, and its token where a new one was made, which is shown this once. */
export const UpdateWorkspaceProxyResponse = z.object({
  proxy: WorkspaceProxy,
  proxy_token: z.string(),
});
export type UpdateWorkspaceProxyResponse = z.infer<typeof UpdateWorkspaceProxyResponse>;
