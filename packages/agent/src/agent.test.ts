import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { systemClock } from "@hearth/base";
import { recordingLogger } from "@hearth/base/recording-logger";
import { durationFromMs, type MessageInitShape, toMetadataSpan, uuidToBytes } from "@hearth/wire";
import {
  Connection_Action,
  Lifecycle_State as State,
  Timing_Stage,
  type WorkspaceAgentScriptSchema,
} from "@hearth/wire/agent-proto";
import { clientFrames, encodeFrame, withLength } from "@hearth/sdk/commands";
import ssh2 from "ssh2";
import { describe, expect, test } from "vitest";
import { Agent } from "#agent.ts";
import { loadNativePty } from "#processes/native-pty.ts";
import { CommandsClient } from "#testing/commands-rig.ts";
import { ControlPlane, type ManifestInit } from "#testing/control-plane.ts";
import { Scratch } from "#testing/scratch.ts";

type ScriptInit = MessageInitShape<typeof WorkspaceAgentScriptSchema>;

const workspaceId = uuidToBytes(randomUUID());
const [pool, ada] = [randomUUID(), randomUUID()];

function manifest(more: ManifestInit = {}): ManifestInit {
  return {
    agentId: uuidToBytes(randomUUID()),
    agentName: "main",
    workspaceId,
    workspaceName: "box",
    ownerUsername: "prebuilds",
    ownerId: uuidToBytes(pool),
    hostKeySeed: randomBytes(32),
    ...more,
  };
}

function script(text: string, more: ScriptInit = {}): ScriptInit {
  return { id: uuidToBytes(randomUUID()), logSourceId: uuidToBytes(randomUUID()), script: text, ...more };
}

/** A real agent on a real connection to a control plane of the test's own. */
class Rig implements AsyncDisposable {
  readonly plane: ControlPlane;
  readonly scratch = new Scratch();
  readonly log = recordingLogger();
  readonly #stop = new AbortController();
  readonly #over: Promise<void>;

  private constructor(plane: ControlPlane) {
    this.plane = plane;
    const { folder } = this.scratch;
    const agent = new Agent({
      serverUrl: plane.url,
      token: randomUUID(),
      version: "1.2.3",
      home: folder,
      userName: "dev",
      shell: "/bin/bash",
      processEnv: { PATH: process.env.PATH, HOME: folder },
      runDirectory: join(folder, "run"),
      logDirectory: join(folder, "logs"),
      policy: { blocksFileTransfer: false, blocksLocalForwarding: false, blocksReverseForwarding: false },
      loadPty: loadNativePty,
      clock: systemClock,
      log: this.log,
      random: () => 0.1,
    });
    this.#over = agent.run(this.#stop.signal);
  }

  static async start(init: ManifestInit, prepare: (plane: ControlPlane) => void = () => undefined): Promise<Rig> {
    const plane = await ControlPlane.start(init);
    prepare(plane);
    return new Rig(plane);
  }

  path(name: string): string {
    return join(this.scratch.folder, name);
  }

  /** Ends the agent as a signal would, and waits for it. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#over;
  }

  /** Runs a command over SSH, and gives its output. */
  async ssh(command: string): Promise<string> {
    const client = new ssh2.Client();
    client.connect({ sock: await this.plane.dial(1), username: "dev", hostVerifier: () => true });
    await once(client, "ready");
    const channel = await new Promise<ssh2.ClientChannel>((resolve, reject) => {
      client.exec(command, (error, opened) => (error ? reject(error) : resolve(opened)));
    });
    let text = "";
    channel.on("data", (chunk: Buffer) => (text += String(chunk)));
    await once(channel, "close");
    client.end();
    return text;
  }

  /** A client of the commands protocol, by the agent's port 4. `first` goes right behind the request. */
  async commands(first: Uint8Array = new Uint8Array(0)): Promise<CommandsClient> {
    const connection = await this.plane.dial(4);
    const request =
      "GET /api/v1/commands HTTP/1.1\r\nHost: agent\r\nConnection: Upgrade\r\nUpgrade: hearth-commands\r\n\r\n";
    connection.write(Buffer.concat([Buffer.from(request), first]));
    return new CommandsClient(await afterHeader(connection, "HTTP/1.1 101 "));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.plane[Symbol.asyncDispose]();
    await this.scratch[Symbol.asyncDispose]();
  }
}

