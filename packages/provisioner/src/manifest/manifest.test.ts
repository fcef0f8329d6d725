import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import type { NameValue } from "../protocol.ts";
import {
  describeTemplate,
  evaluateBuild,
  evaluateTags,
  formatProblem,
  ManifestError,
  manifestJsonSchema,
  parseManifest,
  resourcesOf,
  templateKind,
  type BuildInputs,
  type Manifest,
  type TemplateDescription,
} from "./index.ts";

// Properties take a while on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 60_000 });

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A sound manifest with something put in the place of its parts. */
function manifestText(parts: { head?: string; workspace?: string; agent?: string } = {}): string {
  const { head = "", workspace = "engine: process", agent = "" } = parts;
  const indent = (text: string, by: string): string => text.replaceAll("\n", `\n${by}`);
  return `${head}${head === "" ? "" : "\n"}workspace:\n  ${indent(workspace, "  ")}\nagents:\n  - name: main\n    ${indent(agent, "    ")}\n`;
}

function problemsOf(source: string, variables: readonly NameValue[] = []): string[] {
  const described = describeTemplate(new Map([["hearth.yaml", bytes(source)]]), variables);
  return described.ok ? [] : described.problems.map(formatProblem);
}

function describe(source: string, variables: readonly NameValue[] = []): TemplateDescription {
  const described = describeTemplate(new Map([["hearth.yaml", bytes(source)]]), variables);
  if (!described.ok) throw new Error(described.problems.map(formatProblem).join("\n"));
  return described.description;
}

function warningsOf(source: string, variables: readonly NameValue[] = []): string[] {
  return describe(source, variables).warnings.map(formatProblem);
}

const alice: BuildInputs = {
  transition: "start",
  startCount: 1,
  isPrebuild: false,
  workspace: { id: "w1", name: "dev" },
  owner: {
    id: "u1",
    name: "alice",
    fullName: "Alice A.",
    email: "alice@hearth.test",
    groups: ["Everyone"],
    sshPublicKey: "ssh-ed25519 AAAA",
  },
  template: { id: "t1", name: "starter", version: "v1" },
  parameters: [],
  variables: [],
  accessUrl: "http://hearth.test",
};

// The example of the format's description, whole, save that no owner reaches the infrastructure.
const everything = `
name: starter
description: A shell on this machine
icon: /icon/terminal.svg
tags: {}
variables:
  - { name: image, type: string, default: "debian:12", sensitive: false }
parameters:
  - name: size
    display_name: Size
    description: CPU and memory of the workspace
    type: string
    form_type: radio
    default: small
    mutable: true
    ephemeral: false
    order: 1
    options: [{ name: Small, value: small }, { name: Large, value: large }]
    validation: { regex: "^(small|large)$", error: "small or large" }
presets:
  - name: small
    default: true
    parameters: { size: small }
    prebuilds:
      instances: 2
      expiration_policy: { ttl: 86400 }
      scheduling:
        timezone: UTC
        schedule: [{ cron: "* 8-18 * * 1-5", instances: 4 }]
workspace:
  engine: process
  image: \${var.image}
  cpus: \${{ param.size == "large" ? 4 : 1 }}
  memory: 2GiB
  user: dev
  env: { LANG: C.UTF-8 }
  volumes:
    - { name: home, path: /home/dev, size: 10GiB }
  cost: 1
agents:
  - name: main
    directory: /home/dev
    env: { GREETING: "hello \${owner.name}" }
    startup_blocks_login: true
    connection_timeout: 120
    scripts:
      - { name: setup,  on: start, run: "…", timeout: 300, blocks_login: true }
      - { name: greet,  on: claim, run: "git config --global user.name '\${owner.full_name}'" }
      - { name: bye,    on: stop,  run: "…" }
      - { name: sweep,  on: "0 3 * * *", run: "…" }
    metadata:
      - { key: load, display_name: Load, script: "cut -d' ' -f1 /proc/loadavg", interval: 10, timeout: 1 }
    apps:
      - { slug: web, display_name: Web, url: "http://localhost:8000", icon: /icon/globe.svg, share: owner, subdomain: true,
          healthcheck: { url: "http://localhost:8000/healthz", interval: 5, threshold: 3 } }
      - { slug: htop, command: htop }
    display_apps: [web_terminal, ssh_helper, port_forwarding_helper]
    env_from_secrets: true
`;

