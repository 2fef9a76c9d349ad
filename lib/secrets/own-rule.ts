import type { SecretLintRuleCreator } from '@secretlint/types'

// Linear, each of them: either no part begins within what the one before could read, or what it reads is bounded.
const PATTERNS = {
  BearerToken: /\bbearer[ \t]+([A-Za-z0-9\-._~+/]{16,}=*)/gi,
  JsonWebToken: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/g,
  // Of any length: the preset wants a hundred characters, and those of elliptic curves are shorter.
  PrivateKey:
    /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:\\[nr]|\s){0,8}[A-Za-z0-9+/]{16}/g,
  // Of any scheme and host. What stands for a password, as in `${PASSWORD}` or `***`, is none, nor is an image's digest.
  UrlPassword: /:\/\/[^\s/?#@:]{0,200}:(?![$<{*%])[^\s/?#@]{1,200}@(?!sha\d+:)/g,
}
const messages = {
  BearerToken: { en: () => 'found a bearer token' },
  JsonWebToken: { en: () => 'found a JSON web token' },
  PrivateKey: { en: () => 'found a private key' },
  UrlPassword: { en: () => 'found a password in a URL' },
}

/** What secretlint's preset lets pass: bearer tokens, short private keys, passwords in URLs that it does not know. */
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
        for (const name of Object.keys(PATTERNS) as (keyof typeof PATTERNS)[])
          for (const { index, 0: text } of content.matchAll(PATTERNS[name]))
            context.report({ message: t(name), range: [index, index + text.length] })
      },
    }
  },
}