/** The connection once its HTTP header, which begins so, is read. */
async function afterHeader(connection: Duplex, begins: string): Promise<Duplex> {
  let head = Buffer.alloc(0);
  for (;;) {
    const chunk: unknown = connection.read() ?? (await once(connection, "readable"), connection.read());
    if (!Buffer.isBuffer(chunk)) continue;
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) continue;
    expect(head.toString("latin1")).toMatch(begins);
    connection.unshift(head.subarray(end + 4));
    return connection;
  }
}

/** Moves the session to a new owner. */
function changeHands(plane: ControlPlane, more: ManifestInit = {}): void {
  const next = { agentId: uuidToBytes(randomUUID()), ownerId: uuidToBytes(ada), ownerUsername: "ada", claimCount: 1 };
  plane.manifest = { ...plane.manifest, lifecycleState: State.STARTING, ...next, ...more };
  plane.said.length = 0;
}

/** The same, and says so, as a control plane does that pushes nothing. */
function claim(plane: ControlPlane, more: ManifestInit = {}): void {
  changeHands(plane, more);
  plane.announceClaim(ada);
}

describe("starting", () => {
  test("without scripts the agent introduces itself and is ready at once", async () => {
    await using rig = await Rig.start(manifest({ directory: "~/project" }));

    await rig.plane.state(State.READY);

    const [first, second, third] = rig.plane.said;
    expect(first).toEqual({ call: "getManifest" });
    expect(second).toEqual({ call: "updateStartup", version: "v1.2.3", directory: rig.path("project") });
    expect(third).toMatchObject({ call: "updateLifecycle", state: State.READY });
  });

  test("start scripts run with the manifest; their lines, timings and the state follow", async () => {
    const scripts = [
      script("echo $GREETING; touch ran", { runOnStart: true }),
      script("echo never", { runOnStop: true }),
    ];
    await using rig = await Rig.start(manifest({ scripts, environmentVariables: { GREETING: "hello $HOME" } }));

    await rig.plane.state(State.READY);
    await rig.plane.until(({ said }) => said.find(({ call }) => call === "scriptCompleted"));
    await rig.plane.until(({ lines }) => lines.length > 0);

    expect(rig.plane.states).toEqual([State.STARTING, State.READY]);
    expect(rig.plane.lines).toEqual([`hello ${rig.scratch.folder}`]);
    expect(existsSync(rig.path("ran"))).toBe(true);
  });

  test.for([
    { what: "fails", text: "exit 1", more: {}, state: State.START_ERROR },
    { what: "times out", text: "exec sleep 100", more: { timeout: durationFromMs(50) }, state: State.START_TIMEOUT },
  ])("a start script that $what decides the state", async ({ text, more, state }) => {
    await using rig = await Rig.start(manifest({ scripts: [script(text, { runOnStart: true, ...more })] }));

    await rig.plane.state(state);

    expect(rig.plane.states).toEqual([State.STARTING, state]);
  });

  test("a build that is not done yet is waited for with quick tries", async () => {
    await using rig = await Rig.start(manifest(), (plane) => {
      plane.admission = () => (plane.attempts < 4 ? { status: 401 } : "welcome");
    });

    await rig.plane.state(State.READY);

    expect(rig.plane.attempts).toBe(4);
  });

  test("secrets that are files are there before the start scripts", async () => {
    const secrets = [{ filePath: "~/.secret", value: Buffer.from("s3cret") }];
    await using rig = await Rig.start(manifest({ secrets, scripts: [script("cat ~/.secret", { runOnStart: true })] }));

    await rig.plane.until(({ lines }) => lines.length > 0);

    expect(rig.plane.lines).toEqual(["s3cret"]);
  });

  test("secrets that are files are no start of their own: the agent is ready once they are there", async () => {
    const secrets = [{ filePath: "~/.secret", value: Buffer.from("s3cret") }];
    await using rig = await Rig.start(manifest({ secrets }));

    await rig.plane.state(State.READY);

    expect(rig.plane.states).toEqual([State.READY]);
    expect(existsSync(rig.path(".secret"))).toBe(true);
  });

  test("metadata and statistics are collected and sent", async () => {
    const metadata = [{ key: "load", script: "echo 0.5", interval: toMetadataSpan(3600), timeout: toMetadataSpan(60) }];
    await using rig = await Rig.start(manifest({ metadata }));

    const values = await rig.plane.until(({ said }) => said.find((word) => word.call === "batchUpdateMetadata"));
    const stats = await rig.plane.until(({ said }) => {
      const words = said.filter((word) => word.call === "updateStats");
      return words.length >= 2 && words;
    });

    expect(values).toMatchObject({ values: { load: "0.5\n" } });
    expect(stats.map((word) => word.stats?.connectionMedianLatencyMs)).toEqual([undefined, -0.001]);
  });
});

