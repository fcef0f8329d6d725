import type { APIKey } from "@hearth/sdk";
import { age } from "#output/ages.ts";
import type { Column } from "#output/table.ts";

export interface TokenRow {
  readonly token: APIKey & { readonly username?: string };
  readonly nowMs: number;
}

export const tokenColumns: readonly Column<TokenRow>[] = [
  { name: "id", value: ({ token }) => token.id },
  { name: "name", value: ({ token }) => token.token_name },
  { name: "scopes", value: ({ token }) => token.scopes.join(", ") },
  { name: "allow list", value: ({ token }) => token.allow_list.join(", ") },
  { name: "last used", value: ({ token, nowMs }) => age(token.last_used, nowMs) },
  { name: "expires at", value: ({ token, nowMs }) => age(token.expires_at, nowMs) },
  { name: "created at", value: ({ token, nowMs }) => age(token.created_at, nowMs) },
  { name: "owner", shown: false, value: ({ token }) => token.username ?? "" },
];
