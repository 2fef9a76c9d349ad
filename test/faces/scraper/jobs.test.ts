import { describe, expect, it } from 'vitest'
import { unique } from '../../support/make.ts'
import { sendOutput } from '../v1/output-steps.ts'
import { claim, enqueue, getRun, must, report, startOne, useApp } from '../v1/steps.ts'
import { getJob, given, type JobOf, jobsOf, makeJob, refused } from './steps.ts'

const at = useApp()

describe('POST /api/scraper/jobs', () => {
  it('makes a job that a worker of its type takes', async () => {
    const type = unique('agar')
    const asked = {
      name: 'Agar weekly',
      description: 'All shops, every Monday',
      type,
      config: { start_url: 'https://shop.example.com', max_pages: 50 },
      output: { format: 'json', screenshots: true },
    }
    const job = await makeJob(at(), asked)
    expect(job).toEqual({
      job_id: expect.stringMatching(/^[0-9A-Z]{26}$/),
      ...asked,
      status: 'pending',
      progress: 0,
      message: null,
      error: null,
      folder_name: null,
      created_by: 'admin',
      created_at: expect.stringMatching(/Z$/),
      started_at: null,
      completed_at: null,
      storage_state: 'active',
      archived_at: null,
      archive_path: null,
      deleted_at: null,
      deletion_reason: null,
      stats: { duration_ms: null, log_bytes: 0, output_bytes: 0, output_count: 0, archive_bytes: null },
    })
    expect(await getJob(at(), job.job_id)).toEqual(job)
    const [claimed] = await claim(at(), { kinds: [type] })
    expect(claimed).toMatchObject({
      run: { id: job.job_id, input: { config: asked.config, output: asked.output } },
    })
  })

  it('takes a name and a configuration alone, and looks at nothing else', async () => {
    const job = await makeJob(at(), { priority: 'urgent', user_id: 7, description: null })
    expect(job).toMatchObject({ type: 'scraper', description: null, output: null, config: { depth: 2 } })
  })

  it('names its folder as the document has it, once it runs', async () => {
    const type = unique('agar')
    const { job_id: id } = await makeJob(at(), { type })
    await claim(at(), { kinds: [type] })
    const job = await getJob(at(), id)
    expect(job.folder_name).toMatch(/^\d{8}_\d{6}$/)
    expect(`${job.folder_name}_${id}`).toBe((await getRun(at(), id)).folderName)
    expect(job.folder_name?.slice(0, 8)).toBe(must(job.started_at).slice(0, 10).replaceAll('-', ''))
  })

  it.each([
    [{ name: '' }, 'name'],
    [{ name: 7 }, 'name'],
    [{ config: undefined }, 'config'],
    [{ config: 'depth=2' }, 'config'],
    [{ type: 'two words' }, 'type'],
    [{ description: 'x'.repeat(256) }, 'description'],
  ])('refuses %j, naming it', async (wrong, path) => {
    const body = { name: 'a', config: {}, ...wrong }
    const { status, detail } = await refused(at(), 'POST', '', { body })
    expect([status, detail]).toEqual([422, expect.stringContaining(path)])
  })

  it('refuses a secret without repeating it', async () => {
    const body = { name: 'a', config: { token: `ghp_${'a1B2c3D4e5'.repeat(4).slice(0, 36)}` } }
    const { status, detail } = await refused(at(), 'POST', '', { body })
    expect([status, detail]).toEqual([422, expect.stringMatching(/^config\.token looks like a secret/)])
    expect(detail).not.toContain('ghp_')
  })

  it('names what is wrong as its clients do', async () => {
    const body = { name: 'a', config: { much: 'x'.repeat(300_000) } }
    const { status, detail } = await refused(at(), 'POST', '', { body })
    expect([status, detail]).toEqual([422, expect.stringMatching(/^config and output: must be at most/)])
  })

  it('counts as enqueuing against the limit of its key', async () => {
    const limited = await at().another({ env: { RATE_LIMIT_ENQUEUE: '1' } })
    await makeJob(limited)
    const { status, headers } = await limited.request('POST', '/api/scraper/jobs', {
      body: { name: 'a', config: {} },
    })
    expect([status, Number(headers.get('retry-after')) > 0]).toEqual([429, true])
  })
})