test("the format's own example is sound, and becomes what a build needs", () => {
  const { manifest, warnings, startResources, stopResources, sample } = describe(everything);

  expect(warnings).toEqual([]);
  expect(manifest.suggested).toEqual({
    name: "starter",
    description: "A shell on this machine",
    icon: "/icon/terminal.svg",
  });
  expect(manifest.presets[0]?.prebuilds).toEqual({
    instances: 2,
    ttlSeconds: 86_400,
    timezone: "UTC",
    schedules: [{ cron: "* 8-18 * * 1-5", instances: 4 }],
  });
  expect(sample?.settings).toEqual({
    engine: "process",
    image: "debian:12",
    cpus: 1,
    memoryBytes: 2 * 2 ** 30,
    user: "dev",
    env: { LANG: "C.UTF-8" },
    volumes: [{ name: "home", path: "/home/dev", sizeBytes: 10 * 2 ** 30 }],
    dailyCost: 1,
  });
  expect(startResources.map(({ type, name, dailyCost }) => [type, name, dailyCost])).toEqual([
    ["process", "workspace", 1],
    ["directory", "home", 0],
  ]);
  expect(stopResources.map(({ type, agents }) => [type, agents.length])).toEqual([["directory", 0]]);
  const [agent] = startResources[0]?.agents ?? [];
  expect(
    agent?.scripts.map(({ displayName, runOnStart, runOnStop, runOnClaim, cron, startBlocksLogin }) => [
      displayName,
      runOnStart,
      runOnStop,
      runOnClaim,
      cron,
      startBlocksLogin,
    ]),
  ).toEqual([
    ["setup", true, false, false, "", true],
    ["greet", false, false, true, "", false],
    ["bye", false, true, false, "", false],
    ["sweep", false, false, false, "0 0 3 * * *", false],
  ]);
  expect(agent?.apps[0]?.healthcheck).toEqual({
    url: "http://localhost:8000/healthz",
    intervalSeconds: 5,
    threshold: 3,
  });
});

test("a build gets its owner's and its parameters' values", () => {
  const { manifest } = describe(everything);

  const { settings, agents } = evaluateBuild(manifest, {
    ...alice,
    parameters: [{ name: "size", value: "large" }],
    variables: [{ name: "image", value: "alpine" }],
  });

  expect([settings.cpus, settings.image]).toEqual([4, "alpine"]);
  expect(agents[0]?.env).toEqual({ GREETING: "hello alice" });
  expect(agents[0]?.scripts[1]?.script).toBe("git config --global user.name 'Alice A.'");
  expect(agents[0]?.token).toBeUndefined();
  expect(resourcesOf(settings, agents, "delete")).toEqual([]);
});

