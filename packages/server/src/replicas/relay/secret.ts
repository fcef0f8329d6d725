import { createHmac, randomBytes } from "node:crypto";
import type { ConnectionOptions, TlsOptions } from "node:tls";

/**
 * Replicas speak TLS 1.3 with a pre-shared key and no certificates (RFC 8446 §4.2.11): both sides prove that they know the
 * key, with fresh nonces and an ephemeral exchange, and whoever does not gets an alert and nothing else. The key is
 * derived from one that lies in the deployment's database, for one replica as the one that is called: who answers at an
 * address that another had before cannot pass for it.
 */
const common = {
  minVersion: "TLSv1.3",
  maxVersion: "TLSv1.3",
  ciphers: "TLS_AES_128_GCM_SHA256", // a pre-shared key goes with this hash
  ALPNProtocols: ["hearth-relay/1"],
} as const satisfies ConnectionOptions;

/** @see RFC 8446 §9.1: no key that the peer could guess stands in for one that is missing. */
const keyBytes = 32;

function keyOf(secret: Buffer, replicaId: string): Buffer {
  return createHmac("sha256", secret).update(`hearth-relay/1 ${replicaId}`).digest();
}

/** For the side that calls. */
export function callerTls(secret: Buffer, call: { from: string; to: string }): ConnectionOptions {
  return {
    ...common,
    // There is no certificate to look at: the key is the identity of both.
    checkServerIdentity: () => undefined,
    pskCallback: () => ({ identity: `${call.from} ${call.to}`, psk: keyOf(secret, call.to) }),
  };
}

/** For the side that is called: `onCaller` hears who says to call, before it is known whether that is true. */
export function calledTls(
  secret: Buffer,
  self: string,
  onCaller: (socket: object, from: string) => void,
): TlsOptions & { pskCallback: NonNullable<TlsOptions["pskCallback"]> } {
  return {
    ...common,
    pskCallback(socket, identity) {
      const [from = "", to] = identity.split(" ");
      onCaller(socket, from);
      // Of a wrong name and a wrong key one learns the same.
      return to === self ? keyOf(secret, self) : randomBytes(keyBytes);
    },
  };
}
