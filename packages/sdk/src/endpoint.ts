import type { z } from "zod";

/** What routes do, as HTTP has it: each pair of this and a path is one operation. */
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What a success answer holds: a JSON body of a schema, nothing, bytes as they are, or an event stream. */
export type ResponseBody = z.ZodType | null | "raw" | "events";

type Names<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;

/** The `{name}` parts of a path, each a text. */
export type PathParams<Path extends string> = { [Name in Names<Path>]: string };

/** A route as a value: server, client and the API's description are made of the same. */
export interface EndpointShape {
  readonly method: Method;
  /** With `{name}` for what differs: `/api/v2/workspaces/{workspace}`. */
  readonly path: string;
  /** For logs, metrics and the OpenAPI document; snake_case, unique. */
  readonly operation: string;
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType | "raw";
  /** Can be upgraded to a WebSocket. Without `responses` it must be. */
  readonly socket?: true;
  /** Success answers by status. Refusals are always a `Response` and need no mention. */
  readonly responses: Readonly<Record<number, ResponseBody>>;
}

/** Keeps the literal types of an endpoint. */
export function endpoint<const E extends EndpointShape>(shape: E): E {
  return shape;
}

/** The parsed query of an endpoint; `{}` when it takes none. */
export type Query<E extends EndpointShape> = E["query"] extends z.ZodObject
  ? z.output<E["query"]>
  : Record<never, never>;

/** The query as a caller may give it, before parsing. */
export type QueryInput<E extends EndpointShape> = E["query"] extends z.ZodObject
  ? z.input<E["query"]>
  : Record<never, never>;

/** The parsed body; bytes for a raw one. */
export type Body<E extends EndpointShape> = E["body"] extends z.ZodType
  ? z.output<E["body"]>
  : E["body"] extends "raw"
    ? Uint8Array
    : undefined;

type Output<R> = R extends z.ZodType ? z.output<R> : R extends "raw" ? Uint8Array : undefined;

/** What a success answer may be, as `{ status, body }`. */
export type Answer<E extends EndpointShape> = {
  [Status in keyof E["responses"] & number]: { readonly status: Status; readonly body: Output<E["responses"][Status]> };
}[keyof E["responses"] & number];

/** The body of whichever success answer came. */
export type AnswerBody<E extends EndpointShape> = Answer<E>["body"];

/** The other address of a chat's route: older clients know it. */
export type ExperimentalPath<Path extends string> = Path extends `/api/v2/${infer Rest}`
  ? `/api/experimental/${Rest}`
  : never;

/** The same operation at the address of older clients. */
export type Experimental<E extends EndpointShape> = Omit<E, "path" | "operation"> & {
  readonly path: ExperimentalPath<E["path"]>;
  readonly operation: `experimental_${E["operation"]}`;
};

/** The twin of an operation at `/api/experimental/…`, where clients before 2.37 look for chats. */
export function experimentalOf<const E extends EndpointShape>(shape: E): Experimental<E> {
  const twin = {
    ...shape,
    path: shape.path.replace("/api/v2/", "/api/experimental/"),
    operation: `experimental_${shape.operation}`,
  };
  return twin as unknown as Experimental<E>; // what is another by the types is another by these two lines
}
