import type { SecretLintCoreConfig, SecretLintCoreConfigRule } from '@secretlint/types'
import type { SecretScanner } from '../ports/secret-scanner.ts'

/**
 * Finds credentials by secretlint's recommended rules and our own for what those let pass.
 * The library is loaded at the first scan: most starts of a function or a command never need it.
 */
export function secretlintScanner(): SecretScanner {
  let loading: Promise<Lint> | undefined
  return {
    async scan(text) {
      loading ??= load()
      return (await loading)(text)
    },
  }
}

type Lint = SecretScanner['scan']

async function load(): Promise<Lint> {
  const [{ lintSource }, { secretLintProfiler }, { rules }, { ownRule }] = await Promise.all([
    import('@secretlint/core'),
    import('@secretlint/profiler'),
    import('@secretlint/secretlint-rule-preset-recommend'),
    import('./own-rule.ts'),
  ])
  // It marks each rule of each scan, which takes longer than the scan, and keeps the marks for ever.
  secretLintProfiler.setEnabled(false)
  const config: SecretLintCoreConfig = {
    // Rule by rule: within its preset, none can be switched off.
    rules: [...rules, ownRule].map((rule) => ({ id: rule.meta.id, rule, ...SETTINGS[rule.meta.id] })),
  }
  return async (content) => {
    const source = { content, filePath: 'input', ext: '.txt', contentType: 'text' as const }
    const { messages } = await lintSource({ source, options: { config, noPhysicFilePath: true } })
    return messages.map(({ messageId, range }) => ({ rule: messageId, start: range[0], end: range[1] }))
  }
}

const SETTINGS: Record<string, Pick<SecretLintCoreConfigRule, 'options' | 'allowMessageIds' | 'disabled'>> = {
  // An account's number opens nothing.
  '@secretlint/secretlint-rule-aws': {
    options: { enableIDScanRule: true },
    allowMessageIds: ['AWSAccountID'],
  },
  // A comment in the text must not switch the rules off.
  '@secretlint/secretlint-rule-filter-comments': { disabled: true },
}
