import { expect, test } from "vitest";
import { parsePortMappings } from "./port-mapping.ts";

function read(text: string): string {
  const parsed = parsePortMappings(text);
  if (!parsed.ok) return parsed.why;
  return parsed.mappings.map(({ host, localPort, remotePort }) => `${host}:${localPort}>${remotePort}`).join(" ");
}

test.for([
  ["8080", "127.0.0.1:8080>8080"],
  ["8080:80", "127.0.0.1:8080>80"],
  ["0:80", "127.0.0.1:0>80"],
  ["0.0.0.0:8080:80", "0.0.0.0:8080>80"],
  ["localhost:8080", "localhost:8080>8080"],
  ["[::1]:8080:80", "::1:8080>80"],
  ["8000-8002", "127.0.0.1:8000>8000 127.0.0.1:8001>8001 127.0.0.1:8002>8002"],
  ["8000-8001:9000-9001", "127.0.0.1:8000>9000 127.0.0.1:8001>9001"],
  ["3000,8080:80", "127.0.0.1:3000>3000 127.0.0.1:8080>80"],
] as const)("%s maps %s", ([text, mappings]) => {
  expect(read(text)).toBe(mappings);
});

test.for([
  ["", '"" is no mapping of ports, like 8080, 8080:80 or 8000-8009:9000-9009.'],
  ["http", '"http" is no mapping of ports, like 8080, 8080:80 or 8000-8009:9000-9009.'],
  ["1:2:3", '"1:2:3" is no mapping of ports, like 8080, 8080:80 or 8000-8009:9000-9009.'],
  ["70000", '"70000" is no mapping of ports, like 8080, 8080:80 or 8000-8009:9000-9009.'],
  ["8080:0", '"8080:0" is no mapping of ports, like 8080, 8080:80 or 8000-8009:9000-9009.'],
  ["9-8", '"9-8" is no mapping of ports, like 8080, 8080:80 or 8000-8009:9000-9009.'],
  ["8000-8001:9000", '"8000-8001:9000" has 2 ports here and 1 there.'],
] as const)("%j is refused", ([text, why]) => {
  expect(read(text)).toBe(why);
});
