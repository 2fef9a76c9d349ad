import { z } from 'zod'
import type { Call, Route } from '../../http/route.ts'
import { askedPart, sendOutput } from '../../http/send-output.ts'
import { sendTar } from '../../http/send-tar.ts'
import { AddOutput, addOutput } from '../../ledger/outputs/add-output.ts'
import { CommitOutput, commitOutput } from '../../ledger/outputs/commit-output.ts'
import { fetchOutput } from '../../ledger/outputs/fetch-output.ts'
import { GetOutput } from '../../ledger/outputs/get-output.ts'
import { ListOutputs, listOutputs } from '../../ledger/outputs/list-outputs.ts'
import { tarOutputs } from '../../ledger/outputs/tar-outputs.ts'
import { OutputUpload } from '../../ledger/outputs/upload.ts'
import { parseInput } from '../../ledger/parse-input.ts'
import { LIMITS } from '../../run/limits.ts'
import { RunOutput } from '../../run/run-output.ts'
import { fieldsOf, leaseLostResponse, limitedResponse, nextPage } from './shapes.ts'

const leaseToken = z.object({ 'lease-token': AddOutput.shape.leaseToken })
const Format = z
  .enum(['json', 'tar'])
  .default('json')
  .meta({ description: '`tar`: all of the files, without `limit` or `cursor`' })

/** The files a run produced: uploaded by whoever holds it, past this server, to where they are kept. */
export const outputsRoutes: Route[] = [
  {
    method: 'post',
    path: '/v1/runs/{id}/outputs',
    operationId: 'addOutput',
    summary: 'Announce a file to be uploaded',
    description:
      'Answers where to send it, whole or (over 64 MB) in parts; the URLs take a PUT without a key and are good for 15 minutes. ' +
      'Asked again after an interruption, it goes on with what is stored. The file is the run’s once it is committed.',
    tag: 'Outputs',
    scope: 'runs:work',
    headers: leaseToken,
    body: AddOutput.omit({ id: true, leaseToken: true }),
    responses: {
      200: { description: 'What is to be sent, and where to', schema: OutputUpload },
      409: {
        ...leaseLostResponse,
        description: `This attempt has another file by that name; or ${leaseLostResponse.description}`,
      },
    },
    handler: async (call) => call.c.json(await addOutput(call.ctx, workOf(call) as AddOutput)),
  },
  {
    method: 'post',
    path: '/v1/runs/{id}/outputs:commit',
    operationId: 'commitOutput',
    summary: 'Record a file that was uploaded',
    description:
      'The file is read through first: where it has another length or hash than announced (422), it is removed and can be sent ' +
      'again. Repeated, it answers what it answered. For a large file the answer takes its time.',
    tag: 'Outputs',
    scope: 'runs:work',
    headers: leaseToken,
    body: CommitOutput.omit({ id: true, leaseToken: true }),
    responses: {
      200: { description: 'The file', schema: RunOutput },
      409: {
        ...leaseLostResponse,
        description: `It is not uploaded, or not wholly; or ${leaseLostResponse.description}`,
      },
    },
    handler: async (call) => call.c.json(await commitOutput(call.ctx, workOf(call) as CommitOutput)),
  },
  {
    method: 'get',
    path: '/v1/runs/{id}/outputs',
    operationId: 'listOutputs',
    summary: 'List the files of a run',
    description:
      'In order of path; of a path that several attempts produced, the last one’s. With `format=tar` the answer is the files ' +
      'themselves: one tar (`application/x-tar`), streamed; should it break off, so does the connection.',
    tag: 'Outputs',
    scope: 'runs:read',
    query: ListOutputs.omit({ id: true }).extend({ format: Format }),
    responses: {
      200: {
        description: 'A page of files; or the tar',
        schema: z.object({ data: z.array(RunOutput), nextCursor: z.string().nullable() }),
        headers: { Link: 'The next page, `rel="next"`' },
      },
    },
    async handler(call) {
      const { format, ...query } = call.query
      const asked = parseInput(z.object({ format: Format }), { format })
      return asked.format === 'tar' ? tar(call, query) : page(call, query)
    },
  },
  {
    method: 'get',
    path: '/v1/runs/{id}/outputs/{path}',
    operationId: 'getOutput',
    summary: 'Download a file of a run',
    description:
      'The path is as it is listed, its slashes as they are or as `%2F`. The URL it leads to needs no key, gives the file as an ' +
      `attachment and is good for ${LIMITS.presignSeconds / 60} minutes. Of an archived run the answer is the file itself, or the ` +
      'part of it that a `Range` asks for.',
    tag: 'Outputs',
    scope: 'runs:read',
    params: GetOutput,
    responses: {
      200: {
        description: 'The file, for whoever follows',
        contentType: 'application/octet-stream',
        schema: z.string().meta({ format: 'binary' }),
      },
      206: {
        description: 'Of an archived run, the part that was asked for',
        contentType: 'application/octet-stream',
        schema: z.string().meta({ format: 'binary' }),
        headers: { 'Content-Range': 'Which' },
      },
      302: { description: 'Where the file is', headers: { Location: 'A signed URL' } },
      429: limitedResponse,
    },
    async handler(call) {
      return sendOutput(
        call.c,
        await fetchOutput(call.ctx, { ...(call.params as GetOutput), ...askedPart(call.c) }),
      )
    },
  },
]

/** What whoever holds the run says of a file. */
function workOf({ c, params, body }: Call): object {
  return { ...fieldsOf(body), id: params.id, leaseToken: c.req.header('lease-token') }
}

async function page({ c, ctx, params }: Call, query: object): Promise<Response> {
  const listed = await listOutputs(ctx, { ...query, id: params.id } as ListOutputs)
  if (listed.nextCursor) c.header('Link', `<${nextPage(c.req.url, listed.nextCursor)}>; rel="next"`)
  return c.json(listed)
}

async function tar({ c, ctx, params }: Call, query: object): Promise<Response> {
  return await sendTar(c, await tarOutputs(ctx, { ...query, id: params.id as string }))
}
