// Verifies access tokens as a service does that has the URL of the public keys: a token a line.
// Prints for each what signed it and whose it is, or why it is refused.

import { createInterface } from 'node:readline';
import { createRemoteJWKSet, jwtVerify } from 'jose';

const [jwksUri, issuer, audience] = process.argv.slice(1);
// jose asks again for a key that it does not know, at most every 30 seconds where nothing else is
// said.
const keys = createRemoteJWKSet(new URL(jwksUri), { cooldownDuration: 0 });

for await (const token of createInterface({ input: process.stdin })) {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      algorithms: ['EdDSA', 'ES256', 'RS256'],
      issuer,
      audience,
      requiredClaims: ['iss', 'aud', 'sub', 'iat', 'exp', 'jti'],
    });
    console.log(protectedHeader.alg, 'sub', payload.sub);
  } catch (error) {
    console.log(error.code, error.claim ?? '');
  }
}
