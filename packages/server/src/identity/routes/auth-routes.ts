import { ApiError, endpoints } from "@hearth/sdk";
import { route, userOf, type Route } from "../../ground/http/index.ts";
import { can, grantOwn, publicScopes, type Action, type Context } from "../../access/index.ts";
import { sessionCookie } from "../authenticate.ts";
import { deleteKey } from "../keys-store.ts";
import { insertKey } from "../keys.ts";
import { faultOfPassword, pretendToVerify, verifyPassword } from "../password.ts";
import { announceAccessChanged } from "../access-changed.ts";
import { findUserByEmail, markSeen } from "../users-store.ts";
import type { IdentityDeps } from "./deps.ts";

const sessionLifetimeSeconds = 24 * 60 * 60;
/** The cookie outlives the key on purpose: sliding expiry moves the key's end. */
const cookieLifetimeSeconds = 31_536_000;
const loginsPerMinute = 60;

export function authRoutes(deps: IdentityDeps): Route[] {
  const { db, pubsub } = deps;
  return [
    route(endpoints.auth.getApiRoot)({
      access: "public",
      handle: () => ({ status: 200, body: { message: "👋" } }),
    }),
    route(endpoints.auth.hasFirstUser)({
      access: "public",
      // The owner is there before the first request is.
      handle: () => ({ status: 200, body: { message: "The initial user has already been created!" } }),
    }),
    route(endpoints.auth.createFirstUser)({
      access: "public",
      ownPagesOnly: true,
      handle: () => {
        throw new ApiError("conflict", "The initial user has already been created.");
      },
    }),
    route(endpoints.auth.getAuthMethods)({
      access: "public",
      handle: () => ({
        status: 200,
        body: {
          password: { enabled: true },
          github: { enabled: false, default_provider_configured: false },
          oidc: { enabled: false, signInText: "", iconUrl: "" },
        },
      }),
    }),
    route(endpoints.auth.login)({
      access: "public",
      // A form of another site would put its own session in the place of the visitor's.
      ownPagesOnly: true,
      ratePerMinute: loginsPerMinute,
      async handle({ ctx, body }) {
        const key = await logIn(ctx, deps, body.email, body.password);
        return {
          status: 201,
          body: { session_token: key },
          headers: { "Set-Cookie": cookieOf(key, cookieLifetimeSeconds, deps.secureCookies()) },
        };
      },
    }),
    route(endpoints.auth.validatePassword)({
      access: "public",
      handle({ body }) {
        const fault = faultOfPassword(body.password);
        return { status: 200, body: { valid: fault === undefined, details: fault ?? "" } };
      },
    }),
    route(endpoints.auth.logout)({
      access: "authenticated",
      async handle({ ctx }) {
        const { keyId, userId } = userOf(ctx);
        await deleteKey(db, grantOwn(ctx, "api_key:delete", { id: keyId, ownerId: userId }));
        announceAccessChanged(pubsub, userId);
        return {
          status: 200,
          body: { message: "Logged out!" },
          headers: { "Set-Cookie": cookieOf("", 0, deps.secureCookies()) },
        };
      },
    }),
    route(endpoints.auth.checkPermissions)({
      access: "authenticated",
      handle({ ctx, body }) {
        const answers = Object.entries(body.checks ?? {}).map(([name, { object, action }]) => [
          name,
          // Words that this server knows no permission for are simply not allowed.
          can(ctx, `${object.resource_type}:${action}` as Action, {
            id: object.resource_id,
            ownerId: object.owner_id === "me" ? userOf(ctx).userId : object.owner_id,
            organizationId: object.organization_id,
          }),
        ]);
        return { status: 200, body: Object.fromEntries(answers) as Record<string, boolean> };
      },
    }),
    route(endpoints.auth.listScopes)({
      access: "public",
      handle: () => ({ status: 200, body: { external: [...publicScopes] } }),
    }),
  ];
}

/** A session key for the right password. One refusal for every reason, in the same time. */
async function logIn(ctx: Context, { db, clock }: IdentityDeps, email: string, password: string): Promise<string> {
  const refused = new ApiError("wrong_credentials", "Incorrect email or password.");
  const user = await findUserByEmail(db, email);
  if (user === undefined || user.password_hash === null) {
    await pretendToVerify(password);
    throw refused;
  }
  if (!(await verifyPassword(password, user.password_hash))) throw refused;
  if (user.login_type !== "password" || user.status === "suspended") throw refused;
  const granted = grantOwn(ctx, "api_key:create", { ownerId: user.id });
  const { key } = await insertKey(db, granted, {
    loginType: "password",
    lifetimeSeconds: sessionLifetimeSeconds,
    nowMs: clock.now(),
  });
  await markSeen(db, granted, clock.now());
  return key;
}

function cookieOf(key: string, maxAgeSeconds: number, isSecure: boolean): string {
  const kind = maxAgeSeconds === 0 ? "" : " HttpOnly;";
  return `${sessionCookie}=${key}; Path=/; Max-Age=${maxAgeSeconds};${kind} SameSite=Lax${isSecure ? "; Secure" : ""}`;
}
