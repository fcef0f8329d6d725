import { ApiError, endpoints } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import { authorize, authorizeList, can, notFoundMessage, siteRoles, type Context } from "../../access/index.ts";
import { route, userOf, type Route } from "../../ground/http/index.ts";
import { refuseWider, wholeUser } from "../credentials.ts";
import { ensureGitSshKey, regenerateGitSshKey } from "../git-ssh-key.ts";
import { faultOfDisplayName, faultOfName, refuseFaults } from "../names.ts";
import { listOrganizationsOfUser, listRolesOfMember } from "../organizations.ts";
import { assertStrongPassword, hashPassword, verifyPassword } from "../password.ts";
import { requireRankOver } from "../rank.ts";
import { announceAccessChanged } from "../access-changed.ts";
import { toApiGitSshKey, toApiOrganization, toApiUser, toAssignableRole } from "../to-api.ts";
import { parseUserQuery } from "../user-query.ts";
import { setSiteRoles, setUserStatus } from "../standing.ts";
import { setAppearance, setPassword, setPreferences, setProfile } from "../user-writes.ts";
import { findUser, listUsers, type UserWithOrganizations } from "../users-store.ts";
import { createUser, deleteUser, faultOfSiteRoles, getUser, refuseNewUser, userObject } from "../users.ts";
import type { IdentityDeps } from "./deps.ts";

const passwordChangesPerMinute = 60;

