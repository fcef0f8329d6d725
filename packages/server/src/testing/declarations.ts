import { randomUUID } from "node:crypto";
import type { AgentDeclaration, ResourceDeclaration } from "@hearth/provisioner";

/** An agent as a template declares it; with a token of its own unless one is given. */
export function agent(declared: Partial<AgentDeclaration> = {}): AgentDeclaration {
  return {
    name: "main",
    operatingSystem: "linux",
    architecture: "amd64",
    directory: "/home/dev",
    env: { HELLO: "world" },
    connectionTimeoutSeconds: 120,
    troubleshootingUrl: "",
    motdFile: "",
    displayApps: ["web_terminal"],
    displayOrder: 0,
    scripts: [],
    metadata: [],
    apps: [],
    envFromSecrets: false,
    token: randomUUID(),
    ...declared,
  };
}

export function script(
  declared: Partial<AgentDeclaration["scripts"][number]> = {},
): AgentDeclaration["scripts"][number] {
  return {
    displayName: "Startup Script",
    script: "echo hello",
    cron: "",
    runOnStart: true,
    runOnStop: false,
    runOnClaim: false,
    startBlocksLogin: false,
    timeoutSeconds: 0,
    logPath: "",
    icon: "",
    ...declared,
  };
}

export function resource(agents: readonly AgentDeclaration[], name = "ws"): ResourceDeclaration {
  return { type: "process", name, hide: false, icon: "", dailyCost: 0, metadata: [], agents };
}
