import { generateKeyPairSync } from 'node:crypto'

const MIXED = 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zC'
const HEX = '0123456789abcdef'

/** So many characters that look drawn by chance and are the same each time, so that no real secret stands in this file. */
const drawn = (count: number, from = MIXED) =>
  Array.from({ length: count }, (_, n) => from[(n * 7 + 3) % from.length]).join('')

const pem = (key: { export(options: { type: 'pkcs8'; format: 'pem' }): string | Buffer }) =>
  String(key.export({ type: 'pkcs8', format: 'pem' }))
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const base64 = (text: string) => Buffer.from(text).toString('base64')
const certificate = `-----BEGIN CERTIFICATE-----\n${drawn(64)}\n${drawn(64)}\n-----END CERTIFICATE-----\n`

/** One of each kind that is found wherever it stands. */
export const SECRETS: [what: string, text: string][] = [
  ['an AWS key id', `AKIA${'Q3EGRTZ5KXW7VN2M'}`],
  ['an AWS secret with its name', `aws_secret_access_key=${drawn(40)}`],
  ['a GitHub token', `ghp_${drawn(36)}`],
  ['a GitHub app’s token', `ghs_${drawn(36)}`],
  ['a fine-grained GitHub token', `github_pat_${drawn(22)}_${drawn(59)}`],
  ['a GitLab token', `glpat-${drawn(20)}`],
  ['a Slack bot’s token', `xoxb-${'123456789012'}-1234567890123-${drawn(24)}`],
  ['a Slack app’s token', `xapp-1-A0123456789-1234567890123-${drawn(64, HEX)}`],
  ['a Slack webhook', `https://hooks.slack.com/services/T0123ABCD/B0123ABCD/${drawn(24)}`],
  ['an npm token', `npm_${drawn(36)}`],
  ['an .npmrc', `//registry.npmjs.org/:_authToken=npm_${drawn(36)}`],
  ['a Stripe key', `sk_live_${drawn(24)}`],
  ['a restricted Stripe key', `rk_live_${drawn(24)}`],
  ['a Sendgrid key', `SG.${drawn(22)}.${drawn(43)}`],
  ['an OpenAI key', `sk-${drawn(20)}T3BlbkFJ${drawn(20)}`],
  ['an Anthropic key', `sk-ant-api03-${drawn(93)}AA`],
  ['a Shopify token', `shpat_${drawn(32, HEX)}`],
  ['a Docker token', `dckr_pat_${drawn(27)}`],
  ['an RSA key', pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)],
  ['an Ed25519 key', pem(generateKeyPairSync('ed25519').privateKey)],
  ['an elliptic key', pem(elliptic)],
  ['an elliptic key as OpenSSL writes it', String(elliptic.export({ type: 'sec1', format: 'pem' }))],
  ['a key within JSON', JSON.stringify({ private_key: pem(elliptic) })],
  ['a password in an https URL', 'https://deploy:hunter2hunter2@example.com/repo.git'],
  ['a password in a postgres URL', 'postgres://app:hunter2hunter2@db.internal:5432/prod'],
  ['a password in a URL to a short host', 'postgresql://a:b@db/c'],
  ['a password in a mysql URL', 'mysql://root:hunter22@db:3306/x'],
  ['a password in a mongodb URL', 'mongodb+srv://u:hunter22@cluster0.example.net/x'],
  ['a password without a user', 'redis://:hunter22@cache:6379'],
  ['a password in an ftp URL', 'ftp://me:p%40ss@files/in'],
  ['a bearer token', `Authorization: Bearer ${drawn(20)}`],
  ['a bearer token of any case', `bearer   ${drawn(30)}==`],
  ['basic credentials', 'Authorization: Basic dXNlcjpwYXNzMTI='],
  ['basic credentials for a proxy', `{"Proxy-Authorization": "Basic ${base64('deploy:hunter2 and more')}"}`],
  ['a bearer token in a URL', `bearer%20${drawn(30)}`],
  ['a bearer token with an escaped space', `Bearer\\u0020${drawn(30)}`],
  ['a key of ours', `rl_01KBQK6M3V8Z5W0X2Y4A6C8E9G_${drawn(32)}`],
  ['a key of ours that was given another name', `rl_admin_${drawn(32)}`],
  ['an AWS secret by its shorter name', `AWS_SECRET_KEY=${drawn(38)}+/`],
  ['an AWS secret in small letters', `aws_secret_key = ${drawn(40)}`],
  ['an AWS secret in camel case', `awsSecretKey: "${drawn(40)}"`],
  ['an AWS secret in XML', `<SecretAccessKey>${drawn(40)}</SecretAccessKey>`],
  ['an AWS session', `AWS_SESSION_TOKEN=${drawn(200)}==`],
  ['an AWS session in XML', `<SessionToken>${drawn(200)}</SessionToken>`],
  ['an AWS session in a URL', `X-Amz-Security-Token=${drawn(100)}%2F${drawn(100)}`],
  ['a signature of a URL', `X-Amz-Signature=${drawn(64, HEX)}`],
  ['a lease token', `01KBQK6M3V8Z5W0X2Y4A6C8E9G.1.60.${drawn(43)}`],
  ['a lease token with its name', `Lease-Token: ${drawn(30)}`],
  ['a Google key', `AIza${drawn(35)}`],
  ['a private key in base 64', base64(pem(elliptic))],
  ['a certificate and its key in base 64', base64(`${certificate}${pem(elliptic)}`)],
  ['a password in a URL that begins with an escape', 'https://u:%40bc123@h/x'],
  ['a password in a URL without a user that does', 'redis://:%23hunter22@cache:6379'],
  ['a password in a URL that begins with a sign', 'amqp://guest:$ecret99@mq'],
  ['a password in a URL behind a bracket', 'amqp://guest:<ecret99@mq'],
  ['a password in a URL behind a star', 'amqp://guest:*ecret99@mq'],
  ['a password in a URL as what is taken otherwise', `amqp://guest:${'$'}{PW:-hunter22}@mq`],
  ['a JSON web token', `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.${drawn(43)}`],
]

