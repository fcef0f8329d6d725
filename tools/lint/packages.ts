/**
 * What each package may import of ours: only what stands above it. Test files may import the testkit besides; sources
 * never. The dashboard is served as files, so nothing imports `web`.
 */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  base: [],
  sdk: ["base"],
  wire: ["base"],
  provisioner: ["base", "sdk"],
  agent: ["base", "sdk", "wire"],
  server: ["base", "sdk", "wire", "provisioner"],
  cli: ["base", "sdk", "wire", "provisioner", "agent", "server"],
  web: ["base", "sdk"],
  testkit: ["base", "sdk", "wire", "provisioner", "agent", "server", "cli"],
};

/** The package a file of the repository belongs to, and whether it is a test or there for tests. */
export function placeOf(file: string): { package: string; isTest: boolean; path: string } | undefined {
  const match = /(?:^|\/)packages\/([^/]+)\/(.+)$/.exec(file.replaceAll("\\", "/"));
  if (!match?.[1] || !match[2]) return undefined;
  const path = match[2];
  const isTest = /\.test\.tsx?$|\/(fixtures|browser-tests|testing)\//.test(path) || match[1] === "testkit";
  return { package: match[1], isTest, path };
}
