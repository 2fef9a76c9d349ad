import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { withConfigTable } from './support/config-table.ts'

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')

describe('the README', () => {
  it('has the table of configuration that the schema gives (npm run readme makes it)', () => {
    expect(withConfigTable(readme)).toBe(readme)
  })

  it('names no file that is not there', () => {
    const named = [...readme.matchAll(/`((?:lib|test|api|drizzle|\.ci)\/[\w./-]*\w)`/g)].map(
      ([, path]) => path as string,
    )
    expect(named.length).toBeGreaterThan(5)
    const there = named.filter((path) => exists(path))
    expect(there).toEqual(named)
  })

  it('names only scripts that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'))
    const named = [...readme.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name as string)
    expect(named.filter((name) => !(name in scripts))).toEqual([])
  })
})

function exists(path: string): boolean {
  try {
    readFileSync(join(import.meta.dirname, '..', path))
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EISDIR'
  }
}