test.for<[string, string, string]>([
  [
    "an unknown key",
    manifestText({ workspace: "engine: process\nmemroy: 2GiB" }),
    '3:3: workspace.memroy: "memroy" is not known here. Did you mean "memory"? Allowed: engine, image,',
  ],
  [
    "an unknown key in a list",
    manifestText({ agent: "apps:\n  - slug: a\n    uri: x" }),
    '7:9: agents[0].apps[0].uri: "uri" is not known here. Did you mean "url"?',
  ],
  ["a missing section", "workspace:\n  engine: process\n", '1:1: agents: "agents" is missing.'],
  [
    "a missing key",
    manifestText({ workspace: "image: x" }),
    '1:1: workspace.engine: "engine" is missing. Allowed: process, docker or kubernetes.',
  ],
  [
    "an empty key",
    manifestText({ workspace: "engine: process\nimage:" }),
    '3:3: workspace.image: "image" is empty; give it a value or leave it out.',
  ],
  [
    "a wrong word",
    manifestText({ workspace: "engine: docer" }),
    '2:11: workspace.engine: "docer" is not allowed; it must be process, docker or kubernetes. Did you mean "docker"?',
  ],
  ["a wrong type", manifestText({ agent: "scripts: 3" }), "5:14: agents[0].scripts: Must be a list, not the number 3."],
  [
    "a size that is none",
    manifestText({ workspace: "engine: docker\nmemory: lots" }),
    '3:11: workspace.memory: "lots" is not allowed; it must be a size such as 512MiB or 2GiB.',
  ],
  [
    "a number out of range",
    manifestText({ workspace: "engine: docker\ncpus: 0" }),
    "3:9: workspace.cpus: Must be a number above 0 to 4096, or an expression that gives one, ${{ … }}.",
  ],
  ["no agent", "workspace: { engine: process }\nagents: []\n", "2:9: agents: Must hold at least one agent."],
  [
    "a name with an expression",
    'workspace: { engine: process }\nagents: [{ name: "${owner.name}" }]\n',
    '2:18: agents[0].name: "${owner.name}" is not allowed; it must be letters, digits and single hyphens.',
  ],
  [
    "an environment variable's name",
    manifestText({ agent: "env: { a-b: x }" }),
    '5:12: agents[0].env.a-b: The key "a-b" must be the name of a variable',
  ],
  [
    "a relative volume",
    manifestText({ workspace: "engine: docker\nvolumes: [{ name: a, path: data }]" }),
    '3:30: workspace.volumes[0].path: "data" is not allowed; it must be an absolute path.',
  ],
  [
    "two agents of one name",
    "workspace: { engine: process }\nagents:\n  - name: main\n  - name: Main\n",
    '4:11: agents[1].name: There are two agents named "main"; capitals do not count.',
  ],
  [
    "two scripts of one name",
    manifestText({ agent: "scripts:\n  - { name: a, on: start, run: x }\n  - { name: a, on: stop, run: x }" }),
    '7:17: agents[0].scripts[1].name: There are two scripts named "a".',
  ],
  [
    "a slug twice, over agents",
    "workspace: { engine: process }\nagents:\n  - { name: a, apps: [{ slug: x }] }\n  - { name: b, apps: [{ slug: x }] }\n",
    '4:31: agents[1].apps[0].slug: There are two apps with the slug "x"',
  ],
  [
    "a key twice in metadata",
    manifestText({
      agent: "metadata:\n  - { key: a, script: x, interval: 1 }\n  - { key: a, script: x, interval: 1 }",
    }),
    '7:16: agents[0].metadata[1].key: There are two metadata with the key "a".',
  ],
  [
    "a script at no moment",
    manifestText({ agent: "scripts: [{ name: a, on: sometimes, run: x }]" }),
    '5:30: agents[0].scripts[0].on: "sometimes" is no cron expression',
  ],
  [
    "a script with two schedules",
    manifestText({ agent: 'scripts: [{ name: a, on: ["0 3 * * *", "0 4 * * *"], run: x }]' }),
    "agents[0].scripts[0].on: A script may have one schedule",
  ],
  [
    "logins blocked at stop",
    manifestText({ agent: "scripts: [{ name: a, on: stop, blocks_login: true, run: x }]" }),
    "5:36: agents[0].scripts[0].blocks_login: Only a script that runs on start can block logins.",
  ],
  [
    "an app with command and url",
    manifestText({ agent: "apps: [{ slug: a, command: x, url: y }]" }),
    '5:35: agents[0].apps[0].url: "url" cannot stand beside "command".',
  ],
  [
    "an external app that is shared",
    manifestText({ agent: "apps: [{ slug: a, external: true, url: y, share: public }]" }),
    '"share" cannot stand beside "external"',
  ],
  [
    "a health check without url",
    manifestText({ agent: "apps: [{ slug: a, healthcheck: { url: x, interval: 1, threshold: 1 } }]" }),
    '"healthcheck" needs an app with a "url"',
  ],
  [
    "an expression that cannot be read",
    manifestText({ agent: "directory: /home/${{ owner. }}" }),
    "5:33: agents[0].directory: Expected a name after the dot",
  ],
  [
    "a name that does not exist, in a script",
    manifestText({ agent: "scripts:\n  - name: a\n    on: start\n    run: |\n      echo hi\n      echo ${owner.nam}" }),
    '10:18: agents[0].scripts[0].run: "owner.nam" does not exist. Did you mean "name"?',
  ],
  [
    "a shell's own variable",
    manifestText({ agent: 'scripts: [{ name: a, on: start, run: "cd ${HOME}" }]' }),
    "write $${HOME}",
  ],
  [
    "types that do not fit",
    manifestText({ agent: 'env: { A: "${{ workspace.start_count + owner.name }}" }' }),
    "5:20: agents[0].env.A: + takes two numbers or two texts, not a number and a text.",
  ],
  [
    "an expression's value that breaks a rule",
    manifestText({ workspace: "engine: docker\ncpus: ${{ 2 - 2 }}" }),
    "3:9: workspace.cpus: Must be a number above 0 to 4096",
  ],
  [
    "an expression without a value",
    manifestText({ workspace: "engine: docker\ncpus: ${{ 1 / 0 }}" }),
    "3:13: workspace.cpus: Division by zero.",
  ],
])("%s is told with place, path and what is allowed", ([, source, expected]) => {
  const problems = problemsOf(source);

  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(expected);
});