describe("commands", () => {
  test("begin right behind the request, when what blocks the log-in has ended and not only when all has", async () => {
    const scripts = [
      script("until [ -e go ]; do sleep 0.01; done; touch built", { runOnStart: true, startBlocksLogin: true }),
      script("until [ -e stop ]; do sleep 0.01; done", { runOnStart: true }),
    ];
    await using rig = await Rig.start(manifest({ scripts }));
    await rig.plane.state(State.STARTING);

    const start = { shell: "ls built; touch stop; echo $HEARTH_WORKSPACE_NAME" };
    const client = await rig.commands(withLength(encodeFrame(clientFrames.start, 7, start)));
    const early = await client.run({ shell: "ls built || echo not yet; touch go", wait: "none" });
    await client.end(7);

    expect(early.stdout).toBe("not yet\n");
    expect(client.text(7)).toBe("built\nbox\n");
    await rig.plane.state(State.READY);
  });

  test("of an open connection are the new owner's from the claim on; what runs stays what it was", async () => {
    await using rig = await Rig.start(manifest());
    await rig.plane.state(State.READY);
    const client = await rig.commands();
    const who = 'echo "$HEARTH_WORKSPACE_OWNER_NAME"';
    const before = client.start({ shell: `read go; ${who}`, stdin: true });
    await client.started(before);

    claim(rig.plane);
    await rig.plane.state(State.READY);
    const after = await client.run({ shell: who });
    client.send(clientFrames.stdin, before, Buffer.from("go\n"));
    await client.end(before);

    expect([after.stdout, client.text(before)]).toEqual(["ada\n", "prebuilds\n"]);
  });

  test("end with a session that is lost, but for those that are detached", async () => {
    await using rig = await Rig.start(manifest());
    await rig.plane.state(State.READY);
    const client = await rig.commands();
    const script = (name: string): string =>
      `trap 'touch ${name}; exit' HUP; echo ready; until [ -e go ]; do sleep 0.01; done; echo done`;
    const [left, kept] = [
      client.start({ shell: script("left") }),
      client.start({ shell: script("kept"), detach: true }),
    ];
    await client.until(() => [left, kept].every((command) => client.text(command) === "ready\n"));
    const { process_id: id } = await client.started(kept);

    rig.plane.cut();
    await rig.plane.until(({ sessions }) => sessions.length === 0);
    await rig.plane.until(({ said }) => said.filter(({ call }) => call === "getManifest").length > 1);
    const again = await rig.commands();
    const proof = await again.run({ shell: "until [ -e left ]; do sleep 0.01; done; ls kept; touch go" });
    const following = again.attach(id);
    await again.end(following);

    expect(proof.stdout).toBe("");
    expect(again.text(following)).toBe("ready\ndone\n");
  });
});

