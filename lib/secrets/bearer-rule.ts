import type { SecretLintRuleCreator } from '@secretlint/types'

// Linear: each class and the one that follows it share no character, and none begins within what another has read.
const BEARER = /\bbearer[ \t]+([A-Za-z0-9\-._~+/]{16,}=*)/gi
const JWT = /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/g
const messages = {
  BearerToken: { en: () => 'found a bearer token' },
  JsonWebToken: { en: () => 'found a JSON web token' },
}

/** What secretlint's preset lets pass: bearer tokens, in a header's form or as a JSON web token. */
export const bearerRule: SecretLintRuleCreator = {
  messages,
  meta: {
    id: 'runledger/bearer',
    recommended: true,
    type: 'scanner',
    supportedContentTypes: ['text'],
    docs: { url: 'https://datatracker.ietf.org/doc/html/rfc6750' },
  },
  create(context) {
    const t = context.createTranslator(messages)
    return {
      file({ content }) {
        for (const { index, 0: text } of content.matchAll(BEARER))
          context.report({ message: t('BearerToken'), range: [index, index + text.length] })
        for (const { index, 0: text } of content.matchAll(JWT))
          context.report({ message: t('JsonWebToken'), range: [index, index + text.length] })
      },
    }
  },
}
