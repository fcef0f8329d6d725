// The words of the API: schemas and types of every request, response and event, error codes, and the typed client.
export * from "./schemas/index.ts";
export { Time, Uuid, zeroTime, zeroUuid } from "./scalars.ts";
