import type { Action } from "./catalogue.ts";

/** Low-level scopes that a token may ask for, by resource. @see spec/api.md §2, "Token scopes" */
const catalogue: Readonly<Record<string, readonly string[]>> = {
  api_key: ["create", "read", "update", "delete"],
  file: ["create", "read"],
  organization: ["read", "update", "delete"],
  task: ["create", "read", "update", "delete"],
  user_secret: ["create", "read", "update", "delete"],
  user_skill: ["create", "read", "update", "delete"],
  template: ["create", "read", "update", "delete", "use"],
  user: ["read", "read_personal", "update_personal"],
  workspace: ["create", "read", "update", "delete", "start", "stop", "ssh", "application_connect"],
};

/** Composite scopes with what they reach; `*` is everything. */
const composites: Readonly<Record<string, readonly string[]>> = {
  "coder:all": ["*"],
  "coder:application_connect": ["workspace:application_connect"],
  "coder:apikeys.manage_self": ["api_key:create", "api_key:read", "api_key:update", "api_key:delete"],
  "coder:templates.author": ["template:*", "file:create", "file:read"],
  "coder:templates.build": ["template:read", "file:create", "file:read"],
  "coder:workspaces.access": ["workspace:read", "workspace:ssh", "workspace:application_connect"],
  "coder:workspaces.create": [
    "template:read",
    "template:use",
    "workspace:create",
    "workspace:read",
    "workspace:update",
  ],
  "coder:workspaces.delete": ["workspace:read", "workspace:delete"],
  "coder:workspaces.operate": ["workspace:read", "workspace:update", "workspace:start", "workspace:stop"],
};

/** Every scope that a token may be made with, sorted. */
export const publicScopes: readonly string[] = [
  ...Object.keys(composites),
  ...Object.entries(catalogue).flatMap(([resource, actions]) => [
    `${resource}:*`,
    ...actions.map((action) => `${resource}:${action}`),
  ]),
].sort();

const known = new Set(publicScopes);

export function isPublicScope(scope: string): boolean {
  return known.has(scope);
}

/** Whether any of a key's scopes reaches the action. */
export function scopeAllows(scopes: readonly string[], action: Action): boolean {
  return reaches(scopes, action);
}

/** Those of the wanted scopes that reach beyond a key's own: no key makes one that may do more than itself. */
export function scopesBeyond(own: readonly string[], wanted: readonly string[]): string[] {
  return wanted.filter((scope) => !(composites[scope] ?? [scope]).every((reach) => reaches(own, reach)));
}

/** Whether the scopes reach all of `wanted`: an action, `resource:*` or `*`. */
function reaches(scopes: readonly string[], wanted: string): boolean {
  return scopes.some((scope) =>
    (composites[scope] ?? [scope]).some(
      (reach) => reach === "*" || reach === wanted || (reach.endsWith(":*") && wanted.startsWith(reach.slice(0, -1))),
    ),
  );
}