describe("a session that ends", () => {
  test("loses no state, no line and no process; nothing is started twice", async () => {
    const scripts = [script("echo one; until [ -e go ]; do sleep 0.01; done; echo two", { runOnStart: true })];
    await using rig = await Rig.start(manifest({ scripts }));
    await rig.plane.state(State.STARTING);
    rig.plane.admission = () => ({ status: 503 });
    rig.plane.cut();
    await rig.plane.until(({ attempts }) => attempts > 2);

    await writeFile(rig.path("go"), "");
    rig.plane.admission = () => "welcome";
    await rig.plane.state(State.READY);
    await rig.plane.until(({ lines }) => lines.includes("two"));

    // Said again is fine: the answer may have been lost with the session.
    expect([...new Set(rig.plane.states)]).toEqual([State.STARTING, State.READY]);
    expect([...new Set(rig.plane.lines)]).toEqual(["one", "two"]);
  });

  test("keeps terminals: whoever comes back finds the same process", async () => {
    await using rig = await Rig.start(manifest());
    const sit = async (): Promise<Duplex> => {
      const header = Buffer.from(
        JSON.stringify({
          ID: "a",
          Height: 24,
          Width: 80,
          Command: "stty -echo; while read x; do n=$((n+1)); echo $n:$x; done",
        }),
      );
      const stream = await rig.plane.dial(2);
      stream.on("error", () => undefined);
      stream.write(Buffer.concat([Buffer.from([header.length & 255, header.length >> 8]), header]));
      return stream;
    };
    const sees = async (stream: Duplex, text: string): Promise<void> => {
      for (let seen = ""; !seen.includes(text);)
        seen += String(await new Promise((resolve) => stream.once("data", resolve)));
    };
    const before = await sit();
    before.write(JSON.stringify({ data: "hello\n" }));
    await sees(before, "1:hello");

    rig.plane.cut();
    await rig.plane.until(({ sessions }) => sessions.length === 0);
    await rig.plane.until(({ said }) => said.filter(({ call }) => call === "getManifest").length > 1);
    const after = await sit();
    after.write(JSON.stringify({ data: "again\n" }));

    await sees(after, "2:again");
  });

  test("tells a server that is behind what the state is [agents 51]", async () => {
    await using rig = await Rig.start(manifest());
    await rig.plane.state(State.READY);
    rig.plane.manifest = { ...rig.plane.manifest, lifecycleState: State.CREATED };
    rig.plane.said.length = 0;

    rig.plane.cut();

    await rig.plane.state(State.READY);
  });

  test("under a new build the agent starts again and reports the new agent [agents 51]", async () => {
    const scripts = [script("echo start >> starts", { runOnStart: true })];
    await using rig = await Rig.start(manifest({ scripts }));
    await rig.plane.state(State.READY);
    rig.plane.said.length = 0;
    rig.plane.manifest = { ...rig.plane.manifest, agentId: uuidToBytes(randomUUID()), lifecycleState: State.CREATED };

    rig.plane.cut();
    await rig.plane.state(State.READY);

    expect(rig.plane.states).toEqual([State.STARTING, State.READY]);
    expect(await rig.ssh("wc -l < starts")).toBe("2\n");
  });
});