const parameter = (yaml: string): string =>
  manifestText({ head: `parameters:\n  - name: p\n    ${yaml.replaceAll("\n", "\n    ")}` });

test.for<[string, string, string]>([
  ["two of one name", "default: x\n- name: p\n  default: y".replaceAll("\n- ", "\n- "), ""],
  [
    "a form that does not fit",
    "form_type: slider\ndefault: x",
    '3:16: parameters[0].form_type: "slider" does not fit a parameter of type string without options. Allowed: input, textarea.',
  ],
  ["a form that needs options", "type: bool\nform_type: radio\ndefault: true", "Allowed: checkbox, switch."],
  ["ephemeral and immutable", "ephemeral: true\ndefault: x", "must be mutable"],
  ["ephemeral without default", "ephemeral: true\nmutable: true", "must have a default"],
  [
    "two options of one name",
    "default: a\noptions: [{ name: A, value: a }, { name: A, value: b }]",
    'two options named "A"',
  ],
  [
    "two options of one value",
    "default: a\noptions: [{ name: A, value: a }, { name: B, value: a }]",
    'two options with the value "a"',
  ],
  [
    "an option of another type",
    "type: number\ndefault: 1\noptions: [{ name: A, value: 1 }, { name: B, value: two }]",
    '"two" is not a number',
  ],
  ["a default that is no option", "default: c\noptions: [{ name: A, value: a }]", '"c" is none of the options "a"'],
  ["a default of another type", "type: number\ndefault: many", '"many" is not a number'],
  [
    "a default out of range",
    "type: number\ndefault: 9\nvalidation: { min: 1, max: 5 }",
    "9 is more than the greatest value 5",
  ],
  [
    "a default that does not match",
    'default: X\nvalidation: { regex: "^[a-z]$", error: a small letter }',
    "The default does not fit: a small letter",
  ],
  ["a fraction where limits are", "type: number\ndefault: 1.5\nvalidation: { min: 1 }", '"1.5" is not a whole number'],
  ["min for a text", "default: x\nvalidation: { min: 1 }", '"min" is for numbers; this parameter is of type string.'],
  [
    "a regex for a number",
    "type: number\ndefault: 1\nvalidation: { regex: x, error: y }",
    '"regex" is for texts; this parameter is of type number.',
  ],
  ["a regex without words", "default: x\nvalidation: { regex: x }", '"regex" needs "error"'],
  [
    "a broken regex",
    'default: x\nvalidation: { regex: "(", error: y }',
    '4:27: parameters[0].validation.regex: This is no regular expression that RE2 takes: missing closing ): "("',
  ],
  [
    "look-ahead",
    'default: x\nvalidation: { regex: "^[a-z]+(?!x)$", error: y }',
    "4:34: parameters[0].validation.regex: This is no regular expression that RE2 takes: there is no look-ahead",
  ],
  [
    "a back-reference",
    "default: x\nvalidation: { regex: '(a)\\1', error: y }",
    "4:30: parameters[0].validation.regex:",
  ],
  ["a long repeat", 'default: x\nvalidation: { regex: "^a{0,1001}$", error: y }', "1000 is the most"],
  ["min above max", "type: number\ndefault: 1\nvalidation: { min: 5, max: 1 }", '"min" (5) is greater than "max" (1).'],
  ["a bool that is neither", 'type: bool\ndefault: "yes"', '"yes" is not true or false'],
  ["a list that is none", "type: list(string)\ndefault: a", '"a" is not a JSON array of texts'],
])("a parameter with %s is refused", ([, yaml, expected]) => {
  const problems = problemsOf(parameter(yaml));

  if (expected === "")
    return expect(
      problemsOf("parameters:\n  - { name: p, default: x }\n  - { name: p, default: y }\n" + manifestText()),
    ).toEqual(['hearth.yaml:3:13: parameters[1].name: There are two parameters named "p".']);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(expected);
});

