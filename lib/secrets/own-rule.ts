import type { SecretLintRuleCreator } from '@secretlint/types'

// Linear, each of them: either no part begins within what the one before could read, or what it reads is bounded.
// What is reported is the group, where there is one: the secret without what gives it away.
const PATTERNS = {
  // The preset's does not know one that ends with + or /, stands within JSON within JSON or XML, or behind a dash.
  AwsSecretKey:
    /(?:secret[_-]?access|aws[_.-]?secret)[_-]?key\\{0,3}["']?\s{0,20}(?:=>|[:=>\s])\s{0,20}\\{0,3}["']?([A-Za-z0-9+/=]{40})(?![A-Za-z0-9+/=])/dgi,
  BasicCredentials:
    /authorization[\\"'\s:=>,[]{1,20}[Bb](?:asic|ASIC)(?:[ \t\v]|%20|\\{1,4}u0020){1,9}([A-Za-z0-9+/]{4,}={0,2})/dgi,
  BearerToken: /\bbearer(?:[ \t\v]|%20|\\{1,4}u0020)+([A-Za-z0-9\-._~+/]{16,}=*)/dgi,
  // A PEM file in base 64, as Kubernetes keeps it.
  EncodedPrivateKey: /LS0tLS1CRUdJTi[A-Za-z0-9+/]{40,}={0,2}/dg,
  GoogleApiKey: /(?<![A-Za-z0-9+/_-])AIza[0-9A-Za-z_-]{35}(?![A-Za-z0-9+/_-])/dg,
  JsonWebToken: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/dg,
  // Our own: as a claim gives it, by whatever name.
  LeaseToken: /(?<![A-Za-z0-9])[0-7][0-9A-HJKMNP-TV-Z]{25}\.\d{1,9}\.\d{1,9}\.[A-Za-z0-9_-]{43}/dg,
  NamedToken:
    /(?:lease|session|security)[_-]?token\\{0,3}["']?\s{0,20}(?:=>|[:=>])\s{0,20}\\{0,3}["']?((?=[A-Za-z+/._~%-]{0,200}\d)[A-Za-z0-9+/._~%-]{16,}={0,2})/dgi,
  // Of any length: the preset wants a hundred characters, and those of elliptic curves are shorter.
  PrivateKey:
    /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:\\[nr]|\s){0,8}[A-Za-z0-9+/]{16}/dg,
  RunledgerKey:
    /(?<![A-Za-z_])rl_(?:[0-7][0-9A-HJKMNP-TV-Z]{25}_|[0-9A-Za-z]{1,64}_(?=[A-Za-z_-]{0,200}\d)(?=[a-z0-9_-]{0,200}[A-Z]))[A-Za-z0-9_-]{16,200}/dg,
  SignedUrl: /x-amz-signature\\{0,3}["']?\s{0,20}(?:%3D|[:=>])\s{0,20}\\{0,3}["']?([0-9a-f]{64})/dgi,
  // Of any scheme and host. What stands for a password as a whole, as in `${PASSWORD}` or `***`, is none, nor is a port with
  // more behind it, nor an image's digest.
  UrlPassword:
    /:\/\/[^\s/?#@:]{0,200}:(?!(?:\$?\{\{?[\w.-]{1,100}\}?\}|\$[A-Z_][A-Z0-9_]{0,100}|<[^<>@\s]{1,100}>|\*{1,200}|%[A-Z_][A-Z0-9_]{0,100}%|%s)@|\d{1,5}[,;])([^\s/?#@]{1,200}(?:@[^\s/?#@"'<>,;]{1,200}){0,3})@(?!sha\d+:)/dg,
}
type Name = keyof typeof PATTERNS

const messages = {
  AwsSecretKey: { en: () => 'found an AWS secret key' },
  BasicCredentials: { en: () => 'found a user and a password' },
  BearerToken: { en: () => 'found a bearer token' },
  EncodedPrivateKey: { en: () => 'found a private key in base 64' },
  GoogleApiKey: { en: () => 'found a Google API key' },
  JsonWebToken: { en: () => 'found a JSON web token' },
  LeaseToken: { en: () => 'found a lease token' },
  NamedToken: { en: () => 'found a token with its name' },
  PrivateKey: { en: () => 'found a private key' },
  RunledgerKey: { en: () => 'found a Runledger key' },
  SignedUrl: { en: () => 'found the signature of a URL' },
  UrlPassword: { en: () => 'found a password in a URL' },
} satisfies Record<Name, unknown>

/** What the text in base 64 has to hold. A certificate is none, but with its key it is. */
const DECODED: Partial<Record<Name, RegExp>> = {
  BasicCredentials: /:/,
  EncodedPrivateKey: /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY/,
}

/** What secretlint's preset lets pass: bearer tokens, short private keys, some AWS secret keys and passwords in URLs, and our own. */
export const ownRule: SecretLintRuleCreator = {
  messages,
  meta: {
    id: 'runledger/own',
    recommended: true,
    type: 'scanner',
    supportedContentTypes: ['text'],
    docs: { url: 'https://datatracker.ietf.org/doc/html/rfc6750' },
  },
  create(context) {
    const t = context.createTranslator(messages)
    return {
      file({ content }) {
        for (const name of Object.keys(PATTERNS) as Name[])
          for (const match of content.matchAll(PATTERNS[name])) {
            const range = match.indices?.[1] ?? match.indices?.[0]
            const isSecret = DECODED[name]?.test(decode(match[1] ?? match[0])) ?? true
            if (range && isSecret) context.report({ message: t(name), range })
          }
      },
    }
  },
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('latin1')
}
