// Verifies an access token with the issuer alone: oauth4webapi reads the configuration, jose the keys.
// Prints what signed the token and whose it is.

import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';

const [url, token] = process.argv.slice(1).filter((it) => it !== '--');
const issuer = new URL(url);
// There is no https on loopback.
const options = { algorithm: 'oidc', [oauth.allowInsecureRequests]: true };
const answer = await oauth.discoveryRequest(issuer, options);
const server = await oauth.processDiscoveryResponse(issuer, answer);
const keys = createRemoteJWKSet(new URL(server.jwks_uri));
const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer: server.issuer });
console.log(protectedHeader.alg, 'sub', payload.sub);
