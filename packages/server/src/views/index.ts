// views: what several capabilities' tables say together, read in one statement. Owns nothing and writes nothing.
export { accessObjects, type AccessObjectRow } from "./access-objects.ts";