describe("a claim", () => {
  test("without work of its own is ready at once, over the same session, and keeps what runs", async () => {
    await using rig = await Rig.start(manifest({ scripts: [script("echo start >> starts", { runOnStart: true })] }));
    await rig.plane.state(State.READY);
    await rig.plane.until(({ waiting }) => waiting === 1);
    const running = rig.ssh("echo $CODER_WORKSPACE_OWNER_NAME; until [ -e go ]; do sleep 0.01; done; echo $$");
    await rig.plane.until(({ said }) => said.some((word) => word.call === "reportConnection"));

    claim(rig.plane, { workspaceName: "mine", environmentVariables: { WHOSE: "ada's" } });
    await rig.plane.state(State.READY);
    const session = rig.plane.sessions;

    expect(rig.plane.states).toEqual([State.READY]);
    expect(session).toHaveLength(1);
    expect(await rig.ssh("echo $CODER_WORKSPACE_OWNER_NAME $HEARTH_WORKSPACE_NAME $WHOSE; cat starts")).toBe(
      "ada mine ada's\nstart\n",
    );
    await writeFile(rig.path("go"), "");
    expect(await running).toMatch(/^prebuilds\n\d+\n$/);
    await rig.plane.until(({ waiting }) => waiting === 0);
  });

  test("runs the scripts of claims, and only those, before it is ready", async () => {
    const scripts = [
      script("echo start >> ran", { runOnStart: true }),
      script('echo "claim by $CODER_WORKSPACE_OWNER_NAME" >> ran', { runOnClaim: true }),
    ];
    await using rig = await Rig.start(manifest({ scripts }));
    await rig.plane.state(State.READY);
    await rig.plane.until(({ waiting }) => waiting === 1);

    claim(rig.plane);
    await rig.plane.state(State.READY);
    const timing = await rig.plane.until(({ said }) => said.find((word) => word.call === "scriptCompleted"));

    expect(rig.plane.states).toEqual([State.STARTING, State.READY]);
    expect(timing).toMatchObject({ stage: Timing_Stage.CLAIM, exitCode: 0 });
    expect(await rig.ssh("cat ran")).toBe("start\nclaim by ada\n");
  });

  test("that nobody announced is seen in the manifest of the next session, once [agents 128]", async () => {
    const scripts = [script("echo claim >> ran", { runOnClaim: true })];
    await using rig = await Rig.start(manifest({ scripts }), (plane) => (plane.reinitStatus = 409));
    await rig.plane.state(State.READY);
    claim(rig.plane);

    rig.plane.cut();
    await rig.plane.state(State.READY);
    rig.plane.cut();
    await rig.plane.until(({ said }) => said.filter(({ call }) => call === "getManifest").length > 1);
    await rig.plane.until(({ said }) => said.filter(({ call }) => call === "updateStats").length > 2);

    expect(await rig.ssh("cat ran")).toBe("claim\n");
  });

  test("that is announced twice happens once [agents 85, prebuilds 136]", async () => {
    const scripts = [script("echo claim >> ran", { runOnClaim: true })];
    await using rig = await Rig.start(manifest({ scripts }));
    await rig.plane.state(State.READY);
    await rig.plane.until(({ waiting }) => waiting === 1);

    claim(rig.plane);
    rig.plane.cut();
    await rig.plane.state(State.READY);

    expect(await rig.ssh("cat ran")).toBe("claim\n");
    await rig.plane.until(({ waiting }) => waiting === 0);
  });
});

describe("a server that pushes", () => {
  const start = (init: ManifestInit = manifest()) => Rig.start(init, (plane) => (plane.pushes = "yes"));

  test("tells the manifest by itself: the agent neither asks for it nor waits for a claim beside", async () => {
    await using rig = await start(manifest({ directory: "~/project" }));

    await rig.plane.state(State.READY);

    const [first, second] = rig.plane.said;
    expect(first).toEqual({ call: "updateStartup", version: "v1.2.3", directory: rig.path("project") });
    expect(second).toMatchObject({ call: "updateLifecycle", state: State.READY });
    expect(rig.plane.waiting).toBe(0);
  });

  test("tells of a claim: once that is taken, whatever is dialled is the new owner's, its files in place", async () => {
    await using rig = await start();
    await rig.plane.state(State.READY);
    const secrets = [{ envName: "TOKEN", filePath: "~/token", value: Buffer.from("ada's $HOME") }];
    changeHands(rig.plane, { environmentVariables: { WHOSE: "ada's", TOKEN: "template's" }, secrets });

    await rig.plane.push();
    const client = await rig.commands();

    const { stdout } = await client.run({ shell: 'echo "$CODER_WORKSPACE_OWNER_NAME|$WHOSE|$TOKEN|$(cat ~/token)"' });
    expect(stdout).toBe("ada|ada's|ada's $HOME|ada's $HOME\n");
    await rig.plane.state(State.READY);
    expect(rig.plane.states).toEqual([State.READY]);
    expect(rig.plane.sessions).toHaveLength(1);
    expect(rig.plane.said.map(({ call }) => call)).not.toContain("getManifest");
  });

  test("tells of a claim again after a lost word; an older manifest that comes late changes nothing", async () => {
    const scripts = [script("echo claim >> ran", { runOnClaim: true })];
    await using rig = await start(manifest({ scripts }));
    await rig.plane.state(State.READY);
    const before = rig.plane.manifest;
    changeHands(rig.plane);
    await rig.plane.push();
    await rig.plane.state(State.READY);

    await rig.plane.push();
    const { manifest: claimed } = rig.plane;
    rig.plane.manifest = before;
    await rig.plane.push();
    rig.plane.manifest = claimed;
    rig.plane.cut();
    await rig.plane.until(({ said }) => said.filter(({ call }) => call === "updateStartup").length > 0);

    expect(await rig.ssh("cat ran; echo $CODER_WORKSPACE_OWNER_NAME")).toBe("claim\nada\n");
  });
});

