// Stories of oauth4webapi, an OAuth 2.0 client that checks every answer against the standards.

import { deepEqual, equal, notEqual, rejects } from 'node:assert/strict';
import * as oauth from 'oauth4webapi';

// There is no https on loopback.
const options = { [oauth.allowInsecureRequests]: true };

async function discover(url) {
  const issuer = new URL(url);
  const answer = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options });
  return oauth.processDiscoveryResponse(issuer, answer);
}

async function logIn(url) {
  const body = new URLSearchParams({ email: 'user@email.com', password: 'password' });
  return (await fetch(`${url}/login`, { method: 'POST', body })).json();
}

/** A client of the service at `url`, and what it can ask for. */
async function begin(url, clientId, authentication) {
  const server = await discover(url);
  const client = { client_id: clientId };
  return {
    server,
    async refresh(token) {
      const answer =
        await oauth.refreshTokenGrantRequest(server, client, authentication, token, options);
      return oauth.processRefreshTokenResponse(server, client, answer);
    },
    async userInfo(token, subject) {
      const answer = await oauth.userInfoRequest(server, client, token, options);
      return oauth.processUserInfoResponse(server, client, subject, answer);
    },
    async introspect(token) {
      const answer =
        await oauth.introspectionRequest(server, client, authentication, token, options);
      return oauth.processIntrospectionResponse(server, client, answer);
    },
    async revoke(token) {
      const answer = await oauth.revocationRequest(server, client, authentication, token, options);
      return oauth.processRevocationResponse(answer);
    },
  };
}

const invalidGrant = { name: 'ResponseBodyError', status: 400, error: 'invalid_grant' };

/** An error with these challenges in `WWW-Authenticate`. */
const challenge = (scheme, error) => (refusal) => {
  equal(refusal.name, 'WWWAuthenticateChallengeError');
  equal(refusal.status, 401);
  deepEqual(refusal.cause.map((it) => [it.scheme, it.parameters.error]), [[scheme, error]]);
  return true;
};

/** From a login over refreshes to the end of the session. */
async function lead(url, clientId, authentication) {
  const client = await begin(url, clientId, authentication);
  const first = await logIn(url);
  deepEqual(await client.userInfo(first.token, '1'), { sub: '1', email: 'user@email.com', email_verified: true, is_admin: false });
  await rejects(client.userInfo(first.token, '2'), { code: oauth.JSON_ATTRIBUTE_COMPARISON });

  const second = await client.refresh(first.refresh_token);
  deepEqual([second.token_type, second.expires_in], ['bearer', 900]);
  notEqual(second.access_token, first.token);
  notEqual(second.refresh_token, first.refresh_token);
  await client.userInfo(second.access_token, '1');
  const third = await client.refresh(second.refresh_token);
  // Two before the one that is current: somebody has stolen it.
  await rejects(client.refresh(first.refresh_token), invalidGrant);
  await rejects(client.refresh(third.refresh_token), invalidGrant);
  await rejects(client.userInfo(third.access_token, '1'), challenge('bearer', 'invalid_token'));

  for (const kind of ['token', 'refresh_token']) {
    const tokens = await logIn(url);
    await client.userInfo(tokens.token, '1');
    equal(await client.revoke(tokens[kind]), undefined);
    await rejects(client.userInfo(tokens.token, '1'), challenge('bearer', 'invalid_token'));
    await rejects(client.refresh(tokens.refresh_token), invalidGrant);
    // A token that is worth nothing any more is revoked as well (RFC 7009 section 2.2).
    equal(await client.revoke(tokens[kind]), undefined);
  }
  return client;
}

const stories = {
  async public(url) {
    const client = await lead(url, 'an app that nobody registered', oauth.None());
    const { token } = await logIn(url);
    await rejects(client.introspect(token), challenge('basic'));
  },

  async confidential(url, clientId, secret) {
    await lead(url, clientId, oauth.ClientSecretBasic(secret));
  },

  async introspection(url, clientId, secret) {
    const client = await begin(url, clientId, oauth.ClientSecretBasic(secret));
    const tokens = await logIn(url);
    const access = await client.introspect(tokens.token);
    deepEqual([access.active, access.iss, access.token_type], [true, url, 'Bearer']);
    deepEqual([access.sub, access.username], ['1', 'user@email.com']);
    equal(access.exp - access.iat, 900);
    const refresh = await client.introspect(tokens.refresh_token);
    deepEqual([refresh.active, refresh.token_use, refresh.sid], [true, 'refresh_token', access.sid]);
    await client.revoke(tokens.token);
    for (const token of [tokens.token, tokens.refresh_token, 'nothing']) {
      deepEqual(await client.introspect(token), { active: false });
    }
  },

  async impostors(url, clientId, secret) {
    const wrong = [...secret].reverse().join('');
    for (const [id, authentication] of [
      [clientId, oauth.ClientSecretBasic(wrong)],
      ['nobody', oauth.ClientSecretBasic(secret)],
      [clientId, oauth.ClientSecretPost(secret)],
      [clientId, oauth.ClientSecretJwt(secret)],
    ]) {
      const client = await begin(url, id, authentication);
      const tokens = await logIn(url);
      await rejects(client.refresh(tokens.refresh_token), challenge('basic'));
      await rejects(client.introspect(tokens.token), challenge('basic'));
      await rejects(client.revoke(tokens.token), challenge('basic'));
      // None of it has ended the session.
      await client.userInfo(tokens.token, '1');
    }
  },

  /** Metadata of another issuer than the one that was asked for (RFC 8414 section 3.3). */
  async elsewhere(url) {
    await discover(url);
    const localhost = url.replace('127.0.0.1', 'localhost');
    await rejects(discover(localhost), { code: oauth.JSON_ATTRIBUTE_COMPARISON });
  },
};

const [story, ...arguments_] = process.argv.slice(1);
await stories[story](...arguments_);