test("declarations carry values as they were written", () => {
  const { manifest } = describe(
    [
      "parameters:",
      "  - { name: version, default: 1.10 }",
      "  - { name: count, type: number, default: 0x10 }",
      "  - { name: fast, type: bool, default: true }",
      "  - { name: regions, type: list(string), default: [eu, us] }",
      "  - { name: picks, type: list(string), form_type: multi-select, default: [a], options: [{ name: A, value: a }] }",
      "  - { name: free }",
      manifestText(),
    ]
      .join("\n")
      .replace("0x10", "16"),
  );

  expect(
    manifest.parameters.map(({ name, formType, required, defaultValue }) => [name, formType, required, defaultValue]),
  ).toEqual([
    ["version", "input", false, "1.10"],
    ["count", "input", false, "16"],
    ["fast", "checkbox", false, "true"],
    ["regions", "tag-select", false, '["eu","us"]'],
    ["picks", "multi-select", false, '["a"]'],
    ["free", "input", true, ""],
  ]);
});

const preset = (yaml: string): string =>
  manifestText({
    head: `parameters:\n  - { name: size, default: s, options: [{ name: S, value: s }, { name: L, value: l }] }\n  - { name: must }\npresets:\n  - name: one\n    ${yaml.replaceAll("\n", "\n    ")}`,
  });

test.for<[string, string, string]>([
  [
    "an unknown parameter",
    "parameters: { sise: s }",
    '6:19: presets[0].parameters.sise: There is no parameter "sise". Did you mean "size"? Allowed: size, must.',
  ],
  [
    "a value that does not fit",
    "parameters: { size: xl }",
    '6:25: presets[0].parameters.size: The value for "size" does not fit: "xl" is none of the options "s", "l".',
  ],
  ["an empty value", 'parameters: { size: "" }', 'The value for "size" is empty'],
  ["a second default", "default: true\nicon: x\n- name: two\n  default: true", ""],
  ["a negative pool", "prebuilds: { instances: -1 }", "Must be a whole number from 0 to 100000"],
  ["a pool without count", "prebuilds: { expiration_policy: { ttl: 0 } }", '"instances" is missing'],
  [
    "a short life",
    "prebuilds: { instances: 1, expiration_policy: { ttl: 3599 } }",
    "3599 seconds are not allowed. Allowed: 0 for ever, or 3600 to 31536000.",
  ],
  [
    "a long life",
    "prebuilds: { instances: 1, expiration_policy: { ttl: 31536001 } }",
    "Allowed: 0 for ever, or 3600 to 31536000.",
  ],
  [
    "an unknown zone",
    'prebuilds: { instances: 1, scheduling: { timezone: Mars, schedule: [{ cron: "* 1 * * *", instances: 1 }] } }',
    '"Mars" is no time zone',
  ],
  [
    "no schedule",
    "prebuilds: { instances: 1, scheduling: { timezone: UTC, schedule: [] } }",
    "Must hold at least one schedule",
  ],
  [
    "a moment as schedule",
    'prebuilds: { instances: 1, scheduling: { timezone: UTC, schedule: [{ cron: "0 1 * * *", instances: 1 }] } }',
    "minute field",
  ],
  [
    "overlapping schedules",
    'prebuilds:\n  instances: 1\n  scheduling:\n    timezone: UTC\n    schedule:\n      - { cron: "* 8-12 * * *", instances: 1 }\n      - { cron: "* 12 * * 1", instances: 1 }',
    '12:21: presets[0].prebuilds.scheduling.schedule[1].cron: "* 12 * * 1" overlaps "* 8-12 * * *"',
  ],
])("a preset with %s is refused", ([, yaml, expected]) => {
  if (expected === "") {
    const two =
      "presets:\n  - { name: a, default: true }\n  - { name: b, default: true }\n  - { name: a }\n" + manifestText();
    return expect(problemsOf(two)).toEqual([
      'hearth.yaml:3:25: presets[1].default: Only one preset may be the default; "a" already is.',
      'hearth.yaml:4:13: presets[2].name: There are two presets named "a".',
    ]);
  }
  const problems = problemsOf(preset(yaml));

  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(expected);
});