describe('GET /api/scraper/jobs', () => {
  it('goes by limit and offset, newest first, without what the jobs were given', async () => {
    const type = unique('agar')
    const ids: string[] = []
    for (let n = 0; n < 5; n++) ids.unshift((await makeJob(at(), { type })).job_id)
    const page = await jobsOf(at(), `type=${type}&limit=2&offset=2`)
    expect(page).toMatchObject({ limit: 2, offset: 2, has_more: true })
    expect(page.data.map(({ job_id }) => job_id)).toEqual(ids.slice(2, 4))
    expect(page.data[0]).not.toHaveProperty('config')
    expect(await jobsOf(at(), `type=${type}&limit=2&offset=4`)).toMatchObject({
      data: [{ job_id: ids[4] }],
      has_more: false,
    })
    expect((await refused(at(), 'GET', '?offset=10001')).detail).toContain('narrower range of dates')
  })

  it('filters by each status', async () => {
    const type = unique('agar')
    const made: Record<string, string> = {}
    for (const status of ['pending', 'cancelled', 'running', 'completed', 'failed']) {
      const { job_id: id } = await makeJob(at(), { type })
      made[status] = id
      if (status === 'pending')
        await at().raw(`UPDATE runs SET "runAt" = now() + interval '1 day' WHERE id = '${id}'`)
      else if (status === 'cancelled') await report(at(), id, 'cancel')
      else {
        const { leaseToken } = must((await claim(at(), { kinds: [type] }))[0])
        if (status === 'completed') await report(at(), id, 'succeed', { leaseToken })
        if (status === 'failed') await report(at(), id, 'fail', { leaseToken, error: 'no' })
      }
    }
    for (const [status, id] of Object.entries(made)) {
      const { data } = await jobsOf(at(), `type=${type}&status=${status}`)
      expect(data.map(({ job_id, status: shown }) => [job_id, shown])).toEqual([[id, status]])
    }
    expect((await jobsOf(at(), `type=${type}&status=`)).data).toHaveLength(5)
  })

  it.each([
    'status=canceled',
    'start_date=x',
    'limit=0',
    'limit=101',
    'offset=-1',
    'start_date=2026-02-02&end_date=2026-02-01',
  ])('refuses %s', async (query) => {
    expect(await refused(at(), 'GET', `?${query}`)).toMatchObject({ status: 422 })
  })

  it('shows runs that came by another door, and what they were given as their configuration', async () => {
    const kind = unique('script')
    const { id } = await enqueue(at(), { kind, input: { a: 1 } })
    const { data } = await jobsOf(at(), `type=${kind}`)
    expect(data).toMatchObject([{ job_id: id, name: kind, type: kind }])
    expect(await getJob(at(), id)).toMatchObject({ config: { a: 1 }, output: null })
  })

  it('shows a project’s key its own alone', async () => {
    const { key } = await at().makeKey({ scopes: ['runs:read', 'runs:write'], projectId: unique('mine') })
    const mine = await makeJob(at(), {}, { key })
    const theirs = await makeJob(at())
    const { data } = await jobsOf(at(), '', { key })
    expect(data.map(({ job_id }) => job_id)).toEqual([mine.job_id])
    for (const [method, path, body] of [
      ['GET', ''],
      ['GET', '/logs'],
      ['GET', '/results'],
      ['POST', '/control', { action: 'cancel' }],
      ['POST', '/control', { action: 'start' }],
    ] as const)
      expect(
        await refused(at(), method, `/${theirs.job_id}${path}`, { key, ...(body ? { body } : {}) }),
      ).toEqual({ status: 404, detail: `there is no run ${theirs.job_id}` })
  })
})

