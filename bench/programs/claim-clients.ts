import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";

// Clients that create workspaces, many at once: a process of their own, so that what they need is not the server's.

/** What is to be created, and by how many at once. */
export interface ClaimOrder {
  readonly url: string;
  readonly token: string;
  readonly templateId: string;
  readonly presetId: string;
  /** Each has a number behind it. */
  readonly name: string;
  readonly count: number;
  readonly clients: number;
}

/** What came of one. */
export interface Created {
  /** From the moment in which it was sent, on a connection that was open. */
  readonly ms: number;
  /** When it was answered, of `performance.now()` since the first was sent. */
  readonly answeredAtMs: number;
  readonly status: number;
  /** `claimed`, `built`, or nothing when there is no workspace. */
  readonly how: string | undefined;
  /** Whether all its agents are connected. */
  readonly isConnected: boolean;
  /** What the answer said when it is none. */
  readonly error?: string;
}

/** What of an answer is looked at. */
interface Answer {
  readonly origin?: { readonly how: string };
  readonly latest_build?: {
    readonly resources: readonly { readonly agents?: readonly { readonly status: string }[] }[];
  };
}

async function work(order: ClaimOrder): Promise<Created[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: order.clients, maxFreeSockets: order.clients });
  const opened = Array.from({ length: order.clients }, () => send(order, agent, "GET", "/api/v2/buildinfo"));
  await Promise.all(opened); // each keeps its connection
  const startedAt = performance.now();
  const created: Created[] = [];
  let next = 0;
  const client = async () => {
    while (next < order.count) {
      const body = JSON.stringify({
        template_id: order.templateId,
        template_version_preset_id: order.presetId,
        name: `${order.name}-${next++}`,
      });
      const sentAt = performance.now();
      const answer = await send(order, agent, "POST", "/api/v2/users/me/workspaces", body);
      const now = performance.now();
      created.push({ ms: now - sentAt, answeredAtMs: now - startedAt, ...readAnswer(answer) });
    }
  };
  await Promise.all(Array.from({ length: order.clients }, client));
  agent.destroy();
  return created;
}

function readAnswer({ status, body }: { status: number; body: string }): Omit<Created, "ms" | "answeredAtMs"> {
  if (status !== 201) return { status, how: undefined, isConnected: false, error: body.slice(0, 300) };
  const { origin, latest_build: build } = JSON.parse(body) as Answer;
  const agents = build?.resources.flatMap((resource) => resource.agents ?? []) ?? [];
  const isConnected = agents.length > 0 && agents.every((each) => each.status === "connected");
  return { status, how: origin?.how, isConnected };
}

async function send(
  { url, token }: ClaimOrder,
  agent: Agent,
  method: string,
  path: string,
  body?: string,
): Promise<{ status: number; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  const headers = {
    "Coder-Session-Token": token,
    ...(body === undefined ? {} : { "Content-Type": "application/json" }),
  };
  const sent = request(`${url}${path}`, { agent, method, headers }, (response) => {
    text(response).then((answer) => resolve({ status: response.statusCode ?? 0, body: answer }), reject);
  });
  sent.on("error", reject);
  sent.end(body);
  return await promise;
}

process.once("message", (order) => {
  void work(order as ClaimOrder) // of claim-clients.ts, the module beside
    .then(
      (created) => process.send?.({ created }),
      (error: unknown) => process.send?.({ failed: String(error) }),
    )
    .then(() => process.disconnect());
});
