import { z } from "zod";
import { Time } from "../scalars.ts";

export const ExternalAuthUser = z.object({
  id: z.int(),
  login: z.string(),
  avatar_url: z.string(),
  profile_url: z.string(),
  name: z.string(),
});
export type ExternalAuthUser = z.infer<typeof ExternalAuthUser>;

export const ExternalAuthAppInstallation = z.object({
  id: z.int(),
  account: ExternalAuthUser,
  configure_url: z.string(),
});
export type ExternalAuthAppInstallation = z.infer<typeof ExternalAuthAppInstallation>;

export const ExternalAuth = z.object({
  authenticated: z.boolean(),
  device: z.boolean(),
  display_name: z.string(),
  supports_revocation: z.boolean(),
  user: ExternalAuthUser.nullable(),
  app_installable: z.boolean(),
  installations: z.array(ExternalAuthAppInstallation),
  app_install_url: z.string(),
});
export type ExternalAuth = z.infer<typeof ExternalAuth>;

export const ExternalAuthDevice = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.string(),
  expires_in: z.int(),
  interval: z.int(),
});
export type ExternalAuthDevice = z.infer<typeof ExternalAuthDevice>;

export const ExternalAuthDeviceExchange = z.object({
  device_code: z.string(),
});
export type ExternalAuthDeviceExchange = z.infer<typeof ExternalAuthDeviceExchange>;

export const ExternalAuthLink = z.object({
  provider_id: z.string(),
  created_at: Time,
  updated_at: Time,
  has_refresh_token: z.boolean(),
  expires: Time,
  authenticated: z.boolean(),
  validate_error: z.string(),
});
export type ExternalAuthLink = z.infer<typeof ExternalAuthLink>;

export const ExternalAuthLinkProvider = z.object({
  id: z.string(),
  type: z.string(),
  device: z.boolean(),
  display_name: z.string(),
  display_icon: z.string(),
  allow_refresh: z.boolean(),
  allow_validate: z.boolean(),
  supports_revocation: z.boolean(),
  code_challenge_methods_supported: z.array(z.string()),
});
export type ExternalAuthLinkProvider = z.infer<typeof ExternalAuthLinkProvider>;

export const ListUserExternalAuthResponse = z.object({
  providers: z.array(ExternalAuthLinkProvider),
  links: z.array(ExternalAuthLink),
});
export type ListUserExternalAuthResponse = z.infer<typeof ListUserExternalAuthResponse>;

export const DeleteExternalAuthByIDResponse = z.object({
  token_revoked: z.boolean(),
  token_revocation_error: z.string().optional(),
});
export type DeleteExternalAuthByIDResponse = z.infer<typeof DeleteExternalAuthByIDResponse>;
