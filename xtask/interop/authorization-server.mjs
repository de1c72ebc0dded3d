// An authorization server that is not ours, for `cargo xtask interop`: oidc-provider, with its
// store in memory and somebody who consents to everything, and a list of properties that
// its tokens open.
//
// Says `listening {…}` once it is ready. Understands two lines on its input: `lose request` and
// `lose answer` let the next request for a token, or its answer, get lost; it says `ready`.

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

import { Provider } from 'oidc-provider';

// Its advice is for those who run it in earnest, and our lines have to stand alone.
console.info = () => {};
console.warn = () => {};

const SCOPES = ['rates:read', 'rates:write'];
const CALLBACK = 'http://127.0.0.1/callback';

const KINDS = {
  ES256: ['ec', { namedCurve: 'P-256' }],
  RS256: ['rsa', { modulusLength: 2048 }],
  EdDSA: ['ed25519', {}],
};

const pairs = Object.fromEntries(
  Object.entries(KINDS).map(([alg, [kind, options]]) => [alg, generateKeyPairSync(kind, options)]),
);

function client(id, proof, more) {
  return { client_id: id, scope: SCOPES.join(' '), ...proof, ...more };
}

function secret(method) {
  return { token_endpoint_auth_method: method, client_secret: 'a secret/with+odd %signs' };
}

function key(alg) {
  const jwk = { ...pairs[alg].publicKey.export({ format: 'jwk' }), kid: `key-${alg}`, use: 'sig' };
  return {
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: alg,
    jwks: { keys: [jwk] },
  };
}

const MACHINE = { grant_types: ['client_credentials'], response_types: [], redirect_uris: [] };
const PERSON = {
  application_type: 'native',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  redirect_uris: [CALLBACK],
};

const clients = [
  client('machine-basic', secret('client_secret_basic'), MACHINE),
  client('machine-post', secret('client_secret_post'), MACHINE),
  ...Object.keys(KINDS).map((alg) => client(`machine-${alg}`, key(alg), MACHINE)),
  client('person-post', secret('client_secret_post'), PERSON),
  client('person-key', key('ES256'), PERSON),
  client('person-public', { token_endpoint_auth_method: 'none' }, PERSON),
];

// The port is part of the issuer's name, so the server listens first and is built after.
const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients,
  scopes: SCOPES,
  cookies: { keys: ['of this run'] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
  },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  issueRefreshToken: (ctx, client) => client.grantTypeAllowed('refresh_token'),
  pkce: { required: () => true },
  rotateRefreshToken: true,
});
const authorize = provider.callback();

async function interact(request, response) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  const accountId = session?.accountId ?? 'the hotel';
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId } });
  }
  const found = grantId && (await provider.Grant.find(grantId));
  const grant = found || new provider.Grant({ accountId, clientId: params.client_id });
  grant.addOIDCScope((prompt.details.missingOIDCScope ?? []).join(' '));
  const result = { consent: { grantId: await grant.save() } };
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
}

async function properties(request, response) {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const found =
    (await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token));
  response.setHeader('content-type', 'application/json');
  if (!found || !found.scopes.has('rates:read')) {
    response.statusCode = 401;
    return response.end('{"error":"invalid_token"}');
  }
  return response.end(
    JSON.stringify({
      properties: [
        {
          id: 'P1',
          name: 'Interop House',
          time_zone: 'Europe/Lisbon',
          currency: 'EUR',
          basis: 'gross',
          room_types: [{ id: 'STD', name: 'Standard' }],
          rate_plans: [{ id: 'BAR', name: 'Best available rate', derived_from: null }],
        },
      ],
    }),
  );
}

let lost = null;

server.on('request', (request, response) => {
  const { pathname } = new URL(request.url, issuer);
  if (pathname === '/token' && lost) {
    const what = lost;
    lost = null;
    if (what === 'request') return request.socket.destroy();
    response.end = () => request.socket.destroy();
  }
  const failed = (error) => {
    console.error(error);
    response.statusCode = 500;
    response.end();
  };
  if (pathname.startsWith('/interaction/')) return interact(request, response).catch(failed);
  if (pathname === '/v2/properties') return properties(request, response).catch(failed);
  return authorize(request, response);
});

createInterface({ input: process.stdin }).on('line', (line) => {
  lost = line.replace('lose ', '');
  console.log('ready');
});

const keys = Object.fromEntries(
  Object.entries(pairs).map(([alg, { privateKey }]) => [
    alg,
    privateKey.export({ format: 'pem', type: 'pkcs8' }),
  ]),
);
console.log(`listening ${JSON.stringify({ address: issuer, keys })}`);