/** What only looks like one. */
export const HARMLESS: [what: string, text: string][] = [
  ['a UUID', '3f2c9d5e-8f0a-4b0e-9a51-0c1d2e3f4a5b'],
  ['a ULID', '01KBQK6M3V8Z5W0X2Y4A6C8E9G'],
  ['a SHA-1', drawn(40, HEX)],
  ['a SHA-256', drawn(64, HEX)],
  ['an ETag', `W/"${drawn(27)}"`],
  ['a URL with everything but a password', 'https://me@example.com:8443/a/b/@scope/c?d=e:f@g&h=i#j:k@l'],
  ['a URL to a port with an @ later', 'http://localhost:8080/@vite/client'],
  ['a URL to an IPv6 address', 'http://[::1]:8080/path'],
  ['a git URL', 'ssh://git@github.com:22/acme/repo.git'],
  ['a git address', 'git@github.com:acme/repo.git'],
  ['an image with its digest', `docker://alpine:3.20@sha256:${drawn(64, HEX)}`],
  [
    'a password left to be filled in',
    `postgres://app:${'$'}{PASSWORD}@db/prod https://a:***@b.example <http://a:<password>@b>`,
  ],
  [
    'a password left to be filled in otherwise',
    'redis://:$REDIS_PASSWORD@h ftp://a:{password}@b ftp://a:{{.Password}}@b ftp://a:%PASSWORD%@b ftp://a:%s@b',
  ],
  ['a port with more behind it', 'http://host:8080,user@example jdbc:oracle:thin://h:1521;user@x'],
  ['a certificate in base 64', base64(certificate)],
  ['words for credentials', 'Authorization: Basic is deprecated, session_token: none, lease-token: required'],
  [
    'names that begin as a key of ours',
    'rl_agent_training_step_counter_2 curl_easy_setopt_of_this_version_7',
  ],
  [
    'an image',
    `data:image/png;base64,${Buffer.from(Array.from({ length: 9_000 }, (_, n) => (n * 37) % 256)).toString('base64')}`,
  ],
  ['a long path', '/var/lib/data/projects/acme/2026/11/21/a-report_with.many-parts/final-v2.parquet'],
  ['an address of S3', 's3://bucket/prefix/with/many/parts/part-00000-of-00512.parquet'],
  ['a public key', String(generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }))],
  ['an AWS account', 'aws_account_id=123456789012 arn:aws:iam::123456789012:role/reader'],
  ['words', 'the bearer of this letter, password and secret token included, may pass'],
  ['a schedule', '*/15 8-18 * * 1-5 with timezone Europe/Berlin'],
]
