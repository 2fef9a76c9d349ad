import { buffer } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { freezeManifest } from '../../../lib/ledger/archives/freeze-manifest.ts'
import { originalsPrefix } from '../../../lib/ledger/archives/list-originals.ts'
import { openOriginals } from '../../../lib/ledger/archives/open-originals.ts'
import { folderOf } from '../../../lib/run/folder.ts'
import { must } from '../../contracts/harness.ts'
import { refusal, stored } from '../steps.ts'
import { noise, S3, useArchives } from './steps.ts'

const at = useArchives(S3)

it('keeps hold of the storage while a file is read, and ends where somebody else has it', async () => {
  const content = noise(1_000_000, 'a')
  const { id } = await at().ended({ 'a.bin': content })
  const run = await stored(at().ledger, id)
  let stays = 0
  const stay = async () => {
    stays++
  }
  const held = { runId: id, storageFence: 1, stay, sure: stay }
  const { entries } = await freezeManifest(at().admin, run, held)
  const entry = must(entries.find(({ key }) => key === `${originalsPrefix(folderOf(run))}a.bin`))
  stays = 0
  expect(await buffer(await openOriginals(at().objects, held)(entry, 0))).toEqual(content)
  expect(stays).toBeGreaterThan(1)
  const lost = {
    stay: async () => {
      throw new Error('lost')
    },
  }
  await expect(buffer(await openOriginals(at().objects, lost)(entry, 0))).rejects.toThrow('lost')
  await at().objects.deleteMany([entry.key])
  const open = openOriginals(at().objects, held)
  expect(await refusal(Promise.resolve(open(entry, 0)))).toMatchObject({ code: 'conflict' })
})
