import { describe, expect, it } from 'vitest'
import { signedIn } from '../../support/dashboard.ts'
import { must, useApp } from '../v1/steps.ts'
import { startRun } from './run-steps.ts'

describe('a live page', () => {
  const at = useApp()

  it('of a run that is deleted meanwhile is over, and the page itself says why', async () => {
    const app = at()
    const held = await startRun(app)
    const path = `/admin/runs/${held.run.id}`
    const browser = await signedIn(app)
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
    const headers = { cookie }
    const live = await app.app.request(`/admin/live?page=${encodeURIComponent(path)}`, { headers })
    const reader = must(live.body).pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader.read()).value).toContain('event: page')
    await app.raw(`DELETE FROM runs WHERE id = '${held.run.id}'`)
    let sent = ''
    for (let part = await reader.read(); !part.done; part = await reader.read()) sent += part.value
    expect(sent.trimEnd()).toMatch(/event: over\ndata:$/)
    const { status, text } = await browser.get(path)
    expect(status).toBe(404)
    expect(text).toContain(`there is no run ${held.run.id}`)
  })
})
