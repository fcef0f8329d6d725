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

/** By user name, by page. What `q` asks for is the grammar of filters; without it system users are left out. */
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

/** 409 for a user name or address that somebody has. Nobody makes a user with more rights than their own. */
export const createUser = endpoint({
  method: "POST",
  path: "/api/v2/users",
  operation: "create_user",
  summary: "Create a user",
  body: CreateUserRequestWithOrgs,
  responses: { 201: User },
});

/** Each with whether the caller may give it. */
export const listSiteRoles = endpoint({
  method: "GET",
  path: "/api/v2/users/roles",
  operation: "list_site_roles",
  summary: "Assignable site roles",
  responses: { 200: z.array(AssignableRoles) },
});

/** By id, user name or the word `me`; 404 for whom the caller may not read. */
export const getUser = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}",
  operation: "get_user",
  summary: "A user",
  responses: { 200: User },
});

/** 417 while they own workspaces; nobody deletes themselves. */
export const deleteUser = endpoint({
  method: "DELETE",
  path: "/api/v2/users/{user}",
  operation: "delete_user",
  summary: "Delete a user",
  responses: { 200: Response },
});

/** 409 for a user name that somebody has. */
export const updateUserProfile = endpoint({
  method: "PUT",
  path: "/api/v2/users/{user}/profile",
  operation: "update_user_profile",
  summary: "Change a user's names",
  body: UpdateUserProfileRequest,
  responses: { 200: User },
});

/** Their sessions end at once and their streams with them. Not oneself, and not an owner; again is no fault. */
export const suspendUser = endpoint({
  method: "PUT",
  path: "/api/v2/users/{user}/status/suspend",
  operation: "suspend_user",
  summary: "Suspend a user",
  responses: { 200: User },
});

/** Lets them log in again; again is no fault. */
export const activateUser = endpoint({
  method: "PUT",
  path: "/api/v2/users/{user}/status/activate",
  operation: "activate_user",
  summary: "Activate a user",
  responses: { 200: User },
});

/** Ends every session of the user, the caller's too when it is theirs. The old password is needed for one's own. */
export const updateUserPassword = endpoint({
  method: "PUT",
  path: "/api/v2/users/{user}/password",
  operation: "update_user_password",
  summary: "Change a password",
  body: UpdateUserPasswordRequest,
  responses: { 204: null },
});

/** Of the site, and of each organization. */
export const getUserRoles = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/roles",
  operation: "get_user_roles",
  summary: "Roles of a user",
  responses: { 200: UserRoles },
});

/** Replaces all of them; nobody gives or takes a role that permits more than their own, nor changes their own. */
export const updateUserRoles = endpoint({
  method: "PUT",
  path: "/api/v2/users/{user}/roles",
  operation: "update_user_roles",
  summary: "Replace the site roles of a user",
  body: UpdateRoles,
  responses: { 200: User },
});

/** For oneself alone: 403 for anybody else's. */
export const getUserLoginType = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/login-type",
  operation: "get_user_login_type",
  summary: "How the caller logs in",
  responses: { 200: UserLoginType },
});

/** Those that the caller may read too. */
export const listUserOrganizations = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/organizations",
  operation: "list_user_organizations",
  summary: "Organizations of a user",
  responses: { 200: z.array(Organization) },
});

/** 404 where the user is no member. */
export const getUserOrganization = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/organizations/{organizationname}",
  operation: "get_user_organization",
  summary: "An organization of a user by name",
  responses: { 200: Organization },
});

/** Everything is empty until it is set. */
export const getUserAppearance = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/appearance",
  operation: "get_user_appearance",
  summary: "Appearance settings of a user",
  responses: { 200: UserAppearanceSettings },
});

/** Replaces all of it. */
export const updateUserAppearance = endpoint({
  method: "PUT",
  path: "/api/v2/users/{user}/appearance",
  operation: "update_user_appearance",
  summary: "Change appearance settings",
  body: UpdateUserAppearanceSettingsRequest,
  responses: { 200: UserAppearanceSettings },
});

/** Made when it is first asked for. */
export const getGitSshKey = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/gitsshkey",
  operation: "get_git_ssh_key",
  summary: "Public git SSH key of a user",
  responses: { 200: GitSSHKey },
});

/** The one before is gone at once: services that know it must be told the new one. */
export const regenerateGitSshKey = endpoint({
  method: "PUT",
  path: "/api/v2/users/{user}/gitsshkey",
  operation: "regenerate_git_ssh_key",
  summary: "Make a new git SSH key",
  responses: { 200: GitSSHKey },
});

/** As they are before anything was chosen, until something is. */
export const getUserPreferences = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/preferences",
  operation: "get_user_preferences",
  summary: "Preferences of a user",
  responses: { 200: UserPreferenceSettings },
});

/** Only what is given changes. */
export const updateUserPreferences = endpoint({
  method: "PUT",
  path: "/api/v2/users/{user}/preferences",
  operation: "update_user_preferences",
  summary: "Change preferences",
  body: UpdateUserPreferenceSettingsRequest,
  responses: { 200: UserPreferenceSettings },
});

/** Of the starts of any workspace of that template; values for one build alone are left out. */
export const listAutofillParameters = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/autofill-parameters",
  operation: "list_autofill_parameters",
  summary: "What a user gave last for a template's parameters",
  query: z.object({ template_id: QueryUuid }),
  responses: { 200: z.array(UserParameter) },
});