describe("people inside", () => {
  test("SSH, files of the HTTP API and ports are served, and who came is reported", async () => {
    await using rig = await Rig.start(manifest());
    await rig.plane.state(State.READY);

    expect(await rig.ssh("echo $((6 * 7)); exit 3")).toBe("42\n");
    const reports = await rig.plane.until(({ said }) => {
      const words = said.filter((word) => word.call === "reportConnection");
      return words.length === 2 && words;
    });

    expect(reports).toMatchObject([
      { action: Connection_Action.CONNECT },
      { action: Connection_Action.DISCONNECT, reason: "process exited with error status: 3" },
    ]);
  });

  test("the host key is the seed's, whatever else the build changed [agents 112]", async () => {
    const seed = randomBytes(32);
    const keys: string[] = [];
    for (const hostKeySeed of [seed, seed, randomBytes(32)]) {
      await using rig = await Rig.start(manifest({ hostKeySeed }));
      await rig.plane.state(State.READY);
      const client = new ssh2.Client();
      const verify = (key: Buffer): boolean => keys.push(key.toString("base64")) > 0;
      client.connect({ sock: await rig.plane.dial(1), username: "dev", hostVerifier: verify });
      await once(client, "ready");
      client.end();
    }

    expect(keys[0]).toBe(keys[1]);
    expect(keys[0]).not.toBe(keys[2]);
  });
});

describe("shutting down", () => {
  test("runs the stop scripts, reports everything, and closes in order [agents 114]", async () => {
    const scripts = [script("echo bye; sleep 0.1; echo gone", { runOnStop: true })];
    const rig = await Rig.start(manifest({ scripts }));
    await rig.plane.state(State.READY);

    await rig.stop();
    await rig.plane.until(({ lastCloseCode }) => lastCloseCode !== undefined);

    expect(rig.plane.states).toEqual([State.READY, State.SHUTTING_DOWN, State.OFF]);
    expect(rig.plane.lines).toEqual(["bye", "gone"]);
    expect(rig.plane.said.filter((word) => word.call === "scriptCompleted")).toMatchObject([
      { stage: Timing_Stage.STOP },
    ]);
    expect(rig.plane.lastCloseCode).toBe(1000);
    await rig[Symbol.asyncDispose]();
  });

  test.for([
    {
      what: "exceeds its timeout",
      text: "exec sleep 100",
      more: { timeout: durationFromMs(50) },
      state: State.SHUTDOWN_TIMEOUT,
    },
    { what: "fails", text: "exit 1", more: {}, state: State.SHUTDOWN_ERROR },
  ])("a stop script that $what decides the last state [agents 115]", async ({ text, more, state }) => {
    const rig = await Rig.start(manifest({ scripts: [script(text, { runOnStop: true, ...more })] }));
    await rig.plane.state(State.READY);

    await rig.stop();

    expect(rig.plane.states).toEqual([State.READY, State.SHUTTING_DOWN, state]);
    await rig[Symbol.asyncDispose]();
  });

  test("interrupts what still starts, and hangs terminals up", async () => {
    const scripts = [
      script("trap 'touch interrupted; exit' INT; touch started; while :; do sleep 0.01; done", { runOnStart: true }),
    ];
    const rig = await Rig.start(manifest({ scripts }));
    await rig.plane.state(State.STARTING);
    while (!existsSync(rig.path("started"))) await systemClock.sleep(1);

    await rig.stop();

    expect(rig.plane.states).toEqual([State.STARTING, State.SHUTTING_DOWN, State.OFF]);
    await rig[Symbol.asyncDispose]();
  });
});
