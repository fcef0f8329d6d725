import type { DescService } from "@bufbuild/protobuf";

/** The full name of a method as an invoke carries it. `name` is the generated name, such as `getManifest`. */
export function methodPath(service: DescService, name: string): string {
  const method = service.methods.find((candidate) => candidate.localName === name);
  if (!method) throw new Error(`Service ${service.typeName} has no method ${name}.`);
  return `/${service.typeName}/${method.name}`;
}
