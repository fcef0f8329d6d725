import type { User } from "@hearth/sdk";
import { age } from "#output/ages.ts";
import type { Column } from "#output/table.ts";

export interface UserRow {
  readonly user: User;
  readonly nowMs: number;
}

export const userColumns: readonly Column<UserRow>[] = [
  { name: "username", value: ({ user }) => user.username },
  { name: "name", shown: false, value: ({ user }) => user.name ?? "" },
  { name: "email", value: ({ user }) => user.email },
  { name: "roles", value: ({ user }) => user.roles.map((role) => role.name).join(", ") },
  { name: "created at", value: ({ user, nowMs }) => age(user.created_at, nowMs) },
  { name: "last seen", value: ({ user, nowMs }) => age(user.last_seen_at, nowMs) },
  { name: "status", value: ({ user }) => user.status },
  { name: "login type", shown: false, value: ({ user }) => user.login_type },
  { name: "id", shown: false, value: ({ user }) => user.id },
];
