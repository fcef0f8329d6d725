import { z } from "zod";
import { Time } from "../scalars.ts";

/** Who somebody is at a service elsewhere. */
export const ExternalAuthUser = z.object({
  id: z.int(),
  login: z.string(),
  avatar_url: z.string(),
  profile_url: z.string(),
  name: z.string(),
});
export type ExternalAuthUser = z.infer<typeof ExternalAuthUser>;

/** Where an app of this deployment is installed at a service elsewhere. */
export const ExternalAuthAppInstallation = z.object({
  id: z.int(),
  account: ExternalAuthUser,
  configure_url: z.string(),
});
export type ExternalAuthAppInstallation = z.infer<typeof ExternalAuthAppInstallation>;

/** Whether the caller is logged in to a service elsewhere, and what could be done about it. */
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

/**
 * A log-in without a browser that is begun: `user_code` is typed in at the address; ask every `interval` seconds, for
 * `expires_in` seconds.
 */
export const ExternalAuthDevice = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.string(),
  expires_in: z.int(),
  interval: z.int(),
});
export type ExternalAuthDevice = z.infer<typeof ExternalAuthDevice>;

/** Which begun log-in to finish. */
export const ExternalAuthDeviceExchange = z.object({
  device_code: z.string(),
});
export type ExternalAuthDeviceExchange = z.infer<typeof ExternalAuthDeviceExchange>;

/** That the caller is logged in to a service elsewhere; `validate_error` says why it does not hold any more. */
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

/** A service elsewhere that one can log in to, and what it is able to. */
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

/** Services elsewhere, and to which of them the caller is logged in. */
export const ListUserExternalAuthResponse = z.object({
  providers: z.array(ExternalAuthLinkProvider),
  links: z.array(ExternalAuthLink),
});
export type ListUserExternalAuthResponse = z.infer<typeof ListUserExternalAuthResponse>;

/** Whether the service was told too; the link here is gone either way. */
export const DeleteExternalAuthByIDResponse = z.object({
  token_revoked: z.boolean(),
  token_revocation_error: z.string().optional(),
});
export type DeleteExternalAuthByIDResponse = z.infer<typeof DeleteExternalAuthByIDResponse>;
