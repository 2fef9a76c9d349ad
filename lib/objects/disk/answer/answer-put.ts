import type { Layout } from '../layout.ts'
import { publish } from '../publish.ts'
import { readSealed, writeSealed } from '../sealed-file.ts'
import type { GrantOf } from '../signed-urls.ts'
import { toSeal } from '../to-seal.ts'
import { findUpload } from '../upload-folder.ts'
import { writePart } from '../uploads.ts'
import { Refusal } from './refusal.ts'

/** Takes an object that is not there yet, or one part of an upload, of exactly the bytes and the type that were signed. */
export async function answerPut(
  layout: Layout,
  grant: GrantOf<'put' | 'part'>,
  request: Request,
): Promise<Response> {
  checkLength(grant.bytes, request)
  const etag = await (grant.verb === 'put'
    ? putObject(layout, grant, request)
    : putPart(layout, grant, request))
  return new Response(null, { status: 200, headers: { etag: `"${etag}"` } })
}

async function putObject(layout: Layout, grant: GrantOf<'put'>, request: Request): Promise<string> {
  const { key, bytes, contentType } = grant
  if (request.headers.get('content-type') !== contentType)
    throw new Refusal(403, `this URL takes the content type ${contentType} alone`)
  const path = layout.fileOf(key)
  const taken = new Refusal(412, 'the object is there already, and stays as it is')
  // Asked at once, so that gigabytes do not come for nothing; decided when they are there.
  if ((await readSealed(path)) !== null) throw taken
  const draft = layout.draft()
  const { etag } = await writeSealed(draft, bodyOf(request, bytes), toSeal(key, { contentType }))
  if (await publish(draft, path, true)) return etag
  throw taken
}

async function putPart(layout: Layout, grant: GrantOf<'part'>, request: Request): Promise<string> {
  await findUpload(layout, grant)
  return (await writePart(layout, grant, grant.number, bodyOf(request, grant.bytes))).etag
}

function checkLength(bytes: number, { headers }: Request): void {
  const length = headers.get('content-length')
  if (length === null) throw new Refusal(411, `say the length in advance: this URL takes ${bytes} bytes`)
  if (Number(length) === bytes) return
  const why = `this URL takes ${bytes} bytes, not ${length}`
  throw new Refusal(Number(length) > bytes ? 413 : 400, why)
}

/** The body, each piece as it is asked for. A sender who goes away, or ends early, is refused: nothing of it is kept. */
async function* bodyOf({ body }: Request, bytes: number): AsyncGenerator<Uint8Array> {
  let received = 0
  try {
    for await (const piece of body ?? []) {
      received += piece.length
      yield piece
    }
  } catch (error) {
    throw new Refusal(
      400,
      `the body broke off after ${received} of ${bytes} bytes: ${(error as Error).message}`,
    )
  }
  if (received !== bytes) throw new Refusal(400, `the body has ${received} bytes, not ${bytes}`)
}
