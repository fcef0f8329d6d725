import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { CreateUserSecretRequest, UpdateUserSecretRequest, UserSecret } from "../schemas/users.ts";

/** By name, without their values. Secrets are each user's own: 404 for anybody else's, to owners as well. */
export const listUserSecrets = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/secrets",
  operation: "list_user_secrets",
  summary: "List a user's secrets",
  responses: { 200: z.array(UserSecret) },
});

/**
 * Workspaces get it with their agents' next manifest: at a start, a claim or a reconnection. 409 for a name, variable or
 * path that another secret of the user has.
 */
export const createUserSecret = endpoint({
  method: "POST",
  path: "/api/v2/users/{user}/secrets",
  operation: "create_user_secret",
  summary: "Create a secret",
  body: CreateUserSecretRequest,
  responses: { 201: UserSecret },
});

/** Without its value, which nobody is shown. */
export const getUserSecret = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/secrets/{name}",
  operation: "get_user_secret",
  summary: "A secret by its name",
  responses: { 200: UserSecret },
});

/** What is not given stays; what runs keeps the value that it has until its agent's next manifest. */
export const updateUserSecret = endpoint({
  method: "PATCH",
  path: "/api/v2/users/{user}/secrets/{name}",
  operation: "update_user_secret",
  summary: "Change a secret",
  body: UpdateUserSecretRequest,
  responses: { 200: UserSecret },
});

/** No workspace gets it any more; what runs keeps what it was given. */
export const deleteUserSecret = endpoint({
  method: "DELETE",
  path: "/api/v2/users/{user}/secrets/{name}",
  operation: "delete_user_secret",
  summary: "Delete a secret",
  responses: { 204: null },
});
