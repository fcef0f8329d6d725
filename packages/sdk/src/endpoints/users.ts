import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { Response } from "../schemas/common.ts";
import { Organization } from "../schemas/organizations.ts";
import {
  AssignableRoles,
  CreateUserRequestWithOrgs,
  GetUsersResponse,
  GitSSHKey,
  UpdateRoles,
  UpdateUserAppearanceSettingsRequest,
  UpdateUserPasswordRequest,
  UpdateUserPreferenceSettingsRequest,
  UpdateUserProfileRequest,
  User,
  UserAppearanceSettings,
  UserLoginType,
  UserParameter,
  UserPreferenceSettings,
  UserRoles,
} from "../schemas/users.ts";
import { QueryInt, QueryUuid } from "../query.ts";

export const listUsers = endpoint({
  method: "GET",
  path: "/api/v2/users",
  operation: "list_users",
  summary: "List users",
  query: z.object({
    q: z.string().optional(),
    limit: QueryInt.optional(),
    offset: QueryInt.optional(),
    after_id: QueryUuid.optional(),
  }),
  responses: { 200: GetUsersResponse },
});

export const createUser = endpoint({
  method: "POST",
  path: "/api/v2/users",
  operation: "create_user",
  summary: "Create a user",
  body: CreateUserRequestWithOrgs,
  responses: { 201: User },
});

export const listSiteRoles = endpoint({
  method: "GET",
  path: "/api/v2/users/roles",
  operation: "list_site_roles",
  summary: "Assignable site roles",
  responses: { 200: z.array(AssignableRoles) },
});

export const getUser = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}",
  operation: "get_user",
  summary: "A user",
  responses: { 200: User },
});

export const deleteUser = endpoint({
  method: "DELETE",
  path: "/api/v2/users/{user}",
  operation: "delete_user",
  summary: "Delete a user",
  responses: { 200: Response },
});

export const updateUserProfile = endpoint({
  method: "PUT",
  path: "/api/v2/users/{user}/profile",
  operation: "update_user_profile",
  summary: "Change a user's names",
  body: UpdateUserProfileRequest,
  responses: { 200: User },
});

export const suspendUser = endpoint({
  method: "PUT",
  path: "/api/v2/users/{user}/status/suspend",
  operation: "suspend_user",
  summary: "Suspend a user",
  responses: { 200: User },
});

export const activateUser = endpoint({
  method: "PUT",
  path: "/api/v2/users/{user}/status/activate",
  operation: "activate_user",
  summary: "Activate a user",
  responses: { 200: User },
});

export const updateUserPassword = endpoint({
  method: "PUT",
  path: "/api/v2/users/{user}/password",
  operation: "update_user_password",
  summary: "Change a password",
  body: UpdateUserPasswordRequest,
  responses: { 204: null },
});

export const getUserRoles = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/roles",
  operation: "get_user_roles",
  summary: "Roles of a user",
  responses: { 200: UserRoles },
});

export const updateUserRoles = endpoint({
  method: "PUT",
  path: "/api/v2/users/{user}/roles",
  operation: "update_user_roles",
  summary: "Replace the site roles of a user",
  body: UpdateRoles,
  responses: { 200: User },
});

export const getUserLoginType = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/login-type",
  operation: "get_user_login_type",
  summary: "How the caller logs in",
  responses: { 200: UserLoginType },
});

export const listUserOrganizations = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/organizations",
  operation: "list_user_organizations",
  summary: "Organizations of a user",
  responses: { 200: z.array(Organization) },
});

export const getUserOrganization = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/organizations/{organizationname}",
  operation: "get_user_organization",
  summary: "An organization of a user by name",
  responses: { 200: Organization },
});

export const getUserAppearance = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/appearance",
  operation: "get_user_appearance",
  summary: "Appearance settings of a user",
  responses: { 200: UserAppearanceSettings },
});

export const updateUserAppearance = endpoint({
  method: "PUT",
  path: "/api/v2/users/{user}/appearance",
  operation: "update_user_appearance",
  summary: "Change appearance settings",
  body: UpdateUserAppearanceSettingsRequest,
  responses: { 200: UserAppearanceSettings },
});

export const getGitSshKey = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/gitsshkey",
  operation: "get_git_ssh_key",
  summary: "Public git SSH key of a user",
  responses: { 200: GitSSHKey },
});

export const regenerateGitSshKey = endpoint({
  method: "PUT",
  path: "/api/v2/users/{user}/gitsshkey",
  operation: "regenerate_git_ssh_key",
  summary: "Make a new git SSH key",
  responses: { 200: GitSSHKey },
});

export const getUserPreferences = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/preferences",
  operation: "get_user_preferences",
  summary: "Preferences of a user",
  responses: { 200: UserPreferenceSettings },
});

export const updateUserPreferences = endpoint({
  method: "PUT",
  path: "/api/v2/users/{user}/preferences",
  operation: "update_user_preferences",
  summary: "Change preferences",
  body: UpdateUserPreferenceSettingsRequest,
  responses: { 200: UserPreferenceSettings },
});

export const listAutofillParameters = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/autofill-parameters",
  operation: "list_autofill_parameters",
  summary: "What a user gave last for a template's parameters",
  query: z.object({ template_id: QueryUuid }),
  responses: { 200: z.array(UserParameter) },
});