test.for([0, 3_600, 31_536_000])("prebuilds may live %i seconds", (ttl) => {
  expect(problemsOf(preset(`prebuilds: { instances: 0, expiration_policy: { ttl: ${ttl} } }`))).toEqual([]);
});

test("a pool that lacks a required value is warned of", () => {
  expect(warningsOf(preset("prebuilds: { instances: 1 }"))[0]).toContain(
    'gives no value for "must", which has no default',
  );
  expect(warningsOf(preset("parameters: { must: x }\nprebuilds: { instances: 1 }"))).toEqual([]);
});

test("all mistakes of a file come at once, in its order", () => {
  const source = [
    "nmae: x",
    "parameters:",
    "  - { name: a, type: numbr }",
    "  - { name: b, type: number, default: x }",
    "presets:",
    "  - { name: p, parameters: { c: 1 } }",
    "workspace:",
    "  engine: process",
    "  cpus: ${{ param.b + }}",
    "agents:",
    "  - name: main",
    "    directory: ${owner.nick}",
    "    scripts: [{ name: s, on: never, run: x, extra: 1 }]",
    "",
  ].join("\n");

  expect(problemsOf(source).map((problem) => problem.split(": ").slice(0, 2).join(": "))).toEqual([
    "hearth.yaml:1:1: nmae",
    "hearth.yaml:3:22: parameters[0].type",
    "hearth.yaml:4:39: parameters[1].default",
    "hearth.yaml:6:30: presets[0].parameters.c",
    "hearth.yaml:9:23: workspace.cpus",
    "hearth.yaml:12:18: agents[0].directory",
    "hearth.yaml:13:45: agents[0].scripts[0].extra",
  ]);
});

const pool = "presets:\n  - { name: small, prebuilds: { instances: 1 } }";

test.for<[string, string, string]>([
  ["owner.name in the image", "engine: docker\nimage: x-${owner.name}", "5:14: workspace.image"],
  [
    "workspace.name in a volume",
    'engine: docker\nvolumes: [{ name: a, path: "/x/${workspace.name}" }]',
    "workspace.volumes[0].path",
  ],
  ["an owner behind a condition", "engine: docker\ncpus: ${{ true ? 1 : length(owner.groups) }}", "workspace.cpus"],
  [
    "whether it is a prebuild",
    'engine: docker\nmemory: ${{ workspace.is_prebuild ? "1GiB" : "2GiB" }}',
    "workspace.memory",
  ],
  ["the owner in the runtime's environment", 'engine: process\nenv: { WHO: "${owner.email}" }', "workspace.env.WHO"],
])("identity may not reach the infrastructure of a pool: %s", ([, workspace, at]) => {
  const problems = problemsOf(manifestText({ head: pool, workspace }));

  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(`${at}: `);
  expect(problems[0]).toContain(
    'may not reach the infrastructure, because the preset "small" keeps prebuilt workspaces',
  );
  expect(problemsOf(manifestText({ workspace }))).toEqual([]);
});

test("identity may stand wherever a claim delivers it", () => {
  const agent = [
    "directory: /home/${owner.name}",
    'env: { A: "${owner.email}" }',
    'scripts: [{ name: a, on: start, run: "echo ${workspace.name}" }]',
    'metadata: [{ key: a, script: "echo ${owner.id}", interval: 1 }]',
    'apps: [{ slug: a, url: "http://localhost/${owner.name}" }]',
  ].join("\n");

  expect(problemsOf(manifestText({ head: pool, agent }))).toEqual([]);
  expect(
    problemsOf(manifestText({ head: pool, workspace: "engine: docker\nimage: x-${workspace.id}-${template.name}" })),
  ).toEqual([]);
});

