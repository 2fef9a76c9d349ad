import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '../support/cli.ts'

interface Lock {
  packages: Record<string, { optional?: boolean; engines?: unknown; version: string }>
}

it('brings the library for xz also where npm itself runs on an older Node: what is optional is left out by its engines', async () => {
  const { packages } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as Lock
  const built = Object.entries(packages).filter(([name]) => name.startsWith('node_modules/@napi-rs/lzma-'))
  expect(built.length).toBeGreaterThan(10)
  expect(built.filter(([, { engines }]) => engines !== undefined)).toEqual([])
})
