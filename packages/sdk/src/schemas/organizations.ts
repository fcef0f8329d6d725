import { z } from "zod";
import { Time, Uuid } from "../scalars.ts";
import { LoginType } from "./auth.ts";
import { SlimRole } from "./common.ts";
import { UserStatus } from "./users.ts";

/** Whose workspaces may be shared in an organization. */
export const ShareableWorkspaceOwners = z.enum(["everyone", "none", "service_accounts"]);
export type ShareableWorkspaceOwners = z.infer<typeof ShareableWorkspaceOwners>;

/** What templates, members and groups belong to. Every deployment has a default one, which new users join. */
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

/** An organization to make; its name is unique and stands in addresses. */
export const CreateOrganizationRequest = z.object({
  name: z.string(),
  display_name: z.string().optional(),
  description: z.string().optional(),
  icon: z.string().optional(),
});
export type CreateOrganizationRequest = z.infer<typeof CreateOrganizationRequest>;

/** What to change of an organization; what is left out stays. */
export const UpdateOrganizationRequest = z.object({
  name: z.string().optional(),
  display_name: z.string().optional(),
  description: z.string().optional(),
  icon: z.string().optional(),
  default_org_member_roles: z.array(z.string()).optional(),
});
export type UpdateOrganizationRequest = z.infer<typeof UpdateOrganizationRequest>;

/** That a user belongs to an organization, and what they are there. */
export const OrganizationMember = z.object({
  user_id: Uuid,
  organization_id: Uuid,
  created_at: Time,
  updated_at: Time,
  roles: z.array(SlimRole),
});
export type OrganizationMember = z.infer<typeof OrganizationMember>;

/** A member, with what lists show of the user. `roles` are those of the organization, `global_roles` of the site. */
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

/** A page of members. `count` is of all, whatever the page. */
export const PaginatedMembersResponse = z.object({
  members: z.array(OrganizationMemberWithUserData),
  count: z.int(),
});
export type PaginatedMembersResponse = z.infer<typeof PaginatedMembersResponse>;

/** Whether owners may share their workspaces in an organization; what is off for the whole deployment stays off. */
export const WorkspaceSharingSettings = z.object({
  sharing_globally_disabled: z.boolean(),
  sharing_disabled: z.boolean(),
  shareable_workspace_owners: ShareableWorkspaceOwners,
});
export type WorkspaceSharingSettings = z.infer<typeof WorkspaceSharingSettings>;

/** Who may share workspaces; `sharing_disabled` is the older word for `none`. */
export const UpdateWorkspaceSharingSettingsRequest = z.object({
  sharing_disabled: z.boolean().optional(),
  shareable_workspace_owners: ShareableWorkspaceOwners.optional(),
});
export type UpdateWorkspaceSharingSettingsRequest = z.infer<typeof UpdateWorkspaceSharingSettingsRequest>;

/** Credits that a user's workspaces take a day, and may take: the sum of their groups' allowances, -1 for no bound. */
export const WorkspaceQuota = z.object({
  credits_consumed: z.int(),
  budget: z.int(),
});
export type WorkspaceQuota = z.infer<typeof WorkspaceQuota>;
