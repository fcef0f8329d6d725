import { z } from "zod";
import { Time, Uuid } from "../scalars.ts";
import { LoginType } from "./auth.ts";
import { SlimRole } from "./common.ts";
import { UserStatus } from "./users.ts";

export const ShareableWorkspaceOwners = z.enum(["everyone", "none", "service_accounts"]);
export type ShareableWorkspaceOwners = z.infer<typeof ShareableWorkspaceOwners>;

export const Organization = z.object({
  id: Uuid,
  name: z.string(),
  display_name: z.string(),
  icon: z.string(),
  description: z.string(),
  created_at: Time,
  updated_at: Time,
  is_default: z.boolean(),
  default_org_member_roles: z.array(z.string()),
});
export type Organization = z.infer<typeof Organization>;

export const CreateOrganizationRequest = z.object({
  name: z.string(),
  display_name: z.string().optional(),
  description: z.string().optional(),
  icon: z.string().optional(),
});
export type CreateOrganizationRequest = z.infer<typeof CreateOrganizationRequest>;

export const UpdateOrganizationRequest = z.object({
  name: z.string().optional(),
  display_name: z.string().optional(),
  description: z.string().optional(),
  icon: z.string().optional(),
  default_org_member_roles: z.array(z.string()).optional(),
});
export type UpdateOrganizationRequest = z.infer<typeof UpdateOrganizationRequest>;

export const OrganizationMember = z.object({
  user_id: Uuid,
  organization_id: Uuid,
  created_at: Time,
  updated_at: Time,
  roles: z.array(SlimRole),
});
export type OrganizationMember = z.infer<typeof OrganizationMember>;

export const OrganizationMemberWithUserData = z.object({
  user_id: Uuid,
  organization_id: Uuid,
  created_at: Time,
  updated_at: Time,
  roles: z.array(SlimRole),
  username: z.string(),
  name: z.string().optional(),
  avatar_url: z.string().optional(),
  email: z.string(),
  status: UserStatus,
  login_type: LoginType,
  last_seen_at: Time.optional(),
  user_created_at: Time,
  user_updated_at: Time,
  is_service_account: z.boolean().optional(),
  global_roles: z.array(SlimRole),
  has_ai_seat: z.boolean(),
});
export type OrganizationMemberWithUserData = z.infer<typeof OrganizationMemberWithUserData>;

export const PaginatedMembersResponse = z.object({
  members: z.array(OrganizationMemberWithUserData),
  count: z.int(),
});
export type PaginatedMembersResponse = z.infer<typeof PaginatedMembersResponse>;

export const WorkspaceSharingSettings = z.object({
  sharing_globally_disabled: z.boolean(),
  sharing_disabled: z.boolean(),
  shareable_workspace_owners: ShareableWorkspaceOwners,
});
export type WorkspaceSharingSettings = z.infer<typeof WorkspaceSharingSettings>;

export const UpdateWorkspaceSharingSettingsRequest = z.object({
  sharing_disabled: z.boolean().optional(),
  shareable_workspace_owners: ShareableWorkspaceOwners.optional(),
});
export type UpdateWorkspaceSharingSettingsRequest = z.infer<typeof UpdateWorkspaceSharingSettingsRequest>;

export const WorkspaceQuota = z.object({
  credits_consumed: z.int(),
  budget: z.int(),
});
export type WorkspaceQuota = z.infer<typeof WorkspaceQuota>;