test("a parameter is deliverable at claim unless its value reaches infrastructure or tags, behind conditions too", () => {
  const names = ["image", "behind", "tagged", "env", "script", "unused"];
  const source = [
    'tags: { zone: "${param.tagged}" }',
    "parameters:",
    ...names.map((name) => `  - { name: ${name}, default: x }`),
    manifestText({
      workspace: "engine: docker\nimage: a-${param.image}\ncpus: ${{ false ? length(param.behind) : 1 }}",
      agent: 'env: { A: "${param.env}" }\nscripts: [{ name: a, on: start, run: "$${param.image} ${param.script}" }]',
    }),
  ].join("\n");

  const { manifest } = describe(source);

  expect(manifest.parameters.filter((declared) => declared.deliverableAtClaim).map(({ name }) => name)).toEqual([
    "env",
    "script",
    "unused",
  ]);
});

test("[builds 3] required variables without a value are all named", () => {
  const source = manifestText({
    head: "variables:\n  - { name: a }\n  - { name: b, default: x }\n  - { name: c, type: number }",
  });

  const none = describeTemplate(new Map([["hearth.yaml", bytes(source)]]), []);
  const given = describe(source, [
    { name: "a", value: "1" },
    { name: "c", value: "2" },
  ]);

  expect(none).toMatchObject({ ok: false, missingVariables: ["a", "c"] });
  expect(given.manifest.variables.map(({ name, value, required }) => [name, value, required])).toEqual([
    ["a", "1", true],
    ["b", "x", false],
    ["c", "2", true],
  ]);
});

test("a variable's value must be of its type; a value for no variable is warned of", () => {
  const source = manifestText({ head: "variables:\n  - { name: count, type: number, default: 1 }" });

  expect(problemsOf(source, [{ name: "count", value: "many" }])[0]).toContain(
    '"many" for the variable "count" is not a number',
  );
  expect(warningsOf(source, [{ name: "cuont", value: "1" }])[0]).toContain('Did you mean "count"?');
});

test("a secret variable's value is not told", () => {
  const source = manifestText({ head: "variables:\n  - { name: key, type: number, sensitive: true }" });

  expect(problemsOf(source, [{ name: "key", value: "hunter2" }]).join("")).not.toContain("hunter2");
});

test("what only a user's value can decide is a warning at import, and an error in the build", () => {
  const source = manifestText({
    head: "parameters:\n  - { name: user }",
    workspace: "engine: docker\nuser: ${param.user}",
  });
  const { manifest, warnings, sample } = describe(source);

  expect(warnings.map(formatProblem)[0]).toContain("5:9: workspace.user");
  expect(sample).toBeUndefined();
  expect(evaluateBuild(manifest, { ...alice, parameters: [{ name: "user", value: "bob" }] }).settings.user).toBe("bob");
  expect(() => evaluateBuild(manifest, { ...alice, parameters: [{ name: "user", value: "B B" }] })).toThrow(
    ManifestError,
  );
});

test("text where nothing is filled in is warned of", () => {
  expect(warningsOf(manifestText({ head: 'description: "for ${owner.name}"' }))[0]).toContain(
    "Nothing is filled in here",
  );
  expect(warningsOf(manifestText({ head: 'description: "for $${owner.name}"' }))).toEqual([]);
});

test("numbers and flags may come from expressions and from text", () => {
  const { manifest } = describe(
    manifestText({
      head: "parameters:\n  - { name: n, type: number, default: 3 }\n  - { name: yes, type: bool, default: true }",
      workspace:
        'engine: docker\ncpus: ${param.n}\ncost: ${{ param.n * 2 }}\nenv: { N: "${{ param.n }}", P: 8080, T: true }',
      agent:
        "startup_blocks_login: ${param.yes}\nconnection_timeout: ${{ param.n }}\nscripts: [{ name: a, on: start, run: x }]",
    }),
  );

  const { settings, agents } = evaluateBuild(manifest, alice);

  expect(settings).toMatchObject({ cpus: 3, dailyCost: 6, env: { N: "3", P: "8080", T: "true" } });
  expect(agents[0]).toMatchObject({ connectionTimeoutSeconds: 3, scripts: [{ startBlocksLogin: true }] });
});

