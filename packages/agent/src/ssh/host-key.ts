import { createECDH, createPrivateKey, hkdfSync } from "node:crypto";

const curve = "prime256v1";
/** How many private keys the curve P-256 has, plus one (SEC 2, section 2.4.2). */
const curveOrder = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/**
 * The host key that belongs to a seed, as a PEM file. The same seed gives the same key, so a workspace keeps its key
 * across rebuilds; nothing public goes into it, so nobody can work it out from names.
 *
 * ECDSA on P-256: every client knows it, and signing takes a fraction of a millisecond.
 * @see agents, rule A-27
 */
export function deriveHostKey(seed: Uint8Array): string {
  if (seed.length < 16) throw new Error(`A host key needs a seed of at least 16 bytes, not ${seed.length}.`);
  // 16 bytes more than the key has, so that reducing them favours no key (FIPS 186-5, A.2.1).
  const material = Buffer.from(hkdfSync("sha256", seed, "", "hearth ssh host key p-256", 48));
  const scalar = (BigInt(`0x${material.toString("hex")}`) % (curveOrder - 1n)) + 1n;
  const d = Buffer.from(scalar.toString(16).padStart(64, "0"), "hex");
  const ecdh = createECDH(curve);
  ecdh.setPrivateKey(d);
  const point = ecdh.getPublicKey();
  const base64url = (bytes: Buffer): string => bytes.toString("base64url");
  const jwk = {
    kty: "EC",
    crv: "P-256",
    d: base64url(d),
    x: base64url(point.subarray(1, 33)),
    y: base64url(point.subarray(33)),
  };
  const pem = createPrivateKey({ key: jwk, format: "jwk" }).export({ type: "sec1", format: "pem" });
  return pem.toString();
}
