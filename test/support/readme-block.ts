import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The one code block of the README in this language that holds these words, as it stands there. */
export function readmeBlock(language: string, words: string): string {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
  const blocks = [...readme.matchAll(/^```(\w*)\n(.*?)^```$/gms)].filter(
    ([, is, text]) => is === language && text?.includes(words),
  )
  const [block, ...more] = blocks.map(([, , text]) => text as string)
  if (block === undefined || more.length > 0)
    throw new Error(`${blocks.length} blocks of ${language} in the README hold ${words}`)
  return block
}
