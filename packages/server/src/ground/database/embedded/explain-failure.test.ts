import { expect, test } from "vitest";
import { EmbeddedPostgresError } from "./errors.ts";
import { explainFailure, explainFileError } from "./explain-failure.ts";

const said: { name: string; output: string; want: string }[] = [
  {
    name: "a full disk",
    output: 'initdb: error: could not write file "/d/postgres/PG_VERSION": No space left on device',
    want: "PostgreSQL found no space left on the disk of /d; free some, or set HEARTH_DATA_DIR to a directory on another disk.",
  },
  {
    name: "a data directory of another version",
    output:
      "FATAL:  database files are incompatible with server\nDETAIL:  The data directory was initialized by PostgreSQL version 15, which is not compatible with this version 18.4.",
    want: "The database in /d was made by PostgreSQL 15, which this Hearth does not bring; run the Hearth that made it, or dump it and set HEARTH_PG_CONNECTION_URL to a PostgreSQL of your own.",
  },
  {
    name: "a socket in use",
    output: 'LOG:  could not bind Unix address "/s/.s.PGSQL.5432": Address already in use',
    want: "Another PostgreSQL is listening on /s/.s.PGSQL.5432; stop it, or set HEARTH_DATA_DIR to another directory.",
  },
  {
    name: "a socket's lock in use",
    output:
      'FATAL:  lock file "/s/.s.PGSQL.5432.lock" already exists\nHINT:  Is another postmaster (PID 12) using socket file "/s/.s.PGSQL.5432"?',
    want: "Another PostgreSQL is listening on /s/.s.PGSQL.5432.lock; stop it, or set HEARTH_DATA_DIR to another directory.",
  },
  {
    name: "a data directory in use",
    output:
      'FATAL:  lock file "postmaster.pid" already exists\nHINT:  Is another postmaster (PID 77) running in data directory "/d/postgres"?',
    want: "Another PostgreSQL (process 77) is using /d; stop it, or set HEARTH_DATA_DIR to another directory.",
  },
  {
    name: "a missing library",
    output: "postgres: error while loading shared libraries: libstdc++.so.6: cannot open shared object file",
    want: "PostgreSQL's binaries need the library libstdc++.so.6, which this machine lacks; install it, or set HEARTH_PG_CONNECTION_URL to a PostgreSQL of your own.",
  },
  {
    name: "too little memory",
    output: "FATAL:  could not map anonymous shared memory: Cannot allocate memory",
    want: "PostgreSQL got too little memory to start; give this machine more, or set HEARTH_PG_CONNECTION_URL to a PostgreSQL of your own.",
  },
  {
    name: "a damaged database",
    output: "PANIC:  could not locate a valid checkpoint record at 0/14E3C68",
    want: "The database in /d is damaged; restore a backup of the data directory. PostgreSQL's own words are in its log.",
  },
  {
    name: "a directory of another owner",
    output: 'FATAL:  data directory "/d/postgres" has wrong ownership',
    want: "PostgreSQL refuses /d/postgres because others could read it or another user owns it; give it back to the user who runs PostgreSQL (chown -R) with mode 0700.",
  },
  {
    name: "a refusal of the file system",
    output: 'FATAL:  could not open file "/d/postgres/global/pg_control": Permission denied',
    want: "PostgreSQL was denied permission in /d; check who owns it, or set HEARTH_DATA_DIR to a directory that you own.",
  },
  {
    name: "anything else, by its last words",
    output: "LOG:  starting\nFATAL:  the moon is in the wrong house\n",
    want: "PostgreSQL could not be started (/d): FATAL:  the moon is in the wrong house. If you cannot mend that, set HEARTH_PG_CONNECTION_URL to a PostgreSQL of your own.",
  },
  {
    name: "silence",
    output: "",
    want: "PostgreSQL could not be started (/d): it ended without a word. If you cannot mend that, set HEARTH_PG_CONNECTION_URL to a PostgreSQL of your own.",
  },
];

test.for(said)("$name is explained in one line", ({ output, want }) => {
  const error = explainFailure("PostgreSQL could not be started", "/d", output);

  expect(error).toBeInstanceOf(EmbeddedPostgresError);
  expect(error.message).toBe(want);
  expect(error.message).not.toContain("\n");
});

test.for([
  { code: "EACCES", want: "may not write to /d" },
  { code: "EROFS", want: "read-only" },
  { code: "ENOSPC", want: "no space left" },
  { code: "ENOTDIR", want: "/d is in the way" },
  { code: "EIO", want: "cannot be used: i/o error" },
])("$code is explained with what to do", ({ code, want }) => {
  const cause = Object.assign(new Error("i/o error"), { code });

  const error = explainFileError(cause, "/d");

  expect(error.message).toContain(want);
  expect(error.cause).toBe(cause);
});
