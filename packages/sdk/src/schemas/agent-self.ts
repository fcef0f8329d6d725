import { z } from "zod";
import { Time, Uuid } from "../scalars.ts";
import { WorkspaceAppStatusState } from "./agents.ts";
import { LogLevel } from "./provisioners.ts";

/** A line that an agent reports. The server cuts it at what a line may hold. */
export const AgentLogLine = z.object({
  created_at: Time,
  output: z.string(),
  level: LogLevel,
});
export type AgentLogLine = z.infer<typeof AgentLogLine>;

/** Lines of one source to add to an agent's log, which holds 1 MiB in all: 413 beyond. */
export const PatchAgentLogs = z.object({
  log_source_id: Uuid,
  logs: z.array(AgentLogLine),
});
export type PatchAgentLogs = z.infer<typeof PatchAgentLogs>;

/** What a program in a workspace says about its work, through its agent. */
export const PatchAppStatus = z.object({
  app_slug: z.string(),
  state: WorkspaceAppStatusState,
  message: z.string(),
  uri: z.string().optional(),
  icon: z.string().optional(),
  needs_user_attention: z.boolean().optional(),
});
export type PatchAppStatus = z.infer<typeof PatchAppStatus>;

/** A source of log lines to announce, under an id of the agent's choice. */
export const PostLogSourceRequest = z.object({
  id: Uuid,
  display_name: z.string(),
  icon: z.string(),
});
export type PostLogSourceRequest = z.infer<typeof PostLogSourceRequest>;

/**
 * How a program in a workspace logs in to a service elsewhere, as its owner. `username` and `password` are the same
 * for what knows nothing but those, such as git.
 */
export const AgentExternalAuthResponse = z.object({
  access_token: z.string(),
  token_extra: z.record(z.string(), z.unknown()),
  url: z.string(),
  type: z.string(),
  username: z.string(),
  password: z.string(),
});
export type AgentExternalAuthResponse = z.infer<typeof AgentExternalAuthResponse>;

/** The owner's key for git, both halves, in OpenSSH form. For the agent alone. */
export const AgentGitSSHKey = z.object({
  public_key: z.string(),
  private_key: z.string(),
});
export type AgentGitSSHKey = z.infer<typeof AgentGitSSHKey>;

/**
 * A workspace changed hands under its agent, which is to begin anew with its new manifest. Capitalised on the wire.
 */
export const AgentReinitializationEvent = z.object({
  WorkspaceID: Uuid,
  reason: z.enum(["prebuild_claimed"]),
});
export type AgentReinitializationEvent = z.infer<typeof AgentReinitializationEvent>;

/** A token for an agent that has shown on which machine of a cloud it runs. */
export const AgentAuthenticateResponse = z.object({
  session_token: z.string(),
});
export type AgentAuthenticateResponse = z.infer<typeof AgentAuthenticateResponse>;

/** What Google says about the machine that asks. */
export const GoogleInstanceIdentityToken = z.object({
  json_web_token: z.string(),
});
export type GoogleInstanceIdentityToken = z.infer<typeof GoogleInstanceIdentityToken>;

/** What Amazon says about the machine that asks: the document, and its signature in base64. */
export const AWSInstanceIdentityToken = z.object({
  signature: z.string(),
  document: z.string(),
});
export type AWSInstanceIdentityToken = z.infer<typeof AWSInstanceIdentityToken>;

/** What Microsoft says about the machine that asks: a signed document and its encoding. */
export const AzureInstanceIdentityToken = z.object({
  signature: z.string(),
  encoding: z.string(),
});
export type AzureInstanceIdentityToken = z.infer<typeof AzureInstanceIdentityToken>;