describe('POST /api/scraper/jobs/:job_id/control', () => {
  const control = (id: string, action: string) =>
    given<JobOf>(at(), 'POST', `/${id}/control`, { body: { action } })

  it('cancels or stops what waits, and starts it again', async () => {
    const { job_id: id } = await makeJob(at())
    expect(await control(id, 'start')).toMatchObject({ status: 'pending' })
    expect(await control(id, 'cancel')).toMatchObject({ status: 'cancelled' })
    expect(await control(id, 'cancel')).toMatchObject({ status: 'cancelled' })
    expect(await control(id, 'start')).toMatchObject({ status: 'pending', completed_at: null })
    expect(await control(id, 'stop')).toMatchObject({ status: 'cancelled' })
  })

  it('asks the worker of a running job to stop', async () => {
    const type = unique('agar')
    const { job_id: id } = await makeJob(at(), { type })
    const { leaseToken } = must((await claim(at(), { kinds: [type] }))[0])
    expect(await control(id, 'stop')).toMatchObject({ status: 'running' })
    const { json } = await report<{ cancelRequested: boolean }>(at(), id, 'heartbeat', { leaseToken })
    expect(json.cancelRequested).toBe(true)
    await report(at(), id, 'fail', { leaseToken, error: 'stopped' })
    expect(await getJob(at(), id)).toMatchObject({ status: 'cancelled' })
  })

  it('refuses what cannot be', async () => {
    const type = unique('agar')
    const { job_id: id } = await makeJob(at(), { type })
    const { leaseToken } = must((await claim(at(), { kinds: [type] }))[0])
    const refuse = (action: unknown) => refused(at(), 'POST', `/${id}/control`, { body: { action } })
    expect(await refuse('start')).toMatchObject({ status: 409 })
    await report(at(), id, 'succeed', { leaseToken })
    expect(await refuse('start')).toMatchObject({ status: 409 })
    expect(await refuse('cancel')).toMatchObject({
      status: 409,
      detail: expect.stringContaining('has already succeeded'),
    })
    expect(await refuse('pause')).toMatchObject({ status: 422 })
    expect(await refused(at(), 'POST', `/${id}/control`)).toMatchObject({ status: 422 })
  })
})

interface Logs {
  logs: string[]
  offset: number
  next_offset: number
  total_bytes: number
}

describe('GET /api/scraper/jobs/:job_id/logs', () => {
  const logsOf = (id: string, query = '') => given<Logs>(at(), 'GET', `/${id}/logs${query}`)

  it('gives the last lines, or goes on from where it was', async () => {
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p') })
    expect(await logsOf(run.id)).toMatchObject({ logs: [], offset: 0, next_offset: 0, total_bytes: 0 })
    const text = 'first line\nsecond line\nthird line\n'
    await at().request('POST', `/v1/runs/${run.id}/logs`, {
      raw: text,
      headers: { 'lease-token': leaseToken, 'log-offset': '0', 'content-type': 'text/plain' },
    })
    const all = { logs: ['first line', 'second line', 'third line'], total_bytes: text.length }
    expect(await logsOf(run.id)).toMatchObject({ ...all, offset: 0, next_offset: text.length })
    expect(await logsOf(run.id, '?tail=15')).toMatchObject({ logs: ['third line'], offset: 23 })
    expect(await logsOf(run.id, '?offset=11')).toMatchObject({ logs: ['second line', 'third line'] })
    expect(await logsOf(run.id, `?offset=${text.length}`)).toMatchObject({ logs: [] })
    expect(await refused(at(), 'GET', `/${run.id}/logs?offset=99`)).toMatchObject({
      status: 422,
      detail: expect.stringMatching(/^offset: 99 is beyond/),
    })
  })

  it('is read whole, 1 MB at a time, line by line', async () => {
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p') })
    const line = `${'é'.repeat(500)}\n`
    const text = line.repeat(2_500)
    await at().request('POST', `/v1/runs/${run.id}/logs`, {
      raw: text,
      headers: { 'lease-token': leaseToken, 'log-offset': '0', 'content-type': 'text/plain' },
    })
    const read: string[] = []
    let answers = 0
    for (let from = 0, total = 1; from < total; answers++) {
      const part = await logsOf(run.id, `?offset=${from}`)
      read.push(...part.logs)
      ;[from, total] = [part.next_offset, part.total_bytes]
    }
    expect(answers).toBe(3)
    expect(read.join('\n')).toBe(text.trimEnd())
  })

  it.each([
    ['lines', `${'\u0001'.repeat(99)}\n`.repeat(10_000)],
    ['one line', '\u0001'.repeat(1_000_000)],
  ])('answers 4 MB at most, also where what was printed grows as JSON: %s', async (_, text) => {
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p') })
    await at().request('POST', `/v1/runs/${run.id}/logs`, {
      raw: text,
      headers: { 'lease-token': leaseToken, 'log-offset': '0', 'content-type': 'text/plain' },
    })
    const ask = async (query: string) => {
      const { text: answer, json } = await at().request<{ data: Logs }>(
        'GET',
        `/api/scraper/jobs/${run.id}/logs?${query}`,
      )
      expect(answer.length).toBeLessThan(4_000_000)
      return json.data
    }
    const last = await ask('tail=1048576')
    expect(last).toMatchObject({ next_offset: text.length, total_bytes: text.length })
    expect(last.logs.join('\n')).toBe(text.slice(last.offset).trimEnd())
    let read = ''
    for (let from = 0; from < text.length; ) {
      const { logs, offset, next_offset } = await ask(`offset=${from}`)
      expect(logs.join('\n')).toBe(text.slice(offset, next_offset).replace(/\n$/, ''))
      read += text.slice(offset, next_offset)
      from = next_offset
    }
    expect(read).toBe(text)
  })
})

