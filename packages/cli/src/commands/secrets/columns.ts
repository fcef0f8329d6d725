import type { UserSecret } from "@hearth/sdk";
import { age } from "#output/ages.ts";
import type { Column } from "#output/table.ts";

export interface SecretView {
  readonly secret: UserSecret;
  readonly nowMs: number;
}

export const secretColumns: readonly Column<SecretView>[] = [
  { name: "name", value: ({ secret }) => secret.name },
  { name: "created", value: ({ secret, nowMs }) => age(secret.created_at, nowMs) },
  { name: "updated", value: ({ secret, nowMs }) => age(secret.updated_at, nowMs) },
  { name: "env", value: ({ secret }) => secret.env_name },
  { name: "file", value: ({ secret }) => secret.file_path },
  { name: "description", value: ({ secret }) => secret.description },
];
