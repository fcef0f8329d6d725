// views: what several capabilities' tables say together, read in one statement. Owns nothing and writes nothing.
export { accessObjects, type AccessObject } from "./access-objects.ts";
export { listedWithGroup } from "./listed-with-group.ts";
