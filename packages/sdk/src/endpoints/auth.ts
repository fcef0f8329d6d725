import { endpoint } from "../endpoint.ts";
import {
  AuthMethods,
  AuthorizationRequest,
  AuthorizationResponse,
  CreateFirstUserRequest,
  CreateFirstUserResponse,
  LoginWithPasswordRequest,
  LoginWithPasswordResponse,
  ValidateUserPasswordRequest,
  ValidateUserPasswordResponse,
} from "../schemas/auth.ts";
import { Response } from "../schemas/common.ts";
import { ExternalAPIKeyScopes } from "../schemas/tokens.ts";

/** 404 while there is none, which is how clients tell a fresh deployment. For everybody. */
export const hasFirstUser = endpoint({
  method: "GET",
  path: "/api/v2/users/first",
  operation: "has_first_user",
  summary: "Whether the first user exists",
  responses: { 200: Response },
});

/** For everybody, while there is no user at all; 400 ever after. */
export const createFirstUser = endpoint({
  method: "POST",
  path: "/api/v2/users/first",
  operation: "create_first_user",
  summary: "Create the owner account of a fresh deployment",
  body: CreateFirstUserRequest,
  responses: { 201: CreateFirstUserResponse },
});

/** For everybody: what a page to log in at must show. */
export const getAuthMethods = endpoint({
  method: "GET",
  path: "/api/v2/users/authmethods",
  operation: "get_auth_methods",
  summary: "Ways to log in",
  responses: { 200: AuthMethods },
});

/**
 * Sets the cookie of the session besides. 401 in the same words whether nobody has this address, the password is
 * wrong or the account is suspended. Few tries a minute.
 */
export const login = endpoint({
  method: "POST",
  path: "/api/v2/users/login",
  operation: "login",
  summary: "Log in with a password",
  body: LoginWithPasswordRequest,
  responses: { 201: LoginWithPasswordResponse },
});

/** Ends the session that asked, its streams and terminals with it. */
export const logout = endpoint({
  method: "POST",
  path: "/api/v2/users/logout",
  operation: "logout",
  summary: "Log out",
  responses: { 200: Response },
});

/** Decides as the routes themselves would, and does nothing. */
export const checkPermissions = endpoint({
  method: "POST",
  path: "/api/v2/authcheck",
  operation: "check_permissions",
  summary: "Check several permissions of the caller",
  body: AuthorizationRequest,
  responses: { 200: AuthorizationResponse },
});

/** What `createToken` takes. For everybody. */
export const listScopes = endpoint({
  method: "GET",
  path: "/api/v2/auth/scopes",
  operation: "list_scopes",
  summary: "Catalogue of token scopes",
  responses: { 200: ExternalAPIKeyScopes },
});

/** For everybody, and whatever the version of the client. */
export const getApiRoot = endpoint({
  method: "GET",
  path: "/api/v2/",
  operation: "get_api_root",
  summary: "Liveness of the API root",
  responses: { 200: Response },
});

/** For everybody; the password is not kept. */
export const validatePassword = endpoint({
  method: "POST",
  path: "/api/v2/users/validate-password",
  operation: "validate_password",
  summary: "Whether a password is strong enough",
  body: ValidateUserPasswordRequest,
  responses: { 200: ValidateUserPasswordResponse },
});