test("tags are kept as text and filled in for each build", () => {
  const { manifest } = describe(
    manifestText({
      head: 'tags: { zone: "${param.zone}", tier: 2 }\nvariables: [{ name: v, default: x }]\nparameters: [{ name: zone, default: eu }]',
    }),
  );

  expect(manifest.tags).toEqual({ zone: "${param.zone}", tier: "2" });
  expect(evaluateTags(manifest.tags, manifest, { parameters: [{ name: "zone", value: "us" }], variables: [] })).toEqual(
    { zone: "us", tier: "2" },
  );
  expect(problemsOf(manifestText({ head: 'tags: { who: "${owner.name}" }' }))[0]).toContain("only param or var can");
});

test.for<[string, string[], string]>([
  ["native", ["hearth.yaml", "README.md"], "native"],
  ["terraform", ["main.tf", "modules/x/main.tf"], "terraform"],
  ["both", ["hearth.yaml", "main.tf"], "holds both hearth.yaml and main.tf"],
  ["neither", ["README.md"], "holds neither hearth.yaml nor *.tf files"],
  ["a directory packed as a whole", ["starter/hearth.yaml"], "pack the contents of that directory"],
  ["a misspelt name", ["hearth.yml"], "rename it to hearth.yaml"],
])("a template's language is known by its files: %s", ([, paths, expected]) => {
  const found = templateKind(new Map(paths.map((path) => [path, new Uint8Array()])));

  expect(found.kind === "none" ? found.problem : found.kind).toContain(expected);
});

test("the published schema is the one that checks", async () => {
  const published = await readFile(new URL("../../../../templates/hearth.schema.json", import.meta.url), "utf8");

  expect(published, "run npm run generate").toBe(manifestJsonSchema());
});

test("the starter template is sound, keeps a pool, and lets every parameter be chosen at claim", async () => {
  const directory = new URL("../../../../templates/starter/", import.meta.url);
  const files = new Map(
    await Promise.all(
      ["hearth.yaml", "README.md"].map(
        async (name) => [name, new Uint8Array(await readFile(new URL(name, directory)))] as const,
      ),
    ),
  );
  const described = describeTemplate(files, []);
  if (!described.ok) throw new Error(described.problems.map(formatProblem).join("\n"));
  const { manifest, warnings, readme } = described.description;

  expect(warnings).toEqual([]);
  expect(readme).toContain("# Starter");
  expect(manifest.presets.map(({ name, isDefault, prebuilds }) => [name, isDefault, prebuilds?.instances])).toEqual([
    ["small", true, 2],
    ["large", false, undefined],
  ]);
  expect(manifest.parameters.every((declared) => declared.deliverableAtClaim)).toBe(true);
});

test("any edit of a sound manifest gives a manifest or located problems", () => {
  const edit = fc.tuple(
    fc.nat(),
    fc.nat(12),
    fc.constantFrom("", "\n", ": ", "- ", "${", "${{ ", " }}", "null", "{", "]", "'", "0", "  "),
  );
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      let source = everything;
      for (const [at, length, text] of edits) {
        const from = at % source.length;
        source = source.slice(0, from) + text + source.slice(from + length);
      }
      const lines = source.split("\n").length;
      const parsed = parseManifest(bytes(source));
      if (parsed.ok) {
        buildOrSay(parsed.manifest);
        return;
      }
      expect(parsed.problems.length + parsed.missingVariables.length).toBeGreaterThan(0);
      for (const { line, column, message } of parsed.problems) {
        expect(line).toBeGreaterThan(0);
        expect(line).toBeLessThanOrEqual(lines);
        expect(column).toBeGreaterThan(0);
        expect(message).not.toBe("");
      }
    }),
    { numRuns: 200 },
  );
});

function buildOrSay(manifest: Manifest): void {
  try {
    evaluateBuild(manifest, alice);
  } catch (error) {
    expect(error).toBeInstanceOf(ManifestError);
  }
}
