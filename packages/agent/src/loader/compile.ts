// Writes to standard output what V8 has compiled of a bundle once it is loaded. For the build.
import { readBundle } from "./bundle-script.ts";

const [, , file = ""] = process.argv;
const { script, load } = readBundle(file);
await load().warmUp();
process.stdout.write(script.createCachedData());