describe('GET /api/scraper/jobs/:job_id/results', () => {
  it('lists the files, and where each is to be had', async () => {
    const claimed = await startOne(at(), { projectId: unique('p') })
    const id = claimed.run.id
    await sendOutput(at(), claimed, 'pages/shop 1.json')
    await report(at(), id, 'succeed', { leaseToken: claimed.leaseToken, outputRef: 's3://x' })
    const found = await given<{ results: { download_url: string }[] }>(at(), 'GET', `/${id}/results`)
    expect(found).toEqual({
      job_id: id,
      output_ref: 's3://x',
      next_cursor: null,
      results: [
        {
          path: 'pages/shop 1.json',
          bytes: expect.any(Number),
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
          content_type: expect.any(String),
          download_url: `/v1/runs/${id}/outputs/pages/shop%201.json`,
        },
      ],
    })
    const { status } = await at().request('GET', must(found.results[0]).download_url)
    expect(status).toBe(302)
  })
})

describe('what goes wrong below /api/scraper', () => {
  it.each([
    '01KBQK6M3V8Z5W0X2Y4A6C8E9G',
    '8dafff36-6b15-478a-88fc-19cdbbcfca5f5',
    '..%2F..%2Fetc%2Fpasswd',
    '..%252f',
    'a%5Cb',
  ])('is said of the job %s in the face’s own words', async (id) => {
    for (const path of ['', '/logs', '/results']) {
      const { status, detail } = await refused(at(), 'GET', `/${id}${path}`)
      expect([status, detail]).toEqual([404, expect.stringContaining('there is no run')])
    }
  })

  it('is logged where somebody looks for a way out of a folder', async () => {
    const warned: unknown[] = []
    const watched = await at().another({
      wrap: (ports) => ({
        ...ports,
        log: { ...ports.log, warn: (message, fields) => warned.push([message, fields?.asked]) },
      }),
    })
    await refused(watched, 'GET', '/..%2F..%2Fetc%2Fpasswd')
    await refused(watched, 'GET', '/8dafff36-6b15-478a-88fc-19cdbbcfca5f5')
    expect(warned).toEqual([[expect.stringContaining('refused'), '../../etc/passwd']])
  })

  it('is said of paths and methods that are not there', async () => {
    expect(await refused(at(), 'GET', '/a/b/c')).toMatchObject({ status: 404 })
    expect(await refused(at(), 'PUT', '')).toMatchObject({ status: 405 })
    expect((await at().request('GET', '/api/scraper')).json).toMatchObject({ detail: expect.any(String) })
  })
})