export function userRoutes(deps: IdentityDeps): Route[] {
  const { db, clock, pubsub, sealKey } = deps;

  /** Those of the user's that the caller may read. */
  async function organizationsOf(ctx: Context, user: UserWithOrganizations) {
    const rows = await listOrganizationsOfUser(db, user.id);
    return rows.filter(({ id }) => can(ctx, "organization:read", { id, organizationId: id }));
  }

  return [
    route(endpoints.users.listUsers)({
      access: "user:read",
      async handle({ ctx, query }) {
        const granted = authorizeList(ctx, "user:read");
        const page = await listUsers(db, granted, {
          ...parseUserQuery(query.q ?? ""),
          afterId: query.after_id,
          limit: query.limit,
          offset: query.offset,
        });
        return { status: 200, granted, body: { users: page.users.map(toApiUser), count: page.count } };
      },
    }),
    route(endpoints.users.createUser)({
      access: "user:create",
      async handle({ ctx, body }) {
        refuseNewUser(body);
        const granted = authorize(ctx, "user:create", {});
        return { status: 201, granted, body: toApiUser(await createUser(ctx, db, granted, body, clock.now())) };
      },
    }),
    route(endpoints.users.listSiteRoles)({
      access: "assign_role:read",
      handle({ ctx }) {
        const granted = authorize(ctx, "assign_role:read", {});
        const may = can(ctx, "assign_role:assign", {});
        const roles = siteRoles.filter((role) => role.assignable).map((role) => toAssignableRole(role, undefined, may));
        return { status: 200, granted, body: roles };
      },
    }),
    route(endpoints.users.getUser)({
      access: "user:read",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      handle: ({ loaded }) => ({ status: 200, granted: loaded.granted, body: toApiUser(loaded) }),
    }),
    route(endpoints.users.deleteUser)({
      access: "user:delete",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ ctx, loaded }) {
        const granted = authorize(ctx, "user:delete", userObject(loaded));
        await deleteUser(ctx, db, granted, clock.now());
        announceAccessChanged(pubsub, loaded.id);
        return { status: 200, granted, body: { message: "User has been deleted!" } };
      },
    }),
    route(endpoints.users.updateUserProfile)({
      access: "user:update_personal",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ ctx, loaded, body }) {
        refuseFaults([
          ["username", faultOfName(body.username)],
          ["name", faultOfDisplayName(body.name ?? "")],
        ]);
        const granted = authorize(ctx, "user:update_personal", userObject(loaded));
        await requireRankOver(ctx, db, loaded);
        const holder = await findUser(db, { username: body.username });
        if (holder !== undefined && holder.id !== loaded.id && !can(ctx, "user:read", userObject(holder))) {
          // Whoever may not read the holder must not learn that there is one.
          throw new ApiError("not_found", notFoundMessage);
        }
        const { username, name = "", avatar_url: avatarUrl } = body;
        return {
          status: 200,
          granted,
          body: toApiUser(await setProfile(deps, granted, { username, name, avatarUrl })),
        };
      },
    }),
    route(endpoints.users.suspendUser)({
      access: "user:update",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ ctx, loaded }) {
        const granted = authorize(ctx, "user:update", userObject(loaded));
        if (loaded.id === userOf(ctx).userId) throw new ApiError("precondition_failed", "You cannot suspend yourself.");
        return { status: 200, granted, body: toApiUser(await setUserStatus(ctx, deps, granted, "suspended")) };
      },
    }),
    route(endpoints.users.activateUser)({
      access: "user:update",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ ctx, loaded }) {
        const granted = authorize(ctx, "user:update", userObject(loaded));
        return { status: 200, granted, body: toApiUser(await setUserStatus(ctx, deps, granted, "active")) };
      },
    }),
    route(endpoints.users.updateUserPassword)({
      access: "user:update_personal",
      ratePerMinute: passwordChangesPerMinute,
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ ctx, loaded, body }) {
        const granted = authorize(ctx, "user:update_personal", userObject(loaded));
        await requireRankOver(ctx, db, loaded);
        if (loaded.login_type !== "password") {
          throw new ApiError("precondition_failed", "Users without password log-in have no password to change.");
        }
        // One's own needs the old one, which proves more than any key.
        if (loaded.id !== userOf(ctx).userId) refuseWider(ctx, wholeUser);
        assertStrongPassword(body.password);
        const before = loaded.password_hash ?? "";
        if (loaded.id === userOf(ctx).userId) {
          if (body.old_password === undefined || body.old_password === "") {
            throw new ApiError("validation_failed", "Old password is required.", {
              validations: [{ field: "old_password", detail: "This field is required." }],
            });
          }
          if (!(await verifyPassword(body.old_password, before))) {
            throw new ApiError("validation_failed", "Old password is incorrect.", {
              validations: [{ field: "old_password", detail: "Old password is incorrect." }],
            });
          }
        }
        if (await verifyPassword(body.password, before)) {
          throw new ApiError("precondition_failed", "New password cannot match old password.");
        }
        await setPassword(ctx, deps, granted, await hashPassword(body.password));
        return { status: 204, granted, body: undefined };
      },
    }),
    route(endpoints.users.getUserRoles)({
      access: "user:read",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ loaded }) {
        const roles = await listRolesOfMember(db, loaded.id);
        return {
          status: 200,
          granted: loaded.granted,
          body: {
            roles: loaded.roles,
            organization_roles: Object.fromEntries(roles),
          },
        };
      },
    }),
    route(endpoints.users.updateUserRoles)({
      access: "assign_role:assign",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ ctx, loaded, body }) {
        const roles = body.roles ?? [];
        refuseFaults([["roles", faultOfSiteRoles(roles)]]);
        const granted = authorize(ctx, "assign_role:assign", {});
        if (loaded.id === userOf(ctx).userId) {
          throw new ApiError("precondition_failed", "You cannot change your own roles.");
        }
        const user = await setSiteRoles(ctx, deps, granted, { userId: loaded.id, roles });
        return { status: 200, granted, body: toApiUser(user) };
      },
    }),
    route(endpoints.users.getUserLoginType)({
      access: "user:read",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      handle({ ctx, loaded }) {
        if (loaded.id !== userOf(ctx).userId)
          throw new ApiError("forbidden", "You are not authorized to view this user's login type.");
        return { status: 200, granted: loaded.granted, body: { login_type: loaded.login_type } };
      },
    }),
    route(endpoints.users.listUserOrganizations)({
      access: "user:read",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ ctx, loaded }) {
        return {
          status: 200,
          granted: loaded.granted,
          body: (await organizationsOf(ctx, loaded)).map(toApiOrganization),
        };
      },
    }),
    route(endpoints.users.getUserOrganization)({
      access: "user:read",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ ctx, loaded, params }) {
        const wanted = params.organizationname.toLowerCase();
        const found = (await organizationsOf(ctx, loaded)).find(
          (row) => row.name.toLowerCase() === wanted || row.id === wanted,
        );
        if (found === undefined) throw new ApiError("not_found", notFoundMessage);
        return { status: 200, granted: loaded.granted, body: toApiOrganization(found) };
      },
    }),
    route(endpoints.users.getUserAppearance)({
      access: "user:read_personal",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      handle({ ctx, loaded }) {
        const granted = authorize(ctx, "user:read_personal", userObject(loaded));
        return { status: 200, granted, body: appearanceOf(loaded) };
      },
    }),
    route(endpoints.users.updateUserAppearance)({
      access: "user:update_personal",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ ctx, loaded, body }) {
        const granted = authorize(ctx, "user:update_personal", userObject(loaded));
        const before = appearanceOf(loaded);
        const appearance: api.UserAppearanceSettings = {
          theme_preference: body.theme_preference,
          theme_mode: body.theme_mode ?? before.theme_mode,
          theme_light: body.theme_light ?? before.theme_light,
          theme_dark: body.theme_dark ?? before.theme_dark,
          terminal_font: body.terminal_font,
        };
        await setAppearance(deps, granted, appearance);
        return { status: 200, granted, body: appearance };
      },
    }),
    route(endpoints.users.getUserPreferences)({
      access: "user:read_personal",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      handle({ ctx, loaded }) {
        const granted = authorize(ctx, "user:read_personal", userObject(loaded));
        return { status: 200, granted, body: preferencesOf(loaded) };
      },
    }),
    route(endpoints.users.updateUserPreferences)({
      access: "user:update_personal",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ ctx, loaded, body }) {
        const granted = authorize(ctx, "user:update_personal", userObject(loaded));
        const before = preferencesOf(loaded);
        const preferences: api.UserPreferenceSettings = {
          task_notification_alert_dismissed:
            body.task_notification_alert_dismissed ?? before.task_notification_alert_dismissed,
          thinking_display_mode: body.thinking_display_mode ?? before.thinking_display_mode,
          shell_tool_display_mode: body.shell_tool_display_mode ?? before.shell_tool_display_mode,
          code_diff_display_mode: body.code_diff_display_mode ?? before.code_diff_display_mode,
          agent_chat_send_shortcut: body.agent_chat_send_shortcut ?? before.agent_chat_send_shortcut,
        };
        await setPreferences(deps, granted, preferences);
        return { status: 200, granted, body: preferences };
      },
    }),
    route(endpoints.users.getGitSshKey)({
      access: "user:read_personal",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ ctx, loaded }) {
        const granted = authorize(ctx, "user:read_personal", userObject(loaded));
        return {
          status: 200,
          granted,
          body: toApiGitSshKey(await ensureGitSshKey(db, sealKey, granted, clock.now())),
        };
      },
    }),
    route(endpoints.users.regenerateGitSshKey)({
      access: "user:update_personal",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ ctx, loaded }) {
        const granted = authorize(ctx, "user:update_personal", userObject(loaded));
        await requireRankOver(ctx, db, loaded);
        return {
          status: 200,
          granted,
          body: toApiGitSshKey(await regenerateGitSshKey(ctx, deps, granted)),
        };
      },
    }),
  ];
}

function appearanceOf(user: UserWithOrganizations): api.UserAppearanceSettings {
  const { theme_preference, theme_mode, theme_light, theme_dark, terminal_font } = user.appearance;
  return {
    theme_preference: theme_preference ?? "",
    theme_mode: theme_mode ?? "",
    theme_light: theme_light ?? "",
    theme_dark: theme_dark ?? "",
    terminal_font: terminal_font ?? "",
  };
}

function preferencesOf(user: UserWithOrganizations): api.UserPreferenceSettings {
  const set = user.preferences;
  return {
    task_notification_alert_dismissed: set.task_notification_alert_dismissed ?? false,
    thinking_display_mode: set.thinking_display_mode ?? "auto",
    shell_tool_display_mode: set.shell_tool_display_mode ?? "always_collapsed",
    code_diff_display_mode: set.code_diff_display_mode ?? "",
    agent_chat_send_shortcut: set.agent_chat_send_shortcut ?? "enter",
  };
}
