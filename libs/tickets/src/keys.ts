// The key pair of the CLC: made once at its first start, the public half handed out at registration.
import { generateKeyPairSync } from 'node:crypto';

/** Ed25519, PEM: PKCS#8 and SPKI. Keep the private half with mode 0600. */
export function generateKeys(): { privateKeyPem: string; publicKeyPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}
