import { z } from 'zod'
import { unsafeNameFault } from './archive-name.ts'
import { Timestamp } from './run.ts'

/** How an archive is compressed: `ARCHIVE_COMPRESSION`. Source 002. */
export const ArchiveCompression = z.enum(['gzip', 'bz2', 'xz'])
export type ArchiveCompression = z.infer<typeof ArchiveCompression>

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex')

/** A relative name that is safe to unpack. */
const Name = z.string().superRefine((name, check) => {
  const fault = unsafeNameFault(name)
  if (fault !== null) check.addIssue({ code: 'custom', message: fault })
})

/** One file of an archive: what it is called in it, what it must be, and the object that it was. */
export const ArchiveEntry = z.object({
  /** Below the archive's folder: `outputEntryName` or `logEntryName`. */
  path: Name,
  bytes: z.number().int().min(0),
  sha256: Sha256,
  key: z.string().min(1),
  etag: z.string().nullable(),
  contentType: z.string().nullable(),
  metadata: z.record(z.string(), z.string()).default({}),
  /** The file's date in the tar, too. */
  modifiedAt: Timestamp,
})
export type ArchiveEntry = z.infer<typeof ArchiveEntry>

/**
 * What an archive holds, fixed before its first byte: the tar is a function of it and of nothing else. It is the tar's first
 * entry, `{folder}/MANIFEST.json`. Everything is below the one folder: the log (`run.log` or `run.log.gz`, as it is kept), the
 * outputs (`outputs/{path}`; those of a later claim `outputs/.{fence}/{path}`, as their keys are). A new field is a new version:
 * what reads one knows from it how long the tar must be. Source 002, retention page.
 */
export const ArchiveManifest = z.object({
  format: z.literal('runledger-archive'),
  version: z.literal(1),
  /** What made it: `runledger 0.1.0`. */
  tool: z.string(),
  createdAt: Timestamp,
  folder: Name.refine((name) => !name.includes('/'), 'must be one name'),
  /** The run's record, as it was. */
  run: z.record(z.string(), z.unknown()),
  entries: z.array(ArchiveEntry).superRefine((entries, check) => {
    const twice = firstTwice(entries.map(({ path }) => path))
    if (twice !== undefined) check.addIssue({ code: 'custom', message: `has ${twice} twice` })
  }),
})
export type ArchiveManifest = z.infer<typeof ArchiveManifest>

/** What the manifest itself is called in the folder; no entry may have this name. */
export const MANIFEST_NAME = 'MANIFEST.json'

/** What an output is called in the archive. */
export function outputEntryName(fence: number, path: string): string {
  return `outputs/${fence > 1 ? `.${fence}/` : ''}${path}`
}

/** What the log is called in the archive, by its object's key: it goes in as it is kept. */
export function logEntryName(logKey: string): string {
  return logKey.endsWith('.gz') ? 'run.log.gz' : 'run.log'
}

function firstTwice(names: string[]): string | undefined {
  const seen = new Set([MANIFEST_NAME])
  return names.find((name) => seen.size === seen.add(name).size)
}
