import { ApiError, endpoints, type UserSecret } from "@hearth/sdk";
import { authorizeOrHide, authorizeWithin, notFoundMessage, type Action, type Context } from "../../access/index.ts";
import { route, type Route } from "../../ground/http/index.ts";
import type { IdentityDeps } from "../routes/deps.ts";
import { getUser } from "../users.ts";
import { createSecret, deleteSecret, refuseNewSecret, refuseSecretChange, updateSecret } from "./edit-secrets.ts";
import { findSecret, listSecrets, type SecretRow } from "./secrets-store.ts";

type SecretAction = Action & `user_secret:${string}`;

/** Secrets are each user's own: anybody else's, owners of the deployment among them, are told that there is nothing. */
export function secretRoutes(deps: Pick<IdentityDeps, "db" | "clock" | "pubsub" | "sealKey">): Route[] {
  const { db } = deps;

  async function grantSecret<A extends SecretAction>(ctx: Context, action: A, ownerId: string, name: string) {
    const row = await findSecret(db, { userId: ownerId, name });
    if (row === undefined) throw new ApiError("not_found", notFoundMessage);
    return { row, granted: authorizeOrHide(ctx, action, { id: row.id, ownerId }) };
  }

  return [
    route(endpoints.secrets.listUserSecrets)({
      access: "user_secret:read",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ ctx, loaded }) {
        const granted = authorizeWithin(ctx, "user_secret:read", { ownerId: loaded.id });
        return { status: 200, granted, body: (await listSecrets(db, granted)).map(toApiSecret) };
      },
    }),
    route(endpoints.secrets.createUserSecret)({
      access: "user_secret:create",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ ctx, loaded, body }) {
        refuseNewSecret(body);
        const granted = authorizeOrHide(ctx, "user_secret:create", { ownerId: loaded.id });
        return { status: 201, granted, body: toApiSecret(await createSecret(ctx, deps, granted, body)) };
      },
    }),
    route(endpoints.secrets.getUserSecret)({
      access: "user_secret:read",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ ctx, loaded, params }) {
        const { row, granted } = await grantSecret(ctx, "user_secret:read", loaded.id, params.name);
        return { status: 200, granted, body: toApiSecret(row) };
      },
    }),
    route(endpoints.secrets.updateUserSecret)({
      access: "user_secret:update",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ ctx, loaded, params, body }) {
        refuseSecretChange(body);
        const { granted } = await grantSecret(ctx, "user_secret:update", loaded.id, params.name);
        return { status: 200, granted, body: toApiSecret(await updateSecret(ctx, deps, granted, body)) };
      },
    }),
    route(endpoints.secrets.deleteUserSecret)({
      access: "user_secret:delete",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ ctx, loaded, params }) {
        const { granted } = await grantSecret(ctx, "user_secret:delete", loaded.id, params.name);
        await deleteSecret(ctx, deps, granted);
        return { status: 204, granted, body: undefined };
      },
    }),
  ];
}

function toApiSecret(row: SecretRow): UserSecret {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    env_name: row.env_name,
    file_path: row.file_path,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
