import { randomUUID } from "node:crypto";
import pg from "pg";
import { expect, test } from "vitest";
import { silentLogger } from "@hearth/base";
import { createTestDatabase } from "@hearth/testkit";
import { migrate, readMigrations } from "../ground/database/index.ts";

test("templates from before there were groups are for everyone of their organization, as they were", async () => {
  await using fresh = await createTestDatabase({ from: "empty" });
  const pool = new pg.Pool({ connectionString: fresh.connectionString });
  try {
    const migrations = await readMigrations();
    const at = migrations.findIndex(({ name }) => name.endsWith("_groups.sql"));
    await migrate(pool, silentLogger, migrations.slice(0, at));
    const [organizationId, userId, templateId] = [randomUUID(), randomUUID(), randomUUID()];
    await pool.query("insert into organizations (id, name, created_at, updated_at) values ($1, 'lab', now(), now())", [
      organizationId,
    ]);
    await pool.query(
      `insert into users (id, username, email, login_type, status, created_at, updated_at)
       values ($1, 'ada', 'ada@example.com', 'password', 'active', now(), now())`,
      [userId],
    );
    await pool.query(
      `insert into templates (id, organization_id, name, active_version_id, created_by, created_at, updated_at)
       values ($1, $2, 'old', $3, $4, now(), now())`,
      [templateId, organizationId, randomUUID(), userId],
    );

    await migrate(pool, silentLogger, migrations);

    const templates = await pool.query("select user_acl, group_acl from templates");
    expect(templates.rows).toEqual([{ user_acl: {}, group_acl: { [organizationId]: ["use"] } }]);
    const groups = await pool.query("select name from groups where id = organization_id and id = $1", [organizationId]);
    expect(groups.rows).toEqual([{ name: "Everyone" }]);
  } finally {
    await pool.end();
  }
});
