import { createHash } from 'node:crypto'
import type { ZodError } from 'zod'
import { ArchiveManifest, MANIFEST_NAME } from '../run/archive-manifest.ts'
import { ArchiveFault } from './archive-fault.ts'
import { MOST_MANIFEST_BYTES } from './manifest-bytes.ts'
import type { TarEntry } from './read-tar.ts'

/** The manifest, which must be the tar's first entry. Throws an ArchiveFault (`manifest`) where it is none. */
export async function readManifest({
  header: { name, size },
  body,
}: TarEntry): Promise<{ manifest: ArchiveManifest; sha256: string }> {
  const refuse = (why: string, cause?: unknown) => new ArchiveFault('manifest', why, { entry: name, cause })
  if (!name.endsWith(`/${MANIFEST_NAME}`))
    throw refuse(`the archive begins with ${name}, and not with a manifest`)
  if (size > MOST_MANIFEST_BYTES) throw refuse(`the manifest has ${size} bytes, which is too large to be one`)
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  const { success, data, error } = ArchiveManifest.safeParse(parsed(bytes))
  if (!success) throw refuse(`the manifest cannot be read: ${whatIsWrong(error)}`, error)
  if (name !== `${data.folder}/${MANIFEST_NAME}`)
    throw refuse(`the manifest is of the folder ${data.folder}, and stands at ${name}`)
  return { manifest: data, sha256: createHash('sha256').update(bytes).digest('hex') }
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

function whatIsWrong({ issues: [first] }: ZodError): string {
  return first === undefined ? 'it is none' : `${first.path.join('.')}: ${first.message}`
}
