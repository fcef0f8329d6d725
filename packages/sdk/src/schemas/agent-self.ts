import { z } from "zod";
import { Time, Uuid } from "../scalars.ts";
import { WorkspaceAppStatusState } from "./agents.ts";
import { LogLevel } from "./provisioners.ts";

export const AgentLogLine = z.object({
  created_at: Time,
  output: z.string(),
  level: LogLevel,
});
export type AgentLogLine = z.infer<typeof AgentLogLine>;

export const PatchAgentLogs = z.object({
  log_source_id: Uuid,
  logs: z.array(AgentLogLine),
});
export type PatchAgentLogs = z.infer<typeof PatchAgentLogs>;

export const PatchAppStatus = z.object({
  app_slug: z.string(),
  state: WorkspaceAppStatusState,
  message: z.string(),
  uri: z.string().optional(),
  icon: z.string().optional(),
  needs_user_attention: z.boolean().optional(),
});
export type PatchAppStatus = z.infer<typeof PatchAppStatus>;

export const PostLogSourceRequest = z.object({
  id: Uuid,
  display_name: z.string(),
  icon: z.string(),
});
export type PostLogSourceRequest = z.infer<typeof PostLogSourceRequest>;

export const AgentExternalAuthResponse = z.object({
  access_token: z.string(),
  token_extra: z.record(z.string(), z.unknown()),
  url: z.string(),
  type: z.string(),
  username: z.string(),
  password: z.string(),
});
export type AgentExternalAuthResponse = z.infer<typeof AgentExternalAuthResponse>;

export const AgentGitSSHKey = z.object({
  public_key: z.string(),
  private_key: z.string(),
});
export type AgentGitSSHKey = z.infer<typeof AgentGitSSHKey>;

export const AgentReinitializationEvent = z.object({
  WorkspaceID: Uuid,
  reason: z.enum(["prebuild_claimed"]),
});
export type AgentReinitializationEvent = z.infer<typeof AgentReinitializationEvent>;

export const AgentAuthenticateResponse = z.object({
  session_token: z.string(),
});
export type AgentAuthenticateResponse = z.infer<typeof AgentAuthenticateResponse>;

export const GoogleInstanceIdentityToken = z.object({
  json_web_token: z.string(),
});
export type GoogleInstanceIdentityToken = z.infer<typeof GoogleInstanceIdentityToken>;

export const AWSInstanceIdentityToken = z.object({
  signature: z.string(),
  document: z.string(),
});
export type AWSInstanceIdentityToken = z.infer<typeof AWSInstanceIdentityToken>;

export const AzureInstanceIdentityToken = z.object({
  signature: z.string(),
  encoding: z.string(),
});
export type AzureInstanceIdentityToken = z.infer<typeof AzureInstanceIdentityToken>;
